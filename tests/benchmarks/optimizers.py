"""Steps of optimisers on given gradients, in float32."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from tests.benchmarks.engines import Array
from tests.benchmarks.harness import OURS, Side, Step, Work, grouped


@dataclass(frozen=True)
class Steps:
    """An optimiser on so many parameters of one size."""

    optimizer: str
    options: dict[str, float]
    count: int
    size: int

    def work(self) -> Work:
        """Ours, and PyTorch's in its default and its fused form."""
        arrays = "1 array" if self.count == 1 else f"{self.count} arrays"
        total = grouped(self.count * self.size)
        momentum = " momentum" if "momentum" in self.options else ""
        return Work(
            f"{self.optimizer}{momentum} on {total} parameters in {arrays}",
            (
                Side(OURS, "eager", self._ours),
                Side("PyTorch", "default", lambda: self._pytorch(fused=False)),
                Side("PyTorch", "fused", lambda: self._pytorch(fused=True)),
            ),
        )

    def _arrays(self, seed: int) -> list[Array]:
        rng = np.random.default_rng(seed)
        return [rng.normal(size=self.size).astype(np.float32) for _ in range(self.count)]

    def _ours(self) -> Step:
        from nn import Parameter, optim

        parameters = [Parameter(data) for data in self._arrays(0)]
        for parameter, gradient in zip(parameters, self._arrays(1), strict=True):
            parameter.grad = gradient
        optimizer = getattr(optim, self.optimizer)(parameters, **self.options)

        def step() -> Any:
            optimizer.step()
            return [parameter.data for parameter in parameters]

        return step

    def _pytorch(self, fused: bool) -> Step:
        import torch

        parameters = [torch.nn.Parameter(torch.from_numpy(data)) for data in self._arrays(0)]
        for parameter, gradient in zip(parameters, self._arrays(1), strict=True):
            parameter.grad = torch.from_numpy(gradient)
        options: dict[str, Any] = {**self.options, "fused": True} if fused else {**self.options}
        optimizer = getattr(torch.optim, self.optimizer)(parameters, **options)

        def step() -> Any:
            optimizer.step()
            return parameters

        return step


def works(tiny: bool) -> Iterator[Work]:
    """Adam and SGD with momentum on a million parameters, in one array and in a hundred."""
    for count in (1, 100):
        size = 10 if tiny else 10**6 // count
        yield Steps("Adam", {"lr": 1e-3}, count, size).work()
        yield Steps("SGD", {"lr": 1e-3, "momentum": 0.9}, count, size).work()

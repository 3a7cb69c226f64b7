"""Layers alone: forward, and backward from a given gradient, in float32."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tests.benchmarks import engines
from tests.benchmarks.engines import Array, Build, MyGrad, Stack
from tests.benchmarks.harness import OURS, Side, Step, Target, Work


@dataclass(frozen=True)
class Layer:
    """A layer and what it is given.

    Attributes
    ----------
    name : str
    build : callable
        Makes it from `nn` or `torch.nn`.
    shape : tuple of int
        Of its input.
    first : bool
        Whether it is the first of its network: then its input needs no gradient.
    mygrad : bool
        Whether MyGrad has it; then `build` is a `Stack`.
    targets : dict
        For our modes.
    """

    name: str
    build: Build
    shape: tuple[int, ...]
    first: bool = False
    mygrad: bool = False
    targets: dict[str, Target] = field(default_factory=dict)

    def work(self) -> Work:
        """The engines' ways of running it."""
        sides = [
            Side(OURS, "eager", lambda: self._ours(replayed=False)),
            Side(OURS, "replay", lambda: self._ours(replayed=True)),
            Side("PyTorch", "", self._pytorch),
        ]
        if self.mygrad:
            sides.append(Side("MyGrad", "", self._mygrad, leaves_cycles=True))
        return Work(self.name, tuple(sides), self.targets)

    def _input(self) -> Array:
        return np.random.default_rng(0).normal(size=self.shape).astype(np.float32)

    def _ours(self, replayed: bool) -> Step:
        from autograd import Tensor, replay

        layer = engines.glassgrad(self.build)
        x = Tensor(self._input(), requires_grad=not self.first)

        def run(x: Any) -> Any:
            return _output(layer(x))

        forward = replay(run) if replayed else run
        variables = [*layer.parameters(), *([] if self.first else [x])]
        gradient = _gradient(run(x).shape)

        def step() -> Any:
            for variable in variables:
                variable.grad = None
            forward(x).backward(gradient, keep="leaves")
            return [variable.grad for variable in variables]

        return step

    def _pytorch(self) -> Step:
        import torch

        layer = engines.pytorch(self.build)
        x = torch.from_numpy(self._input()).requires_grad_(not self.first)
        variables = [*layer.parameters(), *([] if self.first else [x])]
        gradient = torch.from_numpy(_gradient(_output(layer(x)).shape))

        def step() -> Any:
            for variable in variables:
                variable.grad = None
            _output(layer(x)).backward(gradient)
            return [variable.grad for variable in variables]

        return step

    def _mygrad(self) -> Step:
        from mygrad import tensor

        assert isinstance(self.build, Stack)
        layer = MyGrad(self.build)
        x = tensor(self._input(), constant=self.first)
        variables = [*layer.parameters, *([] if self.first else [x])]
        gradient = _gradient(layer(x).shape)

        def step() -> Any:
            for variable in variables:
                variable.null_grad()
            layer(x).backward(gradient)
            return [variable.grad for variable in variables]

        return step


def _output(result: Any) -> Any:
    """What a layer gives on; a recurrent one returns its state too."""
    return result[0] if isinstance(result, tuple) else result


def _gradient(shape: Any) -> Array:
    return np.random.default_rng(1).normal(size=tuple(shape)).astype(np.float32)


@dataclass(frozen=True)
class _Convolution:
    """A convolution of a known network, square in every respect."""

    where: str
    channels: tuple[int, int]
    extent: int
    batch: int
    kernel: int = 3
    stride: int = 1
    padding: int = 1
    groups: int = 1
    first: bool = False

    def layer(self, tiny: bool) -> Layer:
        n_in, n_out = self.channels
        extent, batch = (8, 2) if tiny else (self.extent, self.batch)
        dilation = 1
        arguments = (n_in, n_out, self.kernel, self.stride, self.padding, dilation, self.groups)
        shape = (batch, n_in, extent, extent)
        name = (
            f"conv {self.where}: {n_in}→{n_out}, {self.kernel}×{self.kernel}"
            f"{f' stride {self.stride}' * (self.stride > 1)}"
            f"{f' groups {self.groups}' * (self.groups > 1)}, {extent}×{extent}, batch {batch}"
        )
        fits = (extent + 2 * self.padding - self.kernel) % self.stride == 0
        return Layer(
            name,
            Stack((("Conv2d", *arguments),)),
            shape,
            self.first,
            mygrad=self.groups == 1 and fits,
        )


_CONVOLUTIONS = (
    _Convolution("LeNet 1", (1, 6), 28, 64, kernel=5, padding=2, first=True),
    _Convolution("LeNet 2", (6, 16), 14, 64, kernel=5, padding=0),
    _Convolution("MNIST", (32, 64), 14, 64),
    _Convolution("VGG 64", (64, 64), 32, 16),
    _Convolution("VGG 128", (128, 128), 16, 16),
    _Convolution("ResNet stem", (3, 64), 112, 8, kernel=7, stride=2, padding=3, first=True),
    _Convolution("ResNet 64→128", (64, 128), 32, 16, stride=2),
    _Convolution("ResNet 512", (512, 512), 4, 16),
    _Convolution("bottleneck", (64, 128), 32, 16, kernel=1, padding=0),
    _Convolution("MobileNet depthwise", (64, 64), 32, 16, groups=64),
)


def works(tiny: bool) -> Iterator[Work]:
    """Sequences, attention, convolutions and pooling."""
    length, batch = (3, 2) if tiny else (32, 16)
    for kind in ("LSTM", "GRU", "RNN"):
        yield Layer(
            f"{kind} 32→64, T {length}, batch {batch}",
            lambda m, kind=kind: getattr(m, kind)(32, 64),
            (length, batch, 32),
            targets={"eager": Target(1.5), "replay": Target(1.0)} if kind == "LSTM" else {},
        ).work()

    length, batch = (3, 2) if tiny else (64, 16)
    yield Layer(
        f"transformer block d 64, 4 heads, T {length}, batch {batch}",
        lambda m: m.TransformerEncoderLayer(64, 4, 256, 0.0, batch_first=True),
        (batch, length, 64),
        targets={"eager": Target(1.2), "replay": Target(0.9)},
    ).work()

    for convolution in _CONVOLUTIONS:
        yield convolution.layer(tiny).work()

    extent, batch = (8, 2) if tiny else (28, 64)
    for kind in ("MaxPool2d", "AvgPool2d"):
        name = f"{kind} 2×2: 16 channels, {extent}×{extent}, batch {batch}"
        shape = (batch, 16, extent, extent)
        yield Layer(name, Stack(((kind, 2),)), shape, mygrad=kind == "MaxPool2d").work()

"""Training steps: forward, cross-entropy, backward and the optimiser's step, in float32."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tests.benchmarks import engines
from tests.benchmarks.engines import Array, Build, MyGrad, Stack
from tests.benchmarks.harness import OURS, Side, Step, Target, Work

#: Data differ from step to step, as in training, so that nothing can be done once for all.
_BATCHES = 4

_MEMORY = {"eager": Target(1.2), "replay": Target(1.0)}


@dataclass(frozen=True)
class Training:
    """A network and how it is trained.

    Attributes
    ----------
    network : callable
        Builds it from `nn` or `torch.nn`, with parameters of the same names.
    shape : tuple of int
        Of one record.
    batch : int
    optimizer : str
        Its class, in `nn.optim` and `torch.optim`.
    options : mapping
        What that is made with.
    peer_network : callable, optional
        Builds PyTorch's network, where the layers of `torch.nn` do not suffice.
    """

    network: Build
    shape: tuple[int, ...]
    batch: int
    optimizer: str = "Adam"
    options: Mapping[str, Any] = field(default_factory=lambda: {"lr": 1e-3})
    peer_network: Build | None = None

    def batches(self) -> list[tuple[Array, Array]]:
        """Records and their classes, of which there are ten."""
        rng = np.random.default_rng(0)
        return [
            (
                rng.normal(size=(self.batch, *self.shape)).astype(np.float32),
                rng.integers(0, 10, size=self.batch),
            )
            for _ in range(_BATCHES)
        ]

    def sides(self) -> tuple[Side, ...]:
        """All engines that can do it."""
        sides = [
            Side(OURS, "eager", lambda: self._ours(replayed=False)),
            Side(OURS, "replay", lambda: self._ours(replayed=True)),
            Side("PyTorch", "default", lambda: self._pytorch(fused=False)),
            Side("PyTorch", "fused", lambda: self._pytorch(fused=True)),
        ]
        if isinstance(self.network, Stack):
            sides.append(Side("MyGrad", "", self._mygrad, leaves_cycles=True))
        return tuple(sides)

    def _ours(self, replayed: bool) -> Step:
        from autograd import replay
        from nn import optim
        from nn.functional import cross_entropy

        model = engines.glassgrad(self.network)
        optimizer = getattr(optim, self.optimizer)(model.parameters(), **self.options)

        def loss_of(x: Array, y: Array) -> Any:
            return cross_entropy(model(x), y)

        forward = replay(loss_of) if replayed else loss_of
        batches = itertools.cycle(self.batches())

        def step() -> float:
            loss = forward(*next(batches))
            optimizer.zero_grad()
            loss.backward(keep="leaves")
            optimizer.step()
            return float(loss.item())

        return step

    def _pytorch(self, fused: bool) -> Step:
        import torch

        model = engines.pytorch(self.peer_network or self.network)
        options = {**self.options, "fused": True} if fused else self.options
        optimizer = getattr(torch.optim, self.optimizer)(model.parameters(), **options)
        batches = itertools.cycle([tuple(map(torch.from_numpy, pair)) for pair in self.batches()])

        def step() -> float:
            x, y = next(batches)
            loss = torch.nn.functional.cross_entropy(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            return float(loss.item())

        return step

    def _mygrad(self) -> Step:
        """MyGrad has no optimisers; these lines of numpy are in its favour."""
        from mygrad.nnet.losses import softmax_crossentropy

        assert isinstance(self.network, Stack)
        model = MyGrad(self.network)
        update = {"Adam": _adam, "SGD": _momentum}[self.optimizer](self.options)
        batches = itertools.cycle(self.batches())

        def step() -> float:
            x, y = next(batches)
            loss = softmax_crossentropy(model(x), y)
            loss.backward()
            for number, parameter in enumerate(model.parameters):
                parameter.data[...] -= update(number, parameter.grad)
                parameter.null_grad()
            return float(loss.item())

        return step


def _momentum(options: Mapping[str, Any]) -> Any:
    velocities: dict[int, Array] = {}

    def update(number: int, grad: Array) -> Array:
        velocity = velocities.get(number)
        velocity = grad if velocity is None else options["momentum"] * velocity + grad
        velocities[number] = velocity
        return options["lr"] * velocity

    return update


def _adam(options: Mapping[str, Any]) -> Any:
    kept: dict[int, tuple[int, Array, Array]] = {}

    def update(number: int, grad: Array) -> Array:
        step, mean, square = kept.get(number, (0, np.zeros_like(grad), np.zeros_like(grad)))
        step += 1
        mean = 0.9 * mean + 0.1 * grad
        square = 0.999 * square + 0.001 * grad * grad
        kept[number] = step, mean, square
        root = np.sqrt(square / (1 - 0.999**step)) + 1e-8
        return options["lr"] / (1 - 0.9**step) * mean / root

    return update


def resnet18(module: Any) -> Any:
    """Ours from `nn.models`, for images of 32 × 32 pixels."""
    from nn.models import ResNet

    return ResNet((64, 128, 256, 512), (2, 2, 2, 2), 10, small_images=True)


def pytorch_resnet18(module: Any) -> Any:
    """The same for PyTorch, with parameters of the same names."""
    from torch import nn

    class Block(nn.Module):
        def __init__(self, before: int, after: int, stride: int) -> None:
            super().__init__()
            self.conv1 = nn.Conv2d(before, after, 3, stride, 1, bias=False)
            self.bn1 = nn.BatchNorm2d(after)
            self.conv2 = nn.Conv2d(after, after, 3, 1, 1, bias=False)
            self.bn2 = nn.BatchNorm2d(after)
            self.downsample = nn.Identity()
            if stride > 1 or before != after:
                shrunk = nn.Conv2d(before, after, 1, stride, bias=False)
                self.downsample = nn.Sequential(shrunk, nn.BatchNorm2d(after))

        def forward(self, x: Any) -> Any:
            branch = self.bn2(self.conv2(self.bn1(self.conv1(x)).relu()))
            return (branch + self.downsample(x)).relu()

    model = nn.Sequential()
    model.add_module("conv1", nn.Conv2d(3, 64, 3, 1, 1, bias=False))
    model.add_module("bn1", nn.BatchNorm2d(64))
    model.add_module("relu", nn.ReLU())
    for stage, (before, after) in enumerate(itertools.pairwise((64, 64, 128, 256, 512)), start=1):
        first = Block(before, after, stride=1 if stage == 1 else 2)
        model.add_module(f"layer{stage}", nn.Sequential(first, Block(after, after, stride=1)))
    model.add_module("avgpool", nn.AdaptiveAvgPool2d(1))
    model.add_module("flatten", nn.Flatten())
    model.add_module("fc", nn.Linear(512, 10))
    return model


def works(tiny: bool) -> Iterator[Work]:
    """The steps of the table; `tiny` ones show only that all engines agree."""

    def targets(eager: float, replay: float) -> dict[str, Target]:
        return {"eager": Target(eager), "replay": Target(replay)}

    def work(name: str, training: Training, aims: dict[str, Target]) -> Work:
        return Work(name, training.sides(), aims, memory_targets=_MEMORY)

    for sizes, batch, aims in (
        ((64, 32, 10), 64, targets(0.5, 0.25)),
        ((64, 128, 10), 64, targets(0.5, 0.25)),
        ((784, 128, 10), 128, targets(1.0, 0.95)),
        ((784, 512, 256, 10), 128, targets(1.05, 1.0)),
        ((784, 1024, 1024, 10), 256, targets(1.05, 1.0)),
    ):
        batch = 2 if tiny else batch
        name = f"MLP {'-'.join(map(str, sizes))}, batch {batch}, Adam"
        yield work(name, Training(engines.mlp(*sizes), sizes[:1], batch), aims)

    batch = 2 if tiny else 64
    momentum = {"lr": 0.01, "momentum": 0.9}
    lenet = Training(engines.lenet(), (1, 28, 28), batch, "SGD", momentum)
    yield work(f"LeNet-5 28×28, batch {batch}, SGD momentum", lenet, targets(1.5, 1.0))

    batch = 2 if tiny else 8
    slowly = {**momentum, "lr": 1e-3}  # larger steps would amplify what rounding differs by
    resnet = Training(resnet18, (3, 32, 32), batch, "SGD", slowly, pytorch_resnet18)
    yield work(f"ResNet-18 32×32, batch {batch}, SGD momentum", resnet, {})

    for batch in (1, 2) if tiny else (1, 4, 16, 64, 256, 1024):
        name = f"growth: MLP 784-128-10, batch {batch}, Adam"
        training = Training(engines.mlp(784, 128, 10), (784,), batch)
        yield Work(name, training.sides(), series="batch", size=batch)

"""Graphs of scalars: micrograd's demo, and chains of up to a million nodes."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from importlib.util import find_spec
from typing import Any

from tests.benchmarks.harness import OURS, Side, Step, Target, Work, grouped

_BARE, _QUIET = "eager, bare loop", "eager, collector paused"
_NUMPY, _NUMBA = "replay, numpy only", "replay, numba"


@contextmanager
def without_numba() -> Iterator[None]:
    """A block in which programs are made as if numba were not installed."""
    from autograd.program import machines

    found = machines.find_spec
    machines.find_spec = lambda name: None
    try:
        yield
    finally:
        machines.find_spec = found


def in_block(step: Step, block: Callable[[], AbstractContextManager[None]]) -> Step:
    """A step that is done inside a block each time."""

    def inside() -> Any:
        with block():
            return step()

    return inside


def moons(value_class: type[Any], records: int, replayed: bool = False) -> Step:
    """One training step of micrograd's published demo, on any class of scalars.

    Two moons, a network of 2-16-16-1 relu neurons, the max-margin loss with L2 regularisation,
    full-batch gradient descent with a falling learning rate.
    """
    from sklearn.datasets import make_moons

    class Neuron:
        def __init__(self, n_in: int, nonlinear: bool) -> None:
            self.w = [value_class(drawn.uniform(-1, 1)) for _ in range(n_in)]
            self.b = value_class(0)
            self.nonlinear = nonlinear

        def __call__(self, x: list[Any]) -> Any:
            z = sum((w * x for w, x in zip(self.w, x, strict=True)), self.b)
            return z.relu() if self.nonlinear else z

    drawn = random.Random(1337)
    features, labels = make_moons(n_samples=records, noise=0.1, random_state=1337)
    rows, signs = features.tolist(), (labels * 2 - 1).tolist()
    layers = [
        [Neuron(n_in, nonlinear=n_out > 1) for _ in range(n_out)]
        for n_in, n_out in itertools.pairwise((2, 16, 16, 1))
    ]
    parameters = [p for layer in layers for neuron in layer for p in (*neuron.w, neuron.b)]
    # The demo makes new nodes of its data in every step, and a replay takes them as numbers.
    as_input: Any = float if replayed else value_class

    def score(row: list[float]) -> Any:
        x = [as_input(number) for number in row]
        for layer in layers:
            x = [neuron(x) for neuron in layer]
        return x[0]

    def loss_now() -> Any:
        losses = [(1 + -y * score(row)).relu() for y, row in zip(signs, rows, strict=True)]
        return sum(losses) * (1.0 / len(losses)) + 1e-4 * sum(p * p for p in parameters)

    forward = _replay(loss_now) if replayed else loss_now
    rates = (max(0.1, 1.0 - 0.9 * k / 100) for k in itertools.count())

    def step() -> float:
        loss = forward()
        for p in parameters:
            p.grad = 0
        loss.backward()
        rate = next(rates)
        for p in parameters:
            p.data -= rate * p.grad
        return float(loss.data)

    return step


def chain(nodes: int, replayed: bool = False) -> Step:
    """Forward and backward through Values after each other."""
    from autograd import Value

    x = Value(0.5)
    forward = _replay(lambda: _chained(x, nodes)) if replayed else lambda: _chained(x, nodes)

    def step() -> float:
        x.grad = None
        forward().backward()
        return float(x.grad)

    return step


def pytorch_chain(nodes: int) -> Step:
    """The same on PyTorch's tensors without axes; micrograd's recursion ends at 1 000 nodes."""
    import torch

    x = torch.tensor(0.5, dtype=torch.float64, requires_grad=True)

    def step() -> float:
        x.grad = None
        _chained(x, nodes).backward()
        return float(x.grad.item())

    return step


def _chained(x: Any, nodes: int) -> Any:
    for _ in range(nodes // 2):
        x = x * 1.000001 + 1e-7
    return x


def _replay(function: Callable[[], Any]) -> Callable[[], Any]:
    from autograd import replay

    return replay(function)


def _our_sides(make: Callable[[bool], Step]) -> list[Side]:
    """Our modes of a work, of which `make` gives the step, eager or replayed."""
    from autograd.allocation import collector_paused

    def side(mode: str, replayed: bool, block: Callable[[], AbstractContextManager[None]]) -> Side:
        return Side(OURS, mode, lambda: in_block(make(replayed), block))

    sides = [
        side(_BARE, False, nullcontext),
        side(_QUIET, False, collector_paused),
        side(_NUMPY, True, without_numba),
    ]
    if find_spec("numba"):
        sides.append(side(_NUMBA, True, nullcontext))
    return sides


def works(tiny: bool) -> Iterator[Work]:
    """The demo, and chains of growing length."""
    records = 4 if tiny else 100

    def our_moons(replayed: bool) -> Step:
        from autograd import Value

        return moons(Value, records, replayed)

    def micrograd_moons() -> Step:
        from micrograd.engine import Value

        return moons(Value, records)

    yield Work(
        f"scalar moons MLP 2-16-16-1, {records} samples",
        (*_our_sides(our_moons), Side("micrograd", "", micrograd_moons, leaves_cycles=True)),
        {
            _BARE: Target(1 / 10),
            _QUIET: Target(1 / 20),
            _NUMPY: Target(1 / 1000),
            _NUMBA: Target(1 / 3000),
        },
        tolerance=1e-9,
    )

    for nodes in (10, 100) if tiny else (10**2, 10**3, 10**4, 10**5, 10**6):
        last = nodes == 10**6
        yield Work(
            f"scalar chain, {grouped(nodes)} nodes",
            (
                *_our_sides(lambda replayed, nodes=nodes: chain(nodes, replayed)),
                Side("PyTorch", "", lambda nodes=nodes: pytorch_chain(nodes)),
            ),
            {_BARE: Target(3.0, in_seconds=True), _NUMBA: Target(0.02, in_seconds=True)}
            if last
            else {},
            tolerance=1e-9,
            series="nodes",
            size=nodes,
        )

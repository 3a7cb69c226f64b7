"""Drawing a graph of scalars as SVG; beside torchviz, where Graphviz's ``dot`` is installed."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from typing import Any

from tests.benchmarks.harness import OURS, Side, Step, Work


def network(make: Callable[[float], Any], nodes: int) -> Any:
    """A loss that is the mean of a network of scalars over so many records as make up the graph.

    Parameters
    ----------
    make : callable
        A scalar of an engine.
    nodes : int
        How many there are in the graph, to within one record.
    """
    drawn = random.Random(0)
    hidden = [[make(drawn.uniform(-1, 1)) for _ in range(3)] for _ in range(4)]
    output = [make(drawn.uniform(-1, 1)) for _ in range(4)]
    per_record = 4 * (3 + 3) + 4 + 4
    losses = []
    for _ in range(max(1, (nodes - 16) // per_record)):
        x = drawn.uniform(-1, 1), drawn.uniform(-1, 1)
        units = [(a * x[0] + b * x[1] + c).tanh() for a, b, c in hidden]
        score = sum(w * unit for w, unit in zip(output, units, strict=True))
        losses.append((score - 1.0) ** 2)
    return sum(losses) / len(losses)


def drawn_by_us(nodes: int) -> Step:
    import viz
    from autograd import Value

    loss = network(Value, nodes)

    def step() -> float:
        return float(viz.graph(loss)._repr_svg_().startswith("<"))

    return step


def drawn_by_torchviz(nodes: int) -> Step:
    import torch
    from torchviz import make_dot

    loss = network(lambda number: torch.tensor(number, requires_grad=True), nodes)

    def step() -> float:
        return float(make_dot(loss).pipe(format="svg").startswith(b"<"))

    return step


def works(tiny: bool) -> Iterator[Work]:
    """Graphs of a hundred, three hundred and a thousand nodes."""
    for nodes in (50,) if tiny else (100, 300, 1000):
        sides = [Side(OURS, "SVG", lambda nodes=nodes: drawn_by_us(nodes))]
        if shutil.which("dot") and find_spec("torchviz"):
            sides.append(Side("torchviz", "", lambda nodes=nodes: drawn_by_torchviz(nodes)))
        yield Work(f"drawing a graph of {nodes} nodes", tuple(sides))

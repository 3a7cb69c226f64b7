"""Paths of single numbers: counted, summed and ranked in one pass, none enumerated."""

from __future__ import annotations

import math
from collections.abc import Iterator
from heapq import merge
from itertools import islice
from operator import itemgetter
from typing import NamedTuple

from autograd.node import Node
from autograd.pathways.elements import ElementGraph, element_graph
from autograd.pathways.result import Factor, Paths, assemble
from autograd.trace import Trace

_ROOT = -1
_by_strength = itemgetter(0)


class _Partial(NamedTuple):
    """A path from the root to a vertex: one edge more than a path to the edge's source."""

    strength: float  # log2 |product|; ∞ if that is not finite
    source: int
    slot: int
    local: float
    rank: int  # of the path to the source, among the best of the source


class _Sum:
    """All the paths of one length from the root to a vertex."""

    __slots__ = ("count", "magnitude", "total")

    def __init__(self) -> None:
        self.count = 0
        self.total = 0.0
        self.magnitude = 0.0


def scalar_paths(trace: Trace, w: Node, element: tuple[int, ...], k: int) -> Paths:
    """The paths from the root of a trace to one number of w."""
    gradient = trace[w].gradient
    graph = element_graph(trace, w, element)
    sums, best = _ranked(graph, k)
    return assemble(
        trace.root,
        w,
        element,
        float(gradient[element] if element else gradient),
        routes=[_followed(graph, best, rank) for rank in range(len(best[0]))],
        lengths={length: (one.count, one.total, one.magnitude) for length, one in sums.items()},
    )


def _ranked(graph: ElementGraph, k: int) -> tuple[dict[int, _Sum], list[list[_Partial]]]:
    """What reaches vertex 0 by length, and the k strongest partial paths to every vertex."""
    count = len(graph.nodes)
    sums: list[dict[int, _Sum]] = [{} for _ in range(count)]
    best: list[list[_Partial]] = [[] for _ in range(count)]
    arriving: list[list[Iterator[_Partial]]] = [[] for _ in range(count)]
    for vertex, seed in graph.seeds.items():
        _add(sums[vertex], 0, 1, seed, abs(seed))
        arriving[vertex].append(iter([_Partial(_strength(0.0, seed), _ROOT, 0, seed, 0)]))
    for vertex in reversed(range(count)):
        best[vertex] = list(islice(merge(*arriving[vertex], key=_by_strength, reverse=True), k))
        arriving[vertex] = []
        here = sums[vertex]
        for target, slot, local, longer in graph.edges[vertex]:
            arriving[target].append(_extended(best[vertex], vertex, slot, local))
            for length, one in here.items():
                total, magnitude = _times(one.total, local), abs(_times(one.magnitude, local))
                _add(sums[target], length + longer, one.count, total, magnitude)
        if vertex:
            sums[vertex] = {}  # they have been handed on
    return sums[0], best


def _add(sums: dict[int, _Sum], length: int, count: int, total: float, magnitude: float) -> None:
    one = sums.get(length)
    if one is None:
        one = sums[length] = _Sum()
    one.count += count
    one.total += total
    one.magnitude += magnitude


def _extended(partials: list[_Partial], source: int, slot: int, local: float) -> Iterator[_Partial]:
    """The paths to a vertex, strongest first, each with one more edge."""
    for rank, partial in enumerate(partials):
        yield _Partial(_strength(partial.strength, local), source, slot, local, rank)


def _strength(before: float, local: float) -> float:
    """log2 |product| after one more factor: ∞ if it is not finite, −∞ if it is 0."""
    if local is False:
        return -math.inf
    if before == math.inf or not math.isfinite(local):
        return math.inf
    return before + math.log2(abs(local)) if local else -math.inf


def _times(number: float, local: float) -> float:
    """A product in which a closed gate gives exactly 0, whatever arrives; as in the sweep."""
    return 0.0 if local is False else number * local


def _followed(
    graph: ElementGraph, best: list[list[_Partial]], rank: int
) -> tuple[tuple[Factor, ...], float, float]:
    """The factors of a path from the root to vertex 0, the seed, and the product."""
    edges = []
    vertex, partial = 0, best[0][rank]
    while partial.source != _ROOT:
        edges.append((vertex, partial))
        vertex, partial = partial.source, best[partial.source][partial.rank]
    edges.reverse()
    seed = product = partial.local
    for _, edge in edges:
        product = _times(product, edge.local)
    factors = tuple(
        Factor(
            source=graph.nodes[edge.source],
            slot=edge.slot,
            target=graph.nodes[target],
            value=float(edge.local),
            gate=edge.local.__class__ is bool,
            source_element=graph.element(edge.source),
            target_element=graph.element(target),
        )
        for target, edge in edges
    )
    return factors, seed, product

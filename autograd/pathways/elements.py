"""The graph of single numbers between a loss and one number of w."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from autograd.node import Node
from autograd.pathways.edges import (
    MOST_EDGES,
    MOST_LOOKED_AT,
    Entry,
    entries,
    is_fixed,
    numbers_looked_at,
)
from autograd.trace import Flow, Trace
from autograd.value import Value

#: Vertex of the target, argument slot, local derivative (of bool type if it is a gate), and by how
#: much the edge makes a path longer.
Edge = tuple[int, int, float, int]


@dataclass(slots=True)
class ElementGraph:
    """Numbers that depend on one number of w, oldest first: vertex 0 is that number.

    Attributes
    ----------
    nodes, places : list
        For each vertex: the node that holds the number, and its place in the flattened node.
    edges : list of list of Edge
        For each vertex, the edges that lead from it towards vertex 0.
    seeds : dict of int to float
        The gradient of the numbers of the root that depend on vertex 0.
    """

    nodes: list[Node]
    places: list[int]
    edges: list[list[Edge]]
    seeds: dict[int, float]

    def element(self, vertex: int) -> tuple[int, ...]:
        """The index of a vertex in its node."""
        node = self.nodes[vertex]
        if isinstance(node, Value):
            return ()
        shape = np.shape(node.data)
        return tuple(int(i) for i in np.unravel_index(self.places[vertex], shape))


def element_graph(trace: Trace, w: Node, element: tuple[int, ...]) -> ElementGraph:
    """Collect what lies between the root of a trace and one number of w.

    Raises
    ------
    TypeError
        If numbers on the way are complex.
    ValueError
        If there are too many.
    """
    place = int(np.ravel_multi_index(element, np.shape(w.data))) if element else 0
    graph = ElementGraph([w], [place], [[]], {})
    # For each node, the vertices of its numbers by their place.
    known: dict[Node, dict[int, int]] = {w: {place: 0}}
    budget = _Budget(w)
    for step in reversed(trace.steps):
        found: dict[int, int] = {}
        for flow in step.flows:
            targets = known.get(flow.target)
            if targets is None:
                continue
            longer = int(not is_fixed(step.node, flow.slot))
            for source, target, local in budget.entries(flow, targets):
                vertex = found.get(source)
                if vertex is None:
                    vertex = found[source] = len(graph.nodes)
                    graph.nodes.append(step.node)
                    graph.places.append(source)
                    graph.edges.append([])
                graph.edges[vertex].append((targets[target], flow.slot, local, longer))
        if found:
            known[step.node] = found
    seeds = np.ravel(trace[trace.root].gradient).tolist()
    graph.seeds = {vertex: seeds[at] for at, vertex in known.get(trace.root, {}).items()}
    return graph


class _Budget:
    """What may be looked at and kept of arrays; edges between Values are free."""

    def __init__(self, w: Node) -> None:
        self._w = w
        self._looked_at = 0
        self._edges = 0

    def entries(self, flow: Flow, targets: Collection[int]) -> Iterable[Entry]:
        """The edges of a flow, as long as there are not too many."""
        if flow.source.__class__ is Value and flow.local is not None:
            return entries(flow, targets)
        self._looked_at += numbers_looked_at(flow, targets)
        self._require(self._looked_at <= MOST_LOOKED_AT, flow)
        return self._counted(flow, targets)

    def _counted(self, flow: Flow, targets: Collection[int]) -> Iterator[Entry]:
        for entry in entries(flow, targets):
            self._edges += 1
            self._require(self._edges <= MOST_EDGES, flow)
            yield entry

    def _require(self, affordable: bool, flow: Flow) -> None:
        if affordable:
            return
        raise ValueError(
            f"between the loss and this element of {self._w._label()} there are too many numbers "
            f"to follow each (the limit of {MOST_EDGES:,} edges and {MOST_LOOKED_AT:,} numbers of "
            f"Jacobians was passed at {flow.source._label()}): pass fewer records, run "
            "model.to_values() on one of them, or leave out element= for the paths from tensor "
            "to tensor."
        )

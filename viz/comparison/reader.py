"""Reads two graphs into the boxes and edges of one picture."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from autograd import Node, Trace
from viz.comparison.matching import match_links, match_nodes
from viz.scene.numbers import magnitude, number, ratio, times
from viz.scene.parts import Compared, Edge, Vertex
from viz.scene.reader import Reader, is_variable
from viz.scene.recording import record
from viz.scene.tree import Group


class ComparingReader(Reader):
    """Reads the second of two graphs, and how each of its gradients compares with the first's.

    Parameters
    ----------
    first, second : Trace
        What flowed in each.
    names : mapping of str to Node or ValueArray, optional
        Further names for nodes of the second.
    """

    compares = True

    def __init__(self, first: Trace, second: Trace, names: Mapping[str, Any] | None = None) -> None:
        super().__init__(record(second.root), second, names)
        self._first = Reader(record(first.root), first)
        self._nodes_there = match_nodes(self._first.recording, self.recording)
        self._links_there = match_links(self._first.recording, self.recording)

    def gradients(self, i: int) -> tuple[float, float] | None:
        """How large the gradient of a node is in the first and in the second graph."""
        twin = self._nodes_there.get(i)
        before = None if twin is None else _size(self._first, twin)
        after = _size(self, i)
        return None if before is None or after is None else (before, after)

    def gone(self) -> tuple[str, ...]:
        """Variables that only the first graph has, by name."""
        kept = set(self._nodes_there.values())
        nodes = self._first.recording.nodes
        return tuple(
            node.name or "unnamed"
            for i, node in enumerate(nodes)
            if is_variable(node) and i not in kept
        )

    def vertex(self, member: int | Group) -> Vertex:
        """The box for a node or a group, with the gradient that it had in the first graph."""
        vertex = super().vertex(member)
        if isinstance(member, Group):
            return vertex
        sizes = self.gradients(member)
        if sizes is not None:
            return replace(vertex, notes=(f"was {number(sizes[0], 3)}: {times(*sizes)}",))
        if vertex.gradient is not None:
            return replace(vertex, notes=("only here",))
        return vertex

    def edge(self, operand: int, consumer: int, labels: tuple[str, str], links: list[int]) -> Edge:
        """The edge for some argument slots, with what flowed over them in the first graph."""
        edge = super().edge(operand, consumer, labels, links)
        if edge.numbers is None:
            return edge
        pairs = []
        for link in links:
            here = self.flow(link)
            there = self._links_there.get(link)
            before = None if there is None else self._first.flow(there)
            if here is not None and before is not None:
                pairs.append((magnitude(before.contribution), magnitude(here.contribution)))
        if not pairs:
            return replace(edge, gain=math.nan, numbers=Compared(()))
        ratios = [x for a, b in pairs if not math.isnan(x := ratio(a, b))]
        gain = statistics.median(ratios) if ratios else math.nan
        return replace(edge, gain=gain, numbers=Compared(tuple(pairs)))


def _size(reader: Reader, i: int) -> float | None:
    node = reader.recording.nodes[i]
    if reader.trace is None or not isinstance(node, Node) or node not in reader.trace:
        return None
    return magnitude(reader.trace[node].gradient)

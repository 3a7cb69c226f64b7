"""Stepper: backpropagation as something one can walk through, forwards and backwards."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from autograd import Flow, Node, Trace
from viz.scene.labels import Labels
from viz.stepping.breakpoints import Breakpoint, Facts, facts_of, parse
from viz.stepping.equations import Equation, equation
from viz.stepping.figures import Arrival


@dataclass(frozen=True, slots=True)
class Received:
    """What has been added to the gradient of a node so far.

    Attributes
    ----------
    gradient : float, ndarray or None
        None while nothing has arrived: not computed yet, which is not 0.
    arrived, expected : int
        How many contributions are in, and how many there will be.
    """

    gradient: Any
    arrived: int
    expected: int

    @property
    def complete(self) -> bool:
        """Whether nothing more will be added."""
        return self.arrived == self.expected


class Stepper:
    """A position in a trace, and what is known there.

    One step is one `Flow`, on graphs of scalars and of arrays alike: one edge, one application of
    the chain rule, one number to predict. At position k the first k flows have been taken, and
    `flow` is the last of them; at position 0 only the root has its gradient. Moving costs nothing
    in either direction, since every flow knows the gradient of its target before and after.

    Parameters
    ----------
    trace : Trace
        What is stepped through.
    names : mapping, optional
        Names for nodes that have none; see `Labels`.

    Attributes
    ----------
    trace : Trace
        As given.
    labels : Labels
        What the nodes are called.
    flows : tuple of Flow
        The steps.
    position : int
        How many of them have been taken, from 0 to ``len(flows)``.
    breakpoints : dict of int to Breakpoint
        By their numbers, which are not used twice.
    """

    def __init__(self, trace: Trace, names: Mapping[str, Any] | None = None) -> None:
        self.trace = trace
        self.labels = Labels(trace, names)
        self.flows = tuple(trace.flows)
        self.position = 0
        self.breakpoints: dict[int, Breakpoint] = {}
        self._numbered = 0
        self._arrivals: dict[Node, list[int]] = {}
        self._order = []
        for i, flow in enumerate(self.flows):
            places = self._arrivals.setdefault(flow.target, [])
            places.append(i)
            self._order.append(len(places))

    # --- moving -------------------------------------------------------------------------------

    def seek(self, position: int) -> None:
        """Go to a position.

        Raises
        ------
        IndexError
            If there is none of that number.
        """
        if not 0 <= position <= len(self.flows):
            raise IndexError(f"positions go from 0 to {len(self.flows)}, so none is {position}.")
        self.position = position

    def next(self) -> bool:
        """Take one flow; False at the end."""
        return self._move(1)

    def previous(self) -> bool:
        """Take the last flow back; False at the start."""
        return self._move(-1)

    def _move(self, direction: int) -> bool:
        if not 0 <= self.position + direction <= len(self.flows):
            return False
        self.position += direction
        return True

    def run(self, backwards: bool = False) -> int | None:
        """Go on until a flow that meets a breakpoint has just been taken, or to the end.

        Parameters
        ----------
        backwards : bool
            Go back instead, to such a flow before this one, or to the start.

        Returns
        -------
        int or None
            Number of the first breakpoint that is met; None at the end or the start.
        """
        while self.previous() if backwards else self.next():
            if self.position and (met := self._met()) is not None:
                return met
        return None

    def _met(self) -> int | None:
        facts = self.facts(self.position - 1)
        return next((n for n, each in self.breakpoints.items() if each.matches(facts)), None)

    def add_breakpoint(self, condition: str) -> int:
        """Set a breakpoint and return its number; see `viz.stepping.breakpoints`.

        Raises
        ------
        BreakpointError
            If the condition cannot be understood or met.
        """
        made = parse(condition, self._vocabulary)
        self._numbered += 1
        self.breakpoints[self._numbered] = made
        return self._numbered

    @cached_property
    def _vocabulary(self) -> dict[str, set[str]]:
        sources = {flow.source for flow in self.flows}
        parts = (node.scope.split(".") for node in sources)
        scopes = {".".join(part[: n + 1]) for part in parts for n in range(len(part))}
        nodes = {self.labels.of[node] for node in self._arrivals}
        return {"op": {node.op for node in sources}, "scope": scopes, "node": nodes}

    # --- looking ------------------------------------------------------------------------------

    @property
    def flow(self) -> Flow | None:
        """The flow that was just taken; None at the start."""
        return self.flows[self.position - 1] if self.position else None

    def arrivals(self, node: Node) -> list[int]:
        """Which flows add to the gradient of a node."""
        return self._arrivals.get(node, [])

    def arrival(self, i: int) -> Arrival:
        """Which of the contributions to its target flow i is."""
        return Arrival(self._order[i], len(self._arrivals[self.flows[i].target]))

    def equation(self, i: int) -> Equation:
        """The rule of flow i, three ways."""
        return equation(self.flows[i], self.labels, self.arrival(i))

    def facts(self, i: int) -> Facts:
        """What breakpoints ask of flow i."""
        flow = self.flows[i]
        return facts_of(flow, self.arrival(i), self.labels.of[flow.target])

    def received(self, node: Node) -> Received:
        """The gradient of a node as far as it is known at this position.

        Raises
        ------
        KeyError
            If the node is not on the trace.
        """
        gradient = self.trace[node].gradient
        places = self.arrivals(node)
        arrived = bisect_right(places, self.position - 1)
        if arrived < len(places):
            gradient = self.flows[places[arrived - 1]].after if arrived else None
        return Received(gradient, arrived, len(places))

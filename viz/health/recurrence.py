"""The gradient through time, where weights are used again and again on what they made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd import Node, Trace
from viz.health.places import Places
from viz.health.sizes import norm

#: So many uses one after the other make a recurrence.
_FEWEST = 4


@dataclass(frozen=True)
class Recurrence:
    """What happens to a gradient on its way back through time.

    Attributes
    ----------
    steps : int
        How many steps of time the gradient was followed through.
    rate : float
        By how much its L2 norm is multiplied per step, in the geometric mean. What the loss adds
        at every step is left out: this is the gradient that comes from later steps.
    is_gated : bool
        Whether the state is multiplied by another signal on its way, as in LSTM and GRU.
    """

    steps: int
    rate: float
    is_gated: bool

    @property
    def passed(self) -> float:
        """What arrives at the first step, compared with the last."""
        return float(self.rate**self.steps)


def recurrences(trace: Trace, places: Places) -> dict[int, Recurrence]:
    """The weight layers that are applied through time, and the gradient through each."""
    uses: dict[int, list[Node]] = {}
    for node, bit in places.layer.items():
        uses.setdefault(bit, []).append(node)
    found = {}
    for bit, products in uses.items():
        # A layer that is recurrent is fed by what it made itself.
        if len(products) >= _FEWEST and bit & places.fed[bit]:
            times = _times(trace, places, set(products))
            if max(times.values()) >= _FEWEST:
                found[bit] = _follow(trace, places, times, products)
    return found


def _times(trace: Trace, places: Places, products: set[Node]) -> dict[Node, int]:
    """How often the weights have been applied on the longest way to each node."""
    times: dict[Node, int] = {}
    for node in places.of:
        before = max(times.get(flow.target, 0) for flow in trace[node].flows)
        times[node] = before + (node in products)
    return times


def _follow(
    trace: Trace, places: Places, times: dict[Node, int], products: list[Node]
) -> Recurrence:
    last = max(times[node] for node in products)
    history = _history(trace, [node for node in products if times[node] == last])
    # What crosses from each step of time to the one before, per node of the state there; and what
    # arrives at these nodes from anywhere but the state of the same time.
    crossed: dict[int, dict[Node, Any]] = {}
    arrived: dict[int, dict[Node, Any]] = {}
    inside: set[Node] = set()
    is_gated = False
    for step in trace:
        if step.node.is_leaf:
            continue
        now = times[step.node]
        consumers = places.consumers.get(step.node, ())
        if step.node in crossed.get(now, ()) or (
            consumers and all(node in inside for node in consumers)
        ):
            inside.add(step.node)
        for flow in step.flows:
            target = flow.target
            if target not in history or target.is_leaf:
                continue
            before = times[target]
            if before == now - 1 and before:
                part = crossed.setdefault(before, {})
                part[target] = part.get(target, 0.0) + flow.contribution
                is_gated |= (
                    step.node.op == "multiply"
                    and len(step.flows) == 2
                    and (step.node not in places.weight)
                )
            if before != now or step.node not in inside:
                part = arrived.setdefault(before, {})
                part[target] = part.get(target, 0.0) + flow.contribution
    logs = []
    for time in sorted(crossed):
        if time + 1 in crossed:
            state = [arrived[time + 1][node] for node in crossed[time + 1]]
            above, below = norm(state), norm(crossed[time].values())
            if above:
                logs.append(np.log(below / above) if below else -np.inf)
    rate = float(np.exp(np.mean(logs))) if logs else np.nan
    return Recurrence(len(logs), rate, is_gated)


def _history(trace: Trace, roots: list[Node]) -> set[Node]:
    """Everything that some nodes were made of."""
    found = set(roots)
    for step in trace:
        if step.node in found:
            found.update(flow.target for flow in step.flows)
    return found

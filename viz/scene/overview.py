"""A few sentences on a whole picture, for those who cannot see it and above it for all."""

from __future__ import annotations

import math
from collections import Counter

from viz.scene.chart import View
from viz.scene.numbers import magnitude, number
from viz.scene.words import plural


def overview(view: View, boxes: int) -> str:
    """How large the graph is, and what can be seen of its gradients.

    Parameters
    ----------
    view : View
        All that can be seen.
    boxes : int
        How many boxes are to be seen now.
    """
    recording, trace = view.reader.recording, view.reader.trace
    nodes, slots = len(recording.nodes), len(recording.links)
    size = f"{plural(nodes, 'node')}, {plural(slots, 'argument slot')}"
    if boxes < nodes:
        size += f", drawn as {plural(boxes, 'box')}"
    said = [size]
    if trace is None:
        said.append("The forward pass alone: gradients are not computed")
    ranked = _variable_gradients(view)
    if ranked:
        (low, least), (high, most) = ranked[0], ranked[-1]
        range_ = f"{number(low, 3)} ({least})"
        if len(ranked) > 1:
            range_ += f" to {number(high, 3)} ({most})"
        said.append(f"Size of the variables' gradients: {range_}")
    states = _states(view)
    for state, what in (
        ("broken", "NaN or ∞"),
        ("closed", "Gate closed"),
        ("nothing", "Nothing arrived"),
    ):
        if states[state]:
            said.append(f"{what} on {plural(states[state], 'edge')}")
    return ". ".join(said) + "."


def _variable_gradients(view: View) -> list[tuple[float, str]]:
    """The different sizes of the gradients of variables, and whose they are; smallest first."""
    trace = view.reader.trace
    if trace is None:
        return []
    leaves = [step for step in trace if step.node.is_leaf]
    sizes = {(magnitude(step.gradient), view.reader.label_of(step.node)) for step in leaves}
    return sorted((size, label) for size, label in sizes if math.isfinite(size))


def _states(view: View) -> Counter[str]:
    """How many edges are in which state, where they end at a node or at a box that stays closed."""
    return Counter(
        edge.state
        for chart in view.chart.charts()
        for edge in chart.edges
        if edge.consumer < len(chart.vertices) and edge.consumer not in chart.inside
    )

"""The timeline: the graph of a training, step by step, in a layout that never moves."""

from __future__ import annotations

import math
import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from autograd import Trace
from viz.drawing import draw
from viz.history.portable import to_portable
from viz.picture import Picture
from viz.render.shapes import edge_class, edge_width
from viz.scene.chart import Chart, View, view_of
from viz.scene.numbers import number
from viz.scene.parts import Edge, Several, State, Vertex
from viz.scene.reader import Reader, foremost, is_variable
from viz.scene.recording import record
from viz.scene.tree import Group
from viz.scene.words import edge_labels, shape_text, spread

#: What a frame has of a link or a node.
_Flow = Sequence[Any]


def draw_timeline(trace: Trace, frames: Sequence[dict[str, Any]], title: str) -> Picture:
    """Picture of a training.

    Parameters
    ----------
    trace : Trace
        Of the first step; it gives the structure.
    frames : sequence of dict
        As in `GradientHistory.frames`.
    title : str
        Heading.
    """
    view = view_of(_StructureReader(record(trace.root), trace))
    drawn = [_frame(view, frame) for frame in frames]
    return draw(view, title, tools=lambda: {"frames": drawn})


class _StructureReader(Reader):
    """Reads boxes without what is only true of one step and stands in no frame."""

    def vertex(self, member: int | Group) -> Vertex:
        return replace(super().vertex(member), spreads=(None, None))


def _frame(view: View, frame: dict[str, Any]) -> dict[str, Any]:
    """What every edge and every box looks like at one step, in the order of the sheets."""
    charts = list(view.chart.charts())
    return {
        "step": frame["step"],
        "loss": to_portable(frame["loss"]),
        "edges": [_edge(edge, frame["edges"]) for chart in charts for edge in chart.edges],
        "boxes": [lines for chart in charts for lines in _boxes(view, chart, frame["nodes"])],
    }


def _edge(edge: Edge, flows: Sequence[_Flow]) -> list[Any]:
    """Look, width and labels of an edge, and what it says when it is pointed at."""
    known = [flows[link] for link in edge.links if flows[link][2] != "constant"]
    if not known:
        return [edge_class(edge), edge_width(edge), *edge_labels(edge), ""]
    sizes = sorted((size for size, _, _ in known), key=lambda x: (math.isnan(x), x))
    gains = sorted(gain for _, gain, _ in known if not math.isnan(gain))
    states: Counter[State] = Counter(state for _, _, state in known)
    here = replace(
        edge,
        state=foremost(states),
        magnitude=statistics.median(sizes),
        gain=statistics.median(gains) if gains else math.nan,
        numbers=Several(tuple(sizes), tuple(gains), states),
    )
    about = f"sizes: {spread(sizes)}" if len(sizes) > 1 else f"size: {number(sizes[0])}"
    return [edge_class(here), edge_width(here), *edge_labels(here), about]


def _boxes(view: View, chart: Chart, nodes: Sequence[tuple[float, float]]) -> list[list[str]]:
    lines = []
    for member, vertex in zip(chart.members, chart.vertices, strict=True):
        if isinstance(member, Group):
            inner = [i for i in member.nodes() if is_variable(view.reader.recording.nodes[i])]
            sizes = sorted(nodes[i][1] for i in inner or member.nodes())
            finite = [size for size in sizes if not math.isnan(size)]
            lines.append(
                [f"grad {number(finite[0], 2)} … {number(finite[-1], 2)}"] if finite else []
            )
        else:
            lines.append(_node_lines(vertex, *nodes[member]))
    return lines


def _node_lines(vertex: Vertex, value: float, gradient: float) -> list[str]:
    known = vertex.value or vertex.gradient
    if known is not None and known.shape:
        lines = [f"{shape_text(known.shape)}, RMS {number(value, 3)}"]
        rms = "RMS "
    else:
        lines, rms = [f"|value| {number(value)}"], ""
    if not math.isnan(gradient):
        lines.append(f"grad {rms}{number(gradient, 3)}")
    return lines

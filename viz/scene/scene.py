"""Scene: a view with a place for every box and edge."""

from __future__ import annotations

from dataclasses import dataclass

from viz.scene.layout import Layout, lay_out
from viz.scene.text import printable, shorten
from viz.scene.view import Vertex, View
from viz.scene.words import head, lines, overview

_LINE = 13
_SLOT = 30


@dataclass(frozen=True, slots=True)
class Box:
    """What is written in a box, and its size in pixels.

    Attributes
    ----------
    title, corner : str
        The first line, left and right.
    lines : list of str
        The others.
    """

    width: float
    height: float
    title: str
    corner: str
    lines: list[str]


@dataclass(frozen=True, slots=True)
class Scene:
    """All that a renderer has to write down."""

    title: str
    summary: str
    view: View
    boxes: list[Box]
    layout: Layout


def compose(view: View, title: str | None = None) -> Scene:
    """Size the boxes of a view and lay it out."""
    slots = [0] * len(view.vertices)
    for edge in view.edges:
        slots[edge.consumer] += 1
    boxes = [_box(vertex, n, view.computed) for vertex, n in zip(view.vertices, slots, strict=True)]
    layout = lay_out(
        [(box.width, box.height) for box in boxes],
        [(edge.operand, edge.consumer) for edge in view.edges],
    )
    if title is None:
        root = view.vertices[-1].label
        title = (
            f"Gradient flow from {root} back to its variables"
            if view.computed
            else f"Forward pass: how {root} is made"
        )
    return Scene(printable(title), overview(view), view, boxes, layout)


def _box(vertex: Vertex, slots: int, computed: bool) -> Box:
    """Room for any numbers: the size follows from the structure, not from what is written."""
    title, corner = head(vertex)
    title, written = shorten(title), lines(vertex, computed)
    if vertex.scope and vertex.kind != "group":
        written.append(f"in {shorten(vertex.scope)}")
    shaped = vertex.kind == "group" or (vertex.value is not None and vertex.value.shape != ())
    letters = 8 if vertex.kind == "constant" and not vertex.name else len(title)
    width = max(7.4 * letters + 6.2 * len(corner) + 28, 150 if shaped else 116)
    if vertex.kind == "group":
        width = max(width, *(5.8 * len(line) + 24 for line in written[:-1]))
    height = 24 + _LINE * len(written) + 4
    return Box(round(width), max(height, _SLOT * slots), title, corner, written)

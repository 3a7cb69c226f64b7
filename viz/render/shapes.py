"""The outlines of boxes, and the strokes of edges."""

from __future__ import annotations

from viz.render.theme import gain_class
from viz.scene.parts import Edge, Kind
from viz.scene.style import gain_level, stroke_width


def outline(kind: Kind, width: float, height: float, broken: bool = False) -> str:
    """The shape of a box, which tells variables, constants, operations, the loss and groups."""
    size = f'width="{width}" height="{height}"'
    box = "gg-box gg-broken" if broken else "gg-box"
    if kind == "variable":
        return f'<rect class="{box} gg-variable" {size} rx="{min(20, height / 2)}"/>'
    if kind == "constant":
        cut = min(9, round(height / 3))
        d = (
            f"M{cut} 0H{width - cut}L{width} {cut}V{height - cut}L{width - cut} {height}"
            f"H{cut}L0 {height - cut}V{cut}Z"
        )
        return f'<path class="{box} gg-constant-box" d="{d}"/>'
    if kind == "loss":
        inner = f'x="-4" y="-4" width="{width + 8}" height="{height + 8}"'
        return f'<rect class="{box}" {inner} rx="6"/><rect class="{box} gg-loss" {size} rx="3"/>'
    if kind == "group":
        return (
            f'<rect class="{box}" x="6" y="6" {size} rx="3"/>'
            f'<rect class="{box}" x="3" y="3" {size} rx="3"/>'
            f'<rect class="{box}" {size} rx="3"/>'
        )
    return f'<rect class="{box}" {size} rx="3"/>'


def edge_class(edge: Edge) -> str:
    """CSS class of an edge's line."""
    return gain_class(gain_level(edge.gain)) if edge.state == "flowing" else f"gg-{edge.state}"


def dashed(edge: Edge) -> bool:
    """Whether an edge's line is broken by gaps."""
    return edge.state not in ("flowing", "broken")


def edge_width(edge: Edge) -> float:
    """Width of an edge's line, in pixels."""
    if edge.state in ("closed", "nothing"):
        return 2.0
    return stroke_width(edge.magnitude) if edge.numbers is not None else 1.5

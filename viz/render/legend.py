"""The legend: what width, colour, dashes and shapes mean; beside a small graph in few words."""

from __future__ import annotations

import math
from html import escape

from viz.render.paths import zigzag
from viz.render.shapes import outline
from viz.render.theme import gain_class
from viz.scene.parts import Edge, Kind, State, Vertex
from viz.scene.scene import Scene, Sheet
from viz.scene.style import STRONGEST, stroke_width

#: What float16 rounds to 0, and to ∞; the other formats lie outside the scale of widths.
_FLOAT16_LEAST, _FLOAT16_MOST = 2.0**-25, 65520.0
_ROW = 19
#: Width of a panel, in pixels.
PANEL = 330

#: How an edge in each state looks: in what words, and in few.
_STATES: dict[State, tuple[str, str]] = {
    "closed": ("exactly 0: gate closed here", "0: gate closed here"),
    "nothing": ("exactly 0: nothing arrived from above", "0: nothing arrived"),
    "broken": ("NaN or ∞", "NaN or ∞"),
    "constant": ("constant: no gradient", "no gradient"),
    "unknown": ("gradient not computed", "not computed"),
}
_KINDS: dict[Kind, tuple[str, str]] = {
    "variable": ("variable: its gradient is wanted", "variable"),
    "constant": ("constant", "constant"),
    "operation": ("operation", "operation"),
    "loss": ("the result, where backpropagation starts", "result"),
    "group": ("several nodes (on edges: least … most)", "several nodes"),
}


def legend_beside(scene: Scene, width: float, height: float) -> tuple[str, float, float]:
    """The legend for a picture: no larger than the graph that it explains, if few words can do it.

    Parameters
    ----------
    scene : Scene
        The picture.
    width, height : float
        Of the graph.

    Returns
    -------
    svg : str
    width, height : float
        As `draw_legend`.
    """
    legend = draw_legend(scene, width)
    return legend if legend[2] <= height else _draw_short_legend(scene)


def draw_legend(scene: Scene, width: float) -> tuple[str, float, float]:
    """Panels side by side, as many as the width allows.

    Returns
    -------
    svg : str
    width, height : float
        In pixels.
    """
    panels = legend_panels(scene)
    across = max(1, min(len(panels), int((width + 20) // PANEL)))
    if width < 2 * PANEL:
        across = min(2, len(panels))
    drawn, top = [], 0.0
    for start in range(0, len(panels), across):
        row = panels[start : start + across]
        for k, (svg, _) in enumerate(row):
            drawn.append(f'<g transform="translate({k * PANEL} {top:.0f})">{svg}</g>')
        top += max(height for _, height in row)
    return f'<g class="gg-legend">{"".join(drawn)}</g>', across * PANEL, top


def legend_panels(scene: Scene) -> list[tuple[str, int]]:
    """The panels, each as SVG of width `PANEL`, and their heights in pixels."""
    panels = [_boxes(scene), _lines(scene)]
    if scene.computed:
        panels = [_gradients(scene.compares), panels[1], panels[0]]
    return [(svg, rows * _ROW + 14) for svg, rows in panels]


def _text(x: float, row: float, words: str, style: str = "") -> str:
    kind = f' class="{style}"' if style else ""
    return f'<text{kind} x="{x}" y="{row * _ROW + 12:.0f}">{escape(words)}</text>'


def _line(row: float, style: str, width: float, x: float = 0, length: float = 52) -> str:
    y = row * _ROW + 8
    return (
        f'<g class="gg-edge"><path class="{style}" stroke-width="{width}" '
        f'd="M{x} {y:.0f}h{length}"/></g>'
    )


def _words(compares: bool) -> tuple[str, str, str, str]:
    """What colours mean, the words at the ends of their scale, and what numbers mean."""
    if compares:
        return (
            "Colour: size here ÷ size in the first graph", "smaller", "larger",
            "Numbers: above, size in the first graph → here; below, their ratio.",
        )  # fmt: skip
    return (
        "Colour: gain = gradient that leaves ÷ gradient that arrives", "vanishing", "exploding",
        "Numbers: above, what the edge adds; below, its gain.",
    )  # fmt: skip


def _gradients(compares: bool) -> tuple[str, int]:
    """Colour and width."""
    swatch = 32
    colour, least, most, numbers = _words(compares)
    parts = [
        _text(0, 0, "Gradients flow from right to left. On each edge:", "gg-head"),
        _text(0, 1, colour),
    ]
    levels = range(-STRONGEST, STRONGEST + 1)
    for k, level in enumerate(levels):
        parts.append(_line(2, gain_class(level), 10, k * swatch, swatch))
    end = len(levels) * swatch
    parts += [
        _text(0, 3, f"×1/16 {least}"),
        _text(end / 2, 3, "×1", "gg-mid"),
        _text(end, 3, f"×16 {most}", "gg-end"),
        _text(0, 4, "Width: size of what the edge adds (RMS for arrays)"),
    ]
    for k, power in enumerate((-8, -6, -4, -2, 0, 2, 4)):
        x = k * 42
        parts.append(_line(5, gain_class(0), stroke_width(10.0**power), x, 30))
        parts.append(_text(x + 15, 6, f"1e{power}".replace("-", "−"), "gg-mid"))
    for limit, words in ((_FLOAT16_LEAST, "float16 → 0"), (_FLOAT16_MOST, "float16 → ∞")):
        x = round(15 + 21 * (math.log10(limit) + 8))
        parts.append(f'<path class="gg-limit" d="M{x} {6.9 * _ROW:.0f}l-4 7h8z"/>')
        parts.append(_text(x + 7, 7, words, "gg-faint"))
    parts += [
        _text(0, 8, "float32 and bfloat16: 0 below 1e−38, ∞ above 3e38", "gg-faint"),
        _text(0, 9, numbers, "gg-faint"),
    ]
    return "".join(parts), 10


def _lines(scene: Scene) -> tuple[str, int]:
    """Dashes."""
    states: list[State] = ["unknown"]
    if scene.computed:
        states = ["closed", "nothing", "broken", "constant"]
    parts = [_text(0, 0, "Lines: one for each argument slot", "gg-head")]
    parts += (_state(k, state, _STATES[state][0]) for k, state in enumerate(states, start=1))
    notes = (
        "Where many leave or reach one box, they share a trunk.",
        "Point at a box, an edge or its numbers for all the figures.",
    )
    for k, words in enumerate(notes, start=len(states) + 1):
        parts.append(_text(0, k, words, "gg-faint"))
    return "".join(parts), len(states) + 1 + len(notes)


def _state(row: int, state: State, words: str) -> str:
    """How an edge in a state looks."""
    if state == "broken":
        y = row * _ROW + 8
        route = [(0.0, float(y)), (52.0, float(y))]
        line = (
            f'<g class="gg-edge"><path class="gg-broken" stroke-width="1.5" d="{zigzag(route)}"/>'
            "</g>"
        )
    else:
        line = _line(row, f"gg-{state}", 1.5 if state in ("constant", "unknown") else 2)
    return line + _text(64, row, words)


def _boxes(scene: Scene) -> tuple[str, int]:
    """Shapes."""
    grouped = any(v.kind == "group" for v in scene.sheet.chart.vertices)
    kinds = [kind for kind in _KINDS if kind != "group" or grouped]
    parts = [_text(0, 0, "Boxes: data flows from left to right", "gg-head")]
    parts += (_kind(k, kind, _KINDS[kind][0]) for k, kind in enumerate(kinds, start=1))
    return "".join(parts), len(kinds) + 1


def _kind(row: int, kind: Kind, words: str) -> str:
    """How a box looks."""
    shape = f'<g transform="translate(5 {row * _ROW + 2})">{outline(kind, 40, 12)}</g>'
    return shape + _text(64, row, words)


# --- beside a small graph -----------------------------------------------------------------------


def _draw_short_legend(scene: Scene) -> tuple[str, float, float]:
    """Columns with what occurs in the graph, and nothing else."""
    edges, vertices = _drawn(scene.sheet)
    states = {edge.state for edge in edges}
    kinds = {vertex.kind for vertex in vertices}
    lines = [
        _state(k, state, _STATES[state][1])
        for k, state in enumerate((state for state in _STATES if state in states), start=1)
    ]
    boxes = [
        _kind(k, kind, _KINDS[kind][1])
        for k, kind in enumerate((kind for kind in _KINDS if kind in kinds), start=1)
    ]
    columns = [(_short_gradients(scene.compares), 5, 350)] if scene.computed else []
    for title, rows, width in (("Lines", lines, 190), ("Boxes", boxes, 145)):
        if rows:
            svg = "".join([_text(0, 0, title, "gg-head"), *rows])
            columns.append((svg, len(rows) + 1, width))
    drawn, left = [], 0
    for svg, _, width in columns:
        drawn.append(f'<g transform="translate({left} 0)">{svg}</g>')
        left += width
    height = max(rows for _, rows, _ in columns) * _ROW
    return f'<g class="gg-legend">{"".join(drawn)}</g>', left, height


def _drawn(sheet: Sheet) -> tuple[list[Edge], list[Vertex]]:
    """The edges, and the boxes that are not open."""
    edges = list(sheet.chart.edges)
    vertices = [v for k, v in enumerate(sheet.chart.vertices) if k not in sheet.opened]
    for k in sheet.opened:
        more_edges, more_vertices = _drawn(sheet.inside[k])
        edges += more_edges
        vertices += more_vertices
    return edges, vertices


def _short_gradients(compares: bool) -> str:
    """Colour and width, a row for each."""
    colour, least, most, numbers = _words(compares)
    left, swatch = 88, 16
    right = left + 8 + swatch * (2 * STRONGEST + 1)
    parts = [
        _text(0, 0, "Gradients flow from right to left. On each edge:", "gg-head"),
        _text(0, 1, colour),
        _text(left, 2, f"{least} ×1/16", "gg-end"),
        _text(right, 2, f"×16 {most}"),
        _text(left, 3, "width: 1e−8", "gg-end"),
        _text(right, 3, "1e4 (RMS for arrays)"),
        _text(0, 4, numbers, "gg-faint"),
    ]
    for k, level in enumerate(range(-STRONGEST, STRONGEST + 1)):
        parts.append(_line(2, gain_class(level), 10, left + 4 + k * swatch, swatch))
    for k, power in enumerate((-8, -5, -2, 1, 4)):
        parts.append(_line(3, gain_class(0), stroke_width(10.0**power), left + 4 + k * 30, 24))
    return "".join(parts)

"""The legend: what width, colour, dashes and shapes mean."""

from __future__ import annotations

import math
from html import escape

from viz.render.paths import zigzag
from viz.render.shapes import outline
from viz.render.theme import gain_class
from viz.scene.parts import Kind
from viz.scene.scene import Scene
from viz.scene.style import STRONGEST, stroke_width

#: What float16 rounds to 0, and to ∞; the other formats lie outside the scale of widths.
_FLOAT16_LEAST, _FLOAT16_MOST = 2.0**-25, 65520.0
_ROW = 19
_PANEL = 330


def draw_legend(scene: Scene, width: float) -> tuple[str, float, float]:
    """Panels side by side, as many as the width allows.

    Returns
    -------
    svg : str
    width, height : float
        In pixels.
    """
    panels = [_boxes(scene), _lines(scene)]
    if scene.computed:
        panels = [_gradients(scene.compares), panels[1], panels[0]]
    across = max(1, min(len(panels), int((width + 20) // _PANEL)))
    if width < 2 * _PANEL:
        across = min(2, len(panels))
    drawn, top = [], 0.0
    for start in range(0, len(panels), across):
        row = panels[start : start + across]
        for k, (svg, _) in enumerate(row):
            drawn.append(f'<g transform="translate({k * _PANEL} {top:.0f})">{svg}</g>')
        top += max(rows for _, rows in row) * _ROW + 14
    return f'<g class="gg-legend">{"".join(drawn)}</g>', across * _PANEL, top


def _text(x: float, row: float, words: str, style: str = "") -> str:
    kind = f' class="{style}"' if style else ""
    return f'<text{kind} x="{x}" y="{row * _ROW + 12:.0f}">{escape(words)}</text>'


def _line(row: float, style: str, width: float, x: float = 0, length: float = 52) -> str:
    y = row * _ROW + 8
    return (
        f'<g class="gg-edge"><path class="{style}" stroke-width="{width}" '
        f'd="M{x} {y:.0f}h{length}"/></g>'
    )


def _gradients(compares: bool) -> tuple[str, int]:
    """Colour and width."""
    swatch = 32
    colour = "Colour: gain = gradient that leaves ÷ gradient that arrives"
    least, most = "vanishing", "exploding"
    numbers = "Numbers: above, what the edge adds; below, its gain."
    if compares:
        colour = "Colour: size here ÷ size in the first graph"
        least, most = "smaller", "larger"
        numbers = "Numbers: above, size in the first graph → here; below, their ratio."
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
    rows = [("gg-unknown", "gradient not computed")]
    if scene.computed:
        rows = [
            ("gg-closed", "exactly 0: gate closed here"),
            ("gg-nothing", "exactly 0: nothing arrived from above"),
            ("gg-broken", "NaN or ∞"),
            ("gg-constant", "constant: no gradient"),
        ]
    parts = [_text(0, 0, "Lines: one for each argument slot", "gg-head")]
    for k, (style, words) in enumerate(rows, start=1):
        if style == "gg-broken":
            y = k * _ROW + 8
            route = [(0.0, float(y)), (52.0, float(y))]
            parts.append(
                f'<g class="gg-edge"><path class="{style}" stroke-width="1.5" '
                f'd="{zigzag(route)}"/></g>'
            )
        else:
            parts.append(_line(k, style, 1.5 if style in ("gg-constant", "gg-unknown") else 2))
        parts.append(_text(64, k, words))
    notes = (
        "Where many leave or reach one box, they share a trunk.",
        "Point at a box, an edge or its numbers for all the figures.",
    )
    for k, words in enumerate(notes, start=len(rows) + 1):
        parts.append(_text(0, k, words, "gg-faint"))
    return "".join(parts), len(rows) + 1 + len(notes)


def _boxes(scene: Scene) -> tuple[str, int]:
    """Shapes."""
    rows: list[tuple[Kind, str]] = [
        ("variable", "variable: its gradient is wanted"),
        ("constant", "constant"),
        ("operation", "operation"),
        ("loss", "the result, where backpropagation starts"),
    ]
    if any(v.kind == "group" for v in scene.sheet.chart.vertices):
        rows.append(("group", "several nodes (on edges: least … most)"))
    parts = [_text(0, 0, "Boxes: data flows from left to right", "gg-head")]
    for k, (kind, words) in enumerate(rows, start=1):
        y = k * _ROW + 2
        parts.append(f'<g transform="translate(5 {y})">{outline(kind, 40, 12)}</g>')
        parts.append(_text(64, k, words))
    return "".join(parts), len(rows) + 1

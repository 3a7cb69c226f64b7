"""How the textbook picture looks: colours, dashes and letters, beside those of every picture."""

from __future__ import annotations

import math
from html import escape

from viz.render.theme import DARK, LIGHT, Palette, gain_class
from viz.scene.style import STRONGEST, stroke_width

#: Many lines lie close together, so they are thinner than the edges of `viz.graph`.
_THIN = 0.4


def colour_level(size: float, reference: float) -> int:
    """Which of the colours a gradient has: one step for each power of ten, grey within the first.

    Parameters
    ----------
    size, reference : float
        Magnitude of the gradient, and of what it is compared with.
    """
    if not (size > 0 and reference > 0):
        return 0
    return max(-STRONGEST, min(math.trunc(math.log10(size / reference)), STRONGEST))


def line_style(gradient: float | None, arrived: bool, reference: float) -> tuple[str, float]:
    """Class and width of the line of a weight."""
    if gradient is None:
        return "gg-unknown", 0.8
    if not math.isfinite(gradient):
        return "gg-broken", 1.6
    if gradient == 0:
        return ("gg-closed" if arrived else "gg-nothing"), 0.8
    size = abs(gradient)
    return gain_class(colour_level(size, reference)), round(_THIN * stroke_width(size), 2)


def style_rules() -> str:
    """Rules that this picture needs beside `viz.render.theme.style_sheet`."""
    return (
        ".gg .gg-weight{fill:none}.gg .gg-weight:hover{stroke-width:4}"
        ".gg .gg-weight.gg-closed{stroke-dasharray:6 4;stroke-opacity:.6}"
        ".gg .gg-weight.gg-nothing{stroke-dasharray:1.5 4}"
        ".gg .gg-weight.gg-broken{stroke-dasharray:5 2 1 2}"
        ".gg .gg-weight.gg-unknown{stroke-dasharray:0 4;stroke-linecap:round}"
        ".gg .gg-neuron{stroke-width:1.2}.gg .gg-unit .gg-broken{stroke-width:3}"
        ".gg .gg-bar{stroke-width:0}"
        f"{_colours(LIGHT)}@media (prefers-color-scheme:dark){{{_colours(DARK)}}}"
    )


def _colours(p: Palette) -> str:
    levels = range(-STRONGEST, STRONGEST + 1)
    return (
        f".gg .gg-neuron{{fill:{p.ink};stroke:{p.ink}}}"
        f".gg .gg-neuron.gg-broken{{stroke:{p.broken}}}"
        f".gg .gg-grid{{stroke:{p.faint};stroke-opacity:.3}}"
        f".gg text.gg-more{{stroke:{p.paper};stroke-width:4px;paint-order:stroke}}"
        f".gg text.gg-sign{{font-weight:700}}.gg text.gg-inverse{{fill:{p.paper}}}"
        + "".join(f".gg .gg-bar.{gain_class(i)}{{fill:{p.gain(i)}}}" for i in levels)
    )


def text(x: float, y: float, words: str, style: str = "") -> str:
    """One line of text."""
    kind = f' class="{style}"' if style else ""
    return f'<text{kind} x="{x:g}" y="{y:g}">{escape(words)}</text>'

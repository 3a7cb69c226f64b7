"""The textbook picture as SVG."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from textwrap import wrap

import numpy as np

from viz.render.theme import style_sheet
from viz.scene.numbers import number
from viz.textbook.chart import CHART_HEIGHT, draw_chart
from viz.textbook.columns import Anatomy, Column, Weights
from viz.textbook.legend import LEGEND_HEIGHT, LEGEND_WIDTH, draw_legend
from viz.textbook.style import line_style, style_rules, text

#: A column with more units than `MOST` shows its first and its last few.
MOST, FIRST, LAST = 16, 7, 5
_MARGIN, _TOP, _LINE, _LETTER = 16, 48, 14, 5.8
_STEP, _PITCH, _RADIUS = 148, 26, 8.5
_HEAD, _CHART_LEFT = 34, 64


@dataclass(frozen=True)
class _Spot:
    """Where a unit is drawn."""

    unit: int
    x: float
    y: float


def draw(anatomy: Anatomy, title: str, summary: str) -> str:
    """The whole picture: title, columns, lines, a chart of the gradient per layer, legend."""
    rows = max(_rows(column) for column in anatomy.columns)
    height = rows * _PITCH
    spots = [_spots(column, i, height) for i, column in enumerate(anatomy.columns)]
    width = max(_CHART_LEFT + _STEP * len(spots), 9 * len(title), LEGEND_WIDTH) + 2 * _MARGIN
    said = wrap(summary, int((width - 2 * _MARGIN) / _LETTER))
    top = _TOP + _LINE * len(said)
    chart_top = top + _HEAD + height + 30
    legend_top = chart_top + CHART_HEIGHT + 26
    reference = reference_size(anatomy)
    total = legend_top + LEGEND_HEIGHT + _MARGIN
    centres = [column_x(i) for i in range(len(spots))]
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="gg" role="img" width="{width:.0f}" '
        f'height="{total:.0f}" viewBox="0 0 {width:.0f} {total:.0f}">',
        f"<title>{escape(title)}</title><desc>{escape(summary)}</desc>",
        f"<style>{style_sheet()}{style_rules()}</style>",
        '<rect class="gg-paper" width="100%" height="100%"/>',
        text(_MARGIN, 24, title, "gg-title"),
        *(text(_MARGIN, 42 + _LINE * k, line, "gg-faint") for k, line in enumerate(said)),
        f'<g transform="translate(0 {top + _HEAD})">',
    ]
    for i, column in enumerate(anatomy.columns[1:], start=1):
        if column.weights is not None:
            parts += _lines(column.weights, spots[i - 1], spots[i], reference)
    for i, column in enumerate(anatomy.columns):
        parts += _column(column, spots[i], "output" if i == len(spots) - 1 else "unit")
    parts.append("</g>")
    parts.append(f'<g transform="translate(0 {chart_top})">')
    parts.append(draw_chart(anatomy, centres, _CHART_LEFT, reference))
    parts.append(f'</g><g transform="translate({_MARGIN} {legend_top})">{draw_legend()}</g></svg>')
    return "\n".join(parts)


def column_x(i: int) -> float:
    """The middle of a column."""
    return _CHART_LEFT + _STEP * (i + 0.5)


def reference_size(anatomy: Anatomy) -> float:
    """What gradients are compared with: the median size in the last layer that has any."""
    for _, weights in reversed(anatomy.layers):
        if weights.gradient is not None:
            sizes = np.abs(weights.gradient)
            sizes = sizes[np.isfinite(sizes) & (sizes > 0)]
            if sizes.size:
                return float(np.median(sizes))
    return math.nan


# --- columns ----------------------------------------------------------------------------------


def _rows(column: Column) -> int:
    return column.units if column.units <= MOST else FIRST + LAST + 1


def _spots(column: Column, i: int, height: float) -> list[_Spot]:
    shown = list(range(column.units))
    if column.units > MOST:
        shown = [*range(FIRST), -1, *range(column.units - LAST, column.units)]
    top = (height - len(shown) * _PITCH) / 2 + _PITCH / 2
    return [_Spot(unit, column_x(i), top + _PITCH * k) for k, unit in enumerate(shown) if unit >= 0]


def _column(column: Column, spots: Sequence[_Spot], role: str) -> Iterator[str]:
    x = spots[0].x
    kind = f"{column.units} {role}{'s' * (column.units > 1)}"
    kind = f"{kind} · {column.activation}" if column.activation else kind
    yield text(x, -20, column.name, "gg-name gg-mid")
    yield text(x, -6, kind, "gg-faint gg-mid")
    largest = float(np.nanmax(np.abs(column.values), initial=0.0))
    for spot in spots:
        yield _neuron(column, spot, largest)
    hidden = column.units - len(spots)
    if hidden:
        y = (spots[FIRST - 1].y + spots[FIRST].y) / 2
        yield text(x, y + 3, f"… {hidden} more", "gg-faint gg-mid gg-more")


def _neuron(column: Column, spot: _Spot, largest: float) -> str:
    value = float(column.values[spot.unit])
    gradient = None if column.gradients is None else float(column.gradients[spot.unit])
    broken = not math.isfinite(value) or (gradient is not None and not math.isfinite(gradient))
    share = abs(value) / largest if largest > 0 and math.isfinite(value) else 0.0
    said = "not computed" if gradient is None else number(gradient)
    facts = [
        f"{column.name}, unit {spot.unit}",
        f"activation {number(value)} (mean over the records)",
        f"gradient {said} (RMS of ∂L/∂activation over the records)",
    ]
    weights = column.weights
    if weights is not None and weights.bias is not None:
        facts.append(f"bias {number(float(weights.bias[spot.unit]))}")
        if weights.bias_gradient is not None:
            facts.append(f"∂L/∂bias {number(float(weights.bias_gradient[spot.unit]))}")
    style = "gg-neuron gg-broken" if broken else "gg-neuron"
    ink = "gg-mid gg-sign gg-inverse" if share > 0.5 else "gg-mid gg-sign"
    sign = text(spot.x, spot.y + 3.5, "−", ink) if value < 0 else ""
    return (
        f'<g class="gg-unit" data-layer="{escape(column.name)}" data-unit="{spot.unit}" '
        f'data-value="{value!r}" data-gradient="{said if gradient is None else repr(gradient)}">'
        f"<title>{escape(chr(10).join(facts))}</title>"
        f'<circle class="gg-paper" cx="{spot.x}" cy="{spot.y}" r="{_RADIUS}"/>'
        f'<circle class="{style}" cx="{spot.x}" cy="{spot.y}" r="{_RADIUS}" '
        f'fill-opacity="{0.75 * share:.2f}"/>{sign}</g>'
    )


# --- lines ------------------------------------------------------------------------------------


def _lines(
    weights: Weights, left: Sequence[_Spot], right: Sequence[_Spot], reference: float
) -> Iterator[str]:
    yield f'<g class="gg-weights" data-layer="{escape(weights.name)}">'
    for end in right:
        for start in left:
            yield _line(weights, start, end, reference)
    yield "</g>"


def _line(weights: Weights, start: _Spot, end: _Spot, reference: float) -> str:
    place = (end.unit, start.unit)
    weight = float(weights.data[place])
    gradient = None if weights.gradient is None else float(weights.gradient[place])
    style, width = line_style(gradient, bool(weights.arrived[end.unit]), reference)
    said = "not computed" if gradient is None else number(gradient)
    return (
        f'<path class="gg-weight {style}" stroke-width="{width}" '
        f'd="M{start.x + _RADIUS:g} {start.y:g}L{end.x - _RADIUS:g} {end.y:g}" '
        f'data-to="{end.unit}" data-from="{start.unit}" data-weight="{weight!r}" '
        f'data-gradient="{said if gradient is None else repr(gradient)}">'
        f"<title>{escape(weights.name)}, weight [{end.unit}, {start.unit}]\n"
        f"weight {number(weight)}, gradient {said}</title></path>"
    )

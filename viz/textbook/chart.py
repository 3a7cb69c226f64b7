"""The chart below the columns: the gradient of each layer's weights, on a log scale."""

from __future__ import annotations

import math
from collections.abc import Sequence

from viz.render.theme import gain_class
from viz.scene.numbers import number
from viz.textbook.columns import Anatomy
from viz.textbook.style import colour_level, text

CHART_HEIGHT = 128
_TOP, _BOTTOM, _BAR = 26, 112, 44
#: The scale spans at least so many powers of ten, so that a drop looks alike in every picture.
_SPAN = 8
_HEADING = "Gradient of the weights that lead to each column: RMS over all of them, log scale"


def draw_chart(anatomy: Anatomy, centres: Sequence[float], left: float, reference: float) -> str:
    """One bar below each column that weights lead to, coloured like the lines.

    Parameters
    ----------
    anatomy : Anatomy
    centres : sequence of float
        The middle of each column.
    left : float
        Where the chart begins.
    reference : float
        What the colours compare with.
    """
    strengths = [column.strength for column in anatomy.columns]
    high, low = _decades([s for s in strengths if s and math.isfinite(s)])
    right = centres[-1] + (centres[-1] - left) / (2 * len(centres) - 1)
    parts = [text(16, 10, _HEADING, "gg-head")]
    for power in range(low, high + 1, 2):
        y = _height(10.0**power, low, high)
        parts.append(f'<path class="gg-grid" d="M{left:g} {y:.1f}H{right:.0f}"/>')
        label = f"1e{power}".replace("-", "−")
        parts.append(text(left - 6, y + 3, label, "gg-faint gg-end"))
    for column, strength, x in zip(anatomy.columns, strengths, centres, strict=True):
        if column.weights is None:
            continue
        if strength is None:
            parts.append(text(x, _BOTTOM - 4, "not computed", "gg-faint gg-mid"))
        elif not math.isfinite(strength):
            parts.append(text(x, _BOTTOM - 4, number(strength), "gg-alarm gg-mid"))
        elif strength == 0:
            parts.append(text(x, _BOTTOM - 4, "exactly 0", "gg-mid"))
        else:
            y = _height(strength, low, high)
            style = gain_class(colour_level(strength, reference))
            parts.append(
                f'<rect class="gg-bar {style}" x="{x - _BAR / 2:g}" y="{y:.1f}" width="{_BAR}" '
                f'height="{_BOTTOM - y:.1f}" data-layer="{column.name}" '
                f'data-gradient="{strength!r}"><title>{column.name}: {number(strength)}</title>'
                "</rect>"
            )
            parts.append(text(x, y - 4, number(strength, 2), "gg-mid"))
    return f'<g class="gg-chart">{"".join(parts)}</g>'


def _decades(strengths: list[float]) -> tuple[int, int]:
    """The powers of ten at the top and the bottom of the scale, an even number apart."""
    powers = [math.log10(strength) for strength in strengths] or [0.0]
    high = math.ceil(max(powers))
    low = min(math.floor(min(powers)), high - _SPAN)
    return high, low - (high - low) % 2


def _height(strength: float, low: int, high: int) -> float:
    share = (math.log10(strength) - low) / (high - low)
    return _BOTTOM - max(share, 0.01) * (_BOTTOM - _TOP)

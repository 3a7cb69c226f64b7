"""Small drawings of the page: images, bars, curves. All are SVG inside the page, in its colours."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape
from typing import Any

import numpy as np
from numpy.typing import NDArray

from viz.render.theme import gain_class
from viz.scene.numbers import number
from viz.textbook.style import colour_level, text

_WIDTH, _HEIGHT = 520, 230
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 14, 22, 34


def digit_image(pixels: NDArray[Any], label: str) -> str:
    """An image of 8 × 8 grey values from 0 to 1."""
    squares = "".join(
        f'<rect x="{i % 8}" y="{i // 8}" width="1.02" height="1.02" fill-opacity="{grey:.2f}"/>'
        for i, grey in enumerate(pixels)
        if grey > 0
    )
    return f'<svg class="digit" viewBox="0 0 8 8" role="img" aria-label="{label}">{squares}</svg>'


def gradient_bars(
    strengths: Sequence[tuple[str, float]], reference: float, low: int, high: int, about: str
) -> str:
    """One bar per layer on a log scale from 10^low to 10^high, coloured as in the pictures.

    Parameters
    ----------
    strengths : sequence of (str, float)
        Layers from input to output, and their gradients.
    reference : float
        What the colours compare with.
    low, high : int
        Powers of ten at the ends of the scale.
    about : str
        The chart in words.
    """
    bottom = _HEIGHT - _BOTTOM
    step = (_WIDTH - _LEFT - _RIGHT) / len(strengths)
    parts = []
    for power in range(low, high + 1, 2):
        y = _down(power, low, high)
        parts.append(f'<path class="gg-grid" d="M{_LEFT} {y:.1f}H{_WIDTH - _RIGHT}"/>')
        parts.append(text(_LEFT - 6, y + 4, f"1e{power}".replace("-", "−"), "gg-faint gg-end"))
    for k, (name, strength) in enumerate(strengths):
        x = _LEFT + step * (k + 0.5)
        y = _down(math.log10(strength), low, high) if strength > 0 else bottom
        y = min(max(y, _TOP), bottom - 2)
        style = gain_class(colour_level(strength, reference))
        parts.append(
            f'<rect class="gg-bar {style}" x="{x - 0.34 * step:.1f}" y="{y:.1f}" '
            f'width="{0.68 * step:.1f}" height="{bottom - y:.1f}">'
            f"<title>{name}: {number(strength)}</title></rect>"
        )
        parts.append(text(x, y - 5, number(strength, 2), "gg-mid"))
        parts.append(text(x, bottom + 15, name, "gg-mid gg-head"))
    parts.append(text(_LEFT, _HEIGHT - 4, "← towards the input", "gg-faint"))
    parts.append(text(_WIDTH - _RIGHT, _HEIGHT - 4, "the loss is here →", "gg-faint gg-end"))
    return _chart(parts, about)


def curves(lines: Sequence[tuple[str, Sequence[float]]], tick: float, about: str) -> str:
    """A figure per epoch for several networks, each line named at its end.

    Parameters
    ----------
    lines : sequence of (str, sequence of float)
        Name and figures of each network.
    tick : float
        The scale goes from 0 in steps of this size.
    about : str
        The chart in words.
    """
    epochs = max(len(values) for _, values in lines)
    steps = math.ceil(max(max(values) for _, values in lines) / tick)
    right, bottom = _WIDTH - 96, _HEIGHT - _BOTTOM

    def place(epoch: int, value: float) -> tuple[float, float]:
        share = (epoch - 1) / max(epochs - 1, 1)
        height = value / (steps * tick)
        return _LEFT + share * (right - _LEFT), bottom - height * (bottom - _TOP)

    parts = []
    for level in (k * tick for k in range(steps + 1)):
        y = place(1, level)[1]
        parts.append(f'<path class="gg-grid" d="M{_LEFT} {y:.1f}H{right}"/>')
        parts.append(text(_LEFT - 6, y + 4, f"{level:g}", "gg-faint gg-end"))
    for k, (name, values) in enumerate(lines):
        points = [place(epoch, value) for epoch, value in enumerate(values, start=1)]
        route = "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
        x, y = points[-1]
        parts.append(f'<path class="curve curve{k}" d="M{route}"/>')
        parts.append(f'<circle class="dot dot{k}" cx="{x:.1f}" cy="{y:.1f}" r="3"/>')
        parts.append(text(x + 8, y + 4, name, f"gg-head name{k}"))
    parts.append(text(_LEFT, _HEIGHT - 4, "epoch 1", "gg-faint"))
    parts.append(text(right, _HEIGHT - 4, f"epoch {epochs}", "gg-faint gg-end"))
    return _chart(parts, about)


def slopes() -> str:
    """The sigmoid and its slope, with the largest value that the slope ever has."""
    z = np.linspace(-6, 6, 97)
    sigma = 1 / (1 + np.exp(-z))
    bottom = _HEIGHT - _BOTTOM

    def route(values: NDArray[Any]) -> str:
        x = _LEFT + (z + 6) / 12 * (_WIDTH - _LEFT - _RIGHT)
        y = bottom - values * (bottom - _TOP)
        return "M" + "L".join(f"{a:.1f} {b:.1f}" for a, b in zip(x, y, strict=True))

    parts = []
    for tick in (0, 0.25, 0.5, 1):
        y = bottom - tick * (bottom - _TOP)
        parts.append(f'<path class="gg-grid" d="M{_LEFT} {y:.1f}H{_WIDTH - _RIGHT}"/>')
        parts.append(text(_LEFT - 6, y + 4, f"{tick:g}", "gg-faint gg-end"))
    right, above = _WIDTH - _RIGHT, bottom - 0.25 * (bottom - _TOP) - 8
    parts += [
        f'<path class="curve" d="{route(sigma)}"/>',
        f'<path class="curve curve0" d="{route(sigma * (1 - sigma))}"/>',
        text(right - 135, _TOP + 34, "σ(z)", "gg-head"),
        text(right, above, "its slope: never above 0.25", "gg-end gg-head name0"),
        text(_LEFT, _HEIGHT - 4, "z = −6", "gg-faint"),
        text(right, _HEIGHT - 4, "z = 6", "gg-faint gg-end"),
    ]
    return _chart(parts, "The sigmoid rises from 0 to 1; its slope is at most 0.25, at z = 0.")


def _down(power: float, low: int, high: int) -> float:
    bottom = _HEIGHT - _BOTTOM
    return bottom - (power - low) / (high - low) * (bottom - _TOP)


def _chart(parts: Sequence[str], about: str) -> str:
    return (
        f'<svg class="gg chart" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" '
        f'aria-label="{escape(about)}">{"".join(parts)}</svg>'
    )

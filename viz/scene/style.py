"""How a gradient looks on an edge: width says how large it is, colour what the edge did to it."""

from __future__ import annotations

import math

#: Colours go from −STRONGEST (a gain of 1/16 or less) over 0 (unchanged) to +STRONGEST.
STRONGEST = 4

#: Powers of ten between which the width of an edge grows, and the widths there, in pixels.
DECADES = (-8.0, 4.0)
WIDTHS = (1.0, 8.0)


def stroke_width(magnitude: float) -> float:
    """Width of an edge: it grows with log₁₀ of the magnitude of what flows over it.

    Parameters
    ----------
    magnitude : float
        |contribution|, the RMS for an array.

    Returns
    -------
    float
        In pixels: 1 at 1e−8 and below, 8 at 1e4 and above, 1.5 for nan.
    """
    thin, thick = WIDTHS
    if math.isnan(magnitude):
        return 1.5
    if magnitude <= 0:
        return thin
    low, high = DECADES
    share = (min(max(math.log10(magnitude), low), high) - low) / (high - low)
    return round(thin + share * (thick - thin), 2)


def gain_level(gain: float) -> int:
    """Which of the colours a gain has: log₂ of it, rounded and limited to ±STRONGEST.

    Parameters
    ----------
    gain : float
        `Flow.gain`; nan counts as 1.
    """
    if math.isnan(gain):
        return 0
    if gain <= 0:
        return -STRONGEST
    # To nine digits first: where one colour gives way to the next, rounding errors do not decide.
    level = min(max(round(math.log2(gain), 9), -STRONGEST), STRONGEST)
    return math.floor(level + 0.5)

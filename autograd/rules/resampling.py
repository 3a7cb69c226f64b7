"""Derivatives of resampling along an axis: two linear maps that are each other's derivatives.

Every element of the result is a weighted sum of a few elements, its taps. ``places`` and
``weights`` are (taps, elements of the result); ``axis`` counts from the last, and ``length`` is
that of the axis before.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.primitives import Primitive, primitive


def _resample(x: Any, places: Any, weights: Any, axis: int, length: int) -> Any:
    trailing = (1,) * (-axis - 1)
    total: Any = None
    for place, weight in zip(places, weights.astype(x.dtype), strict=True):
        part = weight.reshape(-1, *trailing) * np.take(x, place, axis=axis)
        total = part if total is None else total + part
    return total


def _spread(y: Any, places: Any, weights: Any, axis: int, length: int) -> Any:
    """Each element of y goes back to its taps; slice by slice, which np.add.at is slower than."""
    slices = np.moveaxis(y, axis, 0)
    x = np.zeros((length, *slices.shape[1:]), dtype=y.dtype)
    for place, weight in zip(places.tolist(), weights.tolist(), strict=True):
        for target, share, part in zip(place, weight, slices, strict=True):
            if share:
                x[target] += share * part
    return np.moveaxis(x, 0, axis)


_HOW = ("places", "weights", "axis", "length")
resample: Primitive = primitive(
    "resample", _resample, lambda g, x, y, **how: spread(g, **how), params=_HOW, linear=True
)
spread: Primitive = primitive(
    "spread", _spread, lambda g, y, x, **how: resample(g, **how), params=_HOW, linear=True
)

"""What a wrong gradient looks like: the mistakes that leave a trace in its numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]

_FACTORS = {
    2.0: "twice the estimate: a missing factor ½?",
    0.5: "half the estimate: a missing factor 2?",
    -1.0: "opposite sign",
    -2.0: "minus twice the estimate",
    -0.5: "minus half the estimate",
}


def ratio_in_words(claim: float, value: float) -> str:
    """How a claim relates to the estimate of the same element."""
    if not (math.isfinite(claim) and math.isfinite(value)):
        return ""
    if claim == 0:
        return "0: was a term or this input forgotten?"
    if value == 0:
        return "the estimate is 0"
    ratio = claim / value
    for factor, words in _FACTORS.items():
        if abs(ratio / factor - 1) < 1e-6:
            return words
    off = abs(ratio - 1)
    if off < 3e-6:
        return f"off by {off:.0e} of it: computed in float32?"
    if off < 0.01:
        return f"off by {off:.1e} of it"
    return f"{ratio:.6g} times the estimate"


def pattern(claim: Array, value: Array, bars: Array, point: Array, wrong: Array) -> str:
    """What all elements of a wrong gradient have in common; empty if nothing.

    Parameters
    ----------
    claim, value, bars, point, wrong : ndarray
        Of the shape of the input: gradients, bars, the input itself, and where it is wrong.
    """
    known = np.isfinite(claim) & np.isfinite(value) & (np.abs(bars) < 1e-3 * np.abs(value).max())
    if known.sum() < 2 or not known.all():
        return _where(point, wrong)

    def equal(a: Array, b: Array) -> bool:
        size = max(float(np.abs(a).max()), float(np.abs(b).max()))
        return a.shape == b.shape and bool((np.abs(a - b) <= 1e-6 * size + bars.max()).all())

    if claim.ndim >= 2 and equal(claim, np.swapaxes(value, -1, -2)):
        return "it equals the transposed estimate"
    for axis in range(claim.ndim):
        total = value.sum(axis=axis, keepdims=True)
        n = claim.shape[axis]
        if n > 1 and equal(claim, np.broadcast_to(total, claim.shape)):
            return f"each element equals the estimate summed over axis {axis}"
        if n > 1 and equal(claim * n, value):
            return f"it is the estimate divided by {n}, the length of axis {axis}"
        if n > 2 and equal(claim, value * n):
            return f"it is the estimate times {n}, the length of axis {axis}"
        if n > 1 and equal(claim, np.flip(value, axis)):
            return f"it is the estimate reversed along axis {axis}"
    if claim.size > 2 and equal(np.sort(claim, axis=None), np.sort(value, axis=None)):
        return "its numbers are those of the estimate in other places"
    return _where(point, wrong)


def _where(point: Array, wrong: Array) -> str:
    """A range of the input that tells wrong elements from right ones."""
    if not wrong.any() or wrong.all():
        return ""
    inside, outside = point[wrong], point[~wrong]
    if inside.max() < 0 <= outside.min():
        return "wrong exactly where the input is negative"
    if inside.min() > 0 >= outside.max():
        return "wrong exactly where the input is positive"
    if len(inside) > 1 and np.abs(inside).min() > np.abs(outside).max():
        return f"wrong exactly where the input is larger than {np.abs(outside).max():.3g} in size"
    return ""


def exchanged(claims: Sequence[Array], values: Sequence[Array]) -> list[str]:
    """Inputs whose gradients were given in place of each other's."""
    found = []
    for i, claim in enumerate(claims):
        for j, value in enumerate(values):
            if i == j or claim.shape != value.shape or not claim.size:
                continue
            if np.allclose(claim, value, rtol=1e-6, atol=0) and not np.allclose(
                claim, values[i], rtol=1e-6, atol=0
            ):
                found.append(f"the gradient of input {i} equals the estimate for input {j}")
    return found


def unsummed(gradient: Array, values: Array) -> str:
    """Whether a gradient of too large a shape is the right one before a sum."""
    extra = gradient.ndim - values.ndim
    if extra < 0 or not values.size:
        return ""
    lengths = zip(gradient.shape[extra:], values.shape, strict=True)
    kept = [extra + i for i, (n, m) in enumerate(lengths) if m == 1 and n > 1]
    axes = (*range(extra), *kept)
    if not axes:
        return ""
    total = gradient.sum(axis=axes, keepdims=True)
    if total.size != values.size:
        return ""
    if np.allclose(total.reshape(values.shape), values, rtol=1e-5, atol=1e-8):
        named = f"axis {axes[0]}" if len(axes) == 1 else f"axes {', '.join(map(str, axes))}"
        return f"it equals the gradient before summing over {named}, as broadcasting asks for"
    return ""

"""Derivatives of products and scans: what runs along an axis, each result built on the one before.

A product is differentiated by multiplying the other factors, never by dividing the product by
one: so zeros need no case of their own, in derivatives of any order.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import accumulate
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from autograd.primitives import Primitive, implements, primitive
from autograd.rules.activations import logsumexp
from autograd.rules.arithmetic import conj, maximum, minimum, multiply
from autograd.rules.axes import along
from autograd.rules.reductions import keep_reduced_axes
from autograd.rules.ufuncs import logaddexp

FIRST, LAST = slice(None, 1), slice(-1, None)
EARLIER, LATER = slice(None, -1), slice(1, None)


def part(x: Any, axis: int, index: Any) -> Any:
    """What an index selects along one axis, with everything along the others."""
    return x[along(normalize_axis_index(axis, x.ndim), index, x.ndim)]


# --- products ---------------------------------------------------------------------------------


def _product_before(x: Any, axis: int) -> Any:
    """For each element, the product of those before it; 1 for the first."""
    first = np.ones_like(part(x, axis, FIRST))
    return np.concatenate([first, cumprod(part(x, axis, EARLIER), axis=axis)], axis=axis)


def _product_of_others(x: Any, axes: tuple[int, ...]) -> Any:
    """For each element, the product of all others that are multiplied with it over some axes."""
    if not axes:
        return 1.0
    axis, *rest = axes
    after = np.flip(_product_before(np.flip(x, axis), axis), axis)
    in_line = _product_before(x, axis) * after
    return in_line * _product_of_others(prod(x, axis=axis, keepdims=True), tuple(rest))


def _prod(g: Any, x: Any, y: Any, axis: Any = None, keepdims: bool = False) -> Any:
    axes = range(x.ndim) if axis is None or x.ndim == 0 else np.atleast_1d(axis)
    others = _product_of_others(x, tuple(axes))
    return keep_reduced_axes(g, x, axis, keepdims) * conj(others)


prod: Primitive = primitive("prod", np.prod, _prod, params=("axis", "keepdims"))
implements(np.multiply.reduce)(prod)
implements(np.logaddexp.reduce)(logsumexp)

# --- scans ------------------------------------------------------------------------------------


def _linear_recurrence(a: Any, b: Any, axis: int) -> Any:
    dtype = np.result_type(a, b)
    factors, terms = (np.moveaxis(x, axis, 0).astype(dtype, copy=False) for x in (a, b))
    if dtype.kind != "O":  # Values go step by step
        y = _by_pairs(factors, terms)
        # Factors that are multiplied first may overflow though what they multiply is 0.
        if np.isfinite(y).all():
            return np.moveaxis(y, 0, axis)
    return np.moveaxis(_by_steps(factors, terms), 0, axis)


def _by_steps(a: Any, b: Any) -> Any:
    y = b.copy()
    for i in range(1, len(y)):
        y[i] += a[i - 1] * y[i - 1]
    return y


def _by_pairs(a: Any, b: Any) -> Any:
    """Two steps are one step of the same kind, so the odd places are a recurrence half as long.

    Brent and Kung (1982): all steps of a level at once, in a logarithmic number of levels.
    """
    if len(b) < 16:
        return _by_steps(a, b)
    y = np.empty_like(b)
    y[0] = b[0]
    y[1::2] = _by_pairs(a[1:-1:2] * a[2::2], b[1::2] + a[::2] * b[:-1:2])
    y[2::2] = b[2::2] + a[1::2] * y[1:-1:2]
    return y


def _from_later(g: Any, a: Any, axis: int) -> Any:
    """The gradient of every result, with what arrives through the results after it."""
    factors = np.flip(conj(a), axis)
    return np.flip(linear_recurrence(factors, np.flip(g, axis), axis=axis), axis)


# y[0] = b[0] and y[i] = b[i] + a[i-1] y[i-1]; `a` is shorter than `b` by one.
linear_recurrence: Primitive = primitive(
    "linear_recurrence",
    _linear_recurrence,
    lambda g, a, b, y, axis: (
        part(_from_later(g, a, axis), axis, LATER) * conj(part(y, axis, EARLIER))
    ),
    lambda g, a, b, y, axis: _from_later(g, a, axis),
    params=("axis",),
)


def scan(step: Primitive) -> Primitive:
    """The running results y[0] = x[0], y[i] = step(y[i-1], x[i]): numpy's ``accumulate``."""

    def vjp(g: Any, x: Any, y: Any, axis: int = 0) -> Any:
        operands = part(y, axis, EARLIER), part(x, axis, LATER)
        after = part(y, axis, LATER)
        on_previous = step.local_derivative(0, operands, after, {})
        on_element = step.local_derivative(1, operands, after, {})
        arrived = _from_later(g, on_previous, axis)
        later = part(arrived, axis, LATER) * conj(on_element)
        return np.concatenate([part(arrived, axis, FIRST), later], axis=axis)

    def composite(x: Any, axis: int = 0) -> Any:
        elements = [part(x, axis, slice(i, i + 1)) for i in range(x.shape[axis])]
        return np.concatenate(list(accumulate(elements, step)), axis=axis) if elements else x

    ufunc: Any = step.forward
    return primitive(
        f"{step.name}.accumulate", ufunc.accumulate, vjp, params=("axis",), composite=composite
    )


_running_product = scan(multiply)
scan(maximum)
scan(minimum)
scan(logaddexp)


def _reversed_cumsum(g: Any, x: Any, y: Any, axis: int | None = None) -> Any:
    line = -1 if axis is None else axis
    return np.flip(cumsum(np.flip(g, line), axis=line), line).reshape(x.shape)


cumsum: Primitive = primitive("cumsum", np.cumsum, _reversed_cumsum, params=("axis",), linear=True)


@implements(np.add.accumulate)
def _running_sum(array: Any, axis: int = 0, **options: Any) -> Any:
    return cumsum(array, axis=axis, **options)


@implements(np.cumprod)
def cumprod(a: Any, axis: int | None = None, **options: Any) -> Any:
    """Products of the first, the first two, … elements along an axis (None: of all in a row)."""
    if axis is None or np.ndim(a) == 0:
        return _running_product(np.ravel(a), axis=0, **options)
    return _running_product(a, axis=axis, **options)


def _cumulative(
    running: Callable[..., Any], start: float, x: Any, axis: int | None, include_initial: bool
) -> Any:
    """A scan by the rules of the array standard, with the empty sum or product if wanted."""
    if axis is None and np.ndim(x) != 1:
        raise ValueError(
            f"a cumulative sum or product of an array of shape {np.shape(x)} needs axis=, "
            "which may be left out for one axis only."
        )
    line = 0 if axis is None else axis
    result = running(x, axis=line)
    if not include_initial:
        return result
    before = np.full_like(part(x, line, FIRST), start)
    return np.concatenate([before, result], axis=line)


@implements(np.cumulative_sum)
def cumulative_sum(x: Any, /, *, axis: int | None = None, include_initial: bool = False) -> Any:
    """`cumsum` by the rules of the array standard."""
    return _cumulative(cumsum, 0.0, x, axis, include_initial)


@implements(np.cumulative_prod)
def cumulative_prod(x: Any, /, *, axis: int | None = None, include_initial: bool = False) -> Any:
    """`cumprod` by the rules of the array standard."""
    return _cumulative(cumprod, 1.0, x, axis, include_initial)

"""Derivatives of reductions and scans that leave NaN out: among numbers, it receives exactly 0."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.primitives import implements, primitive, without_gradient
from autograd.rules.reductions import extreme_of_values, extreme_vjp
from autograd.rules.statistics import root, squared


def _fill(a: Any, number: float) -> Any:
    return np.where(np.isnan(a), number, a)


def _count(a: Any, axis: Any, keepdims: bool) -> Any:
    """How many are no NaN: plain numbers, in the precision of the array."""
    present = ~np.isnan(a)
    dtype = np.asarray(a.data).real.dtype
    return np.asarray(present.sum(axis=axis, keepdims=keepdims)).astype(dtype)


@implements(np.nansum)
def nansum(a: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
    """Sum of what is no NaN."""
    return np.sum(_fill(a, 0.0), axis=axis, keepdims=keepdims)


@implements(np.nanprod)
def nanprod(a: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
    """Product of what is no NaN."""
    return np.prod(_fill(a, 1.0), axis=axis, keepdims=keepdims)


@implements(np.nancumsum)
def nancumsum(a: Any, axis: int | None = None) -> Any:
    """Running sums in which a NaN counts 0."""
    return np.cumsum(_fill(a, 0.0), axis=axis)


@implements(np.nancumprod)
def nancumprod(a: Any, axis: int | None = None) -> Any:
    """Running products in which a NaN counts 1."""
    return np.cumprod(_fill(a, 1.0), axis=axis)


@implements(np.nanmean)
def nanmean(a: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
    """Mean of what is no NaN; nan where that is nothing."""
    return nansum(a, axis, keepdims=keepdims) / _count(a, axis, keepdims)


@implements(np.nanvar)
def nanvar(a: Any, axis: Any = None, *, ddof: float = 0, keepdims: bool = False) -> Any:
    """Variance of what is no NaN; nan where no degree of freedom is left."""
    deviation = np.where(np.isnan(a), 0.0, a - nanmean(a, axis, keepdims=True))
    freedom = _count(a, axis, keepdims) - ddof
    total = np.sum(squared(deviation), axis=axis, keepdims=keepdims)
    return total / np.where(freedom > 0, freedom, np.nan)


@implements(np.nanstd)
def nanstd(a: Any, axis: Any = None, *, ddof: float = 0, keepdims: bool = False) -> Any:
    """Standard deviation of what is no NaN; equal values receive 0, as in `np.std`."""
    return root(nanvar(a, axis, ddof=ddof, keepdims=keepdims))


nanmax = primitive(
    "nanmax",
    np.nanmax,
    extreme_vjp,
    params=("axis", "keepdims"),
    composite=extreme_of_values(np.nanmax),
)
nanmin = primitive(
    "nanmin",
    np.nanmin,
    extreme_vjp,
    params=("axis", "keepdims"),
    composite=extreme_of_values(np.nanmin),
)
without_gradient(np.nanargmax, np.nanargmin)

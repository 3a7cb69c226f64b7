"""Derivatives of order: selecting along an axis, sorting, medians and quantiles.

An order is piecewise constant: it decides where an element goes, and has no derivative itself.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index, normalize_axis_tuple

from autograd.primitives import data_of, implements, primitive, without_gradient
from autograd.rules.linalg import through_tensor
from autograd.rules.scans import part

# --- selecting --------------------------------------------------------------------------------


@implements(np.take)
def take(a: Any, indices: Any, axis: int | None = None, *, mode: str = "raise") -> Any:
    """Elements of an axis (None: of all in a row) by their numbers; what repeats adds up."""
    line, axis = (np.ravel(a), 0) if axis is None else (a, axis)
    indices = np.asarray(data_of(indices))
    if mode != "raise":
        n = line.shape[axis]
        indices = indices % n if mode == "wrap" else np.clip(indices, 0, n - 1)
    return part(line, axis, indices)


@implements(np.take_along_axis)
def take_along_axis(arr: Any, indices: Any, axis: int | None = -1) -> Any:
    """For each line along an axis (None: all in a row) its own selection of elements."""
    line, axis = (np.ravel(arr), 0) if axis is None else (arr, axis)
    if line.ndim != indices.ndim:
        raise ValueError(
            f"take_along_axis needs indices with as many axes as the array has ({line.ndim}), "
            f"but their shape is {indices.shape}."
        )
    grid = list(np.ogrid[tuple(slice(n) for n in line.shape)])
    grid[normalize_axis_index(axis, line.ndim)] = indices
    return line[tuple(grid)]


# --- sorting ----------------------------------------------------------------------------------


def _unsort(g: Any, x: Any, y: Any, axis: int | None = -1, **how: Any) -> Any:
    """Each element receives the gradient of the place to which it was sorted."""
    order = np.argsort(x, axis=axis, stable=True)
    line = -1 if axis is None else axis
    return take_along_axis(g, np.argsort(order, axis=line), line).reshape(x.shape)


sort = primitive(
    "sort",
    np.sort,
    _unsort,
    params=("axis", "kind", "stable"),
    composite=lambda x, axis=-1, **how: take_along_axis(x, np.argsort(x, axis=axis), axis),
)


@implements(np.partition)
def partition(a: Any, kth: Any, axis: int | None = -1) -> Any:
    """The elements rearranged so that the k-th are where sorting would put them."""
    return take_along_axis(a, np.argpartition(a, kth, axis=axis), axis)


without_gradient(np.argpartition, np.searchsorted, np.digitize)

# --- quantiles --------------------------------------------------------------------------------

#: The methods that interpolate between neighbours all the way: their position among n sorted
#: elements moves with q by n plus this. All others jump from one element to the next.
_SLOPES = {
    "linear": -1.0,
    "interpolated_inverted_cdf": 0.0,
    "hazen": 0.0,
    "normal_unbiased": 1 / 4,
    "median_unbiased": 1 / 3,
    "weibull": 1.0,
}


def _position(q: Any, n: Any, method: Any) -> Any:
    """Where a quantile of n sorted elements lies: numpy's own answer for the elements 0 … n−1."""
    place = np.zeros(np.broadcast_shapes(np.shape(q), np.shape(n)))
    for count in np.unique(n):
        numbers = np.arange(count) if count else np.zeros(1)
        asked = np.quantile(numbers, np.ravel(q), method=method).reshape(np.shape(q))
        place = np.where(n == count, asked, place)
    return place.astype(np.result_type(q, np.float16))


def _position_vjp(g: Any, q: Any, place: Any, n: Any, method: str) -> Any:
    """No slope for methods that jump, nor before the first and beyond the last element."""
    moving: Any = method in _SLOPES
    if moving and method != "linear":
        moving = (place > 0) & (place < n - 1)
    return np.where(moving, g * (n + _SLOPES.get(method, 0.0)), 0.0)


position = primitive(
    "quantile_position",
    _position,
    _position_vjp,
    params=("n", "method"),
    composite=through_tensor("quantile_position"),
)


def _lanes(x: Any, axis: Any) -> Any:
    """The axes that are reduced become one axis, the last."""
    kept = [i for i in range(np.ndim(x)) if i not in axis]
    order = (*kept, *axis)
    if order != tuple(range(np.ndim(x))):
        x = np.transpose(x, order)
    shape = np.shape(x)[: len(kept)]
    n = math.prod(np.shape(x)[len(kept) :])
    return x if np.shape(x) == (*shape, n) else np.reshape(x, (*shape, n))


def _interpolate(ordered: Any, place: Any) -> Any:
    """The elements at some places of sorted lanes, or between two neighbours."""
    below, above = np.floor(data_of(place)), np.ceil(data_of(place))
    lower = take_along_axis(ordered, below.astype(int), -1)
    share = place - below
    if share is data_of(share):
        if not share.any():
            return lower
        if ordered.dtype.kind == "f":
            share = share.astype(ordered.dtype)
    return lower * (1 - share) + take_along_axis(ordered, above.astype(int), -1) * share


def _quantile(x: Any, q: Any, axis: Any, method: str, keepdims: bool, skip: bool = False) -> Any:
    """Quantiles of lanes; with `skip`, of what is no NaN in them."""
    axes = normalize_axis_tuple(range(np.ndim(x)) if axis is None else axis, np.ndim(x))
    lanes = _lanes(x, axes)
    *outer, n = lanes.shape
    if not n:
        raise ValueError(f"there is no quantile of no elements; the shape is {np.shape(x)}.")
    count = np.sum(~np.isnan(lanes), axis=-1, keepdims=True)
    if not skip:
        count = np.where(count == n, n, 0)
    result = _interpolate(np.sort(lanes), position(np.ravel(q), n=count, method=method))
    if not count.all():
        result = np.where(count == 0, np.nan, result)
    if np.ndim(q):
        result = np.transpose(result, (len(outer), *range(len(outer))))
    if keepdims:
        outer = [1 if i in axes else length for i, length in enumerate(np.shape(x))]
    return np.reshape(result, (*np.shape(q), *outer))


@implements(np.quantile)
def quantile(
    a: Any, q: Any, axis: Any = None, *, method: str = "linear", keepdims: bool = False
) -> Any:
    """Quantiles for shares `q` from 0 to 1, by any of numpy's methods; `q` may be a node too."""
    return _quantile(a, q, axis, method, keepdims)


@implements(np.percentile)
def percentile(
    a: Any, q: Any, axis: Any = None, *, method: str = "linear", keepdims: bool = False
) -> Any:
    """Quantiles for shares `q` in percent."""
    return _quantile(a, np.divide(q, 100), axis, method, keepdims)


@implements(np.median)
def median(a: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
    """The element in the middle, or the mean of the two that are."""
    return _quantile(a, 0.5, axis, "linear", keepdims)


@implements(np.nanquantile)
def nanquantile(
    a: Any, q: Any, axis: Any = None, *, method: str = "linear", keepdims: bool = False
) -> Any:
    """`quantile` of what is no NaN."""
    return _quantile(a, q, axis, method, keepdims, skip=True)


@implements(np.nanpercentile)
def nanpercentile(
    a: Any, q: Any, axis: Any = None, *, method: str = "linear", keepdims: bool = False
) -> Any:
    """`percentile` of what is no NaN."""
    return _quantile(a, np.divide(q, 100), axis, method, keepdims, skip=True)


@implements(np.nanmedian)
def nanmedian(a: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
    """`median` of what is no NaN."""
    return _quantile(a, 0.5, axis, "linear", keepdims, skip=True)

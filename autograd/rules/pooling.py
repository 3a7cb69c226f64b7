"""Derivatives of pooling: the largest element of every window, or the sum of its elements.

Shapes are those of `autograd.rules.windows`. For each element of the window, one after the other,
all its positions are compared (or added) at once: slices reach those at which it lies inside x, so
that a border is never made, let alone chosen.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import product
from typing import Any

import numpy as np

from autograd.primitives import Primitive, apply_local, data_of, primitive
from autograd.rules.columns import Sizes
from autograd.rules.indexing import scatter

#: Sizes of the windows, one number for each spatial axis; `counts` is how many positions they have.
_PARAMS = ("kernel", "stride", "padding", "dilation", "counts")


def _inside(first: int, step: int, extent: int, count: int) -> tuple[slice, slice]:
    """Those of `count` positions at which an element lies inside an axis; and where it lies."""
    start = max(0, -(first // step))
    stop = min(count, (extent - 1 - first) // step + 1)
    if stop <= start:
        return slice(0, 0), slice(0, 0)
    return slice(start, stop), slice(start * step + first, (stop - 1) * step + first + 1, step)


def _elements(
    extent: Sizes, kernel: Sizes, stride: Sizes, padding: Sizes, dilation: Sizes, counts: Sizes
) -> Iterator[tuple[Any, Any]]:
    """For every element of the window in turn: indices of positions, and of elements of x there."""
    along = [
        [_inside(i * d - p, s, n, count) for i in range(k)]
        for n, k, s, p, d, count in zip(
            extent, kernel, stride, padding, dilation, counts, strict=True
        )
    ]
    for parts in product(*along):
        positions, places = zip(*parts, strict=True)
        yield (..., *positions), (..., *places)


# --- the largest ------------------------------------------------------------------------------


def _max_pool(x: Any, out: Any = None, **how: Any) -> Any:
    y = np.empty((*x.shape[:2], *how["counts"]), x.dtype) if out is None else out
    y[...] = -np.inf if x.dtype.kind == "f" else np.iinfo(x.dtype).min
    for positions, places in _elements(x.shape[2:], **how):
        np.maximum(y[positions], x[places], out=y[positions])
    return y


def largest_places(x: Any, y: Any, **how: Any) -> Any:
    """Where, in the flattened spatial axes of x, the first largest element of every window stands.

    Parameters
    ----------
    x : ndarray, (N, C, *spatial)
        Whose windows are meant.
    y : ndarray, (N, C, *counts)
        Their maxima. Where one is nan, the last nan of the window is meant, as in PyTorch.
    **how
        The parameters of `max_pool`.

    Returns
    -------
    ndarray of int, of the shape of y
    """
    elements = [*_elements(x.shape[2:], **how)]
    # The earlier an element, the higher its score: then the first of equals wins by a maximum of
    # small integers, which is many times as fast as writing where a mask says.
    scores = np.arange(len(elements), 0, -1).astype(np.min_scalar_type(len(elements)))
    best = np.zeros(y.shape, scores.dtype)
    for score, (positions, places) in zip(scores, elements, strict=True):
        np.maximum(best[positions], (x[places] == y[positions]) * score, out=best[positions])
    if np.isnan(y).any():
        for score, (positions, places) in zip(scores, elements, strict=True):
            np.copyto(best[positions], score, where=np.isnan(x[places]))
    origins, offsets = _flat_places(x.shape[2:], **how)
    result: Any = offsets[::-1].take(best - 1)
    result += origins
    return result


def _flat_places(
    extent: Sizes, kernel: Sizes, stride: Sizes, padding: Sizes, dilation: Sizes, counts: Sizes
) -> tuple[Any, Any]:
    """In flattened axes: where every position begins, and how far from there each element is."""
    origins, offsets = np.zeros((), np.intp), np.zeros((), np.intp)
    for n, k, s, p, d, count in zip(extent, kernel, stride, padding, dilation, counts, strict=True):
        origins = np.add.outer(origins * n, np.arange(count) * s - p)
        offsets = np.add.outer(offsets * n, np.arange(k) * d)
    return origins, offsets.ravel()


def _to_the_largest(g: Any, x: Any, y: Any, **how: Any) -> Any:
    x, y = data_of(x), data_of(y)
    if g.__class__ is np.ndarray and _are_apart(**how) and not np.isnan(y).any():
        return _to_the_largest_of_each(g, x, y, **how)
    n, c, *extent = x.shape
    places = largest_places(x, y, **how)
    images = np.arange(n * c).reshape(n, c, *(1,) * len(extent))
    places += images * math.prod(extent)
    flat = scatter(g.reshape(-1), shape=(x.size,), index=places.reshape(-1))
    return flat.reshape(x.shape)


def _are_apart(kernel: Sizes, stride: Sizes, dilation: Sizes, **_: Sizes) -> bool:
    """Whether no element lies in two windows."""
    sizes = zip(kernel, stride, dilation, strict=True)
    return all(s > d * (k - 1) for k, s, d in sizes)


def _to_the_largest_of_each(g: Any, x: Any, y: Any, **how: Any) -> Any:
    """The same for windows that lie apart, in two thirds of the time: no place is written down."""
    result = np.zeros(x.shape, g.dtype)
    searching = np.ones(y.shape, bool)
    for positions, places in _elements(x.shape[2:], **how):
        found = x[places] == y[positions]
        found &= searching[positions]
        searching[positions] ^= found
        result[places] = apply_local(g[positions], found)
    return result


def _of_values(x: Any, **how: Any) -> Any:
    """The largest of scalar nodes are selected, and no operation is needed."""
    n, c = x.shape[:2]
    places = largest_places(x.data, _max_pool(x.data, **how), **how)
    chosen = x.reshape(n * c, -1)[np.arange(n * c)[:, None], places.reshape(n * c, -1)]
    return chosen.reshape(places.shape)


max_pool: Primitive = primitive(
    "max_pool",
    _max_pool,
    _to_the_largest,
    params=_PARAMS,
    composite=_of_values,
)

# --- the sum ----------------------------------------------------------------------------------


def _sum_pool(x: Any, out: Any = None, **how: Any) -> Any:
    y = np.empty((*x.shape[:2], *how["counts"]), x.dtype) if out is None else out
    y[...] = 0
    for positions, places in _elements(x.shape[2:], **how):
        y[positions] += x[places]
    return y


def _sum_pool_input(y: Any, extent: Sizes, **how: Any) -> Any:
    x = np.zeros((*y.shape[:2], *extent), y.dtype)
    for positions, places in _elements(extent, **how):
        x[places] += y[positions]
    return x


sum_pool: Primitive = primitive(
    "sum_pool",
    _sum_pool,
    lambda g, x, y, **how: sum_pool_input(g, extent=x.shape[2:], **how),
    params=_PARAMS,
    linear=True,
)
sum_pool_input: Primitive = primitive(
    "sum_pool_input",
    _sum_pool_input,
    lambda g, y, x, extent, **how: sum_pool(g, **how),
    params=("extent", *_PARAMS),
    linear=True,
)

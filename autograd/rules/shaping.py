"""Derivatives of operations that move elements: shape, order, selection. All are linear."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import Any

import numpy as np

from autograd.primitive import Primitive, implements, primitive, variadic, without_gradient

# --- shape ------------------------------------------------------------------------------------

reshape: Primitive = primitive(
    "reshape",
    np.reshape,
    lambda g, x, y, shape, order="C": reshape(g, shape=x.shape, order=order),
    params=("shape", "order"),
    linear=True,
)
broadcast_to = primitive(
    "broadcast_to",
    np.broadcast_to,
    lambda g, x, y, shape: g,
    params=("shape",),
    linear=True,
)


def _untranspose(g: Any, x: Any, y: Any, axes: Any = None) -> Any:
    return transpose(g, axes=None if axes is None else np.argsort([a % x.ndim for a in axes]))


transpose = primitive("transpose", np.transpose, _untranspose, params=("axes",), linear=True)


@implements(np.swapaxes)
def swapaxes(x: Any, axis1: int, axis2: int) -> Any:
    """Exchange two axes."""
    axes = list(range(x.ndim))
    axes[axis1], axes[axis2] = axes[axis2], axes[axis1]
    return transpose(x, axes=tuple(axes))


@implements(np.ravel)
def ravel(x: Any, order: str = "C") -> Any:
    """All elements in one axis."""
    return reshape(x, shape=(-1,), order=order)


@implements(np.expand_dims)
def expand_dims(x: Any, axis: int | tuple[int, ...]) -> Any:
    """Insert axes of length 1."""
    return reshape(x, shape=np.expand_dims(x.data, axis).shape)


@implements(np.squeeze)
def squeeze(x: Any, axis: int | tuple[int, ...] | None = None) -> Any:
    """Remove axes of length 1."""
    return reshape(x, shape=np.squeeze(x.data, axis).shape)


# --- selection --------------------------------------------------------------------------------


def _scatter(g: Any, shape: tuple[int, ...], index: Any) -> Any:
    out = np.zeros(shape, dtype=g.dtype)
    if _selects_once(index):
        out[index] = g
    else:
        np.add.at(out, index, g)
    return out


def _selects_once(index: Any) -> bool:
    """Whether no element can be selected twice, so that plain assignment adds up rightly."""
    parts = index if isinstance(index, tuple) else (index,)
    return all(
        part is None
        or part is Ellipsis
        or isinstance(part, int | np.integer | slice)
        or np.asarray(part).dtype == bool
        for part in parts
    )


getitem = primitive(
    "getitem",
    lambda x, index: x[index],
    lambda g, x, y, index: scatter(g, shape=x.shape, index=index),
    params=("index",),
    linear=True,
)
scatter: Primitive = primitive(
    "scatter",
    _scatter,
    lambda g, x, y, shape, index: getitem(g, index=index),
    params=("shape", "index"),
    linear=True,
)

# --- joining ----------------------------------------------------------------------------------


def _cut(slot: int, g: Any, arrays: Sequence[Any], y: Any, axis: int = 0) -> Any:
    """The part of a concatenation's gradient that belongs to one of the arrays."""
    ends = list(accumulate(array.shape[axis] for array in arrays))
    start = ends[slot] - arrays[slot].shape[axis]
    return g[(slice(None),) * (axis % y.ndim) + (slice(start, ends[slot]),)]


_concatenate = variadic(
    "concatenate",
    lambda *arrays, axis=0: np.concatenate(arrays, axis=axis),
    _cut,
    params=("axis",),
    linear=True,
)


@implements(np.concatenate)
def concatenate(arrays: Sequence[Any], axis: int | None = 0) -> Any:
    """Join arrays along an axis that they have (None: all elements in one axis)."""
    if axis is None:
        return _concatenate(*(reshape(a, shape=(-1,)) for a in arrays), axis=0)
    return _concatenate(*arrays, axis=axis)


@implements(np.stack)
def stack(arrays: Sequence[Any], axis: int = 0) -> Any:
    """Join arrays of one shape along a new axis."""
    shapes = {np.shape(a.data if hasattr(a, "_rank") else a) for a in arrays}
    if len(shapes) != 1:
        raise ValueError(
            "stack: all arrays need one shape, but these have "
            f"{', '.join(map(str, sorted(shapes)))}."
        )
    (shape,) = shapes
    slot = axis % (len(shape) + 1)
    joined = (*shape[:slot], 1, *shape[slot:])
    return _concatenate(*(reshape(a, shape=joined) for a in arrays), axis=slot)


without_gradient(
    np.shape, np.ndim, np.size, np.zeros_like, np.ones_like, np.full_like, np.empty_like
)

"""Derivatives of reductions along axes."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd.primitives import implements, primitive, without_gradient
from autograd.rules.arithmetic import where
from autograd.rules.shaping import broadcast_to


def reduced_size(shape: tuple[int, ...], axis: Any) -> int:
    """How many elements go into one element of a reduction over `axis` (None: all of them)."""
    if axis is None:
        return math.prod(shape)
    axes = axis if isinstance(axis, tuple) else (axis,)
    return math.prod(shape[a] for a in axes)


def keep_reduced_axes(y: Any, x: Any, axis: Any, keepdims: bool) -> Any:
    """Give the result of a reduction of x its axes back, with length 1, as ``keepdims=True`` does.

    Parameters
    ----------
    y : ndarray or Tensor
        A reduction of `x`, or a gradient of that shape.
    """
    if keepdims or x.ndim == 0:
        return y
    axes = range(x.ndim) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    reduced = {a % x.ndim for a in axes}
    return y.reshape(tuple(1 if i in reduced else n for i, n in enumerate(x.shape)))


def _spread(g: Any, x: Any, axis: Any, keepdims: bool) -> Any:
    """The gradient of a reduction, handed to every element that went into it."""
    if axis is None and isinstance(g, np.ndarray | np.generic):
        # What `np.broadcast_to` does for one number, at an eighth of the cost.
        spread = np.ndarray(x.shape, g.dtype, g, strides=(0,) * x.ndim)
        spread.flags.writeable = False
        return spread
    return broadcast_to(keep_reduced_axes(g, x, axis, keepdims), shape=x.shape)


sum = primitive(
    "sum",
    np.sum,
    lambda g, x, y, axis=None, keepdims=False: _spread(g, x, axis, keepdims),
    params=("axis", "keepdims"),
    linear=True,
)


def _mean(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """`np.mean`, which spends on small arrays four times what the sum and the division take."""
    if x.dtype.char not in "fd" or not (x.ndim and x.size):
        return np.mean(x, axis=axis, keepdims=keepdims)
    total = x.sum(axis=axis, keepdims=keepdims)
    return total / reduced_size(x.shape, axis)


mean = primitive(
    "mean",
    _mean,
    lambda g, x, y, axis=None, keepdims=False: _spread(
        g / reduced_size(x.shape, axis), x, axis, keepdims
    ),
    params=("axis", "keepdims"),
    multiplicity=lambda slot, inputs, y, axis=None, keepdims=False: (
        1 / (reduced_size(inputs[0].shape, axis) or 1)
    ),
    linear=True,
)


implements(np.mean)(mean)


def _is_extreme(x: Any, extreme: Any) -> Any:
    """Where an element is the extreme; if that is nan, where an element is nan."""
    return (x == extreme) | ((x != x) & (extreme != extreme))


def extreme_vjp(g: Any, x: Any, y: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The gradient goes to the largest (smallest) elements, in equal shares."""
    chosen = _is_extreme(x, keep_reduced_axes(y, x, axis, keepdims))
    ties = chosen.sum(axis=axis, keepdims=True).astype(x.dtype)
    share = keep_reduced_axes(g, x, axis, keepdims) / ties
    return where(chosen, broadcast_to(share, shape=x.shape), 0.0)


def extreme_of_values(extreme: Any) -> Any:
    """The extreme of scalar nodes: the mean of those that share it, so that each gets 1/k."""

    def composite(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
        chosen = _is_extreme(x.data, extreme(x.data, axis=axis, keepdims=True))
        ties = chosen.sum(axis=axis, keepdims=keepdims)
        return np.sum(where(chosen, x, 0.0), axis=axis, keepdims=keepdims) / ties

    return composite


max = primitive(
    "max",
    np.max,
    extreme_vjp,
    params=("axis", "keepdims"),
    composite=extreme_of_values(np.max),
)
min = primitive(
    "min",
    np.min,
    extreme_vjp,
    params=("axis", "keepdims"),
    composite=extreme_of_values(np.min),
)
implements(np.amax)(max)
implements(np.amin)(min)
without_gradient(
    np.argmax, np.argmin, np.argsort, np.count_nonzero, np.nonzero, np.any, np.all,
)  # fmt: skip

"""Derivatives of operations that change the shape of an array or the order of its elements.

Each of them is linear, and the gradient goes back by the opposite move.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import numpy as np

from autograd.primitives import (
    Primitive,
    data_of,
    elementwise,
    implements,
    primitive,
    without_gradient,
)
from autograd.rules.axes import ask, outline

# --- shape ------------------------------------------------------------------------------------


def _unreshape(g: Any, x: Any, y: Any, shape: Any, order: str = "C") -> Any:
    if order == "A":
        order = "F" if data_of(x).flags.fnc else "C"
    return reshape(g, shape=x.shape, order=order)


reshape: Primitive = primitive(
    "reshape", np.reshape, _unreshape, params=("shape", "order"), linear=True
)


@implements(np.ravel)
def ravel(a: Any, order: str = "C") -> Any:
    """All elements in one axis."""
    return reshape(a, shape=(-1,), order=order)


def _give_shape(x: Any, shape: tuple[int, ...]) -> Any:
    return x if np.shape(x) == shape else reshape(x, shape=shape)


def _reshaping(function: Callable[..., Any]) -> Any:
    """Let reshape stand in for a numpy function that adds or drops axes of length 1."""

    @implements(function)
    @wraps(function)
    def reshaped(a: Any, *args: Any, **kwargs: Any) -> Any:
        return _give_shape(a, ask(function, outline(a), *args, **kwargs).shape)

    return reshaped


expand_dims = _reshaping(np.expand_dims)
squeeze = _reshaping(np.squeeze)


def _widening(function: Callable[..., Any]) -> Any:
    """The same for a numpy function of several arrays."""

    @implements(function)
    @wraps(function)
    def widened(*arrays: Any) -> Any:
        results = tuple(_give_shape(x, function(outline(x)).shape) for x in arrays)
        return results[0] if len(results) == 1 else results

    return widened


atleast_1d = _widening(np.atleast_1d)
atleast_2d = _widening(np.atleast_2d)
atleast_3d = _widening(np.atleast_3d)

# --- broadcasting -----------------------------------------------------------------------------

broadcast_to = primitive(
    "broadcast_to", np.broadcast_to, lambda g, x, y, shape: g, params=("shape",), linear=True
)


@implements(np.broadcast_arrays)
def broadcast_arrays(*arrays: Any) -> tuple[Any, ...]:
    """Each array, repeated to the shape that all have in common."""
    outlines = ask(np.broadcast_arrays, *map(outline, arrays))
    return tuple(
        broadcast_to(x, shape=wide.shape) for x, wide in zip(arrays, outlines, strict=True)
    )


@implements(np.meshgrid)
def meshgrid(
    *xi: Any, copy: bool = True, sparse: bool = False, indexing: str = "xy"
) -> tuple[Any, ...]:
    """Coordinates of the points of a grid, from those along each axis."""
    outlines = ask(np.meshgrid, *map(outline, xi), copy=False, sparse=True, indexing=indexing)
    grids = tuple(reshape(x, shape=flat.shape) for x, flat in zip(xi, outlines, strict=True))
    return grids if sparse else broadcast_arrays(*grids)


# --- order of axes ----------------------------------------------------------------------------


def _untranspose(g: Any, x: Any, y: Any, axes: Any = None) -> Any:
    if axes is not None:
        axes = np.argsort(np.mod(np.atleast_1d(axes), x.ndim))
    return transpose(g, axes=axes)


transpose = primitive("transpose", np.transpose, _untranspose, params=("axes",), linear=True)


def _transposing(function: Callable[..., Any]) -> Any:
    """Let transpose stand in for a numpy function that permutes axes."""

    @implements(function)
    @wraps(function)
    def transposed(a: Any, *args: Any, **kwargs: Any) -> Any:
        ask(function, outline(a), *args, **kwargs)
        # An array whose axes have their own numbers as lengths; empty, since the first is 0.
        numbered = np.empty(tuple(range(np.ndim(a))))
        return transpose(a, axes=function(numbered, *args, **kwargs).shape)

    return transposed


swapaxes = _transposing(np.swapaxes)
moveaxis = _transposing(np.moveaxis)
rollaxis = _transposing(np.rollaxis)

# --- order of elements ------------------------------------------------------------------------

flip: Primitive = primitive(
    "flip", np.flip, lambda g, x, y, axis=None: flip(g, axis=axis), params=("axis",), linear=True
)
roll: Primitive = primitive(
    "roll",
    np.roll,
    lambda g, x, y, shift, axis=None: roll(g, shift=np.negative(shift), axis=axis),
    params=("shift", "axis"),
    linear=True,
)
rot90: Primitive = primitive(
    "rot90",
    np.rot90,
    lambda g, x, y, k=1, axes=(0, 1): rot90(g, k=-k, axes=axes),
    params=("k", "axes"),
    linear=True,
)


@implements(np.fliplr)
def fliplr(m: Any) -> Any:
    """The columns of a matrix in reverse order."""
    ask(np.fliplr, outline(m))
    return flip(m, axis=1)


@implements(np.flipud)
def flipud(m: Any) -> Any:
    """The rows of a matrix in reverse order."""
    ask(np.flipud, outline(m))
    return flip(m, axis=0)


copy = elementwise("copy", np.copy, 1.0, scalar=lambda x, order="K": x, params=("order",))

without_gradient(
    np.shape, np.ndim, np.size, np.zeros_like, np.ones_like, np.full_like, np.empty_like
)

"""Derivatives of norms of vectors and matrices; that of a zero vector is 0."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from autograd.primitives import implements, primitive
from autograd.rules.reductions import keep_reduced_axes
from autograd.rules.statistics import over, root, squared

# --- ‖x‖₂ and ‖x‖ₚ ----------------------------------------------------------------------------


def _euclidean(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    return np.sqrt(np.sum(squared(x), axis=axis, keepdims=keepdims))


def _p_norm(x: Any, p: float, axis: Any = None, keepdims: bool = False) -> Any:
    return np.sum(np.abs(x) ** p, axis=axis, keepdims=keepdims) ** (1 / p)


def _safe_power(magnitude: Any, p: float) -> Any:
    """m^p for m > 0, and 0 with the derivative 0 for m = 0."""
    nothing = magnitude == 0
    return np.where(nothing, 0.0, np.where(nothing, 1.0, magnitude) ** p)


def _p_norm_vjp(g: Any, x: Any, y: Any, p: float, axis: Any = None, keepdims: bool = False) -> Any:
    """g·x/y·(|x|/y)^(p−2), and 0 where x or y is 0."""
    scale = keep_reduced_axes(over(g, y), x, axis, keepdims)
    y = keep_reduced_axes(y, x, axis, keepdims)
    return scale * x * _safe_power(over(np.abs(x), y), p - 2)


def _p_norm_of_values(x: Any, p: float, axis: Any = None, keepdims: bool = False) -> Any:
    total = np.sum(_safe_power(np.abs(x), p), axis=axis, keepdims=keepdims)
    y = _safe_power(total, 1 / p)
    return y if p > 0 else np.where(np.any(x == 0, axis=axis, keepdims=keepdims), 0.0, y)


euclidean = primitive(
    "norm",
    _euclidean,
    lambda g, x, y, axis=None, keepdims=False: keep_reduced_axes(over(g, y), x, axis, keepdims) * x,
    params=("axis", "keepdims"),
    composite=lambda x, axis=None, keepdims=False: root(
        np.sum(squared(x), axis=axis, keepdims=keepdims)
    ),
)
p_norm = primitive(
    "p_norm",
    _p_norm,
    _p_norm_vjp,
    params=("p", "axis", "keepdims"),
    composite=_p_norm_of_values,
)

# --- numpy's functions ------------------------------------------------------------------------


def _of_elements(x: Any, ord: Any, axis: Any, keepdims: bool) -> Any:
    """A norm of the elements along some axes, as of one vector."""
    if isinstance(ord, str):
        raise ValueError(f"a norm of vectors has a number for its order, but {ord!r} was given.")
    if ord in (None, 2):
        return euclidean(x, axis=axis, keepdims=keepdims)
    magnitude = np.abs(x)
    if ord == 1 or (ord == np.inf and not np.size(x)):  # the largest of no magnitudes is 0 too
        return np.sum(magnitude, axis=axis, keepdims=keepdims)
    if ord == np.inf:
        return np.max(magnitude, axis=axis, keepdims=keepdims)
    if ord == -np.inf:
        return np.min(magnitude, axis=axis, keepdims=keepdims)
    if ord == 0:
        return np.sum(np.sign(magnitude), axis=axis, keepdims=keepdims)
    return p_norm(x, p=float(ord), axis=axis, keepdims=keepdims)


#: Norms of a matrix by the sums of its magnitudes along one axis, and which sum counts.
_BY_SUMS = {1: (0, np.inf), -1: (0, -np.inf), np.inf: (1, np.inf), -np.inf: (1, -np.inf)}
#: Norms of a matrix by its singular values.
_BY_SINGULAR_VALUES: dict[Any, Callable[..., Any]] = {"nuc": np.sum, 2: np.max, -2: np.min}


def _of_matrix(x: Any, ord: Any, axis: tuple[int, int], keepdims: bool) -> Any:
    if ord in (None, "fro", "f"):
        return euclidean(x, axis=axis, keepdims=keepdims)
    if ord in _BY_SUMS:
        along, which = _BY_SUMS[ord]
        sums = np.sum(np.abs(x), axis=axis[along], keepdims=True)
        return _of_elements(sums, which, axis, keepdims)
    if ord in _BY_SINGULAR_VALUES:
        values = np.linalg.svdvals(np.moveaxis(x, axis, (-2, -1)))
        result = _BY_SINGULAR_VALUES[ord](values, axis=-1)
        return np.expand_dims(result, axis) if keepdims else result
    raise ValueError(
        f"a norm of matrices has the order 'fro', 'nuc', 1, -1, 2, -2, inf or -inf, but {ord!r} "
        "was given."
    )


@implements(np.linalg.norm)
def norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    """Norm of a vector (one axis) or a matrix (two), of every order that numpy has."""
    ndim = np.ndim(x)
    axes = normalize_axis_tuple(range(ndim) if axis is None else axis, ndim)
    if axis is None and ord is None:
        return euclidean(x, axis=axes, keepdims=keepdims)
    if len(axes) == 1:
        return _of_elements(x, ord, axes, keepdims)
    if len(axes) == 2:
        return _of_matrix(x, ord, axes, keepdims)
    raise ValueError(
        f"norm takes one axis (a vector) or two (a matrix), but axis={axis} of an array of shape "
        f"{np.shape(x)} gives {len(axes)}."
    )


@implements(np.linalg.vector_norm)
def vector_norm(x: Any, /, *, axis: Any = None, keepdims: bool = False, ord: Any = 2) -> Any:
    """Norm of all elements along some axes (None: all), as of one vector."""
    return _of_elements(x, ord, axis, keepdims)


@implements(np.linalg.matrix_norm)
def matrix_norm(x: Any, /, *, keepdims: bool = False, ord: Any = "fro") -> Any:
    """Norm of the matrices in the last two axes."""
    return norm(x, ord, axis=(-2, -1), keepdims=keepdims)

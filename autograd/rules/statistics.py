"""Derivatives of spread and correlation: ptp, var, std, average, cov, corrcoef."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from autograd.primitives import implements, primitive
from autograd.rules.arithmetic import conj
from autograd.rules.axes import as_operand
from autograd.rules.reductions import keep_reduced_axes, reduced_size


def root(x: Any) -> Any:
    """√x with the derivative 0 at 0, as the norm of nothing and the std of equal values have."""
    nothing = x == 0
    return np.where(nothing, 0.0, np.sqrt(np.where(nothing, 1.0, x)))


def squared(x: Any) -> Any:
    """|x|² of each element; unlike abs(x)**2, it has its second derivative at 0 too."""
    return x * x if conj(x) is x else (x * conj(x)).real


# --- spread -----------------------------------------------------------------------------------


def _freedom(x: Any, axis: Any, ddof: float = 0, correction: float = 0) -> float:
    """Degrees of freedom; numpy has two names for what is subtracted."""
    freedom = reduced_size(x.shape, axis) - ddof - correction
    return freedom if freedom > 0 else 0


def _deviation(x: Any, axis: Any) -> Any:
    return x - np.mean(x, axis=axis, keepdims=True)


def _pull(g: Any, x: Any, axis: Any = None, keepdims: bool = False, **lost: float) -> Any:
    """g·(x − mean)/(n − ddof): half of what a variance hands on, and y times that of a std."""
    g = keep_reduced_axes(g, x, axis, keepdims)
    return g * _deviation(x, axis) / _freedom(x, axis, **lost)


def over(g: Any, y: Any) -> Any:
    """g/y, and 0 where y = 0."""
    nothing = y == 0
    return np.where(nothing, 0.0, g / np.where(nothing, 1.0, y))


def _var_of_values(x: Any, axis: Any = None, keepdims: bool = False, **lost: float) -> Any:
    total = np.sum(squared(_deviation(x, axis)), axis=axis, keepdims=keepdims)
    return total / _freedom(x, axis, **lost)


def _share(slot: int, inputs: Any, y: Any, axis: Any = None, **options: Any) -> float:
    return 1 / (reduced_size(inputs[0].shape, axis) or 1)


_OPTIONS = ("axis", "ddof", "keepdims", "correction")
var = primitive(
    "var",
    np.var,
    lambda g, x, y, **options: _pull(2 * g, x, **options),
    params=_OPTIONS,
    composite=_var_of_values,
    multiplicity=_share,
)
std = primitive(
    "std",
    np.std,
    lambda g, x, y, **options: _pull(over(g, y), x, **options),
    params=_OPTIONS,
    composite=lambda x, **options: root(_var_of_values(x, **options)),
    multiplicity=_share,
)


@implements(np.ptp)
def ptp(a: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
    """The range of the values (peak to peak): maximum − minimum."""
    return np.max(a, axis=axis, keepdims=keepdims) - np.min(a, axis=axis, keepdims=keepdims)


# --- weighted mean ----------------------------------------------------------------------------


@implements(np.average)
def average(
    a: Any, axis: Any = None, weights: Any = None, returned: bool = False, *, keepdims: bool = False
) -> Any:
    """Σ w·a / Σ w along an axis; with ``returned=True`` also Σ w, of the same shape."""
    if weights is None:
        result = np.mean(a, axis=axis, keepdims=keepdims)
        total = np.full_like(result, reduced_size(np.shape(a), axis))
    else:
        weights = _beside(weights, a, axis)
        total = np.sum(weights * np.ones_like(a), axis=axis, keepdims=keepdims)
        if np.any(total == 0):
            raise ZeroDivisionError("average cannot divide by weights that add up to 0.")
        result = np.sum(weights * a, axis=axis, keepdims=keepdims) / total
    return (result, total) if returned else result


def _beside(weights: Any, a: Any, axis: Any) -> Any:
    """Weights that are given for some axes of an array, of a shape that broadcasts to it."""
    weights, shape = as_operand(weights), np.shape(a)
    if np.shape(weights) == shape:
        return weights
    axes = range(len(shape)) if axis is None else normalize_axis_tuple(axis, len(shape))
    lengths = tuple(shape[i] for i in axes)
    if np.shape(weights) != lengths:
        raise ValueError(
            f"average over axis={axis} of an array of shape {shape} takes weights of that shape "
            f"or of shape {lengths}, but theirs is {np.shape(weights)}."
        )
    in_order = np.transpose(weights, np.argsort(axes))
    return np.reshape(in_order, tuple(n if i in axes else 1 for i, n in enumerate(shape)))


# --- correlation ------------------------------------------------------------------------------


def _rows(m: Any, rowvar: bool) -> Any:
    """Observations with one variable per row."""
    if np.ndim(m) > 2:
        raise ValueError(f"cov takes arrays of at most 2 axes, but the shape is {np.shape(m)}.")
    if np.ndim(m) < 2:
        return np.reshape(m, (1, -1))
    return m if rowvar else np.transpose(m)


@implements(np.cov)
def cov(
    m: Any,
    y: Any = None,
    rowvar: bool = True,
    bias: bool = False,
    ddof: int | None = None,
    fweights: Any = None,
    aweights: Any = None,
) -> Any:
    """Covariances of variables, each of which is a row (column, if not `rowvar`) of `m` and `y`."""
    x = _rows(m, rowvar) if y is None else np.concatenate([_rows(m, rowvar), _rows(y, rowvar)])
    weights = aweights if fweights is None else fweights
    if fweights is not None and aweights is not None:
        weights = fweights * aweights
    if weights is None:
        total = x.shape[1]
        deviation = weighted = x - np.mean(x, axis=1, keepdims=True)
    else:
        total = np.sum(weights)
        deviation = x - np.sum(x * weights, axis=1, keepdims=True) / total
        weighted = deviation * weights
    lost = (0 if bias else 1) if ddof is None else ddof
    if aweights is not None:
        lost = lost * np.sum(weights * aweights) / total
    freedom = max(total - lost, 0)
    return np.squeeze(weighted @ conj(np.transpose(deviation)) / freedom)


@implements(np.corrcoef)
def corrcoef(x: Any, y: Any = None, rowvar: bool = True) -> Any:
    """Covariances of variables that are scaled to a standard deviation of 1."""
    covariance = cov(x, y, rowvar)
    if np.ndim(covariance) == 0:
        return covariance / covariance
    diagonal = covariance[np.diag_indices(len(covariance))]
    if covariance.dtype.kind == "c":
        deviation = np.sqrt(diagonal.real)
        return covariance / deviation[:, None] / deviation
    deviation = np.sqrt(diagonal)
    return np.clip(covariance / deviation[:, None] / deviation, -1, 1)

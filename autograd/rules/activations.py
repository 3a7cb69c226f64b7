"""Derivatives of the activation functions: those that numpy does not have.

Letters as in `autograd.rules.arithmetic`. Each function is finite and right for arguments of any
size: no exponential of a large positive number is ever taken.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd.primitives import Primitive, elementwise, primitive
from autograd.rules.arithmetic import exp, is_not, log, where
from autograd.rules.reductions import keep_reduced_axes


def _sigmoid(x: Any) -> Any:
    small = np.exp(-np.abs(x))
    return np.where(x >= 0, 1.0, small) / (1.0 + small)


def _sigmoid_float(x: float) -> float:
    small = math.exp(-abs(x))
    return (1.0 if x >= 0 else small) / (1.0 + small)


def _softplus_float(x: float) -> float:
    return max(x, 0.0) + math.log1p(math.exp(-abs(x)))


def _elu(x: Any, alpha: float = 1.0) -> Any:
    return np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0.0)))


sigmoid = elementwise("sigmoid", _sigmoid, lambda x, y: y * (1 - y), scalar=_sigmoid_float)
relu = elementwise(
    "relu",
    lambda x: np.maximum(x, 0.0),
    lambda x, y: is_not(x <= 0),
    scalar=lambda x: 0.0 if x < 0 else x,
)
leaky_relu = elementwise(
    "leaky_relu",
    lambda x, negative_slope=0.01: np.where(x > 0, x, negative_slope * x),
    lambda x, y, negative_slope=0.01: where(x > 0, 1.0, negative_slope),
    scalar=lambda x, negative_slope=0.01: x if x > 0 else negative_slope * x,
    params=("negative_slope",),
)
elu = elementwise(
    "elu",
    _elu,
    lambda x, y, alpha=1.0: where(x > 0, 1.0, y + alpha),
    scalar=lambda x, alpha=1.0: x if x > 0 else alpha * math.expm1(x),
    params=("alpha",),
)
softplus = elementwise(
    "softplus",
    lambda x: np.maximum(x, 0.0) + np.log1p(np.exp(-np.abs(x))),  # np.logaddexp is 13 × slower
    lambda x, y: sigmoid(x),
    scalar=_softplus_float,
)
silu = elementwise(
    "silu",
    lambda x: x * _sigmoid(x),
    lambda x, y: sigmoid(x) * (1 + x * (1 - sigmoid(x))),
    scalar=lambda x: x * _sigmoid_float(x),
)
step = elementwise(
    "step",
    lambda x: np.asarray(x > 0).astype(x.dtype),
    lambda x, y: False,
    scalar=lambda x: float(x > 0),
)


# --- along an axis ----------------------------------------------------------------------------


def _largest_finite(x: Any, axis: Any) -> Any:
    """The maximum along an axis, brought to the next finite number if it is infinite.

    For that would make a nan of x − maximum.
    """
    bound = np.finfo(x.dtype).max
    largest = np.maximum.reduce(x, axis=axis, keepdims=True, initial=-bound)
    return np.minimum(largest, bound)


def _shifted(x: Any, axis: Any) -> Any:
    """The array minus its maximum, which changes no softmax and keeps exponentials below 1."""
    if x.dtype.kind not in "fc":
        x = x.astype(float)
    return x - _largest_finite(x, axis)


def _shifted_values(x: Any, axis: Any) -> Any:
    return x - _largest_finite(x.data, axis)


#: A softmax of numbers below this needs no shift, if every sum of exponentials is above e to the
#: power of minus this: then the shares that still count are as far from underflow as from overflow.
_MODERATE = 20.0


# The methods `max` and `sum` cost small arrays a third more than the reductions behind them.
def _softmax(x: Any, axis: Any = -1) -> Any:
    if x.dtype.char in "fd" and x.size and np.maximum.reduce(x, axis=None) < _MODERATE:
        # As it is in most networks: then the maximum of each row need not be looked for.
        weights = np.asarray(np.exp(x))
        total = _totals(weights, axis)
        if np.minimum.reduce(total, axis=None) > math.exp(-_MODERATE):
            weights /= total
            return weights
    weights = np.asarray(_shifted(x, axis))
    np.exp(weights, out=weights)
    weights /= _totals(weights, axis)
    return weights


def _is_rows(x: Any, axis: Any) -> bool:
    """Whether an axis is the last one of an array of numbers that BLAS knows."""
    return bool(x.size and x.ndim and axis in (-1, x.ndim - 1) and x.dtype.char in "fd")


def _totals(x: Any, axis: Any) -> Any:
    """Sums along an axis; of rows by BLAS, which is six times as fast."""
    if not _is_rows(x, axis):
        return np.add.reduce(x, axis=axis, keepdims=True)
    length = x.shape[-1]
    return (x.reshape(-1, length) @ np.ones(length, x.dtype)).reshape(*x.shape[:-1], 1)


def _softmax_vjp(g: Any, x: Any, y: Any, axis: Any = -1) -> Any:
    """y·(g − Σ g·y), on arrays in few passes."""
    if not (isinstance(g, np.ndarray) and _is_rows(y, axis)):
        return y * (g - (g * y).sum(axis=axis, keepdims=True))
    slope = g - np.vecdot(g, y)[..., None]
    slope *= y
    return slope


def _log_softmax(x: Any, axis: Any = -1) -> Any:
    shifted = _shifted(x, axis)
    return shifted - np.log(np.add.reduce(np.exp(shifted), axis=axis, keepdims=True))


def _logsumexp(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    largest = _largest_finite(x, axis)
    with np.errstate(divide="ignore"):  # all of them −inf: the logarithm of 0 is right
        total = np.log(np.exp(x - largest).sum(axis=axis, keepdims=True)) + largest
    return total if keepdims else np.squeeze(total, axis=axis)


def _log_softmax_of_values(x: Any, axis: Any = -1) -> Any:
    shifted = _shifted_values(x, axis)
    return shifted - log(np.sum(exp(shifted), axis=axis, keepdims=True))


def _logsumexp_of_values(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    total = log(np.sum(exp(_shifted_values(x, axis)), axis=axis, keepdims=True))
    total = total + _largest_finite(x.data, axis)[()]
    return total if keepdims else np.squeeze(total, axis=axis)


softmax = primitive(
    "softmax",
    _softmax,
    _softmax_vjp,
    params=("axis",),
    composite=lambda x, axis=-1: exp(log_softmax(x, axis=axis)),
)
log_softmax: Primitive = primitive(
    "log_softmax",
    _log_softmax,
    lambda g, x, y, axis=-1: g - exp(y) * g.sum(axis=axis, keepdims=True),
    params=("axis",),
    composite=_log_softmax_of_values,
)


logsumexp: Primitive = primitive(
    "logsumexp",
    _logsumexp,
    lambda g, x, y, axis=None, keepdims=False: (
        keep_reduced_axes(g, x, axis, keepdims) * exp(x - keep_reduced_axes(y, x, axis, keepdims))
    ),
    params=("axis", "keepdims"),
    composite=_logsumexp_of_values,
)

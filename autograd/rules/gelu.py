"""Derivatives of GELU: x·Φ(x), with the distribution function Φ of the normal, and its stand-in."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd.primitives import Primitive, elementwise
from autograd.rules.activations import sigmoid
from autograd.rules.arithmetic import exp

_ROOT_2PI = math.sqrt(2 * math.pi)


def _cdf_float(x: float) -> float:
    return 0.5 * math.erfc(-x / math.sqrt(2))


#: e^(u²/2)·Φ(−u) for u ≥ 0, as a polynomial in t = 1/(1 + 0.21·u) without a constant term, from
#: the highest power down. Fitted to the smallest greatest relative error, which is 1.9e-8.
_SCALE = 0.21
_TAIL = (
    -0.0712948868, 0.281804872, -0.32649372, 0.34498702, -0.0907727448, 0.123472126,
    0.0695697547, 0.0850124374, 0.0837151513,
)  # fmt: skip

#: Numbers that are worked on at a time, so that all passes over them stay in the fastest cache.
_BLOCK = 2**13


def _tail(u: Any) -> Any:
    """Φ(−u) for u ≥ 0 in single precision: there is no faster way that numpy has.

    Relative to itself, so far out in the tail too, where 1 + erf has no digits left: of the error
    of 1e-7 to 1e-6, most is that of u² in the exponent.
    """
    t = u * np.float32(_SCALE)
    t += 1
    np.reciprocal(t, out=t)
    total = t * np.float32(_TAIL[0])
    for coefficient in _TAIL[1:]:
        total += np.float32(coefficient)
        total *= t
    np.multiply(u, u, out=t)
    t *= np.float32(-0.5)
    total *= np.exp(t, out=t)
    return total


def _in_blocks(f: Callable[..., Any], x: Any) -> Any:
    """A function of one number, on all numbers of an array in single precision."""
    x = np.asarray(x)
    flat, out = x.reshape(-1), np.empty(x.size, x.dtype)
    for start in range(0, x.size, _BLOCK):
        block = slice(start, start + _BLOCK)
        out[block] = f(flat[block])
    return out.reshape(x.shape)


def _cdf_single(x: Any) -> Any:
    tail = _tail(np.abs(x))
    return np.subtract(~np.signbit(x), np.copysign(tail, x), out=tail)


def _gelu_single(x: Any) -> Any:
    """x·Φ(x) is max(x, 0) − |x|·Φ(−|x|)."""
    size = np.minimum(np.abs(x), np.float32(20))  # where the tail is 0: so that ∞·0 is 0
    tail = _tail(size)
    tail *= size
    return np.subtract(np.maximum(x, 0), tail, out=tail)


def _cdf_double(x: Any) -> Any:
    """Φ by scipy, or where that is not installed by Python's own function of one number."""
    try:
        from scipy.special import ndtr
    except ImportError:
        ndtr = np.vectorize(_cdf_float, otypes=[float])
    return np.asarray(ndtr(x)).astype(np.result_type(x), copy=False)


def _cdf(x: Any) -> Any:
    return _in_blocks(_cdf_single, x) if np.result_type(x) == np.float32 else _cdf_double(x)


def _gelu(x: Any) -> Any:
    return _in_blocks(_gelu_single, x) if np.result_type(x) == np.float32 else x * _cdf_double(x)


def _density(x: Any) -> Any:
    """The density of the normal, Φ′."""
    return exp(x * x * -0.5) * (1 / _ROOT_2PI)


def _twice_tanh_argument(x: Any) -> Any:
    """½(1 + tanh u) is σ(2u), here with u = √(2/π)·(x + 0.044715·x³)."""
    return 2 * math.sqrt(2 / math.pi) * (x + 0.044715 * x * x * x)


def _gelu_tanh_slope(x: Any, y: Any) -> Any:
    share = sigmoid(_twice_tanh_argument(x))
    slope = 2 * math.sqrt(2 / math.pi) * (1 + 3 * 0.044715 * x * x)
    return share * (1 + x * (1 - share) * slope)


normal_cdf: Primitive = elementwise("normal_cdf", _cdf, lambda x, y: _density(x), scalar=_cdf_float)
gelu = elementwise(
    "gelu",
    _gelu,
    lambda x, y: normal_cdf(x) + x * _density(x),
    scalar=lambda x: x * _cdf_float(x),
)
gelu_tanh = elementwise(
    "gelu_tanh", lambda x: x * sigmoid(_twice_tanh_argument(x)), _gelu_tanh_slope
)

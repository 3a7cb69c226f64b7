"""Derivatives of GELU: x·Φ(x), with the distribution function Φ of the normal, and its stand-in."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd.primitives import Primitive, elementwise
from autograd.rules.activations import sigmoid
from autograd.rules.arithmetic import exp

_ROOT_2PI = math.sqrt(2 * math.pi)


def _cdf_float(x: float) -> float:
    return 0.5 * math.erfc(-x / math.sqrt(2))


def _cdf(x: Any) -> Any:
    """Φ by scipy, or where that is not installed by Python's own function of one number."""
    try:
        from scipy.special import ndtr
    except ImportError:
        ndtr = np.vectorize(_cdf_float, otypes=[float])
    return np.asarray(ndtr(x)).astype(np.result_type(x), copy=False)


def _twice_tanh_argument(x: Any) -> Any:
    """½(1 + tanh u) is σ(2u), here with u = √(2/π)·(x + 0.044715·x³)."""
    return 2 * math.sqrt(2 / math.pi) * (x + 0.044715 * x * x * x)


def _gelu_tanh_slope(x: Any, y: Any) -> Any:
    share = sigmoid(_twice_tanh_argument(x))
    slope = 2 * math.sqrt(2 / math.pi) * (1 + 3 * 0.044715 * x * x)
    return share * (1 + x * (1 - share) * slope)


normal_cdf: Primitive = elementwise(
    "normal_cdf", _cdf, lambda x, y: exp(-x * x / 2) / _ROOT_2PI, scalar=_cdf_float
)
gelu = elementwise(
    "gelu",
    lambda x: x * _cdf(x),
    lambda x, y: normal_cdf(x) + x * exp(-x * x / 2) / _ROOT_2PI,
    scalar=lambda x: x * _cdf_float(x),
)
gelu_tanh = elementwise(
    "gelu_tanh", lambda x: x * sigmoid(_twice_tanh_argument(x)), _gelu_tanh_slope
)

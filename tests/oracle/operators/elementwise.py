"""Elementwise operators: arithmetic, elementary and special functions, activations."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.special

import autograd.rules.special
import nn.functional


def _clamp(x: Any, low: Any = None, high: Any = None) -> Any:
    """With arrays for bounds, which may have a gradient; np.clip takes plain ones."""
    x = x if low is None else np.maximum(x, low)
    return x if high is None else np.minimum(x, high)


def _divide(rounding: Callable[[Any], Any]) -> Callable[..., Any]:
    return lambda x, y, rounding_mode=None: rounding(x / y)


def _masked_logaddexp(x: Any, y: Any, *, input_mask: Any, other_mask: Any) -> Any:
    x, y = (
        part if mask is None else np.where(mask, part, -np.inf)
        for part, mask in ((x, input_mask), (y, other_mask))
    )
    return np.logaddexp(x, y)


def _multigammaln(x: Any, p: int) -> Any:
    """scipy's own is no ufunc and takes plain arrays."""
    parts = sum(scipy.special.gammaln(x - j / 2) for j in range(p))
    return parts + p * (p - 1) / 4 * np.log(np.pi)


def _polygamma(x: Any, n: int) -> Any:
    return autograd.rules.special.polygamma(n, x)


def _as_type(dtype: Any) -> Callable[..., Any]:
    return lambda x, memory_format=None: x.astype(dtype)


def _to(x: Any, *args: Any, memory_format: Any = None) -> Any:
    """To the dtype that stands among the arguments, as itself or as that of an array."""
    (dtype,) = (arg for arg in args if isinstance(arg, np.dtype) or hasattr(arg, "dtype"))
    return x.astype(getattr(dtype, "dtype", dtype))


OPERATORS: dict[str, Callable[..., Any]] = {
    # arithmetic
    "add": lambda x, y, alpha=1: np.add(x, alpha * y),
    "sub": lambda x, y, alpha=1: np.subtract(x, alpha * y),
    "rsub": lambda x, y, alpha=1: np.subtract(y, alpha * x),
    "mul": np.multiply,
    "div.no_rounding_mode": _divide(np.positive),
    "div.trunc_rounding": _divide(np.trunc),
    "div.floor_rounding": lambda x, y, rounding_mode: np.floor_divide(x, y),
    "true_divide": np.true_divide,
    "remainder": np.remainder,
    "fmod": np.fmod,
    "pow": np.power,
    "float_power": np.float_power,
    "__radd__": lambda x, y: y + x,
    "__rsub__": lambda x, y: y - x,
    "__rmul__": lambda x, y: y * x,
    "__rdiv__": lambda x, y: y / x,
    "__rmod__": lambda x, y: np.remainder(y, x),
    "__rpow__": lambda x, y: y**x,
    "addcmul": lambda x, a, b, value=1: x + value * a * b,
    "addcdiv": lambda x, a, b, value=1: x + value * a / b,
    "lerp": lambda x, y, weight: x + weight * (y - x),
    "neg": np.negative,
    "positive": np.positive,
    "reciprocal": np.reciprocal,
    "square": np.square,
    "sqrt": np.sqrt,
    "rsqrt": lambda x: 1 / np.sqrt(x),
    "hypot": np.hypot,
    # signs, steps and choices
    "abs": np.abs,
    "sign": np.sign,
    "sgn": np.sign,
    "copysign": np.copysign,
    "maximum": np.maximum,
    "minimum": np.minimum,
    "max.binary": np.maximum,
    "min.binary": np.minimum,
    "fmax": np.fmax,
    "fmin": np.fmin,
    "clamp": _clamp,
    "clamp_min": np.maximum,
    "clamp_max": np.minimum,
    "nan_to_num": np.nan_to_num,
    "nextafter": np.nextafter,
    "ceil": np.ceil,
    "floor": np.floor,
    "trunc": np.trunc,
    "frac": lambda x: np.modf(x)[0],
    "round": np.round,
    "round.decimals_0": np.round,
    "round.decimals_3": np.round,
    "round.decimals_neg_3": np.round,
    # exponentials and logarithms
    "exp": np.exp,
    "exp2": np.exp2,
    "expm1": np.expm1,
    "log": np.log,
    "log2": np.log2,
    "log10": np.log10,
    "log1p": np.log1p,
    "logaddexp": np.logaddexp,
    "logaddexp2": np.logaddexp2,
    "masked.logaddexp": _masked_logaddexp,
    "frexp": np.frexp,
    "ldexp": np.ldexp,
    # trigonometric and hyperbolic
    "sin": np.sin,
    "cos": np.cos,
    "tan": np.tan,
    "asin": np.asin,
    "acos": np.acos,
    "atan": np.atan,
    "atan2": np.atan2,
    "sinh": np.sinh,
    "cosh": np.cosh,
    "tanh": np.tanh,
    "asinh": np.asinh,
    "acosh": np.acosh,
    "atanh": np.atanh,
    "sinc": np.sinc,
    "deg2rad": np.deg2rad,
    "rad2deg": np.rad2deg,
    # special
    "i0": np.i0,
    "special.i0e": scipy.special.i0e,
    "special.i1": scipy.special.i1,
    "special.i1e": scipy.special.i1e,
    "erf": scipy.special.erf,
    "erfc": scipy.special.erfc,
    "erfinv": scipy.special.erfinv,
    "special.erfcx": scipy.special.erfcx,
    "special.ndtr": scipy.special.ndtr,
    "special.ndtri": scipy.special.ndtri,
    "special.log_ndtr": scipy.special.log_ndtr,
    "special.entr": scipy.special.entr,
    "xlogy": scipy.special.xlogy,
    "special.xlog1py": scipy.special.xlog1py,
    "lgamma": scipy.special.gammaln,
    "digamma": scipy.special.digamma,
    "polygamma.polygamma_n_0": _polygamma,
    "polygamma.polygamma_n_1": _polygamma,
    "polygamma.polygamma_n_2": _polygamma,
    "polygamma.polygamma_n_3": _polygamma,
    "polygamma.polygamma_n_4": _polygamma,
    "special.polygamma.special_polygamma_n_0": _polygamma,
    "mvlgamma.mvlgamma_p_1": _multigammaln,
    "mvlgamma.mvlgamma_p_3": _multigammaln,
    "mvlgamma.mvlgamma_p_5": _multigammaln,
    "logit": lambda x, eps=0.0: scipy.special.logit(np.clip(x, eps, 1 - eps)),
    "sigmoid": scipy.special.expit,
    # activations
    "nn.functional.relu": nn.functional.relu,
    "nn.functional.leaky_relu": nn.functional.leaky_relu,
    "nn.functional.prelu": nn.functional.prelu,
    "nn.functional.elu": nn.functional.elu,
    "nn.functional.silu": nn.functional.silu,
    # type
    "to": _to,
    "double": _as_type(np.float64),
    "float": _as_type(np.float32),
    "half": _as_type(np.float16),
    "cdouble": _as_type(np.complex128),
    "cfloat": _as_type(np.complex64),
}

LEFT_OUT: dict[str, str] = {
    "bfloat16": "numpy has no bfloat16",
    "chalf": "numpy has no complex number of two halves",
    "bernoulli": "draws random numbers: no two generators agree",
    "normal": "draws random numbers: no two generators agree",
    "normal.number_mean": "draws random numbers: no two generators agree",
    "nn.functional.rrelu": "draws random slopes: no two generators agree",
}

"""Derivatives of scipy.special's functions.

scipy is no dependency: it is imported when one of them is evaluated, and its ufuncs find their
entries by name, because somebody who calls `scipy.special.erf` on a node has imported it.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np

from autograd.primitives import Derivative, Primitive, elementwise
from autograd.rules.activations import sigmoid
from autograd.rules.arithmetic import exp, exp2, expm1, log, log1p, sign, where
from autograd.rules.ufuncs import cbrt, i0

#: What stands in for a ufunc of scipy.special that meets a node, by its name there.
UFUNCS: dict[str, Primitive] = {
    "cbrt": cbrt,
    "exp2": exp2,
    "expit": sigmoid,
    "expm1": expm1,
    "i0": i0,
    "log1p": log1p,
}


def find(ufunc: np.ufunc) -> Primitive | None:
    """The entry for a ufunc of scipy.special; None if it is none of them, or has no derivative."""
    special = sys.modules.get("scipy.special")
    is_its = getattr(special, ufunc.__name__, None) is ufunc
    return UFUNCS.get(ufunc.__name__) if is_its else None


def _scipy() -> ModuleType:
    try:
        import scipy.special
    except ImportError as error:
        raise ImportError(
            "this function needs scipy, which is not installed: pip install scipy."
        ) from error
    module: ModuleType = scipy.special
    return module


def _calling(name: str) -> Callable[..., Any]:
    """A function of scipy.special, which is imported when it is called."""

    def call(*args: Any) -> Any:
        result = getattr(_scipy(), name)(*args)
        # scipy has no half precision, and some functions answer in double whatever they are asked.
        dtype = np.result_type(*args)
        return result.astype(dtype) if dtype.kind == "f" else result

    return call


def _ufunc(
    name: str, *derivatives: Derivative, scalar: Callable[..., float] | None = None
) -> Primitive:
    """Declare the entry of a ufunc of scipy.special, as `elementwise` does for numpy's."""
    UFUNCS[name] = elementwise(name, _calling(name), *derivatives, scalar=scalar)
    return UFUNCS[name]


# --- the error function and the normal distribution -------------------------------------------

_ROOT_PI = math.sqrt(math.pi)
_ROOT_2PI = math.sqrt(2 * math.pi)

erf = _ufunc("erf", lambda x, y: 2 / _ROOT_PI * exp(-x * x), scalar=math.erf)
erfc = _ufunc("erfc", lambda x, y: -2 / _ROOT_PI * exp(-x * x), scalar=math.erfc)
erfinv = _ufunc("erfinv", lambda x, y: _ROOT_PI / 2 * exp(y * y))
erfcx = _ufunc("erfcx", lambda x, y: 2 * x * y - 2 / _ROOT_PI)
ndtr = _ufunc("ndtr", lambda x, y: exp(-x * x / 2) / _ROOT_2PI)
ndtri = _ufunc("ndtri", lambda x, y: _ROOT_2PI * exp(y * y / 2))
log_ndtr = _ufunc("log_ndtr", lambda x, y: 2 / _ROOT_2PI / erfcx(-x / math.sqrt(2)))

# --- logistic functions, entropy --------------------------------------------------------------


def _undefined(x: Any, bound: Any) -> Any:
    """Where x·log is 0 because x is, though the logarithm is not finite."""
    return (x == 0) & (bound <= 0)


logit = _ufunc("logit", lambda x, y: 1 / (x * (1 - x)))
log_expit = _ufunc("log_expit", lambda x, y: sigmoid(-x))
entr = _ufunc("entr", lambda x, y: -1 - log(x))
xlogy = _ufunc(
    "xlogy",
    lambda a, b, y: log(where(_undefined(a, b), 1.0, b)),
    lambda a, b, y: a / where(_undefined(a, b), 1.0, b),
)
xlog1py = _ufunc(
    "xlog1py",
    lambda a, b, y: log1p(where(_undefined(a, 1 + b), 0.0, b)),
    lambda a, b, y: a / where(_undefined(a, 1 + b), 1.0, 1 + b),
)

# --- the gamma function -----------------------------------------------------------------------

_polygamma: Primitive = elementwise(
    "polygamma",
    lambda x, order: _calling("polygamma")(order, x),
    lambda x, y, order: _polygamma(x, order=order + 1),
    params=("order",),
)
digamma = _ufunc("psi", lambda x, y: _polygamma(x, order=1))
gamma = _ufunc("gamma", lambda x, y: y * digamma(x), scalar=math.gamma)
gammaln = _ufunc("gammaln", lambda x, y: digamma(x))


def polygamma(n: int, x: Any) -> Any:
    """The n-th derivative of `digamma`: scipy's own, which is no ufunc, takes no nodes."""
    return digamma(x) if n == 0 else _polygamma(x, order=n)


# --- modified Bessel functions ----------------------------------------------------------------

# Scaled by exp(−|x|), whose own derivative is the last term; I₋₁ is I₁.
_ive: Primitive = elementwise(
    "ive",
    lambda x, order: _calling("ive")(order, x),
    lambda x, y, order: (_ive(x, order=order - 1) + _ive(x, order=order + 1)) / 2 - sign(x) * y,
    params=("order",),
)
i0e: Primitive = _ufunc("i0e", lambda x, y: i1e(x) - sign(x) * y)
i1e: Primitive = _ufunc("i1e", lambda x, y: (i0e(x) + _ive(x, order=2)) / 2 - sign(x) * y)
i1 = _ufunc("i1", lambda x, y: i0(x, order=2))

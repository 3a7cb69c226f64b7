"""Derivatives of numpy's other elementwise functions, beyond `autograd.rules.arithmetic`.

Letters as there: ``lambda x, y: …`` is dy/dx of y = f(x).
"""

from __future__ import annotations

import math
import operator
from typing import Any

import numpy as np

from autograd.primitives import Primitive, elementwise, implements, without_gradient
from autograd.rules.activations import sigmoid
from autograd.rules.arithmetic import power, rint, sign, sqrt, trunc, where

# --- powers and absolute values ---------------------------------------------------------------

float_power = elementwise("float_power", np.float_power, *power.derivatives, scalar=math.pow)
cbrt = elementwise("cbrt", np.cbrt, lambda x, y: 1 / (3 * y * y), scalar=math.cbrt)
fabs = elementwise("fabs", np.fabs, lambda x, y: sign(x), scalar=math.fabs)
copysign: Primitive = elementwise(
    "copysign",
    np.copysign,
    lambda a, b, y: sign(a) * copysign(1.0, b),
    lambda a, b, y: False,
    scalar=math.copysign,
)

# --- division with remainder ------------------------------------------------------------------

floor_divide = elementwise(
    "floor_divide",
    np.floor_divide,
    lambda a, b, y: False,
    lambda a, b, y: False,
    scalar=operator.floordiv,
)
remainder = elementwise(
    "remainder",
    np.remainder,
    lambda a, b, y: 1.0,
    lambda a, b, y: -floor_divide(a, b),
    scalar=operator.mod,
)
fmod = elementwise(
    # The quotient is a whole number, but a/b may round up to the next one.
    "fmod",
    np.fmod,
    lambda a, b, y: 1.0,
    lambda a, b, y: -rint((a - y) / b),
    scalar=math.fmod,
)
_fraction = elementwise("fraction", lambda x: np.modf(x)[0], 1.0, scalar=lambda x: math.modf(x)[0])


@implements(np.divmod)
def divmod(a: Any, b: Any) -> tuple[Any, Any]:
    """Whole quotient and remainder."""
    return floor_divide(a, b), remainder(a, b)


@implements(np.modf)
def modf(x: Any) -> tuple[Any, Any]:
    """Fractional and whole part, both with the sign of x."""
    return _fraction(x), trunc(x)


# --- exponents of two -------------------------------------------------------------------------


def _ldexp(x: Any, e: Any) -> Any:
    return x * np.exp2(e) if np.asarray(e).dtype.kind == "f" else np.ldexp(x, e)


ldexp: Primitive = elementwise(
    # numpy takes whole exponents only; the others, and a derivative in them, are PyTorch's.
    "ldexp",
    _ldexp,
    lambda x, e, y: ldexp(1.0, e),
    lambda x, e, y: y * math.log(2),
    scalar=lambda x, e: math.ldexp(x, int(e)) if e.is_integer() else x * 2.0**e,
)
implements(np.ldexp)(ldexp)


@implements(np.frexp)
def frexp(x: Any) -> tuple[Any, Any]:
    """Mantissa, and exponent as plain integers."""
    exponent = np.frexp(x.data)[1]
    return ldexp(x, -exponent), exponent


# --- logarithms of sums -----------------------------------------------------------------------


def _difference(a: Any, b: Any) -> Any:
    """The difference a − b, and 0 for equal infinities."""
    return where((a == b) & (abs(a) == math.inf), 0.0, a - b)


logaddexp = elementwise(
    "logaddexp",
    np.logaddexp,
    lambda a, b, y: sigmoid(_difference(a, b)),
    lambda a, b, y: sigmoid(_difference(b, a)),
)
logaddexp2 = elementwise(
    "logaddexp2",
    np.logaddexp2,
    lambda a, b, y: sigmoid(_difference(a, b) * math.log(2)),
    lambda a, b, y: sigmoid(_difference(b, a) * math.log(2)),
)

# --- inverse trigonometric and hyperbolic functions, angles -----------------------------------

arcsin = elementwise("arcsin", np.arcsin, lambda x, y: 1 / sqrt(1 - x * x), scalar=math.asin)
arccos = elementwise("arccos", np.arccos, lambda x, y: -1 / sqrt(1 - x * x), scalar=math.acos)
arcsinh = elementwise("arcsinh", np.arcsinh, lambda x, y: 1 / sqrt(x * x + 1), scalar=math.asinh)
arccosh = elementwise(
    "arccosh", np.arccosh, lambda x, y: 1 / (sqrt(x - 1) * sqrt(x + 1)), scalar=math.acosh
)
arctanh = elementwise("arctanh", np.arctanh, lambda x, y: 1 / (1 - x * x), scalar=math.atanh)
deg2rad = elementwise("deg2rad", np.deg2rad, math.pi / 180, scalar=math.radians)
rad2deg = elementwise("rad2deg", np.rad2deg, 180 / math.pi, scalar=math.degrees)
implements(np.radians)(deg2rad)
implements(np.degrees)(rad2deg)


def _ratio(x: Any, r: Any) -> Any:
    """The quotient x/r, and 0 at r = 0."""
    return where(r == 0, 0.0, x / where(r == 0, 1.0, r))


def _per_square(x: Any, r: Any) -> Any:
    """The quotient x/r² without the square, which may overflow; 0 at r = 0."""
    return _ratio(_ratio(x, r), r)


hypot = elementwise(
    "hypot", np.hypot, lambda a, b, y: _ratio(a, y), lambda a, b, y: _ratio(b, y), scalar=math.hypot
)
arctan2 = elementwise(
    "arctan2",
    np.arctan2,
    lambda a, b, y: _per_square(b, hypot(a, b)),
    lambda a, b, y: -_per_square(a, hypot(a, b)),
    scalar=math.atan2,
)


# --- choices and steps ------------------------------------------------------------------------

# PyTorch's convention: the first operand wins a tie, and a number wins over nan.
fmax = elementwise(
    "fmax",
    np.fmax,
    lambda a, b, y: (a >= b) | (b != b),
    lambda a, b, y: (a < b) | ((a != a) & (b == b)),
)
fmin = elementwise(
    "fmin",
    np.fmin,
    lambda a, b, y: (a <= b) | (b != b),
    lambda a, b, y: (a > b) | ((a != a) & (b == b)),
)
heaviside = elementwise(
    "heaviside", np.heaviside, lambda x, at_0, y: False, lambda x, at_0, y: x == 0
)
nextafter = elementwise(
    "nextafter",
    np.nextafter,
    lambda a, b, y: 1.0,
    lambda a, b, y: False,
    scalar=math.nextafter,
)
_nan_to_num = elementwise(
    "nan_to_num",
    lambda x, **replacements: np.nan_to_num(x, **replacements),
    lambda x, y, **replacements: abs(x) < math.inf,
    params=("nan", "posinf", "neginf"),
)
around = elementwise("round", np.around, lambda x, y, decimals=0: False, params=("decimals",))
implements(np.round)(around)
implements(np.fix)(trunc)


@implements(np.nan_to_num)
def nan_to_num(
    x: Any, copy: bool = True, nan: float = 0.0, posinf: Any = None, neginf: Any = None
) -> Any:
    """Numbers in the place of nan and ±inf, through which no gradient passes."""
    if not copy:
        raise TypeError("nan_to_num of a node makes a new node; leave copy=False away.")
    return _nan_to_num(x, nan=nan, posinf=posinf, neginf=neginf)


# --- families: the derivative of one member is the next ---------------------------------------


def _sinc(x: Any, order: int = 0) -> Any:
    """The derivative of any order of sin(πx)/(πx)."""
    if order == 0:
        return np.sinc(x)
    x = np.asarray(x)
    u = x * np.float64(np.pi)
    near = np.abs(u) < order + 2
    f = np.where(
        near,
        _sinc_near(np.where(near, u, 0.0), order),
        _sinc_far(np.where(near, order + 2.0, u), order),
    )
    return (np.pi**order * f).astype(x.dtype)


def _sinc_near(u: Any, order: int) -> Any:
    """The series of sin(u)/u, differentiated term by term: exact also at 0."""
    total = np.zeros_like(u)
    for n in range(order % 2, 30 + 4 * order, 2):
        k = (n + order) // 2
        total += (-1) ** k * u**n / ((2 * k + 1) * math.factorial(n))
    return total


def _sinc_far(u: Any, order: int) -> Any:
    """From u·f = sin(u): u·f⁽ⁿ⁾ + n·f⁽ⁿ⁻¹⁾ = sin⁽ⁿ⁾(u), which is stable upwards for n < |u|."""
    sine = (np.sin(u), np.cos(u), -np.sin(u), -np.cos(u))
    f = sine[0] / u
    for n in range(1, order + 1):
        f = (sine[n % 4] - n * f) / u
    return f


sinc: Primitive = elementwise(
    "sinc", _sinc, lambda x, y, order=0: sinc(x, order=order + 1), params=("order",)
)
implements(np.sinc)(sinc)


def _i0(x: Any, order: int = 0) -> Any:
    """The derivative of any order of the Bessel function I₀.

    I₀(x) is the mean of exp(x cos θ) over a circle. The midpoint rule is exact for periodic
    functions up to their 256th harmonic, which e^700 cos θ does not reach in double precision;
    by symmetry a quarter of the circle is enough, and there all terms have one sign.
    """
    x = np.asarray(x)
    if order == 0:
        return np.i0(x).astype(x.dtype)
    cosine = np.cos((np.arange(64) + 0.5) * (np.pi / 128))
    part = np.sinh if order % 2 else np.cosh
    return (cosine**order * part(x[..., None] * cosine)).mean(axis=-1).astype(x.dtype)


i0: Primitive = elementwise(
    "i0", _i0, lambda x, y, order=0: i0(x, order=order + 1), params=("order",)
)
implements(np.i0)(i0)

# --- without a gradient -----------------------------------------------------------------------

without_gradient(
    np.isposinf, np.isneginf, np.isreal, np.iscomplex, np.isrealobj, np.iscomplexobj,
    np.array_equiv, np.spacing,
)  # fmt: skip

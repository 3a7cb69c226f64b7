"""Derivatives of elementwise arithmetic and of the elementary functions.

In every rule the letters before the last are the arguments, the last one is the result:
``lambda x, y: …`` is dy/dx of y = f(x). Rules see floats, arrays or nodes alike.
"""

from __future__ import annotations

import math
import operator
from typing import Any

import numpy as np

from autograd.primitives import Primitive, elementwise, implements, primitive, without_gradient

_REAL = np.dtype(float)

# --- arithmetic -----------------------------------------------------------------------------

add = elementwise("add", np.add, 1.0, 1.0, scalar=operator.add)
subtract = elementwise("subtract", np.subtract, 1.0, -1.0, scalar=operator.sub)
multiply = elementwise(
    "multiply", np.multiply, lambda a, b, y: b, lambda a, b, y: a, scalar=operator.mul
)
divide = elementwise(
    "divide", np.divide, lambda a, b, y: 1 / b, lambda a, b, y: -y / b, scalar=operator.truediv
)
negative = elementwise("negative", np.negative, -1.0, scalar=operator.neg)
positive = elementwise("positive", np.positive, 1.0, scalar=operator.pos)
_sign: Primitive = elementwise(
    "sign", np.sign, lambda x, y: False, scalar=lambda x: float((x > 0) - (x < 0)) if x == x else x
)


@implements(np.sign)
def sign(x: Any) -> Any:
    """−1, 0 or 1, without a gradient; of a complex number z/|z|, which has one."""
    if getattr(x, "dtype", _REAL).kind != "c":
        return _sign(x)
    size = absolute(x)
    return x / where(size == 0, 1.0, size)


absolute: Primitive = elementwise("abs", np.absolute, lambda x, y: conj(sign(x)), scalar=abs)


def _power_base(a: Any, b: Any, y: Any) -> Any:
    """b·a^(b−1), and 0 where b = 0, whatever a is."""
    constant = b == 0
    return b * power(where(constant, 1.0, a), where(constant, 1.0, b - 1))


def _power_exponent(a: Any, b: Any, y: Any) -> Any:
    """a^b·ln a, and 0 for 0^b with b ≥ 0, PyTorch's convention; nan for negative a."""
    flat = (a == 0) & (b >= 0)
    return where(flat, 0.0, y) * log(where(flat, 1.0, a))


power = elementwise("power", np.power, _power_base, _power_exponent, scalar=math.pow)

# --- exponentials and logarithms --------------------------------------------------------------

exp = elementwise("exp", np.exp, lambda x, y: y, scalar=math.exp)
exp2 = elementwise("exp2", np.exp2, lambda x, y: y * math.log(2), scalar=math.exp2)
expm1 = elementwise("expm1", np.expm1, lambda x, y: y + 1, scalar=math.expm1)
log = elementwise("log", np.log, lambda x, y: 1 / x, scalar=math.log)
log2 = elementwise("log2", np.log2, lambda x, y: 1 / (x * math.log(2)), scalar=math.log2)
log10 = elementwise("log10", np.log10, lambda x, y: 1 / (x * math.log(10)), scalar=math.log10)
log1p = elementwise("log1p", np.log1p, lambda x, y: 1 / (1 + x), scalar=math.log1p)
sqrt = elementwise("sqrt", np.sqrt, lambda x, y: 0.5 / y, scalar=math.sqrt)
square = elementwise("square", np.square, lambda x, y: 2 * x, scalar=lambda x: x * x)
reciprocal = elementwise("reciprocal", np.reciprocal, lambda x, y: -y * y, scalar=lambda x: 1 / x)

# --- trigonometric and hyperbolic -------------------------------------------------------------

sin = elementwise("sin", np.sin, lambda x, y: cos(x), scalar=math.sin)
cos: Primitive = elementwise("cos", np.cos, lambda x, y: -sin(x), scalar=math.cos)
tan = elementwise("tan", np.tan, lambda x, y: 1 + y * y, scalar=math.tan)
sinh = elementwise("sinh", np.sinh, lambda x, y: cosh(x), scalar=math.sinh)
cosh: Primitive = elementwise("cosh", np.cosh, lambda x, y: sinh(x), scalar=math.cosh)
tanh = elementwise("tanh", np.tanh, lambda x, y: 1 - y * y, scalar=math.tanh)
arctan = elementwise("arctan", np.arctan, lambda x, y: 1 / (1 + x * x), scalar=math.atan)

# --- choices ----------------------------------------------------------------------------------


def _share(loses: Any, ties: Any) -> Any:
    """0 where an argument loses, ½ where both are equal, else 1: also where one is nan."""
    return 1.0 - loses - 0.5 * ties


maximum = elementwise(
    "maximum",
    np.maximum,
    lambda a, b, y: _share(a < b, a == b),
    lambda a, b, y: _share(b < a, a == b),
)
minimum = elementwise(
    "minimum",
    np.minimum,
    lambda a, b, y: _share(a > b, a == b),
    lambda a, b, y: _share(b > a, a == b),
)


def is_not(mask: Any) -> Any:
    """The opposite of a condition, of one number or of many."""
    return not mask if mask.__class__ is bool else ~mask


# The condition decides, but nothing flows through it, so it is a parameter and not an operand.
_where = elementwise(
    "where",
    lambda a, b, condition: np.where(condition, a, b),
    lambda a, b, y, condition: condition,
    lambda a, b, y, condition: is_not(condition),
    scalar=lambda a, b, condition: a if condition else b,
    params=("condition",),
)


@implements(np.where)
def where(condition: Any, *branches: Any) -> Any:
    """The first branch where the condition holds, else the second.

    The branch not taken receives exactly 0. Without branches: where the condition holds, as
    `np.nonzero` says.
    """
    condition = getattr(condition, "_raw", condition)
    if len(branches) != 2:
        return np.where(condition, *branches)
    a, b = branches
    if condition.__class__ is not bool:
        condition = np.asarray(condition, dtype=bool)
    return _where(a, b, condition=condition)


def _inside(x: Any, a_min: Any, a_max: Any) -> Any:
    below = True if a_min is None else x >= a_min
    above = True if a_max is None else x <= a_max
    return below & above


_clip = elementwise(
    "clip",
    lambda x, a_min, a_max: np.clip(x, a_min, a_max),
    lambda x, y, a_min, a_max: _inside(x, a_min, a_max),
    params=("a_min", "a_max"),
)


@implements(np.clip)
def clip(a: Any, a_min: Any = None, a_max: Any = None, *, min: Any = None, max: Any = None) -> Any:
    """Limit to an interval; the gradient passes inside it and at its bounds."""
    bounds = {
        "a_min": min if a_min is None else a_min,
        "a_max": max if a_max is None else a_max,
    }
    for name, bound in bounds.items():
        if getattr(bound, "requires_grad", False):
            raise TypeError(
                f"clip has no derivative with respect to its bounds, but {name} needs a gradient; "
                "use np.maximum and np.minimum, or pass its .data."
            )
        bounds[name] = getattr(bound, "_raw", bound)
    return _clip(a, **bounds)


# --- complex numbers --------------------------------------------------------------------------

# These are no functions of z alone in the sense of complex analysis, so they state what arrives.
conjugate: Primitive = primitive(
    "conjugate", np.conjugate, lambda g, x, y: conjugate(g), composite=lambda x: x, linear=True
)


def conj(x: Any) -> Any:
    """Complex conjugate; what is real is returned as it is, without a node of its own."""
    return conjugate(x) if getattr(x, "dtype", _REAL).kind == "c" else x


real = primitive("real", np.real, lambda g, x, y: g, composite=lambda x: x, linear=True)
imag = primitive("imag", np.imag, lambda g, x, y: 1j * g, composite=lambda x: 0.0 * x, linear=True)

# --- type -------------------------------------------------------------------------------------

astype = elementwise("astype", lambda x, dtype: np.asarray(x).astype(dtype), 1.0, params=("dtype",))

# --- without a gradient -------------------------------------------------------------------------

floor = elementwise("floor", np.floor, lambda x, y: False)
ceil = elementwise("ceil", np.ceil, lambda x, y: False)
rint = elementwise("rint", np.rint, lambda x, y: False)
trunc = elementwise("trunc", np.trunc, lambda x, y: False)

without_gradient(
    np.equal, np.not_equal, np.less, np.less_equal, np.greater, np.greater_equal,
    np.isnan, np.isinf, np.isfinite, np.signbit, np.logical_and, np.logical_or,
    np.logical_xor, np.logical_not, np.isclose, np.allclose, np.array_equal,
)  # fmt: skip

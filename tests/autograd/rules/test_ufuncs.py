"""Tests of numpy's other elementwise functions; the table's own laws are in test_table."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograd import Tensor, Value, ValueArray, grad, jvp, vjp
from autograd.primitives import NUMPY_FUNCTIONS, TABLE
from autograd.rules import ufuncs
from tests.autograd.rules.ufunc_cases import CASES

INF, NAN = math.inf, math.nan
CARRIERS = [Value, Tensor, lambda x: ValueArray([x])]
CARRIER_NAMES = ["Value", "Tensor", "ValueArray"]

#: For whole numbers, dates, or products of vectors.
NOT_ELEMENTWISE_ON_REALS = {
    "bitwise_and", "bitwise_count", "bitwise_or", "bitwise_xor", "gcd", "invert", "isnat", "lcm",
    "left_shift", "right_shift", "matmul", "matvec", "vecdot", "vecmat",
}  # fmt: skip
UFUNCS = {f.__name__: f for f in vars(np).values() if isinstance(f, np.ufunc)}


def number(x):
    return float(np.asarray(x).item())


def gradients(f, *args, carrier=Tensor, upstream=None):
    """The gradients of a scalar function; 0 where nothing arrives."""
    nodes = [carrier(arg) for arg in args]
    f(*nodes).backward(upstream)
    return [0.0 if node.grad is None else number(node.grad) for node in nodes]


@pytest.mark.parametrize("name", sorted(UFUNCS.keys() - NOT_ELEMENTWISE_ON_REALS))
def test_every_ufunc_has_an_entry(name):
    assert UFUNCS[name] in NUMPY_FUNCTIONS


@pytest.mark.parametrize("name", sorted(CASES))
def test_forward_mode_agrees_with_reverse_mode(name):
    """⟨u, J v⟩ = ⟨Jᵀ u, v⟩."""
    case, rng = CASES[name], np.random.default_rng(1)
    params = case.configs[-1][1] if case.configs else case.params

    def f(*xs):
        return TABLE[name](*xs, **params)

    points = [sampler(rng, (2, 3)) for sampler in case.samplers]
    v = [rng.normal(size=(2, 3)) for _ in points]
    u = rng.normal(size=(2, 3))
    out, forward = jvp(f, points, v)
    out_again, pull = vjp(f, *points)
    np.testing.assert_array_equal(out, out_again)
    backward = sum(np.sum(g * t) for g, t in zip(pull(u), v, strict=True))
    assert np.sum(u * forward) == pytest.approx(backward, rel=1e-12, abs=1e-12)


# --- hard points ------------------------------------------------------------------------------

AT = [
    # function, point, gradient
    (np.cbrt, (0.0,), (INF,)),
    (np.cbrt, (-8.0,), (1 / 12,)),
    (np.fabs, (0.0,), (0,)),
    (np.fabs, (-INF,), (-1,)),
    (np.float_power, (0.0, 0.0), (0, 0)),
    (np.float_power, (-2.0, 3.0), (12, NAN)),
    (np.copysign, (0.0, -1.0), (0, 0)),
    (np.copysign, (2.0, -0.0), (-1, 0)),
    (np.copysign, (INF, -3.0), (-1, 0)),
    (np.remainder, (7.0, 3.0), (1, -2)),
    (np.remainder, (-7.0, 3.0), (1, 3)),
    (np.remainder, (6.0, 3.0), (1, -2)),
    (np.remainder, (-1.0, INF), (1, 1)),
    (np.fmod, (7.0, 3.0), (1, -2)),
    (np.fmod, (-7.0, 3.0), (1, 2)),
    (np.fmod, (1.0, INF), (1, 0)),
    (np.fmod, (np.nextafter(3 * 0.1, 0), 0.1), (1, -2)),  # the quotient rounds up to 3
    (np.floor_divide, (7.0, 2.0), (0, 0)),
    (np.ldexp, (3.0, 4.0), (16, 48 * math.log(2))),
    (np.logaddexp, (1000.0, 1000.0), (0.5, 0.5)),
    (np.logaddexp, (1000.0, -1000.0), (1, 0)),
    (np.logaddexp, (INF, 1.0), (1, 0)),
    (np.logaddexp, (-INF, 1.0), (0, 1)),
    (np.logaddexp, (-INF, -INF), (0.5, 0.5)),
    (np.logaddexp2, (INF, INF), (0.5, 0.5)),
    (np.logaddexp2, (3.0, 3.0), (0.5, 0.5)),
    (np.arcsin, (1.0,), (INF,)),
    (np.arccos, (-1.0,), (-INF,)),
    (np.arccosh, (1.0,), (INF,)),
    (np.arctanh, (1.0,), (INF,)),
    (np.hypot, (0.0, 0.0), (0, 0)),
    (np.hypot, (3e200, 4e200), (0.6, 0.8)),
    (np.arctan2, (0.0, 0.0), (0, 0)),
    (np.arctan2, (0.0, -1.0), (-1, 0)),
    (np.arctan2, (3e200, 4e200), (1.6e-201, -1.2e-201)),
    (np.fmax, (1.0, 1.0), (1, 0)),
    (np.fmin, (1.0, 1.0), (1, 0)),
    (np.fmax, (NAN, 1.0), (0, 1)),
    (np.fmin, (1.0, NAN), (1, 0)),
    (np.fmax, (NAN, NAN), (1, 0)),
    (np.heaviside, (0.0, 0.5), (0, 1)),
    (np.heaviside, (2.0, 0.5), (0, 0)),
    (np.nextafter, (1.0, 2.0), (1, 0)),
    (np.nan_to_num, (NAN,), (0,)),
    (np.nan_to_num, (-INF,), (0,)),
    (np.nan_to_num, (3.0,), (1,)),
    (np.sinc, (0.0,), (0,)),
    (np.i0, (0.0,), (0,)),
    (np.round, (0.5,), (0,)),
    (np.fix, (-1.0,), (0,)),
    (np.radians, (90.0,), (math.pi / 180,)),
    (np.degrees, (1.0,), (180 / math.pi,)),
]


@pytest.mark.parametrize("carrier", CARRIERS, ids=CARRIER_NAMES)
@pytest.mark.parametrize(("f", "point", "expected"), AT, ids=lambda x: getattr(x, "__name__", None))
def test_hard_points(carrier, f, point, expected):
    with np.errstate(all="ignore"):
        found = gradients(f, *point, carrier=carrier)
    np.testing.assert_allclose(found, expected, rtol=1e-13, atol=0)


@pytest.mark.parametrize("f", [np.fmax, np.fmin, np.copysign, np.heaviside])
def test_a_closed_gate_blocks_an_infinity(f):
    """Whoever loses, or decides only, receives exactly 0, whatever arrives."""
    first, second = gradients(f, 1.0, 2.0, upstream=INF)
    assert (first == 0) == (f in (np.fmax, np.heaviside))
    assert (second == 0) == (f is not np.fmax)


# --- functions with several results -------------------------------------------------------------


@pytest.mark.parametrize("carrier", [Value, Tensor])
@pytest.mark.parametrize("x", [-7.25, 0.0, 7.25, INF])
def test_modf(carrier, x):
    node = carrier(x)
    fraction, whole = np.modf(node)
    assert (number(fraction.data), number(whole.data)) == np.modf(x)
    (3 * fraction + whole).backward()
    assert number(node.grad) == 3


@pytest.mark.parametrize("carrier", [Value, Tensor])
def test_divmod(carrier):
    a, b = carrier(-7.0), carrier(3.0)
    quotient, rest = np.divmod(a, b)
    assert (number(quotient.data), number(rest.data)) == (-3, 2)
    (quotient + rest).backward()
    assert (number(a.grad), number(b.grad)) == (1, 3)


@pytest.mark.parametrize("carrier", [Value, Tensor])
@pytest.mark.parametrize("x", [-12.0, 0.75, 5e-324, 1e300])
def test_frexp(carrier, x):
    node = carrier(x)
    mantissa, exponent = np.frexp(node)
    assert (number(mantissa.data), exponent) == np.frexp(x)
    mantissa.backward()
    with np.errstate(over="ignore"):
        assert number(node.grad) == np.ldexp(1.0, -exponent)


def test_ldexp_with_whole_exponents_stays_in_single_precision():
    x = Tensor(np.array([1.0, 3.0], np.float32))
    y = np.ldexp(x, np.array([2, 20], np.int8))
    y.sum().backward()
    assert (y.dtype, x.grad.dtype) == (np.float32, np.float32)
    np.testing.assert_array_equal(y.data, [4.0, 3.0 * 2**20])
    np.testing.assert_array_equal(x.grad, [4.0, 2.0**20])


# --- parameters and refusals --------------------------------------------------------------------


def test_nan_to_num_takes_its_replacements():
    x = Tensor([NAN, INF, -INF, 2.0])
    y = np.nan_to_num(x, nan=1.0, posinf=5.0, neginf=-5.0)
    np.testing.assert_array_equal(y.data, [1.0, 5.0, -5.0, 2.0])
    y.sum().backward()
    np.testing.assert_array_equal(x.grad, [0, 0, 0, 1])


def test_nan_to_num_in_place_is_refused():
    with pytest.raises(TypeError, match="copy=False"):
        np.nan_to_num(Tensor([1.0]), copy=False)


@pytest.mark.parametrize("f", [np.round, np.around])
def test_round_takes_decimals(f):
    x = Tensor([1.25, 123.456])
    for y in (f(x, 1), f(x, decimals=1)):
        np.testing.assert_array_equal(y.data, [1.2, 123.5])
        assert y.requires_grad
        y.sum().backward()
    np.testing.assert_array_equal(x.grad, [0, 0])


def test_float_power_of_single_precision_is_double_and_its_gradient_single():
    x = Tensor(np.array([2.0], np.float32))
    y = np.float_power(x, 3)
    y.sum().backward()
    assert (y.dtype, x.grad.dtype) == (np.float64, np.float32)
    np.testing.assert_array_equal(x.grad, [12.0])


@pytest.mark.parametrize("f", [np.isposinf, np.isneginf, np.isreal, np.iscomplex])
def test_questions_give_plain_answers(f):
    data = np.array([INF, -INF, 1.0])
    answer = f(Tensor(data))
    assert type(answer) is np.ndarray
    np.testing.assert_array_equal(answer, f(data))


# --- functions whose derivatives form a family --------------------------------------------------


def all_derivatives(f, x, orders):
    found = []
    for _ in range(orders):
        f = grad(f)
        found.append(f(x))
    return found


def test_sinc_has_its_taylor_coefficients_at_0():
    expected = [0 if n % 2 else (-1) ** (n // 2) * np.pi**n / (n + 1) for n in range(1, 7)]
    np.testing.assert_allclose(all_derivatives(np.sinc, 0.0, 6), expected, rtol=1e-14)


def test_i0_has_its_taylor_coefficients_at_0():
    expected = [0 if n % 2 else math.comb(n, n // 2) / 2**n for n in range(1, 7)]
    np.testing.assert_allclose(all_derivatives(np.i0, 0.0, 6), expected, rtol=1e-14)


@settings(derandomize=True, deadline=None, max_examples=200)
@given(st.floats(-60, 60), st.integers(1, 8))
def test_sinc_satisfies_its_differential_equation(x, n):
    """u·f⁽ⁿ⁾ + n·f⁽ⁿ⁻¹⁾ = sin⁽ⁿ⁾(u), where u = πx and f = sin(u)/u."""
    higher, lower = (float(ufuncs.sinc(x, order=k)) / np.pi**k for k in (n, n - 1))
    u = np.pi * x
    assert u * higher + n * lower == pytest.approx(np.sin(u + n * np.pi / 2), rel=0, abs=2e-13)


@settings(derandomize=True, deadline=None, max_examples=200)
@given(st.floats(-700, 700), st.integers(2, 8))
def test_i0_satisfies_its_differential_equation(x, n):
    """x·f″ + f′ = x·f, differentiated n − 2 times."""
    f = [float(ufuncs.i0(x, order=k)) if k >= 0 else 0.0 for k in range(n - 3, n + 1)]
    left = x * f[3] + (n - 1) * f[2]
    right = x * f[1] + (n - 2) * f[0]
    assert left == pytest.approx(right, rel=1e-12)

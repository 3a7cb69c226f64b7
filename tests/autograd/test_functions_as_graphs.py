"""Functions whose graphs, operands or arrays have tried other engines.

Each is checked by the laws of `derivative_laws`: against differences in first and second order,
forward against reverse mode, and on every carrier.
"""

import operator
from itertools import product

import numpy as np
import pytest

from autograd import Tensor, Value, grad, hessian, value_and_grad
from tests.autograd.rules.derivative_laws import check_derivatives, differences

_RNG = np.random.default_rng(11)
VECTOR = _RNG.normal(size=5)
MATRIX = _RNG.normal(size=(3, 4))
STACK = _RNG.normal(size=(5, 6, 4))


def fanned_out(x, y):
    return np.sin(np.sin(x) + np.sin(y))


# --- shapes of graphs ---------------------------------------------------------------------------


@pytest.mark.parametrize("x", [0.4, -1.3, 2.2])
def test_fan_out(x):
    check_derivatives(lambda x: fanned_out(x, x), np.array(x))
    check_derivatives(grad(lambda x: fanned_out(x, x)), np.array(x), scalars=False)


@pytest.mark.parametrize("order", list(product([0, 1], repeat=3)))
def test_third_derivatives_in_any_order_of_the_arguments(order):
    def derivative(f, arguments):
        for argument in arguments:
            f = grad(f, argument)
        return f

    found = derivative(fanned_out, order)(0.3, -0.8)
    expected = differences(derivative(fanned_out, order[:2]), [np.array(0.3), np.array(-0.8)])
    assert found == pytest.approx(float(expected[order[2]]), rel=1e-6)
    assert found == pytest.approx(derivative(fanned_out, sorted(order))(0.3, -0.8), rel=1e-12)


def test_derivatives_of_the_identity_and_of_a_constant():
    assert grad(lambda x: x)(2.0) == 1.0
    assert grad(grad(lambda x: x))(2.0) == 0.0
    assert grad(lambda x: 1.0)(2.0) == 0.0
    assert grad(grad(lambda x: 1.0))(2.0) == 0.0
    assert grad(grad(lambda x: 3.0 * x))(2.0) == 0.0
    np.testing.assert_array_equal(hessian(lambda x: x[0])(VECTOR), np.zeros((5, 5)))
    np.testing.assert_array_equal(grad(lambda x: np.sum(MATRIX))(VECTOR), np.zeros(5))


def test_an_outer_variable_inside_an_inner_derivative():
    for inner in (lambda x, y: x * y, lambda x, y: y * x):
        assert grad(lambda x, f=inner: x * grad(lambda y: f(x, y))(2.0))(5.0) == 10.0
    check_derivatives(
        lambda x: x * grad(lambda y: np.sin(x * y) * y)(2.0), np.array(0.7), scalars=False
    )


def test_a_function_of_a_hessian_times_a_vector():
    weights = _RNG.normal(size=5)

    def slope(x, v):
        return np.sin(np.dot(v, grad(lambda x: np.sin(np.dot(x, weights)))(x)))

    check_derivatives(slope, VECTOR, _RNG.normal(size=5), scalars=False)


@pytest.mark.parametrize(
    "f",
    [
        lambda a, b: (a + b) + (b + 1.5),
        lambda a, b: (a + b) + (b[0] + 1.5),
        lambda a, b: (a + b) + b[::-1] + b[[0, 0, 1, 2, 3]],
        lambda a, b: np.reshape(b, (5, 1))[:, 0] + a + b,
        lambda a, b: np.concatenate([a + b, b]) + np.concatenate([b, b]),
    ],
)
def test_a_gradient_that_is_handed_on_twice_is_not_changed_in_between(f):
    """Additions and views hand the very array on that they received."""
    check_derivatives(lambda a: f(a, a + 1.0), VECTOR)
    check_derivatives(lambda a: np.sin(f(a, a * 1.0)), VECTOR)


def test_the_same_with_complex_numbers_in_between():
    def f(a):
        b = a + 1.0j
        return np.sum(np.sin(np.real((a + b) + (b[0] + 1.5))))

    check_derivatives(f, VECTOR, scalars=False)


def test_real_and_imaginary_part_apart():
    def f(z):
        return np.sum(np.sin(np.abs(np.real(z)) ** 1.4 + np.abs(np.imag(z)) ** 1.3))

    check_derivatives(f, _RNG.uniform(0.5, 1.5, (5, 3)) + 1j * _RNG.uniform(0.5, 1.5, (5, 3)))


@pytest.mark.parametrize(
    ("shape", "options"),
    [
        ((3, 3), {"keepdims": True}),
        ((3, 1), {"axis": 0}),
        ((1, 3), {"axis": 1}),
        ((3, 1), {"axis": 0, "keepdims": True}),
        ((1, 3), {"axis": 1, "keepdims": True}),
    ],
)
def test_a_result_of_one_element_with_axes(shape, options):
    x = _RNG.normal(size=shape)
    check_derivatives(lambda x: np.sum(np.sin(x), **options), x)
    f = grad(lambda x: np.sum(np.sin(x), **options).reshape(()))
    check_derivatives(lambda x: np.sum(f(x)), x, scalars=False)


# --- binary operators ---------------------------------------------------------------------------

OPERANDS = [np.array(2.0), _RNG.normal(size=4), MATRIX, _RNG.normal(size=(1, 4))]
PAIRS = list(product(range(len(OPERANDS)), repeat=2))
ids = [f"{OPERANDS[i].shape}{OPERANDS[j].shape}" for i, j in PAIRS]
pairs = pytest.mark.parametrize(("i", "j"), PAIRS, ids=ids)


def off_zero(x):
    return np.sqrt(x * x + 0.5)


@pairs
@pytest.mark.parametrize(
    "f",
    [
        operator.add,
        operator.sub,
        operator.mul,
        lambda x, y: x / off_zero(y),
        lambda x, y: (off_zero(x) + 0.37) % off_zero(y),
        lambda x, y: (np.abs(x) + 1.1) ** y,
        lambda x, y: np.arctan2(off_zero(x), y),
        lambda x, y: np.hypot(off_zero(x), y),
    ],
    ids=["add", "sub", "mul", "div", "mod", "pow", "arctan2", "hypot"],
)
def test_operands_of_every_two_shapes(f, i, j):
    check_derivatives(f, OPERANDS[i], OPERANDS[j])


@pairs
@pytest.mark.parametrize("name", ["lt", "le", "gt", "ge", "eq", "ne"])
def test_comparisons_have_values_and_no_gradient(name, i, j):
    compare, x, y = getattr(operator, name), OPERANDS[i], OPERANDS[j]

    def f(x, y):
        return np.sum(compare(x, y)) + 0.0

    value, gradients = value_and_grad(f, (0, 1))(x, y)
    assert value == f(x, y)
    for gradient, operand in zip(gradients, (x, y), strict=True):
        np.testing.assert_array_equal(gradient, np.zeros_like(operand))


# --- programs of arrays -------------------------------------------------------------------------

ARRAY_PROGRAMS = {
    "python's sum": (lambda x, y: sum([x, y]), MATRIX, MATRIX + 1.0),
    "int, slice, list": (lambda x: x[3, 2:, [1, 3]], STACK),
    "overlapping slices": (lambda x: x[::-1, 2:4, :] + x[::-1, 3:5, :], STACK),
    "slice of a slice": (lambda x: x[1:4][1:3], VECTOR),
    "parts of one vector": (lambda x: np.dot(x[:2], x[2:4]), VECTOR),
    "an index twice": (lambda x: x[[0, 1, 0]] * x[[0, 0, 0]], VECTOR),
    "positional axis": (lambda x, y: np.concatenate((x, y, x), 1), STACK[:2], STACK[2:4]),
    "positional axes": (lambda x: np.tensordot(x, np.sin(x), 2), MATRIX),
    "trace of a stack": (lambda x: np.trace(x, offset=2), STACK),
    "trace below": (lambda x: np.trace(x, offset=-3), STACK[..., 0]),
    "a vector on a diagonal": (lambda x: np.diag(np.sin(x), -1) @ np.diag(x, 1), VECTOR),
    "numbers become an array": (lambda x: np.stack([x, x * 1.0, x + 2.5]), np.array(3.0)),
    "and a matrix, twice": (
        lambda x: 2 * np.stack([np.stack([x, x + 2.5]), np.stack([x**2, x / 2])]) * x[0],
        VECTOR[:1],
    ),
    "arrays become a stack": (lambda x: np.stack([2 * x, x + 1, x, x]), MATRIX),
    "infinities replaced": (
        lambda x: np.sin(
            np.nan_to_num(x + np.float32([0, np.nan, np.inf, -np.inf]), posinf=2.0, neginf=3.0)
        ),
        VECTOR[:4],
    ),
    "append a number": (lambda x, y: np.append(x, y), VECTOR, np.array(4.0)),
    "append a row": (lambda x, y: np.append(x, y, axis=0), MATRIX, OPERANDS[3]),
    "equal values": (lambda x: np.max(np.stack([x, x])), np.array(1.0)),
    "equal arrays": (lambda x: np.maximum(x, x) + np.minimum(x, x), MATRIX),
    "ends of a line": (lambda x, y: np.linspace(x, y, 5), np.array(1.2), np.array(-3.4)),
}


@pytest.mark.parametrize("name", ARRAY_PROGRAMS)
def test_array_programs(name):
    f, *arrays = ARRAY_PROGRAMS[name]
    check_derivatives(f, *arrays)


@pytest.mark.parametrize("x", [np.array([1.0]), np.array([-1.0])])
def test_ties_between_a_variable_and_itself(x):
    """Shares of a tie add up to the whole, however many of the equal elements are variable."""

    def table(x, rows):
        return np.concatenate(
            [np.concatenate([x if cell else 0 * x + 0.5 for cell in row])[None] for row in rows]
        )

    rows = [[1, 1, 1], [1, 0, 0], [0, 0, 0], [1, 1, 0]]
    for axis in (None, 0, 1):
        for f in (np.min, np.max):
            check_derivatives(lambda x, f=f, a=axis: f(table(x, rows), axis=a), x)
    check_derivatives(lambda x: np.maximum(table(x, rows)[0], table(x, rows)), x)


@pytest.mark.parametrize("f", [np.var, np.std], ids=["var", "std"])
@pytest.mark.parametrize("ddof", [0, 1, 2])
@pytest.mark.parametrize("keepdims", [False, True])
def test_spread(f, ddof, keepdims):
    options = {"ddof": ddof, "keepdims": keepdims}
    check_derivatives(lambda x: f(x, **options), VECTOR[:3])
    check_derivatives(lambda x: f(x, axis=1, **options), MATRIX)


def test_a_tensor_without_axes_has_the_attributes_of_an_array():
    x = Tensor(3.0)
    assert (x.shape, x.ndim, x.size, x.dtype) == ((), 0, 1, np.float64)
    assert grad(lambda x: x**2)(3.0) == 6.0


@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.array([x, x * 1.0]),
        lambda x: np.mean([x, x + 2]),
        lambda x: np.r_[x, 1.0],
        lambda x: np.c_[x, x],
        lambda x: np.int64(np.stack([x, x])),
    ],
)
@pytest.mark.parametrize("carrier", [Value, Tensor])
def test_what_numpy_asks_no_operand_about_is_refused(f, carrier):
    """numpy offers no way to take part in these; detaching in silence would be worse."""
    with pytest.raises(TypeError, match=r"\.data.*np\.stack|np\.stack.*ValueArray"):
        f(carrier(1.0))

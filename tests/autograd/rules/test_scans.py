"""Products and scans: zeros in every order of derivative, every ufunc, empty and 0-d arrays."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from autograd import Tensor, Value, ValueArray, grad, hessian
from autograd.primitives import TABLE
from tests.autograd.rules.derivative_laws import check_derivatives

law = settings(derandomize=True, deadline=None, max_examples=30)
#: Zeros are frequent among them.
factors = arrays(float, array_shapes(max_dims=3, max_side=4), elements=st.integers(-2, 2))


@given(factors, st.data())
@law
def test_prod(x, data):
    axes = st.sets(st.integers(-x.ndim, x.ndim - 1)).filter(
        lambda chosen: len({axis % x.ndim for axis in chosen}) == len(chosen)
    )
    axis = data.draw(st.none() | st.integers(-x.ndim, x.ndim - 1) | axes.map(tuple))
    keepdims = data.draw(st.booleans())
    check_derivatives(lambda x: np.prod(x, axis=axis, keepdims=keepdims), x)


@pytest.mark.parametrize("carrier", [Tensor, ValueArray])
@pytest.mark.parametrize(
    ("numbers", "slopes"),
    [
        ([2.0, 3.0, 4.0], [12.0, 8.0, 6.0]),
        ([2.0, 0.0, 4.0], [0.0, 8.0, 0.0]),
        ([0.0, 3.0, 0.0], [0.0, 0.0, 0.0]),
    ],
)
def test_the_gradient_of_a_product_is_the_product_of_the_others(carrier, numbers, slopes):
    x = carrier(numbers)
    np.prod(x).backward()
    np.testing.assert_array_equal(x.grad, slopes)


def test_second_derivative_of_a_product_with_two_zeros():
    np.testing.assert_array_equal(
        hessian(np.prod)(np.array([0.0, 3.0, 0.0])), [[0, 0, 3], [0, 0, 0], [3, 0, 0]]
    )


def test_third_derivative_of_a_product_with_three_zeros():
    x = np.array([0.0, 5.0, 0.0, 0.0])
    third = grad(lambda x: hessian(np.prod)(x)[0, 2])(x)
    np.testing.assert_array_equal(third, [0, 0, 0, 5])


def test_products_of_large_and_small_numbers():
    x = Tensor([1e200, 1e-200, 1e200, 1e-200])
    np.prod(x).backward()
    np.testing.assert_allclose(x.grad, [1e-200, 1e200, 1e-200, 1e200])


def test_product_of_a_value_and_of_nothing():
    v = Value(3.0)
    np.prod(v).backward()
    assert v.grad == 1.0
    for carrier in (Tensor, ValueArray):
        assert float(np.prod(carrier(np.zeros((0, 2)))).data) == 1.0
    x = Tensor(np.zeros((2, 0)))
    np.prod(x, axis=1).sum().backward()
    assert x.grad.shape == (2, 0)


@pytest.mark.parametrize("f", [np.cumsum, np.cumprod], ids=lambda f: f.__name__)
@given(factors, st.data())
@law
def test_running_sums_and_products(f, x, data):
    axis = data.draw(st.none() | st.integers(-x.ndim, x.ndim - 1))
    check_derivatives(lambda x: f(x, axis=axis), x)


SCANNED = [np.add, np.multiply, np.maximum, np.minimum, np.logaddexp]


@pytest.mark.parametrize("ufunc", SCANNED, ids=lambda f: f.__name__)
@pytest.mark.parametrize("axis", [0, 1, -1])
def test_accumulate(ufunc, axis):
    rng = np.random.default_rng(1)
    x = rng.permutation(12).reshape(3, 4) / 5 - 1.0
    check_derivatives(lambda x: ufunc.accumulate(x, axis=axis), x)
    check_derivatives(lambda x: ufunc.accumulate(x), x[:, 0])


@pytest.mark.parametrize("ufunc", SCANNED, ids=lambda f: f.__name__)
@pytest.mark.parametrize("carrier", [Tensor, ValueArray])
def test_an_accumulation_is_a_chain_of_the_operation(ufunc, carrier):
    """Ties included: each maximum of two equal numbers gives each a half."""
    x = np.array([1.0, 1.0, 0.5, 1.0])
    weights = np.array([1.0, 2.0, 3.0, 4.0])
    scanned, chained = carrier(x), carrier(x)
    np.sum(ufunc.accumulate(scanned) * weights).backward()
    elements = [chained[i : i + 1] for i in range(4)]
    np.sum(np.concatenate(list(itertools.accumulate(elements, ufunc))) * weights).backward()
    np.testing.assert_allclose(scanned.grad, chained.grad, rtol=1e-14)


@pytest.mark.parametrize("ufunc", SCANNED, ids=lambda f: f.__name__)
@pytest.mark.parametrize("shape", [(0,), (0, 2), (2, 0), (1, 3)])
def test_accumulate_of_little(ufunc, shape):
    x = Tensor(np.ones(shape))
    ufunc.accumulate(x).sum().backward()
    assert x.grad.shape == shape


def test_logaddexp_from_minus_infinity():
    x = Tensor([-np.inf, 0.0, 0.0])
    y = np.logaddexp.accumulate(x)
    np.testing.assert_allclose(y.data, [-np.inf, 0.0, np.log(2)])
    y[1:].sum().backward()
    np.testing.assert_allclose(x.grad, [0.0, 1.5, 0.5])


@pytest.mark.parametrize("n", [15, 16, 17, 18, 31, 32, 33, 64, 65, 1000])
@pytest.mark.parametrize("axis", [0, 1])
def test_a_recurrence_of_any_length_is_what_its_steps_give(n, axis):
    """Of whole numbers, so that every order of the additions gives the same."""
    rng = np.random.default_rng(n)
    a, b = rng.integers(-1, 2, (n - 1, 3)).astype(float), rng.integers(-9, 10, (n, 3)).astype(float)
    y = [b[0]]
    for factor, term in zip(a, b[1:], strict=True):
        y.append(term + factor * y[-1])
    turn = np.transpose if axis else np.asarray
    found = TABLE["linear_recurrence"](turn(a), turn(b), axis=axis)
    np.testing.assert_array_equal(found, turn(y))


@pytest.mark.parametrize("ufunc", SCANNED, ids=lambda f: f.__name__)
def test_long_accumulations(ufunc):
    x = np.random.default_rng(1).permutation(40) / 15 - 1.33
    check_derivatives(ufunc.accumulate, x)
    check_derivatives(lambda x: ufunc.accumulate(x, axis=1), x.reshape(2, 20))


@pytest.mark.parametrize("zeros", [[25], [5, 25], [0, 20, 39]])
def test_long_products_with_zeros(zeros):
    x = np.linspace(0.8, 1.2, 40)
    x[zeros] = 0.0
    check_derivatives(np.cumprod, x)
    check_derivatives(np.prod, x)


@pytest.mark.parametrize("ufunc", [np.maximum, np.minimum], ids=lambda f: f.__name__)
def test_a_long_run_of_ties(ufunc):
    """Each tie halves what goes to those before it."""
    x = Tensor(np.full(40, 2.0))
    ufunc.accumulate(x)[-1].backward()
    np.testing.assert_array_equal(x.grad, 0.5 ** np.r_[39, np.arange(39, 0, -1)])


def test_factors_whose_product_overflows_behind_what_is_read():
    """It would be multiplied by a gradient of 0."""
    x = Tensor(np.r_[1e-300, np.full(399, 10.0)])
    np.cumprod(x)[1].backward()
    np.testing.assert_array_equal(x.grad, np.r_[10.0, 1e-300, np.zeros(398)])


def test_ufunc_reduce():
    x = np.array([[1.0, 2.0], [3.0, 0.5]])
    for options in ({}, {"axis": 1}, {"axis": None}, {"axis": (0, 1), "keepdims": True}):
        check_derivatives(lambda x, o=options: np.multiply.reduce(x, **o), x)
        check_derivatives(lambda x, o=options: np.logaddexp.reduce(x, **o), x)


@pytest.mark.parametrize("f", [np.cumulative_sum, np.cumulative_prod], ids=lambda f: f.__name__)
@pytest.mark.parametrize("include_initial", [False, True])
def test_cumulative(f, include_initial):
    x = np.array([[1.0, 0.0, -2.0], [0.5, 3.0, 2.0]])
    check_derivatives(lambda x: f(x, include_initial=include_initial), x[0])
    for axis in (0, 1, -1):
        check_derivatives(lambda x, a=axis: f(x, axis=a, include_initial=include_initial), x)
    with pytest.raises(ValueError, match=r"shape \(2, 3\) needs axis="):
        f(Tensor(x))


def test_complex():
    x = np.array([1.0 + 2.0j, 0.0, -1.0 + 0.5j])
    check_derivatives(np.prod, x)
    check_derivatives(np.cumprod, x)
    check_derivatives(np.cumsum, x)


def test_what_is_not_taken():
    x = Tensor([1.0, 2.0])
    with pytest.raises(TypeError, match="does not take out="):
        np.cumsum(x, out=np.zeros(2))
    with pytest.raises(TypeError, match="does not take dtype="):
        np.cumprod(x, dtype=np.float32)
    with pytest.raises(TypeError, match=r"subtract\.accumulate has no derivative"):
        np.subtract.accumulate(x)
    with pytest.raises(ValueError, match=r"multiply\.accumulate does not fit .* axis=1"):
        np.multiply.accumulate(x, axis=1)

"""Norms of every order, and where they have no derivative."""

import numpy as np
import pytest

from autograd import Tensor, ValueArray, grad, hessian
from tests.autograd.rules.derivative_laws import check_derivatives

_RNG = np.random.default_rng(3)
#: Different magnitudes, none of them small.
X = _RNG.permutation(12).reshape(2, 3, 2) / 10 + _RNG.uniform(0.6, 0.65, (2, 3, 2))
X *= _RNG.choice([-1.0, 1.0], (2, 3, 2))
OF_VECTORS = [None, 2, 1, 3, 0.5, 1.5, 4, -1, -2.5, np.inf, -np.inf, 0]
OF_MATRICES = [None, "fro", 1, -1, np.inf, -np.inf]
BY_SINGULAR_VALUES = ["nuc", 2, -2]


@pytest.mark.parametrize("ord", OF_VECTORS)
def test_of_vectors(ord):
    check_derivatives(lambda x: np.linalg.norm(x, ord), X[0, 0])
    for axis in (0, 1, -1):
        check_derivatives(lambda x, a=axis: np.linalg.norm(x, ord, axis=a), X)
    check_derivatives(lambda x: np.linalg.norm(x, ord, 1, True), X)


@pytest.mark.parametrize("ord", OF_VECTORS[1:])
@pytest.mark.parametrize("axis", [None, 0, (0, 2), (2, 1, 0)])
@pytest.mark.parametrize("keepdims", [False, True])
def test_of_all_elements(ord, axis, keepdims):
    options = {"ord": ord, "axis": axis, "keepdims": keepdims}
    check_derivatives(lambda x: np.linalg.vector_norm(x, **options), X)


@pytest.mark.parametrize("ord", OF_MATRICES)
@pytest.mark.parametrize("keepdims", [False, True])
def test_of_matrices(ord, keepdims):
    check_derivatives(lambda x: np.linalg.norm(x, ord, keepdims=keepdims), X[0])
    for axis in ((0, 1), (1, 0), (-1, 0)):
        check_derivatives(lambda x, a=axis: np.linalg.norm(x, ord, a, keepdims), X)


@pytest.mark.parametrize("ord", BY_SINGULAR_VALUES)
@pytest.mark.parametrize("keepdims", [False, True])
def test_by_singular_values(ord, keepdims):
    options = {"scalars": False, "rtol": 2e-6}
    check_derivatives(lambda x: np.linalg.norm(x, ord, keepdims=keepdims), X[0], **options)
    check_derivatives(lambda x: np.linalg.norm(x, ord, (2, 0), keepdims), X, **options)


@pytest.mark.parametrize("ord", ["fro", "nuc", 1, -np.inf])
def test_of_the_matrices_in_the_last_axes(ord):
    check_derivatives(lambda x: np.linalg.matrix_norm(x, ord=ord), X, scalars=ord != "nuc")
    check_derivatives(
        lambda x: np.linalg.matrix_norm(x, ord=ord, keepdims=True), X, scalars=ord != "nuc"
    )


def test_without_an_order_all_elements_are_one_vector():
    check_derivatives(np.linalg.norm, X)
    check_derivatives(lambda x: np.linalg.norm(x, keepdims=True), X)
    check_derivatives(np.linalg.norm, np.array(-3.0))
    check_derivatives(np.linalg.vector_norm, np.array(-3.0))


@pytest.mark.parametrize("ord", OF_VECTORS)
@pytest.mark.parametrize("carrier", [Tensor, ValueArray])
@pytest.mark.filterwarnings("ignore:divide by zero:RuntimeWarning")
def test_a_zero_vector_receives_nothing(ord, carrier):
    x = carrier([0.0, 0.0, 0.0])
    y = np.linalg.norm(x, ord)
    assert float(y.data) == 0.0
    y.backward()
    np.testing.assert_array_equal(x.grad, [0.0, 0.0, 0.0])


@pytest.mark.parametrize("ord", [3, 1.5, 0.5, -1])
@pytest.mark.parametrize("carrier", [Tensor, ValueArray])
@pytest.mark.filterwarnings("ignore:divide by zero:RuntimeWarning")
def test_a_zero_among_others_receives_nothing(ord, carrier):
    x = carrier([3.0, 0.0])
    y = np.linalg.norm(x, ord)
    assert float(y.data) == np.linalg.norm([3.0, 0.0], ord)
    y.backward()
    np.testing.assert_allclose(x.grad, [0.0 if ord < 0 else 1.0, 0.0])


def test_the_second_derivative_with_a_zero_among_others():
    """∇²‖x‖ = (1 − x xᵀ/‖x‖²)/‖x‖; for a cubic norm the zero's row is 0."""
    x = np.array([3.0, 0.0, 4.0])
    expected = (np.eye(3) - np.outer(x, x) / 25) / 5
    np.testing.assert_allclose(hessian(np.linalg.norm)(x), expected, atol=1e-15)
    cubic = hessian(lambda x: np.linalg.norm(x, 3))(x)
    np.testing.assert_array_equal(cubic[1], [0.0, 0.0, 0.0])
    assert np.isfinite(cubic).all()


def test_the_largest_share_at_a_tie():
    np.testing.assert_array_equal(
        grad(lambda x: np.linalg.norm(x, np.inf))(np.array([-2.0, 1.0, 2.0])), [-0.5, 0.0, 0.5]
    )


def test_the_largest_of_no_magnitudes_is_zero():
    y = np.linalg.norm(Tensor(np.zeros((2, 0))), np.inf, axis=1)
    np.testing.assert_array_equal(y.data, [0.0, 0.0])


@pytest.mark.parametrize("ord", [None, 1, 3, -1.5, np.inf])
def test_complex_vectors(ord):
    check_derivatives(lambda x: np.linalg.norm(x, ord), np.array([3 + 4j, 1j, -2.0 + 0.5j]))


def test_complex_matrices():
    x = X[0] + 1j * X[1]
    for ord in ("fro", "nuc", 1, 2):
        check_derivatives(lambda x, o=ord: np.linalg.norm(x, o), x, rtol=2e-6)


def test_orders_that_do_not_exist():
    x = Tensor(X)
    with pytest.raises(ValueError, match="a number for its order, but 'fro' was given"):
        np.linalg.norm(x, "fro", axis=1)
    with pytest.raises(ValueError, match=r"'fro', 'nuc', .* but 3 was given"):
        np.linalg.norm(x, 3, axis=(0, 1))
    with pytest.raises(ValueError, match=r"axis=None of an array of shape \(2, 3, 2\) gives 3"):
        np.linalg.norm(x, 1)

"""Spread and correlation: degrees of freedom, equal values, weights."""

import numpy as np
import pytest

from autograd import Tensor, Value, ValueArray, grad
from tests.autograd.rules.derivative_laws import check_derivatives

AXES = [None, 0, 1, -1, (0, 2), (-1, 1), (2,)]
X = np.random.default_rng(3).permutation(12).reshape(2, 3, 2) / 7.0 - 1.0
WEIGHTS = np.array([0.5, 2.0])


@pytest.mark.parametrize("axis", AXES)
@pytest.mark.parametrize("f", [np.var, np.std, np.ptp], ids=lambda f: f.__name__)
def test_spread(f, axis):
    check_derivatives(lambda x: f(x, axis=axis), X)
    check_derivatives(lambda x: f(x, axis=axis, keepdims=True), X)


@pytest.mark.parametrize("f", [np.var, np.std], ids=lambda f: f.__name__)
@pytest.mark.parametrize("options", [{"ddof": 1}, {"correction": 1}, {"ddof": 1.5, "axis": 1}])
def test_degrees_of_freedom(f, options):
    check_derivatives(lambda x: f(x, **options), X)
    check_derivatives(lambda x: f(x, 1, ddof=1), X)


def test_variance_of_three_numbers():
    x = Tensor([1.0, 2.0, 6.0])
    np.var(x).backward()
    np.testing.assert_allclose(x.grad, [-4 / 3, -2 / 3, 2.0])  # 2(x − 3)/3


@pytest.mark.parametrize("carrier", [Tensor, ValueArray])
@pytest.mark.parametrize("f", [np.std, np.var, np.nanstd, np.nanvar], ids=lambda f: f.__name__)
def test_equal_values_receive_nothing(carrier, f):
    x = carrier(np.full((2, 3), 5.0))
    out = f(x, axis=1)
    np.testing.assert_array_equal(out.data, [0.0, 0.0])
    np.sum(out).backward()
    np.testing.assert_array_equal(x.grad, np.zeros((2, 3)))


def test_second_derivative_of_std_of_equal_values_is_finite():
    curvature = grad(lambda x: np.sum(grad(np.std)(x) * np.array([1.0, -1.0])))
    np.testing.assert_array_equal(curvature(np.array([2.0, 2.0])), [0.0, 0.0])


def test_of_a_value():
    v = Value(3.0)
    assert float(np.var(v).data) == 0.0
    assert float(np.ptp(v).data) == 0.0


def test_complex_variance():
    check_derivatives(np.var, np.array([1 + 2j, -1j, 0.5]))
    check_derivatives(lambda x: np.std(x, ddof=1), np.array([1 + 2j, -1j, 0.5]))


def test_ptp_shares_between_ties():
    x = Tensor([1.0, 3.0, 3.0])
    np.ptp(x).backward()
    np.testing.assert_array_equal(x.grad, [-1.0, 0.5, 0.5])


@pytest.mark.parametrize(
    ("axis", "weights"),
    [
        (None, None),
        (1, None),
        (None, np.abs(X) + 0.1),
        ((0, 2), np.abs(X) + 0.1),
        (2, WEIGHTS),
        (-1, WEIGHTS),
        ((2, 1), np.abs(X[0].T) + 0.1),
    ],
)
@pytest.mark.parametrize("keepdims", [False, True])
def test_average(axis, weights, keepdims):
    options = {"axis": axis, "keepdims": keepdims}
    if weights is None:
        check_derivatives(lambda x: np.average(x, **options), X)
        return
    check_derivatives(lambda x, w: np.average(x, weights=w, **options), X, weights)
    found, total = np.average(Tensor(X), weights=weights, returned=True, **options)
    expected = np.average(X, weights=weights, returned=True, **options)
    np.testing.assert_allclose(found.data, expected[0])
    np.testing.assert_allclose(total, expected[1])


def test_average_without_weights_may_return_their_sum():
    _, total = np.average(Tensor(X), axis=1, returned=True)
    np.testing.assert_array_equal(total, np.full((2, 2), 3.0))


def test_weights_that_do_not_fit():
    with pytest.raises(ValueError, match=r"shape \(2,\), but theirs is \(3,\)"):
        np.average(Tensor(X), axis=2, weights=[1, 2, 3])
    with pytest.raises(ZeroDivisionError, match="add up to 0"):
        np.average(Tensor([1.0, 2.0]), weights=[1, -1])


M = np.random.default_rng(5).normal(size=(3, 5))


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"rowvar": False},
        {"bias": True},
        {"ddof": 0},
        {"ddof": 2},
        {"fweights": np.array([1, 2, 3, 1, 2])},
        {"aweights": np.array([0.5, 1.0, 2.0, 0.5, 0.3])},
        {"fweights": np.array([1, 2, 3, 1, 2]), "aweights": np.array([0.5, 1.0, 2.0, 0.5, 0.3])},
        {"aweights": np.array([0.5, 1.0, 2.0, 0.5, 0.3]), "ddof": 0},
    ],
)
def test_cov(options):
    check_derivatives(lambda m: np.cov(m, **options), M, single=False)
    check_derivatives(lambda m, y: np.cov(m, y, **options), M, M[::-1] * 0.7 + 0.1, single=False)


def test_cov_in_the_weights_and_in_one_variable():
    weights = np.array([0.5, 1.0, 2.0, 0.5, 0.3])
    check_derivatives(lambda m, w: np.cov(m, aweights=w), M, weights)
    check_derivatives(np.cov, M[0])
    check_derivatives(lambda x, y: np.cov(x, y), M[0], M[1])


def test_corrcoef():
    check_derivatives(np.corrcoef, M)
    check_derivatives(lambda m: np.corrcoef(m, rowvar=False), M)
    check_derivatives(lambda x, y: np.corrcoef(x, y), M[0], M[1])
    check_derivatives(np.corrcoef, M[0])


def test_complex_correlation():
    m = M[:2, :3] + 1j * M[1:, 2:]
    check_derivatives(np.cov, m)
    check_derivatives(np.corrcoef, m)


@pytest.mark.filterwarnings("ignore:(divide|invalid):RuntimeWarning")
@pytest.mark.filterwarnings("ignore:Degrees of freedom:RuntimeWarning")
def test_without_a_degree_of_freedom():
    for f in (np.var, np.std):
        np.testing.assert_array_equal(f(Tensor([2.0]), ddof=1).data, f(np.array([2.0]), ddof=1))
    assert not np.isfinite(np.cov(Tensor(M), ddof=7).data).any()
    x = Tensor([1.0, 2.0])
    np.var(x, ddof=3).backward()
    assert not np.isfinite(x.grad).any()


def test_a_variance_over_many_elements_is_no_weak_gain():
    """Like a mean, a variance divides by the number of elements; the trace takes it back."""
    x = Tensor(np.random.default_rng(0).normal(size=1000))
    (flow,) = np.var(x).trace().flows
    assert flow.gain > 0.5


def test_cov_of_too_many_axes():
    with pytest.raises(ValueError, match=r"at most 2 axes, but the shape is \(2, 3, 2\)"):
        np.cov(Tensor(X))

"""Selecting, sorting and quantiles: every method of numpy, ties, NaN, shares that are nodes."""

import numpy as np
import pytest

from autograd import Tensor, Value, ValueArray, grad
from tests.autograd.rules.derivative_laws import check_derivatives

X = np.random.default_rng(3).permutation(12).reshape(2, 3, 2) / 7.0 - 1.0
METHODS = [
    "inverted_cdf", "averaged_inverted_cdf", "closest_observation", "interpolated_inverted_cdf",
    "hazen", "weibull", "linear", "median_unbiased", "normal_unbiased",
    "lower", "higher", "midpoint", "nearest",
]  # fmt: skip

# --- selecting --------------------------------------------------------------------------------


@pytest.mark.parametrize("axis", [None, 0, 1, -1])
@pytest.mark.parametrize("indices", [1, [1, 0, 1], [[0, -1], [1, 1]], []])
def test_take(axis, indices):
    indices = np.array(indices, dtype=int)
    check_derivatives(lambda x: np.take(x, indices, axis=axis), X)
    check_derivatives(lambda x: np.take(x, indices, axis), X)


@pytest.mark.parametrize("mode", ["wrap", "clip"])
def test_take_beyond_the_ends(mode):
    check_derivatives(lambda x: np.take(x, [-7, 0, 9], axis=2, mode=mode), X)


def test_take_refuses_an_axis_that_is_not_there():
    with pytest.raises(np.exceptions.AxisError, match="axis 5 is out of bounds"):
        np.take(Tensor(X), [0], axis=5)
    with pytest.raises(IndexError):
        np.take(Tensor(X), [9], axis=0)


@pytest.mark.parametrize("axis", [0, 1, -1])
def test_take_along_axis(axis):
    places = np.argsort(np.sin(9 * X), axis=axis)
    check_derivatives(lambda x: np.take_along_axis(x, places, axis=axis), X)
    first = np.take(places, [0], axis=axis)
    check_derivatives(lambda x: np.take_along_axis(x, first, axis=axis), X)


def test_take_along_axis_adds_up_what_repeats():
    places = np.array([[0, 0, 1], [1, 1, 1]])
    check_derivatives(lambda x: np.take_along_axis(x, places, axis=1), X[:, 0])
    check_derivatives(lambda x: np.take_along_axis(x, places, axis=1), X[:1, 0])
    check_derivatives(lambda x: np.take_along_axis(x, np.array([3, 3, 0]), axis=None), X)


def test_take_along_axis_wants_as_many_axes():
    with pytest.raises(ValueError, match=r"as the array has \(3\), but their shape is \(2,\)"):
        np.take_along_axis(Tensor(X), np.array([0, 1]), axis=1)


# --- sorting ----------------------------------------------------------------------------------


@pytest.mark.parametrize("axis", [None, 0, 1, -1])
def test_sort(axis):
    check_derivatives(lambda x: np.sort(x, axis=axis), X)
    check_derivatives(lambda x: np.sort(x, axis=axis, kind="stable"), X)


@pytest.mark.parametrize("axis", [None, 0, -1])
def test_partition(axis):
    found = np.partition(Tensor(X), 1, axis=axis)
    line = -1 if axis is None else axis
    expected = np.sort(X, axis=axis)
    np.testing.assert_array_equal(
        np.take(found.data, 1, axis=line), np.take(expected, 1, axis=line)
    )
    np.testing.assert_array_equal(np.sort(found.data, axis=line), expected)
    check_derivatives(lambda x: np.take(np.partition(x, 1, axis=axis), 1, axis=line), X)


@pytest.mark.parametrize("carrier", [Tensor, ValueArray])
def test_each_element_receives_the_gradient_of_its_place(carrier):
    x = carrier([3.0, np.nan, 1.0, 2.0, 1.0])
    y = np.sort(x)
    np.testing.assert_array_equal(y.data, [1.0, 1.0, 2.0, 3.0, np.nan])
    np.sum(y * np.array([1.0, 2.0, 3.0, 4.0, 0.0])).backward()
    np.testing.assert_array_equal(x.grad, [4.0, 0.0, 1.0, 3.0, 2.0])


def test_orders_are_plain_integers():
    x = Tensor([3.0, 1.0, 2.0])
    np.testing.assert_array_equal(np.argpartition(x, 1)[1], 2)
    np.testing.assert_array_equal(np.searchsorted(np.array([0.5, 1.5]), x), [2, 1, 2])
    np.testing.assert_array_equal(np.digitize(x, np.array([0.5, 1.5])), [2, 1, 2])


@pytest.mark.parametrize("f", [np.unique, np.histogram], ids=lambda f: f.__name__)
def test_what_would_cut_the_graph_is_refused(f):
    with pytest.raises(TypeError, match=f"np.{f.__name__} has no derivative"):
        f(Tensor([1.0, 2.0]))


# --- quantiles --------------------------------------------------------------------------------


@pytest.mark.parametrize("axis", [None, 0, 1, -1, (0, 2), (2, 1)])
@pytest.mark.parametrize("keepdims", [False, True])
def test_median(axis, keepdims):
    check_derivatives(lambda x: np.median(x, axis=axis, keepdims=keepdims), X)


@pytest.mark.parametrize("axis", [None, 0, (2, 0)])
@pytest.mark.parametrize("q", [0.4, [0.3, 0.85], [[0.1], [0.6]], 0.0, 1.0])
@pytest.mark.parametrize("keepdims", [False, True])
def test_shapes_of_quantiles(axis, q, keepdims):
    check_derivatives(lambda x: np.quantile(x, q, axis=axis, keepdims=keepdims), X)
    percents = np.multiply(q, 100)
    check_derivatives(lambda x: np.percentile(x, percents, axis=axis, keepdims=keepdims), X)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("n", [1, 4, 5])
def test_methods(method, n):
    x = X.ravel()[:n]
    for q in (0.03, 0.4, 0.5, 0.77):
        check_derivatives(lambda x, q=q: np.quantile(x, q, method=method), x)


@pytest.mark.parametrize("method", METHODS)
def test_in_the_share(method):
    """Slopes of numpy's own quantiles, away from the kinks."""
    q = np.array([0.04, 0.37, 0.81, 0.98])
    check_derivatives(lambda q: np.quantile(X[0], q, axis=1, method=method), q, single=False)
    check_derivatives(lambda q: np.nanquantile(X[0, 0], q, method=method), q, single=False)


def test_in_share_and_data_together():
    check_derivatives(lambda x, q: np.quantile(x, q, axis=-1), X, np.array([0.4, 0.8]))
    check_derivatives(lambda x, q: np.percentile(x, q), X, np.array(37.0), scalars=False)


def test_a_share_that_is_a_value():
    q = Value(0.25)
    y = np.quantile(np.array([0.0, 1.0, 10.0]), q)
    y.backward()
    assert (float(y.data), q.grad) == (0.5, 2.0)


@pytest.mark.parametrize("carrier", [Tensor, ValueArray])
def test_the_median_of_an_even_number_is_shared_by_two(carrier):
    x = carrier([4.0, 1.0, 3.0, 2.0])
    np.median(x).backward()
    np.testing.assert_array_equal(x.grad, [0.0, 0.0, 0.5, 0.5])


def test_the_median_of_an_odd_number_is_exact_among_infinities():
    x = Tensor([np.inf, 1.0, -np.inf])
    np.median(x).backward()
    np.testing.assert_array_equal(x.grad, [0.0, 1.0, 0.0])


def test_nan_makes_a_quantile_nan():
    x = Tensor([[1.0, np.nan, 2.0], [1.0, 2.0, 4.0]])
    out = np.quantile(x, 0.5, axis=1)
    np.testing.assert_array_equal(out.data, [np.nan, 2.0])
    out[1].backward()
    np.testing.assert_array_equal(x.grad, [[0.0, 0.0, 0.0], [0.0, 1.0, 0.0]])


def test_a_quantile_of_a_value():
    v = Value(3.0)
    y = np.median(v)
    y.backward()
    assert (float(y.data), v.grad) == (3.0, 1.0)


def test_bad_shares_and_methods():
    x = Tensor([1.0, 2.0])
    with pytest.raises(ValueError, match=r"\[0, 1\]"):
        np.quantile(x, 1.5)
    with pytest.raises(ValueError, match="method"):
        np.quantile(x, 0.5, method="mean")
    with pytest.raises(ValueError, match=r"no quantile of no elements; the shape is \(0,\)"):
        np.median(Tensor(np.zeros(0)))


def test_gradient_of_a_large_median():
    x = np.random.default_rng(0).normal(size=1001)
    gradient = grad(np.median)(x)
    assert gradient[np.argsort(x)[500]] == 1.0
    assert np.count_nonzero(gradient) == 1

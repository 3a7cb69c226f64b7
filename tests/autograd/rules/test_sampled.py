"""Numerical calculus: differences, integrals, slopes, interpolation, convolution."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograd import Tensor, grad
from tests.autograd.rules.derivative_laws import check_derivatives

law = settings(derandomize=True, deadline=None, max_examples=40)
RNG = np.random.default_rng(7)
X = RNG.normal(size=(3, 4, 3))
POINTS = np.array([0.0, 0.5, 0.8, 2.0])


@pytest.mark.parametrize("n", [0, 1, 2, 3])
@pytest.mark.parametrize("axis", [0, 1, -1])
def test_diff(n, axis):
    check_derivatives(lambda x: np.diff(x, n, axis=axis), X)


def test_diff_with_edges():
    check_derivatives(lambda x, a, b: np.diff(x, prepend=a, append=b), X, X[..., :1], X[..., :2])
    check_derivatives(lambda x: np.diff(x, 2, 1, prepend=0.0), X, single=False)
    check_derivatives(lambda x: np.diff(x, axis=0, append=3.0), X, single=False)
    check_derivatives(lambda x, a: np.diff(x, prepend=a), POINTS, np.array(-1.0))
    check_derivatives(lambda a: np.diff([1.0, 4.0], prepend=a), np.array(-1.0), single=False)


def test_diff_refuses():
    with pytest.raises(ValueError, match="n=-1"):
        np.diff(Tensor(X), -1)
    with pytest.raises(np.exceptions.AxisError):
        np.diff(Tensor(X), axis=3)


def test_ediff1d():
    check_derivatives(np.ediff1d, X)
    check_derivatives(lambda x: np.ediff1d(x, to_end=[1.0, 2.0], to_begin=0.0), X, single=False)
    check_derivatives(lambda x, e: np.ediff1d(x, to_end=e), POINTS, X[0, 0])


@pytest.mark.parametrize("axis", [0, 1, -1])
def test_trapezoid(axis):
    check_derivatives(lambda y: np.trapezoid(y, axis=axis), X)
    check_derivatives(lambda y: np.trapezoid(y, dx=0.5, axis=axis), X)
    points = np.cumsum(RNG.uniform(0.5, 1.0, X.shape[axis]))
    check_derivatives(lambda y, x: np.trapezoid(y, x, axis=axis), X, points)
    check_derivatives(lambda y, x: np.trapezoid(y, x, axis=axis), X, np.cumsum(X**2, axis=axis))


@pytest.mark.parametrize("edge_order", [1, 2])
@pytest.mark.parametrize("axis", [None, 0, (0, 1), -1])
def test_gradient(edge_order, axis):
    axes = range(3) if axis is None else np.atleast_1d(axis)
    points = [np.cumsum(RNG.uniform(0.5, 1.0, X.shape[i])) for i in axes]

    def slopes(f, *spacings):
        found = np.gradient(f, *spacings, axis=axis, edge_order=edge_order)
        return np.stack(found) if isinstance(found, tuple) else found

    check_derivatives(slopes, X)
    check_derivatives(lambda f: slopes(f, 0.5), X)
    check_derivatives(lambda f: slopes(f, *(0.5 + i for i in range(len(points)))), X)
    check_derivatives(slopes, X, *points)


def test_gradient_in_the_step():
    check_derivatives(np.gradient, POINTS, np.array(0.7))


def test_gradient_refuses():
    with pytest.raises(ValueError, match=r"edge_order=2 .* axis 0, where .* \(2,\) has 2"):
        np.gradient(Tensor([1.0, 2.0]), edge_order=2)
    with pytest.raises(ValueError, match="edge_order=3"):
        np.gradient(Tensor(POINTS), edge_order=3)
    with pytest.raises(TypeError, match=r"along 3 axes .* but got 2"):
        np.gradient(Tensor(X), 1.0, 2.0)


VALUES = np.array([1.0, -1.0, 2.0, 0.5])
BETWEEN = np.array([[0.2, 0.6, 1.7], [0.61, 1.1, 0.3]])
BEYOND = np.array([-0.5, 0.2, 2.5])


def test_interp():
    check_derivatives(np.interp, BETWEEN, POINTS, VALUES)
    check_derivatives(np.interp, np.array(0.6), POINTS, VALUES)
    check_derivatives(np.interp, BEYOND, POINTS, VALUES)
    check_derivatives(lambda *xs: np.interp(*xs, left=7.0, right=-7.0), BEYOND, POINTS, VALUES)
    check_derivatives(lambda *xs: np.interp(*xs, period=2.5), BEYOND * 2.1, POINTS, VALUES)
    check_derivatives(lambda f: np.interp([0.0, 0.5, 2.0], POINTS, f), VALUES, single=False)


def test_interp_of_one_point():
    check_derivatives(
        lambda x, f: np.interp(x, [0.3], f, 5.0), BEYOND, np.array([2.0]), single=False
    )


def test_interp_at_the_points_and_beyond():
    slopes = grad(lambda x: np.sum(np.interp(x, POINTS, VALUES)))
    expected = [0.0, -4.0, 10.0, -1.25, 0.0]
    np.testing.assert_allclose(slopes(np.array([-1.0, 0.0, 0.5, 0.8, 3.0])), expected)


def test_interp_in_single_precision_and_of_nan():
    x = Tensor(np.array([0.2, np.nan], dtype=np.float32))
    out = np.interp(x, POINTS.astype(np.float32), VALUES.astype(np.float32))
    assert out.dtype == np.float32
    np.testing.assert_array_equal(np.isnan(out.data), [False, True])


@pytest.mark.parametrize("num", [0, 1, 5])
@pytest.mark.parametrize("endpoint", [True, False])
def test_linspace(num, endpoint):
    for start, stop in ((1.2, 3.4), (1.2, -3.4), (1.2, 1.2)):
        check_derivatives(
            lambda x, y: np.linspace(x, y, num, endpoint), np.array(start), np.array(stop)
        )


def test_linspace_between_arrays_and_with_its_step():
    x, y = np.array([[1.0], [-2.0]]), np.array([0.5, 2.0, 3.0])
    check_derivatives(lambda x, y: np.linspace(x, y, 4), x, y)
    check_derivatives(lambda x, y: np.linspace(x, y, 4, axis=-1), x, y)
    check_derivatives(lambda x: np.linspace(x, 2.0, 4, retstep=True)[1], x)


lengths = st.integers(1, 6)
modes = st.sampled_from(["full", "same", "valid"])


@pytest.mark.parametrize("f", [np.convolve, np.correlate], ids=lambda f: f.__name__)
@given(lengths, lengths, modes)
@law
def test_convolution(f, n, m, mode):
    rng = np.random.default_rng(n + 10 * m)
    check_derivatives(lambda a, v: f(a, v, mode), rng.normal(size=n), rng.normal(size=m))


@pytest.mark.parametrize("f", [np.convolve, np.correlate], ids=lambda f: f.__name__)
@pytest.mark.parametrize("mode", ["full", "same", "valid"])
@pytest.mark.parametrize("length", [2, 3, 5])
def test_complex_convolution(f, mode, length):
    a = RNG.normal(size=4) + 1j * RNG.normal(size=4)
    v = RNG.normal(size=length) + 1j * RNG.normal(size=length)
    check_derivatives(lambda a, v: f(a, v, mode), a, v)


def test_convolution_refuses():
    with pytest.raises(ValueError, match="'full', 'same' or 'valid', but 'most' was given"):
        np.convolve(Tensor(POINTS), VALUES, mode="most")
    with pytest.raises(ValueError, match="convolve does not fit"):
        np.convolve(Tensor(POINTS), np.zeros(0))

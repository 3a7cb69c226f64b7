"""Tests of reductions: axes in every form, empty arrays, and equal shares at ties."""

import itertools

import numpy as np
import pytest

from autograd import Tensor, Value, ValueArray

AXES = [None, 0, 1, -1, (0, 1), (-1, 0), (1,), ()]


@pytest.mark.parametrize("axis", AXES)
@pytest.mark.parametrize("keepdims", [False, True])
@pytest.mark.parametrize("carrier", [Tensor, ValueArray])
@pytest.mark.parametrize("f", [np.sum, np.mean, np.max, np.min], ids=lambda f: f.__name__)
def test_as_numpy_does(f, carrier, keepdims, axis):
    array = np.array([[[1.0, 5.0], [3.0, -2.0]], [[0.0, 4.0], [2.0, 7.0]]])
    x = carrier(array)
    out = f(x, axis=axis, keepdims=keepdims)
    np.testing.assert_allclose(out.data, f(array, axis=axis, keepdims=keepdims))
    total = np.sum(out * out)
    total.backward()
    assert x.grad.shape == array.shape
    if f is np.sum:
        spread = np.broadcast_to(f(array, axis=axis, keepdims=True), array.shape)
        np.testing.assert_allclose(x.grad, 2 * spread)


def test_positional_axis_and_keepdims():
    x = Tensor([[1.0, 2.0], [3.0, 4.0]])
    np.testing.assert_array_equal(np.sum(x, 0).data, [4.0, 6.0])
    np.testing.assert_array_equal(np.mean(x, 1).data, [1.5, 3.5])
    np.testing.assert_array_equal(np.max(x, -1).data, [2.0, 4.0])
    np.testing.assert_array_equal(x.sum(0, True).data, [[4.0, 6.0]])
    np.testing.assert_array_equal(np.amax(x, 0).data, [3.0, 4.0])
    np.testing.assert_array_equal(np.amin(x, 0).data, [1.0, 2.0])


@pytest.mark.parametrize("method", ["sum", "mean", "max", "min"])
@pytest.mark.parametrize("arguments", [{}, {"axis": 0}, {"axis": 1, "keepdims": True}])
def test_methods_of_an_array_of_values(method, arguments):
    array = np.array([[1.0, 5.0], [3.0, -2.0]])
    out = getattr(ValueArray(array), method)(**arguments)
    assert isinstance(out, ValueArray if arguments else Value)
    np.testing.assert_array_equal(out.data, getattr(array, method)(**arguments))
    assert out.requires_grad


@pytest.mark.parametrize("ufunc", [np.add, np.maximum, np.minimum], ids=lambda f: f.__name__)
@pytest.mark.parametrize("carrier", [Tensor, ValueArray])
def test_reduce_of_a_ufunc(carrier, ufunc):
    array = np.array([[1.0, 5.0], [3.0, -2.0]])
    for options in ({}, {"axis": 1}, {"axis": None}, {"axis": 0, "keepdims": True}):
        out = ufunc.reduce(carrier(array), **options)
        np.testing.assert_array_equal(out.data, ufunc.reduce(array, **options))
        assert out.requires_grad


@pytest.mark.parametrize("carrier", [Tensor, ValueArray])
@pytest.mark.parametrize("f", [np.max, np.min], ids=lambda f: f.__name__)
def test_ties_share_equally_along_each_axis(f, carrier):
    array = np.array([[2.0, 2.0, 2.0], [2.0, 1.0, 3.0]])
    if f is np.min:
        array = -array
    x = carrier(array)
    np.sum(f(x, axis=1)).backward()
    np.testing.assert_allclose(x.grad, [[1 / 3, 1 / 3, 1 / 3], [0, 0, 1]])
    x.zero_grad()
    np.sum(f(x, axis=0)).backward()
    np.testing.assert_allclose(x.grad, [[0.5, 1, 0], [0.5, 0, 1]])


@pytest.mark.parametrize("f", [np.sum, np.mean, np.max, np.min], ids=lambda f: f.__name__)
@pytest.mark.parametrize("axis", [None, 0, -1, ()])
def test_of_an_array_without_axes(f, axis):
    x = Tensor(3.0)
    if f is np.mean and axis in (0, -1):
        with pytest.raises(ValueError, match="mean"):  # as numpy's own
            f(x, axis=axis)
        return
    out = f(x, axis=axis)
    assert (out.shape, float(out)) == ((), 3.0)
    out.backward()
    assert float(x.grad) == 1.0


def test_sum_of_nothing_is_zero():
    for carrier in (Tensor, ValueArray):
        x = carrier(np.zeros((0, 3)))
        total = np.sum(x)
        assert isinstance(total, Tensor | Value)
        assert float(total.data) == 0.0
        np.testing.assert_array_equal(np.sum(x, axis=0).data, np.zeros(3))
    y = Tensor(np.zeros((0, 3)))
    y.sum().backward()
    assert y.grad.shape == (0, 3)


@pytest.mark.parametrize("carrier", [Tensor, ValueArray])
@pytest.mark.parametrize("f", [np.max, np.min], ids=lambda f: f.__name__)
def test_extreme_of_nothing_is_refused(f, carrier):
    with pytest.raises(ValueError, match=f.__name__):
        f(carrier(np.zeros((0, 3))))


def test_every_order_of_axes():
    array = np.random.default_rng(0).normal(size=(2, 3, 2))
    for n in (1, 2, 3):
        for axes in itertools.permutations(range(-3, 0), n):
            x = Tensor(array)
            y = x.sum(axis=axes)
            weights = np.random.default_rng(1).normal(size=y.shape)
            (y * weights).sum().backward()
            wide = np.expand_dims(weights, tuple(sorted(a % 3 for a in axes)))
            np.testing.assert_array_equal(x.grad, np.broadcast_to(wide, array.shape))


def test_plain_answers_have_no_gradient():
    x = Tensor([[1.0, 5.0], [3.0, -2.0]])
    assert x.argmax() == 1
    np.testing.assert_array_equal(np.argmax(x, axis=1), [1, 0])
    np.testing.assert_array_equal(np.argsort(x, axis=1), [[0, 1], [1, 0]])
    assert np.any(x > 4)
    assert not np.all(x > 4)
    assert np.count_nonzero(x) == 4
    for answer in (np.argmax(x), np.nonzero(x)[0], np.isfinite(x), np.any(x)):
        assert not isinstance(answer, Tensor)

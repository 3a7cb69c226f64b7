"""Tests of operations that move elements: every index that numpy has, and joining."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, basic_indices, integer_array_indices

from autograd import Tensor, Value, ValueArray

law = settings(derandomize=True, deadline=None, max_examples=100)


def counts(shape, index):
    """How often each element is selected."""
    times = np.zeros(shape)
    np.add.at(times, index, 1.0)
    return times


def check_index(shape, index):
    array = np.random.default_rng(0).normal(size=shape)
    for carrier in (Tensor, ValueArray):
        x = carrier(array)
        y = x[index]
        np.testing.assert_array_equal(y.data, array[index])
        assert y.requires_grad or not np.size(y.data)
        total = np.sum(y) if np.ndim(y.data) else y
        if np.size(y.data):
            total.backward()
            np.testing.assert_array_equal(x.grad, counts(shape, index))


@law
@given(st.data(), array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=3))
def test_basic_indices(data, shape):
    check_index(shape, data.draw(basic_indices(shape, allow_newaxis=True, allow_ellipsis=True)))


@law
@given(st.data(), array_shapes(max_dims=3, max_side=3))
def test_integer_arrays_with_repetitions(data, shape):
    check_index(shape, data.draw(integer_array_indices(shape)))


@law
@given(st.data(), array_shapes(max_dims=3, max_side=3))
def test_masks(data, shape):
    size = int(np.prod(shape))
    bits = data.draw(st.lists(st.booleans(), min_size=size, max_size=size))
    check_index(shape, np.array(bits).reshape(shape))


@pytest.mark.parametrize(
    "index",
    [
        [0, 0, 1],
        [True, False],
        ([0, 0, 0], [1, 1, 2]),
        (0, [1, 1, 1]),
        ([0, 0], slice(None, None, -2)),
        (None, [0, 0], Ellipsis),
        (np.array([True, False]), [1]),
        np.int64(-1),
        (np.int8(1), np.uint16(2)),
        True,
        False,
        np.True_,
        (True, 0),
        np.array(1),
        np.array([[0, 1], [1, 0]], dtype=np.uint8),
        [],
    ],
    ids=str,
)
def test_indices_of_odd_kinds(index):
    check_index((2, 3), index)


def test_indices_may_be_nodes():
    x = Tensor([1.0, 2.0, 3.0])
    rows = Tensor(np.array([0, 0, 2]), requires_grad=False)
    x[rows].sum().backward()
    np.testing.assert_array_equal(x.grad, [2.0, 0.0, 1.0])
    np.testing.assert_array_equal(x[x > 1.5].data, [2.0, 3.0])


@pytest.mark.parametrize(
    ("index", "error"), [(5, IndexError), ((0, 0), IndexError), ("a", IndexError)]
)
def test_indices_that_do_not_fit(index, error):
    with pytest.raises(error):
        Tensor([1.0, 2.0])[index]


#: Linear functions of an array z, with a constant array c of its shape.
LINEAR = [
    lambda z, c: np.ravel(z),
    lambda z, c: np.transpose(z),
    lambda z, c: np.squeeze(z),
    lambda z, c: np.reshape(z, (3, 2)),
    lambda z, c: np.reshape(z, -1),
    lambda z, c: np.reshape(z, shape=(3, 2), order="F"),
    lambda z, c: np.ravel(z, "F"),
    lambda z, c: np.transpose(z, (1, 0)),
    lambda z, c: np.swapaxes(z, 0, -1),
    lambda z, c: np.expand_dims(z, 1),
    lambda z, c: np.expand_dims(z, (0, -1)),
    lambda z, c: np.squeeze(z[None], 0),
    lambda z, c: np.broadcast_to(z, (2, 2, 3)),
    lambda z, c: np.concatenate([z, z]),
    lambda z, c: np.concatenate([z, c], axis=1),
    lambda z, c: np.concatenate((c, z), -1),
    lambda z, c: np.concatenate([z, z[0]], axis=None),
    lambda z, c: np.concatenate(z),
    lambda z, c: np.stack([z, c]),
    lambda z, c: np.stack((z, z), axis=-1),
    lambda z, c: np.stack([z, z], 1),
    lambda z, c: z.T,
    lambda z, c: z.reshape(3, 2),
    lambda z, c: z.reshape((3, 2)),
    lambda z, c: z.reshape(-1),
    lambda z, c: z.transpose(),
    lambda z, c: z.transpose(1, 0),
    lambda z, c: z.transpose((1, 0)),
    lambda z, c: z.transpose(None),
    lambda z, c: z.swapaxes(0, 1),
    lambda z, c: z.ravel(),
    lambda z, c: z.flatten(),
    lambda z, c: z[None].squeeze(0),
]


@pytest.mark.parametrize("carrier", [Tensor, ValueArray])
@pytest.mark.parametrize("f", LINEAR, ids=range(len(LINEAR)))
def test_numpys_names(f, carrier):
    array = np.arange(6.0).reshape(2, 3)
    x = carrier(array)
    y = f(x, array)
    assert isinstance(y, carrier)
    np.testing.assert_array_equal(y.data, f(array, array))

    weights = np.arange(1.0, y.size + 1).reshape(y.shape)
    np.sum(y * weights).backward()
    # The derivative of a linear function: what a 1 in each place adds up to.
    expected = [(f(basis.reshape(2, 3), np.zeros((2, 3))) * weights).sum() for basis in np.eye(6)]
    np.testing.assert_array_equal(x.grad.ravel(), expected)


@pytest.mark.parametrize("order", ["A", "F", "C"])
def test_reshape_in_memory_order(order):
    array = np.asfortranarray(np.arange(6.0).reshape(2, 3))
    x = Tensor(array)
    y = np.reshape(x, (6,), order=order)
    np.testing.assert_array_equal(y.data, np.reshape(array, (6,), order=order))
    weights = np.arange(6.0)
    (y * weights).sum().backward()
    # Each element's gradient is the weight of the place where its number went.
    np.testing.assert_array_equal(x.grad, weights[np.argsort(y.data)].reshape(2, 3))


def test_the_same_array_joined_twice_gets_both_parts():
    x = Tensor([1.0, 2.0])
    (np.concatenate([x, x]) * np.array([1.0, 10.0, 100.0, 1000.0])).sum().backward()
    np.testing.assert_array_equal(x.grad, [101.0, 1010.0])
    x.zero_grad()
    (np.stack([x, x], axis=1) * np.array([[1.0, 10.0], [100.0, 1000.0]])).sum().backward()
    np.testing.assert_array_equal(x.grad, [11.0, 1100.0])


def test_joining_different_dtypes():
    a, b = Tensor(np.ones(2, np.float32)), Tensor(np.ones(2))
    y = np.concatenate([a, b, [1, 2]])
    assert y.dtype == np.float64
    y.sum().backward()
    assert (a.grad.dtype, b.grad.dtype) == (np.float32, np.float64)


@pytest.mark.parametrize("axis", [5, -4, 2])
def test_stack_refuses_an_axis_that_is_not_there(axis):
    with pytest.raises(ValueError, match="axis"):
        np.stack([Tensor([1.0, 2.0]), Tensor([1.0, 2.0])], axis=axis)


@pytest.mark.parametrize("axis", [2, -3])
def test_swapaxes_refuses_an_axis_that_is_not_there(axis):
    with pytest.raises(ValueError, match="axis"):
        np.swapaxes(Tensor([[1.0, 2.0]]), 0, axis)


def test_transpose_of_a_vector_by_a_single_axis():
    x = Tensor([1.0, 2.0])
    x.transpose(0).sum().backward()
    np.testing.assert_array_equal(x.grad, [1.0, 1.0])


def test_functions_of_arrays_take_a_value():
    v = Value(3.0)
    y = np.reshape(v, (1, 1))
    assert y.shape == (1, 1)
    (y * y).sum().backward()
    assert v.grad == 6.0

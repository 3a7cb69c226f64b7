"""Tests of operations that change the shape of an array or the order of its elements."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes

from autograd import Tensor, Value, ValueArray
from tests.autograd.rules.linear import check_linear

law = settings(derandomize=True, deadline=None, max_examples=25)
A, B = (2, 3), (2, 1, 3)

LINEAR = {
    # shape
    "reshape": (lambda a: np.reshape(a, (3, 2)), A),
    "reshape, one length open": (lambda a: np.reshape(a, (3, -1)), A),
    "reshape to one axis": (lambda a: np.reshape(a, -1), A),
    "reshape in Fortran's order": (lambda a: np.reshape(a, shape=(3, 2), order="F"), A),
    "ravel": (np.ravel, A),
    "ravel in Fortran's order": (lambda a: np.ravel(a, "F"), A),
    "ravel a scalar": (np.ravel, ()),
    "expand_dims": (lambda a: np.expand_dims(a, 1), A),
    "expand_dims at several places": (lambda a: np.expand_dims(a, (0, -1)), A),
    "squeeze": (np.squeeze, (1, 2, 1)),
    "squeeze an axis": (lambda a: np.squeeze(a, axis=-2), B),
    "squeeze nothing": (np.squeeze, A),
    "atleast_1d": (np.atleast_1d, ()),
    "atleast_1d of several": (lambda a, b: np.atleast_1d(a, b), (), A),
    "atleast_2d": (np.atleast_2d, (3,)),
    "atleast_2d of several": (lambda a, b: np.atleast_2d(a, b), (), B),
    "atleast_3d": (np.atleast_3d, A),
    "atleast_3d of several": (lambda a, b: np.atleast_3d(a, b), (3,), ()),
    # broadcasting
    "broadcast_to": (lambda a: np.broadcast_to(a, (2, 2, 3)), A),
    "broadcast_to a length": (lambda a: np.broadcast_to(a, 3), ()),
    "broadcast_arrays": (lambda a, b: np.broadcast_arrays(a, b), (2, 1), (3,)),
    "meshgrid": (lambda a, b: np.meshgrid(a, b), (2,), (3,)),
    "meshgrid of matrices' indices": (lambda a, b: np.meshgrid(a, b, indexing="ij"), (2,), (3,)),
    "meshgrid, sparse": (lambda a, b, c: np.meshgrid(a, b, c, sparse=True), (2,), (3,), ()),
    "meshgrid in three axes": (lambda a, b, c: np.meshgrid(a, b, c, copy=False), (2,), (3,), (2,)),
    "meshgrid of one": (lambda a: np.meshgrid(a), (2,)),
    # order of axes
    "transpose": (np.transpose, B),
    "transpose by axes": (lambda a: np.transpose(a, (1, -1, 0)), B),
    "transpose by a single axis": (lambda a: np.transpose(a, 0), (3,)),
    "permute_dims": (lambda a: np.permute_dims(a, axes=(2, 0, 1)), B),
    "matrix_transpose": (np.matrix_transpose, B),
    "linalg.matrix_transpose": (np.linalg.matrix_transpose, B),
    "swapaxes": (lambda a: np.swapaxes(a, 0, -1), B),
    "moveaxis": (lambda a: np.moveaxis(a, 0, -1), B),
    "moveaxis, several": (lambda a: np.moveaxis(a, [0, 1], [-1, 0]), B),
    "rollaxis": (lambda a: np.rollaxis(a, 2), B),
    "rollaxis to a place": (lambda a: np.rollaxis(a, 0, start=3), B),
    # order of elements
    "flip": (np.flip, B),
    "flip an axis": (lambda a: np.flip(a, axis=1), A),
    "flip several axes": (lambda a: np.flip(a, axis=(0, -1)), B),
    "fliplr": (np.fliplr, A),
    "flipud": (np.flipud, A),
    "roll": (lambda a: np.roll(a, 2), A),
    "roll an axis": (lambda a: np.roll(a, -1, axis=1), A),
    "roll several axes": (lambda a: np.roll(a, (1, 2), axis=(0, 1)), A),
    "roll an axis twice": (lambda a: np.roll(a, shift=(1, 1), axis=(1, 1)), A),
    "rot90": (np.rot90, A),
    "rot90 back": (lambda a: np.rot90(a, -1), A),
    "rot90 by a half": (lambda a: np.rot90(a, k=2, axes=(2, 0)), B),
    # nothing at all
    "copy": (np.copy, A),
    "copy in Fortran's order": (lambda a: np.copy(a, order="F"), A),
    "of nothing": (lambda a: np.flip(np.swapaxes(a, 0, 1)), (0, 3)),
    # methods
    "T": (lambda a: a.T, A),
    ".reshape": (lambda a: a.reshape(3, 2), A),
    ".reshape by a tuple": (lambda a: a.reshape((3, 2)), A),
    ".transpose": (lambda a: a.transpose(), A),
    ".transpose by axes": (lambda a: a.transpose(1, 0), A),
    ".transpose by a tuple": (lambda a: a.transpose((1, 0)), A),
    ".transpose by None": (lambda a: a.transpose(None), A),
    ".swapaxes": (lambda a: a.swapaxes(0, 1), A),
    ".ravel": (lambda a: a.ravel(), A),
    ".flatten": (lambda a: a.flatten(), A),
    ".squeeze": (lambda a: a[None].squeeze(0), A),
}


@pytest.mark.parametrize("name", LINEAR)
def test_linear(name):
    check_linear(*LINEAR[name])


@law
@given(st.data(), array_shapes(min_dims=1, max_dims=4, max_side=2))
def test_axes_end_where_numpy_puts_them(data, shape):
    axes = st.integers(-len(shape), len(shape) - 1)
    i, j = data.draw(axes), data.draw(axes)
    start = data.draw(st.integers(-len(shape), len(shape)))
    order = data.draw(st.permutations(range(len(shape))))
    check_linear(lambda a: np.moveaxis(a, i, j), shape, values=False)
    check_linear(lambda a: np.swapaxes(a, i, j), shape, values=False)
    check_linear(lambda a: np.rollaxis(a, i, start), shape, values=False)
    check_linear(lambda a: np.transpose(a, order), shape, values=False)


@pytest.mark.parametrize("order", ["A", "F", "C"])
@pytest.mark.parametrize("shape", [(6,), (3, 2)])
def test_reshape_in_memory_order(order, shape):
    """Also where the gradient arrives in another order than the array has."""
    array = np.asfortranarray(np.arange(6.0).reshape(2, 3))
    x = Tensor(array)
    y = np.reshape(x, shape, order=order)
    np.testing.assert_array_equal(y.data, np.reshape(array, shape, order=order))
    weights = np.arange(6.0).reshape(shape)
    (y * weights).sum().backward()
    # Each element's gradient is the weight of the place where its number went.
    order_of_elements = np.argsort(y.data.ravel())
    np.testing.assert_array_equal(x.grad, weights.ravel()[order_of_elements].reshape(2, 3))


def test_what_has_the_shape_already_is_returned_as_it_is():
    x = Tensor([[1.0, 2.0]])
    assert np.atleast_2d(x) is x
    assert np.squeeze(np.squeeze(x)).op == "reshape"
    assert np.squeeze(x).inputs[0] is x


def test_a_copy_shares_no_memory():
    x = Tensor([1.0, 2.0])
    y = np.copy(x)
    y.data[0] = 5.0
    np.testing.assert_array_equal(x.data, [1.0, 2.0])
    v = np.copy(Value(2.0))
    v.backward()
    assert v.inputs[0].grad == 1.0


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda x: np.swapaxes(x, 0, 2), r"swapaxes of shape \(1, 2\).*axis 2"),
        (lambda x: np.swapaxes(x, 0, -3), "axis"),
        (lambda x: np.moveaxis(x, 2, 0), "moveaxis.*axis 2"),
        (lambda x: np.rollaxis(x, 2), "rollaxis.*axis 2"),
        (lambda x: np.expand_dims(x, 4), "expand_dims.*axis 4"),
        (lambda x: np.squeeze(x, 1), "squeeze.*not equal to one"),
        (lambda x: np.reshape(x, (4,)), r"reshape does not fit.*\(1, 2\)"),
        (lambda x: np.ravel(x, "K"), "order"),
        (lambda x: np.broadcast_to(x, (3,)), "broadcast_to does not fit"),
        (lambda x: np.broadcast_arrays(x, np.ones(3)), "broadcast_arrays.*mismatch"),
        (lambda x: np.meshgrid(x, indexing="kl"), "meshgrid.*indexing"),
        (lambda x: np.flip(x, 2), "flip does not fit"),
        (lambda x: np.fliplr(x[0]), "fliplr.*>= 2-d"),
        (lambda x: np.roll(x, 1, axis=2), "roll does not fit"),
        (lambda x: np.rot90(x, axes=(0, 0)), "rot90 does not fit"),
    ],
    ids=range(15),
)
def test_what_does_not_fit_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call(Tensor([[1.0, 2.0]]))


def test_a_reshape_that_may_not_copy_is_refused():
    with pytest.raises(TypeError, match="copy="):
        np.reshape(Tensor([1.0]), (1, 1), copy=False)


@pytest.mark.parametrize(
    "f",
    [
        lambda v: np.reshape(v, (1, 1)),
        lambda v: np.expand_dims(v, 0),
        np.ravel,
        np.atleast_3d,
        lambda v: np.broadcast_to(v, (2, 3)),
        lambda v: np.meshgrid(v, np.arange(3))[0],
        lambda v: np.stack([v, v]),
        lambda v: np.hstack([v, 1.0]),
        lambda v: np.append(v, 2.0),
        lambda v: np.insert(np.arange(3), 1, v),
        lambda v: np.resize(v, 4),
        lambda v: np.tile(v, (2, 2)),
        lambda v: np.repeat(v, 3),
        lambda v: np.select([[True, False]], [v], 0.0),
    ],
    ids=range(14),
)
def test_functions_of_arrays_take_a_value(f):
    v = Value(3.0)
    y = f(v)
    assert isinstance(y, Tensor)
    np.testing.assert_array_equal(y.data, f(np.array(3.0)))
    (y * y).sum().backward()
    assert v.grad == 2 * 3.0 * np.count_nonzero(y.data == 3.0)


@pytest.mark.parametrize("make", [np.zeros_like, np.ones_like, np.empty_like, np.shape, np.ndim])
@pytest.mark.parametrize("carrier", [Tensor, ValueArray])
def test_what_only_asks_for_the_shape_has_no_gradient(make, carrier):
    assert not isinstance(make(carrier([1.0, 2.0])), Tensor | Value | ValueArray)

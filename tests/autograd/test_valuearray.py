"""Tests of ValueArray: array code that runs node by node."""

import numpy as np
import pytest

from autograd import Tensor, Value, ValueArray
from autograd.primitives import TABLE


def test_made_of_numbers_and_of_values():
    v = Value(2.0)
    x = ValueArray([[1, v], [3.5, np.float32(4)]], name="w")
    assert x.shape == (2, 2)
    assert all(type(element) is Value for element in x.flat)
    assert x[0, 1] is v
    assert (x[1, 0].name, v.name) == ("w[1, 0]", "")
    np.testing.assert_array_equal(x.data, [[1.0, 2.0], [3.5, 4.0]])


@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 0), (2, 1, 3)])
def test_shapes(shape):
    x = ValueArray(np.ones(shape))
    assert x.shape == shape
    assert x.data.shape == shape
    assert x.data.dtype == np.float64


def test_what_cannot_be_made():
    for ragged in ([[1.0], [2.0, 3.0]], [[1.0], 2.0]):
        with pytest.raises(ValueError, match="shape"):
            ValueArray(ragged)
    with pytest.raises(TypeError, match=r"\.data"):
        ValueArray(Tensor([1.0, 2.0]))
    for wrong in (["a"], [None], [1j], "abc", np.array([1j])):
        with pytest.raises(TypeError):
            ValueArray(wrong)


def test_constants():
    x = ValueArray([1.0, 2.0], requires_grad=False)
    assert not x.requires_grad
    assert not np.sum(x * 2).requires_grad
    assert not ValueArray([1.0, 2.0]).detach().requires_grad


def test_gradients():
    x = ValueArray([1.0, 2.0])
    assert x.grad is None
    (x[0] * 3.0).backward()
    np.testing.assert_array_equal(x.grad, [3.0, 0.0])
    x.grad = [5.0, 6.0]
    assert x[1].grad == 6.0
    x.grad = None
    assert x.grad is None
    x.grad = 0
    np.testing.assert_array_equal(x.grad, [0.0, 0.0])
    x.zero_grad()
    assert x[0].grad is None


def test_assigned_data_is_broadcast():
    x = ValueArray([[1.0, 2.0], [3.0, 4.0]])
    x.data = [10.0, 20.0]
    np.testing.assert_array_equal(x.data, [[10.0, 20.0]] * 2)
    x.data -= 1.0
    np.testing.assert_array_equal(x.data, [[9.0, 19.0]] * 2)
    with pytest.raises(ValueError, match=r"shape|broadcast"):
        x.data = [1.0, 2.0, 3.0]


def test_backward_of_the_only_element():
    x = ValueArray([3.0])
    (x * x).backward()
    np.testing.assert_array_equal(x.grad, [6.0])
    (x * x).backward(2.0)
    np.testing.assert_array_equal(x.grad, [18.0])
    (x * x).backward(gradient=2.0, keep="leaves")
    np.testing.assert_array_equal(x.grad, [30.0])
    with pytest.raises(ValueError, match=r"\(2,\)"):
        ValueArray([1.0, 2.0]).backward()


OTHERS = [2, 2.0, True, np.float32(2), np.int64(2), [3.0, 4.0], np.array([3, 4]), Value(2.0),
          np.array(2.0), np.array([[1.0], [2.0]]), ValueArray([3.0, 4.0])]  # fmt: skip


@pytest.mark.parametrize("other", OTHERS, ids=lambda x: type(x).__name__)
def test_operators_in_either_order(other):
    array = np.array([1.0, 2.0])
    x = ValueArray(array)
    plain = other.data if isinstance(other, Value | ValueArray) else np.asarray(other)
    for f in (np.add, np.subtract, np.multiply, np.divide, np.power, np.maximum):
        for y, expected in ((f(x, other), f(array, plain)), (f(other, x), f(plain, array))):
            assert type(y) is ValueArray
            assert all(type(element) is Value for element in y.flat)
            np.testing.assert_allclose(y.data, expected)
    for y in (x + other, other + x, x - other, other - x, x * other, other * x, x**other):
        assert type(y) is ValueArray
        assert y.requires_grad


def test_a_tensor_beside_an_array_of_values_is_refused():
    x, t = ValueArray([1.0, 2.0]), Tensor([1.0, 2.0])
    for f in (lambda: x * t, lambda: t * x, lambda: np.maximum(t, x), lambda: x @ t,
              lambda: np.concatenate([x, t]), lambda: np.stack([t, x])):  # fmt: skip
        with pytest.raises(TypeError, match="ValueArray"):
            f()


def test_nothing_writes_into_the_array():
    x = ValueArray([1.0, 2.0])
    element = x[0]
    for write in (
        lambda: x.__setitem__(0, 5.0),
        lambda: x.__setitem__(slice(None), 5.0),
        lambda: x.__iadd__(1.0),
        lambda: np.add(x, 1.0, out=x),
        lambda: x.fill(0.0),
        lambda: x.put(0, 5.0),
        lambda: np.copyto(x, 0.0),
    ):
        with pytest.raises((TypeError, ValueError)):
            write()
        assert x[0] is element
        np.testing.assert_array_equal(x.data, [1.0, 2.0])


def test_elements_and_views_are_the_same_values():
    x = ValueArray(np.arange(6.0).reshape(2, 3))
    for view in (x[0], x[:, 0], x.T[0], x.reshape(-1), x[[0, 0]], x.ravel(), x[None], x[x > 2]):
        assert type(view) is ValueArray
        assert view.flat[0] in set(x.flat)
    assert [type(row) for row in x] == [ValueArray] * 2
    assert type(x[0, 0]) is Value
    assert len(x) == 2
    assert bool(ValueArray([1.0])) is True
    assert float(ValueArray([[2.0]])[0, 0]) == 2.0


def test_comparisons_are_plain():
    x = ValueArray([1.0, 2.0, np.nan])
    for answer in (x > 1.0, x == x, np.isnan(x), x <= np.ones(3), ~(x < 2), np.signbit(x)):
        assert type(answer) is np.ndarray
        assert answer.dtype == bool


@pytest.mark.parametrize("f", [np.linalg.eig])
def test_functions_that_objects_do_not_have_are_refused_by_name(f):
    with pytest.raises(TypeError, match=f.__name__):
        f(ValueArray([[1.0, 2.0], [3.0, 4.0]]))


def test_padding_is_made_of_constants():
    x = ValueArray([1.0, 2.0])
    y = np.pad(x, 1)
    np.testing.assert_array_equal(y.data, [0.0, 1.0, 2.0, 0.0])
    assert [element.requires_grad for element in y] == [False, True, True, False]
    np.sum(y * y).backward()
    np.testing.assert_array_equal(x.grad, [2.0, 4.0])


@pytest.mark.parametrize(
    "f",
    [
        lambda x: x.mean(),
        lambda x: x.mean(axis=0),
        lambda x: x.mean(axis=1, keepdims=True),
        lambda x: x.sum(),
        lambda x: x.max(axis=0),
        lambda x: x.min(),
        lambda x: x.clip(1.5, 3.5),
        lambda x: x.reshape(4),
        lambda x: x.swapaxes(0, 1),
        lambda x: x.squeeze(),
        lambda x: abs(x),
        lambda x: -x,
        lambda x: +x,
        lambda x: x @ x,
        lambda x: x.exp(),
        lambda x: x.relu(),
        lambda x: x.tanh(),
        lambda x: x.sigmoid(),
        lambda x: x.log(),
        lambda x: x.sqrt(),
        lambda x: x.softplus(),
        lambda x: x.flatten(),
    ],
)
def test_methods_that_tensors_have(f):
    """A model that calls methods runs on both carriers."""
    array = np.array([[1.0, 2.0], [3.0, 4.0]])
    x, t = ValueArray(array), Tensor(array)
    ours, theirs = f(x), f(t)
    np.testing.assert_allclose(ours.data, theirs.data, rtol=1e-12)
    np.sum(ours * 1.0).backward()
    theirs.sum().backward()
    np.testing.assert_allclose(x.grad, t.grad, rtol=1e-12)


def test_values_do_not_warn():
    """Arithmetic on Values follows IEEE 754 in silence, one by one and in arrays."""
    x = ValueArray([0.0, -1.0, 1e308])
    for y in (np.log(x), 1 / x, np.sqrt(x), x * 1e308, np.exp(x), TABLE["softmax"](x * np.inf)):
        assert y.shape == (3,)


def test_printing():
    assert repr(ValueArray([1.0, 2.0])) == "ValueArray([Value(1), Value(2)], dtype=object)"
    assert str(ValueArray([1.0, 2.0])) == "[Value(1) Value(2)]"
    assert f"{ValueArray([1.0])}" == "[Value(1)]"


def test_conversion_to_plain_numbers_is_refused():
    x = ValueArray([1.0, 2.0])
    with pytest.raises(TypeError, match=r"\.data"):
        x.astype(float)

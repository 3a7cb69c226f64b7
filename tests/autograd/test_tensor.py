"""Tests of Tensor as an array."""

import operator

import numpy as np
import pytest

from autograd import Tensor, Value, ValueArray


def test_data_is_copied():
    array = np.ones(3)
    x = Tensor(array)
    array[:] = 5.0
    np.testing.assert_array_equal(x.data, 1.0)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.longdouble])
def test_floating_arrays_keep_their_dtype(dtype):
    assert Tensor(np.ones(2, dtype)).dtype == dtype
    assert Tensor([1, 2], dtype=dtype).dtype == dtype
    assert Tensor(dtype(1)).dtype == dtype


@pytest.mark.parametrize(
    "data",
    [None, "abc", [[1, 2], [3]], [None], object(), {"a": 1}, np.array(["a"]), ["1"],
     np.array([1, 2], dtype=object), np.datetime64("2020-01-01"), 10**400],
    ids=lambda data: type(data).__name__,
)  # fmt: skip
def test_what_a_tensor_may_not_hold(data):
    with pytest.raises((TypeError, ValueError)) as caught:
        Tensor(data)
    assert "Tensor" in str(caught.value)


@pytest.mark.parametrize(
    "data", [Value(1.0), Tensor(1.0), [Value(1.0), 2.0], [Tensor([1.0])], ValueArray([1.0])]
)
def test_a_tensor_of_nodes_would_cut_the_graph(data):
    with pytest.raises(TypeError):
        Tensor(data)


def test_attributes():
    x = Tensor([[1.0, 2.0, 3.0]], name="x")
    assert (x.shape, x.ndim, x.size, len(x), x.dtype) == ((1, 3), 2, 3, 1, np.float64)
    assert (x.op, x.inputs, x.params, x.name, x.is_leaf) == ("", (), {}, "x", True)
    y = x.sum(axis=1)
    assert (y.op, y.inputs, y.is_leaf) == ("sum", (x,), False)
    assert y.params["axis"] == 1
    assert x.T.shape == (3, 1)
    assert x.tolist() == [[1.0, 2.0, 3.0]]
    with pytest.raises(RuntimeError, match="detach"):
        y.requires_grad = False


OPERATORS = [operator.add, operator.sub, operator.mul, operator.truediv, operator.pow]
OTHERS = [
    2, 2.0, True, np.float64(2), np.float32(2), np.int64(2), [1.0, 2.0], (1, 2), [True, False],
    np.array([1.0, 2.0]), np.array([1, 2]), np.array([True, False]), np.array(2.0),
    np.array([[1.0], [2.0]]), Tensor([1.0, 2.0]), Tensor(2.0), Value(2.0),
    np.ones(0)[:, None], [[1.0, 2.0]],
]  # fmt: skip


@pytest.mark.parametrize("other", OTHERS, ids=str)
@pytest.mark.parametrize("f", OPERATORS, ids=lambda f: f.__name__)
def test_operators_in_either_order(f, other):
    array = np.array([3.0, 4.0])
    plain = other.data if isinstance(other, Tensor | Value) else np.asarray(other)
    x = Tensor(array)
    with np.errstate(divide="ignore"):
        pairs = (f(x, other), f(array, plain)), (f(other, x), f(plain, array))
    for y, expected in pairs:
        assert type(y) is Tensor
        np.testing.assert_allclose(y.data, expected)
        assert any(node is x for node in y.inputs)
        y.sum().backward()
        assert x.grad.shape == (2,)


@pytest.mark.parametrize("f", OPERATORS, ids=lambda f: f.__name__)
def test_dtypes_of_results_are_numpys(f):
    for ours in (np.float16, np.float32, np.float64):
        for other in (2, 2.0, np.float64(2), np.int8(2), np.array(2), np.ones(2, np.float32)):
            array = np.array([1.0, 2.0], ours)
            assert f(Tensor(array), other).dtype == f(array, other).dtype
            assert f(other, Tensor(array)).dtype == f(other, array).dtype


@pytest.mark.parametrize("other", [None, "ab", {}, object(), np.array(["a", "b"])], ids=range(5))
@pytest.mark.parametrize("f", OPERATORS, ids=lambda f: f.__name__)
def test_operators_with_what_is_no_array(f, other):
    with pytest.raises(TypeError):
        f(Tensor([1.0, 2.0]), other)
    with pytest.raises(TypeError):
        f(other, Tensor([1.0, 2.0]))


@pytest.mark.parametrize("f", [lambda x: ~x, lambda x: x & 1, lambda x: 1 << x])
def test_operators_without_a_derivative(f):
    with pytest.raises(TypeError):
        f(Tensor([1.0, 2.0]))


def test_in_place_operators_bind_the_name_anew():
    x = Tensor([1.0, 2.0])
    y = x
    y += 1
    y *= 2
    y -= x
    y /= 2
    y **= 2
    y @= np.eye(2)
    assert y is not x
    np.testing.assert_array_equal(x.data, [1.0, 2.0])
    assert y.requires_grad


def test_iteration_gives_tensors_on_the_graph():
    x = Tensor([[1.0, 2.0], [3.0, 4.0]])
    first, second = x
    (first * second).sum().backward()
    np.testing.assert_array_equal(x.grad, [[3.0, 4.0], [1.0, 2.0]])
    assert [float(v) for v in Tensor([1.0, 2.0])] == [1.0, 2.0]
    assert sum(Tensor([1.0, 2.0])).item() == 3.0
    with pytest.raises(TypeError):
        iter(Tensor(1.0))
    with pytest.raises(TypeError):
        len(Tensor(1.0))
    assert list(Tensor(np.zeros((0, 2)))) == []


def test_python_conversions():
    x = Tensor(2.75)
    assert (float(x), int(x), bool(x), bool(Tensor([0.0])), x.item()) == (
        2.75,
        2,
        True,
        False,
        2.75,
    )
    many = Tensor([1.0, 2.0])
    for f in (bool, float, int, lambda x: x.item(), lambda x: f"{x:.2f}"):
        with pytest.raises((ValueError, TypeError)):
            f(many)
    with pytest.raises(TypeError):
        operator.index(x)


def test_format_and_repr():
    assert f"{Tensor(3.14159):.2f}" == "3.14"
    assert repr(Tensor([1.0, 2.0])) == "Tensor([1., 2.])"
    assert repr(Tensor([1.0], name="w")) == "Tensor([1.], name='w')"
    assert "dtype=float32" in repr(Tensor(np.ones(2, np.float32)))
    assert "requires_grad=False" in repr(Tensor([1.0], requires_grad=False))
    assert "op='multiply'" in repr(Tensor([1.0]) * 2)
    assert f"{Tensor([1.0, 2.0])}" == "Tensor([1., 2.])"
    assert len(repr(Tensor(np.zeros((1000, 1000))))) < 2000
    assert repr(Tensor(np.zeros((0, 3)))).startswith("Tensor([]")


def test_detach_copies_the_array():
    x = Tensor([1.0, 2.0])
    y = (x * 2.0).detach()
    assert not y.requires_grad
    assert y.inputs == ()
    assert not np.shares_memory(x.detach().data, x.data)


def test_assigned_data():
    x = Tensor(np.ones(2, np.float32))
    x.data = [3, 4]
    assert x.dtype == np.float32
    x.data -= np.float64(1)
    np.testing.assert_array_equal(x.data, [2.0, 3.0])
    for wrong in (np.ones(3), 1.0, [[1.0, 2.0]]):
        with pytest.raises(ValueError, match=r"shape"):
            x.data = wrong
    with pytest.raises(TypeError):
        x.data = Tensor([1.0, 2.0])
    np.testing.assert_array_equal(x.data, [2.0, 3.0])


def test_subclasses_of_arrays_as_operands():
    class Marked(np.ndarray):
        pass

    marked = np.array([1.0, 2.0]).view(Marked)
    x = Tensor([3.0, 4.0])
    for y in (x * marked, marked * x):
        assert type(y) is Tensor
        assert type(y.data) is np.ndarray
        y.sum().backward()
    np.testing.assert_array_equal(x.grad, [2.0, 4.0])


@pytest.mark.parametrize("carrier", [Tensor, lambda x: Value(x[0])])
def test_masked_arrays_are_refused_in_either_order(carrier):
    masked = np.ma.array([1.0, 2.0], mask=[True, False])
    x = carrier([3.0, 4.0])
    for f in (lambda: x * masked, lambda: masked * x, lambda: x + masked, lambda: masked + x):
        with pytest.raises(TypeError, match=r"mask|plain array"):
            f()
    with pytest.raises(TypeError, match=r"mask|plain array"):
        Tensor(masked)


def test_matrices_as_operands():
    with pytest.warns(PendingDeprecationWarning):
        matrix = np.matrix([[1.0, 2.0], [3.0, 4.0]])
    x = Tensor(np.ones((2, 2)))
    y = x * matrix
    assert type(y.data) is np.ndarray
    np.testing.assert_array_equal(y.data, np.asarray(matrix))

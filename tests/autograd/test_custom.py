"""Operations of users' own."""

import pickle

import numpy as np
import pytest

from autograd import Tensor, Value, ValueArray, hessian, jvp, primitive


@primitive(derivative=lambda x, y: 3 * x**2)
def cube(x):
    """The third power."""
    return x**3


@primitive(
    vjp=(lambda g, a, b, y, *, scale: g * b * scale, lambda g, a, b, y, *, scale: g * a * scale)
)
def scaled_product(a, b, *, scale=1.0):
    return a * b * scale


@primitive
def rounded(x):
    return np.floor(x)


def test_it_works_on_every_carrier():
    assert cube(2.0) == 8.0
    np.testing.assert_array_equal(cube(np.array([1.0, 2.0])), [1.0, 8.0])
    for x, number in ((Value(2.0), float), (Tensor(2.0), float)):
        cube(x).backward()
        assert number(x.grad) == 12.0
    values = ValueArray([1.0, 2.0])
    cube(values).sum().backward()
    np.testing.assert_array_equal(values.grad, [3.0, 12.0])


def test_its_operands_may_be_named():
    x = Value(2.0)
    y = cube(x=x)
    y.backward()
    assert x.grad == 12.0
    with pytest.raises(TypeError, match=r"cube takes 1 operand, but was given 0, z="):
        cube(z=x)


def test_it_is_traced_by_its_name():
    (flow,) = cube(Value(2.0)).trace().flows
    assert flow.source.op == "cube"
    assert flow.local == 12.0


def test_any_order_and_forward_mode():
    x = np.array([1.0, 2.0])
    np.testing.assert_array_equal(hessian(lambda x: np.sum(cube(x)))(x), np.diag(6 * x))
    assert jvp(cube, [2.0], [1.0]) == (8.0, 12.0)


def test_parameters_are_not_operands():
    x = Tensor([1.0, 2.0])
    scaled_product(x, np.array([3.0, 4.0]), scale=2.0).sum().backward()
    np.testing.assert_array_equal(x.grad, [6.0, 8.0])


def test_without_a_derivative_it_fails_when_differentiated():
    x = Tensor([1.5])
    y = rounded(x) * 2.0
    assert y.data == 2.0
    with pytest.raises(NotImplementedError, match="'rounded' was declared without a derivative"):
        y.sum().backward()
    assert x.grad is None


def test_its_docstring_is_kept():
    assert cube.__doc__ == "The third power."


def test_a_graph_with_it_is_pickled():
    x = Tensor([2.0], name="x")
    again = pickle.loads(pickle.dumps(cube(x).sum()))
    again.backward()
    (leaf,) = [step.node for step in again.trace() if step.node.is_leaf]
    np.testing.assert_array_equal(leaf.grad, [12.0])


def test_what_does_not_fit_is_refused():
    with pytest.raises(TypeError, match=r"'f' has 2 operands \(a, b\), but 1 derivatives"):
        primitive(derivative=1.0)(_two())
    with pytest.raises(TypeError, match="one of them"):
        primitive(derivative=1.0, vjp=lambda g, x, y: g)(_one())


def _two():
    def f(a, b):
        return a + b

    return f


def _one():
    def f(a):
        return a

    return f

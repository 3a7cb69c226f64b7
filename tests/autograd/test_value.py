"""Tests of Value as a number."""

import math
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

from autograd import Tensor, Value, ValueArray


@pytest.mark.parametrize(
    "data",
    [3, 3.0, True, np.float32(3), np.int64(3), np.array(3.0), np.True_, Fraction(3), Decimal(3)],
)
def test_what_a_value_may_hold(data):
    assert type(Value(data).data) is float


@pytest.mark.parametrize(
    "data", ["3", b"3", None, [3.0], (3,), np.ones(1), 3j, np.complex128(3), object(), {}, max]
)
def test_what_a_value_may_not_hold(data):
    with pytest.raises(TypeError):
        Value(data)


@pytest.mark.parametrize("carrier", [Value, Tensor, lambda x: ValueArray([x])[0]])
def test_a_node_is_no_number_to_make_a_node_of(carrier):
    with pytest.raises(TypeError, match=r"\.data"):
        Value(carrier(1.0))


def test_attributes_of_a_leaf():
    x = Value(2, name="x")
    assert (x.data, x.grad, x.op, x.inputs, x.params) == (2.0, None, "", (), {})
    assert (x.name, x.scope, x.is_leaf, x.requires_grad) == ("x", "", True, True)
    x.name = "y"
    assert x.name == "y"
    x.requires_grad = False
    assert not (x * 2).requires_grad
    x.requires_grad = True
    assert (x * 2).requires_grad


def test_attributes_of_a_result():
    x = Value(2.0)
    y = x - 3
    assert (y.op, y.is_leaf, y.requires_grad, y.name) == ("subtract", False, True, "")
    left, right = y.inputs
    assert left is x
    assert (right.data, right.requires_grad) == (3.0, False)
    assert [node.data for node in (3 - x).inputs] == [3.0, 2.0]
    assert (-x).inputs == (x,)
    with pytest.raises(RuntimeError, match="detach"):
        y.requires_grad = False
    with pytest.raises(AttributeError):
        x.grads = 1.0


OPERATORS = [
    (lambda a, b: a + b, "add"),
    (lambda a, b: a - b, "subtract"),
    (lambda a, b: a * b, "multiply"),
    (lambda a, b: a / b, "divide"),
    (lambda a, b: a**b, "power"),
]
NUMBERS = [3, 3.0, True, np.float64(3), np.float32(3), np.int64(3), np.uint8(3), np.True_]


@pytest.mark.parametrize("other", NUMBERS, ids=lambda x: type(x).__name__)
@pytest.mark.parametrize(("f", "op"), OPERATORS, ids=[op for _, op in OPERATORS])
def test_operators_with_every_kind_of_number(f, op, other):
    v = Value(2.0)
    for y, expected in ((f(v, other), f(2.0, float(other))), (f(other, v), f(float(other), 2.0))):
        assert type(y) is Value
        assert y.op == op
        assert y.data == pytest.approx(expected)
        assert len(y.inputs) == 2


@pytest.mark.parametrize("other", [None, "2", [1, 2], {}, 2j, object(), max])
@pytest.mark.parametrize(("f", "op"), OPERATORS, ids=[op for _, op in OPERATORS])
def test_operators_with_what_is_no_number(f, op, other):
    with pytest.raises(TypeError):
        f(Value(2.0), other)
    with pytest.raises(TypeError):
        f(other, Value(2.0))


@pytest.mark.parametrize(
    "f", [lambda v: ~v,
          lambda v: v @ v, lambda v: v & 1, lambda v: v << 1, lambda v: v[0], len, iter,
          lambda v: np.ones(3)[v], lambda v: [1, 2][v], lambda v: v(1)],
)  # fmt: skip
def test_what_a_scalar_cannot_do(f):
    with pytest.raises((TypeError, IndexError)):
        f(Value(2.0))


def test_in_place_operators_bind_the_name_anew():
    x = Value(2.0)
    y = x
    y += 1
    y *= 3
    y -= x
    y /= 2
    y **= 2
    assert (x.data, y.data) == (2.0, ((2 + 1) * 3 - 2) ** 2 / 4)
    y.backward()
    assert x.grad == pytest.approx(2 * 7 / 4 * 2)


def test_sum_of_a_list_and_of_a_generator():
    values = [Value(float(i)) for i in range(5)]
    total = sum(values)
    total = total + sum(v * v for v in values)
    total.backward()
    assert [v.grad for v in values] == [1 + 2.0 * i for i in range(5)]


def test_python_conversions():
    v = Value(2.75)
    assert (float(v), int(v), bool(v), bool(Value(0.0))) == (2.75, 2, True, False)
    assert math.isclose(v, 2.75)
    assert max(v, Value(3.0), key=float).data == 3.0
    assert sorted([Value(3.0), Value(1.0)])[0].data == 1.0
    assert v.item() == 2.75


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Value(2.0), "Value(2)"),
        (Value(1 / 3, name="w"), "Value(0.333333, name='w')"),
        (Value(2.0, requires_grad=False), "Value(2, requires_grad=False)"),
        (Value(math.nan), "Value(nan)"),
        (Value(-math.inf), "Value(-inf)"),
    ],
)
def test_repr(value, text):
    assert repr(value) == str(value) == f"{value}" == text


def test_repr_with_gradients():
    x = Value(3.0)
    y = x * x
    y.backward()
    assert repr(x) == "Value(3, grad=6)"
    x.zero_grad()
    y.backward(create_graph=True)
    assert repr(x) == "Value(3, grad=6)"


def test_format():
    assert f"{Value(math.pi):.2f} {Value(2.0):>6.1f} {Value(1e6):e}" == "3.14    2.0 1.000000e+06"
    assert f"{Value(2.0):%}" == "200.000000%"


@pytest.mark.parametrize(
    ("method", "function"),
    [
        ("exp", math.exp),
        ("log", math.log),
        ("sqrt", math.sqrt),
        ("sin", math.sin),
        ("cos", math.cos),
        ("tanh", math.tanh),
        ("abs", abs),
        ("sigmoid", lambda x: 1 / (1 + math.exp(-x))),
        ("relu", lambda x: max(x, 0.0)),
        ("softplus", lambda x: math.log1p(math.exp(x))),
    ],
)
def test_methods_are_those_of_tensors_and_arrays_of_values(method, function):
    for x in (Value(0.7), Tensor(0.7), ValueArray([0.7])):
        y = getattr(x, method)()
        assert float(np.asarray(y.data).item()) == pytest.approx(function(0.7))
        assert y.requires_grad


def test_assigned_data_is_a_float():
    x = Value(1.0)
    for data in (2, np.float32(2), np.array(2.0)):
        x.data = data
        assert type(x.data) is float
    for wrong in ("2", [1.0], 1j, Value(1.0)):
        with pytest.raises(TypeError):
            x.data = wrong
    assert x.data == 2.0


def test_numbers_that_no_float_can_hold():
    with pytest.raises(OverflowError):
        Value(1.0) * 10**400
    assert (Value(1.0) * 10**300 * 10**300).data == math.inf


def test_seeds_of_a_value():
    x = Value(3.0)
    y = x * x
    for seed in (2, 2.0, np.float32(2), np.array(2.0), Value(2.0), Tensor(2.0)):
        x.zero_grad()
        y.backward(seed)
        assert type(x.grad) is float
        assert x.grad == 12.0
    for wrong in ("2", [1.0, 2.0], np.ones(2), Tensor([1.0, 2.0])):
        with pytest.raises((TypeError, ValueError)):
            y.backward(wrong)
    assert x.grad == 12.0

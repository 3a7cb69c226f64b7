"""Tests of powers, choices and types, where one case says more than a sweep over the table."""

import numpy as np
import pytest

from autograd import Tensor, Value, ValueArray
from autograd.rules.arithmetic import power

CARRIERS = [Value, Tensor, lambda x: ValueArray([x])]
CARRIER_NAMES = ["Value", "Tensor", "ValueArray"]


def number(x):
    return None if x is None else float(np.asarray(x).item())


@pytest.mark.parametrize("carrier", CARRIERS, ids=CARRIER_NAMES)
@pytest.mark.parametrize("base", [-2.0, -1.0, 0.0, 0.5, 3.0])
@pytest.mark.parametrize("exponent", [0, 1, 2, 3, 5])
def test_whole_powers_differentiate_at_every_base_four_times(carrier, base, exponent):
    x = carrier(base)
    out = x**exponent
    factor = 1.0
    for order in range(4):
        expected = factor * base ** (exponent - order) if exponent >= order else 0.0
        assert number(out.data) == pytest.approx(expected)
        factor *= exponent - order
        if not out.requires_grad:
            assert order >= exponent
            break
        x.zero_grad()
        out.backward(create_graph=True)
        out = x.flat[0].grad if isinstance(x, ValueArray) else x.grad


@pytest.mark.parametrize("exponent", [-1, -2, 0.5, np.int64(2), np.float32(2), True])
def test_exponents_of_every_type(exponent):
    x, v = Tensor([4.0, 9.0]), Value(4.0)
    y = x**exponent
    y.sum().backward()
    (v**exponent).backward()
    np.testing.assert_allclose(y.data, np.array([4.0, 9.0]) ** float(exponent))
    np.testing.assert_allclose(x.grad, float(exponent) * x.data ** (float(exponent) - 1))
    assert v.grad == pytest.approx(x.grad[0])


def test_both_operands_of_a_power_may_be_the_same_node():
    x = Value(1.5)
    (x**x).backward()
    assert x.grad == pytest.approx(1.5**1.5 * (1 + np.log(1.5)))


def test_a_whole_base_with_an_array_of_exponents():
    y = Tensor([0.0, 1.0, 2.0])
    power(2, y).sum().backward()
    np.testing.assert_allclose(y.grad, 2.0**y.data * np.log(2))


def test_where_takes_an_array_condition_with_scalar_nodes():
    v = Value(2.0)
    out = np.where(np.array([True, False, True]), v, 0.0)
    assert isinstance(out, Tensor)
    np.testing.assert_array_equal(out.data, [2.0, 0.0, 2.0])
    out.sum().backward()
    assert v.grad == 2.0


def test_clip_takes_array_bounds_with_a_scalar_node():
    v = Value(2.0)
    out = np.clip(v, np.array([0.0, 3.0]), 5.0)
    assert isinstance(out, Tensor)
    np.testing.assert_array_equal(out.data, [2.0, 3.0])
    out.sum().backward()
    assert v.grad == 1.0


@pytest.mark.parametrize("x", [np.array([1.0, 2.0]), Tensor([1.0, 2.0])], ids=["array", "Tensor"])
def test_clip_refuses_a_bound_that_needs_a_gradient(x):
    with pytest.raises(TypeError, match="clip"):
        np.clip(x, Tensor(0.5), None)


@pytest.mark.parametrize(
    ("bounds", "data", "grad"),
    [
        ((0.0, 2.0), [0.0, 1.0, 2.0], [0, 1, 0]),
        ((None, 2.0), [-1.0, 1.0, 2.0], [1, 1, 0]),
        ((0.0, None), [0.0, 1.0, 3.0], [0, 1, 1]),
        ((np.array([-2.0, 2.0, 3.0]), None), [-1.0, 2.0, 3.0], [1, 0, 1]),
        ((2.0, 0.0), [0.0, 0.0, 0.0], [0, 0, 0]),
    ],
)
def test_clip_bounds(bounds, data, grad):
    for carrier in (Tensor, ValueArray):
        x = carrier([-1.0, 1.0, 3.0])
        y = np.clip(x, *bounds)
        np.testing.assert_array_equal(y.data, data)
        total = np.sum(y)
        if total.requires_grad:
            total.backward()
        np.testing.assert_array_equal(np.zeros(3) if x.grad is None else x.grad, grad)


def test_clip_by_keyword():
    x = Tensor([-1.0, 1.0, 3.0])
    for y in (np.clip(x, min=0, max=2), np.clip(x, a_min=0, a_max=2), x.clip(0, 2), x.clip(max=2)):
        assert y.op == "clip"
    np.testing.assert_array_equal(np.clip(x, min=0, max=2).data, [0.0, 1.0, 2.0])


def test_astype_passes_the_gradient_in_the_dtype_of_its_source():
    x = Tensor(np.ones(2, np.float32))
    y = x.astype(np.float64)
    assert y.dtype == np.float64
    (y * 1e-9).sum().backward()
    assert x.grad.dtype == np.float32
    assert y.grad.dtype == np.float64


@pytest.mark.parametrize("dtype", [int, bool, np.uint8, object])
def test_astype_to_what_has_no_gradient_is_refused(dtype):
    with pytest.raises(TypeError, match="floating"):
        Tensor([1.5, 2.5]).astype(dtype)


def test_astype_of_a_constant_is_free():
    assert Tensor([1.5, 2.5], requires_grad=False).astype(int).dtype == int


@pytest.mark.parametrize("operand", [1j, np.complex128(1 + 2j)])
def test_a_value_is_real(operand):
    with pytest.raises(TypeError):
        Value(2.0) * operand
    with pytest.raises(TypeError):
        operand * Value(2.0)
    with pytest.raises(TypeError, match="real"):
        Value(operand)

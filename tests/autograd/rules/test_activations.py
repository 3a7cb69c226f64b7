"""Tests of the activation functions at sizes where a careless formula overflows."""

import math

import numpy as np
import pytest

from autograd import Tensor, Value, ValueArray
from autograd.primitives import TABLE

HUGE = [-1e6, -1000.0, -745.2, -40.0, 0.0, 40.0, 709.8, 1000.0, 1e6]


def softplus(x):
    return max(x, 0.0) + math.log1p(math.exp(-abs(x)))


def sigmoid(x):
    return 1 / (1 + math.exp(-x)) if x > -700 else math.exp(max(x, -800.0))


@pytest.mark.parametrize("x", HUGE)
@pytest.mark.parametrize(
    ("name", "value", "slope"),
    [
        ("sigmoid", sigmoid, lambda x: sigmoid(x) * sigmoid(-x)),
        ("softplus", softplus, sigmoid),
        ("tanh", math.tanh, lambda x: 1 - math.tanh(x) ** 2),
        ("silu", lambda x: x * sigmoid(x), lambda x: sigmoid(x) * (1 + x * sigmoid(-x))),
        ("elu", lambda x: x if x > 0 else math.expm1(x), lambda x: 1 if x > 0 else math.exp(x)),
        ("relu", lambda x: max(x, 0.0), lambda x: float(x > 0)),
        ("leaky_relu", lambda x: x if x > 0 else 0.01 * x, lambda x: 1.0 if x > 0 else 0.01),
        ("step", lambda x: float(x > 0), lambda x: 0.0),
    ],
)
@pytest.mark.parametrize("carrier", [Value, Tensor], ids=["Value", "Tensor"])
def test_finite_and_right_at_any_size(carrier, name, value, slope, x):
    node = carrier(x)
    out = TABLE[name](node)
    out.backward()
    assert float(out.data) == pytest.approx(value(x), rel=1e-14, abs=1e-300)
    assert float(node.grad) == pytest.approx(slope(x), rel=1e-13, abs=1e-15)


@pytest.mark.parametrize("dtype", [np.float16, np.float32])
@pytest.mark.parametrize("name", ["sigmoid", "softplus", "tanh", "silu", "elu", "leaky_relu"])
def test_finite_in_low_precision(name, dtype):
    x = Tensor(np.array([-1000.0, 0.0, 1000.0], dtype))
    TABLE[name](x).sum().backward()
    assert np.isfinite(x.grad).all()
    assert x.grad.dtype == dtype


@pytest.mark.parametrize("carrier", [Tensor, ValueArray])
@pytest.mark.parametrize("name", ["softmax", "log_softmax", "logsumexp"])
@pytest.mark.parametrize(
    "row", [[1000.0, 0.0, -1000.0], [-1000.0, -1000.0, -1001.0], [1e6, 1e6, 0.0]]
)
def test_rows_of_any_size(carrier, name, row):
    x = carrier([row, row[::-1]])
    shifted = np.asarray(row) - max(row)
    logsumexp = math.log(np.exp(shifted).sum()) + max(row)
    p = np.exp(shifted) / np.exp(shifted).sum()
    expected = {
        "softmax": p,
        "log_softmax": shifted - math.log(np.exp(shifted).sum()),
        "logsumexp": logsumexp,
    }[name]
    slope = {
        "softmax": p * ((np.arange(3) == 0) - p[0]),
        "log_softmax": (np.arange(3) == 0) - p,
        "logsumexp": p,
    }[name]
    out = TABLE[name](x, axis=1)
    np.testing.assert_allclose(out.data[0], expected, rtol=1e-12, atol=1e-12)
    (out[0] if name == "logsumexp" else out[0, 0]).backward()
    np.testing.assert_allclose(x.grad[0], slope, rtol=1e-9, atol=1e-12)
    np.testing.assert_array_equal(x.grad[1], 0.0)


@pytest.mark.parametrize("carrier", [Tensor, ValueArray])
def test_a_masked_logit_of_minus_infinity(carrier):
    x = carrier([1.0, -np.inf, 2.0])
    y = TABLE["softmax"](x)
    assert y.data[1] == 0.0
    y[0].backward()
    p = 1 / (1 + math.e)
    np.testing.assert_allclose(x.grad, [p * (1 - p), 0.0, -p * (1 - p)], rtol=1e-12)


@pytest.mark.parametrize("carrier", [Tensor, ValueArray])
def test_logsumexp_of_nothing_but_minus_infinity(carrier):
    assert TABLE["logsumexp"](carrier([-np.inf, -np.inf])).data == -np.inf


def test_course_softmax():
    p = TABLE["softmax"](Tensor([40.0, 30.0, 10.0, 5.0])).data
    np.testing.assert_allclose(p, [0.9999546, 4.54e-5, 9.36e-14, 6.30e-16], rtol=1e-3)


@pytest.mark.parametrize(
    ("name", "data", "grad"), [("softmax", 1, 0), ("log_softmax", 0, 0), ("logsumexp", 3, 1)]
)
def test_functions_of_arrays_take_a_value(name, data, grad):
    v = Value(3.0)
    out = TABLE[name](v)
    assert float(out.data) == data
    out.backward()
    assert v.grad == grad

"""Activations: worked numbers, and where their pieces meet."""

import math

import numpy as np
import pytest

import nn.functional as F  # noqa: N812 - the usual name
from autograd import Tensor, Value, ValueArray

#: Function, number, value, derivative: where PyTorch's choice is not the only one possible.
SEAMS = [
    (F.relu6, 0.0, 0.0, 0.0),
    (F.relu6, 6.0, 6.0, 0.0),
    (F.hardtanh, 1.0, 1.0, 0.0),
    (F.hardtanh, -1.0, -1.0, 0.0),
    (F.hardsigmoid, -3.0, 0.0, 0.0),
    (F.hardsigmoid, 0.0, 0.5, 1 / 6),
    (F.hardsigmoid, 3.0, 1.0, 0.0),
    (F.hardswish, -3.0, 0.0, 0.0),
    (F.hardswish, 3.0, 3.0, 1.0),
    (F.hardshrink, 0.5, 0.0, 0.0),
    (F.softshrink, -0.5, 0.0, 0.0),
    (F.softshrink, 2.0, 1.5, 1.0),
    (F.celu, 0.0, 0.0, 1.0),
    (F.softsign, 0.0, 0.0, 1.0),
    (lambda x: F.threshold(x, 0.5, 7.0), 0.5, 7.0, 0.0),
    (F.gelu, 0.0, 0.0, 0.5),
    (F.gelu, 1.0, 0.8413447460685429, 0.8413447460685429 + math.exp(-0.5) / math.sqrt(2 * math.pi)),
    (F.gelu, -1000.0, 0.0, 0.0),
    (F.mish, 0.0, 0.0, 0.6),
    (F.logsigmoid, -1000.0, -1000.0, 1.0),
    (F.softplus, 20.5, 20.5, 1.0),
]


@pytest.mark.parametrize(("function", "number", "value", "slope"), SEAMS)
@pytest.mark.parametrize("carrier", [Tensor, ValueArray, Value])
def test_seams(function, number, value, slope, carrier):
    x = carrier(number)
    y = function(x)
    y.backward()
    assert float(y.data) == pytest.approx(value, rel=1e-14)
    assert (0.0 if x.grad is None else float(x.grad)) == pytest.approx(slope, rel=1e-14)


def test_gelu_needs_no_scipy(monkeypatch):
    x = np.linspace(-5, 5, 7)
    expected = F.gelu(x)
    monkeypatch.setitem(__import__("sys").modules, "scipy.special", None)
    np.testing.assert_allclose(F.gelu(x), expected, rtol=1e-14)


def test_gelu_in_single_precision_has_digits_in_the_tail_too():
    x = np.linspace(-12, 12, 20001, dtype=np.float32)
    found, expected = F.gelu(x), F.gelu(x.astype(float))
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, expected, rtol=5e-6)
    near = np.abs(x) < 3
    np.testing.assert_allclose(found[near], expected[near], rtol=1e-6)
    node = Tensor(x)
    F.gelu(node).sum().backward()
    exact = Tensor(x.astype(float))
    F.gelu(exact).sum().backward()
    np.testing.assert_allclose(node.grad, exact.grad, atol=5e-7)


def test_gelu_of_what_is_not_finite():
    x = np.array([np.inf, -np.inf, np.nan, 0.0], dtype=np.float32)
    np.testing.assert_array_equal(F.gelu(x), [np.inf, 0.0, np.nan, 0.0])
    assert F.gelu(np.zeros((0, 2), np.float32)).shape == (0, 2)
    assert float(F.gelu(Tensor(np.float32(0.0))).data) == 0.0


def test_the_two_gelus_are_near():
    x = np.linspace(-6, 6, 101)
    np.testing.assert_allclose(F.gelu(x, "tanh"), F.gelu(x), atol=5e-4)


def test_selu_keeps_mean_and_variance():
    y = F.selu(np.random.default_rng(0).normal(size=1_000_000))
    assert np.mean(y) == pytest.approx(0, abs=5e-3)
    assert np.var(y) == pytest.approx(1, abs=5e-3)


def test_gumbel_softmax_samples_the_classes():
    logits = np.log(np.tile([0.2, 0.3, 0.5], (20_000, 1)))
    x = Tensor(logits)
    hard = F.gumbel_softmax(x, hard=True, seed=0)
    assert set(np.unique(hard.data.round(12))) == {0.0, 1.0}
    np.testing.assert_allclose(hard.data.mean(axis=0), [0.2, 0.3, 0.5], atol=0.015)
    (hard * logits).sum().backward()
    of_hard = x.grad
    x.zero_grad()
    (F.gumbel_softmax(x, seed=0) * logits).sum().backward()
    np.testing.assert_array_equal(x.grad, of_hard)


def test_rrelu_draws_its_slopes():
    slopes = -F.rrelu(np.full(10_000, -1.0), 0.1, 0.3, training=True, seed=0)
    assert 0.1 <= slopes.min() < 0.11
    assert 0.29 < slopes.max() <= 0.3
    np.testing.assert_allclose(F.rrelu(np.array([-1.0]), 0.1, 0.3), [-0.2])
    np.testing.assert_array_equal(F.rrelu(np.array([2.0]), training=True), [2.0])


def test_softmax_in_another_dtype():
    x = np.zeros((2, 2), dtype=np.float32)
    assert F.softmax(Tensor(x), dtype=np.float64).dtype == np.float64
    assert F.log_softmax(x, 0, dtype=np.float64).dtype == np.float64

"""The worked numbers of a first course on backpropagation, out of the engine itself.

The neuron, the perceptron and the network of columns are in tests/nn/test_course.py.
"""

import math

import numpy as np
import pytest

from autograd import Tensor, Value
from autograd.rules.activations import log_softmax


def test_chain_rule_along_one_path():
    """∂L/∂w₁ = ∂L/∂O₂ · ∂O₂/∂O₁ · ∂O₁/∂w₁, factor by factor."""
    w1, w2 = Value(0.4, name="w1"), Value(-0.7, name="w2")
    o1 = (w1 * 1.5).sigmoid()
    o2 = (w2 * o1).sigmoid()
    loss = (o2 - 1.0) ** 2
    loss.backward()

    trace = loss.trace()
    by_hand = (
        2 * (o2.data - 1.0)
        * (o2.data * (1 - o2.data) * w2.data)
        * (o1.data * (1 - o1.data) * 1.5)
    )  # fmt: skip
    assert w1.grad == pytest.approx(by_hand, rel=1e-14)
    assert trace[o1].gradient == pytest.approx(
        2 * (o2.data - 1.0) * o2.data * (1 - o2.data) * w2.data, rel=1e-14
    )


def test_two_paths_add():
    """∂L/∂w₁₁ is the sum over the two paths through O₂₁ and O₂₂, one term per path."""
    w = Value(0.3, name="w11")
    o11 = (w * 2.0).tanh()
    o21, o22 = (o11 * 0.5).tanh(), (o11 * -1.5).tanh()
    o31 = 0.8 * o21 + 0.2 * o22
    o31.backward()

    slope = lambda o: 1 - o.data**2  # noqa: E731
    through_21 = 0.8 * slope(o21) * 0.5
    through_22 = 0.2 * slope(o22) * -1.5
    contributions = [f.contribution for f in o31.trace().flows if f.target is o11]
    assert sorted(contributions) == pytest.approx(sorted([through_21, through_22]), rel=1e-14)
    assert w.grad == pytest.approx((through_21 + through_22) * slope(o11) * 2.0, rel=1e-14)


def test_squares_in_a_chain():
    """ŷ = x², m = y², z = m² − 1: dz/dm = 2m, and so on by the chain."""
    x = Value(1.5)
    y = x**2
    m = y**2
    z = m**2 - 1
    z.backward()
    assert m.grad == 2 * m.data
    assert y.grad == pytest.approx(2 * m.data * 2 * y.data)
    assert x.grad == pytest.approx(8 * 1.5**7)


def test_topological_order_matters():
    """``b = a + a; c = b + b``: 4, not 3 or 6, because b is complete before it hands on."""
    a = Value(1.0)
    b = a + a
    c = b + b
    c.backward()
    assert a.grad == 4.0


def test_a_weight_follows_its_slope():
    """w ← w − η ∂L/∂w: a negative slope raises w, a positive slope lowers it."""
    for start in (-2.0, 2.0):
        w = Value(start)
        (w * w).backward()
        w.data -= 0.1 * w.grad
        assert abs(w.data) < abs(start)


def test_softmax_and_log_loss():
    """∂L/∂z = p − y; p = (0.2, 0.3, 0.5) and class 0 give −log 0.2 and (−0.8, 0.3, 0.5)."""
    z = Tensor(np.log([0.2, 0.3, 0.5]))
    loss = -log_softmax(z)[0]
    loss.backward()
    assert loss.item() == pytest.approx(-math.log(0.2), rel=1e-14)
    np.testing.assert_allclose(z.grad, [-0.8, 0.3, 0.5], rtol=1e-14)


def test_gradients_of_a_layer():
    """dW = xᵀ·dz and db = Σ dz; 300×2 · 2×3 + 1×3 → 300×3."""
    rng = np.random.default_rng(0)
    x, dz = rng.normal(size=(300, 2)), rng.normal(size=(300, 3))
    W, b = Tensor(rng.normal(size=(2, 3))), Tensor(np.zeros((1, 3)))
    z = x @ W + b
    assert z.shape == (300, 3)
    z.backward(dz)
    np.testing.assert_allclose(W.grad, x.T @ dz, rtol=1e-13)
    np.testing.assert_allclose(b.grad, dz.sum(axis=0, keepdims=True), rtol=1e-13)


def test_vanishing_product():
    """0.25 × 0.15 × 0.10 × 0.05 × 0.026 = 4.875e-6, and the weight hardly moves."""
    factors = (0.25, 0.15, 0.10, 0.05, 0.026)
    w = Value(2.5)
    out = w
    for factor in factors:
        out = out * factor
    out.backward()
    assert w.grad == pytest.approx(4.875e-6, rel=1e-12)
    assert [f.local for f in out.trace().flows] == list(reversed(factors))
    assert 2.5 - 1.0 * w.grad == pytest.approx(2.5, abs=1e-5)


def test_small_step():
    """0.2 × 0.02 = 0.004, so w = 2.5 − 1·0.004 = 2.496."""
    w = Value(2.5)
    ((w * 0.02) * 0.2).backward()
    w.data -= 1.0 * w.grad
    assert w.data == pytest.approx(2.496, rel=1e-15)


def test_sigmoid_slope_never_exceeds_a_quarter():
    z = Tensor(np.linspace(-20, 20, 2001))
    z.sigmoid().sum().backward()
    assert z.grad.max() == 0.25
    assert z.grad.min() >= 0


def test_exploding_product():
    """∂O₂₁/∂O₁₁ = σ′(z)·w ≤ 0.25 × 500 = 125, and 200 × 125 × 100 = 2.5 million."""
    o11 = Value(0.0)
    o21 = (o11 * 500.0).sigmoid()
    o21.backward()
    assert o11.grad == 125.0

    w = Value(1.0)
    (w * 200.0 * 125.0 * 100.0).backward()
    assert w.grad == 2.5e6


def test_a_closed_gate_kills_the_path_and_a_leak_keeps_it():
    """ReLU: 0 × 1 × 1 = 0. Leaky ReLU: 0.01 × 1 × 1 × 0.01."""
    from autograd.rules.activations import leaky_relu

    dead = Value(-1.0)
    out = ((dead.relu() * 1.0).relu() * 1.0).relu()
    out.backward()
    assert dead.grad == 0.0

    alive = Value(-1.0)
    leaky_relu(leaky_relu(alive) * 1.0).backward()
    assert alive.grad == pytest.approx(0.01 * 1 * 1 * 0.01)

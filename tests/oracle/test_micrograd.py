"""micrograd's published demo, run by micrograd's own network on our Value and on its own."""

import random

import micrograd.engine
import micrograd.nn
import numpy as np
import pytest
from sklearn.datasets import make_moons

from autograd import Value

pytestmark = pytest.mark.oracle

STEPS = 20


def train(value_class, monkeypatch):
    """Two moons, 2-16-16-1, max-margin loss with L2, learning rate 1.0 − 0.9k/100."""
    monkeypatch.setattr(micrograd.nn, "Value", value_class)
    np.random.seed(1337)  # noqa: NPY002 - the demo's own seed
    random.seed(1337)
    points, labels = make_moons(n_samples=100, noise=0.1)
    labels = labels * 2 - 1
    model = micrograd.nn.MLP(2, [16, 16, 1])

    losses, gradients = [], []
    for k in range(STEPS):
        scores = [model([value_class(x) for x in point]) for point in points]
        margins = [(1 + -label * score).relu() for label, score in zip(labels, scores, strict=True)]
        penalty = 1e-4 * sum(p * p for p in model.parameters())
        total = sum(margins) * (1.0 / len(margins)) + penalty
        model.zero_grad()
        total.backward()
        rate = 1.0 - 0.9 * k / 100
        for p in model.parameters():
            p.data -= rate * p.grad
        losses.append(total.data)
        gradients.append([p.grad for p in model.parameters()])
    return np.array(losses, dtype=float), np.array(gradients, dtype=float)


def test_losses_and_gradients_step_by_step(monkeypatch):
    theirs = train(micrograd.engine.Value, monkeypatch)
    ours = train(Value, monkeypatch)
    assert theirs[0].shape == (STEPS,)
    assert theirs[1].shape == (STEPS, 337)
    assert theirs[0][-1] < theirs[0][0] / 2
    np.testing.assert_allclose(ours[0], theirs[0], rtol=0, atol=1e-9)
    np.testing.assert_allclose(ours[1], theirs[1], rtol=0, atol=1e-9)

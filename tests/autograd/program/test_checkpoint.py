"""Checkpointed functions give the same, and keep nothing on the way."""

import tracemalloc

import numpy as np
import pytest

import nn
from autograd import StaleGraphError, Tensor, Value, checkpoint, no_grad, replay


def gradients(function, *variables):
    for variable in variables:
        variable.zero_grad()
    result = function()
    result.backward()
    return result.item(), [np.array(variable.grad) for variable in variables]


def assert_same(one, other):
    assert one[0] == other[0]
    for a, b in zip(one[1], other[1], strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("shared", [False, True])
def test_results_and_gradients_are_the_same(shared):
    rng = np.random.default_rng(0)
    w, x = Tensor(rng.normal(size=(3, 3))), Tensor(rng.normal(size=(2, 3)))

    def part(x):
        return np.tanh(x @ w)

    outside = (lambda: np.sum(w * w)) if shared else (lambda: 0.0)
    kept = gradients(lambda: np.sum(part(part(x)) ** 2) + outside(), w, x)
    again = checkpoint(part)
    assert_same(gradients(lambda: np.sum(again(again(x)) ** 2) + outside(), w, x), kept)


def test_dropout_draws_once_and_running_means_move_once():
    x = np.random.default_rng(0).normal(size=(6, 4)).astype(np.float32)
    kept, again = (
        nn.Sequential(nn.Linear(4, 8, seed=0), nn.BatchNorm1d(8), nn.Dropout(0.5, seed=0))
        for _ in range(2)
    )
    run = checkpoint(again)
    for _ in range(3):
        assert_same(
            gradients(lambda: np.sum(run(x) ** 2), *again.parameters()),
            gradients(lambda: np.sum(kept(x) ** 2), *kept.parameters()),
        )
    for a, b in zip(again.buffers(), kept.buffers(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_it_keeps_nothing_on_the_way():
    x = Tensor(np.ones(100_000))

    def deep(x):
        for _ in range(30):
            x = np.sin(x)
        return x

    def held(function):
        tracemalloc.start()
        result = function(x)
        current = tracemalloc.get_traced_memory()[0]
        tracemalloc.stop()
        assert result.requires_grad
        return current

    assert held(checkpoint(deep)) < held(deep) / 10


def test_values_containers_and_nesting():
    a, b = Value(0.5), Value(-1.5)

    def part(x, y):
        return {"sum": x + y, "product": [x * y]}

    def whole(function):
        found = function(a.tanh(), b)
        return found["sum"] * found["product"][0]

    kept = gradients(lambda: whole(part), a, b)
    assert_same(gradients(lambda: whole(checkpoint(part)), a, b), kept)
    nested = checkpoint(lambda x, y: checkpoint(part)(x, y))
    assert_same(gradients(lambda: whole(nested), a, b), kept)


def test_a_trace_shows_the_inside_and_it_is_differentiable_twice():
    w = Tensor([0.5, 2.0])
    inner = checkpoint(lambda x: np.exp(np.sin(x)))
    loss = np.sum(inner(w) ** 2)
    assert {"sin", "exp", "power", "sum"} <= {step.node.op for step in loss.trace()}
    loss = np.sum(inner(w) ** 2)
    loss.backward(create_graph=True)
    slope = w.grad
    w.zero_grad()
    np.sum(slope).backward()
    found = w.grad
    w.zero_grad()
    np.sum(np.exp(np.sin(w)) ** 2).backward(create_graph=True)
    slope = w.grad
    w.zero_grad()
    np.sum(slope).backward()
    np.testing.assert_allclose(found, w.grad, rtol=1e-12)


def test_what_has_changed_meanwhile_is_refused():
    w = Tensor([0.5, 2.0])
    loss = np.sum(checkpoint(lambda: np.exp(w))())
    w.data = w.data + 1
    with pytest.raises(StaleGraphError, match="changed after"):
        loss.backward()


def test_without_gradients_and_in_a_replay_it_is_the_function():
    w = Tensor([0.5, 2.0])
    inner = checkpoint(lambda x: np.exp(w) * x)
    with no_grad():
        assert not inner(np.ones(2)).requires_grad
    replayed = replay(lambda x: np.sum(inner(x)))
    for x in np.eye(2), np.ones(2), np.array([3.0, 1.0]), np.array([0.0, 1.0]):
        w.zero_grad()
        replayed(x).backward()
        np.testing.assert_allclose(w.grad, (np.exp(w.data) * x).reshape(-1, 2).sum(axis=0))

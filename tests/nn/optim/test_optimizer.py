"""Tests of what all optimisers share."""

import copy

import numpy as np
import pytest

import nn
from autograd import StaleGraphError, Tensor, Value

OPTIMIZERS = [nn.optim.SGD, nn.optim.Adam]


def quadratic_step(optimizer, parameters):
    optimizer.zero_grad()
    sum(np.sum(p * p) for p in parameters).backward()
    optimizer.step()


@pytest.mark.parametrize("kind", OPTIMIZERS)
class TestStep:
    def test_parameters_without_a_gradient_are_left(self, kind):
        used, unused = nn.Parameter([1.0]), nn.Parameter([1.0])
        optimizer = kind([used, unused], lr=0.1, weight_decay=0.5)
        quadratic_step(optimizer, [used])
        assert used.data[0] != 1.0 == unused.data[0]

    def test_old_graphs_notice(self, kind):
        p = nn.Parameter([1.0])
        loss = np.sum(p * p)
        optimizer = kind([p], lr=0.1)
        quadratic_step(optimizer, [p])
        with pytest.raises(StaleGraphError):
            loss.backward()

    def test_gradients_are_left_as_they_are(self, kind):
        p = nn.Parameter([1.0, -2.0])
        optimizer = kind([p], lr=0.1, weight_decay=0.5)
        for _ in range(3):
            quadratic_step(optimizer, [p])
            before = p.data.copy()
            gradient = p.grad.copy()
            optimizer.step()
            np.testing.assert_array_equal(p.grad, gradient)
            assert not np.array_equal(p.data, before)

    def test_dtypes_stay(self, kind):
        p = nn.Parameter([1.0])
        quadratic_step(kind([p], lr=0.1), [p])
        assert p.data.dtype == np.float32

    def test_single_values_and_zero_dimensional_parameters(self, kind):
        value, scalar = Value(1.0), nn.Parameter(1.0, np.float64)
        vector = nn.Parameter([1.0], np.float64)
        optimizer = kind([value, scalar, vector], lr=0.1)
        for _ in range(5):
            optimizer.zero_grad()
            (value * value + scalar * scalar + np.sum(vector * vector)).backward()
            optimizer.step()
        assert type(value.data) is float
        assert value.data == pytest.approx(vector.data[0], rel=1e-14)
        assert scalar.data == pytest.approx(vector.data[0], rel=1e-14)

    def test_gradients_that_are_nodes(self, kind):
        p, q = nn.Parameter([3.0]), nn.Parameter([3.0])
        np.sum(p * p).backward(create_graph=True)
        np.sum(q * q).backward()
        kind([p], lr=0.1).step()
        kind([q], lr=0.1).step()
        np.testing.assert_array_equal(p.data, q.data)

    def test_zero_grad(self, kind):
        p = nn.Parameter([1.0])
        optimizer = kind([p], lr=0.1)
        quadratic_step(optimizer, [p])
        optimizer.zero_grad()
        assert p.grad is None


class TestGroups:
    def test_each_has_its_own_rate(self):
        slow, fast = nn.Parameter([1.0]), nn.Parameter([1.0])
        optimizer = nn.optim.SGD([{"params": [slow], "lr": 0.01}, {"params": [fast]}], lr=0.1)
        quadratic_step(optimizer, [slow, fast])
        np.testing.assert_allclose([slow.data[0], fast.data[0]], [0.98, 0.8], rtol=1e-6)

    def test_rates_may_change_on_the_way(self):
        p = nn.Parameter([1.0])
        optimizer = nn.optim.SGD([p], lr=0.1)
        optimizer.param_groups[0]["lr"] = 0.25
        quadratic_step(optimizer, [p])
        np.testing.assert_allclose(p.data, [0.5])

    def test_groups_may_be_added(self):
        p, q = nn.Parameter([1.0]), nn.Parameter([1.0])
        optimizer = nn.optim.SGD([p], lr=0.1)
        optimizer.add_param_group({"params": [q], "lr": 0.2})
        quadratic_step(optimizer, [p, q])
        np.testing.assert_allclose(q.data, [0.6])


@pytest.mark.parametrize("kind", OPTIMIZERS)
class TestBadInput:
    def test_no_parameters(self, kind):
        with pytest.raises(ValueError, match=f"{kind.__name__} was given no parameters"):
            kind([])
        with pytest.raises(ValueError, match="no parameters"):
            kind(nn.ReLU().parameters())

    @pytest.mark.parametrize("lr", [0, -0.1, float("nan")])
    def test_learning_rate(self, kind, lr):
        with pytest.raises(ValueError, match=f"must be positive, but lr={lr}"):
            kind([nn.Parameter([1.0])], lr=lr)

    def test_things_that_are_no_parameters(self, kind):
        model = nn.Linear(1, 1)
        with pytest.raises(TypeError, match=r"one Linear was given; pass model\.parameters\(\)"):
            kind(model)
        with pytest.raises(TypeError, match="one Parameter was given"):
            kind(model.weight)
        with pytest.raises(TypeError, match="but ndarray was given"):
            kind([np.ones(2)])
        with pytest.raises(ValueError, match="made by 'multiply' was computed from others"):
            kind([Tensor([1.0]) * 2])

    def test_one_parameter_twice(self, kind):
        p = nn.Parameter([1.0])
        with pytest.raises(ValueError, match=r"shape \(1,\) twice"):
            kind([p, p])

    def test_a_refused_group_changes_nothing(self, kind):
        optimizer = kind([nn.Parameter([1.0])], lr=0.1)
        with pytest.raises(TypeError):
            optimizer.add_param_group({"params": [nn.Parameter([1.0]), 3.0]})
        assert len(optimizer.param_groups) == 1

    def test_weight_decay(self, kind):
        with pytest.raises(ValueError, match="cannot be negative, but weight_decay=-1"):
            kind([nn.Parameter([1.0])], weight_decay=-1)


@pytest.mark.parametrize(
    "make",
    [
        lambda p: nn.optim.SGD(p, lr=0.1, momentum=0.9),
        lambda p: nn.optim.Adam(p, lr=0.1),
    ],
)
class TestState:
    def test_a_loaded_state_goes_on_as_if_nothing_had_happened(self, make):
        p = nn.Parameter([1.0, 2.0])
        optimizer = make([p])
        for _ in range(3):
            quadratic_step(optimizer, [p])
        state, q = optimizer.state_dict(), nn.Parameter(p.data)
        other = make([q])
        other.param_groups[0]["lr"] = 7.0
        other.load_state_dict(state)
        for _ in range(3):
            quadratic_step(optimizer, [p])
            quadratic_step(other, [q])
        np.testing.assert_array_equal(p.data, q.data)

    def test_copies_go_on_too(self, make):
        p = nn.Parameter([1.0, 2.0])
        optimizer = make([p])
        quadratic_step(optimizer, [p])
        q, other = copy.deepcopy((p, optimizer))
        quadratic_step(optimizer, [p])
        quadratic_step(other, [q])
        np.testing.assert_array_equal(p.data, q.data)

    def test_a_foreign_state_is_refused_whole(self, make):
        p, q = nn.Parameter([1.0, 2.0]), nn.Parameter([1.0])
        optimizer, other = make([p]), make([q])
        quadratic_step(optimizer, [p])
        before = other.state_dict()
        with pytest.raises(ValueError, match=r"parameter 0 has shape \(2,\).*\(1,\); nothing was"):
            other.load_state_dict(optimizer.state_dict())
        assert other.state_dict() == before
        with pytest.raises(
            ValueError, match=r"sizes \[1\], but .* sizes \[2\]; nothing was loaded"
        ):
            make([nn.Parameter([1.0]), nn.Parameter([1.0])]).load_state_dict(before)

"""Tests of what all optimisers share."""

import copy
import functools
import json

import numpy as np
import pytest

import nn
from autograd import StaleGraphError, Tensor, Value

OPTIMIZERS = [
    nn.optim.ASGD,
    nn.optim.Adadelta,
    nn.optim.Adagrad,
    nn.optim.Adam,
    nn.optim.AdamW,
    nn.optim.Adamax,
    nn.optim.GradientDescent,
    nn.optim.Lion,
    nn.optim.NAdam,
    nn.optim.RAdam,
    nn.optim.RMSprop,
    nn.optim.Rprop,
    nn.optim.SGD,
]

#: Those with penalties.
PENALISED = [kind for kind in OPTIMIZERS if kind is not nn.optim.Rprop]

#: One way to make each, with as much state as it can keep.
WITH_STATE = [
    *(kind for kind in OPTIMIZERS if kind not in (nn.optim.RMSprop, nn.optim.SGD)),
    functools.partial(nn.optim.Adam, amsgrad=True, weight_decay=0.1),
    functools.partial(nn.optim.RMSprop, centered=True, momentum=0.5),
    functools.partial(nn.optim.SGD, momentum=0.9, nesterov=True),
    functools.partial(nn.optim.SGD, momentum=0.9, momentum_form="classical"),
]


def quadratic_step(optimizer, parameters):
    optimizer.zero_grad()
    sum(np.sum(p * p) for p in parameters).backward()
    optimizer.step()


@pytest.mark.parametrize("kind", OPTIMIZERS)
class TestStep:
    def test_parameters_without_a_gradient_are_left(self, kind):
        used, unused = nn.Parameter([1.0]), nn.Parameter([1.0])
        optimizer = kind([used, unused], lr=0.1)
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
        optimizer = kind([p], lr=0.1)
        for _ in range(3):
            quadratic_step(optimizer, [p])
            before = p.data.copy()
            gradient = p.grad.copy()
            optimizer.step()
            np.testing.assert_array_equal(p.grad, gradient)
            assert not np.array_equal(p.data, before)

    def test_dtypes_stay(self, kind):
        single, double = nn.Parameter([1.5]), nn.Parameter([1.5], np.float64)
        optimizer = kind([single, double], lr=np.float64(0.1))
        for _ in range(3):
            for p in (single, double):
                p.grad = 2 * p.data
            optimizer.step()
        for number, p in enumerate((single, double)):
            kept = optimizer.state_dict()["state"].get(number, {})
            arrays = [p.data, *(array for array in kept.values() if np.ndim(array))]
            assert {array.dtype for array in arrays} == {p.dtype}
        np.testing.assert_allclose(single.data, double.data, rtol=1e-5)

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

    def test_a_minimum_is_found(self, kind):
        p = nn.Parameter([1.0, -2.0], np.float64)
        optimizer = kind([p], lr=1.0 if kind is nn.optim.Adadelta else 0.02)
        before = np.sum(p.data**2)
        for _ in range(30):
            quadratic_step(optimizer, [p])
        assert np.sum(p.data**2) < before

    def test_maximising_is_minimising_the_negative(self, kind):
        up, down = nn.Parameter([1.0, -2.0], np.float64), nn.Parameter([1.0, -2.0], np.float64)
        climbing, descending = kind([up], lr=0.1, maximize=True), kind([down], lr=0.1)
        for _ in range(5):
            climbing.zero_grad()
            (-np.sum(up * up)).backward()
            climbing.step()
            quadratic_step(descending, [down])
        np.testing.assert_array_equal(up.data, down.data)

    def test_nan_and_infinity_are_values(self, kind):
        p = nn.Parameter([1.0, 1.0, 1.0], np.float64)
        optimizer = kind([p], lr=0.1)
        for _ in range(2):
            p.grad = np.array([np.nan, np.inf, 1.0])
            optimizer.step()
        assert np.isfinite(p.data[2])

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

    def test_dictionaries_need_parameters_of_their_own(self):
        optimizer = nn.optim.SGD([nn.Parameter([1.0])], lr=0.1)
        with pytest.raises(TypeError, match="a dict with its parameters under 'params'"):
            optimizer.add_param_group({"lr": 0.1})
        with pytest.raises(TypeError, match=r"one Linear was given; pass model\.parameters\(\)"):
            optimizer.add_param_group({"params": nn.Linear(1, 1)})

    def test_they_are_shown(self):
        a, b = nn.Parameter([1.0]), nn.Parameter([1.0])
        optimizer = nn.optim.GradientDescent([{"params": [a]}, {"params": [b], "lr": 0.5}], lr=0.1)
        rest = "weight_decay=0.0, l1_decay=0.0, maximize=False"
        assert repr(optimizer) == (
            f"GradientDescent(1 parameters, lr=0.1, {rest}; 1 parameters, lr=0.5, {rest})"
        )

    def test_an_empty_group_beside_another_is_no_error(self):
        p = nn.Parameter([1.0])
        optimizer = nn.optim.SGD([{"params": []}, {"params": [p]}], lr=0.1)
        quadratic_step(optimizer, [p])
        np.testing.assert_allclose(p.data, [0.8])
        assert len(optimizer.state_dict()["param_groups"]) == 2


@pytest.mark.parametrize("kind", PENALISED)
class TestPenalties:
    """Where the gradient is 0, the first step is the rule's for the penalty alone."""

    def step(self, kind, gradient, **options):
        p = nn.Parameter([2.0, -3.0], np.float64)
        p.grad = np.array(gradient)
        kind([p], lr=0.1, **options).step()
        return p.data

    def test_l2_adds_the_weights_and_l1_their_signs(self, kind):
        if kind in (nn.optim.AdamW, nn.optim.Lion):  # decoupled: the penalty is the step
            none = self.step(kind, [0.0, 0.0], weight_decay=0.0)
            both = self.step(kind, [0.0, 0.0], weight_decay=0.5, l1_decay=0.25)
            np.testing.assert_allclose(none - both, 0.1 * np.array([1.25, -1.75]), rtol=1e-12)
        else:
            both = self.step(kind, [0.0, 0.0], weight_decay=0.5, l1_decay=0.25)
            np.testing.assert_array_equal(both, self.step(kind, [1.25, -1.75]))

    def test_maximising_the_loss_still_keeps_the_weights_small(self, kind):
        climbing = self.step(kind, [1.0, 1.0], weight_decay=0.5, l1_decay=0.25, maximize=True)
        descending = self.step(kind, [-1.0, -1.0], weight_decay=0.5, l1_decay=0.25)
        np.testing.assert_array_equal(climbing, descending)

    @pytest.mark.parametrize("name", ["weight_decay", "l1_decay"])
    def test_they_cannot_be_negative(self, kind, name):
        with pytest.raises(
            ValueError,
            match=f"{name} of {kind.__name__} must be 0 or more, but {name}=-1 was given",
        ):
            kind([nn.Parameter([1.0])], **{name: -1})


@pytest.mark.parametrize("kind", OPTIMIZERS)
class TestBadInput:
    def test_no_parameters(self, kind):
        with pytest.raises(ValueError, match=f"{kind.__name__} was given no parameters"):
            kind([])
        with pytest.raises(ValueError, match="no parameters"):
            kind(nn.ReLU().parameters())

    @pytest.mark.parametrize("lr", [0, -0.1, float("nan"), float("inf"), "fast", None])
    def test_learning_rate(self, kind, lr):
        with pytest.raises(ValueError, match=rf"must be positive \(.*\), but lr={lr} was given"):
            kind([nn.Parameter([1.0])], lr=lr)

    def test_unknown_options(self, kind):
        with pytest.raises(ValueError, match=f"{kind.__name__} knows no option speed; a group may"):
            kind([{"params": [nn.Parameter([1.0])], "speed": 1}])

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


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"betas": (0.9, 1.0)}, r"betas of Adam must be two numbers in \[0, 1\), but betas=\(0"),
        ({"betas": 0.9}, r"betas of Adam must be two numbers in \[0, 1\), but betas=0\.9"),
        ({"eps": -1}, "eps of Adam must be 0 or more, but eps=-1"),
    ],
)
def test_hyperparameters_out_of_range(options, complaint):
    with pytest.raises(ValueError, match=complaint):
        nn.optim.Adam([nn.Parameter([1.0])], **options)


@pytest.mark.parametrize("make", WITH_STATE)
class TestState:
    def test_a_loaded_state_goes_on_as_if_nothing_had_happened(self, make):
        ours, theirs = ([nn.Parameter([1.0, 2.0]), nn.Parameter([[3.0]])] for _ in range(2))
        optimizer = make([{"params": ours[:1], "lr": 0.2}, {"params": ours[1:]}], lr=0.1)
        for _ in range(3):
            quadratic_step(optimizer, ours)
        state, other = optimizer.state_dict(), make([{"params": [p]} for p in theirs], lr=0.1)
        for p, q in zip(ours, theirs, strict=True):
            q.data = p.data
        other.param_groups[0]["lr"] = 7.0
        other.load_state_dict(state)
        for _ in range(3):
            quadratic_step(optimizer, ours)
            quadratic_step(other, theirs)
        for p, q in zip(ours, theirs, strict=True):
            np.testing.assert_array_equal(p.data, q.data)
        assert repr(other.state_dict()) == repr(optimizer.state_dict())

    def test_a_state_survives_json(self, make):
        p, q = nn.Parameter([1.0, 2.0], np.float64), nn.Parameter([1.0, 2.0], np.float64)
        optimizer, other = make([p], lr=0.1), make([q], lr=0.1)
        quadratic_step(optimizer, [p])
        text = json.dumps(optimizer.state_dict(), default=np.ndarray.tolist)
        q.data = p.data
        other.load_state_dict(json.loads(text))
        quadratic_step(optimizer, [p])
        quadratic_step(other, [q])
        np.testing.assert_array_equal(p.data, q.data)

    def test_a_state_is_a_copy(self, make):
        p = nn.Parameter([1.0, 2.0])
        optimizer = make([p], lr=0.1)
        quadratic_step(optimizer, [p])
        before = repr(state := optimizer.state_dict())
        quadratic_step(optimizer, [p])
        assert repr(state) == before

    def test_copies_go_on_too(self, make):
        p = nn.Parameter([1.0, 2.0])
        optimizer = make([p], lr=0.1)
        quadratic_step(optimizer, [p])
        q, other = copy.deepcopy((p, optimizer))
        quadratic_step(optimizer, [p])
        quadratic_step(other, [q])
        np.testing.assert_array_equal(p.data, q.data)

    def test_scalar_nodes_keep_what_arrays_keep(self, make):
        model = nn.Linear(2, 2, dtype=np.float64, seed=0)
        twin = model.to_values()
        optimizers = [make(m.parameters(), lr=0.1) for m in (model, twin)]
        for _ in range(3):
            for m, optimizer in zip((model, twin), optimizers, strict=True):
                quadratic_step(optimizer, list(m.parameters()))
        first, second = (optimizer.state_dict()["state"] for optimizer in optimizers)
        assert first.keys() == second.keys()
        for number, kept in first.items():
            assert kept.keys() == second[number].keys()
            for name, array in kept.items():
                np.testing.assert_allclose(array, second[number][name], rtol=1e-12)


class TestForeignStates:
    def test_another_shape(self):
        p, q = nn.Parameter([1.0, 2.0]), nn.Parameter([1.0])
        optimizer, other = nn.optim.Adam([p]), nn.optim.Adam([q])
        quadratic_step(optimizer, [p])
        before = repr(other.state_dict())
        with pytest.raises(
            ValueError,
            match=r"number 0 has shape \(1,\), but exp_avg has shape \(2,\) in .*; nothing was",
        ):
            other.load_state_dict(optimizer.state_dict())
        assert repr(other.state_dict()) == before

    def test_another_number_of_parameters(self):
        two = nn.optim.Adam([nn.Parameter([1.0]), nn.Parameter([1.0])])
        one = nn.optim.Adam([nn.Parameter([1.0])])
        with pytest.raises(
            ValueError, match=r"sizes \[1\], but .* sizes \[2\]; nothing was loaded"
        ):
            two.load_state_dict(one.state_dict())

    def test_something_else(self):
        p = nn.Parameter([1.0])
        with pytest.raises(ValueError, match="it lacks param_groups and state; nothing was loaded"):
            nn.optim.Adam([p]).load_state_dict({"weight": p.data})

    def test_numbers_that_are_none(self):
        p = nn.Parameter([1.0])
        optimizer = nn.optim.Adam([p], lr=0.1)
        quadratic_step(optimizer, [p])
        state = optimizer.state_dict()
        state["param_groups"][0]["lr"] = 0.2
        state["state"][0]["step"] = [1, 2]
        with pytest.raises(ValueError, match=r"step has shape \(2,\) in the state, and not \(\)"):
            optimizer.load_state_dict(state)
        assert optimizer.param_groups[0]["lr"] == 0.1

    def test_another_optimizer(self):
        p = nn.Parameter([1.0])
        with pytest.raises(
            ValueError, match=r"not of SGD: only one of the two has amsgrad, betas, .*; nothing was"
        ):
            nn.optim.SGD([p]).load_state_dict(nn.optim.Adam([p]).state_dict())


def test_gradients_that_come_and_go():
    """Every parameter counts its own steps, whatever the others do."""
    together, alone = ([nn.Parameter([1.0 + i], np.float64) for i in range(4)] for _ in range(2))
    whole, single = nn.optim.Adam(together, lr=0.1), [nn.optim.Adam([p], lr=0.1) for p in alone]
    rng = np.random.default_rng(0)
    for there in rng.integers(0, 2, (12, 4)):
        for p, q, has in zip(together, alone, there, strict=True):
            p.grad = 2 * p.data if has else None
            q.grad = 2 * q.data if has else None
        whole.step()
        for optimizer in single:
            optimizer.step()
    for p, q in zip(together, alone, strict=True):
        np.testing.assert_array_equal(p.data, q.data)
    states = whole.state_dict()["state"]
    for number, optimizer in enumerate(single):
        assert repr(states[number]) == repr(optimizer.state_dict()["state"][0])

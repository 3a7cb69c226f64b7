"""Tests of the schedules; tests/oracle/test_nn_optim.py has PyTorch's rates for all of them."""

import json

import numpy as np
import pytest

import nn
from nn.optim import lr_scheduler as schedules

SCHEDULES = {
    "StepLR": lambda o: schedules.StepLR(o, 3),
    "MultiStepLR": lambda o: schedules.MultiStepLR(o, [2, 5]),
    "ExponentialLR": lambda o: schedules.ExponentialLR(o, 0.9),
    "PolynomialLR": lambda o: schedules.PolynomialLR(o, 10),
    "ConstantLR": lambda o: schedules.ConstantLR(o),
    "LinearLR": lambda o: schedules.LinearLR(o),
    "LambdaLR": lambda o: schedules.LambdaLR(o, lambda step: 1 / (1 + step)),
    "MultiplicativeLR": lambda o: schedules.MultiplicativeLR(o, lambda step: 0.9),
    "CosineAnnealingLR": lambda o: schedules.CosineAnnealingLR(o, 10),
    "CosineAnnealingWarmRestarts": lambda o: schedules.CosineAnnealingWarmRestarts(o, 4),
    "CyclicLR": lambda o: schedules.CyclicLR(o, 0.01, 0.1, 4),
    "OneCycleLR": lambda o: schedules.OneCycleLR(o, 0.1, 12),
    "SequentialLR": lambda o: schedules.SequentialLR(
        o, [schedules.LinearLR(o, total_iters=3), schedules.ExponentialLR(o, 0.9)], [3]
    ),
    "ChainedScheduler": lambda o: schedules.ChainedScheduler(
        [schedules.LinearLR(o, total_iters=3), schedules.ExponentialLR(o, 0.9)]
    ),
}


def optimizer(lr=1.0, groups=1):
    params = [{"params": [nn.Parameter([1.0])]} for _ in range(groups)]
    return nn.optim.SGD(params, lr=lr, momentum=0.9)


def rates(schedule, steps):
    """The learning rates of the first group in the first steps."""
    found = []
    for _ in range(steps):
        found.append(schedule.get_last_lr()[0])
        schedule.step()
    return found


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (lambda o: schedules.StepLR(o, 2, gamma=0.5), [1, 1, 0.5, 0.5, 0.25]),
        (lambda o: schedules.MultiStepLR(o, [1, 3], gamma=0.5), [1, 0.5, 0.5, 0.25, 0.25]),
        (lambda o: schedules.StepLR(o, np.int64(3), gamma=0.5), [1, 1, 1, 0.5, 0.5]),
        (lambda o: schedules.ExponentialLR(o, 0.5), [1, 0.5, 0.25, 0.125, 0.0625]),
        (lambda o: schedules.PolynomialLR(o, 4, power=2), [1, 9 / 16, 1 / 4, 1 / 16, 0]),
        (lambda o: schedules.ConstantLR(o, 0.5, 2), [0.5, 0.5, 1, 1, 1]),
        (lambda o: schedules.LinearLR(o, 0.25, total_iters=3), [0.25, 0.5, 0.75, 1, 1]),
        (lambda o: schedules.LambdaLR(o, lambda t: 1 / (1 + t)), [1, 1 / 2, 1 / 3, 1 / 4, 1 / 5]),
        (lambda o: schedules.CosineAnnealingLR(o, 2), [1, 0.5, 0, 0.5, 1]),
        (lambda o: schedules.CosineAnnealingWarmRestarts(o, 2), [1, 0.5, 1, 0.5, 1]),
        (
            lambda o: schedules.CyclicLR(o, 0, 1, 2, mode="triangular2"),
            [0, 0.5, 1, 0.5, 0, 0.25, 0.5, 0.25, 0],
        ),
        (
            lambda o: schedules.OneCycleLR(
                o, 1.0, 5, pct_start=0.6, anneal_strategy="linear", div_factor=5
            ),
            [0.2, 0.6, 1, 0.50001, 0.00002],
        ),
        (
            lambda o: schedules.SequentialLR(
                o, [schedules.LinearLR(o, 0.5, total_iters=2), schedules.ExponentialLR(o, 0.5)], [2]
            ),
            [0.5, 0.75, 1, 0.5, 0.25],
        ),
    ],
)
def test_worked_rates(make, expected):
    np.testing.assert_allclose(rates(make(optimizer()), len(expected)), expected, atol=1e-15)


def test_one_cycle_lets_the_momentum_fall_and_rise():
    sgd = optimizer()
    schedule = schedules.OneCycleLR(sgd, 1.0, 5, pct_start=0.6, anneal_strategy="linear")
    found = []
    for _ in range(5):
        found.append(sgd.param_groups[0]["momentum"])
        schedule.step()
    np.testing.assert_allclose(found, [0.95, 0.9, 0.85, 0.9, 0.95])


def test_plateau():
    sgd = optimizer()
    schedule = schedules.ReduceLROnPlateau(sgd, factor=0.5, patience=1)
    found = []
    for loss in (3.0, 2.0, 2.0, 2.0, 1.0, float("nan"), 1.0):
        schedule.step(loss)
        found.append(sgd.param_groups[0]["lr"])
    assert found == [1, 1, 1, 0.5, 0.5, 0.5, 0.25]


def test_a_schedule_reaches_the_optimizer():
    p = nn.Parameter([1.0], np.float64)
    sgd = nn.optim.SGD([p], lr=1.0)
    schedule = schedules.ExponentialLR(sgd, 0.5)
    for _ in range(2):
        p.grad = np.array([1.0])
        sgd.step()
        schedule.step()
    assert p.data[0] == 1 - 1 - 0.5


@pytest.mark.parametrize("name", SCHEDULES)
def test_a_loaded_state_goes_on_as_if_nothing_had_happened(name):
    first, second = optimizer(), optimizer()
    schedule, other = SCHEDULES[name](first), SCHEDULES[name](second)
    rates(schedule, 4)
    other.load_state_dict(json.loads(json.dumps(schedule.state_dict())))
    second.load_state_dict(first.state_dict())
    assert rates(other, 7) == rates(schedule, 7)
    assert first.param_groups[0]["momentum"] == second.param_groups[0]["momentum"]


def test_the_state_of_a_plateau():
    first, second = optimizer(), optimizer()
    schedule, other = (schedules.ReduceLROnPlateau(o, patience=2) for o in (first, second))
    for loss in (1.0, 2.0):
        schedule.step(loss)
    other.load_state_dict(schedule.state_dict())
    for each in (schedule, other):
        each.step(2.0)
        each.step(2.0)
    assert first.param_groups[0]["lr"] == second.param_groups[0]["lr"] == 0.1


def test_foreign_states_are_refused_whole():
    schedule = SCHEDULES["StepLR"](optimizer())
    before = schedule.state_dict()
    with pytest.raises(ValueError, match=r"not of StepLR: only one of the two has step_size; noth"):
        schedule.load_state_dict(SCHEDULES["ExponentialLR"](optimizer()).state_dict())
    assert schedule.state_dict() == before
    sequence = SCHEDULES["SequentialLR"](optimizer())
    before = sequence.state_dict()
    foreign = SCHEDULES["SequentialLR"](optimizer())
    rates(foreign, 2)
    foreign = foreign.state_dict()
    foreign["_schedulers"][1] = SCHEDULES["StepLR"](optimizer()).state_dict()
    with pytest.raises(ValueError, match="not of ExponentialLR"):
        sequence.load_state_dict(foreign)
    assert sequence.state_dict() == before
    del foreign["_schedulers"][1]
    with pytest.raises(ValueError, match="of 1 schedules, but this SequentialLR has 2"):
        sequence.load_state_dict(foreign)


@pytest.mark.parametrize(
    ("make", "error", "complaint"),
    [
        (lambda o: schedules.StepLR(nn.Linear(1, 1), 1), TypeError, "but Linear was given"),
        (lambda o: schedules.CyclicLR([], 0.1, 1.0), TypeError, "but list was given"),
        (lambda o: schedules.OneCycleLR(None, 1.0, 5), TypeError, "but NoneType was given"),
        (lambda o: schedules.LambdaLR("sgd", lambda t: 1), TypeError, "but str was given"),
        (
            lambda o: schedules.CyclicLR(o, 0.1, 1.0, scale_mode="cycles"),
            ValueError,
            "'cycle' or 'iterations', but 'cycles'",
        ),
        (lambda o: schedules.StepLR(o, 0), ValueError, "integer of at least 1, but step_size=0"),
        (lambda o: schedules.LinearLR(o, 0.0), ValueError, r"start_factor .* \(0, 1\], but 0\.0"),
        (lambda o: schedules.LinearLR(o, 1.0, 2.0), ValueError, r"end_factor .* \[0, 1\], but 2"),
        (lambda o: schedules.ConstantLR(o, 0), ValueError, r"factor of ConstantLR .* but 0 was"),
        (lambda o: schedules.CosineAnnealingLR(o, 2.5), ValueError, r"T_max=2\.5"),
        (lambda o: schedules.OneCycleLR(o, 1.0), ValueError, "total_steps, or epochs and steps_"),
        (lambda o: schedules.OneCycleLR(o, 1.0, 5, pct_start=2), ValueError, r"\[0, 1\], but 2"),
        (
            lambda o: schedules.OneCycleLR(o, 1.0, 5, anneal_strategy="sine"),
            ValueError,
            "'cos' or 'linear', but 'sine'",
        ),
        (lambda o: schedules.CyclicLR(o, 0.1, 1.0, mode="saw"), ValueError, "but 'saw' was given"),
        (
            lambda o: schedules.CyclicLR(nn.optim.Adagrad([nn.Parameter([1.0])]), 0.1, 1.0),
            ValueError,
            "Adagrad has none; pass cycle_momentum=False",
        ),
        (
            lambda o: schedules.OneCycleLR(o, [1.0, 2.0], 5),
            ValueError,
            "one entry for each of 1 parameter groups, but 2",
        ),
        (lambda o: schedules.ReduceLROnPlateau(o, "low"), ValueError, "'min' or 'max', but 'low'"),
        (lambda o: schedules.ReduceLROnPlateau(o, factor=1), ValueError, r"\[0, 1\), but 1 was"),
        (lambda o: schedules.SequentialLR(o, [], []), ValueError, "was given no schedules"),
        (
            lambda o: schedules.SequentialLR(o, [schedules.StepLR(o, 1)], [1]),
            ValueError,
            "for each of its 1 schedules but the first, and 1 were given",
        ),
        (
            lambda o: schedules.SequentialLR(o, [schedules.StepLR(o, 1)] * 3, [5, 2]),
            ValueError,
            r"milestones must rise, but \[5, 2\]",
        ),
        (
            lambda o: schedules.ChainedScheduler([schedules.ReduceLROnPlateau(o)]),
            TypeError,
            "but ReduceLROnPlateau was given",
        ),
        (
            lambda o: schedules.SequentialLR(o, [schedules.StepLR(optimizer(), 1)], []),
            ValueError,
            "its StepLR has another",
        ),
    ],
)
def test_bad_input(make, error, complaint):
    with pytest.raises(error, match=complaint):
        make(optimizer())


def test_a_cycle_that_is_over():
    schedule = SCHEDULES["OneCycleLR"](optimizer())
    with pytest.raises(ValueError, match="made for 12 steps, and all are over"):
        rates(schedule, 13)


def test_groups_that_came_later():
    sgd = optimizer()
    steps, plateau = schedules.StepLR(sgd, 1), schedules.ReduceLROnPlateau(sgd, patience=0)
    plateau.step(1.0)
    sgd.add_param_group({"params": [nn.Parameter([1.0])]})
    with pytest.raises(ValueError, match="StepLR was made for 1 parameter groups, and now there"):
        steps.step()
    with pytest.raises(ValueError, match="Plateau was made for 1 parameter groups, and now there"):
        plateau.step(1.0)

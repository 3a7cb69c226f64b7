"""Optimisers, schedules and clipping against PyTorch's, over 50 steps on a network in float64."""

import copy
import re

import numpy as np
import pytest
import torch

import nn
from nn.optim import lr_scheduler
from tests.oracle.optimizers.harness import (
    LEFT_OUT,
    OPTIMIZERS,
    STEPS,
    database,
    examine,
    in_float64,
    judge,
    networks,
    our_step,
    state_difference,
    torch_step,
)

pytestmark = pytest.mark.oracle

EXACT = {"rtol": 1e-10, "atol": 1e-10}


# --- optimisers -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_configuration(name):
    verdict = examine(name)
    assert verdict.configurations > 0
    assert not verdict.failures


def test_every_optimizer_of_the_database_is_examined_or_left_out():
    assert {*OPTIMIZERS, *LEFT_OUT} == set(database())
    assert not {*OPTIMIZERS} & {*LEFT_OUT}


class WithoutCorrection(nn.optim.Adam):
    def _change(self, grad, block):
        return super()._change(grad, block) * (1 - 0.9 ** block.state["step"])


class WithAnotherName(nn.optim.Adam):
    def state_dict(self):
        state = super().state_dict()
        for kept in state["state"].values():
            kept["mean"] = kept.pop("exp_avg")
        return state


@pytest.mark.parametrize(
    ("kind", "options", "complaint"),
    [
        (WithoutCorrection, {}, "loss of step 2: off by up to"),
        (WithAnotherName, {}, r"state 0 has \[.*'mean'.*\] instead of \[.*'exp_avg'"),
        (nn.optim.Adam, {"betas": (0.9, 0.999, 0.5)}, "ValueError: betas of Adam"),
    ],
)
def test_a_wrong_optimizer_is_found_out(kind, options, complaint):
    assert re.search(complaint, judge("Adam", options, kind))


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_scalar_nodes_and_groups(name):
    """Each weight a Value, and two groups with options of their own."""
    extra = {"lr": 0.02} if name == "Rprop" else {"lr": 0.02, "weight_decay": 0.1}
    with in_float64():
        model, twin = networks(scalar=True)
        ours = getattr(nn.optim, name)(grouped(model, extra), lr=0.005)
        theirs = getattr(torch.optim, name)(grouped(twin, extra), lr=0.005)
        for _ in range(STEPS):
            np.testing.assert_allclose(our_step(model, ours), torch_step(twin, theirs), **EXACT)
    same_weights(model, twin)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_gradients_that_are_missing_now_and_then(name):
    """Each parameter counts its own steps."""
    with in_float64():
        model, twin = networks()
        ours = getattr(nn.optim, name)(model.parameters(), lr=0.01)
        theirs = getattr(torch.optim, name)(twin.parameters(), lr=0.01)
        for step in range(STEPS):
            our_step(model, Silent(ours))
            torch_step(twin, Silent(theirs))
            for number, pair in enumerate(zip(model.parameters(), twin.parameters(), strict=True)):
                if (step + number) % 3 == 0 or step < number:
                    for parameter in pair:
                        parameter.grad = None
            ours.step()
            theirs.step()
        same_weights(model, twin)
        assert not state_difference(ours.state_dict()["state"], theirs.state_dict()["state"])


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_state_of_pytorch_can_be_taken_over(name):
    with in_float64():
        model, twin = networks()
        theirs = getattr(torch.optim, name)(twin.parameters(), lr=0.01)
        for _ in range(5):
            torch_step(twin, theirs)
        for parameter, other in zip(model.parameters(), twin.parameters(), strict=True):
            parameter.data = other.detach().numpy()
        ours = getattr(nn.optim, name)(model.parameters(), lr=0.01)
        state = copy.deepcopy(theirs.state_dict()["state"])
        ours.load_state_dict({**ours.state_dict(), "state": state})
        for _ in range(5):
            our_step(model, ours)
            torch_step(twin, theirs)
    same_weights(model, twin)


def test_complex_parameters():
    start = np.array([1 + 2j, -0.5j])
    ours, theirs = nn.Parameter(start, np.complex128), torch.tensor(start, requires_grad=True)
    optimizers = [nn.optim.Adam([ours], lr=0.1), torch.optim.Adam([theirs], lr=0.1)]
    for _ in range(STEPS):
        ours.grad = ours.data * (2 - 1j)
        theirs.grad = theirs.detach() * (2 - 1j)
        for optimizer in optimizers:
            optimizer.step()
    np.testing.assert_allclose(ours.data, theirs.detach().numpy(), **EXACT)


class Silent:
    """An optimiser that makes no step, so that gradients are only computed."""

    def __init__(self, optimizer):
        self.zero_grad = optimizer.zero_grad

    def step(self):
        pass


def grouped(model, extra):
    first, *rest = model.parameters()
    return [{"params": [first], **extra}, {"params": rest}]


def same_weights(model, twin):
    for parameter, other in zip(model.parameters(), twin.parameters(), strict=True):
        np.testing.assert_allclose(parameter.data, other.detach().numpy(), **EXACT)


# --- schedules --------------------------------------------------------------------------------


def sequential(lib, optimizer):
    parts = [
        lib.LinearLR(optimizer, start_factor=0.1, total_iters=7),
        lib.CosineAnnealingLR(optimizer, T_max=20, eta_min=1e-4),
        lib.StepLR(optimizer, step_size=4, gamma=0.5),
        lib.ConstantLR(optimizer, factor=0.5, total_iters=3),
    ]
    return lib.SequentialLR(optimizer, parts, milestones=[7, 27, 40])


def sequential_of_restarts(lib, optimizer):
    parts = [
        lib.ExponentialLR(optimizer, gamma=0.9),
        lib.CosineAnnealingWarmRestarts(optimizer, T_0=5, T_mult=2),
        lib.MultiplicativeLR(optimizer, lr_lambda=lambda step: 0.9 + 0.01 * step),
        lib.PolynomialLR(optimizer, total_iters=10, power=2),
    ]
    return lib.SequentialLR(optimizer, parts, milestones=[4, 20, 30])


def sequential_of_cycles(lib, optimizer):
    parts = [
        lib.LinearLR(optimizer, total_iters=6),
        lib.CyclicLR(optimizer, base_lr=0.005, max_lr=0.03, step_size_up=5),
        lib.OneCycleLR(optimizer, max_lr=0.1, total_steps=30),
    ]
    return lib.SequentialLR(optimizer, parts, milestones=[6, 21])


def chained(lib, optimizer):
    return lib.ChainedScheduler(
        [
            lib.ConstantLR(optimizer, factor=0.1, total_iters=6),
            lib.ExponentialLR(optimizer, gamma=0.95),
            lib.CosineAnnealingLR(optimizer, T_max=15, eta_min=1e-3),
        ]
    )


SCHEDULES = {
    "step": lambda lib, o: lib.StepLR(o, step_size=7),
    "step, gamma": lambda lib, o: lib.StepLR(o, step_size=1, gamma=0.9),
    "multi step": lambda lib, o: lib.MultiStepLR(o, milestones=[5, 30, 30, 41], gamma=0.5),
    "multi step from 0": lambda lib, o: lib.MultiStepLR(o, milestones=[0, 3]),
    "constant": lambda lib, o: lib.ConstantLR(o),
    "constant, long": lambda lib, o: lib.ConstantLR(o, factor=0.25, total_iters=20),
    "linear": lambda lib, o: lib.LinearLR(o),
    "linear, falling": lambda lib, o: lib.LinearLR(
        o, start_factor=1.0, end_factor=0.0, total_iters=40
    ),
    "exponential": lambda lib, o: lib.ExponentialLR(o, gamma=0.95),
    "polynomial": lambda lib, o: lib.PolynomialLR(o, total_iters=40, power=2.0),
    "cosine": lambda lib, o: lib.CosineAnnealingLR(o, T_max=50),
    "cosine, rising again": lambda lib, o: lib.CosineAnnealingLR(o, T_max=9, eta_min=1e-3),
    "cosine to 0 and back": lambda lib, o: lib.CosineAnnealingLR(o, T_max=10),
    "restarts": lambda lib, o: lib.CosineAnnealingWarmRestarts(o, T_0=10),
    "restarts, longer": lambda lib, o: lib.CosineAnnealingWarmRestarts(
        o, T_0=4, T_mult=2, eta_min=1e-3
    ),
    "one cycle": lambda lib, o: lib.OneCycleLR(o, max_lr=0.1, total_steps=50),
    "one cycle, groups": lambda lib, o: lib.OneCycleLR(
        o, max_lr=[0.1, 0.2], epochs=5, steps_per_epoch=10, anneal_strategy="linear"
    ),
    "one cycle, three phases": lambda lib, o: lib.OneCycleLR(
        o, max_lr=0.1, total_steps=60, three_phase=True, pct_start=0.2, div_factor=10.0
    ),
    "one cycle, no momentum": lambda lib, o: lib.OneCycleLR(
        o, max_lr=0.1, total_steps=50, cycle_momentum=False, final_div_factor=10.0
    ),
    "cyclic": lambda lib, o: lib.CyclicLR(o, base_lr=0.01, max_lr=0.1, step_size_up=6),
    "cyclic, halved": lambda lib, o: lib.CyclicLR(
        o, base_lr=0.01, max_lr=0.1, step_size_up=4, step_size_down=8, mode="triangular2"
    ),
    "cyclic, exponential": lambda lib, o: lib.CyclicLR(
        o, base_lr=[0.01, 0.02], max_lr=0.1, step_size_up=5, mode="exp_range", gamma=0.97
    ),
    "cyclic, function": lambda lib, o: lib.CyclicLR(
        o, base_lr=0.01, max_lr=0.1, step_size_up=5, scale_fn=lambda x: 1 / x, cycle_momentum=False
    ),
    "lambda": lambda lib, o: lib.LambdaLR(o, lambda step: 1 / (1 + step)),
    "lambda, groups": lambda lib, o: lib.LambdaLR(o, [lambda step: 0.9**step, lambda step: 1.0]),
    "multiplicative": lambda lib, o: lib.MultiplicativeLR(o, lambda step: 0.9 + 0.001 * step),
    "sequential": sequential,
    "sequential of restarts": sequential_of_restarts,
    "sequential of cycles": sequential_of_cycles,
    "chained": chained,
}

OPTIONS = {"SGD": {"lr": 0.05, "momentum": 0.9}, "Adam": {"lr": 0.05}}


def scheduled(optimizer, make):
    """Network, optimiser and schedule, here and in PyTorch."""
    model, twin = networks()
    ours = getattr(nn.optim, optimizer)(grouped(model, {"lr": 0.02}), **OPTIONS[optimizer])
    theirs = getattr(torch.optim, optimizer)(grouped(twin, {"lr": 0.02}), **OPTIONS[optimizer])
    schedules = make(lr_scheduler, ours), make(torch.optim.lr_scheduler, theirs)
    return (model, ours, schedules[0]), (twin, theirs, schedules[1])


def rates(optimizer):
    """What a schedule may change, of all groups."""
    return [
        (group["lr"], group["betas"][0] if "betas" in group else group["momentum"])
        for group in optimizer.param_groups
    ]


@pytest.mark.parametrize("optimizer", OPTIONS)
@pytest.mark.parametrize("name", SCHEDULES)
def test_schedules(name, optimizer):
    with in_float64():
        (model, ours, schedule), (twin, theirs, peer) = scheduled(optimizer, SCHEDULES[name])
        for _ in range(STEPS):
            np.testing.assert_allclose(rates(ours), rates(theirs), rtol=1e-10, atol=1e-14)
            np.testing.assert_allclose(our_step(model, ours), torch_step(twin, theirs), **EXACT)
            schedule.step()
            peer.step()
    same_weights(model, twin)


METRICS = [3.0, 2.0, 1.99995, 1.9, 1.95, 1.91, *[1.9] * 10, 1.5, 1.6, float("nan"), *[1.7] * 20]


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"patience": 2},
        {"patience": 0, "cooldown": 3, "factor": 0.5},
        {"patience": 1, "mode": "max", "min_lr": [1e-2, 1e-3]},
        {"patience": 1, "threshold": 0.06, "threshold_mode": "abs"},
        {"patience": 1, "threshold": 0.06, "threshold_mode": "abs", "mode": "max"},
        {"patience": 0, "eps": 1e-2},
    ],
)
def test_reduce_on_plateau(options):
    def reduce(lib, optimizer):
        return lib.ReduceLROnPlateau(optimizer, **options)

    (_, ours, schedule), (_, theirs, peer) = scheduled("SGD", reduce)
    for metric in METRICS:
        schedule.step(metric)
        peer.step(metric)
        np.testing.assert_allclose(rates(ours), rates(theirs), rtol=1e-12)
        assert schedule.get_last_lr() == pytest.approx(peer.get_last_lr())


# --- clipping ---------------------------------------------------------------------------------


@pytest.mark.parametrize("scalar", [False, True], ids=["tensor", "values"])
@pytest.mark.parametrize("max_norm", [0.1, 1e3])
@pytest.mark.parametrize("norm_type", [1, 2.0, 3.5, float("inf")])
def test_clip_grad_norm(norm_type, max_norm, scalar):
    model, twin = networks(scalar)
    our_step(model, Silent(nn.optim.SGD(model.parameters())))
    torch_step(twin, Silent(torch.optim.SGD(twin.parameters())))
    norm = nn.optim.clip_grad_norm_(model.parameters(), max_norm, norm_type)
    expected = torch.nn.utils.clip_grad_norm_(twin.parameters(), max_norm, norm_type)
    np.testing.assert_allclose(norm, expected.item(), rtol=1e-12)
    same_gradients(model, twin)


@pytest.mark.parametrize("scalar", [False, True], ids=["tensor", "values"])
def test_clip_grad_value(scalar):
    model, twin = networks(scalar)
    our_step(model, Silent(nn.optim.SGD(model.parameters())))
    torch_step(twin, Silent(torch.optim.SGD(twin.parameters())))
    nn.optim.clip_grad_value_(model.parameters(), 0.05)
    torch.nn.utils.clip_grad_value_(twin.parameters(), 0.05)
    same_gradients(model, twin)


def same_gradients(model, twin):
    for parameter, other in zip(model.parameters(), twin.parameters(), strict=True):
        np.testing.assert_allclose(parameter.grad, other.grad.numpy(), rtol=1e-12, atol=1e-15)

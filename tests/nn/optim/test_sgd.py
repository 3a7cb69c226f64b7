"""Tests of SGD; tests/oracle/test_nn_optim.py compares it with PyTorch's."""

import numpy as np
import pytest

import nn

GRADIENT = 2.0


def steps(count, **options):
    """A parameter's path from 1 under a constant gradient."""
    p, path = nn.Parameter([1.0], np.float64), []
    optimizer = nn.optim.SGD([p], **options)
    for _ in range(count):
        p.grad = np.array([GRADIENT])
        optimizer.step()
        path.append(p.data[0])
    return path


def test_plain_descent():
    assert steps(2, lr=0.25) == [0.5, 0.0]


def test_momentum_keeps_the_velocity():
    # v is 2, then 0.5·2 + 2 = 3.
    assert steps(2, lr=0.25, momentum=0.5) == [0.5, -0.25]


def test_dampening_leaves_the_first_step():
    # v is 2, then 0.5·2 + 0.5·2 = 2.
    assert steps(2, lr=0.25, momentum=0.5, dampening=0.5) == [0.5, 0.0]


def test_nesterov_looks_ahead():
    # The step is g + 0.5·v: 3, then 3.5.
    assert steps(2, lr=0.25, momentum=0.5, nesterov=True) == [0.25, -0.625]


def test_weight_decay_pulls_towards_zero():
    # g + 0.5·w is 2.5, then 2.1875.
    assert steps(2, lr=0.25, weight_decay=0.5) == [0.375, -0.171875]


@pytest.mark.parametrize(
    ("form", "path"),
    [
        # v is 2, then 0.5·2 + 2 = 3; the steps are 0.25 v.
        ("pytorch", [0.5, -0.25]),
        # v is 0.25·2 = 0.5, then 0.5·0.5 + 0.25·2 = 0.75; these are the steps.
        ("classical", [0.5, -0.25]),
        # v is 0.5·2 = 1, then 0.5·1 + 0.5·2 = 1.5; the steps are 0.25 v.
        ("average", [0.75, 0.375]),
    ],
)
def test_forms_of_momentum(form, path):
    assert steps(2, lr=0.25, momentum=0.5, momentum_form=form) == path


@pytest.mark.parametrize(
    ("form", "second_step"),
    # PyTorch's multiplies the whole velocity, 3, by the new rate; the classical one has 0.5·0.5
    # of the old steps in it.
    [("pytorch", 0.125 * 3), ("classical", 0.5 * 0.5 + 0.125 * 2)],
)
def test_forms_differ_when_the_rate_changes(form, second_step):
    p = nn.Parameter([1.0], np.float64)
    optimizer = nn.optim.SGD([p], lr=0.25, momentum=0.5, momentum_form=form)
    for lr in (0.25, 0.125):
        optimizer.param_groups[0]["lr"] = lr
        p.grad = np.array([GRADIENT])
        optimizer.step()
    np.testing.assert_allclose(p.data, [0.5 - second_step])


def test_gradient_descent_is_the_plain_rule():
    # The course's: w = 2.5 − 1·0.004.
    p = nn.Parameter([2.5], np.float64)
    p.grad = np.array([0.2 * 0.02])
    nn.optim.GradientDescent([p], lr=1.0).step()
    np.testing.assert_allclose(p.data, [2.496], rtol=1e-14)


def test_bad_input():
    p = [nn.Parameter([1.0])]
    with pytest.raises(ValueError, match="momentum=-1"):
        nn.optim.SGD(p, momentum=-1)
    with pytest.raises(ValueError, match="'pytorch', 'classical' or 'average', but 'heavy'"):
        nn.optim.SGD(p, momentum=0.9, momentum_form="heavy")
    with pytest.raises(ValueError, match="dampening belongs to PyTorch's form"):
        nn.optim.SGD(p, momentum=0.9, dampening=0.1, momentum_form="average")
    for options in ({}, {"momentum": 0.9, "dampening": 0.1}):
        with pytest.raises(ValueError, match="Nesterov's step needs a momentum above 0"):
            nn.optim.SGD(p, nesterov=True, **options)

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


def test_bad_input():
    p = [nn.Parameter([1.0])]
    with pytest.raises(ValueError, match="momentum=-1"):
        nn.optim.SGD(p, momentum=-1)
    for options in ({}, {"momentum": 0.9, "dampening": 0.1}):
        with pytest.raises(ValueError, match="Nesterov's step needs a momentum above 0"):
            nn.optim.SGD(p, nesterov=True, **options)

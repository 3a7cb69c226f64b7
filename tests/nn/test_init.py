"""Tests of the initialisers: their distributions, bounds and seeds."""

import math

import numpy as np
import pytest
from scipy import stats

import nn
from nn import init

SHAPE = (200, 300)  # fan-in 300, fan-out 200


def filled(initialise, *args, shape=SHAPE, **kwargs):
    return initialise(nn.Parameter(np.zeros(shape), np.float64), *args, seed=0, **kwargs).data


@pytest.mark.parametrize(
    ("initialise", "kwargs", "bound"),
    [
        (init.uniform_, {"low": -0.5, "high": 0.5}, 0.5),
        (init.xavier_uniform_, {}, math.sqrt(6 / 500)),
        (init.xavier_uniform_, {"gain": 2.0}, 2 * math.sqrt(6 / 500)),
        (init.kaiming_uniform_, {}, math.sqrt(6 / 300)),
        (init.kaiming_uniform_, {"mode": "fan_out"}, math.sqrt(6 / 200)),
        (init.kaiming_uniform_, {"a": math.sqrt(5)}, 1 / math.sqrt(300)),
        (init.kaiming_uniform_, {"nonlinearity": "tanh"}, 5 / 3 * math.sqrt(3 / 300)),
    ],
)
def test_uniform_distributions(initialise, kwargs, bound):
    numbers = filled(initialise, **kwargs).ravel()
    assert stats.kstest(numbers, stats.uniform(-bound, 2 * bound).cdf).pvalue > 0.01


@pytest.mark.parametrize(
    ("initialise", "kwargs", "std"),
    [
        (init.normal_, {"std": 0.5}, 0.5),
        (init.xavier_normal_, {}, math.sqrt(2 / 500)),
        (init.kaiming_normal_, {}, math.sqrt(2 / 300)),
        (init.kaiming_normal_, {"mode": "fan_out"}, math.sqrt(2 / 200)),
        (init.kaiming_normal_, {"nonlinearity": "linear"}, math.sqrt(1 / 300)),
    ],
)
def test_normal_distributions(initialise, kwargs, std):
    numbers = filled(initialise, **kwargs).ravel()
    assert stats.kstest(numbers, stats.norm(0, std).cdf).pvalue > 0.01


def test_linear_starts_within_one_over_root_fan_in():
    layer = nn.Linear(300, 200, dtype=np.float64, seed=0)
    bound = 1 / math.sqrt(300)
    for parameter in layer.parameters():
        uniform = stats.uniform(-bound, 2 * bound)
        assert stats.kstest(parameter.data.ravel(), uniform.cdf).pvalue > 0.01


def test_constants():
    parameter = nn.Parameter(np.zeros((2, 3)))
    assert init.ones_(parameter) is parameter
    assert (parameter.data == 1).all()
    assert (init.constant_(parameter, 0.5).data == 0.5).all()
    assert (init.zeros_(parameter).data == 0).all()


def test_fans_of_a_convolution_count_its_kernel():
    assert init.fans((16, 3, 5, 5)) == (75, 400)


def test_the_same_seed_gives_the_same_numbers_in_every_dtype():
    double, single = nn.Parameter(np.zeros((3, 4)), np.float64), nn.Parameter(np.zeros((3, 4)))
    init.normal_(double, seed=7)
    init.normal_(single, seed=np.random.default_rng(7))
    np.testing.assert_array_equal(double.data.astype(np.float32), single.data)


def test_the_global_random_state_is_neither_read_nor_changed():
    before = np.random.get_state()[1].tolist()  # noqa: NPY002 - that state is the subject here
    first, second = (nn.MLP((5, 4, 3)).fc1.weight.data for _ in range(2))
    assert np.random.get_state()[1].tolist() == before  # noqa: NPY002
    assert not np.array_equal(first, second)


def test_scalar_nodes_are_filled_too():
    weight = nn.Linear(3, 2).to_values().weight
    init.constant_(weight, 2.0)
    assert weight.data.tolist() == [[2.0] * 3] * 2


def test_bad_input():
    vector = nn.Parameter(np.zeros(3))
    with pytest.raises(ValueError, match=r"two axes or more.*shape \(3,\)"):
        init.xavier_uniform_(vector)
    with pytest.raises(ValueError, match="'fan_in' or 'fan_out', but 'both'"):
        filled(init.kaiming_normal_, mode="both")
    with pytest.raises(ValueError, match=r"no gain is known for 'swish'; known are .*relu"):
        init.calculate_gain("swish")

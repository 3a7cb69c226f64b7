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
        (init.uniform_, {"a": -0.5, "b": 0.5}, 0.5),
        (init.xavier_uniform_, {}, math.sqrt(6 / 500)),
        (init.xavier_uniform_, {"gain": 2.0}, 2 * math.sqrt(6 / 500)),
        (init.kaiming_uniform_, {}, math.sqrt(6 / 300)),
        (init.kaiming_uniform_, {"mode": "fan_out"}, math.sqrt(6 / 200)),
        (init.kaiming_uniform_, {"a": math.sqrt(5)}, 1 / math.sqrt(300)),
        (init.kaiming_uniform_, {"nonlinearity": "tanh"}, 5 / 3 * math.sqrt(3 / 300)),
        (init.lecun_uniform_, {}, math.sqrt(3 / 300)),
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
        (init.lecun_normal_, {}, math.sqrt(1 / 300)),
    ],
)
def test_normal_distributions(initialise, kwargs, std):
    numbers = filled(initialise, **kwargs).ravel()
    assert stats.kstest(numbers, stats.norm(0, std).cdf).pvalue > 0.01


@pytest.mark.parametrize(
    ("mean", "std", "a", "b"),
    [
        (0.0, 1.0, -2.0, 2.0),
        (0.0, 0.02, -2.0, 2.0),  # the bounds are far away
        (1.0, 2.0, -0.5, 0.5),
        (0.0, 1.0, 5.0, 6.0),  # only a tail is left
        (0.0, 1.0, 0.0, math.inf),
        (3.0, 0.5, -math.inf, -1.0),
    ],
)
def test_truncated_normal_distributions(mean, std, a, b):
    numbers = filled(init.trunc_normal_, mean, std, a, b).ravel()
    assert a <= numbers.min() < numbers.max() <= b
    law = stats.truncnorm((a - mean) / std, (b - mean) / std, mean, std)
    assert stats.kstest(numbers, law.cdf).pvalue > 0.01


@pytest.mark.parametrize("shape", [(5, 5), (3, 7), (7, 3), (4, 2, 3, 3), (20, 2, 3)])
def test_orthogonal_matrices(shape):
    matrix = filled(init.orthogonal_, 2.0, shape=shape).reshape(shape[0], -1)
    product = matrix @ matrix.T if shape[0] <= matrix.shape[1] else matrix.T @ matrix
    np.testing.assert_allclose(product, 4 * np.eye(len(product)), atol=1e-12)


def test_orthogonal_matrices_are_uniform():
    # Without the signs of R's diagonal, Q's own diagonal would lean to one side.
    signs = [
        np.sign(init.orthogonal_(nn.Parameter(np.zeros((2, 2))), seed=seed).data[0, 0])
        for seed in range(400)
    ]
    assert abs(np.mean(signs)) < 0.15


@pytest.mark.parametrize(("sparsity", "zeros"), [(0.0, 0), (0.25, 3), (0.3, 3), (1.0, 10)])
def test_sparse_columns(sparsity, zeros):
    matrix = filled(init.sparse_, sparsity, 0.5, shape=(10, 2000))
    assert (np.count_nonzero(matrix == 0, axis=0) == zeros).all()
    if zeros < 10:
        assert stats.kstest(matrix[matrix != 0], stats.norm(0, 0.5).cdf).pvalue > 0.01
        # Every row is hit alike.
        np.testing.assert_allclose((matrix == 0).mean(axis=1), zeros / 10, atol=0.05)


def test_eye_passes_inputs_on():
    np.testing.assert_array_equal(init.eye_(nn.Parameter(np.ones((2, 3)))).data, np.eye(2, 3))


@pytest.mark.parametrize("groups", [1, 2])
def test_dirac_passes_channels_on(groups):
    weight = init.dirac_(nn.Parameter(np.ones((4, 4 // groups, 3, 3)), np.float64), groups)
    x = np.random.default_rng(0).normal(size=(2, 4, 5, 6))
    passed = nn.functional.conv2d(x, weight, padding=1, groups=groups)
    np.testing.assert_array_equal(passed.data, x)


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


@pytest.mark.parametrize("shape", [(0, 3), (3, 0), (0, 0), (2, 0, 3, 3)])
@pytest.mark.parametrize(
    "initialise",
    [
        init.xavier_uniform_,
        init.xavier_normal_,
        init.kaiming_uniform_,
        init.kaiming_normal_,
        init.lecun_uniform_,
        init.lecun_normal_,
        init.orthogonal_,
        init.trunc_normal_,
    ],
)
def test_weights_without_elements_need_no_numbers(initialise, shape):
    assert filled(initialise, shape=shape).shape == shape


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
    with pytest.raises(ValueError, match=r"std > 0 and a < b, but std=1\.0, a=2\.0 and b=1\.0"):
        filled(init.trunc_normal_, 0.0, 1.0, 2.0, 1.0)
    with pytest.raises(ValueError, match=r"two axes or more.*shape \(3,\)"):
        init.orthogonal_(vector)
    with pytest.raises(ValueError, match=r"eye_ fills weights of two axes.*shape \(3,\)"):
        init.eye_(vector)
    with pytest.raises(ValueError, match=r"sparsity must lie in \[0, 1\], but 2"):
        filled(init.sparse_, 2)
    with pytest.raises(ValueError, match=r"weights of convolutions.*shape \(3,\)"):
        init.dirac_(vector)
    with pytest.raises(ValueError, match="4 channels do not fall into 3 equal groups"):
        init.dirac_(nn.Parameter(np.zeros((4, 4, 3))), 3)

"""Tests of Linear."""

import numpy as np
import pytest

import nn


def test_it_is_an_affine_map_of_the_last_axis():
    layer = nn.Linear(3, 2, dtype=np.float64, seed=0)
    x = np.random.default_rng(0).normal(size=(4, 5, 3))
    expected = x @ layer.weight.data.T + layer.bias.data
    np.testing.assert_allclose(layer(x).data, expected, rtol=1e-14)
    np.testing.assert_allclose(layer(x[0, 0]).data, expected[0, 0], rtol=1e-14)
    np.testing.assert_allclose(layer.to_values()(x[0]).data, expected[0], rtol=1e-14)


def test_without_bias():
    layer = nn.Linear(3, 2, bias=False, seed=0)
    np.testing.assert_array_equal(layer(np.zeros((1, 3))).data, np.zeros((1, 2)))


def test_seeds():
    first, second, third = (nn.Linear(3, 2, seed=seed) for seed in (0, 0, 1))
    np.testing.assert_array_equal(first.weight.data, second.weight.data)
    assert not np.array_equal(first.weight.data, third.weight.data)


def test_sizes_below_one_are_refused():
    with pytest.raises(ValueError, match="in_features=0 and out_features=2"):
        nn.Linear(0, 2)

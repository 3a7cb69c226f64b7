"""Tests of the running numbers of batch normalisation, and of settings that leave parts out."""

import numpy as np
import pytest

import nn

X = np.random.default_rng(0).normal(3.0, 2.0, size=(50, 4))


def test_running_numbers_follow_the_batches_and_are_used_outside_training():
    layer = nn.BatchNorm1d(4, dtype=np.float64)
    for _ in range(200):
        layer(X)
    np.testing.assert_allclose(layer.running_mean, X.mean(axis=0), rtol=1e-6)
    np.testing.assert_allclose(layer.running_var, X.var(axis=0, ddof=1), rtol=1e-6)
    assert layer.num_batches_tracked == 200
    layer.eval()
    expected = (X - layer.running_mean) / np.sqrt(layer.running_var + layer.eps)
    np.testing.assert_allclose(layer(X).data, expected)
    assert layer.num_batches_tracked == 200


def test_without_momentum_they_are_means_of_all_batches():
    layer = nn.BatchNorm1d(4, momentum=None, dtype=np.float64)
    batches = np.split(X, 5)
    for batch in batches:
        layer(batch)
    np.testing.assert_allclose(layer.running_mean, X.mean(axis=0))
    variances = [batch.var(axis=0, ddof=1) for batch in batches]
    np.testing.assert_allclose(layer.running_var, np.mean(variances, axis=0))


def test_what_is_left_out_is_not_in_the_state():
    assert list(nn.BatchNorm2d(3).state_dict()) == [
        "weight",
        "bias",
        "running_mean",
        "running_var",
        "num_batches_tracked",
    ]
    assert not nn.BatchNorm2d(3, affine=False, track_running_stats=False).state_dict()
    assert list(nn.GroupNorm(1, 3, bias=False).state_dict()) == ["weight"]
    assert not nn.InstanceNorm1d(3).state_dict()


def test_a_batch_of_one_has_no_variance():
    layer = nn.BatchNorm1d(4)
    with pytest.raises(ValueError, match="a single number for each"):
        layer(X[:1])
    assert layer.num_batches_tracked == 0
    assert layer.eval()(X[:1]).shape == (1, 4)


def test_running_numbers_are_kept_by_a_twin_on_scalar_nodes():
    layer = nn.BatchNorm1d(4, dtype=np.float64)
    layer(X)
    twin = layer.to_values()
    np.testing.assert_array_equal(twin.running_mean, layer.running_mean)
    twin(X[:3])
    assert not np.array_equal(twin.running_mean, layer.running_mean)

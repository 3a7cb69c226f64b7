"""The initialisers' figures against PyTorch's: gains, fans, bounds and standard deviations."""

import numpy as np
import pytest
import torch
from scipy import stats

import nn
from nn import init

pytestmark = pytest.mark.oracle

SHAPES = [(20, 30), (8, 4, 3, 3), (5, 2, 7)]


@pytest.mark.parametrize(
    ("name", "param"),
    [
        ("linear", None),
        ("conv2d", None),
        ("conv_transpose3d", None),
        ("sigmoid", None),
        ("tanh", None),
        ("relu", None),
        ("leaky_relu", None),
        ("leaky_relu", 0.3),
        ("selu", None),
    ],
)
def test_gains(name, param):
    assert init.calculate_gain(name, param) == torch.nn.init.calculate_gain(name, param)


@pytest.mark.parametrize("shape", SHAPES)
def test_fans(shape):
    assert init.fans(shape) == torch.nn.init._calculate_fan_in_and_fan_out(torch.empty(shape))


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("xavier_uniform_", {"gain": 2.0}),
        ("xavier_normal_", {"gain": 0.5}),
        ("kaiming_uniform_", {}),
        ("kaiming_uniform_", {"a": 0.3, "mode": "fan_out"}),
        ("kaiming_normal_", {"nonlinearity": "tanh"}),
        ("kaiming_normal_", {"mode": "fan_out", "nonlinearity": "relu"}),
    ],
)
def test_scales(shape, name, options, monkeypatch):
    """Both sides draw the same standard numbers, so the results must be equal."""
    standard = np.random.default_rng(0).random(shape)

    class Fixed(np.random.Generator):
        def uniform(self, low, high, size):
            return low + (high - low) * standard

        def normal(self, mean, std, size):
            return mean + std * standard

    source = torch.from_numpy(standard)
    monkeypatch.setattr(
        torch.Tensor,
        "uniform_",
        lambda t, low, high, generator=None: t.copy_(low + (high - low) * source),
    )
    monkeypatch.setattr(
        torch.Tensor, "normal_", lambda t, mean, std, generator=None: t.copy_(mean + std * source)
    )
    ours = nn.Parameter(np.zeros(shape), np.float64)
    getattr(init, name)(ours, **options, seed=Fixed(np.random.PCG64(0)))
    theirs = getattr(torch.nn.init, name)(torch.empty(shape, dtype=torch.float64), **options)
    np.testing.assert_allclose(ours.data, theirs.numpy(), rtol=1e-12)


MANY = (40, 25, 3, 3)

#: What is drawn otherwise than in PyTorch, and must have the same distribution.
DRAWN = {
    "uniform_": {"a": -0.3, "b": 0.7},
    "normal_": {"mean": 0.2, "std": 0.5},
    "trunc_normal_": {"mean": 0.2, "std": 0.8, "a": -0.5, "b": 1.5},
    "xavier_uniform_": {},
    "xavier_normal_": {},
    "kaiming_uniform_": {"mode": "fan_out", "nonlinearity": "relu"},
    "kaiming_normal_": {"a": 0.2},
    "orthogonal_": {"gain": 1.5},
}


@pytest.mark.parametrize("shape", [MANY, (300, 30)])
@pytest.mark.parametrize("name", DRAWN)
def test_distributions(name, shape):
    ours = getattr(init, name)(nn.Parameter(np.zeros(shape), np.float64), **DRAWN[name], seed=0)
    source = torch.Generator().manual_seed(0)
    empty = torch.empty(shape, dtype=torch.float64)
    theirs = getattr(torch.nn.init, name)(empty, **DRAWN[name], generator=source).numpy()
    assert stats.ks_2samp(ours.data.ravel(), theirs.ravel()).pvalue > 0.01
    for moment in (np.mean, np.std):
        np.testing.assert_allclose(moment(ours.data), moment(theirs), rtol=0.05, atol=0.01)


@pytest.mark.parametrize("sparsity", [0.1, 0.35])
def test_sparse(sparsity):
    ours = init.sparse_(nn.Parameter(np.zeros((30, 500)), np.float64), sparsity, 0.1, seed=0).data
    with torch.random.fork_rng():
        torch.manual_seed(0)  # its permutations come from nowhere else
        theirs = torch.nn.init.sparse_(torch.empty(30, 500).double(), sparsity, 0.1).numpy()
    assert {*(ours == 0).sum(axis=0)} == {*(theirs == 0).sum(axis=0)}
    assert stats.ks_2samp(ours[ours != 0], theirs[theirs != 0]).pvalue > 0.01


@pytest.mark.parametrize(
    ("name", "shape", "options"),
    [
        ("eye_", (4, 6), {}),
        ("dirac_", (4, 6, 5), {}),
        ("dirac_", (6, 2, 3, 4), {"groups": 2}),
        ("dirac_", (6, 4, 2, 3, 3), {"groups": 3}),
    ],
)
def test_fixed_patterns(name, shape, options):
    ours = getattr(init, name)(nn.Parameter(np.ones(shape)), **options)
    theirs = getattr(torch.nn.init, name)(torch.ones(shape), **options)
    np.testing.assert_array_equal(ours.data, theirs.numpy())

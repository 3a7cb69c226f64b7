"""The initialisers' figures against PyTorch's: gains, fans, bounds and standard deviations."""

import numpy as np
import pytest
import torch

import nn
from nn import init

pytestmark = pytest.mark.oracle

SHAPES = [(20, 30), (8, 4, 3, 3), (5, 2, 7)]


@pytest.mark.parametrize(
    ("name", "param"),
    [
        ("linear", None),
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

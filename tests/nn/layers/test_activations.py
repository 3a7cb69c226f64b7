"""Tests of the activations as layers: each is its function, with the settings it was given."""

import numpy as np
import pytest

import nn
from nn import functional

X = np.random.default_rng(0).normal(size=(4, 3))


@pytest.mark.parametrize(
    ("layer", "expected"),
    [
        (nn.Identity(), X),
        (nn.Step(), functional.step(X)),
        (nn.Sigmoid(), functional.sigmoid(X)),
        (nn.Tanh(), functional.tanh(X)),
        (nn.ReLU(), functional.relu(X)),
        (nn.LeakyReLU(), functional.leaky_relu(X, 0.01)),
        (nn.LeakyReLU(0.2), functional.leaky_relu(X, 0.2)),
        (nn.ELU(), functional.elu(X, 1.0)),
        (nn.ELU(0.5), functional.elu(X, 0.5)),
        (nn.Softplus(), functional.softplus(X)),
        (nn.Softplus(2.0), functional.softplus(X, 2.0)),
        (nn.SiLU(), functional.silu(X)),
        (nn.Swish(), functional.swish(X)),
        (nn.Softmax(), functional.softmax(X, -1)),
        (nn.Softmax(dim=0), functional.softmax(X, 0)),
        (nn.LogSoftmax(), functional.log_softmax(X, -1)),
        (nn.LogSoftmax(0), functional.log_softmax(X, 0)),
    ],
)
def test_a_layer_is_its_function(layer, expected):
    np.testing.assert_array_equal(layer(X), expected)


def test_prelu_learns_its_slope():
    layer = nn.PReLU(dtype=np.float64)
    np.testing.assert_allclose(layer(X).data, functional.leaky_relu(X, 0.25))
    np.sum(layer(X)).backward()
    np.testing.assert_allclose(layer.weight.grad, [X[X < 0].sum()])
    assert nn.PReLU(3, 0.1)(X).shape == (4, 3)

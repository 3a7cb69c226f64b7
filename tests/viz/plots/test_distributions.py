"""Tests of the histograms of weights and gradients."""

from __future__ import annotations

import numpy as np
import pytest

import nn
import viz
from nn import functional

X = np.random.default_rng(0).normal(size=(16, 3))


def trained(*sizes, activation=nn.Tanh):
    model = nn.MLP(sizes, activation, seed=0)
    functional.mse_loss(model(X), X[:, : sizes[-1]]).backward()
    return model


def remarks(axes):
    return [text.get_text() for text in axes.texts]


def test_a_row_for_each_parameter():
    model = trained(3, 4, 2)
    weights, gradients = viz.plot_histograms(model).axes
    names = [name for name, _ in model.named_parameters()]
    assert [label.get_text() for label in weights.get_yticklabels()] == names
    assert len(weights.patches) == len(gradients.patches) == 2 * len(names)
    sizes = np.concatenate([np.log10(np.abs(p.grad)).ravel() for p in model.parameters()])
    edges = gradients.patches[0].get_data().edges
    assert (edges[0], edges[-1]) == pytest.approx((sizes.min(), sizes.max()))


def test_heights_are_counts():
    model = nn.MLP((3, 30, 2), seed=0)
    weights, _ = viz.plot_histograms(model).axes
    drawn = weights.patches[0].get_data()
    counts, _ = np.histogram(model.fc1.weight.data.astype(float), drawn.edges)
    base = len(list(model.parameters())) - 1
    np.testing.assert_allclose((drawn.values - base) * counts.max() / 0.85, counts, atol=1e-9)


def test_what_a_histogram_cannot_show_is_told():
    model = trained(3, 4, 2)
    model.fc1.weight.grad[0] = 0
    model.fc1.bias.grad[0] = np.nan
    model.fc2.bias.zero_grad()
    model.fc2.bias.data[:] = np.inf
    weights, gradients = viz.plot_histograms(model).axes
    assert remarks(gradients) == ["25% exactly 0", "1 NaN or ∞", "", "not computed"]
    assert remarks(weights) == ["", "", "", "2 NaN or ∞"]


def test_without_a_backward_pass():
    _, gradients = viz.plot_histograms(nn.MLP((3, 4, 2), seed=0)).axes
    assert remarks(gradients) == ["not computed"] * 4


@pytest.mark.parametrize("twin", [False, True], ids=["tensors", "scalar nodes"])
def test_many_layers(twin):
    model = nn.MLP((3,) * 20, nn.Sigmoid, seed=0)
    viz.plot_histograms(model.to_values() if twin else model)


def test_all_weights_are_equal():
    model = nn.Linear(2, 2)
    model.weight.data[:] = 0
    model.bias.data[:] = 0
    viz.plot_histograms(model)


def test_no_parameters():
    with pytest.raises(ValueError, match="Tanh has no parameters to draw"):
        viz.plot_histograms(nn.Tanh())

"""Tests of the plots of activations and of training."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from matplotlib import pyplot as plt

import nn
import viz
from nn import functional

LONG = "a_metric_whose_name_is_far_too_long_for_any_legend"


def shaded(axes, label):
    """The intervals on the x-axis that are shaded under a label."""
    (area,) = [x for x in axes.collections if x.get_label().startswith(label)]
    return [(path.vertices[:, 0].min(), path.vertices[:, 0].max()) for path in area.get_paths()]


def labels(axes):
    return [text.get_text() for text in axes.get_legend().get_texts()]


class TestActivation:
    def test_values_and_derivative(self):
        axes = viz.plot_activation(functional.tanh, span=(-3, 3))
        value, slope = axes.lines[-2:]
        x = value.get_xdata()
        assert (x[0], x[-1]) == (-3, 3)
        np.testing.assert_allclose(value.get_ydata(), np.tanh(x), atol=1e-15)
        np.testing.assert_allclose(slope.get_ydata(), 1 - np.tanh(x) ** 2, atol=1e-12)
        assert axes.get_title(loc="left") == "tanh"

    def test_the_ends_of_the_sigmoid_are_shaded(self):
        axes = viz.plot_activation(nn.Sigmoid)
        left, right = shaded(axes, "saturated")
        # σ(1 − σ) = 0.05 · 0.25 at σ = (1 − √0.95)/2.
        sigma = (1 - np.sqrt(0.95)) / 2
        border = np.log(1 / sigma - 1)
        assert left == pytest.approx((-6, -border), abs=0.02)
        assert right == pytest.approx((border, 6), abs=0.02)
        assert "f′(x), at most 0.25" in labels(axes)

    def test_a_closed_gate_is_told_from_saturation(self):
        axes = viz.plot_activation(nn.ReLU())
        assert shaded(axes, "f′ exactly 0") == [pytest.approx((-6, 0), abs=0.02)]
        assert not any("saturated" in label for label in labels(axes))

    def test_a_minimum_is_not_saturated(self):
        ((low, high),) = shaded(viz.plot_activation(nn.SiLU()), "saturated")
        assert low == -6
        assert high < -3

    @pytest.mark.parametrize("activation", [nn.PReLU(), nn.PReLU(dtype=np.float64), nn.Step(), abs])
    def test_layers_with_parameters_and_flat_functions(self, activation):
        viz.plot_activation(activation)

    def test_axes_of_ones_own(self):
        _, axes = plt.subplots()
        assert viz.plot_activation(np.exp, axes=axes) is axes

    @pytest.mark.parametrize("mixing", [functional.softmax, nn.Softmax(), np.sum, np.cumsum])
    def test_what_is_not_elementwise_is_refused(self, mixing):
        with pytest.raises(ValueError, match="does not work element by element"):
            viz.plot_activation(mixing)

    def test_an_empty_span_is_refused(self):
        with pytest.raises(ValueError, match=r"from a smaller to a larger number, but is \(1, 1\)"):
            viz.plot_activation(np.tanh, span=(1, 1))


class TestHistory:
    def test_a_panel_for_each_figure(self):
        history = nn.History(
            loss=[3.0, 2.0, 1.0],
            val_loss=[3.0, 1.5, 2.0],
            accuracy=[0.1, 0.2, 0.3],
            **{LONG: [1, 2, 3]},
        )
        loss, accuracy, other = viz.plot_history(history).axes
        training, validation, best = loss.lines
        np.testing.assert_array_equal(training.get_ydata(), history["loss"])
        np.testing.assert_array_equal(validation.get_ydata(), history["val_loss"])
        assert (best.get_xdata()[0], best.get_ydata()[0]) == (2, 1.5)
        assert labels(loss) == ["training", "validation", "lowest: 1.5 in epoch 2"]
        assert labels(accuracy) == ["training"]
        assert len(other.get_title(loc="left")) < len(LONG)

    def test_what_fit_returns(self):
        x = np.arange(8.0).reshape(4, 2)
        model = nn.MLP((2, 2), seed=0)
        optimizer = nn.optim.SGD(model.parameters(), lr=0.01)
        history = nn.fit(
            model, x, [0, 1, 0, 1], loss=functional.cross_entropy, optimizer=optimizer, epochs=1,
            validation=(x, [0, 1, 0, 1]), progress=False,
        )  # fmt: skip
        assert len(viz.plot_history(history).axes) == 1

    def test_nan(self):
        viz.plot_history({"loss": [1.0, np.nan], "val_loss": [np.nan, np.nan]})

    @pytest.mark.parametrize("history", [{}, {"loss": []}])
    def test_nothing_to_draw(self, history):
        with pytest.raises(ValueError, match="there is no epoch in this history"):
            viz.plot_history(history)


def test_matplotlib_is_missing(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ImportError, match=r"pip install 'glassgrad\[plots\]'"):
        viz.plot_activation(np.tanh)

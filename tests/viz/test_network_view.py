"""The textbook picture, read back from its SVG."""

from __future__ import annotations

import math
import xml.etree.ElementTree as ET
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import nn
import viz
from nn.functional import cross_entropy, mse_loss
from viz.textbook.style import colour_level, line_style

SVG = "{http://www.w3.org/2000/svg}"
X = np.array([[0.5, -1.0], [1.5, 2.0], [0.0, 1.0]])
Y = np.array([0, 1, 1])


def small(activation: type[nn.Module] = nn.Tanh) -> nn.MLP:
    return nn.MLP([2, 3, 2], activation, dtype=np.float64, seed=0)


def parse(picture: viz.Picture) -> ET.Element:
    return ET.fromstring(picture.svg)


def elements(root: ET.Element, style: str) -> list[ET.Element]:
    return [e for e in root.iter() if style in e.get("class", "").split()]


def lines(root: ET.Element, layer: str) -> dict[tuple[int, int], ET.Element]:
    """The lines of a layer, by the units at their ends (to, from)."""
    [group] = [g for g in elements(root, "gg-weights") if g.get("data-layer") == layer]
    return {(int(p.get("data-to")), int(p.get("data-from"))): p for p in group}  # type: ignore[arg-type]


def texts(root: ET.Element) -> str:
    return "\n".join("".join(e.itertext()) for e in root.iter(f"{SVG}text"))


class TestNumbers:
    @pytest.mark.parametrize("values", [False, True])
    def test_each_weight_is_a_line_with_its_gradient(self, values: bool) -> None:
        model = small()
        drawn = model.to_values() if values else model
        root = parse(viz.network(drawn, X, Y, loss=cross_entropy))
        cross_entropy(model(X), Y).backward()
        for name in ("fc1", "fc2"):
            layer = getattr(model, name)
            found = lines(root, name)
            assert len(found) == layer.weight.size
            for place, line in found.items():
                assert float(line.get("data-weight", "")) == layer.weight.data[place]
                gradient = float(line.get("data-gradient", ""))
                assert gradient == pytest.approx(layer.weight.grad[place], rel=1e-12)
                assert "gradient" in line.find(f"{SVG}title").text  # type: ignore[union-attr,operator]

    def test_neurons_show_activations_behind_the_activation_function(self) -> None:
        model = small()
        root = parse(viz.network(model, X, Y, loss=cross_entropy))
        hidden = np.tanh(X @ model.fc1.weight.data.T + model.fc1.bias.data).mean(axis=0)
        units = [g for g in elements(root, "gg-unit") if g.get("data-layer") == "fc1"]
        assert [float(g.get("data-value", "")) for g in units] == pytest.approx(hidden)
        titles = "".join(g.find(f"{SVG}title").text or "" for g in units)  # type: ignore[union-attr]
        assert "bias" in titles
        assert "∂L/∂bias" in titles

    def test_gradient_of_an_input_is_shown_only_if_it_was_computed(self) -> None:
        root = parse(viz.network(small(), X, Y, loss=cross_entropy))
        inputs = [g for g in elements(root, "gg-unit") if g.get("data-layer") == "input"]
        assert {g.get("data-gradient") for g in inputs} == {"not computed"}
        from autograd import Tensor

        root = parse(viz.network(small(), Tensor(X), Y, loss=cross_entropy))
        inputs = [g for g in elements(root, "gg-unit") if g.get("data-layer") == "input"]
        assert all(float(g.get("data-gradient", "")) > 0 for g in inputs)

    def test_chart_has_the_rms_of_each_layer(self) -> None:
        model = small()
        root = parse(viz.network(model, X, Y, loss=cross_entropy))
        cross_entropy(model(X), Y).backward()
        bars = {e.get("data-layer"): e for e in elements(root, "gg-bar")}
        for name in ("fc1", "fc2"):
            rms = np.sqrt(np.mean(getattr(model, name).weight.grad ** 2))
            assert float(bars[name].get("data-gradient", "")) == pytest.approx(rms)


class TestWhatIsSeen:
    def test_a_vanishing_gradient_turns_blue_and_thin(self) -> None:
        model = nn.MLP([4, *[8] * 7, 3], nn.Sigmoid, seed=0)
        x, y = np.eye(4), np.array([0, 1, 2, 0])
        root = parse(viz.network(model, x, y, loss=cross_entropy))
        first, last = lines(root, "fc1"), lines(root, "fc8")
        assert all("gg-down4" in p.get("class", "") for p in first.values())
        assert sum("gg-same" in p.get("class", "") for p in last.values()) > len(last) / 2

        def width(found: dict[tuple[int, int], ET.Element]) -> float:
            return max(float(p.get("stroke-width", "")) for p in found.values())

        assert width(first) < width(last) / 2
        bars = elements(root, "gg-bar")
        assert float(bars[0].get("height", "")) < float(bars[-1].get("height", "")) / 2

    def test_a_healthy_network_stays_grey(self) -> None:
        model = nn.MLP([4, *[16] * 4, 3], init=nn.init.kaiming_normal_, seed=0)
        x = np.random.default_rng(0).normal(size=(64, 4))
        root = parse(viz.network(model, x, np.arange(64) % 3, loss=cross_entropy))
        assert {e.get("class") for e in elements(root, "gg-bar")} == {"gg-bar gg-same"}

    def test_dead_neuron_is_told_from_an_input_of_zero(self) -> None:
        model = small(nn.ReLU)
        model.fc1.bias.data = np.array([-100.0, 5.0, 5.0])
        root = parse(viz.network(model, X * [1, 0], Y, loss=cross_entropy))
        found = lines(root, "fc1")
        assert "gg-nothing" in found[0, 0].get("class", "")
        assert "gg-closed" in found[1, 1].get("class", "")
        assert "gg-closed" in lines(root, "fc2")[0, 0].get("class", "")

    def test_nan_is_marked(self) -> None:
        model = small()
        model.fc2.weight.data[0, 0] = np.nan
        picture = viz.network(model, X, Y, loss=cross_entropy)
        root = parse(picture)
        assert "gg-broken" in lines(root, "fc1")[0, 0].get("class", "")
        assert "NaN" in picture.alt

    def test_frozen_weights_are_not_computed_rather_than_zero(self) -> None:
        model = small()
        model.fc1.requires_grad_(False)
        root = parse(viz.network(model, X, Y, loss=cross_entropy))
        line = lines(root, "fc1")[0, 0]
        assert line.get("data-gradient") == "not computed"
        assert "gg-unknown" in line.get("class", "")

    def test_large_layers_are_shortened_and_say_so(self) -> None:
        model = nn.MLP([64, 20, 16, 3], seed=0)
        picture = viz.network(model, np.ones((2, 64)), [0, 1], loss=cross_entropy)
        root = parse(picture)
        assert "… 52 more" in texts(root)
        assert "… 8 more" in texts(root)
        assert len([g for g in elements(root, "gg-unit") if g.get("data-layer") == "fc2"]) == 16
        assert "first 7 and last 5" in picture.alt

    def test_legend_is_always_there(self) -> None:
        root = parse(viz.network(nn.Neuron(2, seed=0), X, [0.0, 1.0, 1.0], loss=mse_loss))
        [legend] = elements(root, "gg-legend")
        said = texts(legend)
        for words in ("median of the last layer", "NaN or ∞", "not computed", "exactly 0"):
            assert words in said


class TestStyle:
    @pytest.mark.parametrize(
        ("size", "level"), [(1, 0), (0.2, 0), (0.05, -1), (1e-9, -4), (50, 1), (1e9, 4)]
    )
    def test_one_step_for_each_power_of_ten(self, size: float, level: int) -> None:
        assert colour_level(size, 1.0) == level

    @pytest.mark.parametrize("reference", [0.0, math.nan])
    def test_without_a_reference_all_is_grey(self, reference: float) -> None:
        assert colour_level(1.0, reference) == 0

    def test_zero_is_not_merely_small(self) -> None:
        assert line_style(0.0, True, 1.0)[0] == "gg-closed"
        assert line_style(0.0, False, 1.0)[0] == "gg-nothing"
        assert line_style(None, True, 1.0)[0] == "gg-unknown"
        assert line_style(math.inf, True, 1.0)[0] == "gg-broken"


class TestModels:
    @pytest.mark.parametrize(
        ("make", "columns"),
        [
            (lambda: nn.Linear(2, 3, seed=0), ["input", "linear"]),
            (lambda: nn.Neuron(2, seed=0), ["input", "neuron"]),
            (lambda: nn.Neuron(2, seed=0).to_values(), ["input", "neuron"]),
            (
                lambda: nn.Sequential(
                    nn.Sequential(nn.Linear(2, 3, seed=0), nn.ReLU()),
                    nn.Linear(3, 1, seed=0),
                    nn.Sigmoid(),
                ),
                ["input", "0.0", "1"],
            ),
        ],
    )
    def test_are_drawn(self, make: Callable[[], nn.Module], columns: list[str]) -> None:
        def loss(output: Any, _: Any) -> Any:
            return (output * output).mean()

        root = parse(viz.network(make(), X, Y, loss=loss))
        drawn = dict.fromkeys(g.get("data-layer") for g in elements(root, "gg-unit"))
        assert list(drawn) == columns

    def test_one_record(self) -> None:
        picture = viz.network(nn.Neuron(2, seed=0), [95, 4], 1.0, loss=mse_loss)
        assert "on 1 record." in picture.alt

    def test_layer_that_stands_twice(self) -> None:
        shared = nn.Linear(2, 2, seed=0)
        model = nn.Sequential(shared, nn.Tanh(), shared)
        root = parse(viz.network(model, X, Y, loss=cross_entropy))
        assert len(elements(root, "gg-weights")) == 2

    def test_other_layers_are_refused_in_one_sentence(self) -> None:
        class Odd(nn.Module):
            def forward(self, x: Any) -> Any:
                return x

        with pytest.raises(TypeError, match=r"'0' is Odd; use viz\.graph"):
            viz.network(nn.Sequential(Odd()), X, Y, loss=cross_entropy)
        with pytest.raises(TypeError, match="has none"):
            viz.network(nn.Sequential(nn.Tanh()), X, Y, loss=cross_entropy)

    def test_subclass_with_a_forward_of_its_own_is_refused(self) -> None:
        class Doubling(nn.MLP):
            def forward(self, x: Any) -> Any:
                return 2 * super().forward(x)

        with pytest.raises(TypeError, match="this is Doubling"):
            viz.network(Doubling([2, 3, 2]), X, Y, loss=cross_entropy)

    def test_loss_that_is_no_node_is_refused(self) -> None:
        with pytest.raises(TypeError, match="gave float"):
            viz.network(small(), X, Y, loss=lambda output, y: 1.0)


class TestManners:
    def test_touches_neither_gradients_nor_mode(self) -> None:
        model = small()
        model.fc1.eval()
        viz.network(model, X, Y, loss=cross_entropy)
        assert all(parameter.grad is None for parameter in model.parameters())
        assert (model.training, model.fc1.training) == (True, False)

    def test_same_input_same_picture(self) -> None:
        first, second = (viz.network(small(), X, Y, loss=cross_entropy).svg for _ in range(2))
        assert first == second

    def test_title_is_escaped(self) -> None:
        picture = viz.network(small(), X, Y, loss=cross_entropy, title="a < b & c")
        assert parse(picture).find(f"{SVG}title").text == "a < b & c"  # type: ignore[union-attr]

    def test_has_no_dot_source(self) -> None:
        with pytest.raises(ValueError, match="no DOT source"):
            _ = viz.network(small(), X, Y, loss=cross_entropy).dot

"""diagnose() on networks whose illness is known."""

from __future__ import annotations

import numpy as np
import pytest

import nn
import viz
from autograd import Node, Tensor, Value, scope
from autograd.trace import rms
from nn.functional import cross_entropy, mse_loss
from viz.health.bars import Bars
from viz.scene.numbers import number

RNG = np.random.default_rng(7)
X = RNG.normal(size=(32, 20))
LABELS = RNG.integers(0, 5, 32)


def mlp(activation: type[nn.Module], hidden: int, init: object = None) -> nn.MLP:
    return nn.MLP([20, *[32] * hidden, 5], activation, init=init, seed=1)


def loss_of(model: nn.Module, x: np.ndarray = X) -> Node:
    return cross_entropy(model(x), LABELS[: len(x)])


def found(loss: Node, model: nn.Module | None = None) -> set[tuple[str, str]]:
    return {(f.illness, f.layer) for f in viz.diagnose(loss, model).findings}


class TestVanishing:
    def test_deep_sigmoid(self) -> None:
        finding = viz.diagnose(loss_of(mlp(nn.Sigmoid, 8))).findings[0]
        assert (finding.illness, finding.layer, finding.severity) == ("vanishing", "fc1", "severe")
        assert finding.layers[0] == "fc1"
        assert "0.25" in finding.sentence
        assert "ReLU" in finding.advice
        assert 0 < finding.figures["relative"] < 1e-4

    def test_figures_are_those_of_the_trace(self) -> None:
        model = mlp(nn.Sigmoid, 6)
        loss = loss_of(model)
        figures = viz.diagnose(loss).findings[0].figures
        trace = loss.trace()
        sums = {s.node.scope: s.gradient for s in trace if s.node.op == "matmul"}
        ratio = np.linalg.norm(sums["fc1"]) / np.linalg.norm(sums["fc7"])
        assert figures["relative"] == pytest.approx(ratio, rel=1e-5)
        assert figures["per_layer"] == pytest.approx(ratio ** (1 / 6), rel=1e-5)

    @pytest.mark.parametrize(
        ("activation", "hidden", "ill"),
        [
            (nn.ReLU, 4, False),
            (nn.ReLU, 7, True),
            (nn.ReLU, 10, True),
            (nn.Tanh, 6, False),
            (nn.Tanh, 12, True),
        ],
    )
    def test_default_initialisation_of_a_deep_network(
        self, activation: type[nn.Module], hidden: int, ill: bool
    ) -> None:
        model = nn.MLP([64, *[64] * hidden, 10], activation, seed=0)
        x = np.random.default_rng(0).normal(size=(128, 64))
        findings = viz.diagnose(cross_entropy(model(x), np.arange(128) % 10)).findings
        assert [f.illness for f in findings] == ["vanishing"] * ill
        for finding in findings:
            assert "RMS of the weights is 0.58/√fan_in" in finding.sentence
            assert "He" in finding.advice
            rate = 1 / np.sqrt(6 if activation is nn.ReLU else 3)
            assert finding.figures["per_layer"] == pytest.approx(rate, rel=0.1)

    @pytest.mark.parametrize(
        ("activation", "init"),
        [(nn.ReLU, nn.init.kaiming_normal_), (nn.Tanh, nn.init.xavier_normal_)],
    )
    def test_depth_alone_is_no_illness(self, activation: type[nn.Module], init: object) -> None:
        model = nn.MLP([64, *[64] * 30, 10], activation, init=init, seed=0)
        x = np.random.default_rng(0).normal(size=(64, 64))
        assert viz.diagnose(cross_entropy(model(x), np.arange(64) % 10)).ok

    def test_chain_of_scalars(self) -> None:
        h = Value(0.5)
        for i in range(1, 9):
            h = (Value(0.8, name=f"w{i}") * h).sigmoid()
        assert ("vanishing", "layer 1 (w1)") in found((h - 1) ** 2)

    def test_scalar_network_agrees_with_the_tensor_network(self) -> None:
        model = nn.MLP([3, *[4] * 6, 2], nn.Sigmoid, dtype=np.float64, seed=0)
        x, y = X[:4, :3], LABELS[:4] % 2
        tensors = viz.diagnose(cross_entropy(model(x), y))
        scalars = viz.diagnose(cross_entropy(model.to_values()(x), y))
        assert [f.layer for f in tensors.findings] == [f.layer for f in scalars.findings]
        for a, b in zip(tensors.survey.weight_layers, scalars.survey.weight_layers, strict=True):
            assert a.units == b.units
            assert b.norm == pytest.approx(a.norm, rel=1e-10)
            assert b.weight_scale == pytest.approx(a.weight_scale, rel=1e-10)
            assert b.gain == pytest.approx(a.gain, rel=1e-10, nan_ok=True)


class TestExploding:
    @pytest.mark.parametrize("layer", [1, 3, 5])
    def test_weights_500_times_too_large(self, layer: int) -> None:
        model = mlp(nn.ReLU, 4, nn.init.kaiming_normal_)
        getattr(model, f"fc{layer}").weight.data *= 500
        assert ("exploding", f"fc{layer}") in found(loss_of(model))

    def test_growth_by_a_little_in_each_layer(self) -> None:
        model = mlp(nn.ReLU, 12, nn.init.kaiming_normal_)
        for name, parameter in model.named_parameters():
            if name.endswith("weight"):
                parameter.data *= 4
        [finding] = viz.diagnose(loss_of(model)).findings
        assert finding.illness == "exploding"
        assert "per layer" in finding.sentence

    @pytest.mark.filterwarnings("ignore:overflow:RuntimeWarning")
    @pytest.mark.filterwarnings("ignore:invalid:RuntimeWarning")
    def test_overflow_names_the_weights_too(self) -> None:
        model = mlp(nn.ReLU, 2, nn.init.kaiming_normal_)
        model.fc2.weight.data *= 1e30
        loss = mse_loss(model(X), np.zeros((32, 5)))
        assert {illness for illness, _ in found(loss)} == {"non-finite", "exploding"}
        assert ("exploding", "fc2") in found(loss)


class TestDead:
    def test_whole_layer(self) -> None:
        model = mlp(nn.ReLU, 3, nn.init.kaiming_normal_)
        model.fc2.bias.data = np.full(32, -1000.0)
        finding = viz.diagnose(loss_of(model)).findings[0]
        assert (finding.illness, finding.layer, finding.severity) == ("dead", "act2", "severe")
        assert "32 of 32 units" in finding.sentence
        assert "all 32 records" in finding.sentence

    def test_most_of_a_layer(self) -> None:
        model = mlp(nn.ReLU, 3, nn.init.kaiming_normal_)
        model.fc2.bias.data = np.where(np.arange(32) < 26, -1000.0, 0.0)
        [finding] = viz.diagnose(loss_of(model)).findings
        assert (finding.illness, finding.layer, finding.severity) == ("dead", "act2", "mild")
        assert finding.figures["closed"] >= 26

    def test_one_closed_scalar_gate(self) -> None:
        z = (Value(-2.0, name="w") * 3.0).relu()
        assert ("dead", "layer 1 (w)") in found((z - 1) ** 2)

    def test_numpys_maximum_is_a_gate(self) -> None:
        w = Tensor(-np.ones((20, 5)), name="w")
        assert ("dead", "layer 1 (w)") in found(np.maximum(np.abs(X) @ w, 0).sum() + 1.0)

    def test_satisfied_margins_are_no_illness(self) -> None:
        w = Tensor(np.ones((20, 1)), name="w")
        loss = (1 - np.abs(X) @ w * np.ones((32, 1))).relu().mean()
        assert loss.item() == 0
        assert viz.diagnose(loss).ok

    def test_step(self) -> None:
        model = nn.Perceptron(20)
        [finding] = viz.diagnose(mse_loss(model(X), np.ones(32))).findings
        assert finding.illness == "dead"
        assert "flat everywhere" in finding.sentence


class TestSaturated:
    def test_tanh_before_large_weights(self) -> None:
        model = mlp(nn.Tanh, 3, nn.init.xavier_normal_)
        model.fc2.weight.data *= 25
        assert ("saturated", "act2") in found(loss_of(model))

    def test_inputs_that_are_not_normalised(self) -> None:
        model = mlp(nn.Sigmoid, 1, nn.init.xavier_normal_)
        assert ("saturated", "act1") in found(loss_of(model, 255 * X))

    @pytest.mark.parametrize(("target", "ill"), [(1.0, False), (0.0, True)])
    def test_an_output_is_ill_only_if_wrong(self, target: float, ill: bool) -> None:
        output = (Value(3.0, name="w") * 4.0).sigmoid()
        assert (("saturated", "layer 1 (w)") in found((output - target) ** 2)) == ill


class TestInitialisation:
    def test_all_zero(self) -> None:
        model = mlp(nn.Tanh, 2, lambda weight, seed: nn.init.zeros_(weight))
        assert {("zero init", f"fc{i}") for i in (1, 2, 3)} <= found(loss_of(model))

    def test_zero_output_layer(self) -> None:
        model = mlp(nn.ReLU, 2, nn.init.kaiming_normal_)
        model.fc3.weight.data *= 0
        assert ("zero init", "fc3") in found(loss_of(model))

    @pytest.mark.parametrize("values", [False, True])
    def test_units_that_are_copies(self, values: bool) -> None:
        model = nn.MLP(
            [3, 4, 4, 2], nn.Tanh, init=lambda w, seed: nn.init.constant_(w, 0.3), seed=0
        )
        model = model.to_values() if values else model
        loss = cross_entropy(model(X[:5, :3]), LABELS[:5] % 2)
        assert {("symmetric", "fc1"), ("symmetric", "fc2")} <= found(loss)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # numpy tells of the NaN that we plant
class TestNonFinite:
    def test_log_of_zero(self) -> None:
        model = mlp(nn.ReLU, 2)
        with scope("head"):
            loss = np.log(model(X) * 0.0).mean()
        [finding] = viz.diagnose(loss).findings
        assert (finding.illness, finding.layer) == ("non-finite", "head")
        assert "log in head is the first operation to give an infinity" in finding.sentence
        assert "logits" in finding.advice

    def test_nan_in_the_data_is_told_from_nan_made_here(self) -> None:
        x = X.copy()
        x[3, 2] = np.nan
        [finding] = viz.diagnose(loss_of(mlp(nn.ReLU, 1), x)).findings
        assert "the input" in finding.sentence
        assert "NaN" in finding.sentence

    def test_spoilt_parameter_is_named(self) -> None:
        w = Tensor([[np.inf]], name="w")
        [finding] = viz.diagnose((np.ones((2, 1)) @ w).sum()).findings
        assert "parameter 'w'" in finding.sentence

    def test_backward_pass_alone(self) -> None:
        x = Tensor([0.0, 4.0], name="x")
        [finding] = viz.diagnose(np.sqrt(x).sum()).findings
        assert "the loss itself is finite" in finding.sentence
        assert finding.layer == "sqrt"

    def test_branch_of_where_that_is_not_taken(self) -> None:
        x = Tensor([0.0, 4.0], name="x")
        loss = np.where(x.data > 0, np.log(x), 0.0).sum()
        [finding] = viz.diagnose(loss).findings
        assert finding.layer == "log"
        assert "np.where" in finding.advice

    def test_a_mask_of_minus_infinity_is_no_illness(self) -> None:
        scores = Tensor([[1.0, 2.0, 3.0]])
        mask = np.array([[0.0, 0.0, -np.inf]])
        loss = cross_entropy(scores + mask, np.array([0]))
        assert np.isfinite(loss.item())
        assert viz.diagnose(loss).ok


class TestUnused:
    @pytest.mark.parametrize("values", [False, True])
    def test_is_named(self, values: bool) -> None:
        model = nn.MLP([4, 3, 2], seed=0)
        model.extra = nn.Linear(2, 2, seed=0)
        model = model.to_values() if values else model
        loss = cross_entropy(model.fc2(model.act1(model.fc1(X[:6, :4]))), LABELS[:6] % 2)
        assert found(loss) == set()
        assert found(loss, model) == {("unused", "extra.weight"), ("unused", "extra.bias")}

    def test_frozen_is_not_unused(self) -> None:
        model = mlp(nn.ReLU, 2)
        model.fc1.requires_grad_(False)
        assert viz.diagnose(loss_of(model), model).ok


class TestScaleMakesNoDifference:
    @pytest.mark.parametrize("factor", [1e-30, 1e-8, 1e12])
    def test_of_the_loss(self, factor: float) -> None:
        model = nn.MLP([20, 32, 32, 5], dtype=np.float64, seed=0)
        assert viz.diagnose(loss_of(model) * factor).ok
        ill = nn.MLP([20, *[32] * 8, 5], nn.Sigmoid, dtype=np.float64, seed=0)
        plain, scaled = (viz.diagnose(loss_of(ill) * f).findings for f in (1.0, factor))
        assert [(f.illness, f.layers) for f in plain] == [(f.illness, f.layers) for f in scaled]

    def test_of_the_batch_and_of_the_mean(self) -> None:
        model = nn.MLP([20, 64, 64, 10], nn.Tanh, init=nn.init.xavier_normal_, seed=0)
        x = RNG.normal(size=(2000, 20))
        for reduction in ("mean", "sum"):
            assert viz.diagnose(mse_loss(model(x), np.zeros((2000, 10)), reduction=reduction)).ok

    def test_of_the_width(self) -> None:
        model = nn.MLP([20, 2000, 10, 2000, 5], init=nn.init.kaiming_normal_, seed=0)
        assert viz.diagnose(loss_of(model)).ok


class TestDiagnosis:
    def test_touches_no_gradient(self) -> None:
        model = mlp(nn.ReLU, 2)
        viz.diagnose(loss_of(model), model)
        assert all(parameter.grad is None for parameter in model.parameters())

    def test_takes_a_trace(self) -> None:
        loss = loss_of(mlp(nn.Sigmoid, 8))
        assert str(viz.diagnose(loss.trace())) == str(viz.diagnose(loss))

    def test_prints_sentences_and_a_table(self, capsys: pytest.CaptureFixture[str]) -> None:
        viz.diagnose(loss_of(mlp(nn.Sigmoid, 8))).print()
        text = capsys.readouterr().out
        assert "vanishing at fc1" in text
        assert "What helps:" in text
        for row in ("fc1", "act1", "fc9"):
            assert f"\n{row} " in text
        assert max(map(len, text.splitlines())) <= 100

    @pytest.mark.parametrize("values", [False, True])
    def test_the_table_has_the_gradient_of_the_weights(self, values: bool) -> None:
        model = nn.MLP([3, 4, 4, 2], nn.Tanh, dtype=np.float64, seed=0)
        model = model.to_values() if values else model
        loss = cross_entropy(model(X[:5, :3]), LABELS[:5] % 2)
        text = str(viz.diagnose(loss))
        loss.backward()
        for name in ("fc1", "fc2", "fc3"):
            [row] = [line for line in text.splitlines() if line.startswith(f"{name} ")]
            size = rms(np.asarray(getattr(model, name).weight.grad, dtype=float))
            assert row.split()[3] == number(size, 2)

    def test_an_explosion_shows_in_the_bars(self) -> None:
        model = mlp(nn.ReLU, 8, nn.init.kaiming_normal_)
        for name, parameter in model.named_parameters():
            if name.endswith("weight"):
                parameter.data *= 3
        diagnosis = viz.diagnose(loss_of(model))
        bars = [line.count("█") for line in str(diagnosis).splitlines() if line.startswith("fc")]
        assert bars == sorted(bars, reverse=True)
        assert bars[0] == 16
        assert bars[-1] < 8
        largest = diagnosis.survey.relative(diagnosis.survey.weight_layers[0])
        assert f"full ×{number(largest, 2)}." in str(diagnosis)

    def test_names_of_some_length_fit_beside_each_other(self) -> None:
        model = nn.Sequential({
            "encoder_layer1": nn.Linear(20, 512, seed=0), "encoder_relu1": nn.ReLU(),
            "classifier": nn.Linear(512, 5, seed=0),
        })  # fmt: skip
        model.encoder_layer1.bias.data -= 100
        text = str(viz.diagnose(loss_of(model)))
        assert max(map(len, text.splitlines())) <= 100

    def test_healthy_says_so(self) -> None:
        diagnosis = viz.diagnose(loss_of(mlp(nn.ReLU, 2)))
        assert diagnosis.ok
        assert diagnosis.findings == ()
        assert "Nothing found" in str(diagnosis)

    def test_severe_comes_first(self) -> None:
        model = mlp(nn.Sigmoid, 8)
        model.extra = nn.Linear(2, 2)
        h = X
        for name, child in model.named_children():
            h = h if name == "extra" else child(h)
        severities = [f.severity for f in viz.diagnose(cross_entropy(h, LABELS), model).findings]
        assert severities == ["severe", "mild", "mild"]

    def test_html_escapes_names(self) -> None:
        z = (Value(-2.0, name="<w>") * 3.0).relu()
        html = viz.diagnose((z - 1) ** 2)._repr_html_()
        assert "&lt;w&gt;" in html
        assert "<w>" not in html

    @pytest.mark.parametrize("loss", [3.0, np.array(1.0), None])
    def test_refuses_what_is_no_node(self, loss: object) -> None:
        with pytest.raises(TypeError, match="pass the loss itself"):
            viz.diagnose(loss)

    def test_function_without_weights(self) -> None:
        x = Value(3.0)
        assert viz.diagnose(x.exp()).ok
        assert "Bars:" not in str(viz.diagnose(x.exp()))
        assert "Closed:" not in str(viz.diagnose(x.exp()))
        assert str(viz.diagnose((-x).relu() + 1.0)).endswith("whatever record they are given.")

    def test_batch_that_teaches_nothing(self) -> None:
        [finding] = viz.diagnose(loss_of(mlp(nn.ReLU, 1), np.zeros((4, 20)))).findings
        assert (finding.illness, finding.layer) == ("zero gradient", "fc1")


class TestBars:
    def test_the_largest_is_full_and_decades_are_of_equal_length(self) -> None:
        bars = Bars([1e-6, 1e3])
        lengths = [bars.draw(10.0**power).count("█") for power in (-6, -3, 0, 3)]
        assert lengths == [1, 6, 11, 16]

    def test_healthy_layers_look_alike(self) -> None:
        assert Bars([0.7, 1.0, 1.2]).draw(0.7).count("█") >= 15

    def test_the_scale_ends_where_a_layer_has_all_but_nothing(self) -> None:
        bars = Bars([1e-200, 0.1, 1.0])
        assert bars.draw(1e-200).count("█") == 1
        assert bars.least == pytest.approx(1e-12)

    @pytest.mark.parametrize(("size", "cells"), [(0.0, 0), (np.nan, 0), (np.inf, 16)])
    def test_what_is_not_on_the_scale(self, size: float, cells: int) -> None:
        assert Bars([size, 1.0]).draw(size).count("█") == cells
        assert Bars([size]).draw(size).count("█") == cells

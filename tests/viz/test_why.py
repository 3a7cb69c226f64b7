"""why() on gradients whose reason is known."""

from __future__ import annotations

import math

import numpy as np
import pytest

import nn
import viz
from autograd import Node, Tensor, Value, scope
from nn.functional import cross_entropy, mse_loss

RNG = np.random.default_rng(7)
X = RNG.normal(size=(32, 20))
LABELS = RNG.integers(0, 5, 32)


def mlp(activation: type[nn.Module], hidden: int, init: object = None) -> nn.MLP:
    return nn.MLP([20, *[32] * hidden, 5], activation, init=init, seed=1)


def loss_of(model: nn.Module) -> Node:
    return cross_entropy(model(X), LABELS)


class TestTiny:
    def test_chain_of_sigmoids_costs_two_bits_each(self) -> None:
        model = mlp(nn.Sigmoid, 6)
        told = viz.why(loss_of(model), model.fc1.weight)
        assert told.verdict == "tiny"
        assert told.parameter == "fc1.weight"
        worst = told.culprits[:6]
        assert {c.layer for c in worst} == {f"act{i}" for i in range(1, 7)}
        assert all(c.kind == "sigmoid" and -2.3 < c.bits < -1.9 for c in worst)
        assert "ReLU" in worst[0].advice

    def test_saturated_tanh(self) -> None:
        model = mlp(nn.Tanh, 3, nn.init.xavier_normal_)
        model.fc2.bias.data = np.full(32, 5.0)
        told = viz.why(loss_of(model), model.fc1.weight)
        worst = told.culprits[0]
        assert (worst.kind, worst.layer, worst.op) == ("saturated", "act2", "tanh")
        slope = worst.figures["slope"]
        assert 0 < slope < 0.01
        assert worst.bits == pytest.approx(math.log2(slope), abs=2.5)
        assert worst.sentence.startswith("tanh in act2 is saturated: mean local derivative 0.00")
        assert worst.sentence.endswith(f"costs {-worst.bits:.1f} bits.")
        assert worst.node.op == "tanh"
        assert worst.node.scope == "act2"

    def test_bits_add_up_along_a_chain(self) -> None:
        """0.25 × 0.15 × 0.10 × 0.05 × 0.026, as in the course."""
        factors = [0.25, 0.15, 0.10, 0.05, 0.026]
        w = Value(1.0, name="w")
        out = w
        for i, factor in enumerate(factors):
            with scope(f"step{i}"):
                out = out * factor
        told = viz.why(out, w)
        assert told.gradient == pytest.approx(4.875e-6)
        assert told.bits == pytest.approx(math.log2(4.875e-6))
        assert [c.layer for c in told.culprits] == [f"step{i}" for i in range(4, -1, -1)]
        bits = [c.bits for c in told.culprits]
        assert bits == pytest.approx([math.log2(f) for f in factors[::-1]])

    def test_scaled_loss(self) -> None:
        model = mlp(nn.ReLU, 2, nn.init.kaiming_normal_)
        told = viz.why(1e-8 * loss_of(model), model.fc1.weight)
        assert told.verdict == "tiny"
        assert told.culprits[0].op == "multiply"
        assert told.culprits[0].bits == pytest.approx(math.log2(1e-8))

    @pytest.mark.parametrize("std", [0.01, 0.001])
    def test_small_initial_weights(self, std: float) -> None:
        model = mlp(nn.Tanh, 3, lambda w, seed: nn.init.normal_(w, std=std, seed=seed))
        told = viz.why(loss_of(model), model.fc1.weight)
        kinds = [c.kind for c in told.culprits[:3]]
        assert kinds == ["small weights"] * 3
        factor = told.culprits[0].figures["factor"]
        assert factor == pytest.approx(std * math.sqrt(32), rel=0.5)

    def test_through_time(self) -> None:
        w = Tensor(0.3 * np.linalg.qr(RNG.normal(size=(8, 8)))[0], name="W")
        first = Tensor(RNG.normal(size=(4, 8)), name="start")
        h: Tensor = first
        with scope("cell"):
            for _ in range(12):
                h = np.tanh(h @ w)
        worst = viz.why(h.sum(), first).culprits[0]
        assert (worst.kind, worst.layer) == ("small weights", "cell")
        assert worst.bits == pytest.approx(12 * math.log2(0.3), rel=0.05)
        assert "over 12 uses" in worst.sentence

    def test_mere_size_is_nobodys_fault(self) -> None:
        model = nn.MLP([20, 32, 32, 5], init=nn.init.kaiming_normal_, seed=0)
        x = RNG.normal(size=(3000, 20))
        few, many = (
            viz.why(mse_loss(model(part), np.zeros((len(part), 5))), model.fc1.weight)
            for part in (x[:30], x)
        )
        assert many.bits == pytest.approx(few.bits, abs=2)
        assert few.verdict == many.verdict == "ordinary"


class TestHuge:
    @pytest.mark.parametrize("layer", [2, 3])
    def test_weights_500_times_too_large(self, layer: int) -> None:
        model = mlp(nn.ReLU, 3, nn.init.kaiming_normal_)
        getattr(model, f"fc{layer}").weight.data *= 500
        told = viz.why(loss_of(model), model.fc1.weight)
        worst = told.culprits[0]
        assert (worst.kind, worst.layer) == ("large weights", f"fc{layer}")
        assert worst.bits == pytest.approx(math.log2(500), abs=1)
        assert "smaller initial weights" in worst.advice

    def test_verdict_and_order(self) -> None:
        w = Value(1.0, name="w")
        told = viz.why(w * 500.0 * 200.0 * 0.5, w)
        assert told.verdict == "huge"
        assert told.bits == pytest.approx(math.log2(50_000))

    def test_raw_inputs(self) -> None:
        model = mlp(nn.ReLU, 1)
        told = viz.why(cross_entropy(model(1000 * X), LABELS), model.fc1.weight)
        assert told.culprits[0].kind == "large input"
        assert told.culprits[0].figures["rms"] == pytest.approx(1000, rel=0.1)


class TestZero:
    def test_dead_layer_is_named_before_what_it_starves(self) -> None:
        model = mlp(nn.ReLU, 3, nn.init.kaiming_normal_)
        model.fc2.bias.data = np.full(32, -1000.0)
        told = viz.why(loss_of(model), model.fc1.weight)
        assert told.verdict == "zero"
        assert told.bits == -math.inf
        assert [c.layer for c in told.culprits] == ["act2", "act3"]
        assert told.culprits[0].figures["closed"] == 1.0
        assert "100% of the batch" in told.culprits[0].sentence

    def test_zero_weights(self) -> None:
        model = mlp(nn.Tanh, 2, nn.init.xavier_normal_)
        model.fc3.weight.data *= 0
        [culprit] = viz.why(loss_of(model), model.fc1.weight).culprits
        assert (culprit.kind, culprit.layer) == ("zero weights", "fc3")

    def test_weights_behind_a_dead_layer_have_no_input(self) -> None:
        model = mlp(nn.ReLU, 2, nn.init.kaiming_normal_)
        model.fc1.bias.data = np.full(32, -1000.0)
        told = viz.why(loss_of(model), model.fc2.weight)
        assert ("closed gate", "act1") in {(c.kind, c.layer) for c in told.culprits}

    def test_step(self) -> None:
        model = nn.Perceptron(20)
        [culprit] = viz.why(mse_loss(model(X), np.ones(32)), model.weight).culprits
        assert culprit.kind == "flat"

    def test_kept_margins(self) -> None:
        w = Value(3.0, name="w")
        [culprit] = viz.why((1 - w).relu() * 1.0, w).culprits
        assert (culprit.kind, culprit.op) == ("closed gate", "relu")

    def test_cancelling_paths(self) -> None:
        w = Value(3.0, name="w")
        told = viz.why(w * 5.0 - w * 4.999, w)
        assert ("cancellation", True) in {(c.kind, c.bits < -10) for c in told.culprits}


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # numpy tells of the NaN that we plant
class TestNonFinite:
    def test_the_first_is_told_from_those_that_pass_it_on(self) -> None:
        model = mlp(nn.ReLU, 1)
        logits = model(X)
        with scope("head"):
            loss = np.log(logits * 0.0).mean()
        told = viz.why(loss, model.fc1.weight)
        assert told.verdict == "non-finite"
        [culprit] = told.culprits
        assert (culprit.layer, culprit.op) == ("head", "log")
        assert [node.op for node in told.passed_on] == ["mean"]
        assert "first operation" in culprit.sentence

    def test_unsafe_branch_and_its_rewrite(self) -> None:
        x = Tensor([0.0, 4.0], name="x")
        told = viz.why(np.where(x.data > 0, np.sqrt(x), 0.0).sum(), x)
        [culprit] = told.culprits
        assert culprit.op == "sqrt"
        assert "np.where(ok, np.sqrt(np.where(ok, x, 1.0)), 0.0)" in culprit.advice
        ok = x.data > 0
        safe = np.where(ok, np.sqrt(np.where(ok, x, 1.0)), 0.0).sum()
        assert viz.why(safe, x).verdict == "ordinary"

    def test_nan_on_another_path_is_not_ours(self) -> None:
        x, y = Tensor([0.0, 4.0], name="x"), Tensor([1.0, 2.0], name="y")
        loss = (np.sqrt(x) * y).sum()
        assert viz.why(loss, y).verdict == "ordinary"
        assert viz.why(loss, x).verdict == "non-finite"


class TestBothZooms:
    def test_scalars_and_tensors_name_the_same(self) -> None:
        model = nn.MLP([3, *[4] * 5, 2], nn.Sigmoid, dtype=np.float64, seed=0)
        x, y = X[:1, :3], LABELS[:1] % 2
        values = model.to_values()
        tensors = viz.why(cross_entropy(model(x), y), model.fc1.weight)
        scalars = viz.why(cross_entropy(values(x), y), values.fc1.weight)
        assert scalars.parameter == tensors.parameter == "fc1.weight"
        assert scalars.gradient == pytest.approx(tensors.gradient, rel=1e-10)
        assert scalars.verdict == tensors.verdict == "tiny"

        def sigmoids(told: viz.Explanation) -> set[str]:
            return {c.layer for c in told.culprits if c.kind == "sigmoid"}

        assert sigmoids(scalars) == sigmoids(tensors) == {f"act{i}" for i in range(1, 6)}

    def test_one_weight_of_many(self) -> None:
        model = nn.MLP([3, 4, 2], nn.Tanh, seed=0).to_values()
        told = viz.why(cross_entropy(model(X[:2, :3]), LABELS[:2] % 2), model.fc1.weight[0, 1])
        assert told.parameter == "fc1.weight[0, 1]"


class TestExplanation:
    def test_unreached(self) -> None:
        model = mlp(nn.ReLU, 1)
        told = viz.why(loss_of(model), Tensor([1.0], name="q"))
        assert told.verdict == "unreached"
        assert "does not depend on q" in str(told)

    def test_text_gives_each_advice_once(self) -> None:
        model = mlp(nn.Sigmoid, 6)
        text = str(viz.why(loss_of(model), model.fc1.weight))
        assert text.count("ReLU with He initialisation") == 1
        assert text.count("• sigmoid in act") == 6
        assert max(map(len, text.splitlines())) <= 100

    def test_repr_is_the_text(self) -> None:
        w = Value(1.0, name="w")
        told = viz.why(w * 1e-9, w)
        assert repr(told) == str(told)

    def test_html_is_a_table_and_escapes_names(self) -> None:
        w = Value(2.0, name="<w>")
        with scope("<b>"):
            html = viz.why(w * 1e-9, w)._repr_html_()
        assert "<table>" in html
        assert "&lt;w&gt;" in html
        assert "<w>" not in html

    def test_touches_no_gradient_and_takes_a_trace(self) -> None:
        model = mlp(nn.ReLU, 2)
        loss = loss_of(model)
        told = viz.why(loss.trace(), model.fc1.weight)
        assert str(told) == str(viz.why(loss, model.fc1.weight))
        assert all(parameter.grad is None for parameter in model.parameters())

    @pytest.mark.parametrize("loss", [3.0, None])
    def test_refuses_a_loss_that_is_no_node(self, loss: object) -> None:
        with pytest.raises(TypeError, match="pass the loss itself"):
            viz.why(loss, Value(1.0))

    def test_refuses_a_parameter_that_is_no_node(self) -> None:
        with pytest.raises(TypeError, match="pass the parameter itself"):
            viz.why(Value(1.0) * 2, "fc1.weight")

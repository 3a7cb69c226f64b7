"""diagnose() on convolutional, recurrent, residual and attentive networks, and on histories."""

from __future__ import annotations

import numpy as np
import pytest

import nn
import viz
from autograd import Node, Tensor, Value, scope
from nn.functional import cross_entropy, mse_loss
from tests.viz.patients_architectures import cnn, images, recurrent, resnet, sequences, tokens
from tests.viz.patients_modules import LSTM, Recurrent, Transformer
from tests.viz.patients_training import Recorded


def rng() -> np.random.Generator:
    return np.random.default_rng(11)


def found(loss: Node, model: nn.Module | None = None) -> set[tuple[str, str]]:
    return {(f.illness, f.layer) for f in viz.diagnose(loss, model).findings}


def loss_of_cnn(model: nn.Sequential) -> Node:
    out = model(images(rng(), model))
    return cross_entropy(out, np.arange(len(out.data)) % out.shape[1])


def squares(model: nn.Module) -> Node:
    out = model(rng().normal(size=(32, 20)))
    return mse_loss(out, np.ones(out.shape))


class TestConvolutions:
    def test_units_are_channels(self) -> None:
        model = cnn(rng(), "relu", 2)
        survey = viz.diagnose(loss_of_cnn(model)).survey
        conv = survey.weight_layers[1]
        assert conv.name == "conv2"
        assert conv.weights.shape == (9 * model.conv2.weight.shape[1], conv.units)
        act = survey.activations[0]
        assert (act.name, act.units) == ("act1", model.conv1.weight.shape[0])
        assert act.records % 256 == 0

    def test_dead_channels(self) -> None:
        model = cnn(rng(), "relu", 3)
        model.conv2.bias.data = np.full(model.conv2.bias.shape, -1000.0)
        assert ("dead", "act2") in found(loss_of_cnn(model))

    def test_deep_sigmoid_vanishes_at_the_first_kernel(self) -> None:
        assert ("vanishing", "conv1") in found(loss_of_cnn(cnn(rng(), "sigmoid", 7)))

    def test_a_mean_over_all_positions_is_no_illness(self) -> None:
        """Each of 10⁴ positions receives 10⁻⁴ of the gradient, for the mere reason of size."""
        draw = rng()
        kernel = Tensor(draw.normal(size=(8, 1, 3, 3)) / 3)
        head = Tensor(draw.normal(size=(8, 2)) / 3)
        with scope("conv"):
            h = nn.functional.conv2d(draw.normal(size=(2, 1, 102, 102)), kernel)
        with scope("head"):
            out = np.mean(np.tanh(h), axis=(2, 3)) @ head
        diagnosis = viz.diagnose(mse_loss(out, np.ones((2, 2))))
        conv, last = diagnosis.survey.weight_layers
        assert diagnosis.ok
        assert 0.1 < conv.norm / last.norm < 10

    def test_dropout_is_no_dead_gate(self) -> None:
        x = Tensor(rng().normal(size=(1, 40)))
        w = Tensor(rng().normal(size=(40, 30)))
        dropped = nn.functional.dropout(x @ w, 0.9, seed=0)
        assert viz.diagnose(np.mean(dropped**2)).ok


class TestSmallLayers:
    @pytest.mark.parametrize("units", [3, 5, 8])
    def test_partly_dead(self, units: int) -> None:
        model = nn.MLP([4, units, 2], init=nn.init.kaiming_normal_, seed=0)
        model.fc1.bias.data = np.where(np.arange(units) < units - 1, -300.0, 0.0)
        loss = cross_entropy(model(rng().normal(size=(16, 4))), np.arange(16) % 2)
        assert ("dead", "act1") in found(loss)


class TestResidual:
    @pytest.mark.parametrize("norm", ["layer", "batch", "rms"])
    @pytest.mark.parametrize("last", [0.0, 1.0])
    def test_healthy_also_where_branches_start_at_zero(self, norm: str, last: float) -> None:
        model = resnet(rng(), 20, norm=norm, last=last)
        assert found(squares(model), model) == set()

    def test_last_weights_of_a_branch_may_be_zero_but_not_the_first(self) -> None:
        model = resnet(rng(), 4)
        model.block2.branch.fc2.weight.data *= 0
        assert viz.diagnose(squares(model)).ok
        model.block3.branch.fc1.weight.data *= 0
        loss = squares(model)
        assert found(loss) == {("zero init", "block3.branch.fc1")}

    def test_depth_without_normalisation(self) -> None:
        model = resnet(rng(), 24, norm="")
        [finding] = viz.diagnose(squares(model)).findings
        assert finding.illness == "unnormalised"
        assert len(finding.layers) > 1
        assert "normalisation" in finding.advice


class TestInputs:
    @pytest.mark.parametrize(("factor", "ill"), [(1.0, False), (255.0, True), (1e-4, True)])
    def test_raw(self, factor: float, ill: bool) -> None:
        model = nn.MLP([20, 32, 5], init=nn.init.kaiming_normal_, seed=0)
        x = factor * rng().random((32, 20))
        loss = cross_entropy(model(x), np.arange(32) % 5)
        assert (("unnormalised", "fc1") in found(loss)) == ill

    def test_one_hot_is_small_but_no_illness(self) -> None:
        model = nn.MLP([2000, 8, 2], seed=0)
        x = np.eye(2000)[:50]
        assert viz.diagnose(cross_entropy(model(x), np.arange(50) % 2)).ok


class TestRecurrent:
    @pytest.mark.parametrize("every", [False, True])
    def test_vanishing_through_time(self, every: bool) -> None:
        model = recurrent(rng(), "tanh", gain=0.3)
        model.every = every
        [finding] = viz.diagnose(sequences(rng(), model, 25)).findings
        assert (finding.illness, finding.layer) == ("vanishing", "rnn1")
        assert finding.figures["per_step"] < 0.3
        assert "LSTM" in finding.advice

    def test_rate_of_a_linear_cell_is_its_gain(self) -> None:
        w = Tensor(0.5 * np.linalg.qr(rng().normal(size=(6, 6)))[0], name="W")
        h: Tensor = Tensor(rng().normal(size=(3, 6)), requires_grad=False)
        with scope("cell"):
            for _ in range(10):
                h = h @ w
        [layer] = viz.diagnose(np.mean(h**2)).survey.weight_layers
        assert layer.recurrence is not None
        assert layer.recurrence.rate == pytest.approx(0.5)

    def test_exploding_through_time(self) -> None:
        model = recurrent(rng(), "relu", gain=4.0)
        assert ("exploding", "rnn1") in found(sequences(rng(), model, 20))

    def test_lstm_that_forgets(self) -> None:
        x = rng().normal(size=(8, 20, 4)).astype(np.float32)
        for forget, ill in ((1.0, False), (-6.0, True)):
            model = Recurrent([LSTM(4, 16, forget, rng())], 16, 2, False, rng())
            loss = cross_entropy(model(x), np.arange(8) % 2)
            assert (("vanishing", "rnn1") in found(loss)) == ill

    def test_weights_used_twice_side_by_side_are_no_recurrence(self) -> None:
        w = Tensor(rng().normal(size=(6, 6)), name="W")
        loss = sum(np.tanh(rng().normal(size=(3, 6)) @ w).mean() for _ in range(8))
        [layer] = viz.diagnose(loss).survey.weight_layers
        assert layer.recurrence is None


class TestTransformer:
    def test_queries_behind_the_softmax_do_not_count_as_vanishing(self) -> None:
        model = Transformer(4, 32, "gelu", True, 0.02, rng())
        loss = tokens(rng(), model)
        layers = {layer.name: layer for layer in viz.diagnose(loss, model).survey.weight_layers}
        assert layers["block4.attention.query"].norm < 1e-2 * layers["head"].norm
        assert viz.diagnose(loss, model).ok

    def test_scales_of_the_normalisation_are_no_layers(self) -> None:
        model = Transformer(2, 16, "relu", False, None, rng())
        names = {layer.name for layer in viz.diagnose(tokens(rng(), model)).survey.weight_layers}
        assert not any("norm" in name for name in names)
        assert len(names) == 2 * 6 + 1

    def test_one_layer_stands_out_among_small_ones(self) -> None:
        model = Transformer(3, 32, "relu", True, 0.02, rng())
        model.block2.feed.up.weight.data *= 500
        assert ("exploding", "block2.feed.up") in found(tokens(rng(), model))


class TestHistory:
    LOSS = mse_loss(Tensor([[1.0, 2.0]]) @ Tensor(np.ones((2, 1)), name="w"), np.ones((1, 1)))

    def steps(self, losses: list[float], **ratios: list[float]) -> list[viz.Finding]:
        names = {name.replace("_", "."): list(r) for name, r in ratios.items()}
        return list(viz.diagnose(self.LOSS, history=Recorded(losses, names)).findings)

    def test_usual_steps(self) -> None:
        assert self.steps([2.0, 1.5, 1.2], fc1_weight=[2e-3, 1e-3, 1e-3]) == []

    def test_leap(self) -> None:
        [finding] = self.steps([2.0, 90.0], fc1_weight=[40.0, 3.0], fc2_weight=[2.0, 0.5])
        assert (finding.illness, finding.layer) == ("learning rate", "fc1")
        assert finding.layers == ("fc1", "fc2")
        assert "40 times" in finding.sentence
        assert "90" in finding.sentence

    def test_a_parameter_that_starts_at_zero_does_not_leap(self) -> None:
        assert self.steps([2.0, 1.9, 1.8], fc1_bias=[np.inf, 1.0, 0.5]) == []

    def test_losses_alone(self) -> None:
        history = nn.History(loss=[1.0, 40.0, 2e5])
        [finding] = viz.diagnose(self.LOSS, history=history).findings
        assert finding.illness == "learning rate"
        assert viz.diagnose(self.LOSS, history=nn.History(loss=[1.0, 1.3, 0.8])).ok

    def test_loss_that_became_nan(self) -> None:
        [finding] = self.steps([1.0, np.inf, np.nan])
        assert finding.illness == "learning rate"


def test_unused_parameter_of_a_network_with_structure() -> None:
    model = Transformer(1, 16, "relu", True, None, rng())
    model.spare = nn.Linear(2, 2, bias=False, seed=0)
    assert found(tokens(rng(), model), model) == {("unused", "spare.weight")}


def test_tied_weights_outside_any_scope() -> None:
    w = Tensor(rng().normal(size=(12, 4)) / 3, name="W")
    x = rng().normal(size=(9, 12))
    diagnosis = viz.diagnose(mse_loss(np.tanh(x @ w) @ w.T, x))
    assert diagnosis.ok
    assert "W" in str(diagnosis)


def test_overflow_warns_of_nothing() -> None:
    with np.errstate(all="ignore"):
        w = Tensor(np.full((3, 3), 1e200), name="w")
        loss = np.mean((np.ones((2, 3)) @ w @ w) ** 2)
    [first, *_] = viz.diagnose(loss).findings
    assert first.illness == "non-finite"
    assert viz.why(loss, w).verdict == "non-finite"


def test_constant_scalars_are_data() -> None:
    x, w = Value(2.0, requires_grad=False), Value(-3.0, name="w")
    assert ("dead", "layer 1 (w)") in found(((x * w).relu() - 1) ** 2)


def test_the_time_steps_of_a_recurrent_layer_are_one_layer():
    rnn = nn.RNN(1, 4, seed=0, dtype=np.float64)
    rnn.weight_hh_l0.data *= 0.5
    _, h = rnn(np.random.default_rng(0).normal(size=(8, 1, 1)))
    found = viz.diagnose(np.sum(h**2), rnn)
    assert len(found.findings) == 1
    assert str(found).startswith("vanishing at l0: over 6 steps of time")
    lstm = nn.LSTM(1, 4, seed=0, dtype=np.float64)
    y, _ = lstm(np.random.default_rng(0).normal(size=(8, 1, 1)))
    assert not viz.diagnose(np.sum(y[-1] ** 2), lstm).findings

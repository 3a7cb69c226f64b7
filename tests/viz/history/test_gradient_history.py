"""Tests of GradientHistory: what it measures, how little it keeps, and that nothing stops it."""

from __future__ import annotations

import json
import math
import re
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import nn
import viz
from autograd import Node
from autograd.trace import rms
from nn import functional
from viz.history import GradientHistory, recorder
from viz.history.noise import ALL, Window
from viz.history.thinning import Thinned
from viz.scene.numbers import number
from viz.scene.recording import record

RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 3))
Y = (X[:, 0] * X[:, 1] > 0).astype(int)


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")


def train(history, model=None, x=X, y=Y, lr=0.1, **changes):
    model = nn.MLP((3, 8, 2), nn.Tanh, seed=0) if model is None else model
    options = {
        "loss": functional.cross_entropy,
        "epochs": 3,
        "batch_size": 20,
        "seed": 0,
        "progress": False,
    } | changes
    optimizer = nn.optim.SGD(model.parameters(), lr=lr)
    nn.fit(model, x, y, optimizer=optimizer, callbacks=[history], **options)
    return model


class Line(nn.Module):
    """x·w, and a frozen offset."""

    def __init__(self, weight: float) -> None:
        self.w = nn.Parameter(weight, dtype=np.float64)
        self.offset = nn.Parameter(1.0, dtype=np.float64, requires_grad=False)

    def forward(self, x):
        return self.w * x + self.offset


class TestSteps:
    def test_the_update_of_the_course(self):
        """∂L/∂w = 0.2·0.02 = 0.004 and η = 1: w = 2.5 becomes 2.496."""
        model, history = Line(2.5), GradientHistory()
        loss = model(0.2) * 0.02
        loss.backward()
        history.before_step(model, loss)
        nn.optim.SGD(model.parameters(), lr=1.0).step()
        history.after_step(model)
        assert model.w.item() == 2.496
        assert history.loss == [loss.item()]
        assert history.gradient == {"w": [pytest.approx(0.004, rel=1e-12)]}
        assert history.update_ratio == {"w": [pytest.approx(0.004 / 2.5, rel=1e-12)]}

    def test_every_step_is_what_a_loop_of_ones_own_measures(self):
        history, twin = GradientHistory(), nn.MLP((3, 8, 2), nn.Tanh, seed=0)
        train(history, epochs=2)
        optimizer = nn.optim.SGD(twin.parameters(), lr=0.1)
        rng = np.random.default_rng(0)
        step = 0
        for _ in range(2):
            for x, y in nn.data.batches(X, Y, 20, shuffle=True, seed=rng):
                optimizer.zero_grad()
                loss = functional.cross_entropy(twin(x), y)
                loss.backward()
                assert history.loss[step] == loss.item()
                before = {name: p.data.copy() for name, p in twin.named_parameters()}
                for name, p in twin.named_parameters():
                    assert history.gradient[name][step] == rms(p.grad)
                optimizer.step()
                for name, p in twin.named_parameters():
                    ratio = rms(p.data - before[name]) / rms(before[name])
                    assert history.update_ratio[name][step] == ratio
                step += 1
        assert history.steps == history.gradient.steps == [1, 2, 3, 4, 5, 6]

    def test_a_parameter_that_starts_at_zero(self):
        model, history = Line(0.0), GradientHistory()
        loss = model(2.0) * 1.0
        loss.backward()
        history.before_step(model, loss)
        model.w.data -= 0.1
        history.after_step(model)
        assert history.update_ratio == {"w": [math.inf]}

    def test_the_same_model_on_scalar_nodes(self):
        model = nn.MLP((3, 4, 2), nn.Tanh, seed=0, dtype=np.float64)
        tensors, scalars = GradientHistory(), GradientHistory()
        train(scalars, model.to_values(), X[:20], Y[:20], batch_size=5, epochs=1)
        train(tensors, model, X[:20], Y[:20], batch_size=5, epochs=1)
        assert scalars.loss == pytest.approx(tensors.loss, rel=1e-12)
        for name, figures in tensors.gradient.items():
            assert scalars.gradient[name] == pytest.approx(figures, rel=1e-9)
            assert scalars.update_ratio[name] == pytest.approx(tensors.update_ratio[name], rel=1e-9)
        assert scalars.dead == tensors.dead


class TestActivations:
    def test_saturated_and_dead(self):
        model = nn.Sequential(
            {
                "fc1": nn.Linear(3, 8, seed=0),
                "tanh": nn.Tanh(),
                "fc2": nn.Linear(8, 6, seed=1),
                "relu": nn.ReLU(),
                "fc3": nn.Linear(6, 2, seed=2),
            }
        )
        model.fc1.weight.data = model.fc1.weight.data * 500
        model.fc2.bias.data = np.array([-100, -100, -100, 100, 100, 100])
        history = GradientHistory()
        train(history, model, epochs=1, batch_size=60, lr=1e-9)
        assert history.saturated.keys() == {"tanh tanh"}
        assert history.saturated["tanh tanh"][0] > 0.95
        assert history.dead["relu relu"] == [0.5]

    def test_every_so_manieth_step_is_traced(self):
        history = GradientHistory(trace_every=4)
        train(history, epochs=3)
        assert history.dead.steps == [1, 5, 9]
        assert [frame["step"] for frame in history.frames] == [1, 5, 9]


class TestNoise:
    def test_the_estimators(self):
        gradients = RNG.normal(loc=0.5, size=(6, 4, 3))
        window = Window(6)
        for gradient in gradients[:-1]:
            assert window.add({"a": gradient, "b": gradient[0]}) is None
        noise = window.add({"a": gradients[-1], "b": gradients[-1][0]})
        mean, variance = gradients.mean(axis=0), gradients.var(axis=0, ddof=1)
        theta = math.sqrt(variance.sum() / np.square(mean).sum())
        assert noise.norm_test["a"] == pytest.approx(theta, rel=1e-12)
        assert noise.gsnr["a"] == pytest.approx(np.median(mean**2 / variance), rel=1e-12)
        both = variance.sum() + variance[0].sum(), np.square(mean).sum() + np.square(mean[0]).sum()
        assert noise.norm_test[ALL] == pytest.approx(math.sqrt(both[0] / both[1]), rel=1e-12)

    def test_it_agrees_with_the_norm_test_over_single_records(self):
        """θ of Cockpit from a batch of B records, against mini-batches of B drawn from them."""
        records = RNG.normal(loc=0.3, size=(4000, 5))
        mean = records.mean(axis=0)
        spread = np.square(records - mean).sum() / (len(records) - 1)
        theta = math.sqrt(spread / 8) / np.linalg.norm(mean)
        window = Window(500)
        for batch in records.reshape(500, 8, 5):
            noise = window.add({"w": batch.mean(axis=0)})
        assert noise.norm_test["w"] == pytest.approx(theta, rel=0.05)

    def test_noise_alone(self):
        window = Window(10)
        for gradient in RNG.normal(size=(10, 4000)):
            noise = window.add({"w": gradient})
        assert noise.norm_test["w"] == pytest.approx(math.sqrt(10), rel=0.05)
        assert noise.gsnr["w"] == pytest.approx(1 / 20, rel=0.15)

    def test_no_noise_and_no_signal(self):
        window = Window(2)
        window.add({"same": np.ones(3), "none": np.zeros(3)})
        noise = window.add({"same": np.ones(3), "none": np.zeros(3)})
        assert (noise.norm_test["same"], noise.gsnr["same"]) == (0.0, math.inf)
        assert math.isnan(noise.norm_test["none"])
        assert noise.gsnr["none"] == 0.0

    def test_a_window_starts_afresh_and_leaves_out_what_was_missing(self):
        window = Window(2)
        window.add({"a": np.array([5.0]), "b": np.array([1.0])})
        assert window.add({"a": np.array([5.0])}).norm_test.keys() == {"a", ALL}
        window.add({"a": np.array([1.0])})
        noise = window.add({"a": np.array([3.0])})
        assert noise.norm_test["a"] == pytest.approx(math.sqrt(2) / 2)

    def test_windows_of_a_training(self):
        history = GradientHistory(window=4)
        train(history, epochs=3)
        assert history.norm_test.steps == history.gsnr.steps == [4, 8]
        assert history.norm_test.keys() == {*history.gradient, ALL}


class TestMemory:
    @given(st.integers(2, 9), st.integers(1, 200))
    def test_thinning(self, limit, count):
        thinned: Thinned[str] = Thinned(limit)
        for step in range(1, count + 1):
            thinned.add(step, str(step))
            assert thinned.steps[-1] == step
            assert len(thinned.steps) <= limit
            assert thinned.notes == [str(kept) for kept in thinned.steps]
        steps = thinned.steps
        assert steps[0] == 1
        assert len(steps) >= min(count, (limit + 1) // 2)
        gaps = np.diff(steps[:-1])
        assert len(set(gaps.tolist())) <= 1
        assert len(steps) < 3 or steps[-1] - steps[-2] <= gaps[0]

    def test_a_long_training(self):
        history = GradientHistory(limit=7)
        train(history, epochs=10)
        assert history.steps == [1, 9, 17, 25, 30]
        assert len(history.loss) == len(history.update_ratio["fc1.weight"]) == 5

    def test_frames_of_a_large_graph_are_fewer(self, monkeypatch):
        history = GradientHistory(trace_every=1)
        monkeypatch.setattr(recorder, "_MOST_FIGURES", 1)
        train(history, epochs=3)
        assert [frame["step"] for frame in history.frames] == [1, 9]


class TestFrames:
    def test_their_numbers_are_those_of_the_trace(self):
        model, history = nn.MLP((3, 4, 2), nn.ReLU, seed=0), GradientHistory(trace_every=1)
        train(history, model, epochs=1, lr=1e-12)
        loss = functional.cross_entropy(model(X[:20]), Y[:20])
        history.before_step(model, loss)
        trace, recording = loss.trace(), record(loss)
        frame = history.frames[-1]
        assert (frame["step"], frame["loss"]) == (4, loss.item())
        assert len(history.frames) == 4
        assert len(frame["nodes"]) == len(recording.nodes) == len(history.structure.nodes)
        assert [list(link) for link in recording.links] == history.structure.links
        flows = {(flow.source, flow.slot): flow for flow in trace.flows}
        states = set()
        for link, (magnitude, gain, state) in zip(recording.links, frame["edges"], strict=True):
            flow = flows.get((recording.nodes[link.consumer], link.slot))
            states.add(state)
            if flow is None:
                assert state == "constant"
                assert math.isnan(magnitude)
            else:
                assert magnitude == rms(flow.contribution)
                assert gain == flow.gain
                assert state == "flowing"
        assert states == {"flowing", "constant"}
        for node, (value, gradient) in zip(recording.nodes, frame["nodes"], strict=True):
            assert value == rms(getattr(node, "data", node))
            if isinstance(node, Node) and node in trace:
                assert gradient == rms(trace[node].gradient)
            else:
                assert math.isnan(gradient)

    def test_closed_and_starved_edges(self):
        model = nn.MLP((3, 4, 2), nn.ReLU, seed=0)
        model.fc1.bias.data = np.full(4, -1e3)
        history = GradientHistory()
        train(history, model, epochs=1)
        assert {state for _, _, state in history.frames[0]["edges"]} == {
            "flowing",
            "closed",
            "nothing",
            "constant",
        }

    def test_a_smaller_last_batch_is_the_same_structure_on_tensors(self):
        history = GradientHistory(trace_every=1)
        train(history, batch_size=25, epochs=1)
        assert len(history.frames) == 3
        assert history.remarks == []

    def test_another_structure_is_left_out_and_told(self):
        model = nn.MLP((3, 2, 1), nn.Tanh, seed=0).to_values()
        history = GradientHistory(trace_every=1)
        mean_square = functional.mse_loss
        train(history, model, X[:5], X[:5, :1], batch_size=2, epochs=2, loss=mean_square)
        assert [frame["step"] for frame in history.frames] == [1, 2, 4, 5]
        assert history.dead.steps == [1, 2, 3, 4, 5, 6]
        (remark,) = history.remarks
        assert remark.startswith("2 steps from 3 to 6 are missing among the frames")
        assert "nodes" in remark
        assert "missing among the frames" in " ".join(repr(history).split())

    def test_another_operation_at_the_same_place(self):
        history = GradientHistory(trace_every=1)
        for activation in (nn.Tanh, nn.Sigmoid):
            model = nn.MLP((3, 4, 2), activation, seed=0)
            history.before_step(model, functional.cross_entropy(model(X), Y))
        (remark,) = history.remarks
        assert "made by 'sigmoid' instead of made by 'tanh'" in remark

    def test_the_first_trace_is_kept_for_the_layout(self):
        history = GradientHistory()
        train(history)
        recording = record(history.first_trace.root)
        assert len(recording.nodes) == len(history.frames[0]["nodes"])


def broken_training(history, how):
    """Trains until the loss is nan or infinite."""
    x, model = X.copy(), nn.MLP((3, 8, 2), nn.ReLU, seed=0)
    if how == "nan in the data":
        x[7] = math.nan
    elif how == "infinity in the data":
        x[7] = math.inf
    lr = 1e25 if how == "huge steps" else 0.1
    with pytest.raises(nn.NonFiniteLossError) as caught, np.errstate(all="ignore"):
        train(history, model, x, lr=lr, epochs=40)
    return caught.value.loss


@pytest.mark.parametrize("how", ["nan in the data", "infinity in the data", "huge steps"])
class TestBreakdown:
    def test_the_last_step_is_recorded(self, how):
        history = GradientHistory(limit=2)
        broken_training(history, how)
        assert not math.isfinite(history.loss[-1])
        assert history.frames[-1]["step"] == history.dead.steps[-1] == history.steps[-1]
        assert "broken" in {state for _, _, state in history.frames[-1]["edges"]}

    def test_everything_can_be_looked_at(self, how):
        history = GradientHistory()
        loss = broken_training(history, how)
        assert "fc1.weight" in repr(history)
        history.plot().canvas.draw()
        json.dumps(history.to_dict(), allow_nan=False)
        with np.errstate(all="ignore"):
            assert not viz.diagnose(loss, history=history).ok


class TestHugeSteps:
    def test_diagnose_reads_them(self):
        history = GradientHistory()
        model = train(history, lr=300.0, epochs=5)
        loss = functional.cross_entropy(model(X), Y)
        found = viz.diagnose(loss, history=history).findings
        assert "learning rate" in {finding.illness for finding in found}


class TestSaving:
    def test_there_and_back(self):
        history = GradientHistory(trace_every=2, window=3, limit=5)
        train(history, nn.MLP((3, 2, 2), nn.Tanh, seed=0).to_values(), batch_size=25, epochs=3)
        state = json.loads(json.dumps(history.to_dict(), allow_nan=False))
        again = GradientHistory.from_dict(state)
        assert again.to_dict() == state
        assert repr(again) == repr(history)
        np.testing.assert_equal(again.frames, history.frames)
        assert again.structure == history.structure
        assert again.remarks == history.remarks

    def test_nan_and_infinities_come_back(self):
        history = GradientHistory()
        broken_training(history, "huge steps")
        again = GradientHistory.from_dict(json.loads(json.dumps(history.to_dict())))
        np.testing.assert_equal(again.loss, history.loss)
        np.testing.assert_equal(again.update_ratio, history.update_ratio)
        np.testing.assert_equal(again.frames, history.frames)

    def test_it_goes_on(self):
        whole, first = GradientHistory(limit=6, window=3), GradientHistory(limit=6, window=3)
        train(whole, train(whole, seed=1), seed=2)
        model = train(first, seed=1)
        second = GradientHistory.from_dict(first.to_dict())
        train(second, model, seed=2)
        assert second.to_dict() == whole.to_dict()

    def test_something_else(self):
        with pytest.raises(ValueError, match=r"not the state of a GradientHistory.*'trace_every'"):
            GradientHistory.from_dict({"loss": [1.0]})
        with pytest.raises(ValueError, match="not the state of a GradientHistory"):
            GradientHistory.from_dict(GradientHistory().to_dict() | {"noted": None})


class TestTextAndPlot:
    def test_the_table(self):
        history = GradientHistory()
        train(history, epochs=10)
        lines = repr(history).splitlines()
        assert lines[0].startswith("GradientHistory of 30 steps: loss 0.")
        assert lines[0].endswith(", 2 frames")
        row = next(line for line in lines if line.startswith("fc1.weight"))
        _, gradient, update, *_ = re.split(r" {2,}", row)
        first, last = (history.gradient["fc1.weight"][i] for i in (0, -1))
        assert gradient == f"{number(first, 3)} → {number(last, 3)}"
        median = float(np.median(history.update_ratio["fc1.weight"]))
        assert update == number(math.log10(median), 2)

    def test_nothing_recorded(self):
        assert "nothing recorded yet" in repr(GradientHistory())
        with pytest.raises(ValueError, match="nothing is recorded in this GradientHistory yet"):
            GradientHistory().plot()

    def test_the_panels(self):
        history = GradientHistory()
        train(history, epochs=10)
        panels = history.plot().axes
        assert len(panels) == 6
        loss, gradients, updates = panels[:3]
        np.testing.assert_array_equal(loss.lines[0].get_ydata(), history.loss)
        assert gradients.get_yscale() == "log"
        assert len(gradients.lines) == len(history.gradient)
        np.testing.assert_allclose(
            updates.lines[0].get_ydata(), np.log10(history.update_ratio["fc1.weight"])
        )
        assert list(updates.lines[-1].get_ydata()) == [-3, -3]

    def test_a_single_step(self):
        history = GradientHistory()
        train(history, epochs=1, batch_size=60)
        assert "of 1 step:" in repr(history)
        history.plot().canvas.draw()

    def test_matplotlib_is_missing(self, monkeypatch):
        history = GradientHistory()
        train(history, epochs=1)
        monkeypatch.setitem(sys.modules, "matplotlib", None)
        with pytest.raises(ImportError, match=r"pip install 'glassgrad\[plots\]'"):
            history.plot()


class TestBadInput:
    @pytest.mark.parametrize(
        ("settings", "sentence"),
        [
            ({"trace_every": 0}, "trace_every of a GradientHistory must be at least 1, but 0"),
            ({"window": 1}, "window of a GradientHistory must be at least 2, but 1"),
            ({"limit": 1}, "limit of a GradientHistory must be at least 2, but 1"),
        ],
    )
    def test_settings(self, settings, sentence):
        with pytest.raises(ValueError, match=sentence):
            GradientHistory(**settings)

    def test_frozen_parameters_are_not_recorded(self):
        history = GradientHistory()
        model = nn.MLP((3, 8, 2), nn.Tanh, seed=0)
        model.fc1.requires_grad_(False)
        train(history, model, epochs=1)
        assert history.gradient.keys() == history.update_ratio.keys() == {"fc2.weight", "fc2.bias"}

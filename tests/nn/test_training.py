"""Tests of fit, evaluate, predict and History."""

import math

import numpy as np
import pytest

import nn
from nn import functional
from nn.training import Callback

RNG = np.random.default_rng(0)
X = RNG.normal(size=(90, 2))
Y = (X[:, 0] * X[:, 1] > 0).astype(int)


class Recorder(nn.Module):
    """Passes its input on, and notes how it was called."""

    def __init__(self) -> None:
        self.modes: list[bool] = []
        self.sizes: list[int] = []

    def forward(self, x):
        self.modes.append(self.training)
        self.sizes.append(len(x))
        return x


def train(model=None, **changes):
    model = nn.MLP((2, 8, 2), nn.Tanh, seed=0) if model is None else model
    options = {
        "loss": functional.cross_entropy,
        "optimizer": nn.optim.Adam(model.parameters(), lr=0.03),
        "epochs": 3,
        "batch_size": 20,
        "metrics": [nn.accuracy],
        "seed": 0,
        "progress": False,
    } | changes
    x, y = options.pop("x", X), options.pop("y", Y)
    return model, nn.fit(model, x, y, **options)


class TestFit:
    def test_it_learns(self):
        _, history = train(epochs=60)
        assert history["loss"][-1] < 0.2 < history["loss"][0]
        assert history["accuracy"][-1] > 0.9 > history["accuracy"][0]

    def test_the_same_seed_gives_the_same_bits(self):
        (first, history), (second, again) = train(), train()
        assert history == again
        for key, array in first.state_dict().items():
            np.testing.assert_array_equal(array, second.state_dict()[key])
        _, other = train(seed=1)
        assert other != history

    def test_it_is_the_loop_one_would_write(self):
        model, history = train(epochs=2)
        twin = nn.MLP((2, 8, 2), nn.Tanh, seed=0)
        optimizer = nn.optim.Adam(twin.parameters(), lr=0.03)
        rng = np.random.default_rng(0)
        losses = []
        for _ in range(2):
            total = 0.0
            for x, y in nn.data.batches(X, Y, 20, shuffle=True, seed=rng):
                optimizer.zero_grad()
                loss = functional.cross_entropy(twin(x), y)
                loss.backward()
                optimizer.step()
                total += len(x) * loss.item()
            losses.append(total / len(X))
        assert history["loss"] == losses
        np.testing.assert_array_equal(model.fc1.weight.data, twin.fc1.weight.data)

    def test_validation_records_are_measured_after_each_epoch(self):
        model, history = train(validation=(X[:30], Y[:30]))
        assert list(history) == ["loss", "accuracy", "val_loss", "val_accuracy"]
        assert [len(figures) for figures in history.values()] == [3] * 4
        measured = nn.evaluate(
            model,
            X[:30],
            Y[:30],
            loss=functional.cross_entropy,
            metrics={"acc": nn.accuracy},
            batch_size=20,
        )
        assert measured == {"loss": history["val_loss"][-1], "acc": history["val_accuracy"][-1]}

    def test_modes_are_restored_for_every_module(self):
        model = nn.Sequential({"recorder": Recorder(), "fc": nn.Linear(2, 2)})
        model.eval()
        model.fc.train()
        train(model, epochs=1, validation=(X, Y))
        assert model.recorder.modes == [True] * 5 + [False] * 5
        assert (model.training, model.recorder.training, model.fc.training) == (False, False, True)

    def test_the_last_batch_may_be_smaller(self):
        model = nn.Sequential({"recorder": Recorder(), "fc": nn.Linear(2, 2)})
        train(model, epochs=1)
        assert model.recorder.sizes == [20, 20, 20, 20, 10]

    def test_a_model_on_scalar_nodes_learns_the_same(self):
        model = nn.MLP((2, 3, 2), nn.Tanh, seed=0, dtype=np.float64)
        twin = model.to_values()
        _, history = train(model, x=X[:20], y=Y[:20])
        _, scalar = train(twin, x=X[:20], y=Y[:20])
        np.testing.assert_allclose(scalar["loss"], history["loss"], rtol=1e-12)
        for key, array in model.state_dict().items():
            np.testing.assert_allclose(twin.state_dict()[key], array, rtol=1e-9, err_msg=key)


class TestNonFiniteLoss:
    def test_nan_stops_before_the_step_and_hands_over_the_loss(self):
        x = X.copy()
        x[7] = math.nan
        model = nn.MLP((2, 8, 2), seed=0)
        steps = []

        class Watched(nn.optim.SGD):
            def step(self) -> None:
                super().step()
                steps.append(model.state_dict())

        with pytest.raises(
            nn.NonFiniteLossError, match=r"loss became nan in epoch 1, batch \d.*error\.loss"
        ) as caught:
            train(model, x=x, optimizer=Watched(model.parameters(), lr=0.1))
        error = caught.value
        assert math.isnan(error.loss.item())
        assert error.loss.requires_grad
        assert (error.epoch, error.batch) == (1, len(steps) + 1)
        assert error.history == {}
        assert steps, "this test needs a step before the one that fails"
        for key, array in model.state_dict().items():
            np.testing.assert_array_equal(array, steps[-1][key])

    def test_infinity_stops_too_and_the_mode_is_restored(self):
        model = nn.Linear(2, 1).eval()
        with pytest.raises(nn.NonFiniteLossError, match="became inf"), np.errstate(over="ignore"):
            train(model, y=np.full((90, 1), 1e30), loss=functional.mse_loss, metrics=())
        assert not model.training


class Diary(Callback):
    """Writes down what it is told, and what the parameters look like then."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.losses: list[float] = []
        self.gradients: list[bool] = []
        self.weights: list[np.ndarray] = []

    def before_step(self, model, loss):
        self.told.append("before")
        self.losses.append(loss.item())
        self.gradients.append(all(p.grad is not None for p in model.parameters()))
        self.weights.append(model.fc1.weight.data.copy())

    def after_step(self, model):
        self.told.append("after")
        self.weights.append(model.fc1.weight.data.copy())


class TestCallbacks:
    def test_they_are_told_before_and_after_every_step(self):
        diary = Diary()
        _, history = train(epochs=2, callbacks=[diary])
        assert diary.told == ["before", "after"] * 10
        assert all(diary.gradients)
        assert np.dot(diary.losses[:5], [20, 20, 20, 20, 10]) / 90 == pytest.approx(
            history["loss"][0], rel=1e-12
        )
        for before, after in zip(diary.weights[::2], diary.weights[1::2], strict=True):
            assert not np.array_equal(before, after)
        for after, before in zip(diary.weights[1:-1:2], diary.weights[2::2], strict=True):
            np.testing.assert_array_equal(before, after)

    def test_looking_on_changes_nothing(self):
        plain, history = train()
        watched, seen = train(callbacks=(callback for callback in (Callback(), Diary())))
        assert seen == history
        np.testing.assert_array_equal(watched.fc1.weight.data, plain.fc1.weight.data)

    def test_a_loss_that_is_not_finite_is_shown_to_them_without_gradients(self):
        x = X.copy()
        x[7] = math.nan
        diary = Diary()
        with pytest.raises(nn.NonFiniteLossError):
            train(x=x, callbacks=[diary])
        assert math.isnan(diary.losses[-1])
        assert diary.gradients[-1] is False
        assert diary.told[-1] == "before"

    def test_one_that_raises_stops_the_training(self):
        class Stop(Callback):
            def after_step(self, model):
                raise KeyboardInterrupt

        model = nn.MLP((2, 8, 2), seed=0).eval()
        with pytest.raises(KeyboardInterrupt):
            train(model, callbacks=[Stop()])
        assert not model.training


class TestEvaluateAndPredict:
    def test_predict_gives_plain_outputs_of_all_records_in_order(self):
        model = nn.MLP((2, 8, 2), seed=0)
        for twin in (model, model.to_values()):
            outputs = nn.predict(twin, X[:30], batch_size=7)
            assert type(outputs) is np.ndarray
            np.testing.assert_allclose(outputs, model(X[:30]).data, rtol=1e-5)

    def test_they_record_nothing_and_run_in_evaluation_mode(self):
        seen = []

        class Spy(nn.Module):
            def forward(self, x):
                seen.append((self.training, x.requires_grad))
                return x

        model = nn.Sequential(nn.Linear(2, 2), Spy())
        nn.predict(model, X)
        nn.evaluate(model, X, Y, loss=functional.cross_entropy)
        assert seen == [(False, False), (False, False)]
        assert model.training

    def test_the_mean_is_over_records_whatever_the_batch_size(self):
        model = nn.MLP((2, 8, 2), seed=0, dtype=np.float64)
        whole, parts = (
            nn.evaluate(
                model, X, Y, loss=functional.cross_entropy, metrics=[nn.accuracy], batch_size=size
            )
            for size in (90, 40)
        )
        assert whole == pytest.approx(parts, rel=1e-12)


class TestBadInput:
    def test_records(self):
        with pytest.raises(ValueError, match=r"no records: x has shape \(0, 2\)"):
            train(x=X[:0], y=Y[:0])
        with pytest.raises(ValueError, match=r"shape \(90, 2\) and y has shape \(89,\)"):
            train(y=Y[:89])

    def test_settings(self):
        with pytest.raises(ValueError, match="epochs must be at least 1, but 0"):
            train(epochs=0)
        with pytest.raises(ValueError, match="batch_size must be at least 1, but 0"):
            train(batch_size=0)

    def test_a_loss_that_is_not_one_number(self):
        with pytest.raises(ValueError, match=r"loss has shape \(20,\); use reduction='mean'"):
            train(loss=nn.CrossEntropyLoss(reduction="none"))

    def test_labels_out_of_range(self):
        with pytest.raises(ValueError, match="labels of 2 classes run from 0 to 1, but got 2"):
            train(y=Y + 1)


def test_a_history_prints_as_a_table():
    history = nn.History()
    assert str(history) == "epoch"
    history.append({"loss": 1.5, "val_accuracy": 0.25})
    history.append({"loss": 0.5, "val_accuracy": 0.75})
    assert str(history).splitlines() == [
        "epoch      loss  val_accuracy",
        "    1    1.5000        0.2500",
        "    2    0.5000        0.7500",
    ]

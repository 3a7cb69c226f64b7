"""Tests of fit: the loop, its callbacks, and what it refuses."""

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


class TestEpochs:
    def test_callbacks_are_told_of_training_and_epochs(self):
        told = []

        class Listener(Callback):
            def before_training(self, run):
                told.append(("training begins", run.epoch, run.epochs, run.figures))

            def before_epoch(self, run):
                told.append(("epoch begins", run.epoch, run.step))

            def after_epoch(self, run, figures):
                assert {name: values[-1] for name, values in run.history.items()} == figures
                assert list(figures) == list(run.figures)
                told.append(("epoch ends", run.epoch, run.step))

            def after_training(self, run):
                told.append(("training ends", run.epoch, run.step))

        train(epochs=2, validation=(X, Y), callbacks=[Listener()])
        assert told == [
            ("training begins", 0, 2, ("loss", "accuracy", "val_loss", "val_accuracy")),
            ("epoch begins", 0, 0),
            ("epoch ends", 1, 5),
            ("epoch begins", 1, 5),
            ("epoch ends", 2, 10),
            ("training ends", 2, 10),
        ]

    @pytest.mark.parametrize("moment", ["before_epoch", "after_step", "after_epoch"])
    def test_one_can_ask_for_a_stop(self, moment):
        class Stop(Callback):
            def before_training(self, run):
                self.run = run

            def before_epoch(self, run):
                self.stop_if("before_epoch", run.epoch == 1)

            def after_step(self, model):
                self.stop_if("after_step", self.run.step == 7)

            def after_epoch(self, run, figures):
                self.stop_if("after_epoch", run.epoch == 1)

            def stop_if(self, here, now):
                if here == moment and now:
                    self.run.stop("enough")
                    self.run.stop("not this")

        stop = Stop()
        _, history = train(callbacks=[stop])
        assert history.stopped == "enough"
        assert [len(figures) for figures in history.values()] == [1, 1]
        assert stop.run.step == (7 if moment == "after_step" else 5)

    def test_metrics_are_those_of_the_whole_epoch(self):
        # With a learning rate that changes nothing, the epoch's outputs are those of the model.
        model = nn.MLP((2, 8, 2), nn.Tanh, seed=0, dtype=np.float64)
        optimizer = nn.optim.SGD(model.parameters(), lr=1e-300)
        _, history = train(model, optimizer=optimizer, metrics=[nn.f1_score, nn.accuracy], epochs=1)
        assert history["f1_score"] == [pytest.approx(nn.f1_score(model(X), Y), rel=1e-12)]
        assert history["accuracy"] == [pytest.approx(nn.accuracy(model(X), Y), rel=1e-12)]


class TestSources:
    def test_a_function_of_batches_is_what_arrays_are_cut_into(self):
        (model, history), (twin, again) = (
            train(),
            train(x=lambda rng: nn.data.batches(X, Y, 20, shuffle=True, seed=rng), y=None),
        )
        assert history == again
        np.testing.assert_array_equal(model.fc1.weight.data, twin.fc1.weight.data)

    def test_augmentation_is_drawn_from_the_same_generator(self):
        def jitter(records, rng):
            return records + rng.normal(0, 0.1, records.shape)

        def pairs(rng):
            for x, y in nn.data.batches(X, Y, 20, shuffle=True, seed=rng):
                yield jitter(x, rng), y

        _, plain = train()
        _, history = train(augment=jitter)
        assert history != plain
        assert history == train(augment=jitter)[1]
        assert history == train(x=pairs, y=None)[1]

    def test_images_are_augmented(self):
        images = RNG.normal(size=(12, 1, 6, 6))
        model = nn.Sequential(nn.Conv2d(1, 2, 3, seed=0), nn.Flatten(), nn.Linear(8, 2, seed=0))
        _, history = train(
            model,
            x=images,
            y=Y[:12],
            augment=lambda batch, rng: nn.data.augmentation.crop(batch, 4, seed=rng),
            validation=(images[..., 1:5, 1:5], Y[:12]),
        )
        assert len(history["val_loss"]) == 3

    def test_augmentation_that_loses_records_is_refused(self):
        with pytest.raises(ValueError, match=r"keeps its 20 records.*shape \(19, 2\)"):
            train(augment=lambda records, rng: records[1:])

    @pytest.mark.parametrize("given", [iter([(X, Y)]), [(X, Y)], X])
    def test_anything_else_without_targets_is_refused(self, given):
        kind = type(given).__name__
        with pytest.raises(TypeError, match=f"function that makes.*{kind} was given without"):
            train(x=given, y=None)

    def test_functions_that_give_no_batches_are_refused(self):
        with pytest.raises(ValueError, match="the function of batches gave none"):
            train(x=lambda rng: [], y=None)
        with pytest.raises(TypeError, match=r"gives pairs of records and targets, .*a ndarray"):
            train(x=lambda rng: [X], y=None)
        with pytest.raises(ValueError, match="a function of batches augments them itself"):
            train(x=lambda rng: [(X, Y)], y=None, augment=lambda x, rng: x)


class TestBadInput:
    def test_records(self):
        with pytest.raises(ValueError, match=r"no records: x has shape \(0, 2\)"):
            train(x=X[:0], y=Y[:0])
        with pytest.raises(ValueError, match=r"shape \(90, 2\) and y has shape \(89,\)"):
            train(y=Y[:89])

    @pytest.mark.parametrize("where", ["x", "y"])
    def test_nan_in_the_data_is_named(self, where):
        data = {"x": X.copy(), "y": X[:, :1].copy()}
        data[where][7] = math.nan
        model = nn.Linear(2, 1, seed=0)
        before = model.state_dict()
        sentence = f"where it began \\({where} has nan or infinity in 1 of its 90 records"
        with pytest.raises(nn.NonFiniteLossError, match=sentence):
            train(model, **data, loss=functional.mse_loss, metrics=(), batch_size=90)
        for key, array in model.state_dict().items():
            np.testing.assert_array_equal(array, before[key])

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

    def test_an_optimiser_of_another_model(self):
        other = nn.MLP((2, 8, 2), seed=0)
        with pytest.raises(ValueError, match=r"none of the 4 parameters of SGD is in this MLP"):
            train(optimizer=nn.optim.SGD(other.parameters(), lr=0.1))

    def test_validation_that_does_not_fit(self):
        with pytest.raises(ValueError, match=r"validation takes a pair .* but ndarray was given"):
            train(validation=X)
        with pytest.raises(ValueError, match=r"validation does not fit: .*no records: x has"):
            train(validation=(X[:0], Y[:0]))
        with pytest.raises(ValueError, match=r"validation does not fit: every record"):
            train(validation=(X, Y[1:]))
        with pytest.raises(ValueError, match=r"have shape \(3,\) each, .* have shape \(2,\)"):
            train(validation=(np.ones((5, 3)), Y[:5]))

"""Tests of BestWeights and EarlyStopping."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import nn


class Scripted(nn.Module):
    """Its validation loss follows a script; its weight counts the steps."""

    def __init__(self, losses):
        self.weight = nn.Parameter(np.zeros(1))
        self.register_buffer("seen", np.zeros(1))
        self.losses = iter(losses)

    def forward(self, x):
        if self.training:
            self.seen += 1
            return x * self.weight
        return np.full_like(x, next(self.losses))


def output_is_the_loss(output, target):
    return output.mean()


def train(losses, *callbacks, epochs=None):
    model = Scripted(losses)
    x = np.ones((1, 1), np.float32)
    history = nn.fit(
        model,
        x,
        x,
        loss=output_is_the_loss,
        optimizer=nn.optim.SGD(model.parameters(), lr=1.0),
        epochs=epochs or len(losses),
        validation=(x, x),
        progress=False,
        callbacks=callbacks,
    )
    return model, history


FIGURES = st.sampled_from([0.0, 0.5, 1.0, 2.0, math.nan, math.inf])


@given(st.lists(FIGURES, min_size=1, max_size=12), st.sampled_from(["min", "max"]))
def test_the_weights_are_those_of_the_best_epoch(losses, mode):
    best = nn.BestWeights(mode=mode)
    model, history = train(losses, best)
    worst = math.inf if mode == "min" else -math.inf
    usable = [worst if math.isnan(loss) else loss for loss in history["val_loss"]]
    expected = (min if mode == "min" else max)(usable)
    if expected == worst:
        assert (best.best_epoch, best.best) == (0, worst)
        assert model.seen.item() == len(losses)
    else:
        assert best.best == expected
        assert best.best_epoch == usable.index(expected) + 1 == model.seen.item()
        assert model.weight.data.item() == -best.best_epoch


@given(
    st.lists(FIGURES, min_size=12, max_size=12),
    st.integers(1, 4),
    st.sampled_from([0.0, 0.5, 0.75]),
)
def test_training_stops_when_nothing_better_came_for_so_long(losses, patience, min_delta):
    stopping = nn.EarlyStopping(patience=patience, min_delta=min_delta)
    model, history = train(losses, stopping)
    # As one would do it by hand.
    best, best_epoch = math.inf, 0
    for epoch, loss in enumerate(losses, start=1):
        if loss < best - min_delta:
            best, best_epoch = loss, epoch
        if epoch - best_epoch >= patience:
            break
    assert len(history["val_loss"]) == epoch
    assert (stopping.best, stopping.best_epoch) == (best, best_epoch)
    assert bool(history.stopped) == (epoch - best_epoch >= patience)
    assert model.seen.item() == (best_epoch or epoch)


def test_why_it_stopped_is_said():
    _, history = train([2.0, 1.0, 1.5, 1.25, 0.0], nn.EarlyStopping(patience=2))
    assert history.stopped == "val_loss was 1 in epoch 2, and not better in the 2 epochs since"


def test_the_last_weights_stay_if_asked_for():
    model, _ = train([1.0, 2.0, 3.0], nn.EarlyStopping(patience=2, restore_best_weights=False))
    assert model.seen.item() == 3


def test_a_callback_can_be_used_again():
    stopping = nn.EarlyStopping(patience=2)
    train([1.0, 2.0, 3.0], stopping)
    model, history = train([9.0, 8.0, 7.0], stopping)
    assert not history.stopped
    assert (stopping.best, model.seen.item()) == (7.0, 3)


@pytest.mark.parametrize("kind", [nn.BestWeights, nn.EarlyStopping])
def test_what_is_not_measured_is_refused_before_anything_is_learned(kind):
    model = nn.Linear(1, 1)
    before = model.state_dict()
    with pytest.raises(
        ValueError,
        match=f"{kind.__name__} watches 'val_loss', but this training measures loss; .*validation=",
    ):
        nn.fit(
            model,
            [[1.0]],
            [[1.0]],
            loss=nn.MSELoss(),
            optimizer=nn.optim.SGD(model.parameters(), lr=1.0),
            epochs=1,
            progress=False,
            callbacks=[kind()],
        )
    np.testing.assert_array_equal(model.weight.data, before["weight"])


def test_settings_that_are_refused():
    with pytest.raises(ValueError, match="needs mode='min' or mode='max' for 'val_accuracy'"):
        nn.EarlyStopping("val_accuracy")
    with pytest.raises(ValueError, match="but 'auto' was given"):
        nn.BestWeights(mode="auto")
    with pytest.raises(ValueError, match="patience of EarlyStopping must be at least 1, but 0"):
        nn.EarlyStopping(patience=0)
    with pytest.raises(ValueError, match="min_delta of EarlyStopping must be 0 or more, but nan"):
        nn.EarlyStopping(min_delta=math.nan)

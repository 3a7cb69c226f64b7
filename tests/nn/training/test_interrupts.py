"""Tests of Ctrl-C, with real signals."""

import os
import signal

import numpy as np
import pytest

import nn

X = np.random.default_rng(0).normal(size=(20, 2))
Y = X[:, :1]


class PressCtrlC(nn.Callback):
    """Sends the signal that Ctrl-C sends, in the midst of a step."""

    def __init__(self, step, times=1):
        self.step = step
        self.times = times
        self.steps = 0

    def before_step(self, model, loss):
        self.steps += 1
        if self.steps == self.step:
            for _ in range(self.times):
                os.kill(os.getpid(), signal.SIGINT)


def train(*callbacks, epochs=3, **options):
    model = nn.Linear(2, 1, seed=0)
    history = nn.fit(
        model,
        X,
        Y,
        loss=nn.MSELoss(),
        optimizer=nn.optim.Adam(model.parameters()),
        epochs=epochs,
        batch_size=5,
        seed=0,
        progress=False,
        callbacks=callbacks,
        **options,
    )
    return model, history


class StopAfter(nn.Callback):
    """Asks for a stop after so many steps."""

    def __init__(self, steps):
        self.steps = steps

    def before_training(self, run):
        self.run = run

    def after_step(self, model):
        if self.run.step == self.steps:
            self.run.stop("enough")


@pytest.mark.parametrize(("step", "epoch", "batch"), [(1, 1, 1), (4, 1, 4), (6, 2, 2)])
def test_the_step_under_way_is_finished_and_the_history_comes_back(step, epoch, batch):
    model, history = train(PressCtrlC(step))
    twin, other = train(StopAfter(step))
    assert history.stopped == f"Ctrl-C in epoch {epoch}, after batch {batch}"
    assert history == other
    for key, array in model.state_dict().items():
        np.testing.assert_array_equal(array, twin.state_dict()[key])


def test_it_may_come_while_the_validation_records_are_measured():
    class Pressing(nn.MSELoss):
        def forward(self, input, target):
            if len(target) == 2:
                os.kill(os.getpid(), signal.SIGINT)
            return super().forward(input, target)

    model = nn.Linear(2, 1, seed=0)
    history = nn.fit(
        model,
        X,
        Y,
        loss=Pressing(),
        optimizer=nn.optim.Adam(model.parameters()),
        epochs=3,
        batch_size=5,
        validation=(X[:2], Y[:2]),
        progress=False,
    )
    assert history.stopped == "Ctrl-C after epoch 1"
    assert len(history["val_loss"]) == 1


def test_a_second_one_raises():
    with pytest.raises(KeyboardInterrupt):
        train(PressCtrlC(2, times=2))


def test_afterwards_it_raises_as_ever():
    train(epochs=1)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    with pytest.raises(nn.NonFiniteLossError):
        nn.fit(
            (model := nn.Linear(2, 1)),
            X * np.nan,
            Y,
            loss=nn.MSELoss(),
            optimizer=nn.optim.Adam(model.parameters()),
            epochs=1,
            progress=False,
        )
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_handler_of_ones_own_stays():
    heard = []
    before = signal.signal(signal.SIGINT, lambda *_: heard.append("signal"))
    try:
        _, history = train(PressCtrlC(2))
    finally:
        signal.signal(signal.SIGINT, before)
    assert heard == ["signal"]
    assert not history.stopped

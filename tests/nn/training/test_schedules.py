"""Tests of learning-rate schedules and gradient clipping in fit."""

import math

import numpy as np
import pytest

import nn
from nn.optim import lr_scheduler

X = np.random.default_rng(0).normal(size=(10, 2))
Y = X.sum(axis=1, keepdims=True)


class Rates(nn.Callback):
    """The learning rate of every step, and the length of its gradient."""

    def __init__(self, optimizer):
        self.optimizer = optimizer
        self.rates = []
        self.norms = []

    def before_step(self, model, loss):
        self.rates.append(self.optimizer.param_groups[0]["lr"])
        self.norms.append(math.hypot(*(np.linalg.norm(p.grad) for p in model.parameters())))


def train(callbacks_of, **options):
    model = nn.Linear(2, 1, seed=0, dtype=np.float64)
    optimizer = nn.optim.SGD(model.parameters(), lr=0.5)
    rates = Rates(optimizer)
    nn.fit(
        model,
        X,
        Y,
        loss=nn.MSELoss(),
        optimizer=optimizer,
        epochs=4,
        batch_size=5,
        seed=0,
        progress=False,
        callbacks=[*callbacks_of(optimizer), rates],
        **options,
    )
    return rates


def halving(optimizer):
    return lr_scheduler.ExponentialLR(optimizer, gamma=0.5)


@pytest.mark.parametrize(
    ("unit", "powers"), [("epoch", [0, 0, 1, 1, 2, 2, 3, 3]), ("batch", range(8))]
)
def test_a_schedule_is_stepped_after_every_epoch_or_batch(unit, powers):
    rates = train(lambda optimizer: [nn.Schedule(halving(optimizer), unit)])
    assert rates.rates == [0.5 * 0.5**power for power in powers]


def test_a_plateau_is_given_the_figure_that_it_watches():
    def never_better(output, target):
        return 1.0

    rates = train(
        lambda optimizer: [
            nn.Schedule(
                lr_scheduler.ReduceLROnPlateau(optimizer, patience=1, factor=0.5),
                monitor="never_better",
            )
        ],
        metrics=[never_better],
    )
    # The first epoch sets the mark, two bring nothing better.
    assert rates.rates == [0.5] * 6 + [0.25] * 2


def test_schedules_that_are_refused():
    other = nn.optim.SGD(nn.Linear(2, 1).parameters(), lr=1.0)
    with pytest.raises(ValueError, match=r"ExponentialLR changes .* another optimiser"):
        train(lambda _: [nn.Schedule(halving(other))])
    with pytest.raises(ValueError, match=r"ReduceLROnPlateau watches 'val_loss', but .* loss;"):
        train(lambda optimizer: [nn.Schedule(lr_scheduler.ReduceLROnPlateau(optimizer))])
    with pytest.raises(ValueError, match="use unit='epoch'"):
        nn.Schedule(lr_scheduler.ReduceLROnPlateau(other), "batch")
    with pytest.raises(ValueError, match="unit of Schedule must be 'epoch' or 'batch', but 'step'"):
        nn.Schedule(halving(other), "step")
    with pytest.raises(TypeError, match=r"Schedule steps a schedule .* but SGD"):
        nn.Schedule(other)


def test_gradients_are_clipped_before_the_step():
    free = train(lambda _: [])
    clipped = train(lambda _: [nn.ClipGradients(0.1)])
    assert max(clipped.norms) == pytest.approx(0.1, rel=1e-4)
    assert max(free.norms) > 1
    limited = train(lambda _: [nn.ClipGradients(max_value=0.1)])
    assert max(limited.norms) == pytest.approx(0.1 * math.sqrt(3), rel=1e-12)


def test_clipping_that_is_refused():
    with pytest.raises(ValueError, match="either max_norm or max_value"):
        nn.ClipGradients()
    with pytest.raises(ValueError, match="either max_norm or max_value"):
        nn.ClipGradients(1.0, max_value=1.0)
    with pytest.raises(ValueError, match="max_norm of ClipGradients must be positive, but 0"):
        nn.ClipGradients(0)

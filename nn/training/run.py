"""Run: a training under way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import numpy as np

from nn.module import Module
from nn.optim.optimizer import Optimizer
from nn.training.evaluation import Loss
from nn.training.history import History
from nn.training.measurement import Measurement, Metric

if TYPE_CHECKING:
    from nn.training.callbacks import Callback


class Run:
    """A training under way, as callbacks see it.

    Attributes
    ----------
    model : Module
        What is trained.
    loss : callable
        As given to `fit`.
    optimizer : Optimizer
        What changes the parameters.
    epochs : int
        How many there are to be.
    epoch : int
        How many are complete; in `Callback.after_epoch` this is the number of that epoch.
    batch : int
        How many steps of the epoch after that are made.
    step : int
        How many steps are made in all.
    figures : tuple of str
        What is measured in every epoch: ``loss``, the metrics, and the same with ``val_``.
    history : History
        The figures of the complete epochs.
    """

    def __init__(
        self,
        model: Module,
        loss: Loss,
        optimizer: Optimizer,
        epochs: int,
        *,
        metrics: Mapping[str, Metric],
        validated: bool,
        callbacks: tuple[Callback, ...],
        rng: np.random.Generator,
        data: Mapping[str, int | None],
    ) -> None:
        self.model = model
        self.loss = loss
        self.optimizer = optimizer
        self.epochs = epochs
        self.epoch = self.batch = self.step = 0
        names = ("loss", *metrics)
        self.figures = (*names, *(f"val_{name}" for name in names if validated))
        self.history = History()
        # What only fit and checkpoints need: how the data is cut, where its order comes from, that
        # generator's state when the epoch began, and what was measured in the epoch since.
        self.callbacks = callbacks
        self.data = data
        self.rng = rng
        self.epoch_began = rng.bit_generator.state
        self.measurement = Measurement(metrics)

    def stop(self, reason: str) -> None:
        """End training after the step or the epoch at which this is asked for.

        Parameters
        ----------
        reason : str
            Stands as ``stopped`` in the history; the first one counts.
        """
        self.history.stopped = self.history.stopped or reason

    @property
    def stopped(self) -> bool:
        """Whether somebody asked for the end."""
        return bool(self.history.stopped)

    def modules(self) -> Iterator[tuple[str, Module]]:
        """The model, and the loss if it is a module too: what may have a state, by its role."""
        yield "model", self.model
        if isinstance(self.loss, Module):
            yield "loss", self.loss

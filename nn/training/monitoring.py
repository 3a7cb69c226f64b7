"""Callbacks that watch one figure: for the best weights, and for the end of progress."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

from nn.aliases import Array
from nn.training.callbacks import Callback
from nn.training.checks import require_figure
from nn.training.run import Run

Mode: TypeAlias = Literal["min", "max"]


class BestWeights(Callback):
    """When training is over, give the model the state that it had after its best epoch.

    Parameters
    ----------
    monitor : str, default "val_loss"
        The figure that says which epoch is the best; of equal ones the first is.
    mode : {"min", "max"}, optional
        Whether the figure is to become small or large. May be left out for a loss.

    Attributes
    ----------
    best : float
        The best figure so far; nan is never better than another.
    best_epoch : int
        Where it was, counted from 1; 0 before there was one.

    Raises
    ------
    ValueError
        If the mode is missing, or the figure is not measured.

    Notes
    -----
    The state is that of `Module.state_dict`; the optimiser is left as it is after the last step.
    """

    #: By how much a figure must be better to count, and whether its weights are kept.
    _least_gain: float = 0.0
    _keeps_weights: bool = True

    best: float
    best_epoch: int

    def __init__(self, monitor: str = "val_loss", *, mode: Mode | None = None) -> None:
        if mode is None and monitor.endswith("loss"):
            mode = "min"
        if mode not in ("min", "max"):
            raise ValueError(
                f"{type(self).__name__} needs mode='min' or mode='max' for {monitor!r}, whichever "
                f"is good, but {mode!r} was given."
            )
        self.monitor = monitor
        self.mode = mode
        self._begin()

    def _begin(self) -> None:
        self.best = math.inf if self.mode == "min" else -math.inf
        self.best_epoch = 0
        self._weights: dict[str, Array] = {}

    def before_training(self, run: Run) -> None:
        """Begin anew."""
        require_figure(self, self.monitor, run)
        self._begin()

    def after_epoch(self, run: Run, figures: Mapping[str, float]) -> None:
        """Note an epoch that is better than all before."""
        figure = figures[self.monitor]
        gain = self.best - figure if self.mode == "min" else figure - self.best
        if gain > self._least_gain:
            self.best, self.best_epoch = figure, run.epoch
            if self._keeps_weights:
                self._weights = run.model.state_dict()

    def after_training(self, run: Run) -> None:
        """Give the model its best state, if there is one."""
        if self._weights:
            run.model.load_state_dict(self._weights)

    def state_dict(self) -> dict[str, Any]:
        """The best figure, its epoch and the weights."""
        return {"best": self.best, "best_epoch": self.best_epoch, "weights": self._weights}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take over what `state_dict` gave."""
        self.best, self.best_epoch = state["best"], state["best_epoch"]
        self._weights = state["weights"]


class EarlyStopping(BestWeights):
    """Stop when a figure has not got better for a while.

    Parameters
    ----------
    monitor, mode
        As for `BestWeights`.
    patience : int, default 5
        After how many epochs without a better one training stops.
    min_delta : float, default 0
        By how much an epoch must be better than the best one to count.
    restore_best_weights : bool, default True
        Whether the model is given the state of its best epoch, as by `BestWeights`.

    Raises
    ------
    ValueError
        If the mode is missing, the figure is not measured, or a number is out of range.

    Notes
    -----
    Goodfellow, Bengio and Courville 2016, algorithm 7.1, with a look after every epoch.

    Examples
    --------
    >>> import nn
    >>> model = nn.Linear(1, 1, seed=0)
    >>> stopping = nn.EarlyStopping("loss", patience=2)
    >>> history = nn.fit(model, [[1.0]], [[1.0]], loss=nn.MSELoss(), epochs=100, progress=False,
    ...                  optimizer=nn.optim.SGD(model.parameters(), lr=2.0), callbacks=[stopping])
    >>> history.stopped
    'loss was 1.408 in epoch 1, and not better in the 2 epochs since'
    """

    def __init__(
        self,
        monitor: str = "val_loss",
        *,
        patience: int = 5,
        min_delta: float = 0.0,
        mode: Mode | None = None,
        restore_best_weights: bool = True,
    ) -> None:
        super().__init__(monitor, mode=mode)
        if patience < 1:
            raise ValueError(
                f"patience of EarlyStopping must be at least 1, but {patience} was given."
            )
        if not min_delta >= 0:
            raise ValueError(
                f"min_delta of EarlyStopping must be 0 or more, but {min_delta} was given."
            )
        self.patience = patience
        self._least_gain = min_delta
        self._keeps_weights = restore_best_weights

    def before_epoch(self, run: Run) -> None:
        """Stop at once if training is resumed after its end."""
        self._stop_if_due(run)

    def after_epoch(self, run: Run, figures: Mapping[str, float]) -> None:
        """Note a better epoch, or stop if there was none for too long."""
        super().after_epoch(run, figures)
        self._stop_if_due(run)

    def _stop_if_due(self, run: Run) -> None:
        waited = run.epoch - self.best_epoch
        if waited >= self.patience:
            run.stop(
                f"{self.monitor} was {self.best:.4g} in epoch {self.best_epoch}, and not better "
                f"in the {waited} epochs since"
            )

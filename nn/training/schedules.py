"""Learning-rate schedules while a model is trained."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nn.module import Module
from nn.optim.lr_scheduler import LRScheduler, ReduceLROnPlateau
from nn.training.callbacks import Callback
from nn.training.checks import Unit, require_figure, require_unit
from nn.training.run import Run


class Schedule(Callback):
    """Step a learning-rate schedule after every epoch, or after every batch.

    Parameters
    ----------
    scheduler : LRScheduler
        Of the optimiser that `fit` is given; any of `nn.optim.lr_scheduler`.
    unit : {"epoch", "batch"}, default "epoch"
        When it is stepped.
    monitor : str, default "val_loss"
        Which figure `ReduceLROnPlateau` is given; the others take none.

    Raises
    ------
    ValueError
        If the schedule is of another optimiser, or what it looks at is not measured.

    Examples
    --------
    >>> import nn
    >>> model = nn.Linear(2, 1, seed=0)
    >>> optimizer = nn.optim.SGD(model.parameters(), lr=0.1)
    >>> halve = nn.optim.lr_scheduler.StepLR(optimizer, step_size=2, gamma=0.5)
    >>> history = nn.fit(model, [[0.0, 1.0]], [[1.0]], loss=nn.MSELoss(), optimizer=optimizer,
    ...                  epochs=4, progress=False, callbacks=[nn.Schedule(halve)])
    >>> optimizer.param_groups[0]["lr"]
    0.025
    """

    def __init__(
        self, scheduler: LRScheduler, unit: Unit = "epoch", *, monitor: str = "val_loss"
    ) -> None:
        if not isinstance(scheduler, LRScheduler):
            raise TypeError(
                "Schedule steps a schedule of nn.optim.lr_scheduler, but "
                f"{type(scheduler).__name__} was given."
            )
        self.scheduler = scheduler
        require_unit(self, unit)
        self.unit = unit
        self.monitor = monitor
        if isinstance(scheduler, ReduceLROnPlateau) and unit != "epoch":
            raise ValueError("ReduceLROnPlateau looks at figures of epochs; use unit='epoch'.")

    def before_training(self, run: Run) -> None:
        """Check that the schedule can work."""
        if self.scheduler.optimizer is not run.optimizer:
            raise ValueError(
                f"{type(self.scheduler).__name__} changes the learning rate of another optimiser "
                "than the one that fit was given."
            )
        if isinstance(self.scheduler, ReduceLROnPlateau):
            require_figure(self.scheduler, self.monitor, run)

    def after_step(self, model: Module) -> None:
        """Step it, if it counts batches."""
        if self.unit == "batch":
            self._step()

    def after_epoch(self, run: Run, figures: Mapping[str, float]) -> None:
        """Step it, if it counts epochs."""
        if isinstance(self.scheduler, ReduceLROnPlateau):
            self.scheduler.step(figures[self.monitor])
        elif self.unit == "epoch":
            self._step()

    def _step(self) -> None:
        self.scheduler.step()  # type: ignore[attr-defined]

    def state_dict(self) -> dict[str, Any]:
        """The state of the schedule."""
        return self.scheduler.state_dict()

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take over the state of a schedule."""
        self.scheduler.load_state_dict(state)

"""A schedule that looks at how training goes."""

from __future__ import annotations

import math
from typing import Literal

from nn.optim.lr_scheduler.scheduler import LRScheduler
from nn.optim.optimizer import Optimizer


class ReduceLROnPlateau(LRScheduler):
    """Multiply the learning rate by `factor` when a figure has stopped getting better.

    Parameters
    ----------
    optimizer : Optimizer
        See `LRScheduler`.
    mode : {"min", "max"}
        Whether the figure is to become small (a loss) or large (an accuracy).
    factor : float, default 0.1
        Below 1.
    patience : int, default 10
        How many epochs in a row may bring nothing better.
    threshold : float, default 1e-4
        By how much an epoch must be better to count.
    threshold_mode : {"rel", "abs"}
        Whether that is a share of the best figure or a number of its own.
    cooldown : int, default 0
        How many epochs are not looked at after a reduction.
    min_lr : float, or list of float, default 0
        No rate is made smaller than this, for all groups or for each.
    eps : float, default 1e-8
        Reductions by less than this are left out.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        mode: Literal["min", "max"] = "min",
        factor: float = 0.1,
        patience: int = 10,
        threshold: float = 1e-4,
        threshold_mode: Literal["rel", "abs"] = "rel",
        cooldown: int = 0,
        min_lr: float | list[float] = 0.0,
        eps: float = 1e-8,
    ) -> None:
        super().__init__(optimizer)
        if not 0 <= factor < 1:
            raise ValueError(
                f"factor of ReduceLROnPlateau must lie in [0, 1), but {factor} was given."
            )
        for name, given, known in (
            ("mode", mode, ("min", "max")),
            ("threshold_mode", threshold_mode, ("rel", "abs")),
        ):
            if given not in known:
                raise ValueError(
                    f"{name} of ReduceLROnPlateau must be {known[0]!r} or {known[1]!r}, but "
                    f"{given!r} was given."
                )
        self.mode = mode
        self.factor = factor
        self.patience = patience
        self.threshold = threshold
        self.threshold_mode = threshold_mode
        self.cooldown = cooldown
        self.min_lrs = self._per_group("min_lr", min_lr)
        self.eps = eps
        self.best = math.inf if mode == "min" else -math.inf
        self.num_bad_epochs = 0
        self.cooldown_counter = 0
        self.last_epoch = 0

    def step(self, metrics: float) -> None:
        """Look at the figure of an epoch, and reduce the learning rates if it is time."""
        self.last_epoch += 1
        figure = float(metrics)
        if self._is_better(figure):
            self.best = figure
            self.num_bad_epochs = 0
        else:
            self.num_bad_epochs += 1
        if self.cooldown_counter > 0:
            self.cooldown_counter -= 1
            self.num_bad_epochs = 0
        if self.num_bad_epochs > self.patience:
            self._reduce()
            self.cooldown_counter = self.cooldown
            self.num_bad_epochs = 0

    def _is_better(self, figure: float) -> bool:
        sign = 1 if self.mode == "max" else -1
        if self.threshold_mode == "abs":
            return sign * figure > sign * self.best + self.threshold
        return sign * figure > sign * self.best * (1 + sign * self.threshold)

    def _reduce(self) -> None:
        for group, lowest in zip(self._groups(len(self.min_lrs)), self.min_lrs, strict=True):
            reduced = max(group["lr"] * self.factor, lowest)
            if group["lr"] - reduced > self.eps:
                group["lr"] = reduced

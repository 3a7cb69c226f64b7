"""Schedules that multiply the learning rate by simple factors."""

from __future__ import annotations

from collections.abc import Iterable

from nn.optim.lr_scheduler.scheduler import SteppedLR, require_count
from nn.optim.optimizer import Optimizer


class StepLR(SteppedLR):
    """Multiply by `gamma` every `step_size` steps.

    Parameters
    ----------
    optimizer : Optimizer
        See `SteppedLR`.
    step_size : int
        How long a rate is kept.
    gamma : float, default 0.1
        The factor.
    """

    def __init__(self, optimizer: Optimizer, step_size: int, gamma: float = 0.1) -> None:
        self.step_size = require_count(self, "step_size", step_size)
        self.gamma = gamma
        super().__init__(optimizer)

    def _lr(self, lr: float, number: int) -> float:
        due = self.last_epoch > 0 and self.last_epoch % self.step_size == 0
        return lr * self.gamma if due else lr


class MultiStepLR(SteppedLR):
    """Multiply by `gamma` in given steps.

    Parameters
    ----------
    optimizer : Optimizer
        See `SteppedLR`.
    milestones : iterable of int
        The steps; one that comes twice counts twice.
    gamma : float, default 0.1
        The factor.
    """

    def __init__(self, optimizer: Optimizer, milestones: Iterable[int], gamma: float = 0.1) -> None:
        self.milestones = sorted(milestones)
        self.gamma = gamma
        super().__init__(optimizer)

    def _lr(self, lr: float, number: int) -> float:
        return lr * self.gamma ** self.milestones.count(self.last_epoch)


class ExponentialLR(SteppedLR):
    """Multiply by `gamma` in every step: η₀·γᵗ.

    Parameters
    ----------
    optimizer : Optimizer
        See `SteppedLR`.
    gamma : float
        The factor.
    """

    def __init__(self, optimizer: Optimizer, gamma: float) -> None:
        self.gamma = gamma
        super().__init__(optimizer)

    def _lr(self, lr: float, number: int) -> float:
        return lr * self.gamma if self.last_epoch else lr


class PolynomialLR(SteppedLR):
    """Fall to 0 as a power: η₀·(1 − t/T)^power up to T = `total_iters`.

    Parameters
    ----------
    optimizer : Optimizer
        See `SteppedLR`.
    total_iters : int, default 5
        When 0 is reached.
    power : float, default 1
        1 is a straight line.
    """

    def __init__(self, optimizer: Optimizer, total_iters: int = 5, power: float = 1.0) -> None:
        self.total_iters = require_count(self, "total_iters", total_iters)
        self.power = power
        super().__init__(optimizer)

    def _lr(self, lr: float, number: int) -> float:
        if not 0 < self.last_epoch <= self.total_iters:
            return lr
        left = self.total_iters - self.last_epoch
        return float(lr * (left / (left + 1)) ** self.power)


class ConstantLR(SteppedLR):
    """Train with a fraction of the learning rate for some steps, then with all of it.

    Parameters
    ----------
    optimizer : Optimizer
        See `SteppedLR`.
    factor : float, default 1/3
        The fraction, above 0 and at most 1.
    total_iters : int, default 5
        For how many steps.
    """

    def __init__(self, optimizer: Optimizer, factor: float = 1 / 3, total_iters: int = 5) -> None:
        if not 0 < factor <= 1:
            raise ValueError(f"factor of ConstantLR must lie in (0, 1], but {factor} was given.")
        self.factor = factor
        self.total_iters = require_count(self, "total_iters", total_iters, least=0)
        super().__init__(optimizer)

    def _lr(self, lr: float, number: int) -> float:
        if self.last_epoch == 0:
            return lr * self.factor
        return lr / self.factor if self.last_epoch == self.total_iters else lr


class LinearLR(SteppedLR):
    """Go in a straight line from one fraction of the learning rate to another: a warm-up.

    Parameters
    ----------
    optimizer : Optimizer
        See `SteppedLR`.
    start_factor : float, default 1/3
        The first fraction, above 0 and at most 1.
    end_factor : float, default 1
        The last fraction, from 0 to 1.
    total_iters : int, default 5
        How many steps lie between.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        start_factor: float = 1 / 3,
        end_factor: float = 1.0,
        total_iters: int = 5,
    ) -> None:
        if not 0 < start_factor <= 1:
            raise ValueError(
                f"start_factor of LinearLR must lie in (0, 1], but {start_factor} was given."
            )
        if not 0 <= end_factor <= 1:
            raise ValueError(
                f"end_factor of LinearLR must lie in [0, 1], but {end_factor} was given."
            )
        self.start_factor = start_factor
        self.end_factor = end_factor
        self.total_iters = require_count(self, "total_iters", total_iters)
        super().__init__(optimizer)

    def _lr(self, lr: float, number: int) -> float:
        if self.last_epoch == 0:
            return lr * self.start_factor
        if self.last_epoch > self.total_iters:
            return lr
        return lr * self._factor(self.last_epoch) / self._factor(self.last_epoch - 1)

    def _factor(self, step: int) -> float:
        share = step / self.total_iters
        return self.start_factor + (self.end_factor - self.start_factor) * share

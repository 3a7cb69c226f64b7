"""Schedules along a cosine."""

from __future__ import annotations

import math

from nn.optim.lr_scheduler.scheduler import SteppedLR, require_count
from nn.optim.optimizer import Optimizer


class CosineAnnealingLR(SteppedLR):
    """Fall along half a cosine: η_min + ½(η₀ − η_min)(1 + cos(πt/T)); after T it rises again.

    Parameters
    ----------
    optimizer : Optimizer
        See `SteppedLR`.
    T_max : int
        T, when the smallest rate is reached.
    eta_min : float, default 0
        The smallest rate.

    Notes
    -----
    Loshchilov and Hutter 2017, without the restarts.
    """

    def __init__(self, optimizer: Optimizer, T_max: int, eta_min: float = 0.0) -> None:
        self.T_max = require_count(self, "T_max", T_max)
        self.eta_min = eta_min
        super().__init__(optimizer)

    def _lr(self, lr: float, number: int) -> float:
        if self.last_epoch == 0:
            return lr
        now, before = self._height(self.last_epoch), self._height(self.last_epoch - 1)
        if (self.last_epoch - 1) % (2 * self.T_max) == self.T_max:
            # At the lowest point nothing is left that could be multiplied.
            return lr + (self.base_lrs[number] - self.eta_min) * now
        return self.eta_min + (lr - self.eta_min) * now / before

    def _height(self, step: int) -> float:
        return (1 + math.cos(math.pi * step / self.T_max)) / 2


class CosineAnnealingWarmRestarts(SteppedLR):
    """Fall along half a cosine again and again: η_min + ½(η₀ − η_min)(1 + cos(πt/T)).

    Parameters
    ----------
    optimizer : Optimizer
        See `SteppedLR`.
    T_0 : int
        T of the first period, in which t counts from 0 to T − 1.
    T_mult : int, default 1
        How many times as long as the last each period is.
    eta_min : float, default 0
        The rate towards which it falls.

    Notes
    -----
    Loshchilov and Hutter 2017.
    """

    def __init__(
        self, optimizer: Optimizer, T_0: int, T_mult: int = 1, eta_min: float = 0.0
    ) -> None:
        self.T_0 = require_count(self, "T_0", T_0)
        self.T_mult = require_count(self, "T_mult", T_mult)
        self.eta_min = eta_min
        super().__init__(optimizer)

    def _lr(self, lr: float, number: int) -> float:
        height = (1 + math.cos(math.pi * self._share())) / 2
        return self.eta_min + (self.base_lrs[number] - self.eta_min) * height

    def _share(self) -> float:
        """How much of the present period is over."""
        step, period = self.last_epoch, self.T_0
        if self.T_mult == 1:
            return step % period / period
        while step >= period:
            step -= period
            period *= self.T_mult
        return step / period

"""Schedules that are given as a function."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from nn.optim.lr_scheduler.scheduler import SteppedLR
from nn.optim.optimizer import Optimizer

#: From the number of the step to a factor.
Factor: TypeAlias = Callable[[int], float]


class LambdaLR(SteppedLR):
    """Multiply the first learning rate by a function of the step: η₀·λ(t).

    Parameters
    ----------
    optimizer : Optimizer
        See `SteppedLR`.
    lr_lambda : callable, or list of callable
        ``lr_lambda(step)`` → factor; a list has one for each group. No part of the state.
    """

    _unsaved = ("optimizer", "lr_lambdas")

    def __init__(self, optimizer: Optimizer, lr_lambda: Factor | Sequence[Factor]) -> None:
        self.optimizer = self._optimizer(optimizer)
        self.lr_lambdas: list[Factor] = self._per_group("lr_lambda", lr_lambda)
        super().__init__(optimizer)

    def _lr(self, lr: float, number: int) -> float:
        return self.base_lrs[number] * self.lr_lambdas[number](self.last_epoch)


class MultiplicativeLR(LambdaLR):
    """Multiply the last learning rate by a function of the step: ηₜ = ηₜ₋₁·λ(t).

    The parameters are those of `LambdaLR`.
    """

    def _lr(self, lr: float, number: int) -> float:
        return lr * self.lr_lambdas[number](self.last_epoch) if self.last_epoch else lr

    def _restart(self) -> None:
        # It has no first rate of its own: in a sequence it goes on from where the others ended.
        self.last_epoch = 0
        for number, group in enumerate(self.optimizer.param_groups):
            group["lr"] *= self.lr_lambdas[number](0)

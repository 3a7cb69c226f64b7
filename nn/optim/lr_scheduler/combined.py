"""Schedules made of schedules."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from typing import Any

from nn.optim.lr_scheduler.scheduler import LRScheduler, SteppedLR
from nn.optim.optimizer import Optimizer


class _Combined(LRScheduler):
    """What schedules made of schedules share: the check of their parts, and nested state."""

    _unsaved = ("optimizer", "_schedulers")

    def __init__(self, optimizer: Optimizer | None, schedulers: Sequence[SteppedLR]) -> None:
        if not schedulers:
            raise ValueError(f"{type(self).__name__} was given no schedules.")
        for schedule in schedulers:
            if not isinstance(schedule, SteppedLR):
                raise TypeError(
                    f"{type(self).__name__} is made of schedules that go by the step alone, such "
                    f"as StepLR, but {type(schedule).__name__} was given."
                )
        super().__init__(optimizer or schedulers[0].optimizer)
        for schedule in schedulers:
            if schedule.optimizer is not self.optimizer:
                raise ValueError(
                    f"{type(self).__name__} needs schedules of one optimiser, but its "
                    f"{type(schedule).__name__} has another."
                )
        self._schedulers = list(schedulers)

    def state_dict(self) -> dict[str, Any]:
        """`LRScheduler.state_dict`, with the states of the parts under ``"_schedulers"``."""
        parts = [schedule.state_dict() for schedule in self._schedulers]
        return {**super().state_dict(), "_schedulers": parts}

    def _check_state(self, state: Mapping[str, Any]) -> None:
        super()._check_state(state)
        parts = state["_schedulers"]
        if len(parts) != len(self._schedulers):
            raise ValueError(
                f"this state is of {len(parts)} schedules, but this {type(self).__name__} has "
                f"{len(self._schedulers)}; nothing was loaded."
            )
        for schedule, part in zip(self._schedulers, parts, strict=True):
            schedule._check_state(part)

    def _take(self, state: Mapping[str, Any]) -> None:
        super()._take({name: value for name, value in state.items() if name != "_schedulers"})
        for schedule, part in zip(self._schedulers, state["_schedulers"], strict=True):
            schedule._take(part)


class SequentialLR(_Combined):
    """One schedule after the other, such as a warm-up and then a cosine.

    Parameters
    ----------
    optimizer : Optimizer
        The optimiser of all of them.
    schedulers : list of SteppedLR
        In order.
    milestones : list of int
        The steps in which the second, third, … begin, each counting its steps from 0.
    """

    def __init__(
        self, optimizer: Optimizer, schedulers: Sequence[SteppedLR], milestones: Sequence[int]
    ) -> None:
        super().__init__(optimizer, schedulers)
        if len(milestones) != len(schedulers) - 1:
            raise ValueError(
                f"SequentialLR needs a milestone for each of its {len(schedulers)} schedules but "
                f"the first, and {len(milestones)} were given."
            )
        if list(milestones) != sorted(milestones):
            raise ValueError(f"milestones must rise, but {list(milestones)} were given.")
        self.milestones = list(milestones)
        self.last_epoch = 0
        # Every schedule has set the rates when it was made.
        for group in optimizer.param_groups:
            group["lr"] = group["initial_lr"]
        self._schedulers[bisect_right(self.milestones, 0)]._begin()

    def step(self) -> None:
        """Set the learning rates of the next epoch (or batch). Call it after the optimiser."""
        self.last_epoch += 1
        number = bisect_right(self.milestones, self.last_epoch)
        schedule = self._schedulers[number]
        if self.last_epoch in self.milestones:
            schedule._restart()
        else:
            schedule.step()


class ChainedScheduler(_Combined):
    """Several schedules at once, each changing the learning rate that the one before has left.

    Parameters
    ----------
    schedulers : list of SteppedLR
        Those whose rules start from the last rate add up; `LambdaLR`, the restarts and the
        cycles set the rate whatever it was.
    optimizer : Optimizer, optional
        The optimiser of all of them, by default that of the first.
    """

    def __init__(self, schedulers: Sequence[SteppedLR], optimizer: Optimizer | None = None) -> None:
        super().__init__(optimizer, schedulers)

    def step(self) -> None:
        """Set the learning rates of the next epoch (or batch). Call it after the optimiser."""
        for schedule in self._schedulers:
            schedule.step()

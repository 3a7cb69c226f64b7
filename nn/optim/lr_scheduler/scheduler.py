"""What all schedules share: the optimiser, the count of steps, and state."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from nn.optim.block import Group
from nn.optim.optimizer import Optimizer


class LRScheduler:
    """Base class of whatever changes the learning rates of an optimiser as training goes on.

    Parameters
    ----------
    optimizer : Optimizer
        Its groups' ``lr`` is set, at once and after each step of the schedule.

    Raises
    ------
    TypeError
        If something else than an optimiser is given.
    """

    #: Attributes that are no part of the state.
    _unsaved: tuple[str, ...] = ("optimizer",)

    def __init__(self, optimizer: Optimizer) -> None:
        self.optimizer = self._optimizer(optimizer)

    def _optimizer(self, given: Any) -> Optimizer:
        if not isinstance(given, Optimizer):
            raise TypeError(
                f"{type(self).__name__} changes the learning rates of an optimiser, but "
                f"{type(given).__name__} was given."
            )
        return given

    def get_last_lr(self) -> list[float]:
        """The learning rates of the groups as they are now."""
        return [group["lr"] for group in self.optimizer.param_groups]

    def state_dict(self) -> dict[str, Any]:
        """A copy of all that the schedule knows, functions and the optimiser excepted.

        The optimiser's own state holds the learning rates; save and load both.
        """
        return copy.deepcopy(
            {name: value for name, value in self.__dict__.items() if name not in self._unsaved}
        )

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take over what `state_dict` gave. All or nothing.

        Raises
        ------
        ValueError
            If the state is of another kind of schedule.
        """
        self._check_state(state)
        self._take(state)

    def _check_state(self, state: Mapping[str, Any]) -> None:
        if different := state.keys() ^ self.state_dict().keys():
            raise ValueError(
                f"this state is not of {type(self).__name__}: only one of the two has "
                f"{', '.join(sorted(different))}; nothing was loaded."
            )

    def _take(self, state: Mapping[str, Any]) -> None:
        self.__dict__.update(copy.deepcopy(dict(state)))

    def _groups(self, known: int) -> list[Group]:
        """The groups of the optimiser, as many as there were when the schedule was made."""
        groups = self.optimizer.param_groups
        if len(groups) != known:
            raise ValueError(
                f"{type(self).__name__} was made for {known} parameter groups, and now there are "
                f"{len(groups)}; make a new schedule after add_param_group."
            )
        return groups

    def _per_group(self, name: str, value: Any) -> list[Any]:
        """One value for each group of the optimiser, from one for all or from a list."""
        count = len(self.optimizer.param_groups)
        if not isinstance(value, list | tuple):
            return [value] * count
        if len(value) != count:
            raise ValueError(
                f"{name} of {type(self).__name__} needs one entry for each of {count} parameter "
                f"groups, but {len(value)} were given."
            )
        return list(value)


class SteppedLR(LRScheduler):
    """Base class of schedules that are stepped without an argument.

    A subclass says in `_lr` which learning rate follows in step `last_epoch`. Where the rule
    allows it, the new rate is made from the last one, so that several schedules of one optimiser
    add up.

    Parameters
    ----------
    optimizer : Optimizer
        See `LRScheduler`.

    Attributes
    ----------
    last_epoch : int
        How many steps were made. What a step is, an epoch or a batch, is for the caller to say.
    base_lrs : list of float
        The rates of the groups from which the schedule starts.

    Examples
    --------
    >>> from nn import Linear
    >>> from nn.optim import SGD, lr_scheduler
    >>> optimizer = SGD(Linear(2, 1).parameters(), lr=0.5)
    >>> schedule = lr_scheduler.StepLR(optimizer, step_size=2, gamma=0.5)
    >>> for epoch in range(4):
    ...     print(optimizer.param_groups[0]["lr"])  # train here
    ...     schedule.step()
    0.5
    0.5
    0.25
    0.25
    """

    last_epoch: int
    base_lrs: Sequence[float]

    def __init__(self, optimizer: Optimizer) -> None:
        super().__init__(optimizer)
        for group in optimizer.param_groups:
            group.setdefault("initial_lr", group["lr"])
        self.base_lrs = [group["initial_lr"] for group in optimizer.param_groups]
        self._begin()

    def step(self) -> None:
        """Set the learning rates of the next epoch (or batch). Call it after the optimiser."""
        self.last_epoch += 1
        self._set_rates()

    def _begin(self) -> None:
        """Set the rates of step 0."""
        self.last_epoch = 0
        self._set_rates()

    def _restart(self) -> None:
        """Set the rates of step 0 in the midst of training, whatever they were before."""
        for group, base_lr in zip(self._groups(len(self.base_lrs)), self.base_lrs, strict=True):
            group["lr"] = base_lr
        self._begin()

    def _set_rates(self) -> None:
        for number, group in enumerate(self._groups(len(self.base_lrs))):
            group["lr"] = self._lr(group["lr"], number)

    def _lr(self, lr: float, number: int) -> float:
        """The rate of a group in step `last_epoch`, from its last rate and its number."""
        raise NotImplementedError


def require_count(schedule: LRScheduler, name: str, count: int, least: int = 1) -> int:
    """A number of steps.

    Raises
    ------
    ValueError
        If it is no integer, or too small.
    """
    if not isinstance(count, int | np.integer) or count < least:
        raise ValueError(
            f"{name} of {type(schedule).__name__} must be an integer of at least {least}, but "
            f"{name}={count!r} was given."
        )
    return int(count)

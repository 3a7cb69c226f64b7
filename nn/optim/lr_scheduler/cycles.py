"""Schedules that let the learning rate rise and fall, and the momentum fall and rise."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Literal

from nn.optim.block import Group
from nn.optim.lr_scheduler.scheduler import SteppedLR, require_count
from nn.optim.optimizer import Optimizer


class CyclicLR(SteppedLR):
    """Go up and down between two learning rates in straight lines.

    Parameters
    ----------
    optimizer : Optimizer
        See `SteppedLR`.
    base_lr, max_lr : float, or list of float
        The lowest and the highest rate, for all groups or for each.
    step_size_up : int, default 2000
        Steps on the way up.
    step_size_down : int, optional
        Steps on the way down, by default as many.
    mode : {"triangular", "triangular2", "exp_range"}
        Keep the height of the cycles, halve it in each, or multiply it by `gamma` in each step.
    gamma : float, default 1
        For "exp_range".
    scale_fn : callable, optional
        A height of one's own in place of a mode's: ``scale_fn(x)`` → factor. No part of the state.
    scale_mode : {"cycle", "iterations"}
        Whether the x of `scale_fn` is the number of the cycle, from 1, or of the step, from 0.
    cycle_momentum : bool, default True
        Move the momentum (β₁ in Adam and its kin) the other way.
    base_momentum, max_momentum : float, or list of float, default 0.8 and 0.9
        The lowest and the highest momentum.

    Notes
    -----
    Smith 2017.
    """

    _unsaved = ("optimizer", "scale_fn")

    def __init__(
        self,
        optimizer: Optimizer,
        base_lr: float | list[float],
        max_lr: float | list[float],
        step_size_up: int = 2000,
        step_size_down: int | None = None,
        mode: Literal["triangular", "triangular2", "exp_range"] = "triangular",
        gamma: float = 1.0,
        scale_fn: Callable[[float], float] | None = None,
        scale_mode: Literal["cycle", "iterations"] = "cycle",
        cycle_momentum: bool = True,
        base_momentum: float | list[float] = 0.8,
        max_momentum: float | list[float] = 0.9,
    ) -> None:
        if mode not in ("triangular", "triangular2", "exp_range"):
            raise ValueError(
                f"mode of CyclicLR must be 'triangular', 'triangular2' or 'exp_range', but "
                f"{mode!r} was given."
            )
        if scale_mode not in ("cycle", "iterations"):
            raise ValueError(
                f"scale_mode of CyclicLR must be 'cycle' or 'iterations', but {scale_mode!r} was "
                "given."
            )
        self.optimizer = self._optimizer(optimizer)
        self.step_size_up = require_count(self, "step_size_up", step_size_up)
        self.step_size_down = require_count(
            self, "step_size_down", step_size_up if step_size_down is None else step_size_down
        )
        self.mode = mode
        self.gamma = gamma
        self.scale_fn = scale_fn
        self.scale_mode = scale_mode
        self.cycle_momentum = cycle_momentum
        self.max_lrs = self._per_group("max_lr", max_lr)
        self.base_momentums = self._per_group("base_momentum", base_momentum)
        self.max_momentums = self._per_group("max_momentum", max_momentum)
        base_lrs = self._per_group("base_lr", base_lr)
        if cycle_momentum:
            _require_momentum(self)
        for group, lr in zip(optimizer.param_groups, base_lrs, strict=True):
            group["lr"] = lr
        super().__init__(optimizer)
        # Its own, whatever another schedule of the optimiser has started from.
        self.base_lrs = base_lrs
        self._begin()

    def _lr(self, lr: float, number: int) -> float:
        height = self._height()
        if self.cycle_momentum:
            low, high = self.base_momentums[number], self.max_momentums[number]
            _set_momentum(self.optimizer.param_groups[number], high - (high - low) * height)
        base_lr = self.base_lrs[number]
        return float(base_lr + (self.max_lrs[number] - base_lr) * height)

    def _height(self) -> float:
        """Where between the lowest (0) and the highest rate (1) this step is."""
        cycle, place = divmod(self.last_epoch, self.step_size_up + self.step_size_down)
        if place <= self.step_size_up:
            height = place / self.step_size_up
        else:
            height = 1 - (place - self.step_size_up) / self.step_size_down
        return height * self._scale(cycle + 1)

    def _scale(self, cycle: int) -> float:
        if self.scale_fn is not None:
            return self.scale_fn(cycle if self.scale_mode == "cycle" else self.last_epoch)
        if self.mode == "triangular":
            return 1.0
        if self.mode == "triangular2":
            return float(0.5 ** (cycle - 1))
        return float(self.gamma**self.last_epoch)


class OneCycleLR(SteppedLR):
    """Rise to a high learning rate once, then fall to almost nothing; stepped after each batch.

    Parameters
    ----------
    optimizer : Optimizer
        See `SteppedLR`.
    max_lr : float, or list of float
        The highest rate, for all groups or for each.
    total_steps : int, optional
        How many steps training has.
    epochs, steps_per_epoch : int, optional
        The same as a product.
    pct_start : float, default 0.3
        Which share of the steps rises.
    anneal_strategy : {"cos", "linear"}
        The shape of rise and fall.
    cycle_momentum : bool, default True
        Move the momentum (β₁ in Adam and its kin) the other way.
    base_momentum, max_momentum : float, or list of float, default 0.85 and 0.95
        The lowest and the highest momentum.
    div_factor : float, default 25
        The first rate is max_lr/div_factor.
    final_div_factor : float, default 1e4
        The last rate is the first one divided by this.
    three_phase : bool, default False
        Fall as long as it rose, to the first rate, and only then to the last.

    Notes
    -----
    Smith and Topin 2018.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        max_lr: float | list[float],
        total_steps: int | None = None,
        epochs: int | None = None,
        steps_per_epoch: int | None = None,
        pct_start: float = 0.3,
        anneal_strategy: Literal["cos", "linear"] = "cos",
        cycle_momentum: bool = True,
        base_momentum: float | list[float] = 0.85,
        max_momentum: float | list[float] = 0.95,
        div_factor: float = 25.0,
        final_div_factor: float = 1e4,
        three_phase: bool = False,
    ) -> None:
        if total_steps is None:
            if epochs is None or steps_per_epoch is None:
                raise ValueError(
                    "OneCycleLR needs total_steps, or epochs and steps_per_epoch, to know when the "
                    "cycle ends."
                )
            total_steps = epochs * steps_per_epoch
        if not 0 <= pct_start <= 1:
            raise ValueError(
                f"pct_start of OneCycleLR must lie in [0, 1], but {pct_start} was given."
            )
        if anneal_strategy not in ("cos", "linear"):
            raise ValueError(
                f"anneal_strategy of OneCycleLR must be 'cos' or 'linear', but "
                f"{anneal_strategy!r} was given."
            )
        self.optimizer = self._optimizer(optimizer)
        self.total_steps = require_count(self, "total_steps", total_steps)
        self.pct_start = pct_start
        self.anneal_strategy = anneal_strategy
        self.cycle_momentum = cycle_momentum
        self.max_lrs = self._per_group("max_lr", max_lr)
        self.base_momentums = self._per_group("base_momentum", base_momentum)
        self.max_momentums = self._per_group("max_momentum", max_momentum)
        self.final_div_factor = final_div_factor
        self.three_phase = three_phase
        if cycle_momentum:
            _require_momentum(self)
        for group, highest in zip(optimizer.param_groups, self.max_lrs, strict=True):
            group["initial_lr"] = group["lr"] = highest / div_factor
        super().__init__(optimizer)

    def step(self) -> None:
        """Set the learning rates of the next batch.

        Raises
        ------
        ValueError
            If the cycle is over.
        """
        if self.last_epoch >= self.total_steps:
            raise ValueError(
                f"OneCycleLR was made for {self.total_steps} steps, and all are over; give it as "
                "many total_steps as training has batches."
            )
        super().step()

    def _lr(self, lr: float, number: int) -> float:
        begin, end, share = self._phase()
        if self.cycle_momentum:
            low, high = self.base_momentums[number], self.max_momentums[number]
            momentums = {"first": high, "highest": low, "last": high}
            momentum = self._between(momentums[begin], momentums[end], share)
            _set_momentum(self.optimizer.param_groups[number], momentum)
        first = self.base_lrs[number]
        rates = {
            "first": first,
            "highest": self.max_lrs[number],
            "last": first / self.final_div_factor,
        }
        return self._between(rates[begin], rates[end], share)

    def _phase(self) -> tuple[str, str, float]:
        """From which rate to which it goes in this step, and how much of the way is over."""
        rise = self.pct_start * self.total_steps - 1
        phases = [(0.0, rise, "first", "highest")]
        if self.three_phase:
            fall = 2 * self.pct_start * self.total_steps - 2
            phases += [(rise, fall, "highest", "first"), (fall, self._last, "first", "last")]
        else:
            phases += [(rise, self._last, "highest", "last")]
        step = self.last_epoch
        start, stop, begin, end = next((p for p in phases if step <= p[1]), phases[-1])
        return begin, end, (step - start) / (stop - start) if stop > start else 1.0

    @property
    def _last(self) -> int:
        return self.total_steps - 1

    def _between(self, start: float, stop: float, share: float) -> float:
        if self.anneal_strategy == "cos":
            return stop + (start - stop) / 2 * (1 + math.cos(math.pi * share))
        return start + (stop - start) * share


def _require_momentum(schedule: SteppedLR) -> None:
    """Raise ValueError if a group of the optimiser has no momentum to cycle."""
    optimizer = schedule.optimizer
    if not {"betas", "momentum"} & optimizer.defaults.keys():
        raise ValueError(
            f"{type(schedule).__name__} cycles the momentum too, but "
            f"{type(optimizer).__name__} has none; pass cycle_momentum=False."
        )


def _set_momentum(group: Group, momentum: float) -> None:
    if "betas" in group:
        group["betas"] = (momentum, *group["betas"][1:])
    else:
        group["momentum"] = momentum

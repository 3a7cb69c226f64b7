"""Calling a function along directions, and what it returned as columns of numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd.checking.directions import Arrays, Direction
from autograd.checking.extrapolation import RATIO, Array, Samples

#: From arrays to the numbers that f returns there; nan where f has no value.
Evaluate = Callable[[Arrays], np.ndarray[Any, Any]]


@dataclass(frozen=True)
class Outputs:
    """Which numbers of the output are looked at: each, or some weighted sums of all.

    Attributes
    ----------
    cotangents : (count, size) array
        The weights; the identity if `each`.
    """

    cotangents: Array
    each: bool

    def of(self, change: Array) -> Array:
        """Weighted sums over the last axis."""
        if self.each:
            return change
        return change @ self.cotangents.T

    def sizes(self, size: Array) -> Array:
        """The same for bounds, which only add."""
        if self.each:
            return size
        return size @ np.abs(self.cotangents.T)


def short_ladder(epsilon: float) -> tuple[Array, int]:
    """Multiples of a scale: rungs to extrapolate, then far finer ones; and how many the first are.

    The finer ones are witnesses: they tell a kink or a fine structure that the others jump over.
    """
    rungs = 0.1 * RATIO ** -np.arange(4.0)
    return np.concatenate([rungs, epsilon ** np.array([0.3, 0.45])]), len(rungs)


def long_ladder(direction: Direction, finest: float = 0.0) -> Array:
    """Steps from the longest worth taking to the shortest the point resolves, or to `finest`."""
    finest = max(direction.finest, finest)
    count = int(np.ceil(np.log(direction.reach / finest) / np.log(RATIO))) + 1
    return direction.reach * RATIO ** -np.arange(float(max(count, 8)))


@dataclass(frozen=True)
class Ladder:
    """Differences of the outputs looked at; arrays of (levels, outputs), as in `Samples`.

    `noise` is one for all outputs: they may be made from one intermediate result.
    """

    ahead: Array
    behind: Array
    rise: Array
    fall: Array
    roundoff: Array
    noise: float

    def column(self, output: int) -> Samples:
        """The ladder of one output."""
        return Samples(
            self.ahead,
            self.behind,
            self.rise[:, output],
            self.fall[:, output],
            self.roundoff[:, output],
            self.noise,
        )


def climb(
    evaluate: Evaluate,
    point: Arrays,
    centre: Array,
    direction: Direction,
    steps: Sequence[float] | Array,
    outputs: Outputs,
    epsilon: float,
    drift: Array | float = 0.0,
) -> Ladder:
    """Evaluate a function on both sides of a point, at each of the steps."""
    ahead, behind, above, below = [], [], [], []
    for step in steps:
        moved, length = direction.move(point, float(step))
        ahead.append(length if length > 0 else float(step))
        above.append(evaluate(moved) if length > 0 else np.full_like(centre, np.nan))
        moved, length = direction.move(point, -float(step))
        behind.append(-length if length < 0 else float(step))
        below.append(evaluate(moved) if length < 0 else np.full_like(centre, np.nan))
    up, down = np.array(above), np.array(below)
    up[~np.isfinite(up)] = np.nan
    down[~np.isfinite(down)] = np.nan
    # Subtracted in the precision of the function, and only then rounded.
    rise, fall = (up - centre).astype(float), (centre - down).astype(float)
    changed = ((np.abs(rise) > 0) | (np.abs(fall) > 0)).any(axis=0)
    size = np.fmax(np.fmax(np.abs(up), np.abs(down)), np.abs(centre)).astype(float) * changed
    size = outputs.sizes(size)
    # What does not change at all may change by less than it is rounded to.
    size = np.where(size.any(axis=0), size, outputs.sizes(np.abs(centre).astype(float)))
    return Ladder(
        np.array(ahead),
        np.array(behind),
        outputs.of(rise),
        outputs.of(fall),
        2 * epsilon * size + drift,
        32 * epsilon * float(np.max(outputs.sizes(np.abs(centre).astype(float)), initial=0.0)),
    )

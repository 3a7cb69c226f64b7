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
class Place:
    """A function at a point.

    Attributes
    ----------
    evaluate : callable
        From arrays to the flat numbers that f returns; nan outside the domain.
    point : sequence of ndarray
        Where, in the precision f computes in.
    centre : (size,) array
        What f returns there.
    epsilon : float
        The precision f computes in.
    """

    evaluate: Evaluate
    point: Arrays
    centre: np.ndarray[Any, Any]
    epsilon: float


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


def short_ladder(epsilon: float) -> Array:
    """Three multiples of a scale: two to extrapolate from, and a far finer one as a witness."""
    return np.asarray(epsilon ** np.array([0.13, 0.17, 0.27]))


def long_ladder(direction: Direction, finest: float = 0.0) -> Array:
    """Steps from the longest worth taking to the shortest the point resolves, or to `finest`."""
    finest = max(direction.finest, finest)
    count = int(np.ceil(np.log(direction.reach / finest) / np.log(RATIO))) + 1
    return direction.reach * RATIO ** -np.arange(float(max(count, 8)))


@dataclass(frozen=True)
class Ladders:
    """Samples in several directions.

    `ahead` and `behind` are arrays of (levels, directions), the others of (levels, directions,
    outputs); see `Samples`.
    """

    ahead: Array
    behind: Array
    rise: Array
    fall: Array
    roundoff: Array
    noise: float
    dust: float

    def along(self, direction: int) -> Samples:
        """The ladder in one direction, by its number."""
        i = direction
        return Samples(
            self.ahead[:, i], self.behind[:, i], self.rise[:, i], self.fall[:, i],
            self.roundoff[:, i], self.noise, self.dust,
        )  # fmt: skip


def climb(
    place: Place,
    directions: Sequence[Direction],
    steps: Array,
    outputs: Outputs,
    drift: Array | float = 0.0,
) -> Ladders:
    """Evaluate a function on both sides of a point, at each of the steps.

    `steps` is an array of (levels, directions), `drift` one of (directions, outputs).
    """
    point, centre, epsilon = place.point, place.centre, place.epsilon
    lengths = np.empty((2, *steps.shape))
    values = np.empty((2, *steps.shape, centre.size), centre.dtype)
    for i, direction in enumerate(directions):
        for level, step in enumerate(steps[:, i].tolist()):
            for side, sign in enumerate((1.0, -1.0)):
                moved, length = direction.move(point, sign * step)
                there = sign * length > 0
                lengths[side, level, i] = sign * length if there else step
                values[side, level, i] = place.evaluate(moved) if there else np.nan
    values[~np.isfinite(values)] = np.nan
    # Subtracted in the precision of the function, and only then rounded.
    rise, fall = (values[0] - centre).astype(float), (centre - values[1]).astype(float)
    changed = ((np.abs(rise) > 0) | (np.abs(fall) > 0)).any(axis=0)
    height = np.abs(centre).astype(float)
    size = np.fmax(np.fmax(np.abs(values[0]), np.abs(values[1])), height).astype(float)
    size = outputs.sizes(size * changed)
    # What does not change at all may change by less than it is rounded to.
    size = np.where(size.any(axis=0), size, outputs.sizes(height))
    return Ladders(
        lengths[0], lengths[1], outputs.of(rise), outputs.of(fall), 2 * epsilon * size + drift,
        32 * epsilon * float(np.max(outputs.sizes(height), initial=0.0)),
        16 * epsilon * max(float(np.max(np.abs(x), initial=0.0)) for x in point),
    )  # fmt: skip

"""What a few steps tell: enough wherever the claim agrees, which is nearly everywhere."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from autograd.checking.directions import Direction
from autograd.checking.extrapolation import Array, Mask, neville
from autograd.checking.sampling import Ladders, Outputs, Place, climb, short_ladder

#: Numbers that f returns, of which so many are kept at a time.
_MOST_KEPT = 1_000_000
#: Steps for a glance, as powers of the precision: the usual one, and one for fast oscillations.
_GLANCES = (1 / 3, 0.6)


@dataclass(frozen=True)
class FirstLook:
    """Estimates from short ladders; arrays of (directions, outputs).

    Attributes
    ----------
    values, bars : array
        The estimates, and how far off they may be.
    trusted : array of bool
        Where there is no sign of a kink or of a fine structure.
    unmoved : array of bool
        Where f did not change at all.
    """

    values: Array
    bars: Array
    trusted: Mask
    unmoved: Mask


def agrees_at_a_glance(
    place: Place, direction: Direction, outputs: Outputs, gradients: Array
) -> bool:
    """Whether one central difference confirms the claims, to a part in 10⁶ or as it can.

    Enough to pass; a disagreement says nothing yet.
    """
    claimed = direction.along(gradients)
    allowed = max(1e-6, 4 * place.epsilon ** (2 / 3)) * np.abs(claimed)
    for power in _GLANCES:
        step = place.epsilon**power * direction.scale
        ahead, there = direction.move(place.point, step)
        behind, back = direction.move(place.point, -step)
        change = (place.evaluate(ahead) - place.evaluate(behind)).astype(float)
        if (np.abs(outputs.of(change) / (there - back) - claimed) <= allowed).all():
            return True
    return False


def first_look(
    place: Place,
    directions: Sequence[Direction],
    outputs: Outputs,
    drift: Array,
    scale: float = 1.0,
) -> FirstLook:
    """Look along each direction, at three steps to either side, all multiplied by `scale`.

    The estimate is extrapolated from the coarser two. The finest, too fine to miss a kink or a
    structure that the others jump over, gives the bar: what it changes in the estimate.
    """
    rungs = scale * short_ladder(place.epsilon)
    looks = [
        _look(
            climb(
                place, directions[chunk], rungs[:, None] * _scales(directions[chunk]),
                outputs, drift[chunk],
            ),
            rungs,
        )
        for chunk in _chunks(len(directions), place.centre.size)
    ]  # fmt: skip
    if not looks:
        nothing = np.zeros((0, len(outputs.cotangents)))
        return FirstLook(nothing, nothing, nothing > 0, nothing > 0)
    return FirstLook(
        *(
            np.concatenate([getattr(look, name) for look in looks])
            for name in ("values", "bars", "trusted", "unmoved")
        )
    )


def _scales(directions: Sequence[Direction]) -> Array:
    return np.array([d.scale for d in directions])


def _chunks(count: int, size: int) -> Iterator[slice]:
    """So many directions at a time that what f returns along them is not too much to keep."""
    many = max(1, _MOST_KEPT // max(1, size))
    for start in range(0, count, many):
        yield slice(start, start + many)


def _look(ladders: Ladders, rungs: Array) -> FirstLook:
    both = (ladders.ahead + ladders.behind)[..., None]
    rise, fall = ladders.rise, ladders.fall
    roundoff = 2 * ladders.roundoff / both
    central, bend = (rise + fall) / both, np.abs(rise - fall) / both
    # All steps are the same multiples of the scales, but for rounding.
    _, column, *_ = neville(rungs, central, 2, 1)
    value = column[1]
    change = np.abs(column[2] - value)
    bar = 2 * (change + roundoff[1])
    converges = change <= 0.1 * np.abs(value - central[1]) + 4 * roundoff[2]
    # Without a kink the difference between right and left shrinks as the step does.
    shrinks = bend[2] <= 4 * bend[1] * both[2] / both[1] + 2 * roundoff[2]
    trusted = np.isfinite(value) & np.isfinite(bar) & converges & shrinks
    moved = np.any(np.abs(rise) + np.abs(fall) > 0, axis=0)
    return FirstLook(value, bar, trusted, np.logical_not(moved))

"""What a long ladder tells, for the elements that a first look leaves in doubt."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from autograd.checking.directions import Direction
from autograd.checking.extrapolation import Array, Samples, Slope, slopes
from autograd.checking.sampling import Outputs, Place, climb, long_ladder
from autograd.checking.verdicts import Verdict, judge


@dataclass(frozen=True)
class Known:
    """What is known of derivatives before; arrays of (outputs,).

    Attributes
    ----------
    claims, tolerances : array
        What is claimed, and how far round-off may carry a claim.
    steep : array
        How large derivatives are elsewhere at the point.
    """

    claims: Array
    tolerances: Array
    steep: Array

    def of(self, outputs: Sequence[int]) -> Known:
        """Those of some outputs."""
        chosen = list(outputs)
        return Known(self.claims[chosen], self.tolerances[chosen], self.steep[chosen])


@dataclass(frozen=True)
class Opinion:
    """A verdict, and the slope it rests on."""

    verdict: Verdict
    why: str
    slope: Slope

    def is_marginal(self, claim: float) -> bool:
        """Whether the claim lies only a few bars from the estimate."""
        return abs(claim - self.slope.best.value) <= 10 * self.slope.best.bar


@dataclass(frozen=True)
class CloseLook:
    """One direction, looked at by a long ladder."""

    place: Place
    direction: Direction
    outputs: Outputs
    drift: Array

    def climb(self, finest: float = 0.0) -> Samples:
        """The long ladder."""
        steps = long_ladder(self.direction, finest)[:, None]
        return climb(self.place, [self.direction], steps, self.outputs, self.drift).along(0)

    def climb_wider(self, wider: Place) -> Samples:
        """The same points in wider precision, without the finest steps.

        There even such numbers are rounded to a staircase, which could be mistaken for structure.
        """
        return replace(self, place=wider).climb(finest=1e-9 * self.direction.scale)

    def opinions(self, samples: Samples, known: Known) -> list[Opinion]:
        """The verdicts by a ladder."""
        sizes = np.abs(samples.rise), np.abs(samples.fall)
        secants = np.fmax(sizes[0] / samples.ahead[:, None], sizes[1] / samples.behind[:, None])
        coarse = (samples.ahead >= 0.05 * self.direction.scale)[:, None] & np.isfinite(secants)
        around = np.max(secants, axis=0, initial=0.0, where=coarse)
        around = np.maximum(around, known.steep).tolist()
        found = slopes(samples)
        # A derivative is no better known than the point: the curvature carries its rounding.
        shaken = 4 * self.direction.roundoff(self.place.point)
        tolerances = [
            float(tolerance) + shaken * _curvature(samples, o, slope.best.step)
            for o, (slope, tolerance) in enumerate(zip(found, known.tolerances, strict=True))
        ]
        return [
            Opinion(*judge(slope, *about), slope)
            for slope, *about in zip(found, known.claims.tolist(), tolerances, around, strict=True)
        ]

    def second_opinions(
        self, first: Sequence[Opinion], samples: Samples, wide: Samples, known: Known
    ) -> list[Opinion]:
        """The verdicts by a ladder in wider precision, where the first ones may be misled.

        One may if it is inconclusive or a close call, or if the wider ladder contradicts its
        slope: then what it took for the shape of the function was made by rounding. Such rounding
        is forgiven in the claim as well, which was computed in the same precision.
        """
        near = (wide.ahead <= 0.1 * self.direction.scale)[:, None]
        rounded = np.abs(samples.rise[: len(wide.ahead)] - wide.rise)
        error = np.max(rounded, axis=0, initial=0.0, where=near & np.isfinite(rounded))
        forgiven = 4 * error / min(1.0, self.direction.scale)
        second = self.opinions(wide, replace(known, tolerances=known.tolerances + forgiven))
        return [
            two if _misled(one, two, claim) else one
            for one, two, claim in zip(first, second, known.claims.tolist(), strict=True)
        ]


def _misled(first: Opinion, second: Opinion, claim: float) -> bool:
    a, b = first.slope.best, second.slope.best
    apart = not abs(a.value - b.value) <= a.bar + b.bar
    if first.verdict == Verdict.INCONCLUSIVE:
        # What the wider ladder's coarser steps jump over, they cannot condemn.
        return not (apart and a.low <= claim <= a.high and math.isfinite(a.bar))
    return first.is_marginal(claim) or first.slope.kind != second.slope.kind or apart


def _curvature(samples: Samples, output: int, step: float) -> float:
    """The size of the second derivative, over steps of a given size."""
    level = int(np.argmin(np.abs(np.log(samples.ahead / step)))) if step else 0
    bend = abs(samples.rise[level, output] - samples.fall[level, output])
    bend /= samples.ahead[level] ** 2
    return float(bend) if np.isfinite(bend) else 0.0

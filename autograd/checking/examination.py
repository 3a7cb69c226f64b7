"""Holding claimed derivatives against difference quotients, for many directions at one point.

Two rounds. A first look takes three steps to either side in each direction; where its own checks
agree and the claim agrees too, that is enough. What is left over gets the long ladder: a wrong
claim, a kink, a narrow bend, noise, all that a few steps cannot tell apart.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from autograd.checking.close_look import CloseLook, Known, Opinion
from autograd.checking.directions import Direction
from autograd.checking.extrapolation import Array, Mask
from autograd.checking.first_look import FirstLook, first_look
from autograd.checking.sampling import Outputs, Place
from autograd.checking.verdicts import TIGHT, Verdict

#: Directions that may have a long ladder at one point; the first look has to do for the others.
MOST_LONG_LADDERS = 400
_TOO_MANY = "too many are in doubt to look at each: check fewer at a time"
#: Plainly wrong claims after which others are believed to be wrong by the first look.
ENOUGH_CONFIRMED = 2
#: Steps of a second look, as a share of those of the first: for bends, oscillations and kinks near.
_FINER = 1e-4


@dataclass(frozen=True)
class Claims:
    """Gradients at a point, for each output looked at.

    Attributes
    ----------
    gradients : (outputs, elements) array
        The claims for each output looked at, all inputs in a row.
    slack : (outputs, elements) array
        How far round-off in the code that claims may carry each element, beyond `relative`.
    relative : float
        The same, relative to the element.
    """

    gradients: Array
    slack: Array
    relative: float

    def along(self, directions: Sequence[Direction]) -> tuple[Array, Array]:
        """Claimed derivatives in directions, and their tolerances: (directions, outputs)."""
        shape = (len(directions), len(self.gradients))
        sizes = np.abs(self.gradients)
        claims = np.array([d.along(self.gradients) for d in directions]).reshape(shape)
        mass = np.array([d.bound(sizes) for d in directions]).reshape(shape)
        slack = np.array([d.bound(self.slack) for d in directions]).reshape(shape)
        return claims, self.relative * (np.abs(claims) + 0.1 * mass) + slack


@dataclass
class Findings:
    """What was found; arrays of (directions, outputs)."""

    claims: Array
    values: Array
    bars: Array
    verdicts: np.ndarray[Any, Any]
    reasons: dict[tuple[int, int], str] = field(default_factory=dict)

    def record(self, i: int, o: int, opinion: Opinion) -> None:
        """Put the result of a close look in place of the first."""
        self.verdicts[i, o] = opinion.verdict
        self.reasons[i, o] = opinion.why
        self.values[i, o] = opinion.slope.best.value
        self.bars[i, o] = opinion.slope.best.bar


def examine(
    place: Place,
    directions: Sequence[Direction],
    outputs: Outputs,
    claims: Claims,
    wider: Callable[[], Place | None] = lambda: None,
    in_passing: bool = False,
) -> Findings:
    """Judge every claimed derivative at a point.

    Parameters
    ----------
    place : Place
        The function and the point.
    directions : sequence of Direction
        In which directions.
    outputs : Outputs
        What of the output is looked at.
    claims : Claims
        The derivatives claimed for those.
    wider : callable, optional
        Gives the same function in a wider precision, for what is in doubt.
    in_passing : bool
        Look only for wrong claims: agreement is enough, however wide the bar.
    """
    claimed, tolerance = claims.along(directions)
    drift = np.array([d.drift(place.point, claims.gradients) for d in directions])
    drift = np.nan_to_num(drift.reshape(claimed.shape), posinf=0.0)
    look = first_look(place, directions, outputs, drift)
    _forgive_where_nothing_moves(claimed, tolerance, look.unmoved)
    plain = _plainly_right(look, claimed, tolerance, place.epsilon, in_passing)
    verdicts = np.where(plain, np.array(Verdict.RIGHT, object), np.array(Verdict.WRONG, object))
    findings = Findings(claimed, look.values.copy(), look.bars.copy(), verdicts)
    if not plain.all():
        closer = _Closer(place, directions, outputs, drift, wider, look, findings, tolerance)
        closer.look_at(~plain)
    return findings


def _forgive_where_nothing_moves(claimed: Array, tolerance: Array, unmoved: Mask) -> None:
    """What f does not see is claimed to be 0, or what rounding makes of it."""
    # A claim of 0·∞ for what has an infinite derivative elsewhere stands for 0.
    endless = np.isinf(claimed).any(axis=1, keepdims=True)
    claimed[unmoved & endless & np.isnan(claimed)] = 0.0
    tolerance[np.isnan(tolerance)] = 0.0
    largest = np.max(np.abs(claimed), axis=0, initial=0.0, where=np.isfinite(claimed))
    tolerance += unmoved * 1e-13 * largest


def _plainly_right(
    look: FirstLook, claimed: Array, tolerance: Array, epsilon: float, in_passing: bool
) -> Mask:
    """Where the first look is enough: it agrees with the claim, and its bar is narrow."""
    size = np.maximum(np.abs(claimed), np.abs(look.values))
    agree = np.isfinite(claimed) & (np.abs(claimed - look.values) <= look.bars + tolerance)
    fine = epsilon**0.58
    largest = np.fmax.reduce(size, axis=0, initial=0.0)
    near = (look.bars <= fine * size) | (
        (look.bars <= fine * largest) & (look.bars <= TIGHT / 4 * size)
    )
    still = look.unmoved & np.isfinite(claimed) & (np.abs(claimed) <= tolerance)
    return np.asarray(look.trusted & agree & (in_passing | near) | still)


class _Closer:
    """Close looks at what the first one leaves in doubt."""

    def __init__(
        self,
        place: Place,
        directions: Sequence[Direction],
        outputs: Outputs,
        drift: Array,
        wider: Callable[[], Place | None],
        look: FirstLook,
        findings: Findings,
        tolerance: Array,
    ) -> None:
        self.place = place
        self.directions = directions
        self.outputs = outputs
        self.drift = drift
        self.wider = wider
        self.wider_place: Place | None = None
        self.look = look
        self.findings = findings
        self.tolerance = tolerance
        claimed, values, bars = findings.claims, look.values, look.bars
        size = np.maximum(np.abs(claimed), np.abs(values))
        both = np.minimum(np.abs(claimed), np.abs(values))
        self.steep = np.max(both, axis=0, initial=0.0, where=np.isfinite(both))
        off = np.abs(claimed - values)
        far = ~(off <= 10 * bars + tolerance)
        self.plainly_wrong = look.trusted & far & (bars <= TIGHT * size)

    def look_at(self, doubtful: Mask) -> None:
        """Judge by long ladders, except for what is plainly wrong like enough others."""
        doubtful = doubtful & ~self._right_at_finer_steps(doubtful & ~self.plainly_wrong)
        confirmed = 0
        for count, i in enumerate(np.flatnonzero(doubtful.any(axis=1)).tolist()):
            # Where the long ladder has only confirmed wrong claims it need not confirm them all.
            believed = self.plainly_wrong[i] & (confirmed >= ENOUGH_CONFIRMED)
            open_ = np.flatnonzero(doubtful[i] & ~believed).tolist()
            if not open_:
                continue
            if count >= MOST_LONG_LADDERS:
                self._judge_from_afar(i, open_)
                continue
            for o, opinion in zip(open_, self._opinions(i, open_), strict=True):
                self.findings.record(i, o, opinion)
                if self.plainly_wrong[i, o]:
                    confirmed += 1
                    if opinion.verdict != Verdict.WRONG:
                        confirmed = -doubtful.size  # the first look was fooled: look at all

    def _right_at_finer_steps(self, doubtful: Mask) -> Mask:
        """Where a second look finds right what the first left in doubt."""
        right = np.zeros_like(doubtful)
        rows = np.flatnonzero(doubtful.any(axis=1))
        directions = [self.directions[i] for i in rows.tolist()]
        look = first_look(self.place, directions, self.outputs, self.drift[rows], _FINER)
        claims, tolerance = self.findings.claims[rows], self.tolerance[rows]
        right[rows] = doubtful[rows] & _plainly_right(
            look, claims, tolerance, self.place.epsilon, in_passing=False
        )
        told = right[rows]
        self.findings.values[right], self.findings.bars[right] = look.values[told], look.bars[told]
        self.findings.verdicts[right] = Verdict.RIGHT
        return right

    def _opinions(self, i: int, open_: list[int]) -> list[Opinion]:
        claimed = self.findings.claims[i]
        close = CloseLook(self.place, self.directions[i], self.outputs, self.drift[i])
        known = Known(claimed, self.tolerance[i], self.steep)
        samples = close.climb()
        opinions = dict(zip(open_, close.opinions(samples.of(open_), known.of(open_)), strict=True))
        unsure = [o for o in open_ if not self._is_sure(opinions[o], i, o)]
        if unsure:
            self.wider_place = self.wider_place or self.wider()
        if unsure and self.wider_place is not None:
            wide = close.climb_wider(self.wider_place)
            second = close.second_opinions(
                [opinions[o] for o in unsure], samples.of(unsure), wide.of(unsure), known.of(unsure)
            )
            opinions.update(zip(unsure, second, strict=True))
        return list(opinions.values())

    def _is_sure(self, opinion: Opinion, i: int, o: int) -> bool:
        """Whether wider precision has nothing to add."""
        if opinion.verdict != Verdict.WRONG:
            return opinion.verdict == Verdict.RIGHT
        best = opinion.slope.best
        off = abs(best.value - self.look.values[i, o])
        steady = self.look.trusted[i, o] and off <= best.bar + self.look.bars[i, o]
        return bool(steady and not opinion.is_marginal(self.findings.claims[i, o]))

    def _judge_from_afar(self, i: int, open_: list[int]) -> None:
        for o in open_:
            if not self.plainly_wrong[i, o]:
                self.findings.verdicts[i, o] = Verdict.INCONCLUSIVE
                self.findings.reasons[i, o] = _TOO_MANY

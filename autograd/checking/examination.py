"""Holding claimed derivatives against difference quotients, for many directions at one point.

Two rounds. A first look takes six steps for each direction; where its own checks agree and the
claim agrees too, that is enough. What is left over gets the long ladder: a wrong claim, a kink,
a narrow bend, noise, all that a few steps cannot tell apart.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from autograd.checking.directions import Arrays, Direction
from autograd.checking.extrapolation import Array, Slope, curvature, neville, slope
from autograd.checking.sampling import (
    Evaluate,
    Ladder,
    Outputs,
    climb,
    long_ladder,
    short_ladder,
)
from autograd.checking.verdicts import TIGHT, Verdict, judge

#: Steps for a glance, as multiples of a scale.
_GLANCE = np.array([0.013, 0.0029])
#: Directions that may have a long ladder at one point; the first look has to do for the others.
MOST_LONG_LADDERS = 400
#: Plainly wrong claims after which others are believed to be wrong by the first look.
ENOUGH_CONFIRMED = 3


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

    def along(self, direction: Direction) -> tuple[Array, Array]:
        """Claimed derivatives in a direction, one per output, and their tolerances."""
        claims = direction.along(self.gradients)
        mass = np.abs(claims) + 0.1 * direction.magnitude(self.gradients)
        return claims, self.relative * mass + direction.magnitude(self.slack)


@dataclass(frozen=True)
class Wider:
    """A function in a wider precision than its own, and what it returns at the point there."""

    dtype: np.dtype[Any]
    evaluate: Evaluate
    centre: Array
    epsilon: float


@dataclass
class Findings:
    """What was found; arrays of (directions, outputs)."""

    claims: Array
    values: Array
    bars: Array
    verdicts: np.ndarray[Any, Any]
    reasons: dict[tuple[int, int], str] = field(default_factory=dict)


def examine(
    evaluate: Evaluate,
    point: Arrays,
    centre: Array,
    directions: Sequence[Direction],
    outputs: Outputs,
    claims: Claims,
    epsilon: float,
    wider: Callable[[], Wider | None] = lambda: None,
    in_passing: bool = False,
) -> Findings:
    """Judge every claimed derivative at a point.

    Parameters
    ----------
    evaluate : callable
        From arrays to the flat numbers f returns; nan outside the domain.
    point : sequence of ndarray
        Where.
    centre : (size,) array
        What f returns there.
    directions : sequence of Direction
        In which directions.
    outputs : Outputs
        What of the output is looked at.
    claims : Claims
        The derivatives claimed for those.
    epsilon : float
        The precision f computes in.
    wider : callable, optional
        Gives the same function in a wider precision, for what is in doubt.
    in_passing : bool
        Look only for wrong claims: agreement is enough, however wide the bar.
    """
    pairs = [claims.along(direction) for direction in directions]
    shape = (len(directions), len(outputs.cotangents))
    claimed = np.array([claim for claim, _ in pairs]).reshape(shape)
    tolerance = np.array([allowed for _, allowed in pairs]).reshape(shape)
    drift = np.array([d.drift(point, claims.gradients) for d in directions]).reshape(shape)
    drift = np.nan_to_num(drift, posinf=0.0)
    rungs, extrapolated = short_ladder(epsilon)
    ladders = [
        climb(evaluate, point, centre, d, rungs * d.scale, outputs, epsilon, w)
        for d, w in zip(directions, drift, strict=True)
    ]
    values, bars, trusted = first_look(ladders, extrapolated, shape)
    moved = [(np.abs(x.rise) + np.abs(x.fall) > 0).any(axis=0) for x in ladders]
    unmoved = ~np.array(moved, dtype=bool).reshape(shape)
    # A claim of 0·∞ for what has an infinite derivative elsewhere stands for 0.
    endless = np.isinf(claimed).any(axis=1, keepdims=True)
    claimed[unmoved & endless & np.isnan(claimed)] = 0.0
    tolerance[np.isnan(tolerance)] = 0.0
    # Where f does not see an input, a claim that is not 0 may be round-off.
    tolerance += (
        unmoved * 1e-13 * np.max(np.abs(claimed), axis=0, initial=0.0, where=np.isfinite(claimed))
    )
    size = np.maximum(np.abs(claimed), np.abs(values))
    agree = np.isfinite(claimed) & (np.abs(claimed - values) <= bars + tolerance)
    fine = epsilon**0.53
    near = (bars <= fine * size) | (
        (bars <= fine * np.nanmax(size, axis=0, initial=0.0)) & (bars <= TIGHT / 4 * size)
    )
    plain = trusted & agree & (in_passing | near)
    plain |= unmoved & np.isfinite(claimed) & (np.abs(claimed) <= tolerance)
    verdicts = np.where(plain, np.array(Verdict.RIGHT, object), np.array(Verdict.WRONG, object))
    findings = Findings(claimed, values, bars, verdicts)
    both = np.minimum(np.abs(claimed), np.abs(values))
    steep = np.max(both, axis=0, initial=0.0, where=np.isfinite(both))
    off = np.abs(claimed - values)
    plainly_wrong = trusted & ~(off <= 10 * bars + tolerance) & (bars <= TIGHT * size)
    doubtful = np.flatnonzero(~plain.all(axis=1)).tolist()
    confirmed = 0
    wide_function = None
    for count, i in enumerate(doubtful):
        open_ = np.flatnonzero(~plain[i])
        # Where the long ladder has only confirmed wrong claims it need not confirm them all.
        if confirmed >= ENOUGH_CONFIRMED and plainly_wrong[i, open_].all():
            continue
        if count >= MOST_LONG_LADDERS:
            for o in open_:
                _judge_from_afar(findings, i, o, bool(plainly_wrong[i, o]))
            continue
        close = _Close(point, directions[i], outputs, drift[i])
        ladder = close.climb(evaluate, centre, epsilon)
        wide = None
        for o in open_:
            if confirmed >= ENOUGH_CONFIRMED and plainly_wrong[i, o]:
                continue
            known = _Known(float(claimed[i, o]), float(tolerance[i, o]), float(steep[o]))
            opinion = close.opinion(ladder, o, known)
            best = opinion.slope.best
            steady = trusted[i, o] and abs(best.value - values[i, o]) <= best.bar + bars[i, o]
            steady = steady and not opinion.is_marginal(known.claim)
            if opinion.verdict != Verdict.RIGHT and not (
                steady and opinion.verdict == Verdict.WRONG
            ):
                wide_function = wide_function or wider()
                if wide_function is not None:
                    wide = wide or close.climb_wider(wide_function)
                    opinion = close.second_opinion(opinion, ladder, wide, o, known)
            _record(findings, i, o, opinion.verdict, opinion.why)
            confirmed += opinion.verdict == Verdict.WRONG and bool(plainly_wrong[i, o])
            if plainly_wrong[i, o] and opinion.verdict != Verdict.WRONG:
                confirmed = -len(doubtful) * shape[1]  # the first look was fooled: look at all
            findings.values[i, o] = opinion.slope.best.value
            findings.bars[i, o] = opinion.slope.best.bar
    return findings


def agrees_at_a_glance(
    evaluate: Evaluate,
    point: Arrays,
    direction: Direction,
    outputs: Outputs,
    claims: Claims,
) -> bool:
    """Whether two central differences, extrapolated, confirm the claims to a part in 10⁶.

    Enough to pass; a disagreement says nothing yet.
    """
    slopes = []
    for step in _GLANCE * direction.scale:
        ahead, there = direction.move(point, step)
        behind, back = direction.move(point, -step)
        change = (evaluate(ahead) - evaluate(behind)).astype(float)
        slopes.append(outputs.of(change) / (there - back))
    weight = (_GLANCE[0] / _GLANCE[1]) ** 2
    value = slopes[1] + (slopes[1] - slopes[0]) / (weight - 1)
    claimed = direction.along(claims.gradients)
    return bool((np.abs(value - claimed) <= 1e-6 * np.abs(claimed)).all())


def first_look(
    ladders: Sequence[Ladder], rungs: int, shape: tuple[int, int]
) -> tuple[Array, Array, np.ndarray[Any, Any]]:
    """Estimates and bars from short ladders, and where they may be trusted: (directions, outputs).

    They may where the finest steps, which took no part in the estimate, confirm it: their
    quotients agree with it, and the difference between right and left shrinks as it does
    without a kink.
    """
    if not ladders or not shape[1]:
        return np.zeros(shape), np.zeros(shape), np.ones(shape, bool)
    both = np.stack([x.ahead + x.behind for x in ladders], axis=1)[..., None]
    rise = np.stack([x.rise for x in ladders], axis=1)
    fall = np.stack([x.fall for x in ladders], axis=1)
    roundoff = 2 * np.stack([x.roundoff for x in ladders], axis=1) / both
    central = (rise + fall) / both
    bend = np.abs(rise - fall) / both
    # All steps are the same multiples of the scales, but for rounding.
    steps = both[:rungs, 0, 0] / both[0, 0, 0]
    table = neville(steps, central[:rungs], 2, rungs - 1)
    value = table[-1][-1]
    last = rungs - 1
    bar = 2 * np.maximum(np.abs(value - table[-2][-1]), np.abs(value - table[-2][-2]) / 50)
    bar = bar + 2 * roundoff[last]
    trusted = np.isfinite(value) & np.isfinite(bar)
    for witness in range(rungs, len(both)):
        finer = both[witness] / both[last]
        expected = np.abs(central[last] - value) * finer**2
        trusted &= np.abs(central[witness] - value) <= 2 * expected + bar + 2 * roundoff[witness]
        trusted &= bend[witness] <= 4 * bend[last] * finer + 2 * roundoff[witness]
    return value, bar, trusted


@dataclass(frozen=True)
class _Known:
    """What is known of one derivative before the long ladder."""

    claim: float
    tolerance: float
    steep: float


@dataclass(frozen=True)
class _Opinion:
    """A verdict, and the slope it rests on."""

    verdict: Verdict
    why: str
    slope: Slope

    def is_marginal(self, claim: float) -> bool:
        """Whether the claim lies only a few bars from the estimate."""
        return abs(claim - self.slope.best.value) <= 10 * self.slope.best.bar


@dataclass(frozen=True)
class _Close:
    """A direction that is looked at closely, by a long ladder."""

    point: Arrays
    direction: Direction
    outputs: Outputs
    drift: Array

    def climb(
        self, evaluate: Evaluate, centre: Array, epsilon: float, finest: float = 0.0
    ) -> Ladder:
        """The long ladder."""
        steps = long_ladder(self.direction, finest)
        return climb(
            evaluate, self.point, centre, self.direction, steps, self.outputs, epsilon, self.drift
        )

    def climb_wider(self, wider: Wider) -> Ladder:
        """The same points in wider precision, without the finest steps.

        There even such numbers are rounded to a staircase, which could be mistaken for structure.
        """
        point = [x.astype(wider.dtype) for x in self.point]
        moved = _Close(point, self.direction, self.outputs, self.drift)
        finest = 1e-9 * self.direction.scale
        return moved.climb(wider.evaluate, wider.centre, wider.epsilon, finest)

    def opinion(self, ladder: Ladder, o: Any, known: _Known) -> _Opinion:
        """The verdict by a ladder."""
        samples = ladder.column(o)
        found = slope(samples)
        secants = np.abs(samples.rise + samples.fall) / (samples.ahead + samples.behind)
        coarse = (samples.ahead >= 0.05 * self.direction.scale) & np.isfinite(secants)
        around = max(known.steep, float(np.max(secants, initial=0.0, where=coarse)))
        # A derivative is no better known than the point: the curvature carries its rounding.
        shaken = 4 * self.direction.roundoff(self.point) * curvature(samples, found.best.step)
        return _Opinion(*judge(found, known.claim, known.tolerance + shaken, around), found)

    def second_opinion(
        self, first: _Opinion, ladder: Ladder, wide: Ladder, o: Any, known: _Known
    ) -> _Opinion:
        """The verdict by a ladder in wider precision, where the first one may be misled.

        It may if it is inconclusive or a close call, or if the wider ladder contradicts its
        slope: then what it took for the shape of the function was made by rounding. Such rounding
        is forgiven in the claim as well, which was computed in the same precision.
        """
        shared = len(wide.ahead)
        near = wide.ahead <= 0.1 * self.direction.scale
        rounded = np.abs(ladder.rise[:shared, o] - wide.rise[:, o])[near]
        error = float(np.max(rounded, initial=0.0, where=np.isfinite(rounded)))
        forgiven = 4 * error / min(1.0, self.direction.scale)
        second = self.opinion(wide, o, _Known(known.claim, known.tolerance + forgiven, known.steep))
        a, b = first.slope.best, second.slope.best
        same = first.slope.kind == second.slope.kind and abs(a.value - b.value) <= a.bar + b.bar
        misled = first.verdict == Verdict.INCONCLUSIVE or first.is_marginal(known.claim) or not same
        return second if misled else first


def _judge_from_afar(findings: Findings, i: Any, o: Any, wrong: bool) -> None:
    if not wrong:
        why = "too many elements are in doubt to look closely at each"
        _record(findings, i, o, Verdict.INCONCLUSIVE, why)


def _record(findings: Findings, i: Any, o: Any, verdict: Verdict, why: str) -> None:
    findings.verdicts[i, o] = verdict
    findings.reasons[int(i), int(o)] = why

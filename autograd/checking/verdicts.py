"""What is said of one claimed derivative: right, wrong, kink, or inconclusive."""

from __future__ import annotations

import math
from enum import StrEnum

from autograd.checking.extrapolation import Candidate, Slope

#: A bar this much of the derivative still means something: no error of 1e-3 hides behind it.
TIGHT = 4e-4
#: The same, relative to how steep the function is elsewhere near; for derivatives close to 0.
TIGHT_OF_SURROUNDINGS = 1e-7


class Verdict(StrEnum):
    """The verdict on one element.

    RIGHT: agrees within a bar that is tight enough to mean something. WRONG: disagrees by more
    than the bar allows. KINK: the one-sided derivatives differ, and the claim lies between them.
    INCONCLUSIVE: it cannot be told here, for a reason that is stated.
    """

    RIGHT = "right"
    KINK = "kink"
    INCONCLUSIVE = "inconclusive"
    WRONG = "wrong"


#: From harmless to grave.
GRAVITY = {verdict: rank for rank, verdict in enumerate(Verdict)}


def is_tight(bar: float, claim: float, value: float, surroundings: float) -> bool:
    """Whether a bar is narrow enough to call agreement a confirmation."""
    size = max(abs(claim), abs(value))
    return bar <= max(TIGHT * size, TIGHT_OF_SURROUNDINGS * surroundings)


def judge(slope: Slope, claim: float, tolerance: float, surroundings: float) -> tuple[Verdict, str]:
    """The verdict on a claim, and the reason if it is not plain.

    Parameters
    ----------
    slope : Slope
        What the function does.
    claim : float
        The derivative that is claimed.
    tolerance : float
        What the claim's own round-off may make of a right derivative.
    surroundings : float
        How steep the function is over larger steps.
    """
    best = slope.best
    if slope.kind in ("unknown", "jump"):
        return Verdict.INCONCLUSIVE, slope.why
    if slope.kind == "infinite":
        if claim == best.value:
            return Verdict.RIGHT, slope.why
        wrong = math.isinf(claim) or math.isnan(claim)
        return (Verdict.WRONG if wrong else Verdict.INCONCLUSIVE), slope.why
    if not math.isfinite(best.bar):
        return Verdict.INCONCLUSIVE, slope.why
    if not math.isfinite(claim):
        return Verdict.WRONG, f"the claim is {claim}, but f has a derivative here"
    if slope.kind == "kink":
        low = min(slope.left.low, slope.right.low) - tolerance
        high = max(slope.left.high, slope.right.high) + tolerance
        if low <= claim <= high:
            return Verdict.KINK, _one_sided(slope)
        return Verdict.WRONG, f"it lies outside the one-sided derivatives: {_one_sided(slope)}"
    off = abs(claim - best.value)
    if slope.kind == "flat" and off <= tolerance:
        return Verdict.RIGHT, ""
    if slope.kind == "dust" and off <= best.bar + tolerance:
        return Verdict.RIGHT, slope.why
    tight = is_tight(best.bar, claim, best.value, surroundings)
    if off <= best.bar + tolerance:
        return (Verdict.RIGHT, "") if tight else (Verdict.INCONCLUSIVE, slope.why)
    # A bar is an estimate as well: what lies just outside it is not condemned.
    if off > (2 if tight else 10) * best.bar + tolerance:
        return Verdict.WRONG, ""
    return Verdict.INCONCLUSIVE, slope.why


def _one_sided(slope: Slope) -> str:
    return f"{_number(slope.left)} from the left, {_number(slope.right)} from the right"


def _number(candidate: Candidate) -> str:
    return f"{candidate.value:.6g}"

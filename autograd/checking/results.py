"""The results of a check: element by element, point by point."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from autograd.checking.directions import Coordinate
from autograd.checking.examination import Findings
from autograd.checking.hints import ratio_in_words
from autograd.checking.verdicts import GRAVITY, Verdict

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Element:
    """One element of a gradient, where it looks worst among the outputs.

    Attributes
    ----------
    input : int
        Number of the input.
    index : tuple of int
        Index of the element in it.
    output : tuple of int or None
        Index of the element of the output whose derivative it is; None for a random weighting of
        all outputs, or if there is only one.
    claim, estimate, bar : float
        The derivative that was claimed, the one that was estimated, and how far off that may be.
    verdict : Verdict
        The verdict.
    why : str
        The reason, if the numbers do not tell.
    where : str
        At which point: "the given point", or the name of a probe.
    at : float
        The value of the element there.
    """

    input: int
    index: tuple[int, ...]
    output: tuple[int, ...] | None
    claim: float
    estimate: float
    bar: float
    verdict: Verdict
    why: str
    where: str
    at: float

    @property
    def name(self) -> str:
        """Where it stands, such as ``input 1 [2, 0]``."""
        place = f" {list(self.index)}" if self.index else ""
        target = f" of output {list(self.output)}" if self.output else ""
        return f"input {self.input}{place}{target}"

    @property
    def hint(self) -> str:
        """What the two numbers have to do with each other, where no other reason is given."""
        if self.why or self.verdict != Verdict.WRONG:
            return ""
        return ratio_in_words(self.claim, self.estimate)

    @property
    def badness(self) -> float:
        """How many bars the claim is off."""
        off = abs(self.claim - self.estimate)
        return off / max(self.bar, 1e-300) if math.isfinite(off) else math.inf


@dataclass
class InputResult:
    """What was found for one input at one point; arrays of its shape.

    `whole` holds claims, estimates and bars for one random weighting of all outputs, in which
    patterns show: each element of the other arrays may belong to another output.
    """

    number: int
    claims: Array
    estimates: Array
    bars: Array
    verdicts: Array
    whole: Array
    elements: list[Element] = field(default_factory=list)


def by_input(
    findings: Findings,
    directions: Sequence[Coordinate],
    point: Sequence[Array],
    out_shape: tuple[int, ...],
    each: bool,
    where: str,
) -> list[InputResult]:
    """Findings sorted into inputs: for each element what looks worst among the outputs."""
    results = [
        InputResult(
            i,
            np.full(x.shape, np.nan),
            np.full(x.shape, np.nan),
            np.full(x.shape, np.nan),
            np.full(x.shape, Verdict.RIGHT, dtype=object),
            np.full((3, *x.shape), np.nan),
        )
        for i, x in enumerate(point)
    ]
    outputs = findings.claims.shape[1]
    weights = np.random.default_rng(0).standard_normal(outputs) if each else np.eye(1, outputs)[0]
    whole = np.stack(
        [findings.claims @ weights, findings.values @ weights, findings.bars @ np.abs(weights)]
    )
    worst = _worst_outputs(findings) if outputs else []
    for row, (direction, o) in enumerate(zip(directions, worst, strict=False)):
        result = results[direction.slot]
        place = direction.places[0]
        x = point[direction.slot]
        element = Element(
            direction.slot,
            tuple(int(i) for i in np.unravel_index(place, x.shape)),
            tuple(int(i) for i in np.unravel_index(o, out_shape)) if each and out_shape else None,
            float(findings.claims[row, o]),
            float(findings.values[row, o]),
            float(findings.bars[row, o]),
            findings.verdicts[row, o],
            findings.reasons.get((row, o), ""),
            where,
            float(x.flat[place]),
        )
        result.elements.append(element)
        for p in direction.places:
            result.whole.reshape(3, -1)[:, p] = whole[:, row]
            result.claims.flat[p] = element.claim
            result.estimates.flat[p] = element.estimate
            result.bars.flat[p] = element.bar
            result.verdicts.flat[p] = element.verdict
    return results


def _worst_outputs(findings: Findings) -> list[int]:
    """For each direction the output with the gravest verdict; of those the one most off."""
    gravity = np.array([GRAVITY[v] for v in findings.verdicts.flat])
    gravity = gravity.reshape(findings.verdicts.shape)
    gravest = gravity.max(axis=1, keepdims=True)
    bars_off = np.abs(findings.claims - findings.values) / np.maximum(findings.bars, 1e-300)
    # Of right ones the output that the element matters most for.
    right = gravest == GRAVITY[Verdict.RIGHT]
    badness = np.where(right, np.abs(findings.claims), np.nan_to_num(bars_off, nan=np.inf))
    worst = np.argmax(np.where(gravity == gravest, badness, -1.0), axis=1)
    return [int(o) for o in worst]

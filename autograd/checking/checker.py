"""The check itself: the given point, the rules of conduct, the probes, what is left in doubt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd.checking import conduct, hints
from autograd.checking.claimant import Claimant
from autograd.checking.directions import (
    Coordinate,
    element_directions,
    random_direction,
)
from autograd.checking.domains import ANYWHERE, Domain, all_within
from autograd.checking.examination import Claims, Findings, examine
from autograd.checking.first_look import agrees_at_a_glance
from autograd.checking.inputs import Input
from autograd.checking.precision import EXTENDED, RELATIVE, cancellation, wider_point, working_point
from autograd.checking.probes import probes
from autograd.checking.report import Report
from autograd.checking.results import Element, InputResult, by_input
from autograd.checking.sampling import Outputs, Place
from autograd.checking.subjects import Subject, as_array
from autograd.checking.verdicts import Verdict

Array = np.ndarray[Any, Any]

#: Outputs that are looked at one by one; of more, some random weightings of all.
_MOST_OUTPUTS = 32
_WEIGHTINGS = 3
GIVEN = "the given point"


@dataclass
class _Point:
    """A point ready to be examined."""

    name: str
    arrays: list[Array]
    centre: Array
    gradients: Array


class Checker:
    """One run of `gradcheck`."""

    def __init__(
        self,
        subject: Subject,
        inputs: Sequence[Input],
        domains: Sequence[Domain],
        *,
        fast: bool,
        seed: int,
        policy: str,
    ) -> None:
        self.subject = subject
        self.inputs = inputs
        self.domains = domains
        self.anywhere = all(d is ANYWHERE for d in domains)
        self.fast = fast
        self.rng = np.random.default_rng(seed)
        own = [i.array for i in inputs]
        if not all_within(domains, own):
            raise ValueError(
                "the inputs lie outside the domain that was given: "
                + ", ".join(f"input {i} in {d!r}" for i, d in enumerate(domains))
            )
        self.arrays, out, self.grain = working_point(subject, own)
        self.shape = out.shape
        self.epsilon = float(np.finfo(self.grain).eps)
        coarsest = min(x.dtype.itemsize for x in [*own, np.empty(0, self.grain)])
        self.relative = RELATIVE.get(coarsest, 1e-9)
        self.claim_epsilon = {2: 1e-3, 4: 1.2e-7}.get(coarsest, 2.3e-16)
        self.centre = out.astype(float).ravel()
        self.outputs = self._choose_outputs(out.size, 1 if fast else _MOST_OUTPUTS, _WEIGHTINGS)
        # At probes only the whole counts: it is taken apart once it looks wrong.
        self.outputs_of_probes = self._choose_outputs(out.size, 1, 1)
        self.claimant = Claimant(subject, inputs, self.shape, self.grain, self.claim_epsilon)
        self.typical = 0.0
        self.is_direction_wrong = False
        self.report = Report(subject.claimant, str(self.grain), [], seed=seed, policy=policy)

    def _choose_outputs(self, size: int, most: int, weightings: int) -> Outputs:
        if size <= most:
            return Outputs(np.eye(size), each=True)
        return Outputs(self.rng.standard_normal((weightings, size)), each=False)

    # --- the steps ----------------------------------------------------------------------------

    def run(self, probe: bool) -> Report:
        """Everything, in order."""
        report = self.report
        if not self._check_f():
            return report
        if not np.isfinite(self.centre).all():
            values = np.unique(self.centre[~np.isfinite(self.centre)])
            report.problems.append(
                f"f returns {', '.join(map(str, values))} at the given point: there is no "
                "derivative to check."
            )
            return report
        weights = self.rng.standard_normal((2, self.centre.size))
        report.problems += self.claimant.behave(self.arrays, self.centre, weights)
        report.misfits = self.claimant.misfits
        gradients = self.claimant.claimed(self.arrays, self.outputs)
        points = list(self._probes()) if probe and self._has_elements() else []
        self.typical = _typical([p.gradients for p in points] or [gradients])
        given = _Point(GIVEN, self.arrays, self.centre, gradients)
        if self.fast:
            self._check_directions(given)
        else:
            report.inputs = self._check_elements(given)
            self._hint()
        for point in points:
            if self._has_gone_wrong():
                report.notes.append("other points are looked at after this is put right.")
                return report
            self._check_probe(point)
        self._confirm(points)
        return report

    def _has_gone_wrong(self) -> bool:
        """Whether there is something to be put right before more numbers mean anything."""
        wrong = self.report.misfits or self.report.wrong or self.is_direction_wrong
        return bool(wrong) or self.claimant.is_erratic

    def _has_elements(self) -> bool:
        return bool(self.centre.size) and any(x.size for x in self.arrays)

    def _check_f(self) -> bool:
        """Whether f is a function."""
        arguments = [np.array(x) for x in self.arrays]
        handed = [i.wrap(x) for i, x in zip(self.inputs, arguments, strict=True)]
        if self.subject.by_hand:
            again = as_array(self.subject.f(*handed))  # type: ignore[attr-defined]
            self.report.problems += conduct.changed(self.arrays, handed, "f", "input")
        else:
            again = as_array(self.subject.value(self.arrays))
        off = conduct.differs(self.centre, again.astype(float).ravel(), self.epsilon)
        if off:
            self.report.problems.append(
                f"f is not deterministic: two calls at the same point differ by {off:.2g}. Seed "
                "its random numbers, or pass them in."
            )
        return not off

    def _check_elements(self, point: _Point) -> list[InputResult]:
        directions = self._coordinates(point.arrays, range(len(point.arrays)))
        findings = self._examine(point, directions)
        each = self.outputs.each
        return by_input(findings, directions, point.arrays, self.shape, each, point.name)

    def _check_directions(self, point: _Point) -> None:
        """A few random directions in place of all elements."""
        directions = [self._random_direction(point.arrays) for _ in range(3)]
        findings = self._examine(point, directions)
        told = self._tell_of_direction(findings, point.name)
        if not told and not (findings.verdicts == Verdict.RIGHT).any():
            self.report.notes.append("no random direction gave a clear answer.")
        self.report.notes.append(
            "fast=True: three random directions at each point. An error is seen only as part of "
            "a sum over all elements: one that is small against the whole gradient may pass, and "
            "kinks, ties and verdicts of single elements are not told."
        )

    def _tell_of_direction(self, findings: Findings, where: str) -> bool:
        """Report the first wrong direction; whether there is one."""
        wrong = np.argwhere(findings.verdicts == Verdict.WRONG)
        for i, o in wrong[:1]:
            self.report.problems.append(
                f"along a random direction at {where} the derivative is {findings.values[i, o]:.8g}"
                f" ± {findings.bars[i, o]:.1g}, but {self.subject.claimant} claims "
                f"{findings.claims[i, o]:.8g}; run without fast=True to see which element."
            )
        self.is_direction_wrong = bool(len(wrong))
        return self.is_direction_wrong

    def _check_probe(self, point: _Point) -> None:
        """One direction; element by element only if that is wrong."""
        self.report.probed.append(point.name)
        direction = self._random_direction(point.arrays)
        outputs = self.outputs_of_probes
        if agrees_at_a_glance(self._place(point), direction, outputs, point.gradients):
            return
        findings = self._examine(point, [direction], self.outputs_of_probes, in_passing=True)
        if self.fast:
            self._tell_of_direction(findings, f"the probe {point.name!r}")
            return
        if not (findings.verdicts == Verdict.WRONG).any():
            return
        results = self._check_elements(self._closer(point))
        wrong = [e for r in results for e in r.elements if e.verdict == Verdict.WRONG]
        self.report.elsewhere += wrong

    def _closer(self, point: _Point) -> _Point:
        """A probe with the claims for all outputs that are looked at."""
        gradients = self.claimant.claimed(point.arrays, self.outputs)
        return _Point(point.name, point.arrays, point.centre, gradients)

    def _confirm(self, points: Sequence[_Point]) -> None:
        """Look at probes for what is inconclusive at the given point."""
        open_ = [
            e for r in self.report.inputs for e in r.elements if e.verdict == Verdict.INCONCLUSIVE
        ]
        for point in points:
            if not open_ or self.report.policy != "confirm":
                break
            point = self._closer(point)
            chosen = {_place_of(e, point) for e in open_}
            slots = sorted({slot for slot, _ in chosen})
            directions = [
                d for d in self._coordinates(point.arrays, slots) if (d.slot, d.places[0]) in chosen
            ]
            told = self._examine(point, directions).verdicts
            good = ((told == Verdict.RIGHT) | (told == Verdict.KINK)).all(axis=1)
            confirmed = {
                (d.slot, d.places[0]) for d, ok in zip(directions, good, strict=True) if ok
            }
            open_ = [e for e in open_ if _place_of(e, point) not in confirmed]
        self.report.unconfirmed = open_

    def _hint(self) -> None:
        """Patterns in what is wrong at the given point."""
        report = self.report
        wrong = [r for r in report.inputs if (r.verdicts == Verdict.WRONG).any()]
        for result in wrong:
            bad = result.verdicts == Verdict.WRONG
            x = self.arrays[result.number]
            claims, estimates, bars = result.whole
            words = hints.pattern(claims, estimates, bars, x, bad)
            if words:
                report.hints.append(f"the gradient of input {result.number}: {words}")
        if wrong and len(report.inputs) > 1:
            report.hints += hints.exchanged(
                [r.whole[0] for r in report.inputs], [r.whole[1] for r in report.inputs]
            )
        if report.misfits:
            self._hint_at_missing_sums()

    def _hint_at_missing_sums(self) -> None:
        """Whether gradients of another shape are right once they are summed."""
        cotangents = self.claimant.cotangents(self.outputs)[:1]
        (raw,) = self.subject.gradients(self.arrays, cotangents)
        gradients = conduct.in_form(raw, len(self.inputs)) or []
        for number in sorted(self.report.misfits):
            words = hints.unsummed(np.asarray(gradients[number]), self._row(number, 0))
            if words:
                self.report.hints.append(f"the gradient of input {number}: {words}")

    def _row(self, number: int, output: int) -> Array:
        """Estimates for one input and one output."""
        directions = self._coordinates(self.arrays, [number])
        outputs = Outputs(self.outputs.cotangents[output : output + 1], each=False)
        nothing = np.full((1, sum(x.size for x in self.arrays)), np.nan)
        place = Place(self._evaluate, self.arrays, self.centre, self.epsilon)
        findings = examine(place, directions, outputs, Claims(nothing, nothing, self.relative))
        values = np.zeros(self.arrays[number].shape)
        for direction, value in zip(directions, findings.values[:, 0], strict=True):
            values.flat[direction.places] = value
        return values

    # --- what they are made of ----------------------------------------------------------------

    def _evaluate(self, arrays: Sequence[Array]) -> Array:
        """The numbers f returns; nan outside its domain, which is also where it raises."""
        if self.anywhere or all_within(self.domains, arrays):
            try:
                out = as_array(self.subject.value(arrays))
            except Exception:
                out = np.empty(0)
            if out.shape == self.shape:
                return out.ravel()
        return np.full(self.centre.shape, np.nan)

    def _examine(
        self,
        point: _Point,
        directions: Sequence[Any],
        outputs: Outputs | None = None,
        in_passing: bool = False,
    ) -> Findings:
        return examine(
            self._place(point), directions, outputs or self.outputs, self._claims(point),
            lambda: self._wider(point), in_passing,
        )  # fmt: skip

    def _place(self, point: _Point) -> Place:
        return Place(self._evaluate, point.arrays, point.centre, self.epsilon)

    def _claims(self, point: _Point) -> Claims:
        slack = cancellation(point.gradients, self.typical, self.claim_epsilon)
        return Claims(point.gradients, slack, self.relative)

    def _wider(self, point: _Point) -> Place | None:
        out = wider_point(self.subject, point.arrays, self.shape)
        if out is None or not np.isfinite(out).all():
            return None
        arrays = [x.astype(EXTENDED) for x in point.arrays]
        return Place(self._evaluate, arrays, out.ravel(), float(np.finfo(EXTENDED).eps))

    def _coordinates(self, arrays: Sequence[Array], slots: Sequence[int]) -> list[Coordinate]:
        return [
            direction
            for slot in slots
            for direction in element_directions(
                arrays, slot, self.grain, self.domains[slot].symmetric
            )
        ]

    def _random_direction(self, arrays: Sequence[Array]) -> Any:
        symmetric = [d.symmetric for d in self.domains]
        return random_direction(arrays, self.rng, self.grain, symmetric)

    def _probes(self) -> Any:
        """Probes at which f has a value and a claim can be had."""
        for name, alternatives in probes(self.arrays, self.domains, self.rng):
            for arrays in alternatives:
                centre = self._evaluate(arrays)
                if not np.isfinite(centre).all():
                    continue
                try:
                    gradients = self.claimant.claimed(arrays, self.outputs_of_probes)
                except Exception as error:
                    self.report.notes.append(
                        f"{self.subject.claimant} raises {type(error).__name__} at the probe "
                        f"{name!r}, where f does not."
                    )
                    break
                yield _Point(name, arrays, centre, gradients)
                break


def _place_of(element: Element, point: _Point) -> tuple[int, int]:
    """The input of an element, and its place there counted in a row."""
    shape = point.arrays[element.input].shape
    place = int(np.ravel_multi_index(element.index, shape)) if shape else 0
    return element.input, place


def _typical(gradients: Sequence[Array]) -> float:
    """The usual size of the largest element of a gradient."""
    largest = np.concatenate(
        [np.max(np.abs(g), axis=1, initial=0.0, where=np.isfinite(g)) for g in gradients]
    )
    nonzero = largest[largest > 0]
    return float(np.median(nonzero)) if nonzero.size else 0.0

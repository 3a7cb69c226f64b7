"""The report of a check: what to do next, in at most a screen; everything on request."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from autograd.checking.results import Element, InputResult
from autograd.checking.verdicts import GRAVITY, Verdict

#: Lines for elements in the short form.
_MOST_ELEMENTS = 8
#: What `inconclusive=` may say.
POLICIES = ("confirm", "fail", "pass")


@dataclass
class Report:
    """What `gradcheck` found. True if nothing is wrong.

    Attributes
    ----------
    claimant : str
        Whose derivative was checked: "reverse mode", "vjp", "gradient", "PyTorch", "JAX".
    precision : str
        The precision in which differences were taken.
    inputs : list of InputResult
        For each input the claims, estimates, bars and verdicts at the given point, as arrays.
    problems : list of str
        What is wrong besides numbers, a sentence each.
    notes : list of str
        What the check could not do or see.
    misfits : set of int
        Inputs whose gradient has not the form of a gradient at all.
    elsewhere : list of Element
        Elements found wrong at a probe; the others are not looked at then, nor is any if an
        element is wrong at the given point.
    probed : list of str
        The probes that were looked at, by name.
    seed : int
        Of the random numbers for probes and directions.
    hints : list of str
        What all wrong elements of an input have in common.
    unconfirmed : list of Element
        Elements that are inconclusive here and were not found right at any probe either.
    policy : str
        What an inconclusive element does to `ok`.
    second : Report or None
        The check of second derivatives.
    """

    claimant: str
    precision: str
    inputs: list[InputResult]
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    misfits: set[int] = field(default_factory=set)
    elsewhere: list[Element] = field(default_factory=list)
    probed: list[str] = field(default_factory=list)
    seed: int = 0
    hints: list[str] = field(default_factory=list)
    unconfirmed: list[Element] = field(default_factory=list)
    policy: str = "confirm"
    second: Report | None = None

    @property
    def ok(self) -> bool:
        """Whether no element is wrong, no rule is broken, and enough could be told."""
        if self.problems or self.wrong or not (self.second is None or self.second.ok):
            return False
        if self.policy == "fail":
            return not self._all(Verdict.INCONCLUSIVE)
        return self.policy == "pass" or not self.unconfirmed

    def __bool__(self) -> bool:
        return self.ok

    @property
    def verdicts(self) -> list[np.ndarray[Any, Any]]:
        """For each input an array of its shape with the verdicts at the given point."""
        return [result.verdicts for result in self.inputs]

    @property
    def wrong(self) -> list[Element]:
        """All elements found wrong, at the given point and elsewhere."""
        return [*self._all(Verdict.WRONG), *self.elsewhere]

    @property
    def worst(self) -> Element | None:
        """The element that is off by most bars, of those with the gravest verdict."""
        elements = [*(e for result in self.inputs for e in result.elements), *self.elsewhere]
        return max(elements, key=lambda e: (GRAVITY[e.verdict], e.badness), default=None)

    def _all(self, verdict: Verdict) -> list[Element]:
        return [e for result in self.inputs for e in result.elements if e.verdict == verdict]

    # --- in words -----------------------------------------------------------------------------

    def headline(self) -> str:
        """The outcome in one line."""
        counts = Counter(e.verdict for result in self.inputs for e in result.elements)
        told = ", ".join(f"{counts[v]} {v}" for v in reversed(Verdict) if counts[v])
        away = f"; {len(self.elsewhere)} wrong elsewhere" if self.elsewhere else ""
        count = len(self.problems)
        more = f"; {count} problem{'s' * (count > 1)}" if count else ""
        outcome = "ok" if self.ok else "FAILED"
        return f"gradcheck of {self.claimant}: {outcome} ({told or 'no elements'}{away}{more})"

    def __str__(self) -> str:
        lines = [self.headline()]
        lines += [f"  ! {problem}" for problem in self.problems[:6]]
        lines += [f"  > {hint}" for hint in self.hints[:4]]
        lines += self._element_lines()
        lines += [f"  note: {note}" for note in self.notes[:4]]
        if self.probed:
            lines.append(
                f"  Looked at the given point and {len(self.probed)} others (seed {self.seed}), "
                f"in {self.precision}."
            )
        if self.second is not None:
            lines += [
                "second derivatives:",
                *(f"  {line}" for line in str(self.second).split("\n")),
            ]
        return "\n".join(lines)

    __repr__ = __str__

    def _element_lines(self) -> list[str]:
        shown = sorted(self._all(Verdict.WRONG), key=lambda e: -e.badness)
        shown = [e for e in shown if e.input not in self.misfits]
        shown += sorted(self.elsewhere, key=lambda e: -e.badness)
        if not self.ok:
            unclear = self._all(Verdict.INCONCLUSIVE)
            shown += self.unconfirmed if self.policy == "confirm" else unclear
        lines = _aligned(shown[:_MOST_ELEMENTS])
        if len(shown) > _MOST_ELEMENTS:
            lines.append(f"  … and {len(shown) - _MOST_ELEMENTS} more; .table() lists all")
        return lines

    def table(self) -> str:
        """Every element at the given point, and those found wrong elsewhere."""
        elements = [e for result in self.inputs for e in result.elements]
        return "\n".join([self.headline(), *_aligned([*elements, *self.elsewhere])])

    def _repr_html_(self) -> str:
        from autograd.checking.html import page_of

        return page_of(self)


def _aligned(elements: list[Element]) -> list[str]:
    rows = [_cells(element) for element in elements]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)] if rows else []
    return [
        "  " + "  ".join(cell.ljust(n) for cell, n in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


def _cells(element: Element) -> tuple[str, ...]:
    at = "" if element.where == "the given point" else f" at {element.at:.4g} ({element.where})"
    return (
        str(element.verdict),
        element.name + at,
        f"claimed {element.claim:.10g}",
        estimate_in_words(element),
        "; ".join(part for part in (element.hint, element.why) if part),
    )


def estimate_in_words(element: Element) -> str:
    """The estimate with its bar; what is known of it where there is none."""
    if np.isinf(element.estimate):
        return f"estimate {element.estimate:g}"
    if not np.isfinite(element.bar):
        return "no estimate"
    return f"estimate {element.estimate:.10g} ± {element.bar:.1g}"

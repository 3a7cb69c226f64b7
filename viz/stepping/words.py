"""What one flow does, in words: templates, filled in by `viz.stepping.equations`."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd import Flow
from viz.scene.numbers import Summary
from viz.stepping.figures import Arrival, Figures
from viz.stepping.formulas import STEEPEST
from viz.stepping.notation import as_text

#: Below this part of its steepest slope an activation counts as nearly saturated.
_SATURATED = 0.1
#: Above this part of its steepest slope a sigmoid does nearly the best it can.
_NEAR_BEST = 0.8
#: Local derivatives from which on a sentence says that the gradient shrinks, or grows.
_SHRINKS, _GROWS = 0.1, 10.0


def passage(flow: Flow, figures: Figures, formula: str, known: bool) -> str:
    """What an operation does with the gradient that arrives.

    Parameters
    ----------
    flow : Flow
        The edge.
    figures : Figures
        Its numbers.
    formula : str
        The local derivative as an expression; if the operation is not elementwise, what it does
        in words.
    known : bool
        Whether the formula is a mere number once it is filled in.
    """
    if figures.contribution.nonfinite:
        return _nonfinite(flow, figures, formula)
    if flow.nothing_arrived:
        return "Nothing arrives from above: ∂{L}/∂{y} is exactly 0 already, so {op} passes on 0."
    if figures.local is None:
        left = ", and exactly 0 is left of it here" if flow.closed else ""
        return f"{formula[0].upper()}{formula[1:]}{left}."
    how = as_text(formula)
    if np.asarray(flow.local).dtype == bool:
        return _gate(figures.local, how)
    if flow.closed:
        return _closed(figures.local, how, saturating(flow, formula))
    said = _passes(figures.local, how, known) + _remark(flow, figures.local, formula)
    return f"{said}." + (
        " It is summed over all places where {x} was used." if figures.repeated else ""
    )


def accumulation(figures: Figures, arrival: Arrival) -> str:
    """What the operand has received by now."""
    if arrival.expected == 1:
        return "That is the whole gradient of {target}: {after}."
    if arrival.number == 1:
        return "{target} has {after} so far: the first of {expected} contributions."
    total = "{before} + {added} = {after}" if figures.scalar else "{after}"
    which = "the last" if arrival.last else "number {arrived}"
    return f"Contributions add up: {{target}} has {total} now, {which} of {{expected}}."


def question(call: str, legend: str) -> str:
    """What a learner is asked before a flow of scalars is shown."""
    return (
        f"{{y}} = {call}, where {legend}. "
        "∂{L}/∂{y} = {upstream} arrives. What is added to ∂{L}/∂{x}?"
    )


def _nonfinite(flow: Flow, figures: Figures, formula: str) -> str:
    many = bool(figures.contribution.shape)
    what = "NaN or ∞ in {bad} of {size} elements" if many else "{contribution}"
    if figures.upstream.nonfinite:
        return f"NaN or ∞ has arrived from above already; {{op}} passes on {what}."
    if figures.local is None:
        return f"{{op}} makes {what} of a finite gradient."
    how = as_text(formula)
    if not figures.local.nonfinite:
        return f"What arrives times {how} is too large for a float: {{op}} passes on {what}."
    zero = np.any((np.asarray(flow.upstream) == 0) & ~np.isfinite(flow.local))
    why = "and 0 times that is NaN" if zero else "though what arrives is finite"
    return f"{{op}} makes {what}: its local derivative {how} is not finite, {why}."


def _gate(gate: Summary, how: str) -> str:
    """For a local derivative that is True or False."""
    if how == "0":
        return "{op} is flat: its derivative is 0 everywhere, so nothing passes."
    if gate.zeros == 0:
        return f"The gate of {{op}} is open ({how}): all of what arrives passes."
    if gate.zeros == gate.size:
        return f"The gate of {{op}} is closed ({how}): {{upstream}} arrives, and exactly 0 passes."
    return (
        f"The gate of {{op}} ({how}) is closed for {{closed}} of {{places}} elements, which "
        "receive exactly 0; for the others all passes."
    )


def _closed(slope: Summary, how: str, saturating: bool) -> str:
    if slope.magnitude:
        return f"What arrives times {how} is too small for a float: it becomes 0."
    remark = "fully saturated" if saturating else "exactly nothing passes"
    if " if " in how:
        return f"{{op}} passes on 0 of what arrives ({how}): {remark}."
    return f"{{op}} passes on {how} = 0 of what arrives: {remark}."


def _passes(slope: Summary, how: str, known: bool) -> str:
    if how == "1":
        return "{op} hands on what arrives unchanged"
    if how == "−1":
        return "{op} hands on what arrives with the opposite sign"
    of = "of" if 0 <= slope.low <= slope.high <= 1 else "times"
    if known:
        return f"{{op}} passes on {{slope}} {of} what arrives"
    if slope.shape or " if " in how:
        return f"{{op}} passes on {{slope}} {of} what arrives ({how})"
    return f"{{op}} passes on {how} = {{slope}} {of} what arrives"


def _remark(flow: Flow, slope: Summary, formula: str) -> str:
    """What is notable about a local derivative."""
    if saturating(flow, formula):
        if np.any(saturated(flow)):
            return f": {'{flat} of {places} are ' if slope.shape else ''}nearly saturated"
        if flow.source.op == "sigmoid" and slope.low > _NEAR_BEST * STEEPEST["sigmoid"]:
            return ", and a sigmoid never passes on more than 0.25"
        return ""
    if slope.magnitude <= _SHRINKS:
        return ": the gradient shrinks"
    return ": the gradient grows" if slope.magnitude >= _GROWS else ""


def saturating(flow: Flow, formula: str) -> bool:
    """Whether the operation is one of our activation functions that can saturate."""
    return flow.source.op in STEEPEST and formula != "slope"


def saturated(flow: Flow) -> Any:
    """Where such a function is much flatter than it can be."""
    return np.abs(flow.local) < _SATURATED * STEEPEST[flow.source.op]

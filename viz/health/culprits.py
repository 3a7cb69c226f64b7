"""Sentences about what makes a gradient small or large."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from autograd import Flow, Value
from viz.health import remedies
from viz.health.explanation import Culprit
from viz.health.places import Place, Places
from viz.health.sizes import flat
from viz.health.survey import FLAT, FLAT_SHARE, GATES, STEEPEST
from viz.scene.numbers import number

#: Operations whose local derivative is 1: only how contributions meet makes a difference.
_SUMS = {"add", "subtract"}
#: So many bits are more than what healthy layers cost or add.
_ODD = 1.5


#: Kind of a culprit, the beginning of its sentence, advice and figures.
Reason = tuple[str, str, str, dict[str, float]]


@dataclass
class Site:
    """What bits are charged to: one operation in one place, the weights of a layer, its input.

    Attributes
    ----------
    what : str
        Name of the operation; "weights" or "input" of a layer; "meeting", where paths meet.
    place : Place or None
        As in `Places`.
    bits : float
        What was charged so far.
    flows : list of Flow
        The edges.
    """

    what: str
    place: Place | None
    bits: float = 0.0
    flows: list[Flow] = field(default_factory=list)
    _worst: tuple[float, Flow | None] = (-1.0, None)

    def add(self, flow: Flow, share: float, bits: float) -> None:
        """Charge an edge, weighted by the share of the gradient that came over it."""
        self.bits += share * bits
        self.flows.append(flow)
        if share * abs(bits) > self._worst[0]:
            self._worst = (share * abs(bits), flow)

    @property
    def worst(self) -> Flow:
        """The edge that matters most."""
        return self._worst[1] or self.flows[0]

    @property
    def uses(self) -> int:
        """How many operations on arrays were charged; 1 for scalars, which always are many."""
        if isinstance(self.worst.source, Value):
            return 1
        return len({flow.source for flow in self.flows})

    @property
    def slopes(self) -> Any:
        """Absolute local derivatives of an elementwise operation, all in one array."""
        return np.abs(
            flat(
                np.broadcast_to(np.asarray(flow.local, dtype=float), np.shape(flow.source.data))
                for flow in self.flows
            )
        )


def describe(site: Site, places: Places) -> Culprit:
    """Say what costs or adds bits at a site."""
    kind, text, advice, figures = _reason(site, places)
    one = text.split()[1] not in ("weights", "contributions")
    verb = ("costs" if one else "cost") if site.bits < 0 else ("adds" if one else "add")
    costs = f"{verb} {abs(site.bits):.1f} bits"
    often = f" over {site.uses} uses" if site.uses > 1 else ""
    return _culprit(site, places, kind, f"{text}{often}, {costs}.", advice, figures)


def _reason(site: Site, places: Places) -> Reason:
    """What the paths, the weights or the input of a layer, or an operation does."""
    loses, where = site.bits < 0, _where(site, places)
    if site.what == "meeting":
        which = where if site.place else f"at {site.worst.target.name or 'this variable'}"
        if loses:
            return "cancellation", f"the contributions that meet {which} cancel", "", {}
        return "several paths", f"the contributions of several paths add up {which}", "", {}
    if site.what == "weights":
        factor = 2.0**site.bits
        figures = {"factor": factor}
        text = f"the weights {where} pass ×{number(factor, 2)} of the gradient"
        advice = remedies.LARGER_WEIGHTS if loses else remedies.SMALLER_WEIGHTS
        kind = "small weights" if loses else "large weights"
        return kind, text, advice if abs(site.bits) > _ODD else "", figures
    if site.what == "input":
        figures = {"rms": 2.0**site.bits}
        size = "small" if loses else "large"
        text = f"the input of the weights {where} has an RMS of {number(figures['rms'], 2)}"
        advice = remedies.NORMALISED_INPUTS if abs(site.bits) > _ODD else ""
        return f"{size} input", text, advice, figures
    return _reason_of_operation(site, where)


def _reason_of_operation(site: Site, where: str) -> Reason:
    """What an operation does that is no product with weights."""
    loses, op = site.bits < 0, site.worst.source.op
    if op in GATES:
        shut = float(np.mean(site.slopes == 0))
        text = f"{op} {where} is closed for {shut:.0%} of the batch"
        advice = remedies.OPEN_GATES if site.bits < -_ODD else ""
        return "closed gate", text, advice, {"closed": shut}
    if op in _SUMS:
        if loses:
            return "cancellation", f"the contributions of the batch cancel {where}", "", {}
        return "several paths", f"the contributions of the batch add up {where}", "", {}
    if site.worst.local is None:
        text = f"{op} {where} passes ×{number(2.0**site.bits, 2)} of the gradient"
        return ("small slope" if loses else "large slope"), text, "", {}
    slopes = site.slopes
    slope = float(np.mean(slopes))
    figures = {"slope": slope}
    if op in STEEPEST and loses:
        flat_share = float(np.mean(slopes < FLAT_SHARE * STEEPEST[op]))
        if flat_share > 0.4:
            figures["saturated"] = flat_share
            text = f"{op} {where} is saturated: mean local derivative {number(slope, 2)}"
            return "saturated", text, remedies.NOT_SATURATED, figures
        if op == "sigmoid":
            text = f"sigmoid {where} passes at most 0.25: mean local derivative {number(slope, 2)}"
            return "sigmoid", text, remedies.NO_SIGMOID, figures
    text = f"{op} {where} has a mean local derivative of {number(slope, 2)}"
    return ("small slope" if loses else "large slope"), text, "", figures


def describe_stop(site: Site, places: Places) -> Culprit:
    """Say why a site lets exactly nothing through."""
    where, op = _where(site, places), site.worst.source.op
    figures: dict[str, float] = {}
    if site.what == "weights":
        kind, text, advice = "zero weights", f"the weights {where} are 0", remedies.RANDOM_WEIGHTS
    elif site.what == "input":
        kind, text = "zero input", f"the input of the weights {where} is exactly 0"
        advice = "another batch; or look at what makes this input, with viz.diagnose(loss)."
    elif op in FLAT:
        kind, text, advice = "flat", f"{op} {where} is flat everywhere", remedies.NOT_FLAT
    elif op in GATES:
        figures["closed"] = float(np.mean(site.slopes == 0))
        kind, advice = "closed gate", remedies.OPEN_GATES
        text = f"{op} {where} is closed for {figures['closed']:.0%} of the batch"
        if figures["closed"] < 1:
            text += ", and for all that arrives from above"
    else:
        kind, advice = "zero slope", ""
        text = f"the derivative of {op} {where} is exactly 0 wherever a gradient arrives"
    return _culprit(site, places, kind, f"{text}: nothing passes.", advice, figures)


def _culprit(
    site: Site, places: Places, kind: str, sentence: str, advice: str, figures: dict[str, float]
) -> Culprit:
    layer = "" if site.place is None else places.name(site.place)
    node = site.worst.source
    # Outside any layer, `where` is empty.
    sentence = " ".join(sentence.split()).replace(" ,", ",")
    if sentence.startswith("the "):
        sentence = f"T{sentence[1:]}"
    return Culprit(kind, layer, node.op, site.bits, sentence, advice, node, figures)


def _where(site: Site, places: Places) -> str:
    name = "" if site.place is None else places.name(site.place)
    return f"in {name}" if name and name != "(no scope)" else ""

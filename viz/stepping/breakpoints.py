"""Breakpoints: where to stop, in a language so small that a page can speak it too.

A condition is one or more terms with ``and`` between them; a term is one of

=================================  ==============================================================
``gain < 1e-2``                    `Flow.gain`: the contribution in proportion to what arrived
``|grad| < 1e-6``                  size of the target's gradient (RMS for an array), asked once,
                                   when its last contribution is in
``nonfinite``                      NaN or ∞ in the contribution, or in the sum for the first time
``op == "tanh"``                   operation that the gradient comes from
``scope == "fc2"``                 module of that operation: fc2 itself or anything inside it
``node == "w1"``                   something is added to the gradient of this node; a bare
                                   ``w1`` or ``tanh #2`` says the same, if it is all there is
=================================  ==============================================================

The numbers know ``<  <=  >  >=  ==  !=``, the texts ``==`` and ``!=``; texts stand in double or
single quotes. A comparison with NaN (no gain, gradient not complete) is false, also with ``!=``.
Several breakpoints are alternatives; there is no ``or``, no ``not`` and no parenthesis.

`Facts` has what the terms ask for; in the data for a page it stands with every flow.
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, NamedTuple

from autograd import Flow
from autograd.observing import is_finite
from viz.scene.numbers import magnitude
from viz.stepping.figures import Arrival

_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}
_TERM = re.compile(
    r"""\s*(?:
        (?P<flag>nonfinite)
      | (?P<quantity>gain|\|grad\|) \s* (?P<compare><=|>=|==|!=|<|>) \s*
        (?P<number>[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)
      | (?P<field>op|scope|node) \s* (?P<equal>==|!=) \s* (?P<quote>["'])(?P<text>.*?)(?P=quote)
    )\s*(?:(?P<more>\band\b)|$)""",
    re.VERBOSE,
)
_EXAMPLES = 'gain < 1e-2, |grad| < 1e-6, nonfinite, op == "tanh", scope == "fc2", or a node\'s name'


class Facts(NamedTuple):
    """What breakpoints ask of a flow.

    Attributes
    ----------
    gain, grad : float
        nan where there is none.
    nonfinite : bool
        As the table of the language says.
    op, scope, node : str
        Of the source the first two; the label of the target.
    """

    gain: float
    grad: float
    nonfinite: bool
    op: str
    scope: str
    node: str


def facts_of(flow: Flow, arrival: Arrival, label: str) -> Facts:
    """Gather what breakpoints ask of a flow."""
    # What is not finite in the contribution is not finite in the sum either.
    spoilt = not is_finite(flow.after) and (not flow.finite or is_finite(flow.before))
    size = magnitude(flow.after) if arrival.last else math.nan
    return Facts(flow.gain, size, spoilt, flow.source.op, flow.source.scope, label)


class BreakpointError(ValueError):
    """A condition that cannot be understood, or never be met."""


@dataclass(frozen=True, slots=True)
class Breakpoint:
    """A condition and what it was made of.

    Attributes
    ----------
    text : str
        As it was written.
    """

    text: str
    _terms: tuple[Callable[[Facts], bool], ...]

    def matches(self, facts: Facts) -> bool:
        """Whether a flow meets all terms."""
        return all(term(facts) for term in self._terms)


def parse(text: str, known: Mapping[str, Collection[str]]) -> Breakpoint:
    """Read a condition.

    Parameters
    ----------
    text : str
        In the language of this module.
    known : mapping of str to collection of str
        Under ``"op"``, ``"scope"`` and ``"node"`` the texts that occur in the trace.

    Raises
    ------
    BreakpointError
        If it cannot be understood, or asks for a text that does not occur.
    """
    text = text.strip()
    if text in known["node"] and text != "nonfinite":
        return Breakpoint(text, (_text_term("node", "==", text),))
    terms, place, more = [], 0, True
    while more:
        found = _TERM.match(text, place)
        if found is None:
            raise BreakpointError(_complaint(text[place:].strip(), known["node"]))
        if found["field"] and found["text"] not in known[found["field"]]:
            raise BreakpointError(_unknown(found["field"], found["text"], known))
        terms.append(_term(found))
        place, more = found.end(), found["more"] is not None
    return Breakpoint(text, tuple(terms))


def _term(found: re.Match[str]) -> Callable[[Facts], bool]:
    if found["flag"]:
        return operator.attrgetter("nonfinite")
    if found["field"]:
        return _text_term(found["field"], found["equal"], found["text"])
    compare, bound = _COMPARISONS[found["compare"]], float(found["number"])
    ask = operator.attrgetter(found["quantity"].strip("|"))
    return lambda facts: not math.isnan(ask(facts)) and compare(ask(facts), bound)


def _text_term(field: str, compare: str, text: str) -> Callable[[Facts], bool]:
    ask = operator.attrgetter(field)
    wanted = compare == "=="
    if field == "scope":
        return lambda facts: f"{ask(facts)}.".startswith(f"{text}.") == wanted
    return lambda facts: (ask(facts) == text) == wanted


def _complaint(rest: str, nodes: Collection[str]) -> str:
    if not rest:
        return f"a condition is missing; try one of these: {_EXAMPLES}."
    if re.fullmatch(r"[\w.#\[\], ]+", rest):
        return _unknown("node", rest, {"node": nodes})
    return f"{rest!r} is no condition; try one of these: {_EXAMPLES}."


def _unknown(field: str, text: str, known: Mapping[str, Collection[str]]) -> str:
    what = {
        "op": "operation on the way of the gradient is called",
        "scope": "operation on the way of the gradient is in the module",
        "node": "gradient is added to a node called",
    }[field]
    there = sorted(filter(None, known[field]))
    if not there:
        return f"no {what} {text!r}: the graph has none."
    near = get_close_matches(text, there, n=3, cutoff=0.5)
    if near:
        return f"no {what} {text!r}; did you mean {' or '.join(near)}?"
    more = f" and {len(there) - 8} more" if len(there) > 8 else ""
    return f"no {what} {text!r}; there are {', '.join(there[:8])}{more}."

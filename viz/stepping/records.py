"""Everything that a page needs to step through a trace, as plain data.

The page computes nothing and words nothing: it puts texts into templates. For flow i it takes
``form = forms[flows.form[i]]`` and replaces every ``{name}`` in ``form.rule``, ``form.mathml``
(there with the text escaped for HTML), ``form.numbers``, ``form.words``, ``form.legend`` and
``form.question``

- by the text at the same place of ``flows.names[i]`` as the name has in ``form.places``,
- or else, for what stands elsewhere already: ``L`` is the label of the root; ``op``,
  ``source_label``, ``source_value`` are those of ``nodes`` for the source, ``target``,
  ``target_label`` and ``target_value`` for the target (``target`` being the label, too);
  ``arrived`` and ``expected`` stand in ``flows``.

That gives exactly the sentences of the terminal.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from autograd import Node
from viz.stepping.figures import figure, short
from viz.stepping.letters import value_text
from viz.stepping.quiz import NEGLIGIBLE, TOLERANCE
from viz.stepping.stepper import Stepper


def records(stepper: Stepper, nodes: Sequence[Any]) -> dict[str, Any]:
    """Turn a trace into plain data for a page.

    Parameters
    ----------
    stepper : Stepper
        Of the trace.
    nodes : sequence
        The nodes in the page's order, all of the trace among them; flows speak of them by place.

    Returns
    -------
    dict
        Lists, dictionaries, numbers and texts alone, ready for `json.dumps`. Numbers that JSON
        does not know are the texts ``"NaN"``, ``"Infinity"`` and ``"-Infinity"``, which
        JavaScript's ``Number()`` reads.

        ``forms``
            Templates; see above. ``question`` is empty where no number can be predicted.
        ``nodes``
            ``label``, ``op``, ``scope`` and ``value`` (a text) of each, lists as long as `nodes`;
            null for what is not on the trace.
        ``seed``
            ``node`` the root, ``gradient`` and its ``text`` at position 0. Every other node is
            "not computed" until its first flow.
        ``flows``
            Lists with one item per flow: ``source``, ``target`` (places in `nodes`), ``slot``,
            ``form``, ``names``; ``arrived`` and ``expected``, the place of this contribution
            among those to its target, which has its whole gradient when they are equal;
            ``contribution`` and ``after``, numbers, RMS for arrays: the answer to the question
            and the gradient of the target from here on; ``gain``; ``nonfinite``, 0 or 1. For
            breakpoints (`viz.stepping.breakpoints`) ``|grad|`` is the absolute value of
            ``after`` where the gradient is whole, else NaN; ``op`` and ``scope`` are those of the
            source, ``node`` is the label of the target.
        ``tolerance``, ``negligible``
            How far a prediction may be off: this part of the answer, or that much if it is more.

    Raises
    ------
    KeyError
        If a node of the trace is not among `nodes`.
    """
    place = {id(node): i for i, node in enumerate(nodes)}
    forms: dict[tuple[Any, ...], int] = {}
    columns: dict[str, list[Any]] = {name: [] for name in _COLUMNS}
    for i, flow in enumerate(stepper.flows):
        equation, facts, arrival = stepper.equation(i), stepper.facts(i), stepper.arrival(i)
        names = {k: text for k, text in equation.names.items() if k not in _ELSEWHERE}
        form = forms.setdefault((equation.templates, tuple(names)), len(forms))
        row = (
            place[id(flow.source)],
            place[id(flow.target)],
            flow.slot,
            form,
            list(names.values()),
            arrival.number,
            arrival.expected,
            _number(figure(flow.contribution).value),
            _number(figure(flow.after).value),
            _number(facts.gain),
            int(facts.nonfinite),
        )
        for column, item in zip(columns.values(), row, strict=True):
            column.append(item)
    trace, labels = stepper.trace, stepper.labels
    known = [node if isinstance(node, Node) and node in trace else None for node in nodes]
    root = trace.root
    seed = figure(trace[root].gradient)
    return {
        "forms": [templates._asdict() | {"places": list(names)} for templates, names in forms],
        "nodes": {
            "label": [None if node is None else labels.of[node] for node in known],
            "op": [getattr(node, "op", None) for node in known],
            "scope": [getattr(node, "scope", None) for node in known],
            "value": [None if node is None else value_text(node) for node in known],
        },
        "seed": {"node": place[id(root)], "gradient": _number(seed.value), "text": short(seed)},
        "flows": columns,
        "tolerance": TOLERANCE,
        "negligible": NEGLIGIBLE,
    }


#: Names that need not be repeated for every flow.
_ELSEWHERE = {
    "L",
    "op",
    "source_label",
    "source_value",
    "target",
    "target_label",
    "target_value",
    "arrived",
    "expected",
}
_COLUMNS = (
    "source",
    "target",
    "slot",
    "form",
    "names",
    "arrived",
    "expected",
    "contribution",
    "after",
    "gain",
    "nonfinite",
)


def _number(x: float) -> float | str:
    if math.isfinite(x):
        return x
    return "NaN" if math.isnan(x) else "Infinity" if x > 0 else "-Infinity"

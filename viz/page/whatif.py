"""What if: a graph of single numbers as a program that the page can run by itself."""

from __future__ import annotations

import math
import re
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np

from autograd import Value
from autograd.history import by_age, stale_operands
from viz.scene.chart import View
from viz.scene.reader import is_variable
from viz.scene.style import DECADES, STRONGEST, WIDTHS
from viz.scene.words import STATES

#: Larger graphs are not computed while somebody drags.
MOST = 3000

_SPECIAL = "is a special function beyond those of the page"
#: Elementwise operations on Values that the page leaves out, and why.
LEFT_OUT = {
    "where": "has a condition that was decided when the graph was recorded",
    "astype": "rounds to another type, and the page has one type of numbers",
    **dict.fromkeys(("erfinv", "erfcx", "ndtri", "log_ndtr"), _SPECIAL),
    **dict.fromkeys(("gamma", "gammaln", "psi", "polygamma"), _SPECIAL),
    **dict.fromkeys(("sinc", "i0", "i1", "i0e", "i1e", "ive"), _SPECIAL),
}

#: In the place of an operation, what a leaf is.
_VARIABLE, _CONSTANT = -1, -2

#: What parameters can be, for the page to have them too.
_PARAMETERS = (float, int, str, np.generic, type(None))


def program(view: View) -> dict[str, Any]:
    """What the page needs to run a graph forward and backward with other numbers in its leaves.

    Nodes are referred to by number, as in the recording; their operands are its links.

    Returns
    -------
    dict
        ``refused``, one clause that says why this graph is not for it; or all of these:
        ``names`` of operations; ``operations``, for each node the place of its own among them,
        −1 for a variable and −2 for a constant; ``params`` by node; the numbers in ``leaves`` by
        node; ``order``, computed nodes as the sweep takes them; ``seed``, the gradient of the
        result; and ``states`` and ``style``, so that the page says and draws what Python would.
    """
    recording, trace = view.reader.recording, view.reader.trace
    refused = _refuse(view)
    if refused:
        return {"refused": refused}
    nodes = recording.nodes
    names: dict[str, int] = {}
    operations, params, leaves = [], {}, {}
    for i, node in enumerate(nodes):
        if _is_computed(node):
            operations.append(names.setdefault(node._op.key, len(names)))
            if node.params:
                given = [node.params.get(name) for name in node._op.params]
                params[i] = [_plain(x) for x in given[: len(node.params)]]
        else:
            operations.append(_VARIABLE if is_variable(node) else _CONSTANT)
            leaves[i] = _plain(float(node))
    place = {id(node): i for i, node in enumerate(nodes)}
    newest_first = sorted(filter(_is_computed, nodes), key=by_age, reverse=True)
    return {
        "names": list(names),
        "operations": operations,
        "params": params,
        "leaves": leaves,
        "order": [place[id(node)] for node in newest_first],
        "seed": 1.0 if trace is None else _plain(trace[trace.root].gradient),
        "states": STATES,
        "style": {"decades": DECADES, "widths": WIDTHS, "strongest": STRONGEST},
    }


def _refuse(view: View) -> str:
    """Why the page cannot compute a graph; empty if it can."""
    nodes = view.reader.recording.nodes
    if view.reader.compares:
        return "two graphs are compared here"
    if not all(isinstance(node, Value | int | float) for node in nodes):
        return "it is for graphs of single numbers, and this one has arrays"
    if len(nodes) > MOST:
        return f"it is for graphs of up to {MOST} nodes, and this one has {len(nodes)}"
    computed = sorted(filter(_is_computed, nodes), key=by_age)
    for node in computed:
        if node._op.key not in operations_of_page():
            why = LEFT_OUT.get(node._op.key, "the page does not know")
            return f"this graph has {node.op!r}, which {why}"
        if not all(isinstance(x, _PARAMETERS) for x in node.params.values()):
            return f"this graph has {node.op!r} with a parameter that is no single number"
    if next(stale_operands(computed), None):
        return "a number in this graph was changed after it had been recorded"
    return ""


def _is_computed(node: Any) -> bool:
    return isinstance(node, Value) and not node.is_leaf


def _plain(x: Any) -> Any:
    """A number, or another parameter, as JSON has it; nan and ±inf as JavaScript names them."""
    x = x.item() if isinstance(x, np.generic) else x
    if not isinstance(x, float) or math.isfinite(x):
        return x
    return "NaN" if math.isnan(x) else "Infinity" if x > 0 else "-Infinity"


@cache
def operations_of_page() -> frozenset[str]:
    """What the page can compute: the names in the table of its script, the only list of them."""
    script = (files("viz.page") / "static" / "rules.js").read_text("utf-8")
    table = script.partition("\n  return {\n")[2]
    return frozenset(re.findall(r"^ {4}(\w+): \[", table, re.MULTILINE))

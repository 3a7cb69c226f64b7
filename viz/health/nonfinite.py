"""Where NaN and infinity first arise."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from autograd import Flow, Node, Trace
from viz.health.diagnosis import Finding

#: What to do about the operations that usually are at fault.
_REMEDIES = {
    "log": "log of 0 is −∞: use a loss that takes logits (cross_entropy, "
    "binary_cross_entropy_with_logits), or clip the argument away from 0.",
    "divide": "a division by 0: add a small constant to the divisor.",
    "sqrt": "the slope of sqrt at 0 is ∞: add a small constant to the argument.",
    "exp": "exp overflows: subtract the maximum first, or use softmax and logsumexp, which do.",
    "power": "a negative base or a base of 0: clip it away from 0.",
}
_REMEDY = "look at the operands of this operation; smaller weights or learning rate, if they grew."
_LEAK = (
    "a branch of np.where that is not taken receives 0, and 0 times an infinite slope is NaN: give "
    "the operation a harmless argument there, as in np.log(np.where(x > 0, x, 1))."
)


def find_nonfinite(trace: Trace) -> Iterator[Finding]:
    """The operation at which NaN or ∞ arises, in the forward or else in the backward pass.

    An infinity that does no harm (a mask of −∞ before a softmax) is none.
    """
    flow = next((flow for flow in trace.flows if not flow.finite), None)
    if flow is None and _finite(trace.root.data):
        return
    computed = (step.node for step in reversed(trace.steps) if not step.node.is_leaf)
    spoilt = next((node for node in computed if not _finite(node.data)), None)
    if spoilt is not None and not _finite(trace.root.data):
        yield _forward(spoilt)
    elif flow is not None:
        yield _backward(_origin(trace, flow))


def _forward(node: Node) -> Finding:
    kind = _kind(node.data)
    for operand in node.inputs:
        if operand.is_leaf and not _finite(operand.data):
            what = "parameter" if operand.requires_grad else "input"
            name = f" {operand.name!r}" if operand.name else ""
            return _finding(
                node,
                f"the {what}{name} that {_where(node)} is given contains {_kind(operand.data)}.",
                "clean the data (np.isfinite finds the places)."
                if what == "input"
                else "an earlier step spoilt it: start again with a smaller learning rate.",
            )
    return _finding(
        node,
        f"{_where(node)} is the first operation to give {kind}; everything after it is spoilt.",
        _REMEDIES.get(node.op, _REMEDY),
    )


def _backward(flow: Flow) -> Finding:
    node = flow.source
    leak = flow.local is not None and np.any((flow.upstream == 0) & np.isinf(flow.local))
    return _finding(
        node,
        f"in the backward pass, {_where(node)} is the first to hand on {_kind(flow.contribution)}; "
        "the loss itself is finite.",
        _LEAK if leak else _REMEDIES.get(node.op, _REMEDY),
    )


def _origin(trace: Trace, first: Flow) -> Flow:
    """The first edge that turns a finite gradient into one that is not."""
    spoilt = (flow for flow in trace.flows if not flow.finite and _finite(flow.upstream))
    return next(spoilt, first)


def _finding(node: Node, sentence: str, advice: str) -> Finding:
    layer = node.scope or node.op
    return Finding("non-finite", layer, "severe", sentence, advice, (layer,))


def _where(node: Node) -> str:
    return f"{node.op} in {node.scope}" if node.scope else node.op


def _finite(data: Any) -> bool:
    return bool(np.all(np.isfinite(data)))


def _kind(data: Any) -> str:
    return "NaN" if np.any(np.isnan(data)) else "an infinity"

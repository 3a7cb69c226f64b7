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
#: The same where the operation stands in a branch of np.where that is not taken.
_LEAK = (
    "a branch of np.where that is not taken receives 0, and 0 times an infinite slope is NaN. "
    "Give the operation a harmless argument there too: instead of np.where(ok, {op}(x), 0.0) write "
    "np.where(ok, {op}(np.where(ok, x, 1.0)), 0.0)."
)


def find_nonfinite(trace: Trace, within: set[Node] | None = None) -> Iterator[Finding]:
    """The operation at which NaN or ∞ arises, in the forward or else in the backward pass.

    An infinity that does no harm (a mask of −∞ before a softmax) is none.

    Parameters
    ----------
    trace : Trace
        What is looked at.
    within : set of Node, optional
        The nodes whose gradients matter; all by default.
    """
    if not _finite(trace.root.data):
        yield _forward(_spoilt_nodes(trace)[-1])
        return
    spoilt = [
        flow
        for flow in trace.flows
        if not flow.finite and (within is None or flow.target in within)
    ]
    # The first edge that turns a finite gradient into one that is not.
    for flow in [flow for flow in spoilt if _finite(flow.upstream)][:1] or spoilt[:1]:
        yield _backward(flow)


def handed_on(trace: Trace, within: set[Node]) -> list[Node]:
    """The operations that only hand on a NaN or ∞, in the order in which it spreads."""
    if not _finite(trace.root.data):
        return _spoilt_nodes(trace)[-2::-1]
    return [
        step.node
        for step in trace
        if step.node in within and not step.node.is_leaf and not _finite(step.gradient)
    ]


def _spoilt_nodes(trace: Trace) -> list[Node]:
    """The computed nodes whose NaN or ∞ reaches the root, newest first; the last made it."""
    spoilt = {trace.root}
    for step in trace:
        if step.node in spoilt:
            # What is not known (None) may be spoilt: PyTorch keeps few of the values.
            spoilt.update(
                flow.target
                for flow in step.flows
                if flow.target.data is None or not _finite(flow.target.data)
            )
    return [step.node for step in trace if step.node in spoilt and not step.node.is_leaf]


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
        f"{_where(node)} is the first to hand on {_kind(flow.contribution)} in the "
        "backward pass; the loss itself is finite.",
        _LEAK.format(op=_spelling(node.op)) if leak else _REMEDIES.get(node.op, _REMEDY),
    )


def _finding(node: Node, sentence: str, advice: str) -> Finding:
    layer = node.scope or node.op
    return Finding("non-finite", layer, "severe", sentence, advice, (layer,), node=node)


def _spelling(op: str) -> str:
    """How an operation is called in code."""
    return f"np.{op}" if hasattr(np, op) else op


def _where(node: Node) -> str:
    return f"{node.op} in {node.scope}" if node.scope else node.op


def _finite(data: Any) -> bool:
    """Whether data is free of nan and ±inf, as far as it is known (None where it is not)."""
    return data is None or bool(np.all(np.isfinite(data)))


def _kind(data: Any) -> str:
    if data is None:
        return "NaN or an infinity"
    return "NaN" if np.any(np.isnan(data)) else "an infinity"

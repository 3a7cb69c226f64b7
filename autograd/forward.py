"""Forward mode: tangents pushed along a recorded graph, oldest node first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd.history import exploring, operands_of
from autograd.node import Node
from autograd.primitives import apply_local, data_of
from autograd.rules.arithmetic import conj
from autograd.sweep import derivatives
from autograd.tensor import Tensor


def push_forward(root: Node, variables: Sequence[Node], tangents: Sequence[Any]) -> Any:
    """The derivative of a node along a direction.

    Parameters
    ----------
    root : Node
        What is differentiated.
    variables : sequence of Node
        With respect to what.
    tangents : sequence of float, ndarray or Node
        The direction, one for each variable, of its shape.

    Returns
    -------
    float, ndarray or Node
        Of the shape of `root`; a node if it depends on nodes older than the variables.
    """
    since = min(variable._serial for variable in variables)
    with exploring(root, since) as reached:
        pass
    nested = bool(reached.outside) or any(isinstance(tangent, Node) for tangent in tangents)
    known: dict[Any, Any] = dict(zip(variables, tangents, strict=True))
    with np.errstate(all="ignore"):
        for node in reached.computed:
            if node not in known:
                known[node] = _tangent(node, known, nested)
    tangent = known.get(root)
    return np.zeros_like(root.data)[()] if tangent is None else tangent


def _tangent(node: Any, known: dict[Any, Any], nested: bool) -> Any:
    """The sum over the argument slots of (∂node/∂operand) · (tangent of the operand)."""
    operands = operands_of(node)
    moving = {
        slot: known[x]
        for slot, x in enumerate(operands)
        if isinstance(x, Node) and known.get(x) is not None
    }
    if not moving:
        return None
    inputs = operands if nested else tuple(getattr(x, "_raw", x) for x in operands)
    out = node if nested else node._raw
    total: Any = None
    for slot, tangent in moving.items():
        part = along(node._op, slot, tangent, inputs, out, node.params)
        total = part if total is None else total + part
    return total if np.shape(data_of(total)) == np.shape(node._raw) else _spread(total, node)


def along(op: Any, slot: int, tangent: Any, inputs: Any, out: Any, params: Any) -> Any:
    """One operation's derivative along the tangent of one operand."""
    if op.derivatives:
        local = op.local_derivative(slot, inputs, out, params)
        if not np.iscomplexobj(data_of(local)):
            return apply_local(tangent, local)
        # Forward, the derivative itself multiplies; backward, its conjugate.
        return _like(tangent * local, out)
    if op.linear:
        # Linear in each argument: the tangent takes the argument's place.
        replaced = [tangent if i == slot else x for i, x in enumerate(inputs)]
        if op.arity is None:
            # ... and in all of them together: the others stand still.
            replaced = [x if i == slot else _zeros(x) for i, x in enumerate(replaced)]
        return op(*replaced, **params)
    return _through_vjp(op, slot, tangent, inputs, out, params)


def _through_vjp(op: Any, slot: int, tangent: Any, inputs: Any, out: Any, params: Any) -> Any:
    """The vjp is linear in the gradient u, so d/du Re⟨vjp(u), tangent⟩ is the jvp."""
    u = Tensor(np.zeros_like(data_of(out)))
    _, pulled = op.pull(slot, u, inputs, out, params)
    (result,) = derivatives(np.sum(np.real(conj(pulled) * tangent)), None, [u])
    return result


def _like(tangent: Any, out: Any) -> Any:
    """A tangent of a real result is real."""
    return tangent if np.iscomplexobj(data_of(out)) else np.real(tangent)


def _spread(tangent: Any, node: Any) -> Any:
    return np.broadcast_to(tangent, np.shape(node._raw))


def _zeros(x: Any) -> Any:
    return np.zeros_like(data_of(x))

"""The sweep: the one loop that applies the chain rule, from a result back to its variables.

Nodes are taken in the order opposite to that in which they were made. When a node's turn comes,
every contribution to its gradient has arrived, so its gradient is complete and can be handed on:
each argument slot of its operation receives (local derivative) × (gradient of the node).
`backward` writes what has arrived into `.grad`; `autograd.trace` watches it arrive.

While the sweep runs, gradients live in a slot of the nodes themselves, because a look-up in a
dictionary for every edge would cost as much as the arithmetic; a lock keeps sweeps of different
threads apart. And a Value whose operation is an elementwise function of floats is handled in the
loop itself rather than by `_push`, since on scalars a function call costs more than the chain
rule. Both do the same arithmetic in the same order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from operator import attrgetter
from threading import RLock
from typing import Any, Literal

import numpy as np

from autograd.broadcasting import unbroadcast
from autograd.node import CONSTANT, Node, StaleGraphError
from autograd.recording import last_write, next_serial
from autograd.rules.arithmetic import astype
from autograd.tensor import Tensor, _constant, from_value, to_value
from autograd.value import Value, blanks

#: Called with a node, its complete gradient, and the edges over which that was handed on.
Watcher = Callable[[Node, Any, list["Edge"]], None]

#: Slot, target, local derivative, contribution, target's gradient before and after, multiplicity.
Edge = tuple[int, Node, Any, Any, Any, Any, float]

#: Held during a sweep, so that sweeps of different threads do not meet on a shared node.
sweeping = RLock()
_by_age = attrgetter("_serial")


def history(root: Node) -> tuple[list[Any], list[Any], list[Any], float]:
    """Collect everything that led to a node, and mark it as part of this sweep.

    Only the holder of the lock `sweeping` may call this.

    Returns
    -------
    computed : list of Node
        Nodes made by operations, oldest first: a topological order.
    variables : list of Node
        Leaves that need a gradient.
    constants : list of Node
        Leaves that do not.
    nothing : float
        The gradient of each of them before anything has arrived. It is a 0.0 of this sweep's own,
        told by identity from every other number, so it marks the nodes that were seen; what an
        interrupted sweep left behind is no mark to the next one.
    """
    nothing = 0.0 * next_serial()
    computed: list[Any] = []
    variables: list[Any] = []
    constants: list[Any] = []
    stack: list[Any] = [root]
    push, pop = stack.append, stack.pop
    root._cotangent = nothing
    while stack:
        node = pop()
        op = node._op
        if op is None:
            variables.append(node)
            continue
        if op is CONSTANT:
            constants.append(node)
            continue
        computed.append(node)
        if node.__class__ is Value:
            operand = node._a
            if operand.__class__ is not float and operand._cotangent is not nothing:
                operand._cotangent = nothing
                push(operand)
            operand = node._b
            if operand is None or operand.__class__ is float or operand._cotangent is nothing:
                continue
            operand._cotangent = nothing
            push(operand)
            continue
        for operand in node._args:
            if isinstance(operand, Node) and operand._cotangent is not nothing:
                operand._cotangent = nothing
                push(operand)
    computed.sort(key=_by_age)
    return computed, variables, constants, nothing


def forget(*groups: list[Any]) -> None:
    """Release the gradients of a finished sweep."""
    for nodes in groups:
        for node in nodes:
            node._cotangent = None


def operands_of(node: Any) -> tuple[Any, ...]:
    """The operands of a computed node as they were given; plain numbers stay plain."""
    if node.__class__ is Value:
        return (node._a,) if node._b is None else (node._a, node._b)
    return node._args  # type: ignore[no-any-return]


def backward(
    root: Node,
    gradient: Any = None,
    *,
    create_graph: bool = False,
    keep: Literal["all", "leaves"] = "all",
) -> None:
    """Run a sweep and write what arrived into `grad`; see `Node.backward`."""
    if keep not in ("all", "leaves"):
        raise ValueError(f"keep must be 'all' or 'leaves', but {keep!r} was given.")
    seed = seed_of(root, gradient, create_graph)
    with sweep(root, seed, create_graph=create_graph, free=keep == "leaves") as (
        computed,
        variables,
    ):
        if keep == "all":
            for node in computed:
                gradient = node._cotangent
                node.grad = gradient if gradient.__class__ is float else _as_record(gradient)
        _write_variables(computed, variables)


def _write_variables(computed: list[Any], variables: list[Any]) -> None:
    """Add to the gradients of variables what arrived, in memory that nothing else shares."""
    taken = {id(node._cotangent) for node in computed if node.__class__ is not Value}
    taken |= {id(node._data) for node in variables if node.__class__ is not Value}
    for node in variables:
        gradient = node._cotangent
        if gradient.__class__ is np.ndarray:
            if gradient.base is not None or not gradient.flags.writeable or id(gradient) in taken:
                gradient = gradient.copy()
            taken.add(id(gradient))
        node.grad = gradient if node.grad is None else node.grad + gradient


@contextmanager
def sweep(
    root: Node,
    seed: Any,
    *,
    create_graph: bool = False,
    free: bool = False,
    watch: Watcher | None = None,
) -> Iterator[tuple[list[Any], list[Any]]]:
    """Let the gradient flow from `root` back to every node that led to it.

    Parameters
    ----------
    root : Node
        Where to start.
    seed : float, ndarray or Node
        Its gradient.
    create_graph : bool
        Calculate with nodes, so that the result can be differentiated.
    free : bool
        Drop a computed node's gradient as soon as it has been handed on.
    watch : callable, optional
        Told of every node, and of the edges over which its gradient was handed on.

    Yields
    ------
    computed, variables : list of Node
        The nodes that were reached. Inside the block, `_cotangent` holds the gradient of each.

    Raises
    ------
    StaleGraphError
        If data that the graph has read was assigned to since; nothing has flowed then.
    """
    with sweeping:
        computed, variables, constants, nothing = history(root)
        blanks.last_sweep = root._serial
        try:
            _require_fresh(computed)
            root._cotangent = seed
            with np.errstate(all="ignore"):
                if watch is None and not create_graph:
                    _flow(computed, nothing, free)
                else:
                    _flow_watched(computed, variables, nothing, create_graph, watch)
            yield computed, variables
        finally:
            forget(computed, variables, constants)


def _flow(computed: list[Any], nothing: float, free: bool) -> None:
    """Hand every gradient on, newest node first."""
    for node in reversed(computed):
        if node.__class__ is not Value:
            _push(node, nothing)
            if free:
                node._cotangent = None
            continue
        to_a, to_b = node._op.scalar_derivatives
        a = node._a
        b = node._b
        if to_a is None:
            _push(node, nothing)
            continue
        gradient = node._cotangent
        # A local derivative is a constant or a function; False is a closed gate: nothing passes.
        try:
            if b is None:
                local = to_a if to_a.__class__ is float else to_a(a._data, node._data)
                if local is not False:
                    a._cotangent += gradient * local
            elif b.__class__ is float:
                local = to_a if to_a.__class__ is float else to_a(a._data, b, node._data)
                a._cotangent += gradient * local
            elif a.__class__ is float:
                local = to_b if to_b.__class__ is float else to_b(a, b._data, node._data)
                b._cotangent += gradient * local
            elif to_a.__class__ is float:
                a._cotangent += gradient * to_a
                b._cotangent += gradient * to_b
            else:
                x, y, out = a._data, b._data, node._data
                local = to_a(x, y, out)
                local_b = to_b(x, y, out)
                a._cotangent += gradient * local
                b._cotangent += gradient * local_b
        except (ArithmeticError, ValueError):
            # Floats raised where IEEE 754 has an infinity; nothing was handed on yet.
            _push(node, nothing)


def _flow_watched(
    computed: list[Any],
    variables: list[Any],
    nothing: float,
    create_graph: bool,
    watch: Watcher | None,
) -> None:
    """The same, recorded by nodes or told to a watcher."""
    for node in reversed(computed):
        edges = _push(node, nothing, create_graph, watched=watch is not None)
        if watch is not None:
            watch(node, node._cotangent, edges)
    if watch is not None:
        for node in reversed(variables):
            watch(node, node._cotangent, [])


def _push(
    node: Any, nothing: float, create_graph: bool = False, watched: bool = False
) -> list[Edge]:
    """Hand the gradient of one node on to its operands; the edges are listed if watched."""
    op, gradient, params = node._op, node._cotangent, node.params
    operands = operands_of(node)
    if create_graph:
        inputs, out = operands, node
    else:
        inputs = tuple(x._data if isinstance(x, Node) else x for x in operands)
        out = node._data
    edges: list[Edge] = []
    for slot, target in enumerate(operands):
        if not isinstance(target, Node) or target._op is CONSTANT:
            continue
        local, product = op.pull(slot, gradient, inputs, out, params)
        contribution = _fit(product, target)
        before = target._cotangent
        after = contribution if before is nothing else before + contribution
        target._cotangent = after
        if watched:
            size = _multiplicity(op, slot, inputs, out, params, product, contribution)
            edges.append((slot, target, local, contribution, before, after, size))
    return edges


def _fit(product: Any, target: Any) -> Any:
    """Give a contribution the carrier, shape and dtype of the node that it is for."""
    if isinstance(target, Value):
        return product if isinstance(product, Value) else to_value(product)
    if not isinstance(product, Tensor):
        product = from_value(product) if isinstance(product, Value) else np.asarray(product)
    if product.shape != target._data.shape:
        product = unbroadcast(product, target._data.shape)
    if product.dtype != target._data.dtype:
        product = astype(product, dtype=target._data.dtype)
    return product


def _multiplicity(
    op: Any, slot: int, inputs: Any, out: Any, params: Any, product: Any, contribution: Any
) -> float:
    """How much larger a contribution is for the mere reason of size; see `Flow.gain`."""
    declared = 1.0 if op.multiplicity is None else op.multiplicity(slot, inputs, out, **params)
    repeated = max(np.size(product), 1) / max(np.size(contribution), 1)
    return float(declared * max(repeated, 1.0))


def seed_of(root: Any, gradient: Any, create_graph: bool = False) -> Any:
    """The gradient of the result with respect to itself, checked.

    Raises
    ------
    RuntimeError
        If the node needs no gradient.
    ValueError
        If it is no scalar and none is given, or the shapes differ.
    """
    if not root.requires_grad:
        raise RuntimeError(
            f"{root._label()} needs no gradient: it was made from constants, by detach(), or "
            "inside no_grad(), so there is nothing to go back to."
        )
    if isinstance(root, Value):
        if gradient is None:
            gradient = 1.0
        if create_graph:
            return gradient if isinstance(gradient, Value) else Value(gradient, False)
        return Value(getattr(gradient, "_data", gradient))._data
    if gradient is None:
        if root.size != 1:
            raise ValueError(
                f"this {root._label()} has shape {root.shape}, and only a scalar has a gradient of "
                "its own: reduce it first, as in y.sum().backward(), or pass the gradient of the "
                "result with respect to it, as in y.backward(np.ones_like(y.data))."
            )
        gradient = np.ones_like(root.data)
    given = np.shape(getattr(gradient, "_data", gradient))
    if given != root.shape:
        raise ValueError(
            f"the gradient given to {root._label()} has shape {given}, but must have the shape "
            f"of the node itself, {root.shape}."
        )
    if create_graph and isinstance(gradient, Tensor):
        return gradient
    array = np.array(getattr(gradient, "_data", gradient), dtype=root.dtype)
    return _constant(array) if create_graph else array


def _require_fresh(computed: list[Any]) -> None:
    """Refuse if data was assigned to after an operation had read it, or had made it."""
    if not computed or last_write.serial < computed[0]._serial:
        return
    for node in computed:
        for operand in (node, *operands_of(node)):
            if isinstance(operand, Node) and operand._noted("written", 0) > node._serial:
                reader = "it was made" if operand is node else f"{node._label()} had read it"
                raise StaleGraphError(
                    f"the data of {operand._label()} was changed after {reader}, so this graph "
                    "no longer describes it; run the forward pass again."
                )


def _as_record(gradient: Any) -> Any:
    """The gradient of a computed node: to be read, since others may share its memory."""
    if isinstance(gradient, np.ndarray):
        gradient = gradient.view()
        gradient.flags.writeable = False
    return gradient

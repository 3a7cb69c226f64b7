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

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Literal

import numpy as np

from autograd.broadcasting import unbroadcast
from autograd.folding import FoldedFunction, folded_in
from autograd.history import Reached, exploring, history_lock, operands_of, stale_operands
from autograd.node import CONSTANT, Node, StaleGraphError
from autograd.observing import require_finite_flow, require_unwritten
from autograd.primitives import data_of
from autograd.recording import observation
from autograd.rules.arithmetic import astype
from autograd.tensor import Tensor, from_value, to_value
from autograd.value import Value, blanks

#: Called with a node, its complete gradient, and the edges over which that was handed on.
Watcher = Callable[[Node, Any, list["Edge"]], None]

_NUMBERS: frozenset[Any] = frozenset((float, int))

#: Slot, target, local derivative, contribution, target's gradient before and after, multiplicity.
Edge = tuple[int, Node, Any, Any, Any, Any, float]


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
    folded = None if create_graph or observation() else folded_in(root)
    if folded is not None and folded.ends_at_leaves():
        _backward_folded(root, folded, gradient, free=keep == "leaves")
        return
    with sweep(root, gradient, create_graph=create_graph, free=keep == "leaves") as reached:
        arrived = zip(reached.variables, _exclusive(reached, reached.variables), strict=True)
        # All sums first: if one cannot be formed, nothing has changed.
        sums = [(node, _added(node, gradient)) for node, gradient in arrived]
        if keep == "all":
            for node in reached.computed:
                gradient = node._cotangent
                node.grad = gradient if gradient.__class__ is float else _as_record(gradient)
        for node, gradient in sums:
            node.grad = gradient


def _backward_folded(root: Node, folded: FoldedFunction, gradient: Any, free: bool) -> None:
    """The same for a replayed function: one call, and nothing to look for."""
    _require_seed(root, gradient)
    with history_lock:
        contributions = folded.contributions(_seed(root, gradient, create_graph=False), free)
        taken: set[int] = set()
        # A sum of floats is formed here: a network of Values has very many of them.
        sums = [
            node.grad + given
            if given.__class__ is float and node.grad.__class__ in _NUMBERS
            else _added(node, _nothing(node) if given is None else _own(given, taken))
            for node, given in contributions
        ]
        for (node, _), total in zip(contributions, sums, strict=True):
            node.grad = total


def derivatives(
    root: Node, gradient: Any, targets: Sequence[Any], *, partial: bool = False
) -> list[Any]:
    """The gradients of some nodes, for the transforms; no `grad` is touched.

    Parameters
    ----------
    root : Node
        What is differentiated.
    gradient : float, ndarray, Node or None
        Its own gradient.
    targets : sequence of Node
        With respect to what; nothing older than the oldest of them is looked into.
    partial : bool
        Hold all other targets fixed: nothing flows through one target on to another.

    Returns
    -------
    list
        One for each target: numbers and arrays; or nodes, where `root` depends on nodes that are
        older than the targets.
    """
    since = min(target._serial for target in targets)
    until = frozenset(map(id, targets)) if partial else frozenset()
    with sweep(root, gradient, create_graph=None, since=since, until=until) as reached:
        return list(_exclusive(reached, targets))


def depends_on_older(root: Node, targets: Sequence[Any]) -> bool:
    """Whether a node depends on nodes older than all the targets."""
    with exploring(root, min(target._serial for target in targets)) as reached:
        return bool(reached.outside)


def _added(node: Node, gradient: Any) -> Any:
    """The gradient of a variable after another backward pass.

    Raises
    ------
    ValueError
        If the user has set `grad` to something of another shape.
    """
    if node.grad is None:
        return gradient
    if gradient.__class__ is float and node.grad.__class__ in _NUMBERS:
        return node.grad + gradient  # of a Value; to ask numpy for shapes would cost far more
    before, now = np.shape(data_of(node.grad)), np.shape(data_of(gradient))
    if before not in ((), now):
        raise ValueError(
            f"the grad of {node._label()} has shape {before}, but a gradient of shape {now} is to "
            "be added to it; set it to None with zero_grad()."
        )
    return _array(node.grad + gradient)


def _array(total: Any) -> Any:
    """A sum of arrays without axes is a number to numpy: make it an array again."""
    return np.asarray(total) if isinstance(total, np.generic) else total


def _exclusive(reached: Reached, targets: Sequence[Any]) -> Iterator[Any]:
    """The gradients that have arrived at the targets, in memory that nothing else shares."""
    taken: set[int] = set()
    if any(isinstance(node, Tensor) for node in targets):
        taken.update(id(node._cotangent) for node in reached.computed)
        taken.update(id(node._raw) for node in targets)
    for node in targets:
        gradient = node._cotangent
        if gradient is None:
            yield _nothing(node)
            continue
        yield _own(gradient, taken)


def _nothing(node: Any) -> Any:
    return 0.0 if isinstance(node, Value) else np.zeros_like(node._raw)


def _own(gradient: Any, taken: set[int]) -> Any:
    """A gradient in memory that is none of those already taken."""
    if gradient.__class__ is np.ndarray:
        if gradient.base is not None or not gradient.flags.writeable or id(gradient) in taken:
            gradient = gradient.copy()
        taken.add(id(gradient))
    return gradient


@contextmanager
def sweep(
    root: Node,
    gradient: Any = None,
    *,
    create_graph: bool | None = False,
    since: int = 0,
    until: frozenset[int] = frozenset(),
    free: bool = False,
    watch: Watcher | None = None,
) -> Iterator[Reached]:
    """Let the gradient flow from `root` back to every node that led to it.

    Parameters
    ----------
    root : Node
        Where to start.
    gradient : float, ndarray or Node, optional
        Its own gradient; 1 if it is a scalar.
    create_graph : bool or None
        Calculate with nodes, so that the result can be differentiated. None: if the result
        depends on nodes older than `since`.
    since : int
        A serial: nodes made before are left alone.
    until : frozenset of int
        Identities of nodes where the gradient is to end.
    free : bool
        Drop a computed node's gradient as soon as it has been handed on.
    watch : callable, optional
        Told of every node, and of the edges over which its gradient was handed on.

    Yields
    ------
    Reached
        The nodes. Inside the block, `_cotangent` holds the gradient of each.

    Raises
    ------
    RuntimeError, ValueError, StaleGraphError
        As `Node.backward` says; nothing has flowed then.
    """
    _require_seed(root, gradient)
    looked_at = bool(watch or create_graph or observation())
    with exploring(root, since, until=until, folded=not looked_at) as reached:
        blanks.last_sweep = root._serial
        require_fresh(reached.computed)
        observed = observation()
        if observed and observed.anomalies:
            require_unwritten(reached.computed)
            watch = _both(require_finite_flow, watch)
        if create_graph is None:
            create_graph = bool(reached.outside) or isinstance(gradient, Node)
        for node in reached.outside:
            # A Value takes part in the loop of scalars; what it receives is never read.
            node._cotangent = reached.nothing if node.__class__ is Value else None
        root._cotangent = _seed(root, gradient, create_graph)
        with np.errstate(all="ignore"):
            if watch is None and not create_graph:
                _flow(reached, free)
            else:
                _flow_watched(reached, create_graph, watch)
        yield reached


def _both(first: Watcher, second: Watcher | None) -> Watcher:
    """One watcher that tells two."""

    def watch(node: Node, gradient: Any, edges: list[Edge]) -> None:
        first(node, gradient, edges)
        if second is not None:
            second(node, gradient, edges)

    return watch


def _flow(reached: Reached, free: bool) -> None:
    """Hand every gradient on, newest node first."""
    nothing = reached.nothing
    for node in reversed(reached.computed):
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
                local = to_a if to_a.__class__ is float else to_a(a._raw, node._raw)
                if local is not False:
                    a._cotangent += gradient * local
            elif b.__class__ is float:
                local = to_a if to_a.__class__ is float else to_a(a._raw, b, node._raw)
                if local is not False:
                    a._cotangent += gradient * local
            elif a.__class__ is float:
                local = to_b if to_b.__class__ is float else to_b(a, b._raw, node._raw)
                if local is not False:
                    b._cotangent += gradient * local
            elif to_a.__class__ is float:
                a._cotangent += gradient * to_a
                b._cotangent += gradient * to_b
            else:
                x, y, out = a._raw, b._raw, node._raw
                local = to_a(x, y, out)
                local_b = to_b(x, y, out)
                if local is not False:
                    a._cotangent += gradient * local
                if local_b is not False:
                    b._cotangent += gradient * local_b
        except (ArithmeticError, ValueError):
            # Floats raised where IEEE 754 has an infinity; nothing was handed on yet.
            _push(node, nothing)


def _flow_watched(reached: Reached, create_graph: bool, watch: Watcher | None) -> None:
    """The same, recorded by nodes or told to a watcher."""
    for node in reversed(reached.computed):
        edges = _push(node, reached.nothing, create_graph, watched=watch is not None)
        if watch is not None:
            watch(node, node._cotangent, edges)
    if watch is not None:
        for node in reversed(reached.variables):
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
        inputs = tuple([x._raw if isinstance(x, Node) else x for x in operands])
        out = node._raw
    edges: list[Edge] = []
    for slot, target in enumerate(operands):
        if not isinstance(target, Node) or target._op is CONSTANT or target._cotangent is None:
            continue
        local, product = op.pull(slot, gradient, inputs, out, params)
        before = target._cotangent
        if product.__class__ is float and target.__class__ is Value:
            contribution, after, size = product, before + product, 1.0
        else:
            contribution = fit(product, target)
            if before is nothing and contribution.__class__ is not float:
                after = contribution
            else:
                after = _array(before + contribution)
            size = 1.0
            if watched:
                size = _multiplicity(op, slot, inputs, out, params, product, contribution)
        target._cotangent = after
        if watched:
            edges.append((slot, target, local, contribution, before, after, size))
    return edges


def fit(product: Any, target: Any) -> Any:
    """Give a contribution the carrier, shape and dtype of the node that it is for."""
    raw = target._raw
    if (
        product.__class__ is np.ndarray is raw.__class__
        and product.shape == raw.shape
        and product.dtype is raw.dtype
    ):
        return product
    if isinstance(target, Value):
        return product if isinstance(product, Value) else to_value(product)
    if not isinstance(product, Tensor):
        product = from_value(product) if isinstance(product, Value) else np.asarray(product)
    if product.shape != target._raw.shape:
        product = unbroadcast(product, target._raw.shape)
    if product.dtype != target._raw.dtype:
        if product.dtype.kind == "c" and target._raw.dtype.kind == "f":
            product = product.real
        product = astype(product, dtype=target._raw.dtype)
    return product


def _multiplicity(
    op: Any, slot: int, inputs: Any, out: Any, params: Any, product: Any, contribution: Any
) -> float:
    """How much larger a contribution is for the mere reason of size; see `Flow.gain`."""
    if contribution.__class__ is float and product.__class__ is float:
        return 1.0
    declared = 1.0 if op.multiplicity is None else op.multiplicity(slot, inputs, out, **params)
    repeated = max(np.size(product), 1) / max(np.size(contribution), 1)
    return float(declared * max(repeated, 1.0) ** 0.5)


def _require_seed(root: Any, gradient: Any) -> None:
    """Refuse a root without a gradient, or one that is no scalar and was given none.

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
    shape = np.shape(root._raw)
    if gradient is None:
        _require_scalar(root, shape)
        return
    given = np.asarray(data_of(gradient))
    if given.dtype.kind not in "fciub":
        raise TypeError(
            f"the gradient given to {root._label()} must be a number or an array of numbers, but "
            f"is {type(gradient).__name__} {gradient!r:.60}."
        )
    if given.shape != shape:
        raise ValueError(
            f"the gradient given to {root._label()} has shape {given.shape}, but must have the "
            f"shape of the node itself, {shape}."
        )


def _require_scalar(root: Any, shape: tuple[int, ...]) -> None:
    """Refuse a root that has no gradient of its own."""
    if np.iscomplexobj(root._raw):
        raise ValueError(
            f"this {root._label()} is complex, and only a real result has a gradient: take "
            "np.abs, .real or .imag of it first, or pass the gradient with respect to it."
        )
    if math.prod(shape) != 1:
        raise ValueError(
            f"this {root._label()} has shape {shape}, and only a scalar has a gradient of its "
            "own: reduce it first, as in y.sum().backward(), or pass the gradient of the result "
            "with respect to it, as in y.backward(np.ones_like(y.data))."
        )


def _seed(root: Any, gradient: Any, create_graph: bool) -> Any:
    """The gradient that a sweep starts with: a number or array of its own, or a node."""
    if create_graph and isinstance(gradient, type(root)):
        return gradient
    number = 1.0 if gradient is None else data_of(gradient)
    if isinstance(root, Value):
        return Value(number, requires_grad=False) if create_graph else float(number)
    array = np.full(root.shape, number, dtype=root.dtype)
    return Tensor(array, requires_grad=False) if create_graph else array


def require_fresh(computed: list[Any]) -> None:
    """Refuse if data was assigned to after an operation had read it, or had made it."""
    for operand, node in stale_operands(computed):
        reader = "it was made" if operand is node else f"{node._label()} had read it"
        raise StaleGraphError(
            f"the data of {operand._label()} was changed after {reader}, so this graph no longer "
            "describes it; run the forward pass again."
        )


def _as_record(gradient: Any) -> Any:
    """The gradient of a computed node: to be read, since others may share its memory."""
    if isinstance(gradient, np.ndarray):
        gradient = gradient.view()
        gradient.flags.writeable = False
    return gradient

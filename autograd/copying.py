"""Pickling and copying of nodes, for graphs of any depth.

A computed node is saved with all that led to it, as flat columns, oldest node first: nothing
recurses along the graph. Variables and constants are saved as objects of their own, so that a
parameter which is saved both in a model and in a graph stays one parameter. A computed node that
several others save, as two losses do with what they share, is restored once.
"""

from __future__ import annotations

import copyreg
from typing import Any

import numpy as np

from autograd.folding import Folded
from autograd.history import by_age, operands_of, stale_operands
from autograd.node import Node
from autograd.recording import last_write, next_serial
from autograd.value import Value


class _Together(dict[int, Any]):
    """The computed nodes that one pickle, or one copy, has restored, by their old serials.

    One and the same instance is saved with every graph, so the memo of a pickle or of a deep copy
    makes one new, empty one of it, which all the graphs in there share.
    """

    def __reduce__(self) -> tuple[Any, ...]:
        return _Together, ()


_TOGETHER = _Together()


def reduce_node(node: Any) -> tuple[Any, ...]:
    """What ``__reduce_ex__`` returns for a node."""
    if node.is_leaf:
        return copyreg.__newobj__, (type(node),), object.__getstate__(node)  # type: ignore[attr-defined]
    found = _needed(node)
    leaves = [n for n in found if n.is_leaf]
    computed = sorted((n for n in found if not n.is_leaf), key=by_age)
    place = {n: i for i, n in enumerate([*leaves, *computed])}
    kinds: dict[Any, int] = {}
    columns = (
        [n._serial for n in computed],
        [kinds.setdefault((type(n), n._op, n._scope), len(kinds)) for n in computed],
        [n._raw for n in computed],
        [_operands(n, place) for n in computed],
        [None if isinstance(n.grad, Node) else n.grad for n in computed],
    )
    notes = {
        place[n]: (n.name, n.source, n.params)
        for n in computed
        if hasattr(n, "_notes") or (not isinstance(n, Value) and n._params)
    }
    gradients = {place[n]: place[n.grad] for n in computed if isinstance(n.grad, Node)}
    stale = [place[operand] for operand, _ in stale_operands(computed)]
    saved = leaves, list(kinds), columns, notes, gradients, stale, place[node]
    return _restore_graph, (_TOGETHER, *saved)


def _needed(root: Any) -> dict[Any, None]:
    """All that led to a computed node, and to those gradients on the way that are nodes."""
    found, stack = {root: None}, [root]
    while stack:
        node = stack.pop()
        if isinstance(node._op, Folded):
            node._op.unfold(node)
        for x in () if node.is_leaf else (*operands_of(node), node.grad):
            if isinstance(x, Node) and x not in found:
                found[x] = None
                stack.append(x)
    return found


def _operands(node: Any, place: dict[Any, int]) -> tuple[Any, ...]:
    """The operands of a computed node: nodes by their places, what is plain in a box."""
    return tuple(place[x] if isinstance(x, Node) else (x,) for x in operands_of(node))


def restore_leaf(node: Any, state: Any) -> None:
    """What ``__setstate__`` does for a variable or constant: younger than all that exists."""
    own_dict, slots = state
    for name, value in slots.items():
        setattr(node, name, value)
    for name, value in (own_dict or {}).items():
        setattr(node, name, value)
    for name in ("_raw", "grad"):
        if isinstance(getattr(node, name), np.ndarray):
            setattr(node, name, np.array(getattr(node, name)))  # copy.copy hands over arrays
    node._serial = next_serial()
    if hasattr(node, "_notes"):
        node._notes = {k: v for k, v in node._notes.items() if k != "written"}


def _restore_graph(
    together: dict[int, Any],
    leaves: list[Any],
    kinds: list[Any],
    columns: tuple[list[Any], ...],
    notes: dict[int, Any],
    gradients: dict[int, int],
    stale: list[int],
    root: int,
) -> Any:
    if together is _TOGETHER:  # copy.copy has no memo
        together = {}
    nodes = list(leaves)
    for serial, kind, data, operands, grad in zip(*columns, strict=True):
        node = together.get(serial)
        if node is None:
            args = tuple(nodes[x] if isinstance(x, int) else x[0] for x in operands)
            node = together[serial] = _restore(kinds[kind], data, args, grad)
        nodes.append(node)
    for place, (name, source, params) in notes.items():
        node = nodes[place]
        if name:
            node.name = name
        if source:
            node._note("source", source)
        if not isinstance(node, Value):
            node._params = params
        elif params:
            node._note("params", params)
    for place, of in gradients.items():
        nodes[place].grad = nodes[of]
    for place in stale:
        last_write.serial = next_serial()
        nodes[place]._note("written", last_write.serial)
    return nodes[root]


def _restore(kind: tuple[Any, Any, str], data: Any, args: tuple[Any, ...], grad: Any) -> Any:
    cls, op, scope = kind
    node = object.__new__(cls)
    node._raw, node._op, node._scope, node.grad = data, op, scope, grad
    node._serial, node._cotangent = next_serial(), None
    if cls is Value:
        node._a, node._b = args if len(args) == 2 else (*args, None)
    else:
        node._args, node._params = args, {}
    return node

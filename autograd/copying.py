"""Pickling and copying of nodes, for graphs of any depth.

A computed node is saved with all that led to it, as one flat list, oldest first: nothing
recurses along the graph. Variables and constants are saved as objects of their own, so that a
parameter which is saved both in a model and in a graph stays one parameter. Two computed nodes
that are saved together become two graphs with common variables.
"""

from __future__ import annotations

import copyreg
from typing import Any

import numpy as np

from autograd.history import exploring, operands_of, stale_operands
from autograd.node import Node
from autograd.recording import last_write, next_serial
from autograd.value import Value


def reduce_node(node: Any) -> tuple[Any, ...]:
    """What ``__reduce_ex__`` returns for a node."""
    if node.is_leaf:
        return copyreg.__newobj__, (type(node),), object.__getstate__(node)  # type: ignore[attr-defined]
    with exploring(node) as reached:
        pass
    leaves: list[Node] = [*reached.variables, *reached.constants, *reached.outside]
    place = {n: i for i, n in enumerate([*leaves, *reached.computed])}
    records = [
        (
            n._op,
            type(n),
            n._raw,
            [place[x] if isinstance(x, Node) else (x,) for x in operands_of(n)],
            n.params,
            n.grad,
            n.name,
            n._scope,
            n.source,
        )
        for n in reached.computed
    ]
    stale = [place[operand] for operand, _ in stale_operands(reached.computed)]
    return _restore_graph, (leaves, records, stale)


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


def _restore_graph(leaves: list[Any], records: list[Any], stale: list[int]) -> Any:
    nodes = list(leaves)
    for op, cls, data, operands, params, grad, name, scope, source in records:
        node = object.__new__(cls)
        args = tuple(nodes[x] if isinstance(x, int) else x[0] for x in operands)
        node._raw, node._op, node._scope = data, op, scope
        node._serial = next_serial()
        node._cotangent, node.grad = None, grad
        if cls is Value:
            node._a, node._b = args if len(args) == 2 else (*args, None)
            if params:
                node._note("params", params)
        else:
            node._args, node._params = args, params
        if name:
            node.name = name
        if source:
            node._note("source", source)
        nodes.append(node)
    for place in stale:
        last_write.serial = next_serial()
        nodes[place]._note("written", last_write.serial)
    return nodes[-1]

"""Pickling and copying of nodes, for graphs of any depth.

A computed node is saved with all that led to it, as one flat list, oldest first: nothing
recurses along the graph. Variables and constants are saved as objects of their own, so that a
parameter which is saved both in a model and in a graph stays one parameter.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.node import Node
from autograd.recording import next_serial
from autograd.sweep import history, operands_of, sweeping
from autograd.value import Value


def reduce_node(node: Any) -> tuple[Any, ...]:
    """What ``__reduce__`` returns for a node."""
    if node.is_leaf:
        about = (node._data, node.requires_grad, node.grad, node.name, node._scope)
        return _restore_leaf, (type(node), *about)
    with sweeping:
        reached = history(node)
        reached.forget()
    leaves: list[Node] = [*reached.variables, *reached.constants]
    place = {n: i for i, n in enumerate([*leaves, *reached.computed])}
    records = [
        (
            type(n),
            n._op,
            n._data,
            [place[x] if isinstance(x, Node) else (x,) for x in operands_of(n)],
            n.params,
            n.grad,
            n.name,
            n._scope,
        )
        for n in reached.computed
    ]
    return _restore_graph, (leaves, records)


def _restore_leaf(
    cls: type[Any], data: Any, requires_grad: bool, grad: Any, name: str, scope: str
) -> Any:
    node = object.__new__(cls)
    node._init_leaf(data.copy() if isinstance(data, np.ndarray) else data, requires_grad, name)
    node._scope = scope
    node.grad = grad
    return node


def _restore_graph(leaves: list[Any], records: list[Any]) -> Any:
    nodes = list(leaves)
    for cls, op, data, operands, params, grad, name, scope in records:
        node = object.__new__(cls)
        args = tuple(nodes[x] if isinstance(x, int) else x[0] for x in operands)
        node._data, node._op, node._scope = data, op, scope
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
        nodes.append(node)
    return nodes[-1]

"""The recorded graph as a flat list, operands before what is made of them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import repeat
from typing import Any, NamedTuple

import numpy as np

from autograd import Node
from autograd.history import operands_of


class Link(NamedTuple):
    """One argument slot: which node fills which slot of which other (places in the list)."""

    operand: int
    consumer: int
    slot: int


@dataclass(frozen=True, slots=True)
class Recording:
    """Everything that led to a result.

    Attributes
    ----------
    nodes : list
        Nodes, and plain numbers and arrays that were given as operands; operands come before
        what is made of them, so the result is the last. The order follows from the structure
        of the graph alone.
    links : list of Link
        One per argument slot.
    ops : list of str
        The operation that made each of the nodes; empty for what was given.
    """

    nodes: list[Any]
    links: list[Link]
    ops: list[str]


def record(root: Node) -> Recording:
    """List everything that led to a node. Nothing recurses, so the graph may be of any depth."""
    nodes: list[Any] = []
    ops: list[str] = []
    links: list[tuple[int, int, int]] = []
    place: dict[int, int] = {}
    stack: list[Any] = [root]
    # Nodes whose operands are being listed; in the stack, a None below these operands says that
    # the last of them comes next.
    opened: list[tuple[Node, tuple[Any, ...]]] = []
    while stack:
        node = stack.pop()
        if node is None:
            node, operands = opened.pop()
            filled = []
            for operand in operands:
                where = place.get(id(operand))
                if where is None:
                    where = len(nodes)
                    nodes.append(operand)
                    ops.append("")
                filled.append(where)
            here = place[id(node)] = len(nodes)
            nodes.append(node)
            ops.append(node.op)
            for slot, where in enumerate(filled):
                links.append((where, here, slot))
        elif id(node) in place:
            continue
        elif isinstance(node, Node) and not node.is_leaf:
            # As they were given: `Node.inputs` would make nodes of the plain numbers.
            operands = operands_of(node)
            opened.append((node, operands))
            stack.append(None)
            for operand in reversed(operands):
                if id(operand) not in place and isinstance(operand, _ONES_OWN):
                    stack.append(operand)
        else:
            place[id(node)] = len(nodes)
            nodes.append(node)
            ops.append("")
    # `Link(...)` would take several times longer than all else that is done for a slot.
    return Recording(nodes, list(map(tuple.__new__, repeat(Link), links)), ops)


#: What is one and the same wherever it fills a slot; equal plain numbers are not.
_ONES_OWN = (Node, np.ndarray)

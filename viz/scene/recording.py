"""The recorded graph as a flat list, operands before what is made of them."""

from __future__ import annotations

from dataclasses import dataclass
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
    """

    nodes: list[Any]
    links: list[Link]


def record(root: Node) -> Recording:
    """List everything that led to a node. Nothing recurses, so the graph may be of any depth."""
    nodes: list[Any] = []
    links: list[Link] = []
    place: dict[int, int] = {}
    stack: list[Any] = [root]
    while stack:
        node = stack[-1]
        if id(node) in place:
            stack.pop()
            continue
        operands = inputs(node)
        missing = [x for x in operands if id(x) not in place and _has_identity(x)]
        if missing:
            missing.reverse()
            stack += missing
            continue
        stack.pop()
        filled = []
        for operand in operands:
            if _has_identity(operand):
                filled.append(place[id(operand)])
            else:
                filled.append(len(nodes))
                nodes.append(operand)
        here = place[id(node)] = len(nodes)
        links += [Link(operand, here, slot) for slot, operand in enumerate(filled)]
        nodes.append(node)
    return Recording(nodes, links)


def inputs(node: Any) -> tuple[Any, ...]:
    """The operands as they were given: `Node.inputs` would make nodes of the plain numbers."""
    return operands_of(node) if isinstance(node, Node) and not node.is_leaf else ()


def _has_identity(operand: Any) -> bool:
    """Whether two occurrences are one and the same; equal plain numbers are not."""
    return isinstance(operand, Node | np.ndarray)

"""History: what led to a node, collected without recursion."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from operator import attrgetter
from threading import RLock
from typing import Any

from autograd.node import CONSTANT, Node
from autograd.primitives import Primitive
from autograd.recording import last_write, next_serial
from autograd.value import Value

# Held during a sweep, so that sweeps of different threads do not meet on a shared node.
history_lock = RLock()
if hasattr(os, "register_at_fork"):
    # A fork waits until no other thread sweeps: in the child, that sweep would never end.
    os.register_at_fork(
        before=history_lock.acquire,
        after_in_parent=history_lock.release,
        after_in_child=history_lock.release,
    )
# The sweeps that are under way in the thread that holds the lock, outermost first.
_under_way: list[Reached] = []
_NOWHERE: frozenset[int] = frozenset()
#: The key by which nodes are sorted, oldest first.
by_age = attrgetter("_serial")


@dataclass(slots=True, eq=False)
class Reached:
    """What a sweep has to do with.

    Attributes
    ----------
    computed : list of Node
        Nodes made by operations, oldest first: a topological order.
    variables : list of Node
        Leaves that need a gradient.
    constants : list of Node
        Leaves that do not.
    outside : list of Node
        Nodes that need a gradient, but are older than those that are asked for.
    nothing : float
        The gradient of each node before anything has arrived. It is a 0.0 of this sweep's own,
        told by identity from every other number, so it marks the nodes that were seen; what an
        interrupted sweep left behind is no mark to the next one.
    folded : list of Node
        Those among `computed` behind which there is a replayed function.
    """

    computed: list[Any]
    variables: list[Any]
    constants: list[Any]
    outside: list[Any]
    nothing: float
    folded: list[Any]

    def nodes(self) -> Iterator[Any]:
        """All of them."""
        return chain(self.computed, self.variables, self.constants, self.outside)


@contextmanager
def exploring(
    root: Node, since: int = 0, *, until: frozenset[int] = _NOWHERE, folded: bool = False
) -> Iterator[Reached]:
    """Have what led to a node to oneself, for a sweep or a look.

    A derivative that a user wrote may run a sweep of its own in the middle of another one, over
    the same nodes: what these held is put back afterwards.

    Parameters
    ----------
    root, since, until
        As for `history`.
    folded : bool
        Leave replayed functions folded: their insides are not needed.
    """
    with history_lock:
        held = [(n, n._cotangent) for reached in _under_way[-1:] for n in reached.nodes()]
        reached = history(root, since, until)
        while reached.folded and not folded:
            for node in reached.nodes():
                node._cotangent = None
            for node in reached.folded:
                node._op.unfold(node)
            reached = history(root, since, until)
        _under_way.append(reached)
        try:
            yield reached
        finally:
            _under_way.pop()
            for node in reached.nodes():
                node._cotangent = None
            for node, gradient in held:
                node._cotangent = gradient


def history(root: Node, since: int = 0, until: frozenset[int] = _NOWHERE) -> Reached:
    """Collect everything that led to a node, and mark it as part of this sweep.

    Parameters
    ----------
    root : Node
        Where to start.
    since : int
        A serial: what was made before is not looked into.
    until : frozenset of int
        Identities of computed nodes that count as variables: what led to them is not looked into.
    """
    nothing = 0.0 * next_serial()
    computed: list[Any] = []
    variables: list[Any] = []
    constants: list[Any] = []
    outside: list[Any] = []
    folded: list[Any] = []
    stack: list[Any] = [root]
    push, pop = stack.append, stack.pop
    root._cotangent = nothing
    while stack:
        node = pop()
        op = node._op
        if op is CONSTANT:
            constants.append(node)
            continue
        if node._serial < since:
            outside.append(node)
            continue
        if op is None or (until and id(node) in until):
            variables.append(node)
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
        if op.__class__ is not Primitive:
            folded.append(node)
        for operand in node._args:
            if isinstance(operand, Node) and operand._cotangent is not nothing:
                operand._cotangent = nothing
                push(operand)
    computed.sort(key=by_age)
    return Reached(computed, variables, constants, outside, nothing, folded)


def operands_of(node: Any) -> tuple[Any, ...]:
    """The operands of a computed node as they were given; plain numbers stay plain."""
    if node.__class__ is Value:
        return (node._a,) if node._b is None else (node._a, node._b)
    return node._args  # type: ignore[no-any-return]


def stale_operands(computed: list[Any]) -> Iterator[tuple[Any, Any]]:
    """Nodes that were assigned to since an operation read or made them, with that operation."""
    if not computed or last_write.serial < computed[0]._serial:
        return
    for node in computed:
        for operand in (node, *operands_of(node)):
            if isinstance(operand, Node) and operand._noted("written", 0) > node._serial:
                yield operand, node

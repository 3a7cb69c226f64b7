"""What the nodes of a trace are called in sentences and formulas."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from itertools import count
from typing import Any

import numpy as np

from autograd import Node, Trace, ValueArray
from viz.scene.text import printable

#: What a result without a name is called.
RESULT = "result"


class Labels:
    """A label for every node of a trace, no two the same.

    A node is called by its name, with its scope in front if several nodes have that name
    (``fc1.weight``); without a name by its operation, a variable v1, v2 …, and the root "result".
    A number follows where that is not enough (``tanh #2``), in the order of the forward pass.

    Attributes
    ----------
    of : dict of Node to str
        The labels, in the order of the forward pass.
    node : dict of str to Node
        The way back.
    result : str
        The label of the root.
    symbols : set of str
        All names that formulas may write; no letter of a formula should be one of them.

    Parameters
    ----------
    trace : Trace
        Whose nodes are named.
    names : mapping of str to Node, ValueArray or ndarray, optional
        Names for what has none, such as ``locals()``; whatever else it holds, and names with an
        underscore first, are passed over.
    """

    def __init__(self, trace: Trace, names: Mapping[str, Any] | None = None) -> None:
        self.of: dict[Node, str] = {}
        self.node: dict[str, Node] = {}
        # The things stay alive with their names: another object could get their identity.
        self._given = {id(thing): (name, thing) for thing, name in _given(names or {})}
        called = {node: self._name(node) for node in _forward(trace)}
        counts = Counter(called.values())
        if not called[trace.root]:
            name = RESULT if not counts[RESULT] else f"the {RESULT}"
            called[trace.root] = name
            counts[name] += 1
        users = _users(trace, {node for node, name in called.items() if name and counts[name] > 1})
        numbers: Counter[str] = Counter()
        variables = 0
        for node, label in called.items():
            if node in users:
                scope = printable(node.scope) or _only(users[node])
                label = f"{scope}.{label}" if scope else label
            elif not label and node.is_leaf:
                variables += 1
                label = f"v{variables}"
            self._add(node, label or node.op, numbers)
        self.result = self.of[trace.root]
        self.symbols = {name for name, _ in self._given.values()}
        self.symbols |= {self.of[node] for node, name in called.items() if name or node.is_leaf}
        free = (u for n in count(1) if (u := f"u{n}") not in self.symbols)
        self._symbols = {
            node: self.of[node] if name or node.is_leaf else next(free)
            for node, name in called.items()
        }
        self.symbols |= set(self._symbols.values())

    def _add(self, node: Node, label: str, numbers: Counter[str]) -> None:
        unique = label
        while unique in self.node:
            numbers[label] += 1
            unique = f"{label} #{numbers[label] + 1}"
        self.of[node] = unique
        self.node[unique] = node

    def _name(self, thing: Any) -> str:
        own = thing.name if isinstance(thing, Node) else ""
        return printable(own or self._given.get(id(thing), ("",))[0])

    def label(self, operand: Any) -> str:
        """The label of a node; what stands in its stead for an operand outside the trace."""
        known = self.of.get(operand) if isinstance(operand, Node) else None
        return known or self._name(operand) or "constant"

    def similar(self, label: str) -> str:
        """The label that looks most like another; empty if none does."""
        return next(iter(get_close_matches(label, self.node, n=1)), "")

    def symbol(self, operand: Any) -> str:
        """What formulas call a node, or an operand outside the trace; of that the name, if any.

        An operation without a name is u1, u2 … in the order of the forward pass, in all formulas.
        """
        known = self._symbols.get(operand) if isinstance(operand, Node) else None
        return known or self._name(operand)


def _forward(trace: Trace) -> Iterable[Node]:
    """The nodes in the order of the forward pass, each variable where it is first used."""
    order: dict[Node, None] = {}
    for step in reversed(trace.steps):
        for flow in step.flows:
            order[flow.target] = None
        if step.flows or not step.node.is_leaf:
            order[step.node] = None
    order[trace.root] = None
    return order


def _users(trace: Trace, nodes: set[Node]) -> dict[Node, set[str]]:
    """The scopes in which each of some nodes is used."""
    users: dict[Node, set[str]] = {node: set() for node in nodes}
    for step in trace if nodes else ():
        for flow in step.flows:
            if flow.target in users:
                users[flow.target].add(printable(step.node.scope))
    return users


def _only(scopes: set[str]) -> str:
    """The scope in which a variable that was made outside any is used, if it is one alone."""
    return next(iter(scopes)) if len(scopes) == 1 else ""


def _given(names: Mapping[str, Any]) -> Iterator[tuple[Any, str]]:
    """Things and their names, those that count last: of several names the first."""
    for name, thing in reversed(list(names.items())):
        if name.startswith("_"):
            continue
        if isinstance(thing, ValueArray):
            for place in np.ndindex(thing.shape):
                index = f"[{', '.join(map(str, place))}]" if place else ""
                yield thing.view(np.ndarray)[place], f"{name}{index}"
        elif isinstance(thing, Node | np.ndarray):
            yield thing, name

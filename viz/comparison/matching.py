"""Which node of one graph corresponds to which of another."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable
from typing import Any

from autograd import Node
from viz.scene.recording import Recording


def match_nodes(first: Recording, second: Recording) -> dict[int, int]:
    """For nodes of the second graph, the node of the first that has the same part in it.

    Graphs of the same structure are matched place by place, whatever their operations: a network
    with another activation. Of others, nodes are matched that are the n-th of their operation in
    their module, and variables of the same name: a network with a connection more.
    """
    if first.links == second.links:
        return {i: i for i in range(len(second.nodes))}
    there = {key: i for i, key in enumerate(_keys(first))}
    return {i: there[key] for i, key in enumerate(_keys(second)) if key in there}


def match_links(first: Recording, second: Recording) -> dict[int, int]:
    """For argument slots of the second graph, those of the first between matching nodes."""
    nodes = match_nodes(first, second)
    there = {tuple(link): k for k, link in enumerate(first.links)}
    matched = {}
    for k, (operand, consumer, slot) in enumerate(second.links):
        twin = there.get((nodes.get(operand, -1), nodes.get(consumer, -1), slot))
        if twin is not None:
            matched[k] = twin
    return matched


def _keys(recording: Recording) -> list[Hashable]:
    """What tells a node from all others of its graph, and would be the same in a similar one."""
    users: dict[int, set[str]] = {}
    for operand, consumer, _ in recording.links:
        users.setdefault(operand, set()).add(recording.nodes[consumer].scope)
    seen: Counter[Hashable] = Counter()
    keys: list[Hashable] = []
    last = len(recording.nodes) - 1
    for i, node in enumerate(recording.nodes):
        key = ("result",) if i == last else _role(node, users.get(i, set()))
        keys.append((key, seen[key]))
        seen[key] += 1
    return keys


def _role(node: Any, users: set[str]) -> Hashable:
    if not isinstance(node, Node):
        return "constant", frozenset(users)
    if node.is_leaf:
        return node.name, node.requires_grad, frozenset(users)
    return node.scope, node.op

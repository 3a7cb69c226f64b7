"""Which nodes are drawn as one box, where a graph is too large to draw every node."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from typing import Any

from autograd import Node
from viz.scene.recording import Recording

#: How many boxes a picture may have before nodes are drawn together.
LIMIT = 1500


def group(recording: Recording, limit: int = LIMIT) -> list[Hashable]:
    """A key for every node; nodes that share one are drawn as one box.

    Nodes of one scope come together, unless what lies between them is of another: a module that
    is applied twice is two boxes, so no cycle comes about. Variables and constants go with what
    is made of them. As much is left apart as the limit allows.

    Raises
    ------
    ValueError
        If the graph is too large and has no scopes by which it could be drawn together.
    """
    count = len(recording.nodes)
    if count <= limit:
        return list(range(count))
    for scopes in _coarser(recording):
        keys = _group_by(recording, scopes)
        if len(set(keys)) <= limit:
            return keys
    raise ValueError(
        f"this graph has {count} nodes, and a picture shows at most {limit} boxes; make a part "
        "of the model one box by running it inside `with autograd.scope('name'):` (the layers of "
        "nn do so), or draw a smaller case, such as one sample instead of a batch."
    )


def _coarser(recording: Recording) -> Iterator[list[str]]:
    """The scope of every node: in full, then with one part less at a time."""
    scopes = [n.scope if isinstance(n, Node) and not n.is_leaf else "" for n in recording.nodes]
    depth = max(s.count(".") + 1 if s else 0 for s in scopes)
    for parts in range(depth, 0, -1):
        scopes = [".".join(s.split(".")[:parts]) for s in scopes]
        yield scopes
    if depth:
        # What is in no scope is drawn together, too.
        yield [s or "no scope" for s in scopes]


def _group_by(recording: Recording, scopes: list[str]) -> list[Hashable]:
    """Group by scope and level: how often the scope changes on the way to a node, at most.

    A link between groups leads to a higher level, or it would be within one: so there is no cycle.
    """
    nodes = recording.nodes
    root = len(nodes) - 1
    level = [0] * len(nodes)
    used_by: dict[int, set[int]] = {}
    leaves = {i for i, n in enumerate(nodes) if not isinstance(n, Node) or n.is_leaf}
    for link in recording.links:
        a, b = link.operand, link.consumer
        used_by.setdefault(a, set()).add(b)
        if a not in leaves:
            together = scopes[a] == scopes[b] != "" and b != root
            level[b] = max(level[b], level[a] + (not together))
    keys: list[Any] = [
        (scopes[i], level[i]) if scopes[i] and i != root else i for i in range(len(nodes))
    ]
    for i in leaves - {root}:
        keys[i] = _key_of_leaf({keys[j] for j in used_by[i]}, nodes[i])
    return keys


def _key_of_leaf(users: set[Hashable], leaf: Any) -> Hashable:
    """A leaf goes with the group that alone uses it, else with the leaves of the same users."""
    if len(users) == 1:
        (user,) = users
        if not isinstance(user, int):
            return user
    return isinstance(leaf, Node) and leaf.requires_grad, frozenset(users)

"""The tree of boxes within boxes by which a graph is drawn: modules, repeats, parts, nodes.

Every box of the tree is a stretch of the recording: what happened in it happened without a break.
So whatever is drawn as one box, data never flows back to a box from which it came, and a module
that is called twice is two boxes.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from autograd import Node, Value
from autograd.recording import ScopeName
from viz.scene.recording import Recording

#: A box with more members than this is divided further.
MANY = 150
#: How many parts a box is divided into, at most, where nothing in it says how.
_PARTS = 50
#: A box with more members than this has its repeated ones drawn together.
_FEW = 40
#: A module of more nodes than this that only repeats itself was called several times.
_ONE_CALL = 12
#: How often something must come to be drawn as a repeat, and of how many members it may consist.
_REPEATS, _LONGEST_PERIOD = 3, 6


@dataclass(slots=True, eq=False)
class Group:
    """A box that can be opened.

    Attributes
    ----------
    label : str
        What it is: the last part of a scope, an operation, a part.
    scope : str
        The scope that all in it share; "" if there is none.
    members : list of int or Group
        Nodes (places in the recording) and further boxes; operands before what is made of them.
    kind : str
        Class of the module that it is; "" if it is none.
    """

    label: str
    scope: str
    members: list[int | Group]
    kind: str = ""

    @property
    def title(self) -> str:
        """Its label, with the class of a module that has a number for a name."""
        numbered = self.label.rpartition(".")[2][:1].isdecimal()
        return f"{self.label} ({self.kind})" if self.kind and numbered else self.label

    @property
    def parted(self) -> bool:
        """Whether it was divided for its size alone."""
        return isinstance(self.members[-1], Part)

    def nodes(self) -> Iterator[int]:
        """The nodes in it, at any depth."""
        stack = [iter(self.members)]
        while stack:
            for member in stack[-1]:
                if isinstance(member, Group):
                    stack.append(iter(member.members))
                    break
                yield member
            else:
                stack.pop()


class Part(Group):
    """A piece of a box that was too large, and in which nothing said how to divide it."""


def arrange(recording: Recording) -> Group:
    """Divide a graph into modules, and what is still too much for one box further.

    The result stands alone, behind all boxes. Variables and constants stand beside what is made
    of them: in the innermost box that holds all of it.
    """
    nodes, root = recording.nodes, len(recording.nodes) - 1
    computed = [i for i, op in enumerate(recording.ops) if op and i != root]
    computed.sort(key=lambda i: nodes[i]._serial)
    whole = Group("", "", _by_scope(computed, [nodes[i].scope for i in computed], ""))
    divider = _Divider(recording)
    waiting = [whole]
    while waiting:
        group = waiting.pop()
        divider.divide(group)
        waiting += [member for member in group.members if isinstance(member, Group)]
    _place_leaves(recording, whole)
    if root not in whole.members:
        whole.members.append(root)
    return whole


def _by_scope(nodes: Sequence[int], scopes: Sequence[str], prefix: str) -> list[int | Group]:
    """Members for nodes in order of their making, whose scopes all begin with `prefix`."""
    part_of: dict[str, str] = {}
    for scope in set(scopes):
        part_of[scope] = scope[len(prefix) :].partition(".")[0]
    members: list[int | Group] = []
    for part, places in groupby(range(len(nodes)), key=lambda k: part_of[scopes[k]]):
        run = list(places)
        inner = [nodes[k] for k in run]
        if not part or len(run) == 1:
            members += inner
            continue
        scope = prefix + part
        within = _by_scope(inner, [scopes[k] for k in run], scope + ".")
        group = Group(part, scope, within, _kind(scope, scopes[run[0]]))
        members.append(_without_wrapping(group))
    return members


def _kind(scope: str, within: str) -> str:
    """The class of the module of a scope, known from a scope within; empty if it is no module."""
    while isinstance(within, ScopeName):
        if within == scope:
            return within.kind
        within = within.outer
    return ""


def _without_wrapping(group: Group) -> Group:
    """A box that only holds another, such as `layers` around `layers.0`, is that one."""
    inner = group.members[0]
    if len(group.members) == 1 and isinstance(inner, Group):
        return Group(f"{group.label}.{inner.label}", inner.scope, inner.members, inner.kind)
    return group


class _Divider:
    """Divides boxes that hold too much to be looked at."""

    def __init__(self, recording: Recording) -> None:
        self._nodes = recording.nodes
        self._ops = recording.ops
        self._operands: dict[int, list[int]] = {}
        for operand, consumer, _ in recording.links:
            self._operands.setdefault(consumer, []).append(operand)
        self._signature_of: dict[Group, Hashable] = {}

    def divide(self, group: Group) -> None:
        """Draw together what belongs together, until few enough members are left."""
        if len(group.members) > _ONE_CALL:
            if not self._is_scalar(group.members):
                self._by_calls(group)
            elif len(group.members) > MANY:
                self._by_operation(group)
        if len(group.members) > _FEW:
            self._by_repeats(group)
        if len(group.members) > MANY:
            group.members = _in_parts(group.members, group.scope)

    def _is_scalar(self, members: list[int | Group]) -> bool:
        # No generator: it would take longer than the look at a member.
        for member in members:
            if not isinstance(member, int) or not isinstance(self._nodes[member], Value):
                return False
        return True

    def _by_operation(self, group: Group) -> None:
        """One box for each array operation that was done number by number.

        A node's phase is how often the operation changes on the way to it, at most; so a link
        between two boxes leads to a later phase.
        """
        ops, operands = self._ops, self._operands
        phase: dict[int, int] = {}
        boxes: dict[tuple[int, str], list[int | Group]] = {}
        for i in group.members:
            assert isinstance(i, int)
            op, latest = ops[i], 0
            for j in operands.get(i, ()):
                if j in phase:
                    here = phase[j] + 1 if ops[j] != op else phase[j]
                    if here > latest:
                        latest = here
            phase[i] = latest
            boxes.setdefault((latest, op), []).append(i)
        if 1 < len(boxes) <= MANY:
            group.members = [
                Group(f"{len(box)} {op}", group.scope, box) if len(box) > 1 else box[0]
                for (_, op), box in sorted(boxes.items(), key=lambda item: item[0][0])
            ]

    def _by_calls(self, group: Group) -> None:
        """One box for each call of a module that was called again and again, like an RNN's cell."""
        if not group.scope or any(isinstance(member, Group) for member in group.members):
            return
        period, times = _repeats(self._signatures(group.members), 0)
        if period > 1 and times >= _REPEATS and period * times == len(group.members):
            starts = range(0, len(group.members), period)
            group.members = [
                Group(f"{group.label} {k}", group.scope, group.members[i : i + period])
                for k, i in enumerate(starts, start=1)
            ]
            group.label += f" × {times}"

    def _by_repeats(self, group: Group) -> None:
        """One box for what comes again and again: the blocks of a network, the steps of a loop."""
        nodes_too = len(group.members) > MANY
        if not nodes_too and all(isinstance(member, int) for member in group.members):
            return
        signatures = self._signatures(group.members)
        members: list[int | Group] = []
        i = 0
        while i < len(signatures):
            period, times = _repeats(signatures, i)
            run = group.members[i : i + period * times]
            if times < _REPEATS or not (nodes_too or any(isinstance(m, Group) for m in run)):
                members.append(group.members[i])
                i += 1
            elif len(run) == len(signatures) and period == 1:
                return
            else:
                members.append(self._repeat(group, run, period, times))
                i += len(run)
        group.members = members

    def _repeat(self, group: Group, run: list[int | Group], period: int, times: int) -> Group:
        first, last = self._name(run[0]), self._name(run[-period])
        kinds = {member.kind if isinstance(member, Group) else "" for member in run}
        if period > 1:
            bodies = [run[k : k + period] for k in range(0, len(run), period)]
            run = [Group(", ".join(map(self._name, body)), group.scope, body) for body in bodies]
        name = first if first == last else f"{first} … {last}"
        kind = kinds.pop() if len(kinds) == 1 else ""
        return Group(f"{name} × {times}", group.scope, run, kind)

    def _name(self, member: int | Group) -> str:
        """What a box is called; of a node, the module that it is all of, or its operation."""
        if isinstance(member, Group):
            return member.label
        return self._nodes[member].scope.rpartition(".")[2] or self._ops[member]

    def _signatures(self, members: list[int | Group]) -> list[Hashable]:
        """For each member what it shares with all that do the same."""
        for member in members:
            if isinstance(member, Group) and member not in self._signature_of:
                ops = [self._ops[i] for i in member.nodes()]
                self._signature_of[member] = (len(ops), hash(tuple(ops)))
        return [self._ops[m] if isinstance(m, int) else self._signature_of[m] for m in members]


def _in_parts(members: list[int | Group], scope: str) -> list[int | Group]:
    """Parts of equal size, in order, which are divided again where they are still too much."""
    if len(members) <= MANY:
        return members
    size = max(-(-len(members) // _PARTS), round(len(members) ** 0.5))
    starts = range(0, len(members), size)
    return [
        Part(f"part {k} of {len(starts)}", scope, _in_parts(members[start : start + size], scope))
        for k, start in enumerate(starts, start=1)
    ]


def _repeats(signatures: list[Hashable], start: int) -> tuple[int, int]:
    """The period that repeats over the longest run from here, and how often it comes."""
    best = (1, 1)
    for period in range(1, min(_LONGEST_PERIOD, len(signatures) - start) + 1):
        i = start + period
        while i < len(signatures) and signatures[i] == signatures[i - period]:
            i += 1
        times = (i - start) // period
        if times >= _REPEATS and period * times > best[0] * best[1]:
            best = (period, times)
        if i == len(signatures):
            break
    return best


def _place_leaves(recording: Recording, whole: Group) -> None:
    """Put variables and constants into the innermost boxes that hold all that is made of them."""
    way: dict[Group, tuple[Group, ...]] = {whole: (whole,)}
    home: dict[int, Group] = {}
    waiting = [whole]
    while waiting:
        group = waiting.pop()
        for member in group.members:
            if isinstance(member, Group):
                way[member] = (*way[group], member)
                waiting.append(member)
            else:
                home[member] = group
    users: dict[int, list[Group]] = {}
    for operand, consumer, _ in recording.links:
        if operand not in home:
            users.setdefault(operand, []).append(home.get(consumer, whole))
    arrived: dict[Group, list[int]] = {}
    for leaf, groups in users.items():
        shared = way[groups[0]]
        for group in set(groups):
            shared = tuple(a for a, b in zip(shared, way[group], strict=False) if a is b)
        arrived.setdefault(shared[-1], []).append(leaf)
    for group, leaves in arrived.items():
        group.members[:0] = _gather(recording, group, leaves)


def _gather(recording: Recording, group: Group, leaves: list[int]) -> list[int | Group]:
    """Leaves as they are; if they are too many, those of the same use together."""
    if len(leaves) <= MANY:
        return list(leaves)
    inside: dict[int, int] = {}
    for k, member in enumerate(group.members):
        for i in member.nodes() if isinstance(member, Group) else (member,):
            inside[i] = k
    users: dict[int, set[int]] = {leaf: set() for leaf in leaves}
    for operand, consumer, _ in recording.links:
        if operand in users:
            users[operand].add(inside.get(consumer, -1))
    boxes: dict[tuple[str, frozenset[int]], list[int | Group]] = {}
    for leaf in leaves:
        node = recording.nodes[leaf]
        kind = "variable" if isinstance(node, Node) and node.requires_grad else "constant"
        boxes.setdefault((kind, frozenset(users[leaf])), []).append(leaf)
    gathered: list[int | Group] = []
    for (kind, _), box in boxes.items():
        if len(box) > 1:
            box = [Group(f"{len(box)} {kind}s", group.scope, _in_parts(box, group.scope))]
        gathered += box
    return _in_parts(gathered, group.scope)

"""Reads the numbers of nodes and flows into boxes and edges."""

from __future__ import annotations

import math
import statistics
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np

from autograd import Flow, Node, Trace, ValueArray
from autograd.pathways.result import Paths
from viz.scene.labels import RESULT, Labels
from viz.scene.numbers import Summary, histogram, magnitude, summarize
from viz.scene.parts import Edge, Figures, Kind, Several, State, Vertex
from viz.scene.recording import Recording
from viz.scene.text import printable
from viz.scene.tree import Group

#: What is shown of several, the first before the others.
_FOREMOST: tuple[State, ...] = ("broken", "flowing", "closed", "nothing")


class Reader:
    """Turns what is recorded into boxes and edges.

    Parameters
    ----------
    recording : Recording
        The graph.
    trace : Trace or None
        What flowed in it; None if nothing was computed.
    names : mapping of str to Node or ValueArray, optional
        Further names; whatever else it holds is passed over.
    paths : Paths, optional
        What is to be looked at; all beside it is faded.
    """

    #: Whether edges say how gradients compare with those of another graph.
    compares = False

    def __init__(
        self,
        recording: Recording,
        trace: Trace | None,
        names: Mapping[str, Any] | None = None,
        paths: Paths | None = None,
    ) -> None:
        self.recording = recording
        self.trace = trace
        self._nodes = recording.nodes
        self._names = _given_names(names)
        self._variables = {
            i for i, op in enumerate(recording.ops) if not op and is_variable(recording.nodes[i])
        }
        #: Labels of what gradients flow through: sentences elsewhere use the same.
        self._labels_of = {} if trace is None else Labels(trace, names).of
        self._on_paths = None if paths is None else _OnPaths(paths)
        self._count: Counter[str] = Counter()
        self._labels = set(self._labels_of.values())
        #: By identity, which is looked up faster than a node.
        self._steps = {} if trace is None else {id(step.node): step for step in trace}
        self._measured: dict[int, tuple[float, float, State] | None] = {}

    @cached_property
    def _name_counts(self) -> Counter[str]:
        """How many variables have each name."""
        return Counter(self._nodes[i].name for i in self._variables)

    @cached_property
    def _users(self) -> dict[int, set[str]]:
        """The scopes in which each variable is used."""
        users: dict[int, set[str]] = {i: set() for i in self._variables}
        for operand, consumer, _ in self.recording.links:
            if operand in users:
                users[operand].add(self._nodes[consumer].scope)
        return users

    def vertex(self, member: int | Group) -> Vertex:
        """The box for a node or a group."""
        box = self._group(member) if isinstance(member, Group) else self._node(member)
        if self._on_paths is not None:
            inside = member.nodes() if isinstance(member, Group) else [member]
            if not any(id(self._nodes[i]) in self._on_paths.nodes for i in inside):
                return replace(box, faded=True)
        return box

    def _node(self, i: int) -> Vertex:
        node = self._nodes[i]
        kind = self._kind(i)
        name = self._name(i)
        op = node.op if isinstance(node, Node) else ""
        data = node.data if isinstance(node, Node) else node
        label = self._labels_of.get(node, "") if isinstance(node, Node) else ""
        if not name and kind == "loss":
            name = label or RESULT
        if not name and kind == "variable":
            self._count[kind] += 1
            name = label or f"v{self._count[kind]}"
        gradient = None
        if (step := self._steps.get(id(node))) is not None:
            gradient = step.gradient
        value = None if data is None else summarize(data)
        scope = printable(self._scope(i))
        if not label:
            label = self._unique(self._describe(kind, name, op, scope, value))
        return Vertex(
            kind,
            label,
            name,
            op,
            scope,
            value,
            None if gradient is None else summarize(gradient),
            spreads=(histogram(data), histogram(gradient)),
            source=getattr(node, "source", ""),
        )

    def label_of(self, node: Node) -> str:
        """What running text calls a node through which a gradient flows."""
        return self._labels_of[node]

    def contents(self, group: Group) -> list[tuple[str, int]]:
        """What the nodes in a box can be found by, and how many of them share it.

        Their names, operations and modules, each on a line of its own.
        """
        ops = self.recording.ops
        found = Counter([(self._name(i), ops[i], self._scope(i)) for i in group.nodes()])
        return [
            (f"{name}\n{op}\n{printable(scope)}", count)
            for (name, op, scope), count in found.items()
            if name or op or scope
        ]

    def _name(self, i: int) -> str:
        """What the user calls a node; empty if it has no name."""
        node = self._nodes[i]
        return printable(self._names.get(id(node), getattr(node, "name", "")))

    def _describe(self, kind: Kind, name: str, op: str, scope: str, value: Summary | None) -> str:
        """What running text calls a node through which no gradient flows."""
        if kind == "variable" and scope and self._name_counts[name] > 1:
            return f"{scope}.{name}"
        return name or op or ("constant" if value is None else f"constant {value}")

    def _scope(self, i: int) -> str:
        """The scope of a node; of a variable made outside any, the only one in which it is used."""
        node = self._nodes[i]
        scope: str = getattr(node, "scope", "")
        users = () if scope else self._users.get(i, ())
        return next(iter(users)) if len(users) == 1 else scope

    def _kind(self, i: int) -> Kind:
        node = self._nodes[i]
        if i == len(self._nodes) - 1:
            return "loss"
        if not isinstance(node, Node) or not node.requires_grad:
            return "constant"
        return "variable" if is_variable(node) else "operation"

    def _group(self, group: Group) -> Vertex:
        nodes, ops = list(group.nodes()), self.recording.ops
        computed = [i for i in nodes if ops[i]]
        variables = [i for i in nodes if i in self._variables]
        contents = Counter([ops[i] for i in computed]).most_common()
        constants = len(nodes) - len(computed) - len(variables)
        contents += [
            (w, n) for w, n in (("variable", len(variables)), ("constant", constants)) if n
        ]
        steps = [self._steps.get(id(self._nodes[i])) for i in variables or computed]
        gradients = _in_order([magnitude(step.gradient) for step in steps if step is not None])
        name = printable(group.label)
        scope = printable(group.scope)
        if scope.endswith(name):
            label = scope
        elif not scope or name.startswith(scope.rpartition(".")[2]):
            label = name
        else:
            label = f"{scope}: {name}"
        return Vertex(
            "group", self._unique(label), printable(group.title), group.kind, scope, None, None,
            tuple(contents), gradients,
        )  # fmt: skip

    def _unique(self, label: str) -> str:
        """The label itself the first time, then with a number."""
        wanted = label
        while wanted in self._labels:
            self._count[label] += 1
            wanted = f"{label} #{self._count[label] + 1}"
        self._labels.add(wanted)
        return wanted

    def edge(self, operand: int, consumer: int, labels: tuple[str, str], links: list[int]) -> Edge:
        """The edge for one argument slot, or for several that are drawn together."""
        edge = self._edge(operand, consumer, labels, links)
        if self._on_paths is not None:
            ends = ((id(self._nodes[self.recording.links[i][1]]), i) for i in links)
            slots = ((node, self.recording.links[i][2]) for node, i in ends)
            return replace(edge, faded=not any(slot in self._on_paths.slots for slot in slots))
        return edge

    def _edge(self, operand: int, consumer: int, labels: tuple[str, str], links: list[int]) -> Edge:
        about = operand, consumer, *labels, self.recording.links[links[0]].slot, links
        if len(links) == 1:
            flow = self.flow(links[0])
            if flow is not None and self.trace is not None:
                figures = _figures(flow, self.trace[flow.target].gradient)
                size = figures.contribution.magnitude
                return Edge(*about, state_of(flow, size), size, flow.gain, figures)
        for link in links:
            if link not in self._measured:  # it may be part of several edges
                self._measured[link] = self._measure(link)
        measured = [numbers for link in links if (numbers := self._measured[link]) is not None]
        if not measured:
            return Edge(*about, "unknown" if self.trace is None else "constant")
        sizes, gains, states = zip(*measured, strict=True)
        several = Several(
            _in_order(sizes), _in_order([x for x in gains if x == x]), Counter(states)
        )
        state = foremost(several.states)
        gain = statistics.median(several.gains) if several.gains else math.nan
        return Edge(*about, state, statistics.median(several.sizes), gain, several)

    def _measure(self, link: int) -> tuple[float, float, State] | None:
        """Size, gain and state of what went over a link; None if nothing did."""
        flow = self.flow(link)
        if flow is None:
            return None
        size = magnitude(flow.contribution)
        return size, flow.gain, state_of(flow, size)

    def flow(self, link: int) -> Flow | None:
        """What went over a link; None if nothing did."""
        _, consumer, slot = self.recording.links[link]
        step = self._steps.get(id(self._nodes[consumer]))
        for flow in () if step is None else step.flows:
            if flow.slot == slot:
                return flow
        return None


class _OnPaths:
    """The nodes and argument slots that paths lead over, by identity."""

    def __init__(self, paths: Paths) -> None:
        self.slots = {(id(source), slot) for source, slot in paths.edges()}
        self.nodes = {id(paths.root), id(paths.target)}
        for path in paths.largest:
            for factor in path.factors:
                self.nodes |= {id(factor.source), id(factor.target)}


def foremost(states: Counter[State]) -> State:
    """Which state an edge shows whose argument slots are in several."""
    return next(state for state in _FOREMOST if states[state])


def is_variable(node: Any) -> bool:
    """Whether it is a leaf whose gradient is wanted."""
    return isinstance(node, Node) and node.is_leaf and node.requires_grad


def _given_names(names: Mapping[str, Any] | None) -> dict[int, str]:
    """Names by the identity of the node; the first of several counts."""
    found: dict[int, str] = {}
    for name, node in (names or {}).items():
        if isinstance(node, ValueArray):
            for place in np.ndindex(node.shape):
                index = f"[{', '.join(map(str, place))}]" if place else ""
                found.setdefault(id(node.view(np.ndarray)[place]), f"{name}{index}")
        elif isinstance(node, Node) and not name.startswith("_"):
            found.setdefault(id(node), name)
    return found


def _figures(flow: Flow, total: Any) -> Figures:
    return Figures(
        summarize(flow.upstream),
        None if flow.local is None else summarize(flow.local),
        summarize(flow.contribution),
        summarize(flow.before),
        summarize(flow.after),
        summarize(total),
    )


def _in_order(numbers: Sequence[float]) -> tuple[float, ...]:
    """Smallest first and nan last."""
    known = sorted([x for x in numbers if x == x])
    return (*known, *[math.nan] * (len(numbers) - len(known)))


def state_of(flow: Flow, size: float) -> State:
    """What became of the gradient on an edge; `size` is that of the contribution."""
    if not math.isfinite(size):
        return "broken"
    if size:
        return "flowing"
    return "nothing" if flow.nothing_arrived else "closed"

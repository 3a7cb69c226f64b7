"""What is drawn: boxes and edges with all they have to tell, wherever they will stand."""

from __future__ import annotations

import math
import statistics
from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Any, Literal

import numpy as np

from autograd import Flow, Node, Trace, ValueArray
from viz.scene.collapse import group
from viz.scene.numbers import Summary, magnitude, nan_last, summarize
from viz.scene.recording import Link, Recording, record
from viz.scene.text import printable

#: What a box stands for.
Kind = Literal["variable", "constant", "operation", "loss", "group"]

#: What became of the gradient on an edge: it flows, is stopped by this edge, was 0 before it,
#: is nan or ±inf; the operand is a constant; no gradient was computed.
State = Literal["flowing", "closed", "nothing", "broken", "constant", "unknown"]


@dataclass(frozen=True, slots=True)
class Vertex:
    """A box.

    Attributes
    ----------
    label : str
        How running text calls it; no two boxes share it.
    name, op, scope : str
        Given by the user; the operation that made it; the module. Empty where there is none.
    value, gradient : Summary or None
        None for a group, and where no gradient was computed or none flows.
    contents : tuple of (str, int)
        What a group consists of: operations, variables, constants, and how many of each.
    gradients : tuple of float
        Sizes of the gradients of a group's variables, or of its nodes if it has none, in order.
    """

    kind: Kind
    label: str
    name: str
    op: str
    scope: str
    value: Summary | None
    gradient: Summary | None
    contents: tuple[tuple[str, int], ...] = ()
    gradients: tuple[float, ...] = ()

    @property
    def size(self) -> int:
        """How many nodes the box stands for."""
        return sum(n for _, n in self.contents) or 1

    @property
    def broken(self) -> bool:
        """Whether its value or its gradient has a nan or ±inf."""
        return any(x is not None and x.nonfinite for x in (self.value, self.gradient))


@dataclass(frozen=True, slots=True)
class Figures:
    """The numbers of one `Flow`, under the same names."""

    upstream: Summary
    local: Summary | None
    contribution: Summary
    before: Summary
    after: Summary


@dataclass(frozen=True, slots=True)
class Several:
    """What flowed over all the argument slots of one edge.

    Attributes
    ----------
    sizes, gains : tuple of float
        Of every flow, smallest first and nan last; gains that are nan are left out.
    states : Counter
        How many flows are in which state.
    """

    sizes: tuple[float, ...]
    gains: tuple[float, ...]
    states: Counter[State]


@dataclass(frozen=True, slots=True)
class Edge:
    """One argument slot; between groups, all slots that lead from one to the other.

    Attributes
    ----------
    operand, consumer : int
        The boxes between which data flows this way, and the gradient back.
    slot : int
        Number of the argument; that of the first of them between groups.
    count : int
        How many argument slots the edge stands for.
    state : State
        That of the only slot; of several, "broken" if any is, else the one that lets most through.
    magnitude : float
        |contribution|, RMS for an array; the median of several; nan where nothing was computed.
    gain : float
        `Flow.gain`, the median of several; nan where there is none.
    numbers : Figures, Several or None
        All the numbers; None where nothing was computed.
    """

    operand: int
    consumer: int
    slot: int
    count: int
    state: State
    magnitude: float = math.nan
    gain: float = math.nan
    numbers: Figures | Several | None = None


@dataclass(frozen=True, slots=True)
class View:
    """Boxes and edges; the result is the last box.

    Attributes
    ----------
    computed : bool
        Whether gradients were computed.
    """

    vertices: list[Vertex]
    edges: list[Edge]
    computed: bool


#: Which state an edge shows whose argument slots are in several.
_FOREMOST: tuple[State, ...] = ("broken", "flowing", "closed", "nothing")


def look(
    loss: Node | Trace, gradients: bool = True, names: Mapping[str, Any] | None = None
) -> View:
    """Read a graph: every node a box, or every module if it is too large for that.

    Parameters
    ----------
    loss : Node or Trace
        The result.
    gradients : bool
        Whether to follow backpropagation, or to show the forward pass alone.
    names : mapping of str to Node or ValueArray, optional
        Further names; whatever else it holds is passed over.
    """
    root = loss.root if isinstance(loss, Trace) else loss
    trace = None
    if gradients:
        trace = loss if isinstance(loss, Trace) else loss.trace()
    recording = record(root)
    keys = group(recording)
    members: dict[Hashable, list[int]] = {}
    for i, key in enumerate(keys):
        members.setdefault(key, []).append(i)
    place = {key: i for i, key in enumerate(members)}
    reader = _Reader(recording, trace, _given_names(names))
    vertices = [reader.vertex(nodes) for nodes in members.values()]
    between: dict[Any, list[Link]] = {}
    whole = len(vertices) == len(keys)
    for link in recording.links:
        ends = place[keys[link.operand]], place[keys[link.consumer]]
        if whole:
            between[(*ends, link.slot)] = [link]
        elif ends[0] != ends[1]:
            between.setdefault(ends, []).append(link)
    edges = [reader.edge(ends[0], ends[1], links) for ends, links in between.items()]
    return View(vertices, edges, trace is not None)


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


class _Reader:
    """Turns nodes and links into boxes and edges."""

    def __init__(self, recording: Recording, trace: Trace | None, names: dict[int, str]) -> None:
        self._nodes = recording.nodes
        self._trace = trace
        self._names = names
        self._name_counts = Counter(x.name for x in recording.nodes if _is_variable(x))
        self._users: dict[int, set[str]] = {}
        for link in recording.links:
            if _is_variable(recording.nodes[link.operand]):
                scope = recording.nodes[link.consumer].scope
                self._users.setdefault(link.operand, set()).add(scope)
        self._count: Counter[str] = Counter()
        self._labels: set[str] = set()

    def vertex(self, members: Sequence[int]) -> Vertex:
        """The box for one node, or for several."""
        if len(members) > 1:
            return self._group([self._nodes[i] for i in members])
        node = self._nodes[members[0]]
        kind = self._kind(members[0])
        name = printable(self._names.get(id(node), getattr(node, "name", "")))
        op = node.op if isinstance(node, Node) else ""
        data = node.data if isinstance(node, Node) else node
        value = summarize(data)
        if not name and kind == "loss":
            name = "loss"
        elif not name and kind == "variable":
            self._count[kind] += 1
            name = f"v{self._count[kind]}"
        gradient = None
        if self._trace is not None and isinstance(node, Node) and node in self._trace:
            gradient = summarize(self._trace[node].gradient)
        scope = printable(self._scope(members[0]))
        label = name or op or f"constant {value}"
        if kind == "variable" and scope and self._name_counts[name] > 1:
            label = f"{scope}.{name}"
        return Vertex(kind, self._unique(label), name, op, scope, value, gradient)

    def _scope(self, i: int) -> str:
        """The scope of a node; of a variable made outside any, the only one in which it is used."""
        node = self._nodes[i]
        users = self._users.get(i, set())
        if not isinstance(node, Node) or node.scope or len(users) != 1:
            return getattr(node, "scope", "")
        return next(iter(users))

    def _kind(self, i: int) -> Kind:
        node = self._nodes[i]
        if i == len(self._nodes) - 1:
            return "loss"
        if not isinstance(node, Node) or not node.requires_grad:
            return "constant"
        return "variable" if _is_variable(node) else "operation"

    def _group(self, nodes: list[Any]) -> Vertex:
        computed = [n for n in nodes if isinstance(n, Node) and not n.is_leaf]
        variables = [n for n in nodes if _is_variable(n)]
        contents = Counter(n.op for n in computed).most_common()
        constants = len(nodes) - len(computed) - len(variables)
        contents += [
            (w, n) for w, n in (("variable", len(variables)), ("constant", constants)) if n
        ]
        scope = printable(_common_scope(computed))
        what = scope or ("no scope" if computed else contents[0][0] + "s")
        gradients: tuple[float, ...] = ()
        if self._trace is not None:
            steps = [self._trace[n] for n in variables or computed if n in self._trace]
            gradients = tuple(sorted((magnitude(s.gradient) for s in steps), key=nan_last))
        label = self._unique(what)
        return Vertex("group", label, what, "", scope, None, None, tuple(contents), gradients)

    def _unique(self, label: str) -> str:
        """The label itself the first time, then with a number."""
        wanted = label
        while wanted in self._labels:
            self._count[label] += 1
            wanted = f"{label} #{self._count[label] + 1}"
        self._labels.add(wanted)
        return wanted

    def edge(self, operand: int, consumer: int, links: Sequence[Link]) -> Edge:
        """The edge for one link, or for all between two groups."""
        flows = [flow for link in links if (flow := self._flow(link)) is not None]
        about = operand, consumer, links[0].slot, len(links)
        if not flows:
            return Edge(*about, "unknown" if self._trace is None else "constant")
        if len(links) == 1:
            (flow,) = flows
            figures = _figures(flow)
            size = figures.contribution.magnitude
            return Edge(*about, _state(flow, size), size, flow.gain, figures)
        several = _several(flows)
        state = next(s for s in _FOREMOST if several.states[s])
        gain = statistics.median(several.gains) if several.gains else math.nan
        return Edge(*about, state, statistics.median(several.sizes), gain, several)

    def _flow(self, link: Link) -> Flow | None:
        """What went over a link; None if nothing did."""
        node = self._nodes[link.consumer]
        if self._trace is None or node not in self._trace:
            return None
        flows = self._trace[node].flows
        return next((flow for flow in flows if flow.slot == link.slot), None)


def _is_variable(node: Any) -> bool:
    return isinstance(node, Node) and node.is_leaf and node.requires_grad


def _figures(flow: Flow) -> Figures:
    return Figures(
        summarize(flow.upstream),
        None if flow.local is None else summarize(flow.local),
        summarize(flow.contribution),
        summarize(flow.before),
        summarize(flow.after),
    )


def _several(flows: Sequence[Flow]) -> Several:
    sizes = [magnitude(flow.contribution) for flow in flows]
    states = Counter(_state(flow, size) for flow, size in zip(flows, sizes, strict=True))
    gains = sorted(gain for flow in flows if not math.isnan(gain := flow.gain))
    return Several(tuple(sorted(sizes, key=nan_last)), tuple(gains), states)


def _state(flow: Flow, size: float) -> State:
    if not math.isfinite(size):
        return "broken"
    if size:
        return "flowing"
    return "nothing" if flow.nothing_arrived else "closed"


def _common_scope(nodes: list[Any]) -> str:
    """The longest beginning that the scopes of the nodes share."""
    scopes = sorted({node.scope for node in nodes}, key=lambda s: s.split(".")) or [""]
    # What the first and the last in order share, all between them share.
    pairs = zip(scopes[0].split("."), scopes[-1].split("."), strict=False)
    return ".".join(a for a, _ in takewhile(lambda pair: pair[0] == pair[1], pairs))

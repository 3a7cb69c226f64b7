"""Charts: what is seen where a box is open, and the boxes within it."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from autograd import Node, Trace
from autograd.allocation import collector_paused
from autograd.pathways.result import Paths
from viz.scene.parts import Edge, Vertex
from viz.scene.reader import Reader
from viz.scene.recording import record
from viz.scene.tree import Group, arrange

#: How many boxes a picture holds, open or not; what would exceed it stays closed.
MOST = 1500
#: So many values that go from one box to another have an edge each; more share one, and so do
#: fewer where so many edges come to a box that it would be as high as a page.
STRANDS, SLOTS = 8, 16


@dataclass(slots=True, eq=False)
class Chart:
    """The inside of a box: boxes, and edges between them.

    An edge of the chart around it that ends at this box goes on inside, from a *port*: to all
    that it stands for. So whatever is open, an edge is drawn piece by piece, and each piece
    belongs to one chart. Items are counted: boxes first, then the ports of edges that come in,
    then of those that go out.

    Attributes
    ----------
    members : list of int or Group
        What the boxes stand for: nodes by their place in the recording, or groups.
    vertices : list of Vertex
        A box for each.
    entries, exits : list of int
        For each port, its edge in the chart around this one: where data comes in, and goes out.
    name, scope : str
        What the box around it is called, and the module that it is.
    parted : bool
        Whether its boxes are parts, made for their size alone.
    edges : list of Edge
        The edges.
    inside : dict of int to Chart
        The charts of the boxes that can be opened.
    """

    members: list[int | Group]
    vertices: list[Vertex]
    entries: list[int]
    exits: list[int]
    name: str
    scope: str
    parted: bool
    edges: list[Edge] = field(default_factory=list)
    inside: dict[int, Chart] = field(default_factory=dict)

    def charts(self) -> Iterator[Chart]:
        """The chart and all within it, outer ones first."""
        waiting = deque([self])
        while waiting:
            chart = waiting.popleft()
            yield chart
            waiting.extend(chart.inside.values())


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """All that can be seen of a graph.

    Attributes
    ----------
    chart : Chart
        The outermost boxes; the last is the result.
    reader : Reader
        Gives the numbers behind boxes and edges.
    """

    chart: Chart
    reader: Reader

    @property
    def computed(self) -> bool:
        """Whether gradients were computed."""
        return self.reader.trace is not None

    @property
    def root(self) -> Vertex:
        """The box of the result."""
        return self.chart.vertices[-1]


def look(
    loss: Node | Trace,
    gradients: bool = True,
    names: Mapping[str, Any] | None = None,
    paths: Paths | None = None,
) -> View:
    """Read a graph into boxes within boxes.

    Parameters
    ----------
    loss : Node or Trace
        The result.
    gradients : bool
        Whether to follow backpropagation, or to show the forward pass alone.
    names : mapping of str to Node or ValueArray, optional
        Further names; whatever else it holds is passed over.
    paths : Paths, optional
        What is to be looked at; all beside it is faded.
    """
    root = loss.root if isinstance(loss, Trace) else loss
    trace = None
    if gradients:
        trace = loss if isinstance(loss, Trace) else loss.trace()
    with collector_paused():
        return view_of(Reader(record(root), trace, names, paths))


def view_of(reader: Reader) -> View:
    """Divide what is read into boxes within boxes, outer ones first, up to `MOST` of them."""
    recording = reader.recording
    whole = arrange(recording)
    outermost = _new_chart(reader, whole, {}, {})
    room = MOST - len(outermost.vertices)
    waiting = deque([(outermost, list(range(len(recording.links))), _Ports({}, {}))])
    while waiting:
        chart, links, ports = waiting.popleft()
        within = _connect(reader, chart, links, ports)
        for k, member in enumerate(chart.members):
            if isinstance(member, Group) and len(member.members) <= room:
                room -= len(member.members)
                inner_links, inner_ports = within[k]
                inner = _new_chart(reader, member, inner_ports.entries, inner_ports.exits)
                chart.inside[k] = inner
                waiting.append((inner, inner_links, inner_ports))
    return View(outermost, reader)


@dataclass(slots=True)
class _Ports:
    """The links of each edge that comes in or goes out, and what lies behind it."""

    entries: dict[int, tuple[str, list[int]]]
    exits: dict[int, tuple[str, list[int]]]


def _new_chart(reader: Reader, group: Group, entries: Any, exits: Any) -> Chart:
    vertices = [reader.vertex(member) for member in group.members]
    ports = list(entries), list(exits)
    return Chart(group.members, vertices, *ports, group.title, group.scope, group.parted)


def _connect(
    reader: Reader, chart: Chart, links: list[int], ports: _Ports
) -> list[tuple[list[int], _Ports]]:
    """Give a chart its edges; for each of its boxes, the links within it and those of its ports."""
    box_of: dict[int, int] = {}
    for k, member in enumerate(chart.members):
        if isinstance(member, Group):
            box_of.update(dict.fromkeys(member.nodes(), k))
        else:
            box_of[member] = k
    within: list[tuple[list[int], _Ports]] = [([], _Ports({}, {})) for _ in chart.members]
    # The argument slots of a node stay apart; those of a group are drawn together.
    apart = [isinstance(member, int) for member in chart.members]
    apart += [False] * (len(ports.entries) + len(ports.exits))
    bundles: dict[tuple[int, int, int], list[int]] = {}

    def bundle(operand: int, consumer: int, link: int, slot: int) -> None:
        key = operand, consumer, slot if apart[consumer] else -1
        bundles.setdefault(key, []).append(link)

    recorded = reader.recording.links
    for link in links:
        operand, consumer, slot = recorded[link]
        a, b = box_of[operand], box_of[consumer]
        if a == b:
            within[a][0].append(link)
        else:
            bundle(a, b, link, slot)
    port = len(chart.members)
    labels = [vertex.label for vertex in chart.vertices]
    for label, through in ports.entries.values():
        labels.append(label)
        for link in through:
            bundle(port, box_of[recorded[link].consumer], link, recorded[link].slot)
        port += 1
    for label, through in ports.exits.values():
        labels.append(label)
        for link in through:
            bundle(box_of[recorded[link].operand], port, link, -1)
        port += 1
    strands = {key: _strands(reader, bundled) for key, bundled in bundles.items()}
    coming: Counter[int] = Counter()
    for (_, b, _), parted in strands.items():
        coming[b] += len(parted)
    in_order = sorted(bundles.items(), key=lambda x: (x[0][1], x[0][2], x[1][0]))
    for key, bundled in in_order:
        a, b, _ = key
        for carried in strands[key] if coming[b] <= SLOTS else [bundled]:
            e = len(chart.edges)
            chart.edges.append(reader.edge(a, b, (labels[a], labels[b]), carried))
            if a < len(within):
                within[a][1].exits[e] = labels[b], carried
            if b < len(within):
                within[b][1].entries[e] = labels[a], carried
    return within


def _strands(reader: Reader, links: list[int]) -> list[list[int]]:
    """The links of each operand apart, where there are few of them; else all as one."""
    strands: dict[int, list[int]] = {}
    for link in links:
        strands.setdefault(reader.recording.links[link].operand, []).append(link)
        if len(strands) > STRANDS:
            return [links]
    return list(strands.values())

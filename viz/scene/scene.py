"""Scene: a view with a place for every box and edge, whichever boxes are open."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace

from viz.scene.chart import Chart, View
from viz.scene.layout import Fixed, Layout, lay_out
from viz.scene.overview import overview
from viz.scene.parts import Vertex
from viz.scene.text import printable, shorten
from viz.scene.words import head, lines

_LINE = 13
_SLOT = 30
#: Room in an open box above, below and beside what is in it, in pixels.
HEAD, FOOT, SIDE = 30, 14, 14
#: So many boxes can be read in a still picture; and at a glance, where more can be opened.
COMFORTABLE, AT_A_GLANCE = 120, 50
#: Fewer boxes than this are too little to see; more than this beside each other are alike.
_TOO_LITTLE, _ALIKE = 4, 8


@dataclass(frozen=True, slots=True)
class Box:
    """What is written in a box, and its size in pixels while it is closed.

    Attributes
    ----------
    title, corner : str
        The first line, left and right.
    lines : list of str
        The others.
    """

    width: float
    height: float
    title: str
    corner: str
    lines: list[str]


@dataclass(slots=True, eq=False)
class Sheet:
    """A chart with a place for everything.

    Attributes
    ----------
    chart : Chart
        What is on it.
    boxes : list of Box
        The boxes, as they are while they are closed.
    sizes : list of (width, height)
        Of the boxes as they are drawn: some may be open.
    layout : Layout
        Where they stand.
    inside : dict of int to Sheet
        The sheets of the boxes that can be opened.
    opened : set of int
        Those that are open.
    """

    chart: Chart
    boxes: list[Box]
    sizes: list[tuple[float, float]]
    layout: Layout
    inside: dict[int, Sheet]
    opened: set[int]

    @property
    def frame(self) -> tuple[float, float]:
        """Width and height of the open box around it."""
        return self.layout.width + 2 * SIDE, self.layout.height + HEAD + FOOT

    def port(self, k: int) -> float:
        """How high a port is, from the top of the open box around the sheet."""
        return self.layout.corners[len(self.boxes) + k][1] + HEAD


@dataclass(frozen=True, slots=True)
class Scene:
    """All that a renderer has to write down."""

    title: str
    summary: str
    view: View
    sheet: Sheet

    @property
    def computed(self) -> bool:
        """Whether gradients were computed."""
        return self.view.computed

    @property
    def compares(self) -> bool:
        """Whether edges say how gradients compare with those of another graph."""
        return self.view.reader.compares

    @property
    def root(self) -> Vertex:
        """The box of the result."""
        return self.view.root


def compose(
    view: View,
    title: str | None = None,
    depth: int | None = None,
    comfortable: int = COMFORTABLE,
) -> Scene:
    """Decide what is open at first, and size and lay out everything.

    Parameters
    ----------
    view : View
        What there is to see.
    title : str, optional
        Heading; by default it names the result.
    depth : int, optional
        How many levels of boxes are open: 0 for none. By default as many boxes as can be read.
    comfortable : int
        How many boxes that is.
    """
    opened = _readable(view.chart, comfortable) if depth is None else _down_to(view.chart, depth)
    if title is None:
        title = (
            f"Gradient flow from {view.root.label} back to its variables"
            if view.computed
            else f"Forward pass: how {view.root.label} is made"
        )
    boxes = sum(len(chart.vertices) - 1 for chart in opened) + 1
    sheet = _lay_out(view.chart, opened, view.computed)
    return Scene(printable(title), overview(view, boxes), view, sheet)


def _readable(chart: Chart, comfortable: int) -> set[Chart]:
    """Open outer boxes before inner ones, as long as everything can still be read.

    Boxes that were divided for their size alone are opened only where else there is too little
    to see.
    """
    opened = _open(chart, comfortable, parted=False)
    seen = sum(len(chart.vertices) - 1 for chart in opened)
    return opened if seen > _TOO_LITTLE else _open(chart, comfortable, parted=True)


def _open(chart: Chart, comfortable: int, parted: bool) -> set[Chart]:
    opened, level = {chart}, [chart]
    room = comfortable - len(chart.vertices)
    while level:
        inners = [x for outer in level for x in outer.inside.values() if parted or not x.parted]
        # Many on one level are alike: all of them, or none.
        batches = [inners] if len(inners) > _ALIKE else [[x] for x in inners]
        level = []
        for batch in batches:
            more = sum(len(inner.vertices) - 1 for inner in batch)
            if more <= room:
                room -= more
                opened.update(batch)
                level += batch
    return opened


def _down_to(chart: Chart, depth: int) -> set[Chart]:
    opened, level = {chart}, [chart]
    for _ in range(depth):
        level = [inner for outer in level for inner in outer.inside.values()]
        opened.update(level)
    return opened


def _lay_out(chart: Chart, opened: set[Chart], computed: bool) -> Sheet:
    """Lay out what is inside the boxes, then the boxes."""
    inside = {k: _lay_out(inner, opened, computed) for k, inner in chart.inside.items()}
    slots = Counter(edge.consumer for edge in chart.edges)
    boxes = [
        _box(vertex, slots[k], computed, chart.scope) for k, vertex in enumerate(chart.vertices)
    ]
    sizes = [(box.width, box.height) for box in boxes]
    shown = {k for k, inner in chart.inside.items() if inner in opened}
    starts: dict[int, float] = {}
    ends: dict[int, float] = {}
    for k in shown:
        sheet = inside[k]
        sizes[k] = sheet.frame
        entries, exits = sheet.chart.entries, sheet.chart.exits
        ends |= {e: sheet.port(i) for i, e in enumerate(entries)}
        starts |= {e: sheet.port(i) for i, e in enumerate(exits, start=len(entries))}
    layout = lay_out(
        sizes,
        [(edge.operand, edge.consumer) for edge in chart.edges],
        Fixed(starts, ends, len(chart.entries), len(chart.exits)),
    )
    layout = replace(layout, width=max(layout.width, _title_width(chart)))
    return Sheet(chart, boxes, sizes, layout, inside, shown)


def _title_width(chart: Chart) -> int:
    """Room for the title of the open box around a chart, and for the sign that closes it."""
    return round(7.4 * len(shorten(chart.name))) + 30


def _box(vertex: Vertex, slots: int, computed: bool, scope: str) -> Box:
    """Room for any numbers: the size follows from the structure, not from what is written."""
    title, corner = head(vertex)
    title, written = shorten(title), lines(vertex, computed)
    if vertex.scope not in ("", scope) and vertex.kind != "group":
        written.append(f"in {shorten(vertex.scope)}")
    shaped = vertex.kind == "group" or any(
        known is not None and known.shape for known in (vertex.value, vertex.gradient)
    )
    letters = 8 if vertex.kind == "constant" and not vertex.name else len(title)
    width = max(7.4 * letters + 6.2 * len(corner) + 28, 150 if shaped else 116)
    if vertex.kind == "group":
        # The first line has room for the sign that opens the box, too.
        width = max(width + 18, *(5.8 * len(line) + 24 for line in written[:-1]))
    height = 24 + _LINE * len(written) + 4
    return Box(round(width), max(height, _SLOT * slots), title, corner, written)

"""Scene: a view with a place for every box and edge, whichever boxes are open."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

from viz.scene.chart import Chart, View
from viz.scene.layout import Layout, lay_out
from viz.scene.overview import overview
from viz.scene.parts import Vertex
from viz.scene.text import printable, shorten
from viz.scene.web import Fixed
from viz.scene.words import head, lines

_LINE = 13
_SLOT = 30
#: Room in an open box above, below and beside what is in it, in pixels.
HEAD, FOOT, SIDE = 30, 14, 14
#: So much narrower is the room in an open box: its frame, and what leads to and from it.
_INSET = 120.0
#: So few boxes are too little to see, and then up to so many come into sight, whatever their size.
_TOO_LITTLE, _MANY = 4, 120
#: More than so many boxes beside each other that can be opened are alike.
_ALIKE = 8


class Sight(NamedTuple):
    """The size up to which a drawing can be read, in pixels.

    Attributes
    ----------
    width, height : float
        Of a drawing.
    longest : float
        The height if it shows the steps of a loop, each of which has something to tell.
    """

    width: float
    height: float
    longest: float


#: Of a still picture; and at a glance, where more can be opened: what a page shows in a window of
#: 1280 × 720, in letters of at least 9 pixels.
COMFORTABLE, AT_A_GLANCE = Sight(1540, 1200, 3600), Sight(1370, 680, 680)


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

    def charts(self) -> Iterator[Chart]:
        """Its own chart, and those of all that is open in it."""
        yield self.chart
        for k in self.opened:
            yield from self.inside[k].charts()

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
    comfortable: Sight = COMFORTABLE,
) -> Scene:
    """Decide what is open at first, and size and lay out everything.

    Parameters
    ----------
    view : View
        What there is to see.
    title : str, optional
        Heading; by default it names the result.
    depth : int, optional
        How many levels of boxes are open: 0 for none. By default as much as can be read.
    comfortable : Sight
        How much that is.
    """
    draft = _Draft(view, comfortable, depth or 0)
    if depth is None:
        draft.open_readable()
    if title is None:
        title = (
            f"Gradient flow from {view.root.label} back to its variables"
            if view.computed
            else f"Forward pass: how {view.root.label} is made"
        )
    return Scene(printable(title), overview(view, draft.seen), view, draft.sheet)


class _Draft:
    """A drawing in which boxes are opened, outer ones before inner ones, until it is readable.

    Attributes
    ----------
    seen : int
        How many boxes are in sight, without the open ones.
    """

    def __init__(self, view: View, sight: Sight, depth: int) -> None:
        self._view = view
        self._sight = sight
        self._around: dict[Chart, Chart] = {}
        self._levels = {view.chart: 0}
        for chart in view.chart.charts():
            for inner in chart.inside.values():
                self._around[inner] = chart
                self._levels[inner] = self._levels[chart] + 1
        self._opened = {chart for chart, level in self._levels.items() if level <= depth}
        self.seen = sum(len(chart.vertices) - 1 for chart in self._opened) + 1
        self._sheets: dict[Chart, Sheet] = {}
        for chart in reversed(self._levels):
            self._sheets[chart] = self._lay_out(chart)

    @property
    def sheet(self) -> Sheet:
        """The outermost sheet."""
        return self._sheets[self._view.chart]

    def open_readable(self) -> None:
        """Open as much as can be read.

        Boxes that were divided for their size alone are opened only where else there is too
        little to see.
        """
        self._open_inside(parted=False)
        if self.seen <= _TOO_LITTLE:
            self._open_inside(parted=True)

    def _open_inside(self, parted: bool) -> None:
        level = [self._view.chart]
        while level:
            inners = [x for outer in level for x in outer.inside.values() if parted or not x.parted]
            # Many on one level are alike: all of them, or none.
            batches = [inners] if len(inners) > _ALIKE else [[x] for x in inners]
            level = [x for batch in batches if self._open(batch) for x in batch]

    def _open(self, charts: list[Chart]) -> bool:
        """Open boxes, and tell whether everything can be read then; else they are closed again."""
        new = [chart for chart in charts if chart not in self._opened]
        if not new:
            return True
        more = sum(len(chart.vertices) - 1 for chart in new)
        few = self.seen <= _TOO_LITTLE and self.seen + more <= _MANY
        if not few and not all(self._fits(self._sheets[chart].frame, new) for chart in new):
            return False
        sheets = dict(self._sheets)
        self._opened.update(new)
        for chart in self._outside(new):
            self._sheets[chart] = self._lay_out(chart)
        layout = self.sheet.layout
        if few or self._fits((layout.width, layout.height), new):
            self.seen += more
            return True
        self._opened.difference_update(new)
        self._sheets = sheets
        return False

    def _fits(self, size: tuple[float, float], opened: Iterable[Chart]) -> bool:
        """Whether a drawing can be read once some charts have been opened."""
        return size[0] <= self._sight.width and size[1] <= self._height(opened)

    def _height(self, opened: Iterable[Chart]) -> float:
        """How high a drawing may be for the sake of some charts."""
        loops = any(map(_is_loop, opened))
        return self._sight.longest if loops else self._sight.height

    def _outside(self, charts: list[Chart]) -> list[Chart]:
        """All that is around some charts, inner ones first."""
        outside: set[Chart] = set()
        for chart in charts:
            while chart in self._around and self._around[chart] not in outside:
                chart = self._around[chart]
                outside.add(chart)
        return sorted(outside, key=self._levels.__getitem__, reverse=True)

    def _lay_out(self, chart: Chart) -> Sheet:
        """Lay out a sheet; what is inside its boxes has been laid out before."""
        inside = {k: self._sheets[inner] for k, inner in chart.inside.items()}
        slots = Counter(edge.consumer for edge in chart.edges)
        boxes = [
            _box(vertex, slots[k], self._view.computed, chart.scope)
            for k, vertex in enumerate(chart.vertices)
        ]
        sizes = [(box.width, box.height) for box in boxes]
        shown = {k for k, inner in chart.inside.items() if inner in self._opened}
        starts: dict[int, float] = {}
        ends: dict[int, float] = {}
        for k in shown:
            sheet = inside[k]
            sizes[k] = sheet.frame
            entries, exits = sheet.chart.entries, sheet.chart.exits
            ends |= {e: sheet.port(i) for i, e in enumerate(entries)}
            starts |= {e: sheet.port(i) for i, e in enumerate(exits, start=len(entries))}
        width = self._sight.width
        room = (
            max(width / 2, width - _INSET * self._levels[chart]),
            self._height([chart, *(x for k in shown for x in inside[k].charts())]),
        )
        layout = lay_out(
            sizes,
            [(edge.operand, edge.consumer) for edge in chart.edges],
            Fixed(starts, ends, len(chart.entries), len(chart.exits)),
            room,
            # Of several argument slots the label tells the least and the most.
            [e for e, x in enumerate(chart.edges) if x.count > 1 and x.consumer < len(boxes)],
        )
        layout = replace(layout, width=max(layout.width, _title_width(chart)))
        return Sheet(chart, boxes, sizes, layout, inside, shown)


def _is_loop(chart: Chart) -> bool:
    """Whether many boxes that can be opened lead one to the next."""
    steps = chart.inside.keys()
    return len(steps) > _ALIKE and len(steps) <= 1 + len(
        {edge.consumer for edge in chart.edges if edge.operand in steps and edge.consumer in steps}
    )


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
    width = max(7.4 * letters + 6.2 * len(corner) + 28, 150 if shaped or vertex.notes else 116)
    if vertex.kind == "group":
        # The first line has room for the sign that opens the box, too.
        width = max(width + 18, *(5.8 * len(line) + 24 for line in written[:-1]))
    height = 24 + _LINE * len(written) + 4
    return Box(round(width), max(height, _SLOT * slots), title, corner, written)

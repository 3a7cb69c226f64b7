"""Layout: where every box stands and which way every edge runs.

Positions follow from the structure and the sizes of the boxes alone, never from a number in the
graph: two steps of a training have the same drawing. Data flows from left to right. Graphs that
would make a long thin strip are broken into rows, like lines of text.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from viz.scene.layers import assign_layers, order_layers
from viz.scene.placement import place_layers

#: A piece of a route: the end of a straight line (x, y), or the two control points and the end
#: of a Bézier curve.
Piece = tuple[float, ...]

#: From an item to one in the next column, and how high it ends there, from that item's middle.
Hop = tuple[int, int, float]

#: Length of the straight run before an argument slot, on which the edge's label stands.
LABEL_RUN = 78.0
#: Room for a link that comes in, whose labels stand outside.
PORT = 26.0
#: Room between rows.
_ROW_GAP = 40.0
#: Distance between the edges that lead from one row to the next.
_LANE = 9.0
#: So many long links of one operand run separately; more of them run as a bundle, since their
#: stand-ins would outnumber everything else.
_SEPARATE = 3
#: A drawing wider than this, and than _STRIP times its height, is broken into rows.
_WIDEST = 1800.0
_STRIP = 3.0


@dataclass(frozen=True, slots=True)
class Column:
    """Boxes that stand above one another, and links that pass between them.

    Attributes
    ----------
    row : int
        The row that the column is part of.
    left, width : float
        In pixels.
    items : list of (int, float)
        From top to bottom: which box or port it is, −1 for a link that passes; and its middle.
    """

    row: int
    left: float
    width: float
    items: list[tuple[int, float]]


@dataclass(frozen=True, slots=True)
class Layout:
    """Positions, in pixels from the left top corner.

    Attributes
    ----------
    corners : list of (x, y)
        Left top corner of each box.
    routes : list of list of Piece
        For each link, its way from the operand to the argument slot; the first piece is the
        starting point.
    width, height : float
        Of the whole.
    columns : list of Column
        Which box stands in which, from left to right.
    """

    corners: list[tuple[float, float]]
    routes: list[list[Piece]]
    width: float
    height: float
    columns: list[Column]


@dataclass(frozen=True, slots=True)
class Fixed:
    """What of a drawing is not free, because it continues another drawing.

    Attributes
    ----------
    starts, ends : dict of int to float
        For some links, how high they leave their operand or come to their consumer, measured
        from its top.
    entries, exits : int
        How many ports there are, points at the left and the right end of the drawing where links
        come in and go out. They are numbered behind the boxes, entries first, and their corners
        are the points.
    """

    starts: Mapping[int, float] = field(default_factory=dict)
    ends: Mapping[int, float] = field(default_factory=dict)
    entries: int = 0
    exits: int = 0


def lay_out(
    sizes: Sequence[tuple[float, float]],
    links: Sequence[tuple[int, int]],
    fixed: Fixed = Fixed(),
) -> Layout:
    """Place boxes and route links between them.

    Parameters
    ----------
    sizes : sequence of (width, height)
        Of each box.
    links : sequence of (operand, consumer)
        The links of one consumer are in the order of its argument slots.
    fixed : Fixed
        Ports, and links whose ends are given.
    """
    boxes = len(sizes)
    columns = assign_layers(boxes, [(a, b) for a, b in links if a < boxes and b < boxes])
    if fixed.entries:
        columns = [column + 1 for column in columns]
    columns += [0] * fixed.entries + [max(columns) + 1] * fixed.exits
    sizes = [*sizes, *[(0.0, PORT)] * fixed.entries, *[(0.0, 0.0)] * fixed.exits]
    web = _Web(sizes, links, columns, fixed)
    middles = web.place()
    rows = _Rows(web, middles)
    corners: list[tuple[float, float]] = []
    for i, (width, height) in enumerate(sizes):
        x, y = rows.left(columns[i]), rows.height_of(i)
        x += (rows.widths[columns[i]] - width) / 2
        corners.append((round(x), round(y - (height / 2 if i < boxes else 0.0))))
    routes = _Router(web, rows, corners).routes()
    return Layout(corners, routes, rows.total_width, rows.total_height, rows.columns())


class _Web:
    """Boxes and the stand-ins of links that pass a column; together: items."""

    def __init__(
        self,
        sizes: Sequence[tuple[float, float]],
        links: Sequence[tuple[int, int]],
        columns: list[int],
        fixed: Fixed,
    ) -> None:
        self.sizes = sizes
        self.fixed = fixed
        #: The columns with which a row may begin: no port stands alone in a row.
        self.breaks = range(2 if fixed.entries else 1, max(columns) + (not fixed.exits))
        self.links = links
        self.column = list(columns)
        self.layers: list[list[int]] = [[] for _ in range(max(columns, default=0) + 1)]
        for node, column in enumerate(columns):
            self.layers[column].append(node)
        self.heights = [height for _, height in sizes]
        self.before: list[list[int]] = [[] for _ in sizes]
        self.after: list[list[tuple[int, float]]] = [[] for _ in sizes]
        self.entries = self._enter()
        #: For each link the items on its way: operand, stand-ins, consumer.
        self.ways = self._lead_all()

    def _enter(self) -> list[float]:
        """How high each link ends, from the middle of its consumer."""
        slots: dict[int, list[int]] = {}
        entries = [0.0] * len(self.links)
        for i, (_, consumer) in enumerate(self.links):
            if i in self.fixed.ends:
                entries[i] = self.fixed.ends[i] - self.sizes[consumer][1] / 2
            else:
                slots.setdefault(consumer, []).append(i)
        for consumer, incoming in slots.items():
            step = self.sizes[consumer][1] / len(incoming)
            for k, i in enumerate(incoming):
                entries[i] = (k - (len(incoming) - 1) / 2) * step
        return entries

    def _lead(self, operand: int, consumer: int, bundled: dict[int, int]) -> list[int]:
        """The items on the way of a link; new stand-ins, or those of its bundle."""
        way = [operand]
        for column in range(self.column[operand] + 1, self.column[consumer]):
            item = bundled.get(column)
            if item is None:
                item = bundled[column] = len(self.heights)
                self.heights.append(0.0)
                self.column.append(column)
                self.layers[column].append(item)
                self.before.append([way[-1]])
                self.after.append([])
                self.after[way[-1]].append((item, 0.0))
            way.append(item)
        return [*way, consumer]

    def _lead_all(self) -> list[list[int]]:
        """The ways of all links: the long ones of one operand together if they are many."""
        long = Counter(
            a
            for i, (a, b) in enumerate(self.links)
            if self.column[b] - self.column[a] > 1 and i not in self.fixed.starts
        )
        bundles: dict[int, dict[int, int]] = {a: {} for a, n in long.items() if n > _SEPARATE}
        ways = []
        for link, (operand, consumer) in enumerate(self.links):
            way = self._lead(operand, consumer, bundles.get(operand, {}))
            self.before[consumer].append(way[-2])
            self.after[way[-2]].append((consumer, self.entries[link]))
            ways.append(way)
        return ways

    def hops(self, link: int) -> Iterator[Hop]:
        """The way of a link, from column to column; links of a bundle share hops."""
        way = self.ways[link]
        for a, b in pairwise(way):
            yield a, b, self.entries[link] if b == way[-1] else 0.0

    def place(self) -> list[float]:
        """Order the columns and find the middle of every item."""
        relative = [
            [(j, d / self.heights[j] if d else 0.0) for j, d in near] for near in self.after
        ]
        order_layers(self.layers, self.before, relative)
        # Long links want to be straight, and leaves give way, so that the main road is straight.
        weights = [
            4.0 if height == 0 else 1.0 if before else 0.001
            for height, before in zip(self.heights, self.before, strict=True)
        ]
        after = [[j for j, _ in near] for near in self.after]
        return place_layers(self.layers, self.heights, weights, self.before, after)


class _Rows:
    """Columns set side by side, and broken into rows where they would make a thin strip."""

    def __init__(self, web: _Web, middles: list[float]) -> None:
        self._web = web
        self._middles = middles
        layers = web.layers
        self.widths = [
            max(web.sizes[i][0] for i in layer if i < len(web.sizes)) for layer in layers
        ]
        hops = {hop for link in range(len(web.links)) for hop in web.hops(link)}
        #: How many lines lead to each column.
        self.crossing = Counter(web.column[item] for _, item, _ in hops)
        #: Room left of each column: for the curves, and for the labels before the boxes.
        self.gaps = [
            46 + min(120.0, 1.2 * self.crossing[c]) + LABEL_RUN for c in range(len(layers))
        ]
        self.gaps[0] = 0.0
        self._break()
        self._set()

    def _break(self) -> None:
        """Decide which columns begin a row."""
        spans = [self._extent([c]) for c in range(len(self.widths))]
        height = max(bottom - top for top, bottom in spans)
        width = sum(self.widths) + sum(self.gaps)
        count = 1
        if width > _WIDEST and width > _STRIP * height:
            count = max(1, round(math.sqrt(width / (1.8 * (height + _ROW_GAP)))))
            count = min(count, math.ceil(width / 1000))
        self.first = [0]
        reached = 0.0
        for column in range(1, len(self.widths)):
            reached += self.widths[column - 1] + self.gaps[column]
            due = reached >= width / count * len(self.first) and len(self.first) < count
            if due and column in self._web.breaks:
                self.first.append(column)
        self.row = []
        row = -1
        starts = set(self.first)
        for column in range(len(self.widths)):
            row += column in starts
            self.row.append(row)

    def _extent(self, columns: Sequence[int]) -> tuple[float, float]:
        """Top and bottom of what stands in these columns."""
        spans = [
            (
                self._middles[i] - self._web.heights[i] / 2,
                self._middles[i] + self._web.heights[i] / 2,
            )
            for c in columns
            for i in self._web.layers[c]
        ]
        return min(top for top, _ in spans), max(bottom for _, bottom in spans)

    def _set(self) -> None:
        """Find the left of every column, and how far every row is moved down."""
        bounds = [*self.first, len(self.widths)]
        turning = max((self.crossing[c] for c in self.first[1:]), default=0)
        self.margin = 0.0 if turning == 0 else 34 + _LANE * turning
        self._lefts: list[float] = []
        self.rights: list[float] = []
        self._down: list[float] = []
        #: For each row but the first, the topmost of the lanes that lead to it.
        self.lanes = [0.0]
        y = 0.0
        for start, end in pairwise(bounds):
            if start:
                self.lanes.append(y + _ROW_GAP / 2)
                y += _ROW_GAP + _LANE * (self.crossing[start] - 1)
            x = self.margin + (LABEL_RUN if start else 0.0)
            for column in range(start, end):
                if column > start:
                    x += self.gaps[column]
                self._lefts.append(x)
                x += self.widths[column]
            self.rights.append(x)
            top, bottom = self._extent(range(start, end))
            self._down.append(y - top)
            y += bottom - top
        self.total_width = round(max(self.rights) + self.margin)
        self.total_height = round(y)

    def columns(self) -> list[Column]:
        """Every column with what stands in it."""
        count = len(self._web.sizes)
        return [
            Column(
                self.row[c],
                round(self.left(c)),
                self.widths[c],
                [(i if i < count else -1, round(self.height_of(i))) for i in layer],
            )
            for c, layer in enumerate(self._web.layers)
        ]

    def left(self, column: int) -> float:
        """Left of the widest box of a column."""
        return self._lefts[column]

    def height_of(self, item: int) -> float:
        """Middle of an item, in its row."""
        return self._middles[item] + self._down[self.row[self._web.column[item]]]


class _Router:
    """Ways for the links: level through the columns, curved only between them."""

    def __init__(self, web: _Web, rows: _Rows, corners: list[tuple[float, float]]) -> None:
        self._web = web
        self._rows = rows
        self._corners = corners
        self._exits = self._spread_exits()
        self._turns = self._assign_lanes()

    def _spread_exits(self) -> dict[Hop, float]:
        """How high each link leaves its operand: spread over its side, in the order of the ends."""
        rows, web = self._rows, self._web
        leaving: dict[int, set[tuple[float, Hop]]] = {}
        exits = {}
        for link in range(len(web.links)):
            hop = next(web.hops(link))
            node = hop[0]
            if link in web.fixed.starts:
                top = rows.height_of(node) - web.sizes[node][1] / 2
                exits[hop] = top + web.fixed.starts[link]
            else:
                leaving.setdefault(node, set()).add((rows.height_of(hop[1]) + hop[2], hop))
        for node, ends in leaving.items():
            width, height = web.sizes[node]
            step = min(12.0, (height - 16) / max(len(ends) - 1, 1)) if width else 0.0
            for k, (_, hop) in enumerate(sorted(ends)):
                exits[hop] = rows.height_of(node) + (k - (len(ends) - 1) / 2) * step
        return exits

    def _assign_lanes(self) -> dict[Hop, int]:
        """Which lane a hop to the next row takes: the lowest hop's is 0."""
        rows, web = self._rows, self._web
        turning: dict[int, set[tuple[float, Hop]]] = {}
        for link in range(len(web.links)):
            for hop in web.hops(link):
                row = rows.row[web.column[hop[1]]]
                if rows.row[web.column[hop[0]]] != row:
                    y = self._exits.get(hop, rows.height_of(hop[0]))
                    turning.setdefault(row, set()).add((-y, hop))
        return {
            hop: lane for hops in turning.values() for lane, (_, hop) in enumerate(sorted(hops))
        }

    def routes(self) -> list[list[Piece]]:
        """The way of every link."""
        return [self._route(link) for link in range(len(self._web.links))]

    def _route(self, link: int) -> list[Piece]:
        web, rows = self._web, self._rows
        operand, consumer = web.links[link]
        hops = list(web.hops(link))
        x = self._corners[operand][0] + web.sizes[operand][0]
        y = round(self._exits[hops[0]])
        route: list[Piece] = [(x, y)]
        for hop in hops:
            _, item, entry = hop
            column = web.column[item]
            here = rows.left(column - 1) + rows.widths[column - 1]
            there = rows.left(column) - LABEL_RUN
            goal = round(rows.height_of(item) + entry)
            if rows.row[column] != rows.row[column - 1]:
                self._turn(route, hop, rows.row[column], (here, y), (there, goal))
            elif goal != y:
                _line(route, round(here), y)
                bend = round((here + there) / 2)
                route.append((bend, y, bend, goal, round(there), goal))
            y = goal
        _line(route, self._corners[consumer][0], y)
        return route

    def _turn(
        self,
        route: list[Piece],
        hop: Hop,
        row: int,
        start: tuple[float, float],
        end: tuple[float, float],
    ) -> None:
        """Go round the right end of a row, back between the rows, and into the next one."""
        rows = self._rows
        lane = self._turns[hop]
        level = round(rows.lanes[row] + _LANE * lane)
        right = round(rows.rights[row - 1])
        reach = 24 + _LANE * lane * 1.3
        _line(route, right, start[1])
        route.append((right + reach, start[1], right + reach, level, right, level))
        _line(route, round(end[0]), level)
        back = end[0] - 24 - _LANE * (rows.crossing[rows.first[row]] - 1 - lane) * 1.3
        route.append((round(back), level, round(back), end[1], round(end[0]), end[1]))


def _line(route: list[Piece], x: float, y: float) -> None:
    """Go straight on; a line that already goes straight gets longer."""
    if len(route) > 1 and len(route[-1]) == 2:
        route.pop()
    if route[-1][-2:] != (x, y):
        route.append((x, y))

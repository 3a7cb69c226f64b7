"""Layout: where every box stands and which way every edge runs.

Positions follow from the structure and the sizes of the boxes alone, never from a number in the
graph: two steps of a training have the same drawing. Data flows from left to right. Graphs that
are wider than the room for them are broken into rows, like lines of text.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from viz.scene.layers import assign_layers
from viz.scene.rows import LANE, Column, Rows
from viz.scene.web import Fixed, Hop, Web

#: A piece of a route: the end of a straight line (x, y), or the two control points and the end
#: of a Bézier curve.
Piece = tuple[float, ...]

#: Width and height that a drawing would best fit into.
ROOM = (1422.0, 800.0)
_FREE = Fixed()
#: Room for a link that comes in, whose labels stand outside.
PORT = 26.0


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


def lay_out(
    sizes: Sequence[tuple[float, float]],
    links: Sequence[tuple[int, int]],
    fixed: Fixed = _FREE,
    room: tuple[float, float] = ROOM,
    wide: Collection[int] = (),
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
    room : (width, height)
        What the drawing would best fit into.
    wide : collection of int
        The links with long labels.
    """
    boxes = len(sizes)
    columns = assign_layers(boxes, [(a, b) for a, b in links if a < boxes and b < boxes])
    if fixed.entries:
        columns = [column + 1 for column in columns]
    columns += [0] * fixed.entries + [max(columns) + 1] * fixed.exits
    sizes = [*sizes, *[(0.0, PORT)] * fixed.entries, *[(0.0, 0.0)] * fixed.exits]
    web = Web(sizes, links, columns, fixed)
    middles = web.place()
    rows = Rows(web, middles, room, {columns[links[i][1]] for i in wide})
    corners: list[tuple[float, float]] = []
    for i, (width, height) in enumerate(sizes):
        x, y = rows.left(columns[i]), rows.height_of(i)
        x += (rows.widths[columns[i]] - width) / 2
        corners.append((round(x), round(y - (height / 2 if i < boxes else 0.0))))
    routes = _Router(web, rows, corners).routes()
    return Layout(corners, routes, rows.total_width, rows.total_height, rows.columns())


class _Router:
    """Ways for the links: level through the columns, curved only between them."""

    def __init__(self, web: Web, rows: Rows, corners: list[tuple[float, float]]) -> None:
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

    def _assign_lanes(self) -> dict[Hop | int, int]:
        """Which lane the hops to the next row take from each origin: the lowest one's is 0."""
        rows, web = self._rows, self._web
        turning: dict[int, dict[Hop | int, float]] = {}
        for link in range(len(web.links)):
            for hop in web.hops(link):
                row = rows.row[web.column[hop[1]]]
                if rows.row[web.column[hop[0]]] != row:
                    y = self._exits.get(hop, rows.height_of(hop[0]))
                    turning.setdefault(row, {})[web.origin(hop)] = y
        return {
            origin: lane
            for starts in turning.values()
            for lane, origin in enumerate(sorted(starts, key=starts.__getitem__, reverse=True))
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
            there = rows.left(column) - rows.run(column)
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
        lane = self._turns[self._web.origin(hop)]
        level = round(rows.lanes[row] + LANE * lane)
        right = round(rows.rights[row - 1])
        reach = 24 + LANE * lane * 1.3
        _line(route, right, start[1])
        route.append((right + reach, start[1], right + reach, level, right, level))
        _line(route, round(end[0]), level)
        back = end[0] - 24 - LANE * (rows.turning[rows.first[row]] - 1 - lane) * 1.3
        route.append((round(back), level, round(back), end[1], round(end[0]), end[1]))


def _line(route: list[Piece], x: float, y: float) -> None:
    """Go straight on; a line that already goes straight gets longer."""
    if len(route) > 1 and len(route[-1]) == 2:
        route.pop()
    if route[-1][-2:] != (x, y):
        route.append((x, y))

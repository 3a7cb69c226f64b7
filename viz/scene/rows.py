"""Columns set side by side, and broken into rows like lines of text."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from itertools import accumulate, pairwise
from operator import add

from viz.scene.web import Web

#: Length of the straight run before an argument slot, on which the edge's label stands.
LABEL_RUN = 78.0
#: The same in a column to which a link with a long label leads.
WIDE_RUN = 104.0
#: Room for the curves between two columns, with few of them.
_CURVE = 42.0
#: Room between rows.
_ROW_GAP = 40.0
#: Distance between the edges that lead from one row to the next.
LANE = 9.0
#: Another row must make the drawing at least so many times larger when it is fitted into its room.
_WORTH = 1.08
#: No row is longer than so many times the mean, unless one column is.
_LONGEST = 1.5
#: What a line costs that leads from one row to the next; a row that is as much shorter or longer
#: than the mean, as a share of it, costs the square of that.
_TURN = 0.02


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


class Rows:
    """Columns set side by side, and broken into rows where the drawing is larger that way."""

    def __init__(
        self, web: Web, middles: list[float], room: tuple[float, float], wide: set[int]
    ) -> None:
        self._web = web
        self._middles = middles
        self._wide = wide
        layers = web.layers
        self.widths = [
            max(web.sizes[i][0] for i in layer if i < len(web.sizes)) for layer in layers
        ]
        self._spans = [self._span(layer) for layer in layers]
        hops = {hop for link in range(len(web.links)) for hop in web.hops(link)}
        #: How many lines lead to each column, and how many begin in the one before.
        self.crossing = Counter(web.column[item] for _, item, _ in hops)
        self.turning = Counter(
            column for column, _ in {(web.column[h[1]], web.origin(h)) for h in hops}
        )
        #: Room left of each column: for the curves, and for the labels before the boxes.
        self.gaps = [
            _CURVE + min(120.0, 1.2 * self.crossing[c]) + self.run(c) for c in range(len(layers))
        ]
        self.gaps[0] = 0.0
        self._set(self._best(room))

    def _best(self, room: tuple[float, float]) -> list[int]:
        """The columns that begin the rows: so that the drawing is largest in its room."""
        best = [0]
        width, height = scale = self._fill(best, room)
        count = max(1, round(math.sqrt(width / height) / 2))
        while width > max(1.0, height) and count < len(self.widths):
            count += 1
            first = self._break(count)
            width, height = self._fill(first, room)
            if max(width, height) <= 1 or max(width, height) * _WORTH < max(scale):
                best, scale = first, (width, height)
        return best

    def _fill(self, first: list[int], room: tuple[float, float]) -> tuple[float, float]:
        """How much of the room's width and height the drawing takes."""
        self._set(first)
        return self.total_width / room[0], self.total_height / room[1]

    def _break(self, count: int) -> list[int]:
        """Begin about so many rows of the same length, where few lines lead to the next."""
        columns = len(self.widths)
        ends = [0.0, *accumulate(map(add, self.widths, self.gaps))]
        mean = ends[-1] / count
        #: For each column what the rows before it cost, and where the last of these begins.
        costs = [0.0] + [math.inf] * columns
        begins = [0] * (columns + 1)
        for end in range(1, columns + 1):
            if end < columns and end not in self._web.breaks:
                continue
            for begin in range(end - 1, -1, -1):
                length = (ends[end] - ends[begin]) / mean
                if length > _LONGEST and begin < end - 1:
                    break
                cost = costs[begin] + (length - 1) ** 2 + _TURN * self.turning[begin]
                if cost < costs[end]:
                    costs[end], begins[end] = cost, begin
        first = [begins[columns]]
        while first[-1]:
            first.append(begins[first[-1]])
        return first[::-1]

    def _span(self, layer: list[int]) -> tuple[float, float]:
        """Top and bottom of what stands in a column."""
        middles, heights = self._middles, self._web.heights
        return (
            min(middles[i] - heights[i] / 2 for i in layer),
            max(middles[i] + heights[i] / 2 for i in layer),
        )

    def _set(self, first: list[int]) -> None:
        """Find the left of every column, and how far every row is moved down."""
        self.first = first
        turning = max((self.turning[c] for c in first[1:]), default=0)
        self.margin = 0.0 if turning == 0 else 34 + LANE * turning
        self.row: list[int] = []
        self._lefts: list[float] = []
        self.rights: list[float] = []
        self._down: list[float] = []
        #: For each row but the first, the topmost of the lanes that lead to it.
        self.lanes = [0.0]
        y = 0.0
        for row, (start, end) in enumerate(pairwise([*first, len(self.widths)])):
            if start:
                self.lanes.append(y + _ROW_GAP / 2)
                y += _ROW_GAP + LANE * (self.turning[start] - 1)
            x = self.margin + (self.run(start) if start else 0.0)
            for column in range(start, end):
                if column > start:
                    x += self.gaps[column]
                self.row.append(row)
                self._lefts.append(x)
                x += self.widths[column]
            self.rights.append(x)
            top = min(top for top, _ in self._spans[start:end])
            bottom = max(bottom for _, bottom in self._spans[start:end])
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

    def run(self, column: int) -> float:
        """Room for labels left of a column."""
        return WIDE_RUN if column in self._wide else LABEL_RUN

    def left(self, column: int) -> float:
        """Left of the widest box of a column."""
        return self._lefts[column]

    def height_of(self, item: int) -> float:
        """Middle of an item, in its row."""
        return self._middles[item] + self._down[self.row[self._web.column[item]]]

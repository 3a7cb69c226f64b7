"""The web that a layout is made of: boxes, and what stands for a link in the columns it passes."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from viz.scene.layers import SEPARATE, order_layers
from viz.scene.placement import place_layers

#: From an item to one in the next column, and how high it ends there, from that item's middle.
Hop = tuple[int, int, float]


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


class Web:
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

    def _lead_all(self) -> list[list[int]]:
        """The ways of all links; the long ones of one operand, or to one consumer, as a trunk."""
        long = [
            self.column[b] - self.column[a] > 1 and i not in self.fixed.starts
            for i, (a, b) in enumerate(self.links)
        ]
        leaving = Counter(a for (a, _), far in zip(self.links, long, strict=True) if far)
        coming = Counter(
            b
            for (a, b), far in zip(self.links, long, strict=True)
            if far and leaving[a] <= SEPARATE
        )
        #: Of each operand and of each consumer, the stand-ins of its trunk by their columns.
        branching: defaultdict[int, dict[int, int]] = defaultdict(dict)
        joining: defaultdict[int, dict[int, int]] = defaultdict(dict)
        ways = []
        for link, (operand, consumer) in enumerate(self.links):
            trunk: dict[int, int] = {}
            if long[link] and leaving[operand] > SEPARATE:
                trunk = branching[operand]
            elif long[link] and coming[consumer] > SEPARATE:
                trunk = joining[consumer]
            way = self._lead(operand, consumer, trunk)
            self.before[consumer].append(way[-2])
            self.after[way[-2]].append((consumer, self.entries[link]))
            ways.append(way)
        return ways

    def _lead(self, operand: int, consumer: int, trunk: dict[int, int]) -> list[int]:
        """The items on the way of a link; stand-ins are new, or those of its trunk."""
        way = [operand]
        for column in range(self.column[operand] + 1, self.column[consumer]):
            item = trunk.get(column)
            if item is None:
                item = trunk[column] = len(self.heights)
                self.heights.append(0.0)
                self.column.append(column)
                self.layers[column].append(item)
                self.before.append([])
                self.after.append([])
            if way[-1] not in self.before[item]:
                self.before[item].append(way[-1])
                self.after[way[-1]].append((item, 0.0))
            way.append(item)
        return [*way, consumer]

    def hops(self, link: int) -> Iterator[Hop]:
        """The way of a link, from column to column; links of a trunk share hops."""
        way = self.ways[link]
        for a, b in pairwise(way):
            yield a, b, self.entries[link] if b == way[-1] else 0.0

    def origin(self, hop: Hop) -> Hop | int:
        """What hops share that begin at one point: those from a stand-in do."""
        return hop if self.heights[hop[0]] else hop[0]

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

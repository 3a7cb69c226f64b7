"""Reads a page's drawing back out of the browser, and measures what is where.

Not a test module. Everything is in the units of the drawing, so that zooming changes nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import numpy as np

#: Left, top, right and bottom.
Rect = Any
#: A box or an edge: the number of its sheet, and its own in that.
Place = tuple[int, int]

#: At its own size: text that is shrunk is not measured rightly.
_READ = """(() => {
  world.removeAttribute("transform");
  const offset = (element) => { const { e, f } = element.getCTM(); return [e, f]; };
  const rect = (element) => {
    const r = element.getBBox(), [x, y] = offset(element);
    return [x + r.x, y + r.y, x + r.x + r.width, y + r.y + r.height];
  };
  const texts = (element) => [...element.querySelectorAll(":scope > text")]
    .map((text) => [text.textContent, rect(text)]);
  const read = {
    boxes: [...world.querySelectorAll("[data-b]")].map((element) => [
      [+element.dataset.s, +element.dataset.b], element.classList.contains("gg-open"),
      rect([...element.querySelectorAll(":scope > .gg-box, :scope > .gg-frame")].at(-1)),
      texts(element)]),
    edges: [...world.querySelectorAll("[data-e]")].map((element) => {
      const path = element.querySelector("path");
      return [[+element.dataset.s, +element.dataset.e], offset(path), path.getAttribute("d"),
        texts(element)];
    }),
  };
  show();
  return read;
})()"""
_STRUCTURE = """sheets.map(({ boxes, edges, entries, exits }) => ({
  insides: boxes.map(({ inside }) => inside), edges: edges.map(({ from, to }) => [from, to]),
  entries, exits }))"""


@dataclass
class Box:
    """A box that is drawn, open or closed."""

    open: bool
    rect: Rect
    texts: list[tuple[str, Rect]]


@dataclass
class Line:
    """An edge that is drawn; its curves as many straight pieces."""

    points: Any
    texts: list[tuple[str, Rect]]

    @property
    def pieces(self) -> Any:
        """The rectangle around each piece."""
        a, b = self.points[:-1], self.points[1:]
        return np.hstack([np.minimum(a, b), np.maximum(a, b)])

    @property
    def extent(self) -> Rect:
        """The rectangle around the whole."""
        return np.hstack([self.points.min(axis=0), self.points.max(axis=0)])


@dataclass
class Survey:
    """What is drawn at the moment."""

    sheets: list[dict[str, Any]]
    boxes: dict[Place, Box]
    lines: dict[Place, Line]
    around: dict[int, Place] = field(init=False)

    def __post_init__(self) -> None:
        self.around = {
            inside: (s, k)
            for s, sheet in enumerate(self.sheets)
            for k, inside in enumerate(sheet["insides"])
            if inside >= 0
        }

    def can_open(self) -> list[Place]:
        """The boxes that are drawn and can be opened or closed."""
        return [(s, k) for s, k in self.boxes if self.sheets[s]["insides"][k] >= 0]

    def on_sheet(self, s: int) -> list[Place]:
        return [place for place in self.boxes if place[0] == s]

    # --- what may not be ------------------------------------------------------------------------

    def overlaps(self) -> list[tuple[Place, Place]]:
        """Boxes beside each other that overlap, and boxes that stick out of the one around them."""
        found = []
        for s in {s for s, _ in self.boxes}:
            places = self.on_sheet(s)
            rects = np.array([self.boxes[place].rect for place in places])
            for i, j in np.argwhere(np.triu(overlap(rects, rects, 0.5), 1)):
                found.append((places[i], places[j]))
            if s in self.around:
                frame = self.boxes[self.around[s]].rect
                found += [
                    (p, self.around[s]) for p in places if not within(self.boxes[p].rect, frame)
                ]
        return found

    def loose_ends(self) -> list[tuple[Place, str, float, float]]:
        """Edges whose ends do not touch what they lead from and to, and by how much."""
        found = []
        for (s, e), line in self.lines.items():
            sheet, (start, end) = self.sheets[s], self.sheets[s]["edges"][e]
            count = len(sheet["insides"])
            ports = [*sheet["entries"], *sheet["exits"]]
            for which, k, point, side in (
                ("start", start, line.points[0], 2),
                ("end", end, line.points[-1], 0),
            ):
                if k < count:
                    rect = self.boxes[s, k].rect
                    off = point[0] - rect[side], point[1] - np.clip(point[1], rect[1], rect[3])
                else:
                    outer = self.lines[self.around[s][0], ports[k - count]].points
                    off = tuple(point - outer[-1 if which == "start" else 0])
                if max(map(abs, off)) > 1:
                    found.append(((s, e), which, *map(float, off)))
        return found

    def crossings(self) -> list[tuple[Place, Place]]:
        """Edges that run through a box, and edges that leave the box around them."""
        found = []
        for s in {s for s, _ in self.boxes}:
            places = self.on_sheet(s)
            rects = np.array([self.boxes[place].rect for place in places])
            for (_, e), line in ((p, line) for p, line in self.lines.items() if p[0] == s):
                hit = overlap(line.pieces, rects, 1.5).any(axis=0)
                found += [((s, e), place) for place in np.array(places)[hit].tolist()]
                if s in self.around:
                    frame = self.boxes[self.around[s]].rect
                    if not within(line.extent, frame):
                        found.append(((s, e), self.around[s]))
        return found

    def covered_texts(self) -> list[tuple[str, str]]:
        """Texts that lie over one another: numbers on edges also over a box, and lines in it."""
        return [*self._covered_labels(), *self._covered_lines()]

    def _covered_lines(self) -> list[tuple[str, str]]:
        found = []
        for box in self.boxes.values():
            rects = np.array([rect for _, rect in box.texts])
            # Lines stand so close that the rooms of their letters overlap a little.
            for i, j in np.argwhere(np.triu(overlap(rects, rects, 4), 1)):
                found.append((box.texts[i][0], box.texts[j][0]))
        return found

    def _covered_labels(self) -> list[tuple[str, str]]:
        names, rects = self._labels()
        if not names:
            return []
        found = [
            (names[i], names[j]) for i, j in np.argwhere(np.triu(overlap(rects, rects, 1.5), 1))
        ]
        closed = [(place, box) for place, box in self.boxes.items() if not box.open]
        hits = overlap(rects, np.array([box.rect for _, box in closed]), 1.5)
        return found + [(names[i], f"box {closed[j][0]}") for i, j in np.argwhere(hits)]

    def spilled_texts(self) -> list[tuple[str, float]]:
        """Lines in boxes that do not fit into them, and by how much."""
        return [
            (text, float(rect[2] - box.rect[2]))
            for box in self.boxes.values()
            for text, rect in box.texts
            if not within(rect, box.rect)
        ]

    def _labels(self) -> tuple[list[str], Any]:
        named = [
            (f"{p}: {text}", rect) for p, line in self.lines.items() for text, rect in line.texts
        ]
        return [name for name, _ in named], np.array([rect for _, rect in named]).reshape(-1, 4)


def survey(page: Any) -> Survey:
    """Read the drawing of a page that was opened with the fixture `open_page`."""
    drawn = page.inside(_READ)
    boxes = {
        tuple(place): Box(is_open, np.array(rect), [(t, np.array(r)) for t, r in texts])
        for place, is_open, rect, texts in drawn["boxes"]
    }
    lines = {
        tuple(place): Line(_trace(d) + offset, [(t, np.array(r)) for t, r in texts])
        for place, offset, d, texts in drawn["edges"]
    }
    return Survey(page.inside(_STRUCTURE), boxes, lines)


def overlap(a: Any, b: Any, slack: float) -> Any:
    """Which of some rectangles overlap which of others, by more than so many pixels."""
    a, b = a[:, None], b[None]
    low = np.maximum(a[..., :2], b[..., :2])
    high = np.minimum(a[..., 2:], b[..., 2:])
    # A piece of a line is no wider than a pixel; it counts where it is inside.
    inside = (a[..., :2] < b[..., 2:] - slack) & (b[..., :2] + slack < a[..., 2:])
    return (inside & (low <= high)).all(axis=-1)


def within(inner: Rect, outer: Rect) -> bool:
    """Whether one rectangle is inside another, to the pixel."""
    return bool((inner[:2] >= outer[:2] - 1).all() and (inner[2:] <= outer[2:] + 1).all())


def _trace(d: str) -> Any:
    """Points along a path of absolute lines and curves."""
    points: list[Any] = []
    for command, numbers in re.findall(r"([MLC])([^MLC]+)", d):
        at = np.array([float(x) for x in numbers.split()]).reshape(-1, 2)
        if command == "C":
            t = np.linspace(0, 1, 25)[1:, None]
            a, (b, c, e) = points[-1], at
            points += list(
                (1 - t) ** 3 * a + 3 * (1 - t) ** 2 * t * b + 3 * (1 - t) * t**2 * c + t**3 * e
            )
        else:
            points.append(at[0])
    return np.array(points)

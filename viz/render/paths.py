"""Routes as the data of SVG paths."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise

Piece = tuple[float, ...]


def path(route: Sequence[Piece]) -> str:
    """Straight lines and Bézier curves, as they come."""
    (x, y), *pieces = route
    drawn = [f"M{x} {y}"]
    for piece in pieces:
        command = "L" if len(piece) == 2 else "C"
        drawn.append(command + " ".join(map(str, piece)))
    return "".join(drawn)


def zigzag(route: Sequence[Piece], step: float = 7.0, reach: float = 4.0) -> str:
    """A route that leaps from side to side in its last bend, and on the run to its end."""
    plain = route[:-2] or route[:1]
    points = list(_walk([plain[-1][-2:], *route[len(plain) :]], step))
    drawn = [path(plain)]
    for k, ((ax, ay), (bx, by)) in enumerate(pairwise(points)):
        length = math.hypot(bx - ax, by - ay) or 1.0
        side = reach if k % 2 else -reach
        x = (ax + bx) / 2 - (by - ay) / length * side
        y = (ay + by) / 2 + (bx - ax) / length * side
        drawn.append(f"L{x:.1f} {y:.1f}")
    drawn.append(f"L{points[-1][0]} {points[-1][1]}")
    return "".join(drawn)


def joint(route: Sequence[Piece]) -> tuple[float, ...]:
    """The point from which a route bends for the last time; its start if it goes straight."""
    return route[-3][-2:] if len(route) > 2 and len(route[-2]) == 6 else route[0]


def length_to_joint(route: Sequence[Piece]) -> float:
    """How long a route is up to its joint."""
    return sum(_length(before[-2:], piece) for before, piece in pairwise(route[:-2]))


@lru_cache(maxsize=4096)
def _length(start: Piece, piece: Piece) -> float:
    """How long a piece is; those of a trunk are part of many routes."""
    step = math.dist(start, piece[-2:]) if len(piece) == 2 else 4.0
    return sum(math.dist(a, b) for a, b in pairwise(_walk([start, piece], step)))


def _walk(route: Sequence[Piece], step: float) -> Iterator[tuple[float, float]]:
    """Points along a route, about `step` apart, with both ends."""
    x, y = route[0]
    yield x, y
    for piece in route[1:]:
        end = piece[-2:]
        length = math.hypot(end[0] - x, end[1] - y)
        count = max(1, round(length / step))
        controls = piece if len(piece) == 6 else (x, y, *end, *end)
        for k in range(1, count + 1):
            t = k / count
            yield (
                _bezier(x, controls[0], controls[2], end[0], t),
                _bezier(y, controls[1], controls[3], end[1], t),
            )
        x, y = end


def _bezier(a: float, b: float, c: float, d: float, t: float) -> float:
    s = 1 - t
    return s * s * s * a + 3 * s * s * t * b + 3 * s * t * t * c + t * t * t * d

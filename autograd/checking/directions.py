"""Where to step from a point: along one coordinate, or along all inputs at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np

Array = np.ndarray[Any, Any]
Arrays = Sequence[Array]

#: The precision in which points are told apart: that of the function, which may be coarser than
#: that of its inputs.
Grain = np.dtype[Any]


class Direction(Protocol):
    """A straight line through a point.

    Attributes
    ----------
    scale : float
        The length over which the point itself suggests that a function changes.
    reach : float
        The longest step worth taking.
    finest : float
        The shortest step that the precision of the point resolves.
    """

    scale: float
    reach: float
    finest: float

    def move(self, point: Arrays, step: float) -> tuple[list[Array], float]:
        """The point moved, and how far it really moved after rounding."""
        ...

    def along(self, gradients: Array) -> Array:
        """The derivatives in this direction that gradients claim; a row is a gradient.

        A gradient is that of all inputs, one after the other, as a flat row.
        """
        ...

    def bound(self, sizes: Array) -> Array:
        """The same for the sizes of gradients, which only add: what rounding is relative to."""
        ...

    def drift(self, point: Arrays, gradients: Array) -> Array:
        """How much rounding of the moved point may move the result, by these gradients."""
        ...

    def roundoff(self, point: Arrays) -> float:
        """How far rounding moves the point along the line."""
        ...


class Coordinate:
    """One element of one input; or several that are one number, as in a symmetric matrix."""

    def __init__(
        self, point: Arrays, slot: int, places: Sequence[int], typical: float, grain: Grain
    ) -> None:
        epsilon = float(np.finfo(grain).eps)
        self._epsilon = epsilon
        self.slot = slot
        self.grain = grain
        self.places = list(places)
        first = sum(array.size for array in point[:slot])
        self._columns = [first + place for place in self.places]
        x = abs(float(point[slot].flat[self.places[0]]))
        self.scale = max(x, 0.1 * typical) or 1.0
        self.reach = 0.5 * max(1.0, x, self.scale)
        self.finest = 4 * epsilon * x if x else epsilon * min(1.0, self.scale)

    def move(self, point: Arrays, step: float) -> tuple[list[Array], float]:
        """See `Direction`."""
        moved = list(point)
        array = moved[self.slot].copy()
        before = array.flat[self.places[0]]
        array.flat[self.places] = self.grain.type(before + step)
        moved[self.slot] = array
        return moved, float(array.flat[self.places[0]] - before)

    def along(self, gradients: Array) -> Array:
        """See `Direction`."""
        if len(self._columns) == 1:
            return np.asarray(gradients[:, self._columns[0]])
        return np.asarray(gradients[:, self._columns].sum(axis=1))

    def bound(self, sizes: Array) -> Array:
        """See `Direction`."""
        return self.along(sizes)

    def drift(self, point: Arrays, gradients: Array) -> Array:
        """See `Direction`."""
        return np.zeros(len(gradients))

    def roundoff(self, point: Arrays) -> float:
        """See `Direction`."""
        return self._epsilon * abs(float(point[self.slot].flat[self.places[0]]))


class Mixture:
    """All elements of all inputs at once, each by a random multiple of its own scale."""

    def __init__(self, steps: Arrays, grain: Grain) -> None:
        self.steps = steps
        self.grain = grain
        self.scale = 1.0
        self.reach = 0.5
        self._epsilon = float(np.finfo(grain).eps)
        self.finest = 1e3 * self._epsilon

    def move(self, point: Arrays, step: float) -> tuple[list[Array], float]:
        """See `Direction`."""
        pairs = zip(point, self.steps, strict=True)
        moved = [(x + step * d).astype(self.grain).astype(x.dtype) for x, d in pairs]
        return [np.asarray(x) for x in moved], step

    def along(self, gradients: Array) -> Array:
        """See `Direction`."""
        return np.asarray(gradients @ in_a_row(self.steps))

    def bound(self, sizes: Array) -> Array:
        """See `Direction`."""
        return np.asarray(sizes @ np.abs(in_a_row(self.steps)))

    def drift(self, point: Arrays, gradients: Array) -> Array:
        """See `Direction`."""
        return np.asarray(self._epsilon * (np.abs(gradients) @ np.abs(in_a_row(point))))

    def roundoff(self, point: Arrays) -> float:
        """See `Direction`."""
        return self._epsilon


def in_a_row(arrays: Arrays) -> Array:
    """All elements of all arrays, one after the other."""
    return np.concatenate([np.ravel(x) for x in arrays]).astype(float)


def typical_size(array: Array) -> float:
    """The root mean square of the finite elements; 0.0 if there are none or all are 0."""
    finite = array[np.isfinite(array)].astype(float)
    if not finite.size:
        return 0.0
    largest = float(np.abs(finite).max())
    return largest * float(np.sqrt(np.mean((finite / largest) ** 2))) if largest else 0.0


def element_directions(
    point: Arrays, slot: int, grain: Grain, symmetric: bool = False
) -> list[Coordinate]:
    """One direction per element of an input; per pair of mirrored elements if symmetric."""
    array = point[slot]
    typical = typical_size(array)
    groups: list[tuple[int, ...]] = [(i,) for i in range(array.size)]
    if symmetric:
        numbers = np.arange(array.size).reshape(array.shape)
        mirrored = numbers.swapaxes(-1, -2)
        upper = numbers <= mirrored
        pairs = zip(numbers[upper].tolist(), mirrored[upper].tolist(), strict=True)
        groups = [(a,) if a == b else (a, b) for a, b in pairs]
    return [Coordinate(point, slot, places, typical, grain) for places in groups]


def random_direction(
    point: Arrays, rng: np.random.Generator, grain: Grain, symmetric: Sequence[bool]
) -> Mixture:
    """A direction in which every element moves by a fair part of its own size."""
    steps = []
    for slot, x in enumerate(point):
        size = np.maximum(np.abs(x).astype(float), 0.1 * typical_size(x))
        size = np.where(size > 0, size, 1.0)
        step = size * rng.uniform(0.5, 1.5, x.shape) * rng.choice([-1.0, 1.0], x.shape)
        if symmetric[slot]:
            step = (step + step.swapaxes(-1, -2)) / 2
        steps.append(np.asarray(step))
    return Mixture(steps, grain)

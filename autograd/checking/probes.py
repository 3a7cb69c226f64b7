"""Other points to look at: near the one that was given, on its other side, larger and smaller."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from autograd.checking.directions import typical_size
from autograd.checking.domains import Domain

Array = np.ndarray[Any, Any]

#: How a probe is named in the report, and the range its elements are drawn from: relative to the
#: elements of the input, or (None) to 1. A piece of a function that the input does not reach
#: begins at an unknown place, so sizes are spread over all that occurs in practice.
_RANGES: tuple[tuple[str, bool, float, float], ...] = (
    ("nearby", True, 0.7, 1.4),
    ("ten times as large", True, 5.0, 12.0),
    ("a hundredth as large", True, 0.001, 0.01),
    ("between 0.1 and 2, of one sign", False, 0.1, 2.0),
    ("between 5 and 9", False, 5.2, 9.0),
    ("between 20 and 60", False, 20.0, 60.0),
)


def probes(
    arrays: Sequence[Array], domains: Sequence[Domain], rng: np.random.Generator
) -> Iterator[tuple[str, Iterator[list[Array]]]]:
    """Points worth a look, in words and numbers.

    Each comes with alternatives of the same sizes, to be tried where the one before lies outside
    the function's domain: first signs as they fall, then the signs of the input, then all positive.
    """
    for name, relative, low, high in _RANGES:
        sizes, signs = [], []
        for x in arrays:
            typical = typical_size(x) if relative else 1.0
            own = np.abs(x).astype(float) if relative else np.ones(x.shape)
            # Shuffled, so that another element is the largest.
            own = rng.permutation(own.ravel()).reshape(x.shape)
            base = np.maximum(own, 0.3 * typical)
            sizes.append(np.where(base > 0, base, 1.0) * rng.uniform(low, high, x.shape))
            same = np.ones(x.shape)
            signs.append(same if low == 0.1 else rng.choice([-1.0, 1.0], x.shape))
        for side in (1.0, -1.0):
            named = name if side > 0 else f"{name}, signs turned"
            yield named, _alternatives(arrays, domains, sizes, [side * s for s in signs], rng)


def _alternatives(
    arrays: Sequence[Array],
    domains: Sequence[Domain],
    sizes: Sequence[Array],
    signs: Sequence[Array],
    rng: np.random.Generator,
) -> Iterator[list[Array]]:
    """See `probes`."""

    def inside(points: Sequence[Array]) -> list[Array]:
        moved = zip(domains, points, arrays, strict=True)
        return [np.array(d.nearest(p), x.dtype) for d, p, x in moved]

    yield inside([s * size for s, size in zip(signs, sizes, strict=True)])
    # Not the same again for the other side.
    kept = [
        np.copysign(size * rng.uniform(0.6, 1.0, size.shape), x)
        for size, x in zip(sizes, arrays, strict=True)
    ]
    yield inside(kept)
    yield inside([np.abs(k) for k in kept])

"""Strategies for hypothesis: arrays on which derivatives can be checked.

Needs hypothesis: ``pip install hypothesis``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd.checking.declarations import DECLARED
from autograd.checking.domains import Domain, as_domain

try:
    from hypothesis import strategies as st
except ImportError as error:
    raise ImportError(
        "autograd.checking.strategies needs hypothesis, which is not installed: "
        "pip install hypothesis."
    ) from error

Array = np.ndarray[Any, Any]


@st.composite
def well_scaled(
    draw: st.DrawFn,
    /,
    shape: tuple[int, ...],
    *,
    domain: Any = None,
    away_from: Sequence[float] = (),
    margin: float = 0.02,
    size: float = 2.0,
    dtype: Any = np.float64,
) -> Array:
    """Arrays whose elements are neither huge nor tiny, and keep away from some numbers.

    Parameters
    ----------
    shape : tuple of int
        Shape of the array.
    domain : optional
        As in `gradcheck`.
    away_from : sequence of float
        Numbers to which no element comes closer than `margin`.
    margin, size : float
        Elements are at most `size` before they are moved into the domain.
    dtype : dtype
        Of the array.
    """
    within = as_domain(domain)
    x = _numbers(draw, shape, size, within)
    for number in away_from:
        near = np.abs(x - number) < margin
        x = np.where(near, number + np.copysign(margin + np.abs(x - number), x - number), x)
    return np.asarray(within.nearest(x) if domain is not None else x).astype(dtype)


@st.composite
def operands(
    draw: st.DrawFn, /, name: str, *shapes: tuple[int, ...], margin: float = 0.02, **params: Any
) -> list[Array]:
    """Operands for an entry of the table of derivatives, away from its declared kinks.

    Parameters
    ----------
    name : str
        Name of the entry.
    *shapes : tuple of int
        One for each operand.
    margin : float
        No closer to a kink than this.
    **params
        Parameters of the entry, of which its kinks may depend.
    """
    declared = DECLARED[name]
    given = [_numbers(draw, shape, 2.0, declared.domain(slot)) for slot, shape in enumerate(shapes)]
    for _ in range(100):
        if declared.distance(given, params) >= margin:
            return given
        # Moved a little rather than rejected: what hypothesis shrinks to lies on kinks.
        given = [_shifted(x, i, declared.domain) for i, x in enumerate(given)]
    from hypothesis import reject

    reject()


def _numbers(draw: st.DrawFn, shape: tuple[int, ...], size: float, domain: Domain) -> Array:
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    scale = draw(st.sampled_from((0.1, 0.5, 1.0))) * size
    return np.asarray(domain.nearest(rng.uniform(-scale, scale, shape)), dtype=float)


def _shifted(x: Array, number: int, domain: Callable[[int], Domain]) -> Array:
    steps = 0.0137 * (1 + np.arange(x.size).reshape(x.shape) % 7) * (number + 1.3)
    return np.asarray(domain(number).nearest(x + steps), dtype=float)

"""Where a function is defined: what `domain=` may say, and points in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]


class Domain:
    """A set of arrays.

    Attributes
    ----------
    name : str
        For messages.
    contains : callable
        Whether an array lies in it.
    nearest : callable
        From any array to one in it, keeping sizes as far as possible; for new points.
    symmetric : bool
        Whether mirrored elements of a matrix are one number, so that they move together.
    """

    def __init__(
        self,
        name: str,
        contains: Callable[[Array], bool],
        nearest: Callable[[Array], Array] | None = None,
        symmetric: bool = False,
    ) -> None:
        self.name = name
        self.contains = contains
        self.nearest = nearest or (lambda x: x)
        self.symmetric = symmetric

    def __repr__(self) -> str:
        return f"<domain: {self.name}>"


def interval(low: float, high: float) -> Domain:
    """All elements from `low` to `high`; points on the bounds belong to it."""

    def nearest(x: Array) -> Array:
        if np.isfinite(low) and np.isfinite(high):
            middle, half = (low + high) / 2, (high - low) / 2
            # A number of any size gives a point inside, large ones points near the bounds.
            return np.asarray(middle + half * 0.97 * np.tanh((x - middle) / half))
        if np.isfinite(low):
            return np.asarray(low + np.abs(x - low))
        return np.asarray(high - np.abs(x - high)) if np.isfinite(high) else x

    return Domain(
        f"from {low:g} to {high:g}",
        lambda x: bool(np.all((x >= low) & (x <= high))),
        nearest,
    )


def _is_symmetric(x: Array) -> bool:
    square = x.ndim >= 2 and x.shape[-1] == x.shape[-2]
    return square and bool(np.array_equal(x, x.swapaxes(-1, -2)))


def _is_positive_definite(x: Array) -> bool:
    return _is_symmetric(x) and bool((np.linalg.eigvalsh(x) > 0).all())


def _symmetrised(x: Array) -> Array:
    return np.asarray((x + x.swapaxes(-1, -2)) / 2)


def _made_definite(x: Array) -> Array:
    n = x.shape[-1]
    size = np.sqrt((x**2).mean()) if x.size else 1.0
    return np.asarray(_symmetrised(x @ x.swapaxes(-1, -2)) / (n * size) + 0.3 * size * np.eye(n))


ANYWHERE = Domain("anywhere", lambda x: True)
POSITIVE = Domain("positive", lambda x: bool((x > 0).all()), np.abs)
SYMMETRIC = Domain("a symmetric matrix", _is_symmetric, _symmetrised, symmetric=True)
DEFINITE = Domain(
    "a symmetric positive definite matrix", _is_positive_definite, _made_definite, symmetric=True
)
_NAMED = {"positive": POSITIVE, "symmetric": SYMMETRIC, "spd": DEFINITE}


def as_domain(given: Any) -> Domain:
    """What one `domain=` means.

    Raises
    ------
    ValueError
        If it means nothing.
    """
    if given is None:
        return ANYWHERE
    if isinstance(given, Domain):
        return given
    if isinstance(given, str) and given in _NAMED:
        return _NAMED[given]
    if isinstance(given, tuple) and len(given) == 2 and all(np.isscalar(x) for x in given):
        low, high = (float(x) for x in given)
        if low < high:
            return interval(low, high)
    if callable(given):
        name = getattr(given, "__name__", "a predicate")
        return Domain(name, lambda x: bool(np.all(given(x))))
    raise ValueError(
        f"domain= takes an interval (low, high) with low < high, one of "
        f"{', '.join(map(repr, _NAMED))}, or a function of an array that returns True or False; "
        f"{given!r} was given."
    )


def as_domains(given: Any, count: int) -> list[Domain]:
    """One domain per input: the same for all, or a list with one for each."""
    if isinstance(given, list):
        if len(given) != count:
            raise ValueError(
                f"domain= is a list of {len(given)}, but there are {count} inputs; give one domain "
                "for each, None for those without."
            )
        return [as_domain(one) for one in given]
    return [as_domain(given)] * count


def all_within(domains: Sequence[Domain], arrays: Sequence[Array]) -> bool:
    """Whether every array lies in its domain."""
    return all(d.contains(x) for d, x in zip(domains, arrays, strict=True))

"""Where the batches of an epoch come from."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from nn.aliases import Array
from nn.data.batching import batches, check_records

# As text, since numpy.random is loaded when it is first named.

#: One epoch's batches of records and targets, in an order that a generator decides.
Batches: TypeAlias = "Callable[[np.random.Generator], Iterable[tuple[Any, Any]]]"

#: A batch of records with changes that the generator decides.
Augment: TypeAlias = "Callable[[Array, np.random.Generator], Any]"


class Source(NamedTuple):
    """The batches of an epoch, and what is known about them beforehand."""

    batches: Batches
    records: int | None
    batches_per_epoch: int | None


def source_of(x: Any, y: Any, batch_size: int, augment: Augment | None) -> Source:
    """Batches from records and targets, or from a function if there are no targets.

    Raises
    ------
    TypeError
        If there are no targets, and no function either.
    ValueError
        If there are no records, their numbers differ, or a function comes with `augment`.
    """
    if y is None:
        return Source(_checked(x, augment), None, None)
    x, y = np.asarray(x), np.asarray(y)
    check_records(x, y, batch_size)

    def shuffled(rng: np.random.Generator) -> Iterator[tuple[Any, Any]]:
        for xs, ys in batches(x, y, batch_size, shuffle=True, seed=rng):
            yield xs if augment is None else _augmented(augment, xs, rng), ys

    return Source(shuffled, len(x), math.ceil(len(x) / batch_size))


def _augmented(augment: Augment, xs: Array, rng: np.random.Generator) -> Array:
    changed = np.asarray(augment(xs, rng))
    if changed.shape[:1] != xs.shape[:1]:
        raise ValueError(
            f"augment changes a batch and keeps its {len(xs)} records, but it gave an array of "
            f"shape {changed.shape}."
        )
    return changed


def _checked(function: Any, augment: Augment | None) -> Batches:
    if not callable(function):
        raise TypeError(
            "fit takes records x with targets y, or instead of both a function that makes one "
            "epoch's batches, such as lambda rng: nn.data.batches(x, y, 32, shuffle=True, "
            f"seed=rng); but {type(function).__name__} was given without targets."
        )
    if augment is not None:
        raise ValueError("augment changes records x; a function of batches augments them itself.")

    def pairs(rng: np.random.Generator) -> Iterator[tuple[Any, Any]]:
        empty = True
        for batch in function(rng):
            if not isinstance(batch, tuple | list) or len(batch) != 2:
                raise TypeError(
                    "a function of batches gives pairs of records and targets, but there was a "
                    f"{type(batch).__name__}."
                )
            empty = False
            yield batch[0], batch[1]
        if empty:
            raise ValueError("there are no records: the function of batches gave none.")

    return pairs


def non_finite(**arrays: Any) -> str:
    """Which arrays of a batch hold nan or infinities, and in how many records; may be empty."""
    found = []
    for name, given in arrays.items():
        if isinstance(given, tuple | list):
            continue
        array = np.asarray(given)
        if array.dtype.kind in "fc":
            bad = ~np.isfinite(array).reshape(len(array), -1).all(axis=1)
            if bad.any():
                found.append(f"{name} has nan or infinity in {bad.sum()} of its {len(bad)} records")
    return " and ".join(found)

"""Mini-batches."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from nn.aliases import Array, Seed


def batches(
    x: Any,
    y: Any,
    batch_size: int,
    *,
    shuffle: bool = False,
    seed: Seed = None,
    drop_last: bool = False,
) -> Iterator[tuple[Array, Array]]:
    """Cut records into mini-batches: one pass is one epoch.

    Parameters
    ----------
    x, y : array_like, (n, ...)
        Records and their targets.
    batch_size : int
        Records in a batch; the last batch may have fewer.
    shuffle : bool, default False
        Whether the records are taken in random order.
    seed : int or Generator, optional
        Where that order comes from. A Generator gives another order each time.
    drop_last : bool, default False
        Leave out a last batch that is not full.

    Returns
    -------
    iterator of (array, array)
        Views of `x` and `y` if they are not shuffled, else copies.

    Raises
    ------
    ValueError
        If there are no records, not as many targets as records, or `batch_size` is below 1.
    """
    x, y = np.asarray(x), np.asarray(y)
    check_records(x, y, batch_size)
    return _cut(x, y, batch_size, shuffle, seed, drop_last)


def check_records(x: Array, y: Array, batch_size: int) -> None:
    """Raise ValueError unless there are records, as many targets, and a batch to put them in."""
    if x.ndim == 0 or y.ndim == 0 or len(x) != len(y):
        raise ValueError(
            f"every record needs one target, but x has shape {x.shape} and y has shape {y.shape}."
        )
    if len(x) == 0:
        raise ValueError(f"there are no records: x has shape {x.shape}.")
    if batch_size < 1:
        raise ValueError(f"batch_size must be at least 1, but {batch_size} was given.")


def _cut(
    x: Array, y: Array, batch_size: int, shuffle: bool, seed: Seed, drop_last: bool
) -> Iterator[tuple[Array, Array]]:
    n = len(x)
    order = np.random.default_rng(seed).permutation(n) if shuffle else None
    for start in range(0, n - batch_size + 1 if drop_last else n, batch_size):
        part = slice(start, start + batch_size)
        chosen = part if order is None else order[part]
        yield x[chosen], y[chosen]

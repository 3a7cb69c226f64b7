"""Splits into records to train on and records to judge by."""

from __future__ import annotations

from typing import Any

import numpy as np

from nn.aliases import Array, Seed


def train_test_split(
    *arrays: Any, test_size: float = 0.25, stratify: Any = None, seed: Seed = None
) -> list[Array]:
    """Split arrays at random into two parts; scikit-learn's name and order.

    Parameters
    ----------
    *arrays : array_like, (n, ...)
        Records, targets and whatever belongs to them.
    test_size : float or int, default 0.25
        The share of the second part, or how many records it has.
    stratify : array_like, (n,), optional
        Labels: both parts get the same share of every class, up to rounding.
    seed : int or Generator, optional
        Where the order comes from.

    Returns
    -------
    list of array
        ``[x_train, x_test, y_train, y_test, ...]``, copies.

    Raises
    ------
    ValueError
        If the arrays differ in length, or one part would be empty.
    """
    return _split(arrays, {"test_size": test_size}, stratify, seed)


def train_validation_test_split(
    *arrays: Any,
    validation_size: float = 0.15,
    test_size: float = 0.15,
    stratify: Any = None,
    seed: Seed = None,
) -> list[Array]:
    """Split arrays at random into three parts: to learn from, to choose by, and to report.

    Parameters
    ----------
    *arrays : array_like, (n, ...)
        Records, targets and whatever belongs to them.
    validation_size, test_size : float or int, default 0.15
        The shares of the second and the third part, or how many records they have.
    stratify : array_like, (n,), optional
        Labels: all parts get the same share of every class, up to rounding.
    seed : int or Generator, optional
        Where the order comes from.

    Returns
    -------
    list of array
        ``[x_train, x_validation, x_test, y_train, y_validation, y_test, ...]``, copies.

    Raises
    ------
    ValueError
        If the arrays differ in length, or one part would be empty.
    """
    sizes = {"validation_size": validation_size, "test_size": test_size}
    return _split(arrays, sizes, stratify, seed)


def _split(
    arrays: tuple[Any, ...], sizes: dict[str, float], stratify: Any, seed: Seed
) -> list[Array]:
    """Split into a part to train on and one for each size."""
    whole = [np.asarray(array) for array in arrays]
    lengths = {len(array) for array in whole}
    if len(lengths) != 1:
        raise ValueError(
            "the arrays to split need one length, but theirs are "
            f"{', '.join(str(len(array)) for array in whole)}."
        )
    (n,) = lengths
    counts = {
        name: int(size) if isinstance(size, int | np.integer) else round(size * n)
        for name, size in sizes.items()
    }
    if min(counts.values()) <= 0 or sum(counts.values()) >= n:
        raise ValueError(
            "every part needs records, but "
            + " and ".join(
                f"{name}={size} of {n} records makes {counts[name]}" for name, size in sizes.items()
            )
            + "."
        )
    rng = np.random.default_rng(seed)
    order = rng.permutation(n)
    if stratify is not None:
        order = _alternate(order, np.asarray(stratify), n)
    *held_out, rest = np.split(order, np.cumsum([*counts.values()]))
    parts = [rng.permutation(rest), *held_out]
    return [array[part] for array in whole for part in parts]


def _alternate(order: Array, labels: Array, n: int) -> Array:
    """Mix the classes evenly, so that every part from the front has its share of each."""
    if labels.shape != (n,):
        raise ValueError(f"stratify needs one label for each of {n} records: shape {labels.shape}.")
    shuffled = labels[order]
    position = np.empty(n)
    for label in np.unique(labels):
        members = np.flatnonzero(shuffled == label)
        # The class's records at equal distances in [0, 1): the i-th of k at (i + ½)/k.
        position[members] = (np.arange(len(members)) + 0.5) / len(members)
    return order[np.argsort(position, kind="stable")]

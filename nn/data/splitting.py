"""Splits into a part to train on and a part to test on."""

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
    whole = [np.asarray(array) for array in arrays]
    lengths = {len(array) for array in whole}
    if len(lengths) != 1:
        raise ValueError(
            "the arrays to split need one length, but theirs are "
            f"{', '.join(str(len(array)) for array in whole)}."
        )
    (n,) = lengths
    count = test_size if isinstance(test_size, int | np.integer) else round(test_size * n)
    if not 0 < count < n:
        raise ValueError(
            f"both parts need records, but test_size={test_size} of {n} records makes {count}."
        )
    rng = np.random.default_rng(seed)
    order = rng.permutation(n)
    if stratify is not None:
        order = _alternate(order, np.asarray(stratify), n)
    test = order[:count]
    train = rng.permutation(order[count:])
    return [array[part] for array in whole for part in (train, test)]


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

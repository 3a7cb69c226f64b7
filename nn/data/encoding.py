"""Classes as numbers that networks can learn."""

from __future__ import annotations

from typing import Any

import numpy as np

from nn.aliases import Array, DTypeLike


def one_hot(labels: Any, num_classes: int | None = None, *, dtype: DTypeLike = np.float32) -> Array:
    """Class numbers as rows with a single 1.

    Parameters
    ----------
    labels : array_like of int, (...,)
        0 … num_classes − 1.
    num_classes : int, optional
        By default one more than the largest label.
    dtype : dtype, default float32
        Of the result.

    Returns
    -------
    (..., num_classes)

    Raises
    ------
    TypeError
        If the labels are no integers.
    ValueError
        If a label is out of range, or there is none to count the classes by.
    """
    labels = np.asarray(labels)
    if labels.dtype.kind not in "iu":
        raise TypeError(f"one_hot takes integer labels, but their dtype is {labels.dtype}.")
    if num_classes is None:
        if not labels.size:
            raise ValueError("one_hot was given no labels, so num_classes must be given.")
        num_classes = int(labels.max()) + 1
    wrong = labels[(labels < 0) | (labels >= num_classes)]
    if wrong.size:
        raise ValueError(
            f"labels of {num_classes} classes run from 0 to {num_classes - 1}, but got "
            f"{wrong.flat[0]}."
        )
    return np.asarray(labels[..., None] == np.arange(num_classes), dtype=dtype)

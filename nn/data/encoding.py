"""Numbers as networks like them."""

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


def min_max_scale(
    x: Any, low: float = 0.0, high: float = 1.0, *, axis: int | tuple[int, ...] | None = None
) -> Array:
    """Map linearly so that the smallest number becomes `low` and the largest `high`.

    Parameters
    ----------
    x : array_like
        Integers become float64.
    low, high : float
        The new bounds.
    axis : int or tuple of int, optional
        Take smallest and largest along it: 0 scales every feature on its own. By default over
        all numbers.

    Returns
    -------
    array
        `low` where all numbers are equal.
    """
    x = np.asarray(x)
    # In floating point, so that the differences of small integers cannot wrap around.
    x = x.astype(np.result_type(x, 0.0), copy=False)
    smallest = x.min(axis=axis, keepdims=True)
    span = x.max(axis=axis, keepdims=True) - smallest
    scaled: Array = low + (x - smallest) * ((high - low) / np.where(span == 0, 1, span))
    return scaled

"""Rows of a table, looked up by number, under PyTorch's names."""

from __future__ import annotations

import operator
from typing import Literal

import numpy as np

from autograd.primitives import data_of
from autograd.rules.axes import as_operand
from autograd.rules.indexing import scatter
from nn.aliases import Array, ArrayOrNode
from nn.functional.arguments import plainly


def one_hot(tensor: Array, num_classes: int = -1) -> Array:
    """Rows of zeros with a 1 at the place of each number.

    Parameters
    ----------
    tensor : (...) of int
        The numbers, 0 or larger.
    num_classes : int
        Length of the rows; by default the largest number + 1.

    Returns
    -------
    (..., num_classes) of int

    Raises
    ------
    ValueError
        If a number is negative or has no place.
    """
    numbers = np.asarray(tensor)
    least = int(numbers.max(initial=-1)) + 1
    classes = least if num_classes == -1 else num_classes
    if numbers.min(initial=0) < 0 or least > classes:
        raise ValueError(
            f"one_hot has places 0 … {classes - 1}, but the numbers run from {numbers.min()} to "
            f"{numbers.max()}."
        )
    rows: Array = (numbers[..., None] == np.arange(classes)).astype(int)
    return rows


def embedding(input: Array, weight: ArrayOrNode, padding_idx: int | None = None) -> ArrayOrNode:
    """Rows of a table, looked up by number.

    PyTorch's `max_norm`, which changes the table, and its scaled and sparse gradients are left out.

    Parameters
    ----------
    input : array of int
        Row numbers.
    weight : (rows, features)
        The table.
    padding_idx : int, optional
        A row that receives no gradient.

    Raises
    ------
    IndexError
        If a number is not that of a row.
    """
    numbers = as_operand(input)
    rows = weight[numbers]
    if padding_idx is None:
        return rows
    padding = plainly(_rows_equal, numbers, padding_idx % weight.shape[0])
    return np.where(padding, plainly(operator.getitem, data_of(weight), numbers), rows)


def _rows_equal(numbers: ArrayOrNode, row: int) -> ArrayOrNode:
    """Where the row is this one, to be repeated over its columns."""
    return (numbers == row)[..., None]


def embedding_bag(
    input: Array,
    weight: ArrayOrNode,
    offsets: Array | None = None,
    *,
    mode: Literal["mean", "sum", "max"] = "mean",
    per_sample_weights: ArrayOrNode | None = None,
    include_last_offset: bool = False,
    padding_idx: int | None = None,
) -> ArrayOrNode:
    """Means, sums or maxima of bags of rows of a table; those of an empty bag are 0.

    Parameters
    ----------
    input : (bags, length) or (n,) of int
        Row numbers: a bag per row, or all bags one after the other.
    weight : (rows, features)
        The table.
    offsets : (bags,) of int
        Where the bags begin, if `input` has one axis.
    mode : {"mean", "sum", "max"}
        What becomes of the rows of a bag; of equal maxima the first receives the gradient.
    per_sample_weights : like `input`, optional
        Factors of the rows, for sums only.
    include_last_offset : bool
        Whether the last offset is no bag but the end of the one before.
    padding_idx : int, optional
        A row that is left out of every bag.

    Returns
    -------
    (bags, features)

    Raises
    ------
    ValueError
        If bags and offsets do not fit, or weights are given for another mode than sums.
    """
    if mode not in ("mean", "sum", "max"):
        raise ValueError(f"mode must be 'mean', 'sum' or 'max', but {mode!r} was given.")
    if per_sample_weights is not None and mode != "sum":
        raise ValueError(f"per_sample_weights go with mode='sum', but mode is {mode!r}.")
    numbers = np.asarray(input)
    bag, count = _bags(numbers, offsets, include_last_offset)
    numbers = numbers.reshape(-1)
    if per_sample_weights is not None:
        per_sample_weights = per_sample_weights.reshape(-1)
    if padding_idx is not None:
        kept = np.flatnonzero(numbers != padding_idx % weight.shape[0])
        numbers, bag = numbers[kept], bag[kept]
        if per_sample_weights is not None:
            per_sample_weights = per_sample_weights[kept]
    shape = (count, weight.shape[1])
    if mode == "max":
        return _maxima(weight, numbers, bag, shape)
    rows = weight[numbers]
    if per_sample_weights is not None:
        rows = rows * per_sample_weights[:, None]
    sums = scatter(rows, shape=shape, index=(bag,))
    if mode == "sum":
        return sums
    sizes = np.maximum(np.bincount(bag, minlength=count), 1)[:, None]
    return sums / sizes.astype(np.result_type(data_of(weight)))


def _bags(numbers: Array, offsets: Array | None, include_last: bool) -> tuple[Array, int]:
    """The number of the bag in which each row is, and how many bags there are."""
    if numbers.ndim == 2 and offsets is None:
        count, length = numbers.shape
        return np.repeat(np.arange(count), length), count
    if numbers.ndim != 1 or offsets is None:
        raise ValueError(
            "embedding_bag takes numbers of shape (bags, length), or (n,) with offsets, but their "
            f"shape is {numbers.shape} and offsets={offsets}."
        )
    starts = np.asarray(offsets)[: -1 if include_last else None]
    bag = np.searchsorted(starts, np.arange(len(numbers)), side="right") - 1
    return bag, len(starts)


def _maxima(weight: ArrayOrNode, numbers: Array, bag: Array, shape: tuple[int, int]) -> ArrayOrNode:
    """The first largest element of every column of every bag."""
    table = data_of(weight)
    chosen = np.zeros(shape, dtype=int)
    filled = np.zeros((shape[0], 1), dtype=bool)
    for number in np.unique(bag):
        rows = numbers[bag == number]
        chosen[number] = rows[table[rows].argmax(axis=0)]
        filled[number] = True
    return np.where(filled, weight[chosen, np.arange(shape[1])], 0.0)

"""What the functions share about their arguments: lists, plain targets, shapes, reductions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import numpy as np

from autograd import Node, Tensor, ValueArray
from autograd.recording import again
from nn.aliases import ArrayOrNode

Reduction = Literal["mean", "sum", "none"]


def given(input: ArrayOrNode) -> ArrayOrNode:
    """Nodes and arrays as they are, lists of numbers as arrays."""
    return np.asarray(input, dtype=float) if isinstance(input, list | tuple) else input


def plainly(function: Callable[..., Any], *args: Any) -> Any:
    """Compute on nodes through the graph, on plain arrays beside it, in replays too."""
    nodes = any(isinstance(arg, Node | ValueArray) for arg in args)
    return function(*args) if nodes else again(function, *args)


def shape_of(x: ArrayOrNode) -> tuple[int, ...]:
    """The shape; that of a single number is ()."""
    return getattr(x, "shape", ())


def broadcasts(x: ArrayOrNode, shape: tuple[int, ...]) -> bool:
    """Whether an array is repeated along axes to a shape, without the shape growing."""
    own = shape_of(x)
    ends = zip(reversed(own), reversed(shape), strict=False)
    return len(own) <= len(shape) and all(m in (1, n) for m, n in ends)


def like(input: ArrayOrNode, target: ArrayOrNode) -> ArrayOrNode:
    """A target as the loss computes with it: a plain one takes the dtype of the prediction."""
    if isinstance(target, Node | ValueArray):
        return target
    dtype = input.dtype if isinstance(input, Tensor) else float
    return again(np.asarray, target, dtype=dtype)


def pair(
    loss: str, input: ArrayOrNode, target: ArrayOrNode, weight: ArrayOrNode | None = None
) -> tuple[ArrayOrNode, ArrayOrNode]:
    """Prediction and target as a loss compares them, checked to have one shape.

    Raises
    ------
    ValueError
        If the shapes differ, or that of a weight per element does.
    """
    input = given(input)
    target = like(input, target)
    if shape_of(input) != shape_of(target):
        raise ValueError(
            f"{loss} compares element by element, but the prediction has shape {shape_of(input)} "
            f"and the target {shape_of(target)}; reshape one of them."
        )
    if weight is not None and shape_of(given(weight)) != shape_of(input):
        raise ValueError(
            f"{loss} takes one weight per element, but the prediction has shape "
            f"{shape_of(input)} and the weight {shape_of(given(weight))}."
        )
    return input, target


def times(losses: ArrayOrNode, weight: ArrayOrNode | None) -> ArrayOrNode:
    """Losses multiplied by weights that broadcast to them, if there are any."""
    return losses if weight is None else losses * like(losses, given(weight))


def reduce(losses: ArrayOrNode, reduction: Reduction) -> ArrayOrNode:
    """The mean or the sum of the losses of all records, or all of them.

    Raises
    ------
    ValueError
        If the reduction is another.
    """
    if reduction not in ("mean", "sum", "none"):
        raise ValueError(f"reduction must be 'mean', 'sum' or 'none', but {reduction!r} was given.")
    if reduction == "none" or shape_of(losses) == ():
        return losses
    return np.mean(losses) if reduction == "mean" else np.sum(losses)


def reduce_weighted(
    losses: ArrayOrNode, weight: ArrayOrNode | None, reduction: Reduction
) -> ArrayOrNode:
    """`reduce` of losses that are already multiplied by weights: their mean is divided by Σ w."""
    if weight is None or reduction != "mean":
        return reduce(losses, reduction)
    return np.sum(losses) / plainly(np.sum, weight)

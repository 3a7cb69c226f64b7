"""Metrics: how good predictions are, in numbers that people use. Without gradients."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd import Node, ValueArray
from nn.aliases import Array, ArrayOrNode


def accuracy(output: ArrayOrNode, target: Any) -> float:
    """Share of records whose largest output is at the right class.

    Parameters
    ----------
    output : (n, C)
        Logits or probabilities.
    target : (n,) of int, or (n, C)
        Classes, or one-hot rows.

    Raises
    ------
    ValueError
        If the shapes do not fit.
    """
    scores, classes = numbers_of(output), np.asarray(target)
    if scores.ndim == 2 and classes.shape == scores.shape:
        classes = classes.argmax(axis=1)
    if scores.ndim != 2 or classes.shape != scores.shape[:1]:
        raise ValueError(
            "accuracy takes outputs of shape (n, classes) and targets of shape (n,), but got "
            f"{scores.shape} and {classes.shape}; for one output per record use binary_accuracy."
        )
    return float(np.mean(scores.argmax(axis=1) == classes))


def binary_accuracy(output: ArrayOrNode, target: Any, *, threshold: float = 0.5) -> float:
    """Share of outputs on the right side of a threshold.

    Parameters
    ----------
    output : (n,) or (n, outputs)
        Probabilities; for logits the threshold is 0.
    target : array_like of the same shape
        Classes, 0 or 1.
    threshold : float, default 0.5
        Outputs above it count as class 1.

    Raises
    ------
    ValueError
        If the shapes differ.
    """
    scores, classes = numbers_of(output), np.asarray(target)
    if scores.shape != classes.shape:
        raise ValueError(
            f"binary_accuracy takes outputs and targets of one shape, but got {scores.shape} and "
            f"{classes.shape}."
        )
    return float(np.mean((scores > threshold) == (classes > 0.5)))


def numbers_of(output: ArrayOrNode) -> Array:
    """The plain numbers of a node or array."""
    return np.asarray(output.data if isinstance(output, Node | ValueArray) else output)

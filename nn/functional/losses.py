"""The losses, under PyTorch's names."""

from __future__ import annotations

from typing import Literal

import numpy as np

from autograd import Node, Tensor, ValueArray
from autograd.primitives import elementwise
from autograd.rules import activations
from nn.aliases import Array, ArrayOrNode
from nn.functional.activations import _given, log_softmax

Reduction = Literal["mean", "sum", "none"]


def mse_loss(
    input: ArrayOrNode, target: ArrayOrNode, *, reduction: Reduction = "mean"
) -> ArrayOrNode:
    """Squared error (ŷ − y)², by default its mean over all elements.

    Parameters
    ----------
    input, target : arrays of one shape
        Prediction ŷ and target y. A plain target takes the dtype of the prediction.
    reduction : {"mean", "sum", "none"}
        What becomes of the elements.

    Raises
    ------
    ValueError
        If the shapes differ: (n, 1) against (n,) would compare everything with everything.
    """
    input, target = _pair("mse_loss", input, target)
    return _reduce(np.square(input - target), reduction)


#: PyTorch's constant, which has single precision there.
_LEAST_VARIANCE = float(np.float32(1e-12))


def _at_least(log_p: ArrayOrNode) -> ArrayOrNode:
    """A logarithm cut off at −100: to be certain and wrong costs a finite amount."""
    return np.maximum(log_p, -100.0)


# One node each: written out with log and maximum their derivatives would be 0·∞ at the bounds.
_binary_cross_entropy = elementwise(
    "binary_cross_entropy",
    lambda p, t: -(t * _at_least(np.log(p)) + (1 - t) * _at_least(np.log1p(-p))),
    lambda p, t, y: (p - t) / np.maximum(p * (1 - p), _LEAST_VARIANCE),
    lambda p, t, y: _at_least(np.log1p(-p)) - _at_least(np.log(p)),
)
_binary_cross_entropy_with_logits = elementwise(
    "binary_cross_entropy_with_logits",
    # The first two terms cancel exactly for x < 0 and t = 0, before the small third one is added.
    lambda x, t: (1 - t) * x + np.maximum(-x, 0.0) + np.log1p(np.exp(-np.abs(x))),
    lambda x, t, y: activations.sigmoid(x) - t,
    lambda x, t, y: -x,
)


def binary_cross_entropy(
    input: ArrayOrNode, target: ArrayOrNode, *, reduction: Reduction = "mean"
) -> ArrayOrNode:
    """−(y log p + (1 − y) log(1 − p)) for probabilities p.

    As in PyTorch the logarithms are at least −100, and the derivative (p − y)/(p(1 − p)) has a
    denominator of at least 1e-12. `binary_cross_entropy_with_logits` needs neither.

    Parameters
    ----------
    input, target : arrays of one shape
        Probabilities p in [0, 1], and targets y in [0, 1].
    reduction : {"mean", "sum", "none"}
        What becomes of the elements.

    Raises
    ------
    ValueError
        If the shapes differ, or a number is outside [0, 1].
    """
    input, target = _pair("binary_cross_entropy", input, target)
    _require_probabilities("input", input, "; for logits use binary_cross_entropy_with_logits")
    _require_probabilities("target", target)
    with np.errstate(divide="ignore"):
        losses = _binary_cross_entropy(input, target)
    return _reduce(losses, reduction)


def binary_cross_entropy_with_logits(
    input: ArrayOrNode, target: ArrayOrNode, *, reduction: Reduction = "mean"
) -> ArrayOrNode:
    """`binary_cross_entropy` of σ(x), for logits x of any size; its derivative is σ(x) − y.

    Parameters
    ----------
    input, target : arrays of one shape
        Logits x, and targets y in [0, 1].
    reduction : {"mean", "sum", "none"}
        What becomes of the elements.

    Raises
    ------
    ValueError
        If the shapes differ, or a target is outside [0, 1].
    """
    input, target = _pair("binary_cross_entropy_with_logits", input, target)
    _require_probabilities("target", target)
    return _reduce(_binary_cross_entropy_with_logits(input, target), reduction)


def nll_loss(
    input: ArrayOrNode, target: ArrayOrNode, *, reduction: Reduction = "mean"
) -> ArrayOrNode:
    """Negative log-likelihood −log p of the right class, for log-probabilities.

    Parameters
    ----------
    input : (N, C), (C,) or (N, C, ...)
        Log-probabilities of C classes, as from `log_softmax`.
    target : (N,), () or (N, ...) of int
        The right class, 0 … C − 1.
    reduction : {"mean", "sum", "none"}
        What becomes of the records.

    Raises
    ------
    TypeError
        If the labels are no integers.
    ValueError
        If the shapes do not fit, or a label is outside 0 … C − 1.
    """
    labels = _check_labels(_given(input), target)
    if labels.ndim == 0:
        return _reduce(-input[int(labels)], reduction)
    places: tuple[Array, ...] = np.indices(labels.shape, sparse=True)
    return _reduce(-input[(places[0], labels, *places[1:])], reduction)


def cross_entropy(
    input: ArrayOrNode, target: ArrayOrNode, *, reduction: Reduction = "mean"
) -> ArrayOrNode:
    """Softmax and log-loss in one: −Σ yᵢ log softmax(x)ᵢ; its derivative is softmax(x) − y.

    Parameters
    ----------
    input : (N, C), (C,) or (N, C, ...)
        Logits of C classes.
    target : (N,), () or (N, ...) of int, or probabilities of the shape of `input`
        The right class, 0 … C − 1, or one-hot rows or other probabilities.
    reduction : {"mean", "sum", "none"}
        What becomes of the records; the mean is over records, not over classes.

    Raises
    ------
    TypeError, ValueError
        As for `nll_loss`.
    """
    input = _given(input)
    axis = _class_axis(input)
    log_p = log_softmax(input, dim=axis)
    if not isinstance(target, Node | ValueArray):
        target = np.asarray(target)
    if target.shape != input.shape:
        return nll_loss(log_p, target, reduction=reduction)
    return _reduce(-(_like(input, target) * log_p).sum(axis=axis), reduction)


# --- checks that the losses share -------------------------------------------------------------


def _like(input: ArrayOrNode, target: ArrayOrNode) -> ArrayOrNode:
    """A target as the loss computes with it: a plain one takes the dtype of the prediction."""
    if isinstance(target, Node | ValueArray):
        return target
    return np.asarray(target, dtype=input.dtype if isinstance(input, Tensor) else float)


def _shape(x: ArrayOrNode) -> tuple[int, ...]:
    return getattr(x, "shape", ())


def _pair(loss: str, input: ArrayOrNode, target: ArrayOrNode) -> tuple[ArrayOrNode, ArrayOrNode]:
    """Prediction and target as a loss compares them, checked to have one shape."""
    input = _given(input)
    target = _like(input, target)
    if _shape(input) != _shape(target):
        raise ValueError(
            f"{loss} compares element by element, but the prediction has shape {_shape(input)} "
            f"and the target {_shape(target)}; reshape one of them."
        )
    return input, target


def _reduce(losses: ArrayOrNode, reduction: Reduction) -> ArrayOrNode:
    if reduction not in ("mean", "sum", "none"):
        raise ValueError(f"reduction must be 'mean', 'sum' or 'none', but {reduction!r} was given.")
    if reduction == "none" or _shape(losses) == ():
        return losses
    return np.mean(losses) if reduction == "mean" else np.sum(losses)


def _require_probabilities(what: str, p: ArrayOrNode, remedy: str = "") -> None:
    numbers = p.data if isinstance(p, Node | ValueArray) else p
    # NaN is let through: it is carried on, and fit stops on it.
    wrong = (numbers < 0) | (numbers > 1)
    if np.any(wrong):
        first = np.asarray(numbers)[wrong].flat[0]
        raise ValueError(
            f"binary cross-entropy needs every {what} in [0, 1], but got {first:g}{remedy}."
        )


def _class_axis(input: ArrayOrNode) -> int:
    """Where the classes stand: axis 1 of a batch, axis 0 of a single record."""
    return 0 if input.ndim == 1 else 1


def _check_labels(input: ArrayOrNode, target: ArrayOrNode) -> Array:
    """Integer labels that fit the class scores `input`."""
    labels = np.asarray(target)
    if labels.dtype.kind not in "iu":
        raise TypeError(
            f"class labels must be integers, but their dtype is {labels.dtype}; convert them with "
            f".astype(int), or pass probabilities of shape {input.shape}."
        )
    axis = _class_axis(input)
    classes, expected = input.shape[axis], input.shape[:axis] + input.shape[axis + 1 :]
    if labels.shape != expected:
        raise ValueError(
            f"class scores of shape {input.shape} need integer labels of shape {expected} (or "
            f"probabilities of shape {input.shape}), but got shape {labels.shape}."
        )
    if labels.size and not 0 <= labels.min() <= labels.max() < classes:
        wrong = labels[(labels < 0) | (labels >= classes)].flat[0]
        raise ValueError(
            f"labels of {classes} classes run from 0 to {classes - 1}, but got {wrong}."
        )
    return labels

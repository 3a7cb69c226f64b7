"""The losses of classification, under PyTorch's names."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd import Node, ValueArray, is_recording
from autograd.folding import Byproducts, Fused
from autograd.primitives import data_of, elementwise
from autograd.recording import again, decided
from autograd.rules import activations
from nn.aliases import Array, ArrayOrNode
from nn.functional.activations import log_softmax
from nn.functional.affine import linear
from nn.functional.arguments import (
    Reduction,
    given,
    like,
    pair,
    plainly,
    reduce,
    reduce_weighted,
    times,
)

# --- two classes ------------------------------------------------------------------------------

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
    input: ArrayOrNode,
    target: ArrayOrNode,
    weight: ArrayOrNode | None = None,
    *,
    reduction: Reduction = "mean",
) -> ArrayOrNode:
    """−(y log p + (1 − y) log(1 − p)) for probabilities p.

    As in PyTorch the logarithms are at least −100, and the derivative (p − y)/(p(1 − p)) has a
    denominator of at least 1e-12. `binary_cross_entropy_with_logits` needs neither.

    Parameters
    ----------
    input, target : arrays of one shape
        Probabilities p in [0, 1], and targets y in [0, 1].
    weight : broadcast to `input`, optional
        Factors of the losses.
    reduction : {"mean", "sum", "none"}
        What becomes of the elements.

    Raises
    ------
    ValueError
        If the shapes differ, or a number is outside [0, 1].
    """
    input, target = pair("binary_cross_entropy", input, target)
    _require_probabilities("input", input, "; for logits use binary_cross_entropy_with_logits")
    _require_probabilities("target", target)
    with np.errstate(divide="ignore"):
        losses = _binary_cross_entropy(input, target)
    return reduce(times(losses, weight), reduction)


def binary_cross_entropy_with_logits(
    input: ArrayOrNode,
    target: ArrayOrNode,
    weight: ArrayOrNode | None = None,
    *,
    reduction: Reduction = "mean",
    pos_weight: ArrayOrNode | None = None,
) -> ArrayOrNode:
    """`binary_cross_entropy` of σ(x), for logits x of any size; its derivative is σ(x) − y.

    Parameters
    ----------
    input, target : arrays of one shape
        Logits x, and targets y in [0, 1].
    weight : broadcast to `input`, optional
        Factors of the losses.
    reduction : {"mean", "sum", "none"}
        What becomes of the elements.
    pos_weight : broadcast to `input`, optional
        Factors of y log σ(x) alone: above 1 they raise recall, below 1 precision.

    Raises
    ------
    ValueError
        If the shapes differ, or a target is outside [0, 1].
    """
    input, target = pair("binary_cross_entropy_with_logits", input, target)
    _require_probabilities("target", target)
    if pos_weight is None:
        losses = _binary_cross_entropy_with_logits(input, target)
    else:
        missed = like(input, given(pos_weight)) * target * activations.softplus(-input)
        losses = missed + plainly(np.subtract, 1, target) * activations.softplus(input)
    return reduce(times(losses, weight), reduction)


def _require_probabilities(what: str, p: ArrayOrNode, remedy: str = "") -> None:
    again(_check_probabilities, what, data_of(p), remedy)


def _check_probabilities(what: str, numbers: Array, remedy: str) -> None:
    # NaN is let through: it is carried on, and fit stops on it.
    wrong = (numbers < 0) | (numbers > 1)
    if np.any(wrong):
        first = np.asarray(numbers)[wrong].flat[0]
        raise ValueError(
            f"binary cross-entropy needs every {what} in [0, 1], but got {first:g}{remedy}."
        )


# --- many classes -----------------------------------------------------------------------------


def _label_losses(x: Any, labels: Any) -> Any:
    """−log softmax(x) at the label of each record."""
    return -log_softmax(x, dim=_class_axis(x))[_places(labels)]


def _label_losses_on_arrays(x: Array, labels: Array) -> Array:
    log_p = activations.log_softmax.forward(x, axis=_class_axis(x))
    losses = np.asarray(np.negative(log_p[_places(labels)]))
    if is_recording():
        _log_p_of.keep(losses, log_p)
    return losses


def _label_losses_vjp(g: Any, x: Any, y: Any, labels: Any) -> Any:
    """softmax(x) − y, times the gradient of each record; to the last bit as by the chain rule."""
    axis = _class_axis(x)
    slope: Array = _log_p_of.take(y, lambda: activations.log_softmax.forward(x, axis=axis))
    np.exp(slope, out=slope)
    slope *= g.reshape(*x.shape[:axis], 1, *x.shape[axis + 1 :])
    slope[_places(labels)] -= g
    return slope


_log_p_of = Byproducts()
#: One operation in place of a logarithm of a softmax, a choice and a change of sign.
_of_labels = Fused(
    "label_losses",
    _label_losses_on_arrays,
    arity=1,
    vjps=(_label_losses_vjp,),
    params=("labels",),
    composite=_label_losses,
)


def nll_loss(
    input: ArrayOrNode,
    target: ArrayOrNode,
    weight: ArrayOrNode | None = None,
    *,
    ignore_index: int = -100,
    reduction: Reduction = "mean",
) -> ArrayOrNode:
    """Negative log-likelihood −log p of the right class, for log-probabilities.

    Parameters
    ----------
    input : (N, C), (C,) or (N, C, ...)
        Log-probabilities of C classes, as from `log_softmax`.
    target : (N,), () or (N, ...) of int
        The right class, 0 … C − 1.
    weight : (C,), optional
        A factor for the losses of each class; a mean is divided by the sum of those used.
    ignore_index : int
        A label whose records do not count.
    reduction : {"mean", "sum", "none"}
        What becomes of the records.

    Raises
    ------
    TypeError
        If the labels are no integers.
    ValueError
        If the shapes do not fit, or a label is outside 0 … C − 1.
    """
    input = given(input)
    labels = _check_labels(input, target, ignore_index)
    losses, factors = _of_right_class(
        lambda classes: -input[_places(classes)], input, labels, weight, ignore_index
    )
    return reduce_weighted(losses, factors, reduction)


def cross_entropy(
    input: ArrayOrNode,
    target: ArrayOrNode,
    weight: ArrayOrNode | None = None,
    *,
    ignore_index: int = -100,
    reduction: Reduction = "mean",
    label_smoothing: float = 0.0,
) -> ArrayOrNode:
    """Softmax and log-loss in one: −Σ yᵢ log softmax(x)ᵢ; its derivative is softmax(x) − y.

    Parameters
    ----------
    input : (N, C), (C,) or (N, C, ...)
        Logits of C classes.
    target : (N,), () or (N, ...) of int, or probabilities of the shape of `input`
        The right class, 0 … C − 1, or one-hot rows or other probabilities.
    weight : (C,), optional
        A factor for each class. For labels, a mean is divided by the sum of those used.
    ignore_index : int
        A label whose records do not count.
    reduction : {"mean", "sum", "none"}
        What becomes of the records; the mean is over records, not over classes.
    label_smoothing : float in [0, 1]
        Share of every target that is spread evenly over all classes (Szegedy et al., 2016).

    Raises
    ------
    TypeError, ValueError
        As for `nll_loss`.
    """
    if not 0 <= label_smoothing <= 1:
        raise ValueError(f"label_smoothing lies in [0, 1], but {label_smoothing} was given.")
    input = given(input)
    axis = _class_axis(input)
    if not isinstance(target, Node | ValueArray):
        target = np.asarray(target)
    if target.shape == input.shape:
        target, log_p = like(input, target), log_softmax(input, dim=axis)
        if label_smoothing:
            target = target * (1 - label_smoothing) + label_smoothing / input.shape[axis]
        return reduce(-(target * _weighted(log_p, weight)).sum(axis=axis), reduction)
    labels = _check_labels(input, target, ignore_index)
    losses, factors = _of_right_class(
        lambda classes: _of_labels(input, labels=classes), input, labels, weight, ignore_index
    )
    if label_smoothing:
        spread = -_weighted(log_softmax(input, dim=axis), weight).mean(axis=axis)
        if not decided(_counts_all, labels, ignore_index):
            spread = np.where(again(np.not_equal, labels, ignore_index), spread, 0.0)
        losses = (1 - label_smoothing) * losses + label_smoothing * spread
    return reduce_weighted(losses, factors, reduction)


def linear_cross_entropy(
    input: ArrayOrNode,
    linear_weight: ArrayOrNode,
    target: ArrayOrNode,
    *,
    linear_bias: ArrayOrNode | None = None,
    weight: ArrayOrNode | None = None,
    reduction: Reduction = "mean",
    ignore_index: int = -100,
    label_smoothing: float = 0.0,
) -> ArrayOrNode:
    """`cross_entropy` of the logits of a linear layer.

    Parameters
    ----------
    input : (N, in) or (in,)
    linear_weight : (C, ..., in)
        One row per class, or per class and place.
    target : as for `cross_entropy` of logits (N, C, ...)
    linear_bias : (C, ...), optional
    weight, reduction, ignore_index, label_smoothing
        As for `cross_entropy`.
    """
    classes = linear_weight.shape[:-1]
    rows = linear_weight.reshape(math.prod(classes), -1)
    bias = None if linear_bias is None else linear_bias.reshape(-1)
    logits = linear(input, rows, bias).reshape(*input.shape[:-1], *classes)
    return cross_entropy(
        logits,
        target,
        weight,
        ignore_index=ignore_index,
        reduction=reduction,
        label_smoothing=label_smoothing,
    )


def _of_right_class(
    losses_of: Callable[[Array], ArrayOrNode],
    input: ArrayOrNode,
    labels: Array,
    weight: ArrayOrNode | None,
    ignore_index: int,
) -> tuple[ArrayOrNode, ArrayOrNode | None]:
    """The loss −log p of the right class, times its weight; and that weight.

    A record that is ignored has the loss and the weight 0. Without any such record, and without
    weights for the classes, there are none.
    """
    everything = decided(_counts_all, labels, ignore_index)
    classes = labels
    if not everything:
        counted = again(np.not_equal, labels, ignore_index)
        classes = again(np.where, counted, labels, 0)
    losses = losses_of(classes)
    factors: ArrayOrNode | None = None
    if weight is not None:
        factors = plainly(operator.getitem, _class_weights(input, weight), classes)
        losses = losses * factors
    if not everything:
        losses = np.where(counted, losses, 0.0)
        if factors is None:
            factors = like(input, counted)
        else:
            factors = plainly(np.where, counted, factors, 0.0)
    return losses, factors


def _counts_all(labels: Array, ignore_index: int) -> bool:
    return bool((labels != ignore_index).all())


def _places(classes: Array) -> Any:
    """The index of the class of each record, in scores (C,) or (N, C, ...)."""
    if classes.ndim == 0:
        return int(classes)
    first, *others = (
        np.arange(n).reshape(-1, *(1,) * after)
        for after, n in zip(range(classes.ndim)[::-1], classes.shape, strict=True)
    )
    return (first, classes, *others)


def _weighted(log_p: ArrayOrNode, weight: ArrayOrNode | None) -> ArrayOrNode:
    """Log-probabilities times the weights of their classes."""
    if weight is None:
        return log_p
    trailing = (1,) * (log_p.ndim - _class_axis(log_p) - 1)
    return log_p * _class_weights(log_p, weight).reshape(-1, *trailing)


def _class_weights(input: ArrayOrNode, weight: ArrayOrNode) -> ArrayOrNode:
    weight = like(input, given(weight))
    classes = input.shape[_class_axis(input)]
    if weight.shape != (classes,):
        raise ValueError(
            f"class scores of shape {input.shape} take weights of shape ({classes},), one per "
            f"class, but got shape {weight.shape}."
        )
    return weight


def _class_axis(input: ArrayOrNode) -> int:
    """Where the classes stand: axis 1 of a batch, axis 0 of a single record."""
    return 0 if input.ndim == 1 else 1


def _check_labels(input: ArrayOrNode, target: ArrayOrNode, ignore_index: int) -> Array:
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
    again(_require_classes, labels, classes, ignore_index)
    return labels


def _require_classes(labels: Array, classes: int, ignore_index: int) -> None:
    # As unsigned numbers, negative labels are very large ones: one comparison finds both.
    if (labels.view(f"u{labels.itemsize}") < classes).all():
        return
    wrong = ((labels < 0) | (labels >= classes)) & (labels != ignore_index)
    if wrong.any():
        raise ValueError(
            f"labels of {classes} classes run from 0 to {classes - 1}, but got "
            f"{labels[wrong].flat[0]}."
        )

"""The losses that are 0 beyond a margin, and their smooth relatives, under PyTorch's names."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from autograd.primitives import data_of
from autograd.recording import again
from autograd.rules import activations
from nn.aliases import Array, ArrayOrNode
from nn.functional.arguments import Reduction, given, like, pair, plainly, reduce, shape_of, times
from nn.functional.similarity import pairwise_distance

# --- scores of one class, of two, of many -------------------------------------------------------


def hinge_embedding_loss(
    input: ArrayOrNode,
    target: ArrayOrNode,
    margin: float = 1.0,
    *,
    reduction: Reduction = "mean",
) -> ArrayOrNode:
    """A distance x of what is alike (y = 1), max(0, margin − x) of what is not (y = −1).

    Parameters
    ----------
    input, target : arrays of one shape
        Distances x, and y = ±1.
    margin : float
        From which distance on what is not alike costs nothing.
    reduction : {"mean", "sum", "none"}
        What becomes of the elements.
    """
    input, target = pair("hinge_embedding_loss", input, target)
    apart = np.where(_unequal(target, 1), _positive_part(margin - input), 0.0)
    return reduce(apart + np.where(_unequal(target, -1), input, 0.0), reduction)


def _unequal(target: ArrayOrNode, label: int) -> Array:
    """Where a label is another one than this, which no gradient passes."""
    different: Array = again(np.not_equal, data_of(target), label)
    return different


def soft_margin_loss(
    input: ArrayOrNode, target: ArrayOrNode, *, reduction: Reduction = "mean"
) -> ArrayOrNode:
    """log(1 + e^(−y·x)), the logistic loss, for scores x of any size and y = ±1."""
    input, target = pair("soft_margin_loss", input, target)
    return reduce(activations.softplus(-target * input), reduction)


def margin_ranking_loss(
    input1: ArrayOrNode,
    input2: ArrayOrNode,
    target: ArrayOrNode,
    margin: float = 0.0,
    *,
    reduction: Reduction = "mean",
) -> ArrayOrNode:
    """max(0, margin − y·(x₁ − x₂)): y = 1 wants the first score higher, y = −1 the second.

    Parameters
    ----------
    input1, input2, target : arrays of one number of axes
        Scores x₁ and x₂, and y = ±1.
    margin : float
        By how much one score has to be higher for a loss of 0.
    reduction : {"mean", "sum", "none"}
        What becomes of the elements.
    """
    input1 = given(input1)
    input2, target = like(input1, input2), like(input1, target)
    shapes = [shape_of(x) for x in (input1, input2, target)]
    if len({len(shape) for shape in shapes}) > 1:
        raise ValueError(
            "margin_ranking_loss compares arrays of one number of axes, but got the shapes "
            f"{', '.join(map(str, shapes))}."
        )
    return reduce(_positive_part(margin - target * (input1 - input2)), reduction)


def multi_margin_loss(
    input: ArrayOrNode,
    target: Array,
    p: int = 1,
    margin: float = 1.0,
    weight: ArrayOrNode | None = None,
    *,
    reduction: Reduction = "mean",
) -> ArrayOrNode:
    """Σᵢ max(0, margin − x_y + xᵢ)ᵖ/C over the wrong classes i (Crammer and Singer, 2001).

    Parameters
    ----------
    input : (N, C) or (C,)
        Scores of C classes.
    target : (N,) or () of int
        The right class y.
    p : {1, 2}
    margin : float
        By how much the right class has to be ahead for a loss of 0.
    weight : (C,), optional
        Factors of max(0, …)ᵖ by the right class.
    reduction : {"mean", "sum", "none"}
        What becomes of the records.
    """
    if p not in (1, 2):
        raise ValueError(f"multi_margin_loss has p=1 or p=2, but p={p} was given.")
    scores, labels = _rows_and_labels("multi_margin_loss", input, target)
    records = np.arange(len(labels))
    excess = activations.relu(margin - scores[records, labels][:, None] + scores)
    if p == 2:
        excess = excess * excess
    if weight is not None:
        excess = excess * like(input, given(weight))[labels][:, None]
    others = np.arange(scores.shape[1]) != labels[:, None]
    losses = np.sum(np.where(others, excess, 0.0), axis=1) / scores.shape[1]
    return reduce(losses if np.ndim(target) else losses[0], reduction)


def multilabel_margin_loss(
    input: ArrayOrNode, target: Array, *, reduction: Reduction = "mean"
) -> ArrayOrNode:
    """Σⱼ Σᵢ max(0, 1 − (xⱼ − xᵢ))/C, over the right classes j and the wrong ones i.

    Parameters
    ----------
    input : (N, C) or (C,)
        Scores of C classes.
    target : of that shape, int
        The right classes of each record; −1 ends them.
    reduction : {"mean", "sum", "none"}
        What becomes of the records.
    """
    input = given(input)
    labels = np.asarray(target)
    shape = shape_of(input)
    if labels.shape != shape or len(shape) > 2:
        raise ValueError(
            "multilabel_margin_loss takes scores (N, C) or (C,) and labels of that shape, but got "
            f"{shape} and {labels.shape}."
        )
    classes = shape[-1] if shape else 1
    scores, labels = input.reshape(-1, classes), labels.reshape(-1, classes)
    listed = np.cumprod(labels >= 0, axis=1, dtype=bool)
    if np.any(labels[listed] >= classes):
        raise ValueError(
            f"labels of {classes} classes run from 0 to {classes - 1}, but got {labels.max()}."
        )
    # How often each class is listed as right; whoever is listed twice counts twice.
    times = np.sum((labels[..., None] == np.arange(classes)) & listed[..., None], axis=1)
    pairs = times[:, :, None] * (times[:, None, :] == 0)
    excess = activations.relu(1 - scores[:, :, None] + scores[:, None, :])
    losses = np.sum(like(input, pairs) * excess, axis=(1, 2)) / classes
    return reduce(losses if len(shape) == 2 else losses[0], reduction)


def multilabel_soft_margin_loss(
    input: ArrayOrNode,
    target: ArrayOrNode,
    weight: ArrayOrNode | None = None,
    *,
    reduction: Reduction = "mean",
) -> ArrayOrNode:
    """The logistic loss of being right or not, of each class, and its mean over the classes.

    Parameters
    ----------
    input, target : (..., C)
        Scores of C classes, and 1 or 0 for each.
    weight : broadcast to `input`, optional
        Factors of the losses.
    reduction : {"mean", "sum", "none"}
        What becomes of the records.
    """
    input, target = pair("multilabel_soft_margin_loss", input, target)
    absent = plainly(np.subtract, 1, target)
    losses = target * activations.softplus(-input) + absent * activations.softplus(input)
    return reduce(np.mean(times(losses, weight), axis=-1), reduction)


# --- vectors that are to be near or far ---------------------------------------------------------


#: PyTorch's constant, which has single precision there; it makes the cosine of a zero vector 0.
_LEAST_SQUARE = float(np.float32(1e-12))


def cosine_embedding_loss(
    input1: ArrayOrNode,
    input2: ArrayOrNode,
    target: ArrayOrNode,
    margin: float = 0.0,
    *,
    reduction: Reduction = "mean",
) -> ArrayOrNode:
    """1 − cos(x₁, x₂) of what is alike (y = 1), max(0, cos − margin) of what is not (y = −1).

    Parameters
    ----------
    input1, input2 : (N, D) or (D,)
        Vectors.
    target : (N,) or ()
        y = ±1.
    margin : float
        Up to which cosine what is not alike costs nothing.
    reduction : {"mean", "sum", "none"}
        What becomes of the pairs.
    """
    labels = np.asarray(data_of(target))
    if input1.shape != input2.shape or input1.shape[:-1] != labels.shape:
        raise ValueError(
            "cosine_embedding_loss takes vectors (N, D) or (D,) and a target for each pair, but "
            f"got shapes {input1.shape}, {input2.shape} and {labels.shape}."
        )
    square1, square2 = (np.sum(x * x, axis=-1) + _LEAST_SQUARE for x in (input1, input2))
    cosine = np.sum(input1 * input2, axis=-1) / np.sqrt(square1 * square2)
    near = np.where(_unequal(labels, 1), 0.0, 1 - cosine)
    far = np.where(_unequal(labels, -1), 0.0, _positive_part(cosine - margin))
    return reduce(near + far, reduction)


def triplet_margin_loss(
    anchor: ArrayOrNode,
    positive: ArrayOrNode,
    negative: ArrayOrNode,
    margin: float = 1.0,
    p: float = 2.0,
    eps: float = 1e-6,
    swap: bool = False,
    *,
    reduction: Reduction = "mean",
) -> ArrayOrNode:
    """max(0, margin + d(a, p) − d(a, n)) with the distance d = `pairwise_distance`.

    Parameters
    ----------
    anchor, positive, negative : (N, D) or (D,)
        Vectors; the second is to be nearer to the first than the third.
    margin : float
        By how much.
    p, eps : float
        Order of the norm, and what is added to each difference.
    swap : bool
        Whether d(p, n) stands for d(a, n) where it is smaller (Balntas et al., 2016).
    reduction : {"mean", "sum", "none"}
        What becomes of the triplets.
    """
    return triplet_margin_with_distance_loss(
        anchor,
        positive,
        negative,
        distance_function=lambda x1, x2: pairwise_distance(x1, x2, p, eps),
        margin=margin,
        swap=swap,
        reduction=reduction,
    )


def triplet_margin_with_distance_loss(
    anchor: ArrayOrNode,
    positive: ArrayOrNode,
    negative: ArrayOrNode,
    *,
    distance_function: Callable[[ArrayOrNode, ArrayOrNode], ArrayOrNode] = pairwise_distance,
    margin: float = 1.0,
    swap: bool = False,
    reduction: Reduction = "mean",
) -> ArrayOrNode:
    """`triplet_margin_loss` with any distance: a function of two arrays of vectors."""
    if margin <= 0:
        raise ValueError(f"a triplet loss needs a positive margin, but margin={margin} was given.")
    axes = {x.ndim for x in (anchor, positive, negative)}
    if len(axes) > 1:
        raise ValueError(
            "a triplet loss compares arrays of one number of axes, but got the shapes "
            f"{anchor.shape}, {positive.shape} and {negative.shape}."
        )
    far = distance_function(anchor, negative)
    if swap:
        far = np.minimum(far, distance_function(positive, negative))
    near = distance_function(anchor, positive)
    return reduce(_positive_part(margin + near - far), reduction)


# --- what they share ----------------------------------------------------------------------------


def _positive_part(x: ArrayOrNode) -> ArrayOrNode:
    """max(0, x) with the derivative 1 at 0, as PyTorch has it where it cuts off at a margin."""
    return np.clip(x, 0.0, None)


def _rows_and_labels(loss: str, input: ArrayOrNode, target: Array) -> tuple[ArrayOrNode, Array]:
    """Scores as (N, C), and N labels that fit them."""
    input = given(input)
    shape = shape_of(input)
    classes = shape[-1] if shape else 1
    scores, labels = input.reshape(-1, classes), np.asarray(target).reshape(-1)
    if len(shape) > 2 or len(labels) != len(scores):
        raise ValueError(
            f"{loss} takes scores (N, C) or (C,) and one label per record, but got {shape} and "
            f"{np.shape(target)}."
        )
    if labels.size and not 0 <= labels.min() <= labels.max() < classes:
        wrong = labels[(labels < 0) | (labels >= classes)][0]
        raise ValueError(
            f"labels of {classes} classes run from 0 to {classes - 1}, but got {wrong}."
        )
    return scores, labels

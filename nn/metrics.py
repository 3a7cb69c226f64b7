"""Metrics: how good predictions are, in numbers that people use. Without gradients.

Each takes the outputs for all records and all targets, in this order, so that `nn.fit` and
`nn.evaluate` can be given it as it is. One with settings is given under a name:
``metrics={"top 3": lambda output, target: nn.top_k_accuracy(output, target, k=3)}``.
"""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

import numpy as np

from autograd import Node, ValueArray
from nn.aliases import Array, ArrayOrNode

#: How figures of single classes become one; see `precision`.
Average: TypeAlias = Literal["binary", "macro", "micro", "weighted"]


def numbers_of(output: ArrayOrNode) -> Array:
    """The plain numbers of a node or array."""
    return np.asarray(output.data if isinstance(output, Node | ValueArray) else output)


# --- shares of right answers ----------------------------------------------------------------------


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
    scores, classes = _scores_and_classes("accuracy", output, target)
    return float(np.mean(scores.argmax(axis=1) == classes))


def top_k_accuracy(output: ArrayOrNode, target: Any, *, k: int = 5) -> float:
    """Share of records whose right class is among the k largest outputs.

    Of equal outputs the first count as larger, so that k = 1 is `accuracy`.

    Parameters
    ----------
    output, target
        As for `accuracy`.
    k : int, default 5
        At most C.

    Raises
    ------
    ValueError
        If the shapes do not fit, or there are no k classes.
    """
    scores, classes = _scores_and_classes("top_k_accuracy", output, target)
    if not 1 <= k <= scores.shape[1]:
        raise ValueError(
            f"k of top_k_accuracy lies between 1 and the number of classes, {scores.shape[1]}, "
            f"but k={k} was given."
        )
    largest = np.argsort(-scores.astype(float), axis=1, kind="stable")[:, :k]
    return float(np.mean((largest == classes[:, None]).any(axis=1)))


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
    scores, classes = _alike("binary_accuracy", output, target)
    return float(np.mean((scores > threshold) == (classes > 0.5)))


# --- which classes are taken for which ------------------------------------------------------------


def confusion_matrix(output: ArrayOrNode, target: Any, *, threshold: float = 0.5) -> Array:
    """How many records of each class were given which class.

    Parameters
    ----------
    output : (n, C), (n, 1) or (n,)
        Logits or probabilities, of which the largest is the class; one number per record, which
        is class 1 above the threshold; or integers (n,), the classes themselves.
    target : (n,) or (n, 1) of int, or (n, C)
        Classes, or one-hot rows.
    threshold : float, default 0.5
        For one number per record; for logits it is 0.

    Returns
    -------
    (C, C) of int
        A row for each true class, a column for each class that was given.

    Raises
    ------
    ValueError
        If the shapes do not fit, or a target is no class.
    """
    given, count = _given_classes(numbers_of(output), threshold)
    true = np.asarray(target)
    if true.ndim == 2:
        true = true[:, 0] if true.shape[1] == 1 else true.argmax(axis=1)
    if given.shape != true.shape or not given.size:
        raise ValueError(
            "confusion_matrix takes one target for each of some outputs, but got shapes "
            f"{numbers_of(output).shape} and {np.shape(target)}."
        )
    labels = _as_classes(true)
    if count is None:
        count = int(max(given.max(), labels.max())) + 1
    if labels.max() >= count:
        raise ValueError(
            f"labels of {count} classes run from 0 to {count - 1}, but got {labels.max()}."
        )
    counts: Array = np.bincount(labels * count + given, minlength=count**2)
    return counts.reshape(count, count)


def precision(
    output: ArrayOrNode, target: Any, *, average: Average = "binary", threshold: float = 0.5
) -> float:
    """Of the records that were given a class, the share that belong to it: TP/(TP + FP).

    Parameters
    ----------
    output, target, threshold
        As for `confusion_matrix`.
    average : {"binary", "macro", "micro", "weighted"}, default "binary"
        How the figures of single classes become one: that of class 1, if there are two; the mean
        over the classes that occur; the figure of all classes' counts together; the mean weighted
        by how many records belong to each class.

    Returns
    -------
    float
        0 where there is nothing to divide by, as in scikit-learn.

    Raises
    ------
    ValueError
        If the shapes do not fit, a target is no class, or ``average="binary"`` meets more than
        two classes.
    """
    matrix = confusion_matrix(output, target, threshold=threshold)
    return _averaged("precision", matrix.diagonal(), matrix.sum(axis=0), matrix, average)


def recall(
    output: ArrayOrNode, target: Any, *, average: Average = "binary", threshold: float = 0.5
) -> float:
    """Of the records of a class, the share that were given it: TP/(TP + FN).

    The parameters and errors are those of `precision`.
    """
    matrix = confusion_matrix(output, target, threshold=threshold)
    return _averaged("recall", matrix.diagonal(), matrix.sum(axis=1), matrix, average)


def f1_score(
    output: ArrayOrNode, target: Any, *, average: Average = "binary", threshold: float = 0.5
) -> float:
    """Harmonic mean of precision and recall: 2·TP/(2·TP + FP + FN).

    The parameters and errors are those of `precision`.
    """
    matrix = confusion_matrix(output, target, threshold=threshold)
    counts = matrix.sum(axis=0) + matrix.sum(axis=1)
    return _averaged("f1_score", 2 * matrix.diagonal(), counts, matrix, average)


# --- how far off ----------------------------------------------------------------------------------


def perplexity(output: ArrayOrNode, target: Any) -> float:
    """How many equally likely classes would be as hard to guess: e to the cross-entropy.

    Parameters
    ----------
    output, target
        Logits and classes as for `nn.functional.cross_entropy`, (N, C, ...) and (N, ...).
    """
    from nn.functional import cross_entropy  # here, for it is slow to import

    with np.errstate(over="ignore"):
        return float(np.exp(numbers_of(cross_entropy(numbers_of(output), target))))


def mean_absolute_error(output: ArrayOrNode, target: Any) -> float:
    """Mean of |output − target|; both of one shape, else ValueError."""
    numbers, wanted = _alike("mean_absolute_error", output, target)
    return float(np.abs(np.subtract(numbers, wanted, dtype=float)).mean())


def root_mean_squared_error(output: ArrayOrNode, target: Any) -> float:
    """Root of the mean of (output − target)²; both of one shape, else ValueError."""
    numbers, wanted = _alike("root_mean_squared_error", output, target)
    return float(np.sqrt(np.square(np.subtract(numbers, wanted, dtype=float)).mean()))


def r2_score(output: ArrayOrNode, target: Any) -> float:
    """Share of the targets' variance that is explained: R² = 1 − Σ(y − ŷ)²/Σ(y − ȳ)².

    Parameters
    ----------
    output : (n,) or (n, outputs)
        Predictions ŷ. For several outputs it is the mean of their R².
    target : array_like of the same shape
        The numbers y themselves.

    Returns
    -------
    float
        At most 1; 0 for predictions no better than the mean. Where all targets are equal, 1 if
        they are predicted exactly and else 0, as in scikit-learn.

    Raises
    ------
    ValueError
        If the shapes differ.
    """
    numbers, wanted = _alike("r2_score", output, target)
    left = np.square(np.subtract(numbers, wanted, dtype=float)).sum(axis=0)
    whole = np.square(wanted - wanted.mean(axis=0, dtype=float)).sum(axis=0)
    constant = whole == 0
    shares = np.where(constant, left == 0, 1 - left / np.where(constant, 1, whole))
    return float(shares.mean())


# --- what they share ------------------------------------------------------------------------------


def _scores_and_classes(name: str, output: ArrayOrNode, target: Any) -> tuple[Array, Array]:
    """One row of scores, and one class, for each record."""
    scores, classes = numbers_of(output), np.asarray(target)
    if scores.ndim == 2 and classes.shape == scores.shape:
        classes = classes.argmax(axis=1)
    if scores.ndim != 2 or classes.shape != scores.shape[:1]:
        raise ValueError(
            f"{name} takes outputs of shape (n, classes) and targets of shape (n,), but got "
            f"{scores.shape} and {classes.shape}; for one output per record use binary_accuracy."
        )
    return scores, classes


def _alike(name: str, output: ArrayOrNode, target: Any) -> tuple[Array, Array]:
    """Outputs and targets of one shape. Numbers that were to be broadcast would give nonsense."""
    numbers, wanted = numbers_of(output), np.asarray(target)
    if numbers.shape != wanted.shape:
        raise ValueError(
            f"{name} takes outputs and targets of one shape, but got {numbers.shape} and "
            f"{wanted.shape}."
        )
    return numbers, wanted


def _given_classes(scores: Array, threshold: float) -> tuple[Array, int | None]:
    """The class that each record was given, and how many there are, if the shape tells."""
    if scores.ndim == 2 and scores.shape[1] > 1:
        return scores.argmax(axis=1), scores.shape[1]
    if scores.ndim == 2:
        scores = scores[:, 0]
    if scores.ndim != 1:
        raise ValueError(
            "classes are found in outputs of shape (n, classes) or (n,), but got an array of shape "
            f"{scores.shape}."
        )
    if scores.dtype.kind in "iu":
        return _as_classes(scores), None
    return (scores > threshold).astype(int), 2


def _as_classes(labels: Array) -> Array:
    classes = labels.astype(int)
    wrong = (classes != labels) | (classes < 0)
    if wrong.any():
        raise ValueError(f"classes are numbered 0, 1, 2 …, but got {labels[wrong][0]}.")
    return classes


def _averaged(name: str, parts: Array, wholes: Array, matrix: Array, average: Average) -> float:
    """Shares of single classes as one figure."""
    if average == "binary":
        if len(matrix) != 2:
            raise ValueError(
                f"{name} of {len(matrix)} classes needs average='macro', 'micro' or 'weighted'; "
                "'binary' is for two."
            )
        return _share(parts[1], wholes[1])
    if average == "micro":
        return _share(parts.sum(), wholes.sum())
    if average not in ("macro", "weighted"):
        raise ValueError(
            f"average of {name} must be 'binary', 'macro', 'micro' or 'weighted', but "
            f"{average!r} was given."
        )
    true = matrix.sum(axis=1)
    occurs = true + matrix.sum(axis=0) > 0
    shares = [_share(*pair) for pair in zip(parts[occurs], wholes[occurs], strict=True)]
    return float(np.average(shares, weights=true[occurs] if average == "weighted" else None))


def _share(part: float, whole: float) -> float:
    return float(part / whole) if whole else 0.0

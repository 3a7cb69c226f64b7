"""Classifiers: where they draw the line, and what they mix up."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nn.metrics import numbers_of
from nn.module import Module
from nn.training import predict
from viz.plots.style import axes_or_new, colour, legend, marker, sequential, short, tidy
from viz.render.theme import LIGHT

#: Points of the grid along each axis.
_GRID = 240
#: More classes than this, and the cells of a confusion matrix get smaller.
_MANY = 8


def plot_decision_boundary(
    model: Module | Callable[[NDArray[Any]], Any],
    x: Any,
    y: Any,
    *,
    threshold: float = 0.5,
    names: Sequence[str] | None = None,
    axes: Any = None,
) -> Any:
    """Draw which class a classifier gives to every point of the plane, with the records on top.

    Parameters
    ----------
    model : Module or callable
        Given an array (n, 2), it gives (n, classes): the largest wins; (n, 1) or (n,): numbers
        above the threshold are class 1; or (n,) of integers: the classes themselves. A Module is
        run in evaluation mode.
    x : array_like (n, 2)
        Records.
    y : array_like (n,) of int, or one-hot (n, classes)
        Their classes.
    threshold : float, default 0.5
        For probabilities; for logits it is 0.
    names : sequence of str, optional
        Of the classes; by default their numbers.
    axes : matplotlib Axes, optional
        Where to draw; by default in a new figure.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    ImportError
        If matplotlib is not installed.
    ValueError
        If the shapes do not fit.
    """
    points, classes = np.asarray(x, dtype=float), _labels(y)
    if (
        points.ndim != 2
        or points.shape[1] != 2
        or classes.shape != points.shape[:1]
        or not classes.size
    ):
        raise ValueError(
            "a decision boundary is drawn for records of shape (n, 2) and classes of shape (n,), "
            f"but they have shapes {points.shape} and {classes.shape}."
        )
    if not np.isfinite(points).all():
        raise ValueError("the records hold NaN or infinities, which have no place in the plane.")
    ticks = [_ticks(column) for column in points.T]
    plane = np.stack([grid.ravel() for grid in np.meshgrid(*ticks)], axis=1)
    given = _run(model, plane)
    regions = _classes(given, threshold)
    if regions.shape != plane.shape[:1]:
        raise ValueError(
            f"a classifier gives one row for each record, but for {len(plane)} records this one "
            f"gave an array of shape {numbers_of(given).shape}."
        )
    axes = axes_or_new(axes, 7.2, 5.2)
    tidy(axes, "", "x₁", "x₂")
    _draw_regions(axes, ticks, regions.reshape(len(ticks[1]), len(ticks[0])))
    for label in np.unique(classes):
        chosen = points[classes == label]
        axes.scatter(
            chosen[:, 0], chosen[:, 1], s=34, color=colour(label), marker=marker(label),
            edgecolors=LIGHT.paper, linewidths=0.6, label=_class_name(names, label), zorder=3,
        )  # fmt: skip
    wrong = int((_classes(_run(model, points), threshold) != classes).sum())
    axes.set_title(
        f"{len(points)} record{'s' * (len(points) != 1)}, {wrong} on the wrong side",
        loc="left", fontsize=11,
    )  # fmt: skip
    axes.grid(False)
    legend(axes, rows=16, loc="upper left", bbox_to_anchor=(1, 1))
    return axes


def _run(model: Module | Callable[[NDArray[Any]], Any], points: NDArray[Any]) -> Any:
    return predict(model, points, batch_size=4096) if isinstance(model, Module) else model(points)


def _classes(output: Any, threshold: float) -> NDArray[np.int_]:
    """Classes, from what a classifier gives."""
    scores = numbers_of(output)
    if scores.ndim == 2 and scores.shape[1] > 1:
        return np.asarray(scores.argmax(axis=1))
    if scores.ndim == 2:
        scores = scores[:, 0]
    if scores.dtype.kind in "iub":
        return scores.astype(int)
    return (scores > threshold).astype(int)


def _labels(target: Any) -> NDArray[np.int_]:
    """Classes, from labels or one-hot rows."""
    labels = np.asarray(target)
    if labels.ndim == 2 and labels.shape[1] > 1:
        return np.asarray(labels.argmax(axis=1))
    labels = labels.reshape(-1) if labels.ndim == 2 else labels
    whole = labels.astype(int)
    if not np.array_equal(whole, labels):
        raise ValueError(
            f"the true classes must be whole numbers, but there is {labels[whole != labels][0]}."
        )
    return whole


def _ticks(column: NDArray[Any]) -> NDArray[Any]:
    low, high = float(column.min()), float(column.max())
    margin = 0.08 * (high - low) or 1.0
    return np.linspace(low - margin, high + margin, _GRID)


def _draw_regions(axes: Any, ticks: list[NDArray[Any]], regions: NDArray[np.int_]) -> None:
    labels = np.unique(regions)
    places = np.searchsorted(labels, regions)
    edges = np.arange(len(labels) + 1) - 0.5
    axes.contourf(*ticks, places, levels=edges, colors=[colour(i) for i in labels], alpha=0.18)
    for place in range(len(labels) if len(labels) > 1 else 0):
        axes.contour(
            *ticks, (places == place).astype(float), levels=[0.5], colors=[LIGHT.ink],
            linewidths=0.9,
        )  # fmt: skip


def _class_name(names: Sequence[str] | None, label: int) -> str:
    return f"class {label}" if names is None else short(names[label])


def plot_confusion(
    output: Any,
    target: Any,
    *,
    threshold: float = 0.5,
    names: Sequence[str] | None = None,
    axes: Any = None,
) -> Any:
    """Draw the confusion matrix: how many records of each class were given which class.

    Parameters
    ----------
    output : array_like or node
        What a classifier gave: (n, classes), of which the largest wins; (n, 1) or (n,) of floats,
        of which those above the threshold are class 1; or (n,) of integers, the classes.
    target : array_like (n,) of int, or one-hot (n, classes)
        The true classes.
    threshold : float, default 0.5
        For probabilities; for logits it is 0.
    names : sequence of str, optional
        Of the classes; by default their numbers.
    axes : matplotlib Axes, optional
        Where to draw; by default in a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        Colours show the share of the row: of the records that truly have that class.

    Raises
    ------
    ImportError
        If matplotlib is not installed.
    ValueError
        If the shapes differ, a class is negative, or there are more classes than names.
    """
    given, true = _classes(output, threshold), _labels(target)
    counts = _count(given, true, names)
    classes = len(counts)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    size = max(3.6, 0.62 * classes if classes <= _MANY else 0.4 * classes)
    axes = axes_or_new(axes, size + 1.6, size + 0.9)
    tidy(axes, f"{np.trace(counts) / max(counts.sum(), 1):.1%} right", "given", "true")
    axes.imshow(shares, cmap=sequential(), vmin=0, vmax=1)
    axes.grid(False)
    labels = [short(i if names is None else names[i]) for i in range(classes)]
    slanted = max(map(len, labels)) > 3
    axes.set_xticks(range(classes), labels, rotation=40 if slanted else 0,
                    ha="right" if slanted else "center", rotation_mode="anchor")  # fmt: skip
    axes.set_yticks(range(classes), labels)
    for (row, column), count in np.ndenumerate(counts):
        ink = LIGHT.ink if count else LIGHT.faint
        axes.text(
            column, row, f"{count}", ha="center", va="center",
            fontsize=10 if classes <= _MANY else 8,
            color=LIGHT.paper if shares[row, column] > 0.55 else ink,
        )  # fmt: skip
    return axes


def _count(
    given: NDArray[np.int_], true: NDArray[np.int_], names: Sequence[str] | None
) -> NDArray[np.int_]:
    """The matrix: true classes down, given ones across."""
    if given.shape != true.shape or given.ndim != 1 or not given.size:
        raise ValueError(
            "a confusion matrix needs one given and one true class per record, but they have "
            f"shapes {given.shape} and {true.shape}."
        )
    lowest, highest = min(given.min(), true.min()), max(given.max(), true.max())
    if lowest < 0:
        raise ValueError(f"classes are counted from 0, but there is a class {lowest}.")
    if names is not None and highest >= len(names):
        raise ValueError(f"there is a class {highest}, but only {len(names)} names were given.")
    classes = highest + 1 if names is None else len(names)
    counts = np.zeros((classes, classes), dtype=int)
    np.add.at(counts, (true, given), 1)
    return counts

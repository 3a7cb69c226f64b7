"""Curves: an activation with its derivative, and the course of training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from autograd import Tensor
from nn.metrics import numbers_of
from nn.module import Module
from viz.plots.style import axes_or_new, dashes, legend, new_figure, short, tidy
from viz.render.theme import LIGHT
from viz.scene.numbers import number

if TYPE_CHECKING:
    from collections.abc import Callable

#: An activation is saturated where its slope is below this share of the steepest.
_FLAT_SHARE = 0.05
_POINTS = 1001


def plot_activation(
    activation: Callable[[Any], Any] | type[Module],
    span: tuple[float, float] = (-6.0, 6.0),
    axes: Any = None,
) -> Any:
    """Draw an activation with its derivative, and shade where it is saturated.

    Parameters
    ----------
    activation : callable or type of Module
        Works element by element, as `nn.functional.tanh`, ``nn.LeakyReLU(0.1)`` or `nn.Tanh`.
    span : (float, float), default (−6, 6)
        From where to where.
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
        If the function is not elementwise, or the span is empty.

    Notes
    -----
    The derivative is computed by backpropagation. Saturated is where it stays below 5 % of the
    steepest slope up to an end of the span; where it is exactly 0, nothing passes.
    """
    low, high = span
    if not low < high:
        raise ValueError(f"span must go from a smaller to a larger number, but is {span}.")
    function = activation() if isinstance(activation, type) else activation
    x = np.linspace(low, high, _POINTS)
    y, slope = _values_and_slopes(function, x)
    axes = axes_or_new(axes, 6.4, 4.2)
    tidy(axes, _name(function), "x")
    axes.axhline(0, color=LIGHT.faint, linewidth=0.8)
    axes.axvline(0, color=LIGHT.faint, linewidth=0.8)
    axes.plot(x, y, color=LIGHT.vanishing, linewidth=2, label="f(x)")
    steepest = float(np.max(np.abs(slope), where=np.isfinite(slope), initial=0.0))
    axes.plot(
        x, slope, color=LIGHT.exploding, linewidth=2, linestyle=dashes(1),
        label=f"f′(x), at most {number(steepest, 3)}",
    )  # fmt: skip
    closed = slope == 0
    saturated = _at_the_ends(np.abs(slope) < _FLAT_SHARE * steepest) & ~closed
    _shade(axes, x, saturated, "saturated: |f′| below 5% of its peak", "")
    _shade(axes, x, closed, "f′ exactly 0: no gradient passes", "////")
    legend(axes)
    axes.set_xlim(low, high)
    return axes


def _values_and_slopes(
    function: Callable[[Any], Any], x: NDArray[Any]
) -> tuple[NDArray[Any], NDArray[Any]]:
    # A layer with parameters, such as PReLU, takes Tensors of its own dtype only.
    own = [p.dtype for p in function.parameters()] if isinstance(function, Module) else []
    dtype = own[0] if own else np.dtype(float)

    node = Tensor(x.astype(dtype))
    third = len(x) // 3
    with np.errstate(all="ignore"):
        result = function(node)
        alone = numbers_of(function(Tensor(node.data[third : third + 1])))
        values = numbers_of(result)
        if values.shape != x.shape or not np.allclose(values[third], alone, equal_nan=True):
            raise ValueError(
                f"{_name(function)} does not work element by element (softmax, for instance, "
                f"mixes its inputs): {len(x)} numbers at once gave other results than one at a "
                "time."
            )
        if getattr(result, "requires_grad", False):
            result.sum().backward()
    return values, np.zeros(len(x)) if node.grad is None else node.grad


def _at_the_ends(flat: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Only the parts that reach an end: a minimum is flat too, but not saturated."""
    accumulate = np.logical_and.accumulate
    return np.asarray(accumulate(flat) | accumulate(flat[::-1])[::-1])


def _name(function: Any) -> str:
    return (
        repr(function)
        if isinstance(function, Module)
        else getattr(function, "__name__", type(function).__name__)
    )


def _shade(axes: Any, x: NDArray[Any], where: NDArray[np.bool_], label: str, hatch: str) -> None:
    if where.any():
        axes.fill_between(
            x, 0, 1, where=where, transform=axes.get_xaxis_transform(), label=label,
            facecolor=LIGHT.neutral, alpha=0.3, hatch=hatch, edgecolor=LIGHT.faint, linewidth=0,
        )  # fmt: skip


def plot_history(history: Mapping[str, Sequence[float]]) -> Any:
    """Draw the course of training: a panel for the loss and for each metric.

    Parameters
    ----------
    history : nn.History, or mapping of str to sequence of float
        A figure for each epoch. What begins with ``val_`` is drawn beside what it validates.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ImportError
        If matplotlib is not installed.
    ValueError
        If there are no figures.
    """
    if not any(len(figures) for figures in history.values()):
        raise ValueError("there is no epoch in this history, so nothing can be drawn.")
    names = list(dict.fromkeys(name.removeprefix("val_") for name in history))
    figure, grid = new_figure(5.2 * len(names), 3.9, columns=len(names))
    for panel, name in zip(grid.flat, names, strict=True):
        tidy(panel, short(name), "epoch")
        _draw_course(panel, history.get(name, ()), "training", LIGHT.vanishing, dashes(0))
        validation = history.get(f"val_{name}", ())
        _draw_course(panel, validation, "validation", LIGHT.exploding, dashes(1))
        if name == "loss" and np.isfinite(validation).any():
            _mark_best(panel, validation)
        panel.xaxis.get_major_locator().set_params(integer=True)
        legend(panel)
    return figure


def _draw_course(
    panel: Any, figures: Sequence[float], label: str, colour: str, linestyle: Any
) -> None:
    if len(figures):
        epochs = np.arange(1, len(figures) + 1)
        panel.plot(
            epochs, figures, color=colour, linestyle=linestyle, linewidth=1.8, label=label,
            marker="o" if len(figures) == 1 else None,
        )  # fmt: skip


def _mark_best(panel: Any, validation: Sequence[float]) -> None:
    best = int(np.nanargmin(np.where(np.isfinite(validation), validation, np.nan)))
    panel.plot(
        best + 1, validation[best], "o", color=LIGHT.exploding, markeredgecolor=LIGHT.ink,
        label=f"lowest: {number(validation[best], 3)} in epoch {best + 1}",
    )  # fmt: skip

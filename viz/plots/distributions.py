"""Histograms of weights and gradients, one row for each parameter."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from nn.metrics import numbers_of
from nn.module import Module
from viz.plots.style import depth_colours, new_figure, short, tidy
from viz.render.theme import LIGHT

_BINS = 80
#: How high a histogram is, in rows.
_HEIGHT = 0.85


def plot_histograms(model: Module) -> Any:
    """Draw how the weights and the gradients of every parameter are distributed.

    Parameters
    ----------
    model : Module
        After a `backward`; without it the gradients are "not computed".

    Returns
    -------
    matplotlib.figure.Figure
        Parameters from the input (above) to the output, all on one scale: left the weights, right
        the size of the gradients as a power of ten. What is exactly 0 or not finite is counted
        beside.

    Raises
    ------
    ImportError
        If matplotlib is not installed.
    ValueError
        If the model has no parameters.
    """
    parameters = dict(model.named_parameters())
    if not parameters:
        raise ValueError(f"{type(model).__name__} has no parameters to draw.")
    weights = {name: _flat(p.data) for name, p in parameters.items()}
    gradients = {
        name: None if p.grad is None else _flat(numbers_of(p.grad))
        for name, p in parameters.items()
    }
    figure, ((left, right),) = new_figure(12, max(2.4, 0.42 * len(parameters) + 1.2), columns=2)
    _draw_rows(left, weights, {name: x[np.isfinite(x)] for name, x in weights.items()})
    tidy(left, "Weights", "weight")
    _draw_rows(right, gradients, {name: _powers(x) for name, x in gradients.items()})
    tidy(right, "Size of the gradients", "log₁₀ |gradient|")
    right.set_yticklabels([])
    return figure


def _flat(array: Any) -> NDArray[np.float64]:
    return np.asarray(array, dtype=float).ravel()


def _powers(gradient: NDArray[np.float64] | None) -> NDArray[np.float64]:
    """log₁₀ of what has a logarithm."""
    if gradient is None:
        return np.empty(0)
    size = np.abs(gradient)
    return np.log10(size[(size > 0) & np.isfinite(size)])


def _draw_rows(
    panel: Any,
    arrays: dict[str, NDArray[np.float64] | None] | dict[str, NDArray[np.float64]],
    drawn: dict[str, NDArray[np.float64]],
) -> None:
    """One filled histogram per row, each as high as the row, on one horizontal scale."""
    known = np.concatenate(list(drawn.values()))
    if not known.size:
        panel.set_xticks([])
    low, high = (float(known.min()), float(known.max())) if known.size else (0.0, 1.0)
    if low == high:
        low, high = low - 0.5, high + 0.5
    bins = np.linspace(low, high, _BINS + 1)
    last = len(arrays) - 1
    for row, (name, shade) in enumerate(zip(arrays, depth_colours(len(arrays)), strict=True)):
        base = last - row
        counts, _ = np.histogram(drawn[name], bins)
        heights = base + _HEIGHT * counts / max(counts.max(), 1)
        panel.stairs(heights, bins, baseline=base, fill=True, color=shade, alpha=0.55)
        panel.stairs(heights, bins, baseline=base, color=shade, linewidth=0.8)
        panel.text(
            1.01, base + 0.12, _remark(arrays[name]), transform=panel.get_yaxis_transform(),
            fontsize=8, color=LIGHT.broken if _is_broken(arrays[name]) else LIGHT.faint,
        )  # fmt: skip
    panel.set_yticks(range(last, -1, -1), [short(name) for name in arrays], va="bottom")
    panel.set_ylim(-0.1, last + 1.1)


def _is_broken(array: NDArray[np.float64] | None) -> bool:
    return array is not None and not np.isfinite(array).all()


def _remark(array: NDArray[np.float64] | None) -> str:
    """What a histogram does not show."""
    if array is None:
        return "not computed"
    zeros = array.size - int(np.count_nonzero(array))
    broken = array.size - int(np.isfinite(array).sum())
    told = [f"{zeros / array.size:.0%} exactly 0"] if zeros else []
    return ", ".join([*told, f"{broken} NaN or ∞"] if broken else told)

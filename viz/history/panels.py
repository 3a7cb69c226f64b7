"""A GradientHistory drawn with matplotlib."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from viz.history.noise import ALL
from viz.history.thinning import Curves
from viz.plots.style import dashes, depth_colours, legend, new_figure, short, tidy
from viz.render.theme import LIGHT

if TYPE_CHECKING:
    from viz.history.recorder import GradientHistory

#: What the ratio of update and weight usually is, as a power of ten.
_USUAL = -3
#: A signal-to-noise ratio below this is as good as none.
_LEAST_SIGNAL = 1e-4
#: So few points are too few for a curve.
_FEW = 3
#: Rows of each legend.
_ROWS = 14


def draw(history: GradientHistory) -> Any:
    """Six panels: loss, gradients, updates, activations, and two measures of noise.

    Raises
    ------
    ValueError
        If nothing was recorded.
    """
    if not history.steps:
        raise ValueError(
            "nothing is recorded in this GradientHistory yet; pass it to nn.fit(..., "
            "callbacks=[history])."
        )
    figure, grid = new_figure(16, 8, rows=2, columns=3)
    (loss, gradients, updates), (activations, norm_test, gsnr) = grid
    _draw_loss(loss, history)
    _draw_activations(activations, history)
    tidy(gradients, "Gradient of each parameter", y="RMS")
    _draw_curves(gradients, history.gradient)
    tidy(updates, "Update : weight of each parameter", y="log₁₀ of the ratio of RMS")
    _draw_curves(updates, _log10(history.update_ratio))
    _mark(updates, _USUAL, "−3 is usual")
    tidy(norm_test, "Gradient noise: norm test", y="standard deviation / norm")
    _draw_curves(norm_test, history.norm_test)
    tidy(gsnr, "Gradient noise: signal-to-noise ratio", y="median of ḡ² / Var(g)")
    _draw_curves(gsnr, history.gsnr)
    for panel in (gradients, norm_test, gsnr):
        _use_log_scale(panel)
    _mark(norm_test, math.sqrt(history.window), "noise alone: √T")
    _mark(gsnr, 1 / (2 * history.window), "noise alone: 1/(2T)")
    # A median of exactly 0 would stretch the scale to the smallest numbers there are.
    gsnr.set_ylim(bottom=max(gsnr.get_ylim()[0], _LEAST_SIGNAL))
    legend(
        norm_test if norm_test.lines else gradients, figure, _ROWS,
        loc="outside right upper", title="Parameters, input to output",
    )  # fmt: skip
    legend(activations, figure, _ROWS, loc="outside right lower", title="Activations")
    for panel in grid.flat:
        panel.set_xlim(0.5, max(history.steps[-1], 2) + 0.5)
        panel.set_xlabel("step")
        if not panel.lines:
            panel.text(0.5, 0.5, "nothing recorded", transform=panel.transAxes, ha="center",
                       color=LIGHT.faint)  # fmt: skip
        for step in _broken(history):
            panel.axvline(step, color=LIGHT.broken, linewidth=1, linestyle=dashes(2))
    return figure


def _draw_loss(panel: Any, history: GradientHistory) -> None:
    tidy(panel, "Loss of the mini-batch")
    _line(panel, history.steps, history.loss, color=LIGHT.vanishing, linewidth=1.1)
    for step in _broken(history)[:1]:
        panel.annotate(
            "NaN or ∞", (step, 1), xycoords=("data", "axes fraction"), xytext=(-3, -3),
            textcoords="offset points", ha="right", va="top", fontsize=9, color=LIGHT.broken,
        )  # fmt: skip


def _broken(history: GradientHistory) -> list[int]:
    """The steps at which the loss was nan or infinite."""
    return [
        step
        for step, loss in zip(history.steps, history.loss, strict=True)
        if not np.isfinite(loss)
    ]


def _draw_activations(panel: Any, history: GradientHistory) -> None:
    tidy(panel, "Activations: saturated outputs, dead units", y="share")
    panel.set_ylim(-0.03, 1.03)
    for i, (name, shade) in enumerate(_shades(list(history.dead))):
        saturates = name in history.saturated
        what, found = ("saturated", history.saturated) if saturates else ("dead", history.dead)
        _line(
            panel, found.steps, found[name],
            color=shade, linestyle=dashes(i), linewidth=1.4, label=f"{short(name)}: {what}",
        )  # fmt: skip


def _draw_curves(panel: Any, curves: Curves) -> None:
    """A curve for each name, from blue at the input to orange at the output."""
    for i, (name, shade) in enumerate(_shades([name for name in curves if name != ALL])):
        style = {"color": shade, "linestyle": dashes(i), "linewidth": 1.1}
        _line(panel, curves.steps, curves[name], label=short(name), **style)
    if ALL in curves:
        _line(panel, curves.steps, curves[ALL], label="all", color=LIGHT.ink, linewidth=2.2)


def _shades(names: list[str]) -> list[tuple[str, Any]]:
    return list(zip(names, depth_colours(len(names)), strict=True))


def _line(panel: Any, steps: list[int], figures: list[float], **style: Any) -> None:
    """A curve with gaps where there is no finite figure; dots if there are few."""
    known = np.where(np.isfinite(figures), figures, np.nan)
    panel.plot(steps, known, marker="." if np.isfinite(known).sum() < _FEW else None, **style)


def _mark(panel: Any, height: float, words: str) -> None:
    """A line to compare with, if there is anything to compare."""
    if not panel.lines:
        return
    panel.axhline(height, color=LIGHT.ink, linewidth=1.2, linestyle=dashes(1))
    panel.annotate(
        words, (0, height), xycoords=("axes fraction", "data"), xytext=(4, 3),
        textcoords="offset points", fontsize=9, color=LIGHT.ink,
        bbox={"facecolor": LIGHT.paper, "alpha": 0.8, "edgecolor": "none", "pad": 1},
    )  # fmt: skip


def _log10(curves: Curves) -> Curves:
    with np.errstate(divide="ignore", invalid="ignore"):
        found = Curves({name: np.log10(figures).tolist() for name, figures in curves.items()})
    found.steps = curves.steps
    return found


def _use_log_scale(panel: Any) -> None:
    """A log scale, if there is anything that it can show."""
    if any(np.any(line.get_ydata() > 0) for line in panel.lines):
        panel.set_yscale("log")

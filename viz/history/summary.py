"""A GradientHistory as text."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from statistics import median
from textwrap import fill
from typing import TYPE_CHECKING

from viz.history.noise import ALL
from viz.scene.numbers import number

if TYPE_CHECKING:
    from viz.history.recorder import GradientHistory

#: Letters in a line of text.
_TEXT = 96

_PARAMETERS = (
    "parameter", "gradient RMS", "log₁₀ update:weight", "norm test", "signal:noise",
)  # fmt: skip
_ACTIVATIONS = ("activation", "saturated", "dead")
_KEY = (
    "First → last, but the median of log₁₀ update:weight (about −3 is usual). Norm test: standard "
    "deviation of a mini-batch gradient over its norm."
)


def summarize(history: GradientHistory) -> str:
    """The course of the loss, a row for each parameter and activation, and the remarks."""
    steps, loss = history.steps, history.loss
    if not steps:
        return "GradientHistory: nothing recorded yet; pass it to nn.fit(..., callbacks=[history])."
    frames = len(history.frames)
    head = (
        f"GradientHistory of {steps[-1]} step{'s' * (steps[-1] != 1)}: loss {_course(loss)}, "
        f"{frames} frame{'s' * (frames != 1)}"
    )
    lines = [head]
    for rows in (list(_parameters(history)), list(_activations(history))):
        if len(rows) > 1:
            lines += ["", *_table(rows)]
    return "\n".join([*lines, "", *(fill(text, _TEXT) for text in (_KEY, *history.remarks))])


def _parameters(history: GradientHistory) -> Iterator[tuple[str, ...]]:
    yield _PARAMETERS
    noise, ratio = history.norm_test, history.gsnr
    for name in history.gradient or history.update_ratio:
        yield (
            name,
            _course(history.gradient.get(name, [])),
            _usual_update(history.update_ratio.get(name, [])),
            _course(noise.get(name, [])),
            _course(ratio.get(name, [])),
        )
    if ALL in noise:
        yield ALL, "", "", _course(noise[ALL]), ""


def _activations(history: GradientHistory) -> Iterator[tuple[str, ...]]:
    yield _ACTIVATIONS
    saturated = history.saturated
    for name, shares in history.dead.items():
        yield name, _course(saturated.get(name, []), "%"), _course(shares, "%")


def _course(figures: Sequence[float], unit: str = "") -> str:
    """The first and the last of some figures."""
    if not figures:
        return "—"
    ends = figures[:1] if len(figures) == 1 else (figures[0], figures[-1])
    return " → ".join(f"{x:.0%}" if unit else number(x, 3) for x in ends)


def _usual_update(ratios: Sequence[float]) -> str:
    """log₁₀ of the median; − infinity for what does not move."""
    known = [ratio for ratio in ratios if not math.isnan(ratio)]
    if not known:
        return "—"
    middle = median(known)
    return number(math.log10(middle) if middle > 0 else -math.inf, 2)


def _table(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()

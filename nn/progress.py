"""What `fit` shows while it runs: a bar where somebody watches, a few lines where not."""

from __future__ import annotations

import sys
import time
import warnings
from collections.abc import Mapping
from typing import Any, Protocol


class Progress(Protocol):
    """How training is reported."""

    def batch(self) -> None:
        """A step was made."""

    def epoch(self, number: int, figures: Mapping[str, float]) -> None:
        """An epoch is over; they are counted from 1."""

    def close(self) -> None:
        """No more will come."""


def start(shown: bool, epochs: int, batches_per_epoch: int) -> Progress:
    """Choose how to report training.

    tqdm's bar where standard error is a terminal or a notebook listens, and tqdm is installed;
    else about ten plain lines. Both go to standard error, which leaves standard output to results.
    """
    if not shown:
        return _Silence()
    bar = _tqdm()
    return _Lines(epochs) if bar is None else _Bar(bar, epochs, batches_per_epoch)


def figures_as_text(figures: Mapping[str, float]) -> str:
    """Such as ``loss 0.1234  accuracy 0.9500``."""
    return "  ".join(f"{name} {value:.4f}" for name, value in figures.items())


def _tqdm() -> Any:
    """The bar that suits this place, or None."""
    in_notebook = "ipykernel" in sys.modules
    if not in_notebook and not sys.stderr.isatty():
        return None
    try:
        if in_notebook:
            with warnings.catch_warnings():
                # Without ipywidgets tqdm warns and draws its bar in characters, which is fine.
                warnings.simplefilter("ignore")
                from tqdm.autonotebook import tqdm
        else:
            from tqdm import tqdm
    except ImportError:
        return None
    return tqdm


class _Silence:
    def batch(self) -> None:
        """Say nothing."""

    def epoch(self, number: int, figures: Mapping[str, float]) -> None:
        """Say nothing."""

    def close(self) -> None:
        """Say nothing."""


class _Lines:
    """A line for the first epoch, the last, and whenever another tenth is done."""

    def __init__(self, epochs: int) -> None:
        self._epochs = epochs
        self._started = time.perf_counter()

    def batch(self) -> None:
        """Say nothing."""

    def epoch(self, number: int, figures: Mapping[str, float]) -> None:
        another_tenth = number * 10 // self._epochs > (number - 1) * 10 // self._epochs
        if number == 1 or another_tenth:
            seconds = time.perf_counter() - self._started
            print(
                f"epoch {number:>{len(str(self._epochs))}}/{self._epochs}  "
                f"{figures_as_text(figures)}  ({seconds:.1f} s)",
                file=sys.stderr,
                flush=True,
            )

    def close(self) -> None:
        """Say nothing."""


class _Bar:
    """One bar over all steps, with the newest figures beside it."""

    def __init__(self, bar: Any, epochs: int, batches_per_epoch: int) -> None:
        self._epochs = epochs
        self._bar = bar(
            desc=f"epoch 1/{epochs}",
            total=epochs * batches_per_epoch,
            bar_format="{desc} {percentage:3.0f}% |{bar}| {remaining} left{postfix}",
            dynamic_ncols=True,
        )

    def batch(self) -> None:
        self._bar.update()

    def epoch(self, number: int, figures: Mapping[str, float]) -> None:
        following = min(number + 1, self._epochs)
        self._bar.set_description_str(f"epoch {following}/{self._epochs}", refresh=False)
        self._bar.set_postfix_str(figures_as_text(figures), refresh=False)

    def close(self) -> None:
        self._bar.close()

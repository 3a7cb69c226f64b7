"""What `fit` shows while it runs: a bar where somebody watches, a few lines where not."""

from __future__ import annotations

import sys
import time
import warnings
from collections.abc import Mapping
from typing import Any, Protocol


class Progress(Protocol):
    """How training is reported."""

    def batch(self, loss: float) -> None:
        """A step was made; the mean loss of the epoch so far."""

    def epoch(self, number: int, figures: Mapping[str, float]) -> None:
        """An epoch is over; they are counted from 1."""

    def note(self, text: str) -> None:
        """Something that is to be known."""

    def close(self) -> None:
        """No more will come."""


def start(
    shown: bool, epochs: int, batches_per_epoch: int | None, epoch: int = 0, batch: int = 0
) -> Progress:
    """Choose how to report training.

    tqdm's bar where standard error is a terminal or a notebook listens, and tqdm is installed;
    else about ten plain lines. Both go to standard error, which leaves standard output to results.

    Parameters
    ----------
    shown : bool
        Whether to report at all.
    epochs : int
        How many there are to be.
    batches_per_epoch : int, optional
        Where it is known beforehand; else the first epoch shows no time left.
    epoch, batch : int, default 0
        How many epochs, and batches of the one after them, are done already.
    """
    if not shown:
        return _Silence()
    bar = _tqdm()
    if bar is None:
        return _Lines(epochs, epoch)
    return _Bar(bar, epochs, batches_per_epoch, epoch, batch)


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
    def batch(self, loss: float) -> None:
        """Say nothing."""

    def epoch(self, number: int, figures: Mapping[str, float]) -> None:
        """Say nothing."""

    def note(self, text: str) -> None:
        """Say nothing."""

    def close(self) -> None:
        """Say nothing."""


class _Lines:
    """A line for the first epoch, the last, and whenever another tenth is done."""

    def __init__(self, epochs: int, epoch: int) -> None:
        self._epochs = epochs
        self._done_before = epoch
        self._started = time.perf_counter()

    def batch(self, loss: float) -> None:
        """Say nothing."""

    def epoch(self, number: int, figures: Mapping[str, float]) -> None:
        done = number - self._done_before
        another_tenth = number * 10 // self._epochs > (number - 1) * 10 // self._epochs
        if done == 1 or another_tenth:
            seconds = time.perf_counter() - self._started
            to_come = self._epochs - number
            left = f", {seconds / done * to_come:.1f} s left" if to_come else ""
            self.note(
                f"epoch {number:>{len(str(self._epochs))}}/{self._epochs}  "
                f"{figures_as_text(figures)}  ({seconds:.1f} s{left})"
            )

    def note(self, text: str) -> None:
        print(text, file=sys.stderr, flush=True)

    def close(self) -> None:
        """Say nothing."""


class _Bar:
    """One bar over all steps, with the newest figures beside it."""

    def __init__(
        self, bar: Any, epochs: int, batches_per_epoch: int | None, epoch: int, batch: int
    ) -> None:
        self._epochs = epochs
        self._figures: dict[str, float] = {}
        self._bar = bar(
            desc=self._description(epoch),
            # Without a total, until the first epoch shows how many batches it has.
            total=batches_per_epoch and epochs * batches_per_epoch,
            initial=epoch * (batches_per_epoch or 0) + batch,
            bar_format="{desc} {percentage:3.0f}% |{bar}| {remaining} left{postfix}",
            dynamic_ncols=True,
        )

    def _description(self, done: int) -> str:
        return f"epoch {min(done + 1, self._epochs)}/{self._epochs}"

    def batch(self, loss: float) -> None:
        self._figures["loss"] = loss
        self._bar.set_postfix_str(figures_as_text(self._figures), refresh=False)
        self._bar.update()

    def epoch(self, number: int, figures: Mapping[str, float]) -> None:
        self._figures = dict(figures)
        if self._bar.total is None:
            batches = self._bar.n
            self._bar.total = self._epochs * batches
            self._bar.initial, self._bar.n = (number - 1) * batches, number * batches
        self._bar.set_description_str(self._description(number), refresh=False)
        self._bar.set_postfix_str(figures_as_text(figures), refresh=False)

    def note(self, text: str) -> None:
        self._bar.write(text, file=sys.stderr)

    def close(self) -> None:
        self._bar.close()

"""TensorBoard: the curves of a training, and how its weights and gradients are distributed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from os import PathLike
from pathlib import Path

import numpy as np

from nn.integrations.event_files import EventFile, histogram, scalar
from nn.module import Module
from nn.training.callbacks import Callback
from nn.training.run import Run


class TensorBoard(Callback):
    """Write event files for TensorBoard: figures, learning rate, and histograms if wanted.

    After every epoch its figures are written to the subfolder ``train``, and those of the
    validation records, without ``val_`` in their names, to ``validation``: TensorBoard draws
    both as two curves in one chart. ``learning_rate`` is the one with which the epoch began (with
    several parameter groups ``learning_rate/0`` and so on). Nothing needs to be installed for
    writing; ``tensorboard --logdir folder`` shows it, also while training goes on.

    Parameters
    ----------
    folder : str or Path
        Made if it is not there. A training that goes on from a checkpoint goes on in it too; one
        that begins anew takes the place of the curves in it.
    histograms_every : int, optional
        After how many epochs histograms are written: ``weights/`` and ``gradients/`` with the
        parameter's name. The gradients are those of the last step of the epoch.

    Raises
    ------
    ValueError
        If `histograms_every` is below 1.

    Examples
    --------
    ::

        nn.fit(model, x, y, ..., callbacks=[nn.TensorBoard("runs/first", histograms_every=5)])
    """

    def __init__(self, folder: str | PathLike[str], *, histograms_every: int | None = None) -> None:
        if histograms_every is not None and histograms_every < 1:
            raise ValueError(
                "histograms_every of TensorBoard must be at least 1, but "
                f"{histograms_every} was given."
            )
        self.folder = Path(folder)
        self.histograms_every = histograms_every
        self._files: dict[str, EventFile] = {}
        self._rates: dict[str, float] = {}

    def before_training(self, run: Run) -> None:
        """Begin with new files."""
        self._files = {}

    def before_epoch(self, run: Run) -> None:
        """Note the learning rate."""
        rates = [group["lr"] for group in run.optimizer.param_groups]
        names = [f"learning_rate/{i}" for i in range(len(rates))]
        self._rates = dict(zip(names if len(rates) > 1 else ["learning_rate"], rates, strict=True))

    def after_epoch(self, run: Run, figures: Mapping[str, float]) -> None:
        """Write all that belongs to the epoch."""
        held_out = {name: value for name, value in figures.items() if name.startswith("val_")}
        learned = {name: value for name, value in figures.items() if name not in held_out}
        values = [scalar(name, value) for name, value in {**learned, **self._rates}.items()]
        if self.histograms_every and run.epoch % self.histograms_every == 0:
            values.extend(_histograms(run.model))
        self._add("train", values, run.epoch)
        if held_out:
            values = [scalar(name.removeprefix("val_"), v) for name, v in held_out.items()]
            self._add("validation", values, run.epoch)

    def _add(self, part: str, values: list[bytes], epoch: int) -> None:
        if part not in self._files:
            self._files[part] = EventFile(self.folder / part, first_step=epoch)
        self._files[part].add(values, epoch)


def _histograms(model: Module) -> Iterator[bytes]:
    for name, parameter in model.named_parameters():
        for kind, numbers in (("weights", parameter.data), ("gradients", parameter.grad)):
            if numbers is not None and np.isfinite(numbers).any():
                yield histogram(f"{kind}/{name}", np.asarray(numbers))

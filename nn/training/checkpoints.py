"""Checkpoints: a training that was killed goes on as if nothing had happened."""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike
from pathlib import Path

from nn.module import Module
from nn.training import archive, snapshot
from nn.training.callbacks import Callback
from nn.training.checks import Unit, require_unit
from nn.training.run import Run

_FORMAT = "glassgrad checkpoint 1"


class Checkpoint(Callback):
    """Save everything on which the rest of a training depends, and go on from there.

    What is saved: parameters and buffers of the model (and of a loss that is a module), the
    optimiser's state, every random generator (of the order of the records, and in modules such as
    Dropout), the place in the epoch, the history, and the states of the other callbacks. So a
    training that is resumed gives the same numbers, bit for bit, as one that was never killed.

    Parameters
    ----------
    folder : str or Path
        Where ``checkpoint.npz`` is written, whole or not at all; made if it is not there.
    every : int, default 1
        After how many epochs or batches it is written anew. It is also written when training
        ends or is stopped, by Ctrl-C too.
    unit : {"epoch", "batch"}, default "epoch"
        What `every` counts.
    resume : bool, default False
        Go on from the checkpoint in the folder, if there is one: run the same program again with
        the same data. If False, a checkpoint that is there is refused, not overwritten.

    Attributes
    ----------
    path : Path
        The file.

    Raises
    ------
    FileExistsError
        If there is a checkpoint, and `resume` was not asked for.
    ValueError
        If it is damaged, foreign, or of another training; nothing was loaded. Or if `every` or
        `unit` make no sense.

    Notes
    -----
    The file is numpy's .npz with JSON inside; nothing in it is executed when it is read.

    A callback without `Callback.state_dict`, such as `viz.GradientHistory`, begins anew. Random
    generators that stand in no module (in a function, say) are not found.

    Examples
    --------
    A program that can be killed at any time and run again::

        nn.fit(model, x, y, ..., callbacks=[nn.Checkpoint("runs/first", resume=True)])
    """

    def __init__(
        self,
        folder: str | PathLike[str],
        every: int = 1,
        *,
        unit: Unit = "epoch",
        resume: bool = False,
    ) -> None:
        require_unit(self, unit)
        if every < 1:
            raise ValueError(f"every of Checkpoint must be at least 1, but {every} was given.")
        self.path = Path(folder) / "checkpoint.npz"
        self.every = every
        self.unit = unit
        self.resume = resume
        self._run: Run | None = None

    def before_training(self, run: Run) -> None:
        """Go on from the checkpoint, if there is one."""
        self._run = run
        _require_all_saved(run)
        if self.path.exists():
            if not self.resume:
                raise FileExistsError(
                    f"{self.path} is there already: go on from it with Checkpoint(..., "
                    "resume=True), or choose another folder."
                )
            self._load(run)
        else:
            self.path.parent.mkdir(parents=True, exist_ok=True)

    def _load(self, run: Run) -> None:
        state = archive.read(self.path)
        if not isinstance(state, dict) or state.get("format") != _FORMAT:
            raise ValueError(
                f"{self.path} was not written by this version of nn.Checkpoint, and nothing was "
                "loaded."
            )
        try:
            snapshot.put(run, state)
        except (ArithmeticError, LookupError, TypeError, ValueError) as error:
            raise ValueError(
                f"{self.path} is of another training, and nothing was loaded: "
                f"{str(error).rstrip('.')}."
            ) from error

    def after_step(self, model: Module) -> None:
        """Save, if it counts batches and it is time, or if training is stopped in the epoch."""
        run = self._run
        if run and (run.stopped or (self.unit == "batch" and run.step % self.every == 0)):
            self._save(run)

    def after_epoch(self, run: Run, figures: Mapping[str, float]) -> None:
        """Save, if it counts epochs and it is time, or if training ends."""
        due = self.unit == "epoch" and run.epoch % self.every == 0
        if due or run.stopped or run.epoch >= run.epochs:
            self._save(run)

    def after_training(self, run: Run) -> None:
        """Let go of the run."""
        self._run = None

    def _save(self, run: Run) -> None:
        archive.write(self.path, {"format": _FORMAT, **snapshot.take(run)})


def _require_all_saved(run: Run) -> None:
    """Raise ValueError if the optimiser changes something that would not be saved."""
    saved = {id(param) for _, module in run.modules() for param in module.parameters()}
    changed = [param for group in run.optimizer.param_groups for param in group["params"]]
    lost = sum(id(param) not in saved for param in changed)
    if lost:
        raise ValueError(
            "Checkpoint saves the model, and the loss if it is a module, but the optimiser also "
            f"changes {lost} parameters of something else; make that a part of the model."
        )

"""Callback: what looks on while a model is trained, and may step in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from nn.module import Module

if TYPE_CHECKING:
    from nn.training.run import Run


class Callback:
    """Base class of what is told how training goes, as ``fit(..., callbacks=[callback])``.

    All methods do nothing here; a subclass defines those that it needs. They are called in the
    order of the list, except that a `Checkpoint` comes last, so that it saves what the others
    have made of the moment. One that raises stops the training. A loop of one's own may call
    them just as `fit` does.
    """

    def before_training(self, run: Run) -> None:
        """Training begins. A callback that was used before begins anew here."""

    def before_epoch(self, run: Run) -> None:
        """An epoch begins, unless somebody calls ``run.stop`` now."""

    def before_step(self, model: Module, loss: Any) -> None:
        """The gradients are there, and the optimiser has not used them yet.

        Parameters
        ----------
        model : Module
            What is trained.
        loss : Node
            The loss of the batch with its graph, which is freed after the step if nobody keeps
            it. If it is nan or infinite, there are no gradients, and training stops after this.
        """

    def after_step(self, model: Module) -> None:
        """The optimiser has changed the parameters."""

    def after_epoch(self, run: Run, figures: Mapping[str, float]) -> None:
        """An epoch is over, and these are its figures, as in the last line of ``run.history``."""

    def after_training(self, run: Run) -> None:
        """Training is over: all epochs are done, or somebody stopped it. Not after an error."""

    def state_dict(self) -> dict[str, Any]:
        """What a `Checkpoint` saves: numbers, text, arrays, and lists, tuples, dicts of them."""
        return {}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take over what `state_dict` gave, after `before_training`, when training is resumed."""

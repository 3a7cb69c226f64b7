"""The forward pass of a step: run as it is written, or in a replay."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import autograd
from autograd import ReplayError, Tensor
from nn.module import Module
from nn.training.evaluation import Loss

#: Records and targets → output and loss.
Forward = Callable[[Any, Any], tuple[Any, Any]]


def step_function(model: Module, loss: Loss, replay: bool | None) -> Forward:
    """The function from a batch to the output and the loss.

    Parameters
    ----------
    replay : bool or None
        As for `fit`.
    """

    def forward(xs: Any, ys: Any) -> tuple[Any, Any]:
        output = model(xs)
        return output, loss(output, ys)

    if replay or (replay is None and _is_known(model, loss)):
        replayed = autograd.replay(forward)
        return replayed if replay else _Cautious(replayed, forward)
    return forward


class _Cautious:
    """A replay as long as it can be had."""

    def __init__(self, replayed: Forward, forward: Forward) -> None:
        self._replayed = replayed
        self._forward = forward

    def __call__(self, xs: Any, ys: Any) -> tuple[Any, Any]:
        try:
            return self._replayed(xs, ys)
        except ReplayError as error:
            self._replayed = self._forward
            if error.result is None:
                return self._forward(xs, ys)
            # It has run already, and its random numbers are drawn.
            found: tuple[Any, Any] = error.result
            return found


def _is_known(model: Module, loss: Loss) -> bool:
    """Whether the model and the loss are made of this project's parts, on Tensors."""
    parts = [*(type(module) for module in model.modules()), loss]
    if isinstance(loss, Module):
        parts[-1] = type(loss)
    ours = all(str(getattr(part, "__module__", "")).startswith("nn.") for part in parts)
    return ours and all(isinstance(parameter, Tensor) for parameter in model.parameters())

"""Gradient clipping while a model is trained."""

from __future__ import annotations

from typing import Any

from nn.module import Module
from nn.optim.clipping import clip_grad_norm_, clip_grad_value_
from nn.training.callbacks import Callback


class ClipGradients(Callback):
    """Clip the gradients before every step, by their norm or element by element.

    Callbacks that come before it in the list see them as they were, those after it clipped.

    Parameters
    ----------
    max_norm : float, optional
        The greatest length of the gradient, all parameters together; see
        `nn.optim.clip_grad_norm_`.
    max_value : float, optional
        The greatest absolute value of an element; see `nn.optim.clip_grad_value_`.

    Raises
    ------
    ValueError
        Unless one of the two is given, and positive.
    """

    def __init__(self, max_norm: float | None = None, *, max_value: float | None = None) -> None:
        if (max_norm is None) == (max_value is None):
            raise ValueError("ClipGradients takes either max_norm or max_value.")
        name, bound = ("max_norm", max_norm) if max_value is None else ("max_value", max_value)
        if bound is None or not bound > 0:
            raise ValueError(f"{name} of ClipGradients must be positive, but {bound} was given.")
        self.max_norm = max_norm
        self.max_value = max_value

    def before_step(self, model: Module, loss: Any) -> None:
        """Clip; see `Callback.before_step`."""
        if self.max_norm is not None:
            clip_grad_norm_(model.parameters(), self.max_norm)
        elif self.max_value is not None:
            clip_grad_value_(model.parameters(), self.max_value)

"""What a model gives, and how good that is, without learning from it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeAlias

import numpy as np

from autograd import no_grad
from nn.aliases import Array, ArrayOrNode
from nn.data.batching import batches
from nn.metrics import numbers_of
from nn.module import Module
from nn.training.measurement import Measurement, Metrics, named

#: Called with the output of a model and the targets.
Loss: TypeAlias = Callable[[Any, Any], Any]


def evaluate(
    model: Module, x: Any, y: Any, *, loss: Loss, metrics: Metrics = (), batch_size: int = 256
) -> dict[str, float]:
    """Measure a model on records, in evaluation mode and without recording a graph.

    Parameters
    ----------
    model, loss, metrics
        As for `fit`.
    x, y : array_like, (n, ...)
        Records and targets.
    batch_size : int, default 256
        How many records are taken at a time.

    Returns
    -------
    dict of str to float
        ``loss``, the mean over the records, and each metric of all outputs together.
    """
    measurement = Measurement(named(metrics))
    with no_grad(), mode(model, training=False):
        for xs, ys in batches(x, y, batch_size):
            output = model(xs)
            measurement.add(output, ys, number_in(loss(output, ys)))
    return measurement.result()


def predict(model: Module, x: Any, *, batch_size: int = 256) -> Array:
    """The model's outputs as a plain array, in evaluation mode and without recording a graph.

    Parameters
    ----------
    model : Module
        Its mode is as before afterwards.
    x : array_like, (n, ...)
        Records.
    batch_size : int, default 256
        How many are taken at a time.
    """
    x = np.asarray(x)
    with no_grad(), mode(model, training=False):
        return np.concatenate([numbers_of(model(xs)) for xs, _ in batches(x, x, batch_size)])


@contextmanager
def mode(model: Module, training: bool) -> Iterator[None]:
    """Training or evaluation mode for a while, then for every module the mode that it had."""
    before = [(module, module.training) for module in model.modules()]
    model.train(training)
    try:
        yield
    finally:
        for module, was in before:
            module.training = was


def number_in(loss: ArrayOrNode) -> float:
    """The number in a loss.

    Raises
    ------
    ValueError
        If it has more than one.
    """
    if np.size(numbers_of(loss)) != 1:
        raise ValueError(
            f"training needs one number per batch, but the loss has shape {loss.shape}; use "
            "reduction='mean'."
        )
    return float(loss.item())

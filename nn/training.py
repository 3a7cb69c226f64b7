"""Training: the loop over epochs and batches, and what is measured on the way."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np

from autograd import no_grad
from nn import progress as reports
from nn.aliases import Array, ArrayOrNode, Seed
from nn.data.batching import batches, check_records
from nn.metrics import numbers_of
from nn.module import Module
from nn.optim.optimizer import Optimizer

#: Called with the output of a model and the targets.
Loss = Callable[[Any, Any], Any]
Metric = Callable[[Any, Any], float]

#: Metrics under their own names (`__name__`), or under names of one's choice.
Metrics = Iterable[Metric] | Mapping[str, Metric]


class Callback:
    """Base class of what looks on while `fit` trains, as ``fit(..., callbacks=[callback])``.

    Both methods do nothing here; a subclass defines those that it needs. One that raises stops
    the training. A loop of one's own may call them just as `fit` does.
    """

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


class NonFiniteLossError(FloatingPointError):
    """The loss became nan or infinite, and training stopped before the step.

    Attributes
    ----------
    loss : Node
        The loss with its graph, to be traced, drawn or diagnosed.
    epoch, batch : int
        Where it happened, counted from 1.
    history : History
        The epochs before.
    """

    def __init__(self, loss: Any, epoch: int, batch: int, history: History) -> None:
        super().__init__(
            f"the loss became {loss.item()} in epoch {epoch}, batch {batch}, and training stopped "
            "before that step; error.loss is its graph, in which viz.diagnose(error.loss) finds "
            "where it began (often a learning rate too large, log(0), or nan in the data)."
        )
        self.loss = loss
        self.epoch = epoch
        self.batch = batch
        self.history = history


class History(dict[str, list[float]]):
    """What was measured in each epoch: a list per figure, such as ``history["val_loss"]``.

    Printed, it is a table with a line per epoch.
    """

    def append(self, figures: Mapping[str, float]) -> None:
        """Add an epoch."""
        for name, value in figures.items():
            self.setdefault(name, []).append(value)

    def __str__(self) -> str:
        widths = {name: max(len(name), 8) for name in self}
        lines = ["  ".join(["epoch", *(f"{name:>{width}}" for name, width in widths.items())])]
        for number, row in enumerate(zip(*self.values(), strict=True), start=1):
            cells = (f"{v:>{width}.4f}" for v, width in zip(row, widths.values(), strict=True))
            lines.append("  ".join([f"{number:>5}", *cells]))
        return "\n".join(lines)


def fit(
    model: Module,
    x: Any,
    y: Any,
    *,
    loss: Loss,
    optimizer: Optimizer,
    epochs: int,
    batch_size: int = 32,
    validation: tuple[Any, Any] | None = None,
    metrics: Metrics = (),
    seed: Seed = None,
    progress: bool = True,
    callbacks: Iterable[Callback] = (),
) -> History:
    """Train a model on mini-batches in random order.

    Parameters
    ----------
    model : Module
        In training mode meanwhile; afterwards in the mode in which it was.
    x, y : array_like, (n, ...)
        Records and targets.
    loss : callable
        ``loss(output, target)`` → a node of one number, such as
        `nn.functional.cross_entropy` or ``nn.MSELoss()``.
    optimizer : Optimizer
        Of the model's parameters.
    epochs : int
        How often to go through the records.
    batch_size : int, default 32
        Records in a step; the last batch of an epoch may have fewer.
    validation : (x, y), optional
        Records that are measured after each epoch and never learned from.
    metrics : iterable or mapping of callable, optional
        ``metric(output, target)`` → float, such as `nn.accuracy`.
    seed : int or Generator, optional
        Where the order of the records comes from. The same seed and the same model give the same
        history, bit for bit.
    progress : bool, default True
        Show a bar (tqdm, in a terminal or notebook) or a few lines on standard error.
    callbacks : iterable of Callback, optional
        Told of every step, such as `viz.GradientHistory`.

    Returns
    -------
    History
        Per epoch: ``loss`` and each metric, averaged over the records as they were learned from;
        the same with ``val_`` over the validation records, after the epoch.

    Raises
    ------
    NonFiniteLossError
        If the loss becomes nan or infinite. The parameters are as they were before that step.
    ValueError
        If there are no records, their numbers differ, or the loss is not one number.
    """
    x, y = np.asarray(x), np.asarray(y)
    check_records(x, y, batch_size)
    if epochs < 1:
        raise ValueError(f"epochs must be at least 1, but {epochs} was given.")
    measures = _named(metrics)
    callbacks = tuple(callbacks)
    rng = np.random.default_rng(seed)
    history = History()
    report = reports.start(progress, epochs, batches_per_epoch=math.ceil(len(x) / batch_size))
    try:
        for epoch in range(1, epochs + 1):
            figures = _RecordMean()
            with _mode(model, training=True):
                parts = batches(x, y, batch_size, shuffle=True, seed=rng)
                for number, (xs, ys) in enumerate(parts, start=1):
                    optimizer.zero_grad()
                    output = model(xs)
                    node = loss(output, ys)
                    value = _number(node)
                    is_finite = math.isfinite(value)
                    if is_finite:
                        node.backward(keep="leaves")
                    for callback in callbacks:
                        callback.before_step(model, node)
                    if not is_finite:
                        raise NonFiniteLossError(node, epoch, number, history)
                    optimizer.step()
                    for callback in callbacks:
                        callback.after_step(model)
                    figures.add(len(xs), {"loss": value, **_measure(measures, output, ys)})
                    report.batch()
                    # This graph is to be gone before the next one is built.
                    del output, node
            result = figures.result()
            if validation is not None:
                held_out = evaluate(
                    model, *validation, loss=loss, metrics=measures, batch_size=batch_size
                )
                result |= {f"val_{name}": value for name, value in held_out.items()}
            history.append(result)
            report.epoch(epoch, result)
    finally:
        report.close()
    return history


def evaluate(
    model: Module, x: Any, y: Any, *, loss: Loss, metrics: Metrics = (), batch_size: int = 256
) -> dict[str, float]:
    """Measure a model on records, in evaluation mode and without recording a graph.

    Parameters
    ----------
    model, x, y, loss, metrics
        As for `fit`.
    batch_size : int, default 256
        How many records are taken at a time.

    Returns
    -------
    dict of str to float
        ``loss`` and each metric: the means of the batches, weighted by their records.
    """
    measures = _named(metrics)
    figures = _RecordMean()
    with no_grad(), _mode(model, training=False):
        for xs, ys in batches(x, y, batch_size):
            output = model(xs)
            value = _number(loss(output, ys))
            figures.add(len(xs), {"loss": value, **_measure(measures, output, ys)})
    return figures.result()


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
    with no_grad(), _mode(model, training=False):
        return np.concatenate([numbers_of(model(xs)) for xs, _ in batches(x, x, batch_size)])


@contextmanager
def _mode(model: Module, training: bool) -> Iterator[None]:
    """Training or evaluation mode for a while, then for every module the mode that it had."""
    before = [(module, module.training) for module in model.modules()]
    model.train(training)
    try:
        yield
    finally:
        for module, mode in before:
            module.training = mode


class _RecordMean:
    """Means over records, from means over batches."""

    def __init__(self) -> None:
        self._records = 0
        self._sums: dict[str, float] = {}

    def add(self, records: int, figures: Mapping[str, float]) -> None:
        self._records += records
        for name, value in figures.items():
            self._sums[name] = self._sums.get(name, 0.0) + records * value

    def result(self) -> dict[str, float]:
        return {name: total / self._records for name, total in self._sums.items()}


def _number(loss: ArrayOrNode) -> float:
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


def _measure(metrics: Mapping[str, Metric], output: Any, target: Array) -> dict[str, float]:
    return {name: metric(output, target) for name, metric in metrics.items()}


def _named(metrics: Metrics) -> Mapping[str, Metric]:
    if isinstance(metrics, Mapping):
        return metrics
    return {getattr(metric, "__name__", type(metric).__name__): metric for metric in metrics}

"""The loop over epochs and batches."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable
from typing import Any

import numpy as np

from nn import progress as reports
from nn.aliases import Seed
from nn.data.batching import check_records
from nn.module import Module
from nn.optim.optimizer import Optimizer
from nn.training.callbacks import Callback
from nn.training.checkpoints import Checkpoint
from nn.training.evaluation import Loss, evaluate, mode, number_in
from nn.training.forward import Forward, step_function
from nn.training.history import History
from nn.training.interrupts import Interrupts
from nn.training.measurement import Measurement, Metric, Metrics, named
from nn.training.run import Run
from nn.training.sources import Augment, Source, non_finite, source_of


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

    def __init__(
        self, loss: Any, epoch: int, batch: int, history: History, in_data: str = ""
    ) -> None:
        cause = in_data or "often a learning rate too large, log(0), or nan in the data"
        super().__init__(
            f"the loss became {loss.item()} in epoch {epoch}, batch {batch}, and training stopped "
            "before that step; error.loss is its graph, in which viz.diagnose(error.loss) finds "
            f"where it began ({cause})."
        )
        self.loss = loss
        self.epoch = epoch
        self.batch = batch
        self.history = history
        self._in_data = in_data

    def __reduce__(self) -> tuple[Any, ...]:
        # An exception is pickled with its message alone otherwise; pools of processes pickle it.
        return type(self), (self.loss, self.epoch, self.batch, self.history, self._in_data)


def fit(
    model: Module,
    x: Any,
    y: Any = None,
    *,
    loss: Loss,
    optimizer: Optimizer,
    epochs: int,
    batch_size: int = 32,
    augment: Augment | None = None,
    validation: tuple[Any, Any] | None = None,
    metrics: Metrics = (),
    seed: Seed = None,
    progress: bool = True,
    callbacks: Iterable[Callback] = (),
    replay: bool | None = None,
) -> History:
    """Train a model on mini-batches in random order.

    Ctrl-C ends training after the step under way: what was learned stays, and the history comes
    back with the complete epochs. A second Ctrl-C raises KeyboardInterrupt at once.

    Parameters
    ----------
    model : Module
        In training mode meanwhile; afterwards in the mode in which it was.
    x, y : array_like, (n, ...)
        Records and targets. Or, without `y`, a function ``x(rng)`` → one epoch's batches, an
        iterable of pairs, which takes all its randomness from the generator `rng`.
    loss : callable
        ``loss(output, target)`` → a node of one number, such as
        `nn.functional.cross_entropy` or ``nn.MSELoss()``.
    optimizer : Optimizer
        Of the model's parameters.
    epochs : int
        How often to go through the records; with a checkpoint that is resumed, in all.
    batch_size : int, default 32
        Records in a step; the last batch of an epoch may have fewer. Not for a function of batches.
    augment : callable, optional
        ``augment(records, rng)`` → the records of a batch changed, as by `nn.data.augmentation`.
    validation : (x, y), optional
        Records that are measured after each epoch and never learned from.
    metrics : iterable or mapping of callable, optional
        ``metric(output, target)`` → float, such as `nn.accuracy`. Called once for an epoch, with
        plain arrays of all outputs and targets, which are kept until then.
    seed : int or Generator, optional
        Where the order of the records and the augmentation come from. The same seed and the same
        model give the same history, bit for bit.
    progress : bool, default True
        Show a bar (tqdm, in a terminal or notebook) or a few lines on standard error.
    callbacks : iterable of Callback, optional
        `EarlyStopping`, `BestWeights`, `Schedule`, `ClipGradients`, `Checkpoint`,
        `viz.GradientHistory` and your own.
    replay : bool, optional
        Whether the steps run in a replay (see `autograd.replay`), which is faster and, on Tensors,
        the same bit for bit. By default they do if all layers and the loss are of this project
        and work on Tensors, as far as that goes; with True, what cannot be replayed raises.

    Returns
    -------
    History
        Per epoch: ``loss``, the mean over the records, and each metric, from outputs as they were
        when they were learned from; the same with ``val_`` over the validation records, after the
        epoch.

    Raises
    ------
    NonFiniteLossError
        If the loss becomes nan or infinite. The parameters are as they were before that step.
    ValueError
        If there are no records, their numbers or shapes differ, the loss is not one number, a
        metric has no name, or the optimiser changes nothing in the model.
    TypeError
        If there are no targets, and `x` is no function; or a metric gives no number.
    """
    source = source_of(x, y, batch_size, augment)
    if epochs < 1:
        raise ValueError(f"epochs must be at least 1, but {epochs} was given.")
    if validation is not None:
        # Augmentation may change shapes, as crop does.
        validation = _checked_validation(validation, x if y is not None and not augment else None)
    _require_parameters_of(model, optimizer)
    run = Run(
        model,
        loss,
        optimizer,
        epochs,
        metrics=(measures := named(metrics)),
        validated=validation is not None,
        callbacks=tuple(sorted(callbacks, key=lambda callback: isinstance(callback, Checkpoint))),
        rng=np.random.default_rng(seed),
        data={"records": source.records, "batch_size": batch_size},
    )
    forward = step_function(model, loss, replay)
    with mode(model, training=True), Interrupts() as interrupts:
        for callback in run.callbacks:
            callback.before_training(run)
        report = reports.start(progress, epochs, source.batches_per_epoch, run.epoch, run.batch)
        try:
            loop = _Loop(run, source, measures, validation, batch_size, interrupts, report, forward)
            loop.train()
        finally:
            report.close()
        for callback in run.callbacks:
            callback.after_training(run)
    return run.history


class _Loop:
    """What `fit` does over and over."""

    def __init__(
        self,
        run: Run,
        source: Source,
        metrics: dict[str, Metric],
        validation: tuple[Any, Any] | None,
        batch_size: int,
        interrupts: Interrupts,
        report: reports.Progress,
        forward: Forward,
    ) -> None:
        self._forward = forward
        self._run = run
        self._source = source
        self._metrics = metrics
        self._validation = validation
        self._batch_size = batch_size
        self._interrupts = interrupts
        self._report = report

    def train(self) -> None:
        """All epochs, or as many as there are before somebody asks for a stop."""
        run = self._run
        while run.epoch < run.epochs and not run.stopped:
            for callback in run.callbacks:
                callback.before_epoch(run)
            if not run.stopped and self._learn_from_all():
                self._finish_epoch()
        if run.stopped:
            self._report.note(f"stopped: {run.history.stopped}")

    def _learn_from_all(self) -> bool:
        """The steps of an epoch; whether all of them were made."""
        run = self._run
        for xs, ys in self._batches():
            self._learn(xs, ys)
            run.batch += 1
            run.step += 1
            self._report.batch(run.measurement.mean_loss)
            self._notice_interrupt()
            for callback in run.callbacks:
                callback.after_step(run.model)
            if run.stopped:
                return False
        return True

    def _batches(self) -> Iterable[tuple[Any, Any]]:
        """The batches of this epoch that were not learned from yet."""
        run, bits = self._run, self._run.rng.bit_generator
        if run.batch == 0:
            run.epoch_began = bits.state
            return self._source.batches(run.rng)
        # Resumed in the midst of an epoch: its order is made once more.
        now, bits.state = bits.state, run.epoch_began
        rest = iter(self._source.batches(run.rng))
        next(itertools.islice(rest, run.batch - 1, None), None)
        bits.state = now
        return rest

    def _learn(self, xs: Any, ys: Any) -> None:
        """One step."""
        run = self._run
        run.optimizer.zero_grad()
        output, loss = self._forward(xs, ys)
        if math.isfinite(number_in(loss)):
            loss.backward(keep="leaves")
        for callback in run.callbacks:
            callback.before_step(run.model, loss)
        value = number_in(loss)
        if not math.isfinite(value):
            raise NonFiniteLossError(
                loss, run.epoch + 1, run.batch + 1, run.history, non_finite(x=xs, y=ys)
            )
        run.optimizer.step()
        run.measurement.add(output, ys, value)

    def _finish_epoch(self) -> None:
        run = self._run
        figures = run.measurement.result()
        if self._validation is not None:
            x, y = self._validation
            held_out = evaluate(
                run.model, x, y, loss=run.loss, metrics=self._metrics, batch_size=self._batch_size
            )
            figures |= {f"val_{name}": value for name, value in held_out.items()}
        run.history.append(figures)
        run.epoch += 1
        run.batch = 0
        run.measurement = Measurement(self._metrics)
        self._report.epoch(run.epoch, figures)
        self._notice_interrupt()
        for callback in run.callbacks:
            callback.after_epoch(run, figures)

    def _notice_interrupt(self) -> None:
        run = self._run
        if self._interrupts.requested:
            within = f"in epoch {run.epoch + 1}, after batch {run.batch}"
            run.stop(f"Ctrl-C {within if run.batch else f'after epoch {run.epoch}'}")


def _checked_validation(validation: Any, training: Any) -> tuple[Any, Any]:
    """Validation records and targets.

    Raises
    ------
    ValueError
        If they are no pair, there are none, their numbers differ, or a record has another shape
        than one to learn from.
    """
    if not isinstance(validation, tuple | list) or len(validation) != 2:
        raise ValueError(
            "validation takes a pair of records and targets, (x, y), but "
            f"{type(validation).__name__} was given."
        )
    x, y = map(np.asarray, validation)
    try:
        check_records(x, y, 1)
    except ValueError as error:
        raise ValueError(f"the validation does not fit: {error}") from None
    if training is not None and x.shape[1:] != np.shape(training)[1:]:
        raise ValueError(
            f"the validation records have shape {x.shape[1:]} each, but those to learn from have "
            f"shape {np.shape(training)[1:]}."
        )
    return x, y


def _require_parameters_of(model: Module, optimizer: Optimizer) -> None:
    """Raise ValueError if an optimiser changes nothing that is in a model."""
    own = {id(parameter) for parameter in model.parameters()}
    changed = [param for group in optimizer.param_groups for param in group["params"]]
    if not any(id(param) in own for param in changed):
        raise ValueError(
            f"none of the {len(changed)} parameters of {type(optimizer).__name__} is in this "
            f"{type(model).__name__}, which would learn nothing; make the optimiser with "
            "model.parameters() of this very model."
        )

"""What is measured over an epoch: the loss as a mean, and each metric over all records at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeAlias

import numpy as np

from nn.aliases import Array, ArrayOrNode
from nn.metrics import numbers_of

#: Called with the outputs for all records and all targets, as plain arrays.
Metric: TypeAlias = Callable[[Any, Any], float]

#: Metrics under their own names (`__name__`), or under names of one's choice.
Metrics: TypeAlias = Iterable[Metric] | Mapping[str, Metric]


class Measurement:
    """Figures of the batches of an epoch.

    The loss is averaged over the records. Metrics are not: the F₁ score of all records, say, is
    no mean of those of the batches. So the outputs are kept, if there are metrics, and each
    metric sees all of them.

    Parameters
    ----------
    metrics : mapping of str to callable
        By their names.
    """

    def __init__(self, metrics: Mapping[str, Metric]) -> None:
        self._metrics = metrics
        self._records = 0
        self._loss = 0.0
        self._outputs: list[Array] = []
        self._targets: list[Array] = []

    def add(self, output: ArrayOrNode, target: Any, loss: float) -> None:
        """Take in a batch.

        Raises
        ------
        ValueError
            If there are metrics, and the output is no array with a row for each target.
        """
        records = len(target)
        self._records += records
        self._loss += records * loss
        if self._metrics:
            if isinstance(output, tuple) or np.shape(numbers_of(output))[:1] != (records,):
                given = "a tuple" if isinstance(output, tuple) else f"shape {output.shape}"
                raise ValueError(
                    f"metrics compare the outputs with the targets record by record, but for "
                    f"{records} targets the model gave {given}."
                )
            # Copies: a view would keep the graph's larger array.
            self._outputs.append(np.array(numbers_of(output)))
            self._targets.append(np.array(target))

    @property
    def mean_loss(self) -> float:
        """The mean over the records so far."""
        return self._loss / self._records

    def result(self) -> dict[str, float]:
        """``loss`` and each metric.

        Raises
        ------
        ValueError
            If the outputs of the batches have different shapes.
        TypeError
            If a metric gives something else than a number.
        """
        figures = {"loss": self.mean_loss}
        if self._metrics:
            outputs, targets = _joined(self._outputs), _joined(self._targets)
            for name, metric in self._metrics.items():
                figures[name] = _one_number(name, metric(outputs, targets))
        return figures

    def state_dict(self) -> dict[str, Any]:
        """What was taken in so far."""
        return {
            "records": self._records,
            "loss": self._loss,
            "outputs": list(self._outputs),
            "targets": list(self._targets),
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take over what `state_dict` gave."""
        self._records, self._loss = state["records"], state["loss"]
        self._outputs, self._targets = list(state["outputs"]), list(state["targets"])


def named(metrics: Metrics) -> dict[str, Metric]:
    """Metrics by their names.

    Raises
    ------
    ValueError
        If one has no name, two have the same, or one has the name of the loss.
    """
    pairs = metrics.items() if isinstance(metrics, Mapping) else [(_name(m), m) for m in metrics]
    names = [name for name, _ in pairs]
    if twice := {name for name in names if names.count(name) > 1}:
        raise ValueError(
            f"there are two metrics called {', '.join(sorted(twice))}; pass a mapping with a name "
            "for each."
        )
    if taken := {name for name in names if name == "loss" or name.startswith("val_")}:
        raise ValueError(
            f"a metric cannot be called {', '.join(sorted(taken))}: these names belong to the "
            "loss and to what is measured on the validation records."
        )
    return dict(pairs)


def _name(metric: Any) -> str:
    name = getattr(metric, "__name__", "<lambda>")
    if not callable(metric) or name == "<lambda>":
        raise ValueError(
            f"the metric {metric!r} has no name under which its figures could stand; pass a "
            "mapping, such as metrics={'top 3': metric}."
        )
    return str(name)


def _joined(parts: list[Array]) -> Array:
    """All records, from those of the batches."""
    shapes = {part.shape[1:] for part in parts}
    if len(shapes) > 1:
        listed = " and ".join(map(str, sorted(shapes)))
        raise ValueError(
            f"metrics are computed over all records at once, but those of different batches have "
            f"the shapes {listed}; pad them to one shape, or train without metrics."
        )
    return np.concatenate(parts)


def _one_number(name: str, value: Any) -> float:
    if np.ndim(value) != 0:
        raise TypeError(
            f"a metric gives one number, but {name} gave an array of shape {np.shape(value)}; "
            "compute that from nn.predict instead."
        )
    return float(value)

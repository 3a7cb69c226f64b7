"""What the picture shows of a network: its columns, and the gradient of every weight."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from autograd import Node, Trace, ValueArray
from autograd.trace import rms

if TYPE_CHECKING:
    from nn import Linear, Module, Neuron

#: Passed through `Module.__call__` in turn; a Neuron's sum is none, hence a function.
_Stage = Callable[[Any], Any]


@dataclass(frozen=True)
class Weights:
    """The lines that lead into a column.

    Attributes
    ----------
    name : str
        Dotted name of the layer.
    data, gradient : ndarray (units, inputs)
        The weights, and ∂L/∂weight; the gradient is None where it was not computed.
    bias, bias_gradient : ndarray (units,) or None
        Likewise.
    arrived : ndarray of bool (units,)
        Whether any gradient arrived at the sum of a unit.
    """

    name: str
    data: NDArray[Any]
    gradient: NDArray[Any] | None
    bias: NDArray[Any] | None
    bias_gradient: NDArray[Any] | None
    arrived: NDArray[np.bool_]


@dataclass(frozen=True)
class Column:
    """The units of the input, or of a layer together with its activation.

    Attributes
    ----------
    name, activation : str
        Dotted name of the layer, and class of the activation behind it (may be empty).
    values : ndarray (units,)
        What each unit puts out, as a mean over the records.
    gradients : ndarray (units,) or None
        RMS over the records of ∂L/∂output; None where it was not computed.
    weights : Weights or None
        None for the input.
    """

    name: str
    activation: str
    values: NDArray[Any]
    gradients: NDArray[Any] | None
    weights: Weights | None

    @property
    def units(self) -> int:
        """Number of units."""
        return len(self.values)

    @property
    def strength(self) -> float | None:
        """RMS of the gradient over all weights that lead here; None if it was not computed."""
        if self.weights is None or self.weights.gradient is None:
            return None
        return rms(self.weights.gradient)


@dataclass(frozen=True)
class Anatomy:
    """Columns from input to output, with the loss that the gradients are of."""

    columns: list[Column]
    loss: float
    records: int

    @property
    def layers(self) -> list[tuple[Column, Weights]]:
        """The columns that weights lead to."""
        return [(column, column.weights) for column in self.columns if column.weights is not None]


def dissect(model: Module, x: Any, y: Any, loss: Callable[[Any, Any], Any]) -> Anatomy:
    """Run a model and its loss on records, and read every column from the trace.

    Raises
    ------
    TypeError
        If the model has other layers than Linear and activations, or the loss is no node.
    """
    from nn import Linear, Neuron

    stages = list(_stages(model))
    weighted = [layer for _, layer, _ in stages if isinstance(layer, Linear | Neuron)]
    if not weighted:
        raise TypeError(f"viz.network draws layers of neurons, but {_kind(model)} has none.")
    outputs: list[Any] = []
    value = x if isinstance(x, Node | ValueArray) else np.asarray(x)
    for _, _, run in stages:
        outputs.append(value := run(value))
    result = loss(value, y)
    if not isinstance(result, Node):
        raise TypeError(
            "viz.network needs a loss that gradients flow back from, but loss(output, y) gave "
            f"{type(result).__name__}; use one of nn.functional, such as cross_entropy."
        )
    trace = result.trace()
    columns = [_input(x, trace, weighted[0].weight.shape[-1])]
    for (name, layer, _), output in zip(stages, outputs, strict=True):
        if isinstance(layer, Linear | Neuron):
            columns.append(_column(name, layer, output, trace))
        else:
            columns[-1] = _activated(columns[-1], _kind(layer), output, trace)
    records = np.size(value_of(x)) // columns[0].units
    return Anatomy(columns, float(result.data), records)


def _stages(model: Module, path: str = "") -> Iterator[tuple[str, Module, _Stage]]:
    """Name, layer and how to run it, one after the other."""
    from nn import Linear, Neuron, Sequential
    from nn.layers import activations

    if isinstance(model, Sequential) and type(model).forward is Sequential.forward:
        names = {id(child): name for name, child in model.named_children()}
        for child in model:
            name = names[id(child)]
            yield from _stages(child, f"{path}.{name}" if path else name)
    elif isinstance(model, Neuron):
        yield path or _kind(model).lower(), model, model.net_sum
        yield path, model.activation, model.activation
    elif isinstance(model, Linear) or type(model).__module__ == activations.__name__:
        yield path or _kind(model).lower(), model, model
    else:
        raise TypeError(
            "viz.network draws Linear layers and activations in an MLP or Sequential, and single "
            f"neurons, but {f'{path!r} is' if path else 'this is'} {_kind(model)}; use viz.graph, "
            "which draws everything."
        )


def _input(x: Any, trace: Trace, features: int) -> Column:
    return Column("input", "", _means(x, features), _sizes(_gradient(x, trace), features), None)


def _column(name: str, layer: Linear | Neuron, output: Any, trace: Trace) -> Column:
    weight = layer.weight
    units = weight.shape[0] if weight.ndim == 2 else 1
    gradient = _gradient(weight, trace)
    arrived = _gradient(output, trace)
    bias = layer.bias
    weights = Weights(
        name=name,
        data=value_of(weight).reshape(units, -1),
        gradient=None if gradient is None else gradient.reshape(units, -1),
        bias=None if bias is None else value_of(bias).reshape(-1),
        bias_gradient=None if bias is None else _gradient(bias, trace, flat=True),
        arrived=np.ones(units, dtype=bool)
        if arrived is None
        else np.any(arrived.reshape(-1, units), axis=0),
    )
    return Column(name, "", _means(output, units), _sizes(arrived, units), weights)


def _activated(column: Column, kind: str, output: Any, trace: Trace) -> Column:
    """The same column behind an activation."""
    gradient = _gradient(output, trace)
    name = f"{column.activation}, {kind}" if column.activation else kind
    values, sizes = _means(output, column.units), _sizes(gradient, column.units)
    return Column(column.name, name, values, sizes, column.weights)


def value_of(x: Any) -> NDArray[Any]:
    """The numbers in a node, a ValueArray or an array."""
    return np.asarray(x.data if isinstance(x, Node | ValueArray) else x, dtype=float)


def _gradient(x: Any, trace: Trace, *, flat: bool = False) -> NDArray[Any] | None:
    """∂L/∂x; None where no gradient reached x."""
    if isinstance(x, ValueArray):
        nodes = list(x.flat)
        if not any(node in trace for node in nodes):
            return None
        numbers = [trace[node].gradient if node in trace else 0.0 for node in nodes]
        gradient = np.array(numbers).reshape(x.shape)
    elif isinstance(x, Node) and x in trace:
        gradient = np.asarray(trace[x].gradient, dtype=float)
    else:
        return None
    return gradient.reshape(-1) if flat else gradient


def _means(x: Any, units: int) -> NDArray[Any]:
    means: NDArray[Any] = value_of(x).reshape(-1, units).mean(axis=0)
    return means


def _sizes(gradient: NDArray[Any] | None, units: int) -> NDArray[Any] | None:
    if gradient is None:
        return None
    return np.array([rms(column) for column in gradient.reshape(-1, units).T])


def _kind(module: object) -> str:
    return type(module).__name__

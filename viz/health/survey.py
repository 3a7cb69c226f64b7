"""What the layers of a network do to signal and gradient, measured on a `Trace`.

Two kinds of row come out. A **weight layer** multiplies what it is given by weights; an
**activation** is one elementwise function behind it.

A gradient is measured at the sums that a weight layer makes, by its L2 norm over all of them: in a
network that neither shrinks nor blows up its gradients this norm is the same in every layer, be it
wide or narrow, and whatever the size of the batch and of the loss.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd import Flow, Node, Step, Trace
from autograd.trace import rms
from viz.health.places import Place, Places

#: The steepest slope of the activations that saturate.
STEEPEST = {"sigmoid": 0.25, "tanh": 1.0}
#: Activations that are flat on part of their range, and there pass exactly nothing.
GATES = frozenset(["relu", "maximum", "minimum", "clip", "where"])
#: Functions that pass nothing anywhere.
FLAT = frozenset(["step", "sign", "floor", "ceil", "rint", "trunc"])
_ACTIVATIONS = {*STEEPEST, *GATES, *FLAT, "leaky_relu", "elu", "softplus", "silu"}

#: A sigmoid or tanh is saturated where its slope is below this share of its steepest.
_FLAT_SHARE = 0.05


@dataclass
class WeightLayer:
    """A layer that multiplies by weights.

    Attributes
    ----------
    name : str
        Scope of the module, or a running number with the names of the weights.
    weights, weight_gradient : ndarray (fan_in, units)
        The weights, and ∂L/∂weights.
    signal : float
        RMS of the sums that the layer makes, before a bias is added.
    gradient : float
        RMS of the gradient at these sums.
    norm : float
        L2 norm of it, over all units and the whole batch.
    passed : float
        L2 norm of what the layer hands back to the layers before it; nan for the first.
    """

    name: str
    weights: NDArray[Any]
    weight_gradient: NDArray[Any]
    signal: float
    gradient: float
    norm: float
    passed: float

    @property
    def units(self) -> int:
        """Number of units."""
        return int(self.weights.shape[1])

    @property
    def gain(self) -> float:
        """By how much the weights multiply the gradient that passes them; nan for the first."""
        return self.passed / self.norm if self.norm else math.nan

    @property
    def weight_scale(self) -> float:
        """RMS of the weights times √fan_in: about 1 to 1.4 where initialised by Xavier or He."""
        return rms(self.weights) * math.sqrt(len(self.weights))


@dataclass
class Activation:
    """An elementwise function between two weight layers, or at the output.

    Attributes
    ----------
    name, op : str
        Scope (or running number), and the operation.
    slopes, upstream, arguments : ndarray (records, units)
        Local derivative, the gradient that arrives at the output, and the argument.
    is_output : bool
        Whether no weights follow.
    """

    name: str
    op: str
    slopes: NDArray[Any]
    upstream: NDArray[Any]
    arguments: NDArray[Any]
    is_output: bool

    @property
    def records(self) -> int:
        """Number of records in the batch."""
        return int(self.slopes.shape[0])

    @property
    def units(self) -> int:
        """Number of units."""
        return int(self.slopes.shape[1])

    @property
    def slope(self) -> float:
        """Mean absolute local derivative."""
        return float(np.mean(np.abs(self.slopes)))

    @property
    def closed(self) -> NDArray[np.bool_]:
        """Which units let exactly nothing through, whatever record they are given."""
        return np.asarray(~np.any(self.slopes, axis=0))

    @property
    def saturated(self) -> NDArray[np.bool_]:
        """Where a sigmoid or tanh is flat; at an output, where it is flat on the wrong side.

        An output that is sure of itself and right is no illness: there descent pushes it further
        the same way.
        """
        flat = np.abs(self.slopes) < _FLAT_SHARE * STEEPEST.get(self.op, 0.0)
        inward = self.upstream * self.arguments > 0
        return np.asarray(flat & inward if self.is_output else flat)


@dataclass(frozen=True)
class Survey:
    """The rows of a network, from input to output."""

    rows: tuple[WeightLayer | Activation, ...]

    @property
    def weight_layers(self) -> list[WeightLayer]:
        """The layers with weights."""
        return [row for row in self.rows if isinstance(row, WeightLayer)]

    @property
    def activations(self) -> list[Activation]:
        """The activations."""
        return [row for row in self.rows if isinstance(row, Activation)]

    def relative(self, layer: WeightLayer) -> float:
        """The gradient at a weight layer compared with that at the last one, both as norms."""
        last = self.weight_layers[-1].norm
        return layer.norm / last if last else math.nan


def survey(trace: Trace) -> Survey:
    """Find the layers of the network that a `Trace` went through, and measure them."""
    places = Places(trace)
    products: dict[Place, list[Step]] = {}
    functions: dict[tuple[Place, str], list[Flow]] = {}
    for node, place in places.of.items():
        step = trace[node]
        if node in places.weight:
            products.setdefault(place, []).append(step)
        elif node.op in _ACTIVATIONS and len(step.flows) == 1:
            functions.setdefault((place, node.op), []).append(step.flows[0])
    order = {place: i for i, place in enumerate(dict.fromkeys(places.of.values()))}
    last = max((order[place] for place in products), default=-1)
    layers = {place: _weight_layer(places, place, products[place], trace) for place in products}
    rows: list[tuple[int, WeightLayer | Activation]] = [
        (order[place], layer) for place, layer in layers.items()
    ]
    for (place, op), flows in functions.items():
        before = [layer for other, layer in layers.items() if order[other] <= order[place]]
        slopes, upstream, arguments = _per_unit(flows, places, before[-1].units if before else 0)
        is_output = order[place] >= last
        name = places.name(place)
        rows.append((order[place], Activation(name, op, slopes, upstream, arguments, is_output)))
    return Survey(tuple(row for _, row in sorted(rows, key=lambda pair: pair[0])))


def _weight_layer(places: Places, place: Place, steps: list[Step], trace: Trace) -> WeightLayer:
    passed: dict[Node, Any] = {}
    for step in steps:
        for flow in step.flows:
            if flow is not places.weight[step.node] and not flow.target.is_leaf:
                passed[flow.target] = passed.get(flow.target, 0.0) + flow.contribution
    scalars = isinstance(steps[0].node.data, float)
    columns = _scalar_columns(places, steps) if scalars else _tensor_columns(places, steps)
    weights, gradient = columns(lambda node: node.data), columns(lambda node: trace[node].gradient)
    # A sum of scalars is made of fan_in products, all of which receive the gradient of the sum.
    per_sum = math.sqrt(len(weights)) if scalars else 1.0
    arriving = _flat(step.gradient for step in steps)
    return WeightLayer(
        name=places.name(place),
        weights=weights,
        weight_gradient=gradient,
        signal=rms(_flat(step.node.data for step in steps)) * per_sum,
        gradient=rms(arriving),
        norm=_norm(arriving) / per_sum,
        passed=_norm(_flat(passed.values())) if passed else math.nan,
    )


def _tensor_columns(places: Places, steps: list[Step]) -> Any:
    """A function that gives a property of the weights as one matrix (fan_in, units)."""
    operands = {places.weight[step.node].target: step.node.op for step in steps}
    slots = {places.weight[step.node].target: places.weight[step.node].slot for step in steps}

    def columns(read: Any) -> NDArray[Any]:
        matrices = []
        for node, op in operands.items():
            array = np.asarray(read(node))
            if op == "multiply":
                matrices.append(array.reshape(1, -1))
            elif array.ndim == 1:
                matrices.append(array[:, None])
            else:
                array = array if slots[node] == 1 else array.swapaxes(-1, -2)
                matrices.append(array.reshape(-1, array.shape[-1]))
        fan_in = max(map(len, matrices))
        return np.hstack([matrix for matrix in matrices if len(matrix) == fan_in])

    return columns


def _scalar_columns(places: Places, steps: list[Step]) -> Any:
    """The same for scalar weights, sorted into the units that they serve."""
    units: dict[int, dict[Node, None]] = {}
    for step in steps:
        weight = places.weight[step.node].target
        units.setdefault(places.unit[step.node], {})[weight] = None
    fan_in = min(map(len, units.values()))
    ordered = [list(weights)[:fan_in] for weights in units.values()]
    return lambda read: np.array([[read(w) for w in unit] for unit in ordered], dtype=float).T


def _per_unit(
    flows: list[Flow], places: Places, units: int
) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Slopes, upstream gradients and arguments of an activation, one column per unit."""
    if isinstance(flows[0].source.data, float):
        neurons: dict[int, list[Flow]] = {}
        for flow in flows:
            neurons.setdefault(places.unit[flow.source], []).append(flow)
        records = min(map(len, neurons.values()))
        table = [column[:records] for column in neurons.values()]
        return (
            np.array([[float(flow.local) for flow in column] for column in table]).T,
            np.array([[flow.upstream for flow in column] for column in table]).T,
            np.array([[flow.target.data for flow in column] for column in table]).T,
        )

    def matrix(array: Any, like: NDArray[Any]) -> NDArray[Any]:
        width = 1 if units == 1 or not like.ndim else like.shape[-1]
        return np.broadcast_to(np.asarray(array, dtype=float), like.shape).reshape(-1, width)

    stacked = [
        (
            matrix(flow.local, flow.source.data),
            matrix(flow.upstream, flow.source.data),
            matrix(flow.target.data, flow.source.data),
        )
        for flow in flows
    ]
    width = stacked[0][0].shape[1]
    same = [part for part in stacked if part[0].shape[1] == width]
    slopes, upstream, arguments = (np.vstack(parts) for parts in zip(*same, strict=True))
    return slopes, upstream, arguments


def _flat(parts: Iterable[Any]) -> NDArray[np.float64]:
    """Numbers or arrays as one flat array."""
    listed = list(parts)
    if listed and isinstance(listed[0], float):
        return np.array(listed, dtype=np.float64)
    return np.concatenate([np.ravel(part).astype(np.float64) for part in listed])


def _norm(array: NDArray[np.float64]) -> float:
    """L2 norm, without overflow or underflow of the squares."""
    return rms(array) * math.sqrt(array.size)

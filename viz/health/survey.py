"""What the layers of a network do to signal and gradient, measured on a `Trace`.

Two kinds of row come out. A **weight layer** multiplies what it is given by weights; an
**activation** is one elementwise function behind it.

A gradient is measured at the sums that a weight layer makes, by its L2 norm over all of them: in a
network that neither shrinks nor blows up its gradients this norm is the same in every layer, be it
wide or narrow, and whatever the size of the batch and of the loss. Where the network takes a mean
on the way, over positions or words, each of n elements receives 1/n of the gradient for the mere
reason of size; the norm is corrected for that.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd import Flow, Node, Step, Trace
from autograd.primitives import data_of
from autograd.trace import rms
from viz.health.columns import per_unit, scalar_weights, tensor_weights
from viz.health.network import Network
from viz.health.places import CONVOLUTIONS, DATA, Place, Places, signals_of
from viz.health.recurrence import Recurrence, recurrences
from viz.health.sizes import flat, norm

#: The steepest slope of the activations that saturate.
STEEPEST = {"sigmoid": 0.25, "tanh": 1.0}
#: Activations that are flat on part of their range, and there pass exactly nothing.
GATES = frozenset(["relu", "maximum", "minimum", "clip", "where"])
#: Functions that pass nothing anywhere.
FLAT = frozenset(["step", "sign", "floor", "ceil", "rint", "trunc"])
_ACTIVATIONS = {*STEEPEST, *GATES, *FLAT, "leaky_relu", "elu", "softplus", "silu"}

#: A sigmoid or tanh is saturated where its slope is below this share of its steepest.
FLAT_SHARE = 0.05


@dataclass(eq=False)
class WeightLayer:
    """A layer that multiplies by weights.

    Attributes
    ----------
    name : str
        Scope of the module, or a running number with the names of the weights.
    variable : str
        Name of the weights, if they have one.
    weights, weight_gradient : ndarray (fan_in, units)
        The weights, and ∂L/∂weights.
    signal : float
        RMS of the sums that the layer makes, before a bias is added.
    norm : float
        L2 norm of the gradient at these sums, over all units and the whole batch, corrected for
        means.
    passed : float
        L2 norm of what the layer hands back to the layers before it; nan for the first.
    given, peak : float
        RMS of its input, and the largest absolute value there.
    takes_data : bool
        Whether its input is data, not the signal of other layers.
    is_trunk, is_output : bool
        Whether some of the data reaches the loss through this layer only; and whether no weights
        follow.
    recurrence : Recurrence or None
        Gradient through time, if its weights are used again and again on what they made.
    is_constant : bool
        Whether its input is the same for every record, though there are several.
    bit : int
        How `Places` and `Network` call it.
    """

    name: str
    variable: str
    weights: NDArray[Any]
    weight_gradient: NDArray[Any]
    signal: float
    norm: float
    passed: float
    given: float
    peak: float
    takes_data: bool
    is_trunk: bool
    is_output: bool
    recurrence: Recurrence | None
    is_constant: bool
    bit: int

    @property
    def units(self) -> int:
        """Number of units."""
        return int(self.weights.shape[1])

    @property
    def strength(self) -> float:
        """RMS of the gradient over all weights."""
        return rms(self.weight_gradient)

    @property
    def gain(self) -> float:
        """By how much the weights multiply the gradient that passes them; nan for the first."""
        return self.passed / self.norm if self.norm else math.nan

    @property
    def excess(self) -> float:
        """The gain, where more units than inputs share the blame for it."""
        return self.gain / max(1.0, math.sqrt(self.units / len(self.weights)))

    @property
    def weight_scale(self) -> float:
        """RMS of the weights times √fan_in: about 1 to 1.4 where initialised by Xavier or He."""
        return rms(self.weights) * math.sqrt(len(self.weights))

    @property
    def is_zero(self) -> bool:
        """Whether all weights are exactly 0."""
        return not self.weights.any()


@dataclass(eq=False)
class Activation:
    """An elementwise function between two weight layers, or at the output.

    Attributes
    ----------
    name, op : str
        Scope (or running number), and the operation.
    slopes, upstream, arguments : ndarray (records, units)
        Local derivative, the gradient that arrives at the output, and the argument. Positions of
        an image or a sequence count as records.
    signal : float
        RMS of the sums that the weights before it make, before a bias is added; 0 without any.
    is_output : bool
        Whether no weights follow.
    is_gating : bool
        Whether its output only serves to multiply another signal, as the gates of an LSTM do.
    """

    name: str
    op: str
    slopes: NDArray[Any]
    upstream: NDArray[Any]
    arguments: NDArray[Any]
    signal: float
    is_output: bool
    is_gating: bool

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
        flat = np.abs(self.slopes) < FLAT_SHARE * STEEPEST.get(self.op, 0.0)
        inward = self.upstream * self.arguments > 0
        return np.asarray(flat & inward if self.is_output else flat)

    @property
    def is_mask(self) -> bool:
        """Whether a `where` chooses by something else than its argument, as dropout does."""
        if self.op != "where":
            return False
        closed = self.slopes == 0
        if closed.all() or not closed.any():
            return bool(closed.any() and (self.arguments > 0).any() and (self.arguments < 0).any())
        shut, open_ = self.arguments[closed], self.arguments[~closed]
        return bool(shut.max() > open_.min() and shut.min() < open_.max())


@dataclass(frozen=True)
class Survey:
    """The rows of a network, from input to output."""

    rows: tuple[WeightLayer | Activation, ...]
    network: Network

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
    network = Network(places, places.below.get(trace.root, 0))
    order = {node: i for i, node in enumerate(places.of)}
    products: dict[int, list[Step]] = {}
    functions: dict[tuple[Place, str, int], list[Flow]] = {}
    for node, place in places.of.items():
        step = trace[node]
        if node in places.weight:
            products.setdefault(places.layer[node], []).append(step)
        elif node.op in _ACTIVATIONS and len(step.flows) == 1:
            # Two functions in one place are two if they stand behind different weights.
            functions.setdefault((place, node.op, places.below[node]), []).append(step.flows[0])
    followed = _followed_by_weights(trace, places)
    averaged, through_time = _averaged(trace, followed), recurrences(trace, places)
    rows: list[tuple[int, WeightLayer | Activation]] = []
    trunk = {bit for chain in network.chains() for bit in chain}
    for bit, steps in products.items():
        layer = _weight_layer(places, bit, steps, trace, averaged)
        layer.is_trunk, layer.is_output = bit in trunk, network.is_output(bit)
        layer.recurrence = through_time.get(bit)
        rows.append((order[steps[0].node], layer))
    for (place, _, below), flows in functions.items():
        before = [row for _, row in rows if isinstance(row, WeightLayer)]
        row = _activation(places, places.name(place), flows, _nearest(before, below))
        row.is_output = not any(flow.source in followed for flow in flows)
        if not row.is_mask:
            rows.append((order[flows[0].source], row))
    return Survey(tuple(row for _, row in sorted(rows, key=lambda pair: pair[0])), network)


def _weight_layer(
    places: Places,
    bit: int,
    steps: list[Step],
    trace: Trace,
    averaged: dict[Node, float],
) -> WeightLayer:
    passed: dict[Node, Any] = {}
    signals: list[Any] = []
    for step in steps:
        weight = places.weight[step.node]
        signals += (data_of(x) for x in signals_of(step.node, weight))
        for flow in step.flows:
            if flow is not weight and not flow.target.is_leaf:
                sized = flow.contribution * averaged.get(step.node, 1.0)
                passed[flow.target] = passed.get(flow.target, 0.0) + sized
    scalars = isinstance(steps[0].node.data, float)
    read = scalar_weights if scalars else tensor_weights
    weights, weight_gradient = read(places, steps, trace)
    # A sum of scalars is made of fan_in products, all of which receive the gradient of the sum.
    per_sum = math.sqrt(len(weights)) if scalars else 1.0
    given = flat(signals)
    return WeightLayer(
        name=places.name(places.of[steps[0].node]),
        variable=places.variable(steps[0].node).name.partition("[")[0],
        weights=weights,
        weight_gradient=weight_gradient,
        signal=rms(flat(step.node.data for step in steps)) * per_sum,
        norm=norm(s.gradient * averaged.get(s.node, 1.0) for s in steps) / per_sum,
        passed=norm(passed.values()) if passed else math.nan,
        given=rms(given),
        peak=float(np.abs(given).max(initial=0.0)),
        takes_data=bool(places.fed[bit] & DATA) and not passed,
        is_trunk=False,
        is_output=False,
        recurrence=None,
        is_constant=all(_is_constant(x, steps[0].node.op) for x in signals),
        bit=bit,
    )


def _activation(
    places: Places, name: str, flows: list[Flow], before: WeightLayer | None
) -> Activation:
    units = before.units if before else 0
    convolved = before is not None and any(
        places.layer[node] == before.bit and node.op in CONVOLUTIONS for node in places.weight
    )
    slopes, upstream, arguments = per_unit(flows, places, units, convolved)
    consumers = [node for flow in flows for node in places.consumers.get(flow.source, ())]
    gating = all(_multiplies_signals(node, places) for node in consumers)
    return Activation(
        name, flows[0].source.op, slopes, upstream, arguments,
        before.signal if before else 0.0, is_output=False, is_gating=bool(consumers) and gating,
    )  # fmt: skip


def _multiplies_signals(node: Node, places: Places) -> bool:
    """Whether a node is a product of two signals, not of one with weights or a constant."""
    signals = node.op == "multiply" and node not in places.weight
    return signals and all(x.requires_grad for x in node.inputs)


def _nearest(layers: list[WeightLayer], below: int) -> WeightLayer | None:
    """The last of the layers behind which a function stands."""
    known = [layer for layer in layers if layer.bit & below]
    return max(known, key=lambda layer: layer.bit, default=None)


def _is_constant(signal: Any, op: str) -> bool:
    """Whether the input of a product is the same for several records."""
    array = np.asarray(signal)
    if array.ndim < 2:
        return False
    rows = array.reshape(-1, array.shape[-1]) if op == "matmul" else array
    # What is mixed with weights that add up to 1 is the same but for rounding.
    return len(rows) > 1 and float(np.ptp(rows, axis=0).max()) <= 1e-5 * float(np.abs(rows).max())


def _followed_by_weights(trace: Trace, places: Places) -> set[Node]:
    """The nodes whose signal some weights are applied to."""
    found: set[Node] = set()
    for step in trace:
        if step.node in places.weight or step.node in found:
            found.update(flow.target for flow in step.flows)
    return found


def _averaged(trace: Trace, followed: set[Node]) -> dict[Node, float]:
    """What makes up for the means that a gradient has passed on its way to a node.

    Where ways meet, the one over which more arrives counts.
    """
    found: dict[Node, float] = {}
    arrived: dict[Node, float] = {}
    if not any(node.op == "mean" for node in followed):
        return found
    for step in trace:
        factor, is_mean = found.get(step.node, 1.0), step.node.op == "mean"
        for flow in step.flows:
            size = rms(flow.contribution)
            if size > arrived.get(flow.target, -1.0):
                arrived[flow.target] = size
                counts = is_mean and step.node in followed
                found[flow.target] = factor * (flow.multiplicity**-0.5 if counts else 1.0)
    return found

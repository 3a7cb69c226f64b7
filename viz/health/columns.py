"""Weights and activations as matrices with one column per unit, whatever carries them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd import Flow, Node, Step, Trace
from viz.health.places import Places

#: Weights and the gradient of them, as matrices (fan_in, units).
Weights = tuple[NDArray[Any], NDArray[Any]]


def tensor_weights(places: Places, steps: list[Step], trace: Trace) -> Weights:
    """The weights of products of tensors, which all use one variable."""
    parts: dict[tuple[str, tuple[int, ...]], Weights] = {}
    seen: set[Node] = set()
    for step in steps:
        flow = places.weight[step.node]
        target = flow.target
        if target in seen:
            continue
        seen.add(target)
        is_dot = all(node.op == "sum" for node in places.consumers.get(step.node, ()))
        weights, gradient = (
            _matrix(np.asarray(x), step.node, flow.slot, is_dot)
            for x in (target.data, trace[target].gradient)
        )
        # What was turned round anew for every use receives a part of the gradient each time;
        # different slices are different units.
        part = (str(target.params) if target.op == "getitem" else "", weights.shape)
        parts[part] = (weights, parts[part][1] + gradient if part in parts else gradient)
    fan_in = max(len(weights) for weights, _ in parts.values())
    same = [pair for pair in parts.values() if len(pair[0]) == fan_in]
    return np.hstack([w for w, _ in same]), np.hstack([g for _, g in same])


def _matrix(array: NDArray[Any], product: Node, slot: int, is_dot: bool) -> NDArray[Any]:
    """The weights of one product."""
    op = product.op
    if op == "multiply":
        return array.reshape((-1, 1) if is_dot else (1, -1))
    if op == "correlate":
        return array.reshape(len(array), -1).T
    if op == "correlate_input":
        return np.moveaxis(array, 1, -1).reshape(-1, array.shape[1])
    if op == "einsum":
        labels, _, out = product.params["subscripts"].replace(" ", "").partition("->")
        own = labels.split(",")[slot]
        inner = [i for i, label in enumerate(own) if label not in out]
        outer = [i for i, label in enumerate(own) if label in out]
        fan_in = int(np.prod([array.shape[i] for i in inner], dtype=int))
        return array.transpose(*inner, *outer).reshape(fan_in, -1)
    if array.ndim == 1:
        return array[:, None]
    array = array if slot == 1 else array.swapaxes(-1, -2)
    return array.reshape(-1, array.shape[-1])


def scalar_weights(places: Places, steps: list[Step], trace: Trace) -> Weights:
    """Scalar weights, sorted into the units that they serve."""
    units: dict[int, dict[Node, None]] = {}
    for step in steps:
        weight = places.weight[step.node].target
        units.setdefault(places.unit[step.node], {})[weight] = None
    fan_in = min(map(len, units.values()))
    ordered = [list(weights)[:fan_in] for weights in units.values()]
    return (
        np.array([[w.data for w in unit] for unit in ordered], dtype=float).T,
        np.array([[trace[w].gradient for w in unit] for unit in ordered], dtype=float).T,
    )


def per_unit(
    flows: list[Flow], places: Places, units: int, convolved: bool
) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Slopes, upstream gradients and arguments of an activation, one column per unit.

    Parameters
    ----------
    flows : list of Flow
        The edges of the activation.
    units : int
        How many units the weights before it have.
    convolved : bool
        Whether these are the channels of a convolution, which stand in axis 1.
    """
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
        array = np.broadcast_to(np.asarray(array, dtype=float), like.shape)
        if convolved and like.ndim > 2 and like.shape[1] == units:
            array = np.moveaxis(array, 1, -1)
        elif units == 1:
            array = array[..., None]
        return np.reshape(array, (-1, array.shape[-1] if array.ndim else 1))

    stacked = [
        tuple(
            matrix(array, flow.upstream) for array in (flow.local, flow.upstream, flow.target.data)
        )
        for flow in flows
    ]
    width = stacked[0][0].shape[1]
    same = [part for part in stacked if part[0].shape[1] == width]
    slopes, upstream, arguments = (np.vstack(parts) for parts in zip(*same, strict=True))
    return slopes, upstream, arguments

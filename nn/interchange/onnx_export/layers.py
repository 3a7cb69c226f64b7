"""The table of layers that ONNX has whole: what becomes of them as one operator or a few.

All other layers, and these where an operator does less than the layer, are translated operation
by operation.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from nn.functional.sizes import per_axis, strides_of
from nn.module import Module

if TYPE_CHECKING:
    from nn.interchange.onnx_export.graph import Graph
    from nn.interchange.onnx_export.symbols import Step

Sizes = tuple[int, ...]


class Whole(NamedTuple):
    """How a layer is translated whole.

    Attributes
    ----------
    fits : callable
        ``(layer, *inputs)`` → whether the operator does what the layer does with them.
    translate : callable
        ``(graph, step, layer, *inputs)`` → names of the results. The parameters of the layer
        are symbols.
    """

    fits: Callable[..., bool]
    translate: Callable[..., list[str]]


def find_whole(layer: Module) -> Whole | None:
    """The entry for a layer of exactly this class, if there is one."""
    kind = type(layer)
    return WHOLE.get(kind.__name__) if kind.__module__.startswith("nn.layers.") else None


def _batched(layer: Any, x: Any) -> bool:
    return bool(x.ndim == layer._axes + 2)


def _parameters(g: Graph, *parameters: Any) -> list[str]:
    return [g.value(parameter) for parameter in parameters if parameter is not None]


# --- linear, tables -------------------------------------------------------------------------------


def _linear(g: Graph, step: Step, layer: Any, x: Any) -> list[str]:
    return [g.node("Gemm", g.value(x), *_parameters(g, layer.weight, layer.bias), transB=1)]


def _embedding(g: Graph, step: Step, layer: Any, numbers: Any) -> list[str]:
    return [g.node("Gather", g.value(layer.weight), g.value(numbers), axis=0)]


def _embedding_bag(g: Graph, step: Step, layer: Any, numbers: Any) -> list[str]:
    rows = g.node("Gather", g.value(layer.weight), g.value(numbers), axis=0)
    op = {"sum": "ReduceSum", "mean": "ReduceMean", "max": "ReduceMax"}[layer.mode]
    return [g.node(op, rows, g.ints([1]), keepdims=0)]


# --- convolution and pooling ----------------------------------------------------------------------


def _conv(g: Graph, step: Step, layer: Any, x: Any) -> list[str]:
    inputs = [g.value(x), *_parameters(g, layer.weight, layer.bias)]
    if isinstance(layer.padding, str):
        reach = zip(layer.kernel_size, layer.dilation, strict=True)
        total = [d * (k - 1) if layer.padding == "same" else 0 for k, d in reach]
        pads = [t // 2 for t in total] + [t - t // 2 for t in total]
    else:
        pads = [*layer.padding] * 2
    return [
        g.node(
            "Conv",
            *inputs,
            strides=list(layer.stride),
            dilations=list(layer.dilation),
            pads=pads,
            group=layer.groups,
        )
    ]


def _conv_transpose(g: Graph, step: Step, layer: Any, y: Any) -> list[str]:
    return [
        g.node(
            "ConvTranspose",
            g.value(y),
            *_parameters(g, layer.weight, layer.bias),
            strides=list(layer.stride),
            dilations=list(layer.dilation),
            pads=[*layer.padding] * 2,
            output_padding=list(layer.output_padding),
            group=layer.groups,
        )
    ]


def _windows(layer: Any) -> dict[str, list[int]]:
    kernel = per_axis("kernel_size", layer.kernel_size, layer._axes)
    return {
        "kernel_shape": list(kernel),
        "strides": list(strides_of(layer.stride, kernel)),
        "pads": [*per_axis("padding", layer.padding, layer._axes)] * 2,
    }


def _max_pool(g: Graph, step: Step, layer: Any, x: Any) -> list[str]:
    options = _windows(layer)
    options["dilations"] = list(per_axis("dilation", layer.dilation, layer._axes))
    if not layer.return_indices:
        return [g.node("MaxPool", g.value(x), **options)]
    # ONNX counts the places through all records and channels.
    largest, places = g.several(
        "MaxPool", g.value(x), outputs=2, dtypes=(x.dtype, np.int64), **options
    )
    extent = math.prod(g.lengths(x, 2))
    return [largest, g.node("Mod", places, g.constant(np.array(extent)))]


def _avg_pool(g: Graph, step: Step, layer: Any, x: Any) -> list[str]:
    counted = int(layer.count_include_pad)
    return [g.node("AveragePool", g.value(x), count_include_pad=counted, **_windows(layer))]


def _global_average(g: Graph, step: Step, layer: Any, x: Any) -> list[str]:
    return [g.node("GlobalAveragePool", g.value(x))]


def _adaptive_max_pool(g: Graph, step: Step, layer: Any, x: Any) -> list[str]:
    """The largest of a window is the largest of the largest along each axis."""
    name = g.value(x)
    first = x.ndim - layer._axes
    sizes = zip(g.lengths(x, first), g.lengths(step.outputs[0], first), strict=True)
    for axis, (n, bins) in enumerate(sizes, start=first):
        parts = []
        for i in range(bins):
            place = [[i * n // bins], [-(-(i + 1) * n // bins)], [axis]]
            window = g.node("Slice", name, *map(g.ints, place))
            parts.append(g.node("ReduceMax", window, g.ints([axis]), keepdims=1))
        name = parts[0] if bins == 1 else g.node("Concat", *parts, axis=axis)
    return [name]


def _max_unpool(g: Graph, step: Step, layer: Any, x: Any, places: Any) -> list[str]:
    shape = g.shape(step.outputs[0])
    extent = math.prod(g.lengths(step.outputs[0], 2))
    zeros = g.node("Expand", g.value(np.zeros(()), x.dtype), g.ints([*shape[:2], extent]))
    flat = [
        g.reshape(name, [*shape[:2], math.prod(g.lengths(x, 2))])
        for name in (g.value(places, np.int64), g.value(x))
    ]
    return [g.reshape(g.node("ScatterElements", zeros, *flat, axis=2), shape)]


# --- normalisation, activations -------------------------------------------------------------------


def _scale_and_shift(g: Graph, layer: Any, shape: Sizes, dtype: Any) -> list[str]:
    usual = np.ones(shape, dtype), np.zeros(shape, dtype)
    own = layer.weight, layer.bias
    return [g.value(n if p is None else p, dtype) for p, n in zip(own, usual, strict=True)]


def _batch_norm(g: Graph, step: Step, layer: Any, x: Any) -> list[str]:
    inputs = [
        g.value(x),
        *_scale_and_shift(g, layer, (layer.num_features,), x.dtype),
        g.value(layer.running_mean, x.dtype),
        g.value(layer.running_var, x.dtype),
    ]
    return [g.node("BatchNormalization", *inputs, epsilon=layer.eps)]


def _layer_norm(g: Graph, step: Step, layer: Any, x: Any) -> list[str]:
    shape = layer.normalized_shape
    inputs = [g.value(x), *_scale_and_shift(g, layer, shape, x.dtype)]
    return [g.node("LayerNormalization", *inputs, axis=-len(shape), epsilon=layer.eps)]


def _instance_norm(g: Graph, step: Step, layer: Any, x: Any) -> list[str]:
    inputs = [g.value(x), *_scale_and_shift(g, layer, (layer.num_features,), x.dtype)]
    return [g.node("InstanceNormalization", *inputs, epsilon=layer.eps)]


def _prelu(g: Graph, step: Step, layer: Any, x: Any) -> list[str]:
    ones = (1,) * max(x.ndim - 2, 0)
    slope = g.value(layer.weight)
    return [g.node("PRelu", g.value(x), g.reshape(slope, [-1, *ones]) if ones else slope)]


# --- recurrent ------------------------------------------------------------------------------------

#: For each of ONNX's gates, in its order, where it stands in PyTorch's.
_GATES = {"RNN": (0,), "GRU": (1, 0, 2), "LSTM": (0, 3, 1, 2)}


def _recurrent(g: Graph, step: Step, layer: Any, x: Any, *first: Any) -> list[str]:
    """One operator per layer, with both directions; sequences are (L, N, features) there."""
    kind, dtype = type(layer).__name__, x.dtype
    directions = len(layer._suffixes(0))
    name, states = g.value(x, dtype), [g.value(state, dtype) for state in first]
    single = x.ndim == 2
    if single:
        one = g.ints([1])
        name, *states = (g.node("Unsqueeze", each, one) for each in (name, *states))
    elif layer.batch_first:
        name = g.transpose(name, (1, 0, 2))
    ends: list[list[str]] = []
    for number in range(layer.num_layers):
        inputs = [name, *_gates(g, layer, kind, number)]
        if states:
            place = [[number * directions], [(number + 1) * directions], [0]]
            inputs += ["", *(g.node("Slice", state, *map(g.ints, place)) for state in states)]
        count = 3 if kind == "LSTM" else 2
        y, *last = g.several(kind, *inputs, outputs=count, **_options(layer, kind, directions))
        ends.append(last)
        # (L, directions, N, H) becomes (L, N, directions·H).
        name = g.node("Reshape", g.transpose(y, (0, 2, 1, 3)), g.ints([0, 0, -1]))
    results = [name, *(g.node("Concat", *parts, axis=0) for parts in zip(*ends, strict=True))]
    if single:
        return [g.node("Squeeze", each, one) for each in results]
    if layer.batch_first:
        results[0] = g.transpose(results[0], (1, 0, 2))
    return results


def _options(layer: Any, kind: str, directions: int) -> dict[str, Any]:
    options: dict[str, Any] = {"hidden_size": layer.hidden_size}
    if directions == 2:
        options["direction"] = "bidirectional"
    if kind == "GRU":
        options["linear_before_reset"] = 1
    if kind == "RNN":
        options["activations"] = [layer.nonlinearity.capitalize()] * directions
    return options


def _gates(g: Graph, layer: Any, kind: str, number: int) -> list[str]:
    """The weights of both directions of a layer, as ONNX orders them; "" for no biases."""

    def ordered(name: str) -> Any:
        blocks = np.split(getattr(layer, name).numbers, len(_GATES[kind]))
        return np.concatenate([blocks[i] for i in _GATES[kind]])

    suffixes = layer._suffixes(number)
    key = layer.weight_ih_l0.key.removesuffix("weight_ih_l0")
    names = []
    for name in ("weight_ih", "weight_hh"):
        weights = np.stack([ordered(f"{name}_{suffix}") for suffix in suffixes])
        names.append(g.constant(weights, f"{key}{name}_l{number}_in_order"))
    if not layer.bias:
        return [*names, ""]
    both = ("bias_ih", "bias_hh")
    biases = [np.concatenate([ordered(f"{name}_{s}") for name in both]) for s in suffixes]
    return [*names, g.constant(np.stack(biases), f"{key}bias_l{number}_in_order")]


def _recurrent_fits(layer: Any, x: Any, *first: Any) -> bool:
    return x.ndim in (2, 3) and not layer.proj_size


# --- the table ------------------------------------------------------------------------------------


def _each_axes(names: str, whole: Whole) -> dict[str, Whole]:
    return {f"{names}{axes}d": whole for axes in (1, 2, 3)}


WHOLE: dict[str, Whole] = {
    "Linear": Whole(lambda layer, x: x.ndim == 2, _linear),
    "Embedding": Whole(lambda layer, x: True, _embedding),
    "EmbeddingBag": Whole(
        lambda layer, *x: len(x) == 1 and x[0].ndim == 2 and layer.padding_idx is None,
        _embedding_bag,
    ),
    **_each_axes(
        "Conv", Whole(lambda layer, x: _batched(layer, x) and layer.padding_mode == "zeros", _conv)
    ),
    **_each_axes(
        "ConvTranspose",
        Whole(lambda layer, *x: len(x) == 1 and _batched(layer, x[0]), _conv_transpose),
    ),
    **_each_axes(
        "MaxPool",
        Whole(
            lambda layer, x: _batched(layer, x) and not layer.ceil_mode,
            _max_pool,
        ),
    ),
    "AvgPool1d": Whole(lambda layer, x: _batched(layer, x) and not layer.ceil_mode, _avg_pool),
    **dict.fromkeys(
        ("AvgPool2d", "AvgPool3d"),
        Whole(
            lambda layer, x: (
                _batched(layer, x) and not layer.ceil_mode and layer.divisor_override is None
            ),
            _avg_pool,
        ),
    ),
    **_each_axes(
        "AdaptiveAvgPool",
        Whole(
            lambda layer, x: (
                _batched(layer, x)
                and set(np.atleast_1d(np.array(layer.output_size, object)).tolist()) == {1}
            ),
            _global_average,
        ),
    ),
    **_each_axes(
        "AdaptiveMaxPool", Whole(lambda layer, x: not layer.return_indices, _adaptive_max_pool)
    ),
    **_each_axes(
        "MaxUnpool", Whole(lambda layer, *x: len(x) == 2 and _batched(layer, x[0]), _max_unpool)
    ),
    **_each_axes("BatchNorm", Whole(lambda layer, x: layer.running_mean is not None, _batch_norm)),
    "LayerNorm": Whole(lambda layer, x: True, _layer_norm),
    **_each_axes(
        "InstanceNorm",
        Whole(
            lambda layer, x: x.ndim == layer._axes[0] + 2 and layer.running_mean is None,
            _instance_norm,
        ),
    ),
    "PReLU": Whole(lambda layer, x: x.ndim >= 2 or layer.weight.size == 1, _prelu),
    **dict.fromkeys(("RNN", "GRU", "LSTM"), Whole(_recurrent_fits, _recurrent)),
}

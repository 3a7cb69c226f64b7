"""The table of translations: what ONNX has for each primitive of the table of derivatives."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from nn.interchange.onnx_export.graph import Graph
from nn.interchange.onnx_export.indexing import getitem, scatter
from nn.interchange.onnx_export.recording import fixed
from nn.interchange.onnx_export.symbols import Step

#: Adds the nodes for a step, and names its result.
Translation = Callable[[Graph, Step], str]

# --- element by element ---------------------------------------------------------------------------

#: Those that have an operator of their own.
_SAME = {
    "add": "Add", "subtract": "Sub", "multiply": "Mul", "divide": "Div", "negative": "Neg",
    "power": "Pow", "float_power": "Pow", "abs": "Abs", "fabs": "Abs", "sign": "Sign",
    "exp": "Exp", "log": "Log", "sqrt": "Sqrt", "reciprocal": "Reciprocal",
    "sin": "Sin", "cos": "Cos", "tan": "Tan", "sinh": "Sinh", "cosh": "Cosh", "tanh": "Tanh",
    "arcsin": "Asin", "arccos": "Acos", "arctan": "Atan",
    "arcsinh": "Asinh", "arccosh": "Acosh", "arctanh": "Atanh",
    "maximum": "Max", "minimum": "Min", "fmax": "Max", "fmin": "Min",
    "floor": "Floor", "ceil": "Ceil", "rint": "Round", "positive": "Identity",
    "sigmoid": "Sigmoid", "relu": "Relu", "softplus": "Softplus", "matmul": "MatMul",
}  # fmt: skip

#: Those whose result is true or false, and what their operands are.
_LOGICAL = {
    "less": "Less", "less_equal": "LessOrEqual", "greater": "Greater",
    "greater_equal": "GreaterOrEqual", "equal": "Equal",
    "logical_and": "And", "logical_or": "Or", "logical_xor": "Xor",
    "bitwise_and": "And", "bitwise_or": "Or", "bitwise_xor": "Xor",
    "logical_not": "Not", "invert": "Not",
}  # fmt: skip


def _same(op: str) -> Translation:
    return lambda g, step: g.elementwise(op, step)


def _logical(op: str) -> Translation:
    def translate(g: Graph, step: Step) -> str:
        if op in ("And", "Or", "Xor", "Not"):
            common: Any = bool
        else:
            common = np.result_type(*(getattr(x, "dtype", x) for x in step.inputs))
        return g.node(op, *(g.value(x, common) for x in step.inputs), dtype=bool)

    return translate


def _not_equal(g: Graph, step: Step) -> str:
    return g.node("Not", _logical("Equal")(g, step))


def _of_one(make: Callable[[Graph, str, Callable[[float], str]], str]) -> Translation:
    """A translation from the value and a way to name numbers of its dtype."""

    def translate(g: Graph, step: Step) -> str:
        x = g.value(step.inputs[0], step.outputs[0].dtype)
        return make(g, x, lambda number: g.value(number, step.outputs[0].dtype))

    return translate


def _leaky_relu(g: Graph, step: Step) -> str:
    return g.node(
        "LeakyRelu", g.value(step.inputs[0]), alpha=step.params.get("negative_slope", 0.01)
    )


def _elu(g: Graph, step: Step) -> str:
    return g.node("Elu", g.value(step.inputs[0]), alpha=float(step.params.get("alpha", 1.0)))


def _clip(g: Graph, step: Step) -> str:
    x = g.value(step.inputs[0], step.outputs[0].dtype)
    for op, bound in (("Max", step.params["a_min"]), ("Min", step.params["a_max"])):
        if bound is not None:
            x = g.node(op, x, g.value(bound, step.outputs[0].dtype))
    return x


def _where(g: Graph, step: Step) -> str:
    dtype = step.outputs[0].dtype
    condition = g.value(step.inputs[0], bool)
    a, b = (g.value(x, dtype) for x in step.inputs[1:])
    if dtype.kind != "b":
        return g.node("Where", condition, a, b, dtype=dtype)
    # ONNX Runtime chooses between numbers only.
    return g.node("Or", g.node("And", condition, a), g.node("And", g.node("Not", condition), b))


def _astype(g: Graph, step: Step) -> str:
    return g.cast(g.value(step.inputs[0]), step.outputs[0].dtype)


def _remainder(g: Graph, step: Step) -> str:
    a, b = (g.value(x, step.outputs[0].dtype) for x in step.inputs)
    if step.outputs[0].dtype.kind in "iu":
        return g.node("Mod", a, b)
    return g.node("Sub", a, g.node("Mul", b, g.node("Floor", g.node("Div", a, b))))


def _logaddexp(g: Graph, step: Step) -> str:
    a, b = (g.value(x, step.outputs[0].dtype) for x in step.inputs)
    distance = g.node("Abs", g.node("Sub", a, b))
    return g.node("Add", g.node("Max", a, b), g.node("Softplus", g.node("Neg", distance)))


def _floor_divide(g: Graph, step: Step) -> str:
    return g.node("Floor", g.elementwise("Div", step))


# --- along axes -----------------------------------------------------------------------------------


def _reduction(op: str) -> Translation:
    def translate(g: Graph, step: Step) -> str:
        return reduce(g, op, g.value(step.inputs[0], step.outputs[0].dtype), **step.params)

    return translate


def reduce(g: Graph, op: str, x: str, axis: Any = None, keepdims: Any = False) -> str:
    """A reduction along some axes, or all of them."""
    axes = [] if axis is None else [g.ints(np.atleast_1d(axis).tolist())]
    return g.node(op, x, *axes, keepdims=int(bool(keepdims)))


def _truth(op: str) -> Translation:
    """Any and all are the largest and the smallest of zeros and ones."""

    def translate(g: Graph, step: Step) -> str:
        ones = g.cast(g.value(step.inputs[0], bool), np.int32)
        return g.cast(reduce(g, op, ones, **step.params), bool)

    return translate


def _variance(g: Graph, step: Step) -> str:
    options = dict(step.params)
    axis, keepdims = options.get("axis"), options.get("keepdims", False)
    lost = float(options.get("ddof") or 0) + float(options.get("correction") or 0)
    x = g.value(step.inputs[0])
    centred = g.node("Sub", x, reduce(g, "ReduceMean", x, axis, True))
    variance = reduce(g, "ReduceMean", g.node("Mul", centred, centred), axis, keepdims)
    if not lost:
        return variance
    shape = g.shape(step.inputs[0])
    n = math.prod(map(fixed, shape if axis is None else (shape[i] for i in np.atleast_1d(axis))))
    return g.node("Mul", variance, g.value(n / (n - lost), step.outputs[0].dtype))


def _deviation(g: Graph, step: Step) -> str:
    return g.node("Sqrt", _variance(g, step))


def _p_norm(g: Graph, step: Step) -> str:
    options = dict(step.params)
    p, dtype = options.pop("p"), step.outputs[0].dtype
    powers = g.node("Pow", g.node("Abs", g.value(step.inputs[0])), g.value(p, dtype))
    return g.node("Pow", reduce(g, "ReduceSum", powers, **options), g.value(1 / p, dtype))


def _softmax(op: str) -> Translation:
    return lambda g, step: g.node(
        op, g.value(step.inputs[0]), axis=int(step.params.get("axis", -1))
    )


def _argument(op: str) -> Translation:
    def translate(g: Graph, step: Step) -> str:
        x, axis = g.value(step.inputs[0]), step.params["axis"]
        if axis is None:
            x, axis = g.reshape(x, [-1]), 0
        return g.node(op, x, axis=int(axis), keepdims=0, dtype=np.int64)

    return translate


def _cumsum(g: Graph, step: Step) -> str:
    x, axis = g.value(step.inputs[0]), step.params.get("axis")
    if axis is None:
        x, axis = g.reshape(x, [-1]), 0
    return g.node("CumSum", x, g.constant(np.array(int(axis))))


# --- shapes ---------------------------------------------------------------------------------------


def _reshape(g: Graph, step: Step) -> str:
    if step.params.get("order", "C") != "C":
        raise NotImplementedError
    return g.reshape(g.value(step.inputs[0]), g.shape(step.outputs[0]))


def _transpose(g: Graph, step: Step) -> str:
    ndim = step.inputs[0].ndim
    axes = step.params.get("axes")
    order = reversed(range(ndim)) if axes is None else (axis % ndim for axis in axes)
    return g.transpose(g.value(step.inputs[0]), list(order))


def _broadcast(g: Graph, step: Step) -> str:
    return g.node("Expand", g.value(step.inputs[0]), g.ints(g.shape(step.outputs[0])))


def _concatenate(g: Graph, step: Step) -> str:
    dtype = step.outputs[0].dtype
    return g.node(
        "Concat", *(g.value(x, dtype) for x in step.inputs), axis=int(step.params.get("axis", 0))
    )


def _stack(g: Graph, step: Step) -> str:
    dtype, axis = step.outputs[0].dtype, int(step.params.get("axis", 0))
    place = g.ints([axis % step.outputs[0].ndim])
    parts = [g.node("Unsqueeze", g.value(x, dtype), place) for x in step.inputs]
    return g.node("Concat", *parts, axis=axis)


def _flip(g: Graph, step: Step) -> str:
    axis = step.params.get("axis")
    axes = list(range(step.inputs[0].ndim)) if axis is None else np.atleast_1d(axis).tolist()
    many = len(axes)
    ends = [np.iinfo(np.int64).min] * many
    return g.node(
        "Slice", g.value(step.inputs[0]), *map(g.ints, ([-1] * many, ends, axes, [-1] * many))
    )


def _repeat(g: Graph, step: Step) -> str:
    axis = step.params["axis"]
    length, repeats = g.shape(step.inputs[0])[axis], step.params["repeats"]
    sources = np.repeat(np.arange(fixed(length)), repeats if np.ndim(repeats) else fixed(repeats))
    return g.node("Gather", g.value(step.inputs[0]), g.constant(sources), axis=int(axis))


def _tile(g: Graph, step: Step) -> str:
    reps = np.atleast_1d(step.params["reps"]).tolist()
    ndim = step.outputs[0].ndim
    x = g.reshape(
        g.value(step.inputs[0]), (1,) * (ndim - step.inputs[0].ndim) + g.shape(step.inputs[0])
    )
    return g.node("Tile", x, g.ints([1] * (ndim - len(reps)) + reps))


def _pad(g: Graph, step: Step) -> str:
    widths = np.asarray(step.params["pad_width"])
    mode = step.params["mode"]
    if mode == "symmetric":
        raise NotImplementedError
    if not widths.any():
        return g.value(step.inputs[0])
    return g.node("Pad", g.value(step.inputs[0]), g.ints(widths.T.ravel().tolist()), mode=mode)


def _triangle(upper: int) -> Translation:
    return lambda g, step: g.node(
        "Trilu",
        g.value(step.inputs[0]),
        g.constant(np.array(int(step.params.get("k", 0)))),
        upper=upper,
    )


# --- products and windows -------------------------------------------------------------------------


def _einsum(g: Graph, step: Step) -> str:
    dtype = step.outputs[0].dtype
    return g.node(
        "Einsum", *(g.value(x, dtype) for x in step.inputs), equation=step.params["subscripts"]
    )


def _windows(step: Step) -> dict[str, Any]:
    padding = list(step.params.get("padding") or (0,) * len(step.params["stride"]))
    return {
        "strides": list(step.params["stride"]),
        "dilations": list(step.params["dilation"]),
        "group": step.params["groups"],
        "pads": padding + padding,
    }


def _correlate(g: Graph, step: Step) -> str:
    x, w = (g.value(each, step.outputs[0].dtype) for each in step.inputs)
    return g.node("Conv", x, w, **_windows(step))


def _correlate_input(g: Graph, step: Step) -> str:
    y, w = step.inputs
    windows = _windows(step)
    padding = windows["pads"][: len(windows["strides"])]
    sizes = zip(
        g.lengths(y, 2),
        g.lengths(w, 2),
        windows["strides"],
        windows["dilations"],
        padding,
        strict=True,
    )
    least = [(n - 1) * s + d * (k - 1) + 1 - 2 * p for n, k, s, d, p in sizes]
    extra = [m - n for m, n in zip(step.params["extent"], least, strict=True)]
    names = (g.value(each, step.outputs[0].dtype) for each in step.inputs)
    return g.node("ConvTranspose", *names, output_padding=extra, **windows)


def _pooling(g: Graph, step: Step) -> dict[str, Any]:
    """Windows whose last one may end beyond the padding: it is padded as far as they reach."""
    how = step.params
    before, after = list(how["padding"]), []
    extent = g.lengths(step.inputs[0], 2)
    order = ("kernel", "stride", "padding", "dilation", "counts")
    for n, k, s, p, d, count in zip(extent, *(how[key] for key in order), strict=True):
        after.append(max(0, (count - 1) * s + d * (k - 1) + 1 - n - p))
    return {
        "kernel_shape": list(how["kernel"]),
        "strides": list(how["stride"]),
        "dilations": list(how["dilation"]),
        "pads": before + after,
    }


def _max_pool(g: Graph, step: Step) -> str:
    return g.node("MaxPool", g.value(step.inputs[0]), **_pooling(g, step))


def _sum_pool(g: Graph, step: Step) -> str:
    """The mean, times how many it is the mean of."""
    mean = g.node("AveragePool", g.value(step.inputs[0]), count_include_pad=1, **_pooling(g, step))
    return g.node("Mul", mean, g.value(math.prod(step.params["kernel"]), step.outputs[0].dtype))


def _resample(g: Graph, step: Step) -> str:
    """Every element is a sum of weighted taps: a product with a matrix of these weights."""
    places, weights = step.params["places"], step.params["weights"]
    axis, ndim = step.params["axis"], step.inputs[0].ndim
    matrix = np.zeros((fixed(step.params["length"]), places.shape[1]))
    np.add.at(matrix, (places, np.arange(places.shape[1])), weights)
    order = list(range(ndim))
    order[axis], order[-1] = order[-1], order[axis]
    x = g.transpose(g.value(step.inputs[0]), order)
    y = g.node("MatMul", x, g.value(matrix, step.outputs[0].dtype))
    return g.transpose(y, order)


# --- the table ------------------------------------------------------------------------------------

TRANSLATIONS: dict[str, Translation] = {
    **{name: _same(op) for name, op in _SAME.items()},
    **{name: _logical(op) for name, op in _LOGICAL.items()},
    "not_equal": _not_equal,
    "isnan": lambda g, step: g.node("IsNaN", g.value(step.inputs[0]), dtype=bool),
    "isinf": lambda g, step: g.node("IsInf", g.value(step.inputs[0]), dtype=bool),
    "square": _of_one(lambda g, x, n: g.node("Mul", x, x)),
    "exp2": _of_one(lambda g, x, n: g.node("Pow", n(2), x)),
    "expm1": _of_one(lambda g, x, n: g.node("Sub", g.node("Exp", x), n(1))),
    "log1p": _of_one(lambda g, x, n: g.node("Log", g.node("Add", x, n(1)))),
    "log2": _of_one(lambda g, x, n: g.node("Div", g.node("Log", x), n(math.log(2)))),
    "log10": _of_one(lambda g, x, n: g.node("Div", g.node("Log", x), n(math.log(10)))),
    "trunc": _of_one(
        lambda g, x, n: g.node("Mul", g.node("Sign", x), g.node("Floor", g.node("Abs", x)))
    ),
    "cbrt": _of_one(
        lambda g, x, n: g.node("Mul", g.node("Sign", x), g.node("Pow", g.node("Abs", x), n(1 / 3)))
    ),
    "silu": _of_one(lambda g, x, n: g.node("Mul", x, g.node("Sigmoid", x))),
    "step": _of_one(lambda g, x, n: g.cast(g.node("Greater", x, n(0), dtype=bool), g.dtype(x))),
    "gelu": _of_one(lambda g, x, n: g.node("Gelu", x)),
    "gelu_tanh": _of_one(lambda g, x, n: g.node("Gelu", x, approximate="tanh")),
    "normal_cdf": _of_one(
        lambda g, x, n: g.node(
            "Mul", n(0.5), g.node("Add", n(1), g.node("Erf", g.node("Div", x, n(math.sqrt(2)))))
        )
    ),
    "leaky_relu": _leaky_relu,
    "elu": _elu,
    "clip": _clip,
    "where": _where,
    "astype": _astype,
    "logaddexp": _logaddexp,
    "floor_divide": _floor_divide,
    "remainder": _remainder,
    "sum": _reduction("ReduceSum"),
    "mean": _reduction("ReduceMean"),
    "max": _reduction("ReduceMax"),
    "min": _reduction("ReduceMin"),
    "prod": _reduction("ReduceProd"),
    "norm": _reduction("ReduceL2"),
    "logsumexp": _reduction("ReduceLogSumExp"),
    "any": _truth("ReduceMax"),
    "all": _truth("ReduceMin"),
    "var": _variance,
    "std": _deviation,
    "p_norm": _p_norm,
    "softmax": _softmax("Softmax"),
    "log_softmax": _softmax("LogSoftmax"),
    "argmax": _argument("ArgMax"),
    "argmin": _argument("ArgMin"),
    "cumsum": _cumsum,
    "reshape": _reshape,
    "transpose": _transpose,
    "broadcast_to": _broadcast,
    "concatenate": _concatenate,
    "stack": _stack,
    "flip": _flip,
    "repeat": _repeat,
    "tile": _tile,
    "pad": _pad,
    "tril": _triangle(0),
    "triu": _triangle(1),
    "getitem": getitem,
    "scatter": scatter,
    "einsum": _einsum,
    "correlate": _correlate,
    "correlate_input": _correlate_input,
    "max_pool": _max_pool,
    "sum_pool": _sum_pool,
    "resample": _resample,
}

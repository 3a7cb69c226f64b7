"""What PyTorch's functions are called here, and which of them spread, share or gate a gradient."""

from __future__ import annotations

import math
import re
from typing import Any

#: Functions that our own table has under numpy's name, and variants of one and the same function.
_OUR_NAMES = {
    "arccos": ("acos",),
    "arcsin": ("asin",),
    "arctan": ("atan",),
    "astype": ("to_copy",),
    "avg_pool2d": ("adaptive_avg_pool2d", "mkldnn_adaptive_avg_pool2d"),
    "batch_norm": ("native_batch_norm", "cudnn_batch_norm", "miopen_batch_norm"),
    "broadcast_to": ("expand",),
    "clip": ("clamp", "clamp_min", "clamp_max", "hardtanh"),
    "concatenate": ("cat",),
    "copy": ("clone",),
    "divide": ("div",),
    "dropout": ("native_dropout",),
    "getitem": ("select", "slice", "index"),
    "group_norm": ("native_group_norm",),
    "layer_norm": ("native_layer_norm",),
    "log1p": ("log1_p",),
    "matmul": ("mm", "bmm", "mv", "dot"),
    "max_pool2d": ("max_pool2d_with_indices",),
    "max_pool3d": ("max_pool3d_with_indices",),
    "multiply": ("mul",),
    "negative": ("neg",),
    "norm": ("linalg_vector_norm",),
    "power": ("pow",),
    "reshape": ("view", "unsafe_view", "reshape_alias", "squeeze", "unsqueeze"),
    "sign": ("sgn",),
    "subtract": ("sub", "rsub"),
    "transpose": ("t", "permute"),
}
_RENAMED = {theirs: ours for ours, names in _OUR_NAMES.items() for theirs in names}

#: Functions that work element by element: called with ones, they give their local derivative.
ELEMENTWISE = frozenset(
    [
        "abs", "add", "arccos", "arcsin", "arctan", "celu", "clip", "copy", "cos", "cosh",
        "divide", "dropout", "elu", "erf", "exp", "exp2", "expm1", "gelu", "hardsigmoid",
        "hardswish", "leaky_relu", "log", "log10", "log1p", "log2", "log_sigmoid", "logit",
        "maximum", "minimum", "mish", "multiply", "negative", "power", "reciprocal", "relu",
        "rsqrt", "sigmoid", "sign", "silu", "sin", "sinh", "softplus", "sqrt", "subtract",
        "tan", "tanh", "threshold", "where",
    ]
)  # fmt: skip
#: Those whose local derivative is either 0 or 1.
GATES = frozenset(["clip", "relu", "threshold", "where"])

#: Those that leave the numbers as they are, in another shape or type.
SHAPING = frozenset(["astype", "broadcast_to", "copy", "getitem", "reshape", "transpose"])

#: Functions that give each operand an equal share.
_AVERAGES = frozenset(["mean", "avg_pool2d", "avg_pool3d"])
#: The slots in which one number serves many places: the scale and shift of normalisation.
_BROADCAST_SLOTS = {"batch_norm": (1, 2), "layer_norm": (1, 2), "group_norm": (1, 2)}
#: In `_saved_reduction` of a loss: it is the mean over the records.
_MEAN = 1


def operation_name(function: Any) -> str:
    """Name of a function of PyTorch's graph: "LogSoftmaxBackward0" is log_softmax.

    A `torch.autograd.Function` keeps the name of its class.
    """
    name = function.name().rpartition("::")[2]
    from_table = re.fullmatch(r"(\w+)Backward\d+", name)
    if from_table is None:
        return str(name.removesuffix("Backward"))
    if name == "ConvolutionBackward0":
        return "correlate_input" if function._saved_transposed else "correlate"
    name = re.sub(r"(\d)D", r"\1d", from_table[1])
    name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
    return _RENAMED.get(name, name)


def multiplicity(
    op: str, function: Any, slot: int, source: tuple[int, ...], target: tuple[int, ...]
) -> float:
    """How much larger a contribution is for the mere reason of size; see `Flow.multiplicity`.

    Parameters
    ----------
    op : str
        As `operation_name` gives it.
    function
        Of PyTorch's graph.
    slot : int
        Number of the argument.
    source, target : tuple of int
        Shape of what the function made, and of the operand.
    """
    made, given = max(math.prod(source), 1), max(math.prod(target), 1)
    if op in _AVERAGES:
        return made / given
    if getattr(function, "_saved_reduction", None) == _MEAN:
        return 1 / (_records(target) if op.startswith("nll_loss") else given)
    if op == "matmul" and slot == 1 and source:
        return math.sqrt(source[-2:][0])  # a matrix and a vector give one axis
    if op == "correlate" and slot == 1:
        return math.sqrt(made / source[1])
    if op in ELEMENTWISE or op == "broadcast_to" or slot in _BROADCAST_SLOTS.get(op, ()):
        return math.sqrt(max(made / given, 1.0))
    return 1.0


def _records(shape: tuple[int, ...]) -> int:
    """How many records log-probabilities of this shape, (classes,) or (N, classes, ...), hold."""
    return max(math.prod(shape) // shape[min(1, len(shape) - 1)], 1)

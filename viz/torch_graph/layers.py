"""Linear layers: PyTorch multiplies by weights and adds a bias in one function.

They are shown as what they are in our own graphs: a product, and a sum of it and the bias. What
PyTorch did not keep of them is computed again from the operands.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from viz.torch_graph.backpropagation import Function
from viz.torch_graph.operations import operation_name


@dataclass(frozen=True, slots=True)
class Layer:
    """A product of a signal and weights, and perhaps a bias.

    Attributes
    ----------
    op : str
        What the product is called.
    factors : tuple of int
        In which slots of the function the signal and the weights are.
    bias : int or None
        In which slot the bias is, if there is one.
    product : callable
        What the function makes of signal and weights, before it adds the bias.
    bias_shape : tuple of int
        The shape in which the bias is added.
    """

    op: str
    factors: tuple[int, int]
    bias: int | None
    product: Callable[[Any, Any], Any]
    bias_shape: tuple[int, ...] = ()


def layer_of(function: Function) -> Layer | None:
    """How a function of PyTorch's graph is made up; None if it is no layer.

    A layer in which the bias alone requires a gradient is none: nothing flows to its product.
    """
    import torch

    layer = None
    if function.name() == "MmBackward0":
        layer = Layer("matmul", (0, 1), None, torch.mm)
    elif function.name() == "AddmmBackward0":
        if function._saved_alpha == function._saved_beta == 1:
            layer = Layer("matmul", (1, 2), 0, torch.mm, (-1,))
    elif function.name() == "ConvolutionBackward0":
        has_bias = any(function._saved_bias_sym_sizes_opt)
        shape = (-1,) + (1,) * len(function._saved_stride)
        op = operation_name(function)
        layer = Layer(op, (0, 1), 2 if has_bias else None, _convolve(function), shape)
    if layer is None or all(function.next_functions[slot][0] is None for slot in layer.factors):
        return None
    return layer


def _convolve(function: Function) -> Callable[[Any, Any], Any]:
    import torch

    def convolve(signal: Any, weights: Any) -> Any:
        return torch.convolution(
            signal,
            weights,
            None,
            function._saved_stride,
            function._saved_padding,
            function._saved_dilation,
            function._saved_transposed,
            function._saved_output_padding,
            function._saved_groups,
        )

    return convolve

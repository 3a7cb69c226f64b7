"""Affine and bilinear maps, under PyTorch's names."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd import ValueArray
from autograd.folding import Fused
from autograd.rules.linalg import matmul
from nn.aliases import ArrayOrNode


def _affine(x: Any, weight: Any, bias: Any) -> Any:
    out = matmul.forward(x, weight.T)
    return np.add(out, bias, out=out) if out.dtype == bias.dtype else out + bias


def _rows(x: Any) -> Any:
    return x if x.ndim == 2 else x.reshape(-1, x.shape[-1])


#: One operation in place of a transpose, a product and a sum, which it is when one looks inside.
_linear = Fused(
    "linear",
    _affine,
    arity=3,
    vjps=(
        lambda g, x, weight, bias, y: g @ weight,
        lambda g, x, weight, bias, y: _rows(g).T @ _rows(x),
        lambda g, x, weight, bias, y: np.add.reduce(_rows(g), axis=0),
    ),
    composite=lambda x, weight, bias: x @ weight.T + bias,
)


def linear(input: ArrayOrNode, weight: ArrayOrNode, bias: ArrayOrNode | None = None) -> ArrayOrNode:
    """Affine map x Wᵀ + b.

    Parameters
    ----------
    input : (..., in)
        One row per record.
    weight : (out, in)
        One row per neuron.
    bias : (out,), optional
        One number per neuron.

    Returns
    -------
    (..., out)
    """
    if bias is None:
        return input @ weight.T
    if input.ndim < 2 or bias.ndim != 1 or isinstance(weight, ValueArray):
        return input @ weight.T + bias
    result: ArrayOrNode = _linear(input, weight, bias)
    return result


def bilinear(
    input1: ArrayOrNode, input2: ArrayOrNode, weight: ArrayOrNode, bias: ArrayOrNode | None = None
) -> ArrayOrNode:
    """x₁ᵀ A x₂ + b, with a matrix A for each output.

    Parameters
    ----------
    input1, input2 : (..., in1), (..., in2)
        One row of each per record.
    weight : (out, in1, in2)
        One matrix per neuron.
    bias : (out,), optional
        One number per neuron.

    Returns
    -------
    (..., out)
    """
    out = np.einsum("...i,oij,...j->...o", input1, weight, input2)
    return out if bias is None else out + bias

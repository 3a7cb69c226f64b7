"""Affine and bilinear maps, under PyTorch's names."""

from __future__ import annotations

import numpy as np

from nn.aliases import ArrayOrNode


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
    out = input @ weight.T
    return out if bias is None else out + bias


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

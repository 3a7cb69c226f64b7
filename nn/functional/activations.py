"""The affine map and the activations, under PyTorch's names."""

from __future__ import annotations

import numpy as np

from autograd.rules import activations
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


# --- activations ------------------------------------------------------------------------------


def identity(input: ArrayOrNode) -> ArrayOrNode:
    """The input itself: the linear activation, for the output of a regression."""
    return input


def step(input: ArrayOrNode) -> ArrayOrNode:
    """1 where x > 0, else 0. Its derivative is 0 everywhere, so nothing learns through it."""
    return activations.step(_given(input))


def sigmoid(input: ArrayOrNode) -> ArrayOrNode:
    """σ(x) = 1/(1 + e⁻ˣ), in (0, 1); its derivative σ(1 − σ) is at most ¼."""
    return activations.sigmoid(_given(input))


def tanh(input: ArrayOrNode) -> ArrayOrNode:
    """Hyperbolic tangent, in (−1, 1) and zero-centred; its derivative 1 − tanh² is at most 1."""
    return np.tanh(_given(input))


def relu(input: ArrayOrNode) -> ArrayOrNode:
    """max(x, 0); its derivative is 1 for x > 0, else 0."""
    return activations.relu(_given(input))


def leaky_relu(input: ArrayOrNode, negative_slope: float = 0.01) -> ArrayOrNode:
    """``x`` for x > 0, else ``negative_slope·x``."""
    return activations.leaky_relu(_given(input), negative_slope=negative_slope)


def prelu(input: ArrayOrNode, weight: ArrayOrNode) -> ArrayOrNode:
    """Leaky ReLU whose slope is learned.

    Parameters
    ----------
    input : (..., ) or (N, C, ...)
        C channels stand in axis 1, if there are two axes or more.
    weight : (1,) or (C,)
        The slope for x ≤ 0, one for all or one per channel.
    """
    input = _given(input)
    if weight.size == 1:
        weight = weight.reshape(())
    elif input.ndim > 2:
        weight = weight.reshape(-1, *(1 for _ in range(input.ndim - 2)))
    return np.where(input > 0, input, weight * input)


def elu(input: ArrayOrNode, alpha: float = 1.0) -> ArrayOrNode:
    """``x`` for x > 0, else ``alpha·(eˣ − 1)``."""
    return activations.elu(_given(input), alpha=alpha)


def softplus(input: ArrayOrNode, beta: float = 1.0) -> ArrayOrNode:
    """log(1 + e^(beta·x))/beta, a smooth ReLU.

    PyTorch returns x itself for beta·x > 20, which differs from this by less than 2.1e-9/beta.
    """
    input = _given(input)
    return activations.softplus(input) if beta == 1 else activations.softplus(beta * input) / beta


def silu(input: ArrayOrNode) -> ArrayOrNode:
    """x·σ(x), also called swish."""
    return activations.silu(_given(input))


swish = silu


def softmax(input: ArrayOrNode, dim: int = -1) -> ArrayOrNode:
    """e^xᵢ/Σ e^xⱼ along an axis: positive numbers whose sum is 1."""
    return activations.softmax(_given(input), axis=dim)


def log_softmax(input: ArrayOrNode, dim: int = -1) -> ArrayOrNode:
    """Logarithm of `softmax`, also where that rounds to 0."""
    return activations.log_softmax(_given(input), axis=dim)


def _given(input: ArrayOrNode) -> ArrayOrNode:
    """Nodes and arrays as they are, lists of numbers as arrays."""
    return np.asarray(input, dtype=float) if isinstance(input, list | tuple) else input

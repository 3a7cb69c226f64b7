"""The smooth activations, and those along an axis, under PyTorch's names."""

from __future__ import annotations

import numpy as np

from autograd.primitives import data_of
from autograd.recording import again
from autograd.rules import activations
from autograd.rules import gelu as rules
from nn.aliases import Array, ArrayOrNode, DTypeLike, Seed
from nn.functional.arguments import given

# --- element by element -----------------------------------------------------------------------


def identity(input: ArrayOrNode) -> ArrayOrNode:
    """The input itself: the linear activation, for the output of a regression."""
    return input


def sigmoid(input: ArrayOrNode) -> ArrayOrNode:
    """σ(x) = 1/(1 + e⁻ˣ), in (0, 1); its derivative σ(1 − σ) is at most ¼."""
    return activations.sigmoid(given(input))


def logsigmoid(input: ArrayOrNode) -> ArrayOrNode:
    """Log σ(x), also where σ(x) rounds to 0."""
    return -activations.softplus(-given(input))


def tanh(input: ArrayOrNode) -> ArrayOrNode:
    """Hyperbolic tangent, in (−1, 1) and zero-centred; its derivative 1 − tanh² is at most 1."""
    return np.tanh(given(input))


def tanhshrink(input: ArrayOrNode) -> ArrayOrNode:
    """X − tanh x."""
    input = given(input)
    return input - np.tanh(input)


def softsign(input: ArrayOrNode) -> ArrayOrNode:
    """x/(1 + |x|), in (−1, 1), which it nears more slowly than tanh."""
    input = given(input)
    return input / (1 + np.abs(input))


def elu(input: ArrayOrNode, alpha: float = 1.0) -> ArrayOrNode:
    """``x`` for x > 0, else ``alpha·(eˣ − 1)`` (Clevert et al., 2016)."""
    return activations.elu(given(input), alpha=alpha)


def celu(input: ArrayOrNode, alpha: float = 1.0) -> ArrayOrNode:
    """``x`` for x > 0, else ``alpha·(e^(x/alpha) − 1)``: an ELU without a kink (Barron, 2017).

    Raises
    ------
    ValueError
        If alpha ≤ 0.
    """
    if alpha <= 0:
        raise ValueError(f"celu divides by alpha, which must be positive, but alpha={alpha}.")
    input = given(input)
    return activations.elu(input) if alpha == 1 else alpha * activations.elu(input / alpha)


#: With these two, the outputs of a layer of normal inputs keep mean 0 and variance 1.
_SELU_ALPHA = 1.6732632423543772848170429916717
_SELU_SCALE = 1.0507009873554804934193349852946


def selu(input: ArrayOrNode) -> ArrayOrNode:
    """A scaled `elu` that normalises itself (Klambauer et al., 2017)."""
    return _SELU_SCALE * activations.elu(given(input), alpha=_SELU_ALPHA)


def softplus(input: ArrayOrNode, beta: float = 1.0, threshold: float = 20.0) -> ArrayOrNode:
    """log(1 + e^(beta·x))/beta, a smooth ReLU; x itself, as in PyTorch, for beta·x > threshold."""
    input = given(input)
    smooth = activations.softplus(input) if beta == 1 else activations.softplus(beta * input) / beta
    return np.where(again(_is_beyond, data_of(input), beta, threshold), input, smooth)


def _is_beyond(x: Array, beta: float, threshold: float) -> Array:
    return beta * x > threshold


def silu(input: ArrayOrNode) -> ArrayOrNode:
    """x·σ(x), also called swish."""
    return activations.silu(given(input))


swish = silu


def mish(input: ArrayOrNode) -> ArrayOrNode:
    """x·tanh(softplus(x)) (Misra, 2020)."""
    input = given(input)
    return input * np.tanh(activations.softplus(input))


def gelu(input: ArrayOrNode, approximate: str = "none") -> ArrayOrNode:
    """x·Φ(x), with the distribution function Φ of the normal (Hendrycks and Gimpel, 2016).

    Parameters
    ----------
    input : array
        Of any shape.
    approximate : {"none", "tanh"}
        Φ itself, or ½(1 + tanh(√(2/π)·(x + 0.044715·x³))) for it, as GPT-2 has it.
    """
    if approximate not in ("none", "tanh"):
        raise ValueError(f"approximate must be 'none' or 'tanh', but {approximate!r} was given.")
    return (rules.gelu if approximate == "none" else rules.gelu_tanh)(given(input))


# --- along an axis ----------------------------------------------------------------------------


def glu(input: ArrayOrNode, dim: int = -1) -> ArrayOrNode:
    """a·σ(b), of the first half a of an axis and the second half b (Dauphin et al., 2017).

    Raises
    ------
    ValueError
        If the axis has no halves.
    """
    input = given(input)
    if input.ndim == 0 or input.shape[dim] % 2:
        raise ValueError(
            f"glu halves axis {dim}, but an array of shape {input.shape} has no halves there."
        )
    values, gates = np.split(input, 2, axis=dim)
    return values * activations.sigmoid(gates)


def softmax(input: ArrayOrNode, dim: int = -1, *, dtype: DTypeLike | None = None) -> ArrayOrNode:
    """e^xᵢ/Σ e^xⱼ along an axis: positive numbers whose sum is 1.

    Parameters
    ----------
    input : array
        Of any shape.
    dim : int
        The axis.
    dtype : dtype, optional
        What to compute in.
    """
    return activations.softmax(_cast(input, dtype), axis=dim)


def softmin(input: ArrayOrNode, dim: int = -1, *, dtype: DTypeLike | None = None) -> ArrayOrNode:
    """`softmax` of −x: the smallest number gets the largest share."""
    return activations.softmax(-_cast(input, dtype), axis=dim)


def log_softmax(
    input: ArrayOrNode, dim: int = -1, *, dtype: DTypeLike | None = None
) -> ArrayOrNode:
    """Logarithm of `softmax`, also where that rounds to 0."""
    return activations.log_softmax(_cast(input, dtype), axis=dim)


def gumbel_softmax(
    logits: ArrayOrNode, tau: float = 1.0, hard: bool = False, *, dim: int = -1, seed: Seed = None
) -> ArrayOrNode:
    """A differentiable sample of a class: softmax of logits plus Gumbel noise (Jang et al., 2017).

    Parameters
    ----------
    logits : array
        Of any shape.
    tau : float
        Temperature: the smaller, the closer to one-hot.
    hard : bool
        Whether to return the one-hot sample, with the gradient of the soft one.
    dim : int
        The axis of the classes.
    seed : int or Generator, optional
        Where the randomness comes from.
    """
    logits = given(logits)
    noise = again(_gumbel_noise, logits.shape, data_of(logits).dtype, seed)
    soft = activations.softmax((logits + noise) / tau, axis=dim)
    return soft + again(_towards_one_hot, data_of(soft), dim) if hard else soft


def _gumbel_noise(shape: tuple[int, ...], dtype: DTypeLike, seed: Seed) -> Array:
    return np.random.default_rng(seed).gumbel(size=shape).astype(dtype)


def _towards_one_hot(shares: Array, dim: int) -> Array:
    best = np.expand_dims(shares.argmax(axis=dim), dim)
    one_hot = np.zeros_like(shares)
    np.put_along_axis(one_hot, best, 1.0, axis=dim)
    return one_hot - shares


def _cast(input: ArrayOrNode, dtype: DTypeLike | None) -> ArrayOrNode:
    input = given(input)
    return input if dtype is None else input.astype(dtype)

"""The activations that are made of pieces of straight lines, under PyTorch's names."""

from __future__ import annotations

import numpy as np

from autograd.primitives import data_of
from autograd.recording import again
from autograd.rules import activations
from nn.aliases import Array, ArrayOrNode, DTypeLike, Seed
from nn.functional.arguments import given, shape_of


def step(input: ArrayOrNode) -> ArrayOrNode:
    """1 where x > 0, else 0. Its derivative is 0 everywhere, so nothing learns through it."""
    return activations.step(given(input))


def threshold(input: ArrayOrNode, threshold: float, value: float) -> ArrayOrNode:
    """``x`` for x > threshold, else ``value``."""
    input = given(input)
    return np.where(input <= threshold, value, input)


# --- rectifiers -------------------------------------------------------------------------------


def relu(input: ArrayOrNode) -> ArrayOrNode:
    """max(x, 0); its derivative is 1 for x > 0, else 0."""
    return activations.relu(given(input))


def leaky_relu(input: ArrayOrNode, negative_slope: float = 0.01) -> ArrayOrNode:
    """``x`` for x > 0, else ``negative_slope·x``."""
    return activations.leaky_relu(given(input), negative_slope=negative_slope)


def prelu(input: ArrayOrNode, weight: ArrayOrNode) -> ArrayOrNode:
    """Leaky ReLU whose slope is learned (He et al., 2015).

    Parameters
    ----------
    input : (..., ) or (N, C, ...)
        C channels stand in axis 1, if there are two axes or more.
    weight : (1,) or (C,)
        The slope for x ≤ 0, one for all or one per channel.
    """
    input = given(input)
    if weight.size == 1:
        weight = weight.reshape(())
    elif input.ndim > 2:
        weight = weight.reshape(-1, *(1 for _ in range(input.ndim - 2)))
    return np.where(input > 0, input, weight * input)


def rrelu(
    input: ArrayOrNode,
    lower: float = 1 / 8,
    upper: float = 1 / 3,
    training: bool = False,
    *,
    seed: Seed = None,
) -> ArrayOrNode:
    """Leaky ReLU with slopes drawn from [lower, upper], or with their mean outside training.

    Parameters
    ----------
    input : array
        Of any shape.
    lower, upper : float
        Bounds of the slopes.
    training : bool
        Whether to draw.
    seed : int or Generator, optional
        Where the randomness comes from.
    """
    input = given(input)
    if not training:
        return activations.leaky_relu(input, negative_slope=(lower + upper) / 2)
    dtype = np.result_type(data_of(input))
    slopes = again(_draw_slopes, lower, upper, shape_of(input), dtype, seed)
    return np.where(input > 0, input, slopes * input)


def _draw_slopes(
    lower: float, upper: float, shape: tuple[int, ...], dtype: DTypeLike, seed: Seed
) -> Array:
    slopes = np.random.default_rng(seed).uniform(lower, upper, shape)
    return np.asarray(slopes).astype(dtype)


# --- bounded ----------------------------------------------------------------------------------


def hardtanh(input: ArrayOrNode, min_val: float = -1.0, max_val: float = 1.0) -> ArrayOrNode:
    """X limited to [min_val, max_val]; its derivative is 1 inside, 0 at the bounds and beyond."""
    input = given(input)
    limited = again(np.clip, data_of(input), min_val, max_val)
    return np.where(again(_is_inside, data_of(input), min_val, max_val), input, limited)


def _is_inside(x: Array, min_val: float, max_val: float) -> Array:
    return (x > min_val) & (x < max_val)


def relu6(input: ArrayOrNode) -> ArrayOrNode:
    """max(x, 0) limited to 6."""
    return hardtanh(input, 0.0, 6.0)


def hardsigmoid(input: ArrayOrNode) -> ArrayOrNode:
    """(x + 3)/6 limited to [0, 1], a σ without an exponential."""
    return relu6(given(input) + 3) / 6


def hardswish(input: ArrayOrNode) -> ArrayOrNode:
    """x·hardsigmoid(x) (Howard et al., 2019)."""
    input = given(input)
    return input * relu6(input + 3) / 6


# --- shrinking --------------------------------------------------------------------------------


def hardshrink(input: ArrayOrNode, lambd: float = 0.5) -> ArrayOrNode:
    """0 for |x| ≤ lambd, else ``x``."""
    input = given(input)
    return np.where(again(_is_within, data_of(input), lambd), 0.0, input)


def _is_within(x: Array, bound: float) -> Array:
    return (x >= -bound) & (x <= bound)


def softshrink(input: ArrayOrNode, lambd: float = 0.5) -> ArrayOrNode:
    """0 for |x| ≤ lambd, else ``x`` moved by lambd towards 0."""
    if lambd < 0:
        raise ValueError(f"softshrink moves numbers towards 0 by lambd ≥ 0, but lambd={lambd}.")
    input = given(input)
    return input - np.clip(input, -lambd, lambd)

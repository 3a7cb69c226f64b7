"""Attention, as PyTorch defines it."""

from __future__ import annotations

from math import sqrt

import numpy as np

from autograd.primitives import data_of
from autograd.recording import again, decided
from autograd.rules import activations
from nn.aliases import Array, ArrayOrNode, Seed
from nn.functional.dropouts import dropout


def scaled_dot_product_attention(
    query: ArrayOrNode,
    key: ArrayOrNode,
    value: ArrayOrNode,
    attn_mask: ArrayOrNode | None = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    scale: float | None = None,
    enable_gqa: bool = False,
    *,
    seed: Seed = None,
) -> ArrayOrNode:
    """softmax(Q Kᵀ·scale + mask) V: means of values, by how well keys match (Vaswani et al., 2017).

    Parameters
    ----------
    query : (..., L, E)
        One row per position that asks.
    key, value : (..., S, E), (..., S, V)
        One row each per position that is asked.
    attn_mask : broadcast to (..., L, S), optional
        Booleans, True where attention is paid; or numbers, which are added to the scores.
    dropout_p : float
        Probability with which a weight is set to 0; there is no `training` that turns it off.
    is_causal : bool
        Whether position i attends to positions 0 … i only.
    scale : float, optional
        By default 1/√E.
    enable_gqa : bool
        Whether several heads of the query (axis −3) share one of key and value.
    seed : int or Generator, optional
        Where the randomness comes from.

    Returns
    -------
    (..., L, V)
        0 for a position that may attend to nothing.

    Raises
    ------
    ValueError
        If there are both a mask and `is_causal`, or the shapes do not fit.
    """
    if is_causal and attn_mask is not None:
        raise ValueError("attention takes an attn_mask or is_causal=True, but both were given.")
    if query.shape[-1] != key.shape[-1] or key.shape[-2] != value.shape[-2]:
        raise ValueError(
            "attention takes queries (..., L, E), keys (..., S, E) and values (..., S, V), but got "
            f"shapes {query.shape}, {key.shape} and {value.shape}."
        )
    if enable_gqa:
        heads = query.shape[-3]
        key, value = (np.repeat(x, heads // x.shape[-3], axis=-3) for x in (key, value))
    scale = 1 / sqrt(query.shape[-1]) if scale is None else scale
    scores = (query * scale) @ np.swapaxes(key, -1, -2)
    if is_causal:
        attn_mask = np.tri(*scores.shape[-2:], dtype=bool)
    weights = _softmax_of_allowed(scores, attn_mask)
    return dropout(weights, dropout_p, seed=seed) @ value


def _softmax_of_allowed(scores: ArrayOrNode, mask: ArrayOrNode | None) -> ArrayOrNode:
    """Softmax of what a mask allows; 0 in rows where it allows nothing."""
    if mask is None:
        return activations.softmax(scores)
    numbers = data_of(mask)
    allowed = numbers if numbers.dtype == bool else again(np.greater, numbers, -np.inf)
    # Only of plain arrays it is known what they allow.
    known = isinstance(allowed, np.ndarray)
    everything = known and decided(_all, allowed)
    if allowed is not numbers:
        scores = scores + (mask if everything else np.where(allowed, mask, 0.0))
    if everything:
        return activations.softmax(scores)
    nothing = again(_allows_nothing, allowed)
    weights = activations.softmax(np.where(again(np.logical_or, allowed, nothing), scores, -np.inf))
    return weights if known and not decided(_any, nothing) else np.where(nothing, 0.0, weights)


def _allows_nothing(allowed: Array) -> Array:
    some: Array = np.logical_or.reduce(allowed, axis=-1, keepdims=True)
    return ~some


def _all(mask: Array) -> bool:
    return bool(mask.all())


def _any(mask: Array) -> bool:
    return bool(mask.any())

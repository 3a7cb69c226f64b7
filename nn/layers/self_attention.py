"""Self-attention of several heads as one operation, from its inputs to the joined heads.

Queries, keys and values come from one product, and so do the gradients of the inputs and of the
weights: every head works on views of it, and writes its gradients where that product needs them.
Beside views and products, nothing but the softmax goes over the weights of attention, each way.
What the way back needs, which is the projections and the weights, is computed beside the graph.
"""

from __future__ import annotations

from math import sqrt
from typing import Any

import numpy as np

from autograd.recording import again
from autograd.rules.activations import softmax
from nn.aliases import Array, ArrayOrNode
from nn.functional import linear, scaled_dot_product_attention
from nn.functional.standardization import have_blas
from nn.layers.unrolled import Contribution, unrolled


def self_attention(
    x: ArrayOrNode,
    weight: ArrayOrNode,
    bias: ArrayOrNode,
    num_heads: int,
    mask: ArrayOrNode | None = None,
) -> ArrayOrNode:
    """Each position attends to all, in each head on its part of the features.

    Parameters
    ----------
    x : (N, L, E)
    weight, bias : (3·E, E), (3·E,)
        From which queries, keys and values come.
    num_heads : int
        A divisor of E.
    mask : broadcast to (N, num_heads, L, L), optional
        True where attention is paid; or numbers, which are added to the scores.

    Returns
    -------
    (N, L, E)
        0 for a position that may attend to nothing.
    """
    if not _is_fused(x, weight, bias, mask):
        return _plainly(x, weight, bias, num_heads=num_heads, mask=mask)
    projections, shares = again(_projections_and_shares, x, weight, bias, num_heads, mask)
    return _self_attention(
        x,
        weight,
        bias,
        projections=projections,
        shares=shares,
        num_heads=num_heads,
        mask=mask,
    )


def _is_fused(*operands: ArrayOrNode | None) -> bool:
    """Whether there are arrays, all of one type that BLAS knows, and a mask without a gradient."""
    *arrays, mask = operands
    known = mask is None or (isinstance(mask, np.ndarray) and mask.dtype != object)
    return have_blas(*arrays) and known


# --- heads --------------------------------------------------------------------------------------


def split_heads(x: ArrayOrNode, num_heads: int) -> ArrayOrNode:
    """(N, L, E) as (N, num_heads, L, features of a head)."""
    return np.transpose(x.reshape(*x.shape[:2], num_heads, -1), (0, 2, 1, 3))


def join_heads(x: ArrayOrNode) -> ArrayOrNode:
    """The way back."""
    n, heads, length, size = x.shape
    return np.transpose(x, (0, 2, 1, 3)).reshape(n, length, heads * size)


# --- in plain operations ------------------------------------------------------------------------


def _plainly(
    x: ArrayOrNode, weight: ArrayOrNode, bias: ArrayOrNode, *, num_heads: int, mask: Any, **_: Any
) -> ArrayOrNode:
    parts = zip(np.split(weight, 3), np.split(bias, 3), strict=True)
    projected = [linear(x, *part) for part in parts]
    q, k, v = (split_heads(part, num_heads) for part in projected)
    return join_heads(scaled_dot_product_attention(q, k, v, mask))


# --- as one operation ---------------------------------------------------------------------------


def _scaled(weight: Array, num_heads: int) -> Array:
    """The weights or their gradients (or those of the bias), times the scale of the scores.

    To scale those of the queries takes less than to scale the queries.
    """
    size = len(weight) // 3
    scaled = weight.copy()
    scaled[:size] *= sqrt(num_heads / size)
    return scaled


def _parts(projections: Array, num_heads: int) -> tuple[Array, ...]:
    """Views of scaled queries, keys and values, (N, num_heads, L, features of a head)."""
    n, length, size = projections.shape
    split = projections.reshape(n, length, 3, num_heads, size // 3 // num_heads)
    return tuple(split[:, :, i].swapaxes(1, 2) for i in range(3))


def _rows(x: Array) -> Array:
    return x.reshape(-1, x.shape[-1])


def _turned(x: Array) -> Array:
    """The transpose of matrices, in one piece: the copy takes less than BLAS then saves."""
    return np.ascontiguousarray(x.swapaxes(-1, -2))


def _projections_and_shares(
    x: Array, weight: Array, bias: Array, num_heads: int, mask: Array | None
) -> tuple[Array, Array]:
    """Queries (scaled), keys and values, (N, L, 3·E), and the softmax, (N, num_heads, L, L)."""
    projections: Array = _rows(x) @ _scaled(weight, num_heads).T
    projections += _scaled(bias, num_heads)
    projections = projections.reshape(*x.shape[:2], -1)
    q, k, _ = _parts(projections, num_heads)
    scores = q @ _turned(k)
    if mask is None:
        return projections, softmax.forward(scores)
    allowed = mask if mask.dtype == bool else mask > -np.inf
    nothing = ~np.logical_or.reduce(allowed, axis=-1, keepdims=True)
    if mask.dtype != bool:
        scores += mask
    np.copyto(scores, -np.inf, where=~allowed)
    if not nothing.any():
        return projections, softmax.forward(scores)
    np.copyto(scores, 0, where=nothing)  # no numbers that are nan in the end
    shares = softmax.forward(scores)
    np.copyto(shares, 0, where=nothing)
    return projections, shares


def _forward(
    x: Array,
    weight: Array,
    bias: Array,
    *,
    projections: Array,
    shares: Array,
    num_heads: int,
    mask: Array | None,
) -> Array:
    out = np.empty(x.shape, x.dtype)
    _, _, v = _parts(projections, num_heads)
    np.matmul(shares, v, out=split_heads(out, num_heads))
    return out


def _of_projections(g: Array, y: Array, projections: Array, shares: Array, num_heads: int) -> Array:
    """The gradient of the projections; that of the softmax is y·(g − Σ g·y)."""
    gradient = np.empty_like(projections)
    (q, k, v), (dq, dk, dv) = (_parts(x, num_heads) for x in (projections, gradient))
    # In the softmax's rule, the sum over all positions is also that over the features of a head.
    sums = (g * y).reshape(-1, v.shape[-1]) @ np.ones(v.shape[-1], y.dtype)
    g = split_heads(g, num_heads)
    np.matmul(shares.swapaxes(-1, -2), g, out=dv)
    of_scores = g @ _turned(v)
    of_scores -= split_heads(sums.reshape(*y.shape[:2], num_heads), num_heads)
    of_scores *= shares
    np.matmul(of_scores, k, out=dq)
    np.matmul(of_scores.swapaxes(-1, -2), q, out=dk)
    return _rows(gradient)


def _backward(
    g: Array,
    x: Array,
    weight: Array,
    bias: Array,
    y: Array,
    *,
    projections: Array,
    shares: Array,
    num_heads: int,
    mask: Array | None,
) -> tuple[Contribution, ...]:
    d = _of_projections(g, y, projections, shares, num_heads)
    return (
        lambda: (d @ _scaled(weight, num_heads)).reshape(x.shape),
        lambda: _scaled(d.T @ _rows(x), num_heads),
        lambda: _scaled(np.ones(len(d), d.dtype) @ d, num_heads),
    )


_self_attention = unrolled(
    "self_attention",
    _forward,
    _backward,
    _plainly,
    operands=3,
    params=("projections", "shares", "num_heads", "mask"),
)

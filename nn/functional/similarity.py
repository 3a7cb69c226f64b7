"""Distances, angles and unit vectors, under PyTorch's names."""

from __future__ import annotations

import numpy as np

from nn.aliases import ArrayOrNode


def pairwise_distance(
    x1: ArrayOrNode, x2: ArrayOrNode, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False
) -> ArrayOrNode:
    """‖x₁ − x₂ + eps‖ₚ over the last axis.

    Parameters
    ----------
    x1, x2 : (..., D)
        Vectors, broadcast against each other.
    p : float
        Order of the norm.
    eps : float
        Added to every difference, so that equal vectors have a derivative too.
    keepdim : bool
        Whether the last axis stays, with length 1.
    """
    return np.linalg.vector_norm(x1 - x2 + eps, ord=p, axis=-1, keepdims=keepdim)


def pdist(input: ArrayOrNode, p: float = 2.0) -> ArrayOrNode:
    """p-norm distances of all pairs of the rows of a matrix (N, D), in the order of the pairs.

    Returns
    -------
    (N·(N − 1)/2,)
    """
    first, second = np.triu_indices(len(input), 1)
    return np.linalg.vector_norm(input[first] - input[second], ord=p, axis=-1)


def normalize(
    input: ArrayOrNode, p: float = 2.0, dim: int | tuple[int, ...] = 1, eps: float = 1e-12
) -> ArrayOrNode:
    """x/max(‖x‖ₚ, eps) along an axis."""
    length = np.linalg.vector_norm(input, ord=p, axis=dim, keepdims=True)
    return input / np.clip(length, eps, None)


def cosine_similarity(
    x1: ArrayOrNode, x2: ArrayOrNode, dim: int = 1, eps: float = 1e-8
) -> ArrayOrNode:
    """x₁·x₂/(max(‖x₁‖, eps)·max(‖x₂‖, eps)) along an axis, in [−1, 1]."""
    shape = np.broadcast_shapes(x1.shape, x2.shape)
    unit1, unit2 = (normalize(np.broadcast_to(x, shape), 2, dim, eps) for x in (x1, x2))
    return np.sum(unit1 * unit2, axis=dim)

"""Distances and angles as layers of two inputs."""

from __future__ import annotations

from nn import functional
from nn.aliases import ArrayOrNode
from nn.module import Module


class CosineSimilarity(Module):
    """Cosine of the angle between vectors along the axis `dim`; their lengths are at least eps."""

    dim: int
    eps: float

    def __init__(self, dim: int = 1, eps: float = 1e-8) -> None:
        self.dim = dim
        self.eps = eps

    def forward(self, x1: ArrayOrNode, x2: ArrayOrNode) -> ArrayOrNode:
        """A number in [−1, 1] for each pair."""
        return functional.cosine_similarity(x1, x2, self.dim, self.eps)


class PairwiseDistance(Module):
    """‖x₁ − x₂ + eps‖ₚ over the last axis, which stays with length 1 if `keepdim`."""

    p: float
    eps: float
    keepdim: bool

    def __init__(self, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False) -> None:
        self.p = p
        self.eps = eps
        self.keepdim = keepdim

    def forward(self, x1: ArrayOrNode, x2: ArrayOrNode) -> ArrayOrNode:
        """The distance of each pair."""
        return functional.pairwise_distance(x1, x2, self.p, self.eps, self.keepdim)

"""Layers that only move elements."""

from __future__ import annotations

import math

from nn.aliases import ArrayOrNode
from nn.module import Module


class Flatten(Module):
    """Join the axes from `start_dim` to `end_dim` into one; by default all but the batch's."""

    start_dim: int
    end_dim: int

    def __init__(self, start_dim: int = 1, end_dim: int = -1) -> None:
        self.start_dim = start_dim
        self.end_dim = end_dim

    def forward(self, x: ArrayOrNode) -> ArrayOrNode:
        """The same elements in fewer axes."""
        start, end = self.start_dim % x.ndim, self.end_dim % x.ndim
        joined = math.prod(x.shape[start : end + 1])
        return x.reshape((*x.shape[:start], joined, *x.shape[end + 1 :]))

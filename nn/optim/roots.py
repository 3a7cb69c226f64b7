"""The root of squared gradients by which adaptive optimisers divide."""

from __future__ import annotations

import numpy as np

from nn.aliases import Array


def root(squares: Array, eps: float, eps_in_root: bool = False) -> Array:
    """√x + ε as PyTorch has it, or √(x + ε) as textbooks do; a new array."""
    if eps_in_root:
        inside: Array = squares + eps
        return np.sqrt(inside, out=inside)
    outside: Array = np.sqrt(squares)
    outside += eps
    return outside

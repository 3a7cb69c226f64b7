"""Positions of the elements of a sequence, which attention by itself does not see."""

from __future__ import annotations

import numpy as np

from nn.aliases import Array, ArrayOrNode, Seed
from nn.functional.sizes import dtype_of
from nn.layers.dropouts import Dropout
from nn.module import Module


class SinusoidalPositions(Module):
    """Tell attention where each element stands: add sines and cosines of its position.

    At position t, feature 2i is sin(t/10000^(2i/d_model)), feature 2i + 1 the cosine of the same
    (Vaswani et al., 2017, section 3.5). Nothing is learned, and sequences may be of any length.

    Parameters
    ----------
    d_model : int
        How many features there are.
    dropout : float, default 0
        Probability with which an element of the sum is dropped, in training.
    batch_first : bool, default False
        Whether sequences are (N, L, d_model) instead of (L, N, d_model).
    seed : int or Generator, optional
        Where dropout comes from.
    """

    d_model: int
    batch_first: bool

    def __init__(
        self,
        d_model: int,
        dropout: float = 0.0,
        batch_first: bool = False,
        *,
        seed: Seed = None,
    ) -> None:
        self.d_model = d_model
        self.batch_first = batch_first
        self.dropout = Dropout(dropout, seed=seed)

    def forward(self, x: ArrayOrNode) -> ArrayOrNode:
        """The sum of sequences (L, N, d_model), or (L, d_model), and of their positions."""
        self._require_features(x, self.d_model)
        self._require(x.ndim in (2, 3), f"(L, N, {self.d_model})", x.shape)
        along = 1 if self.batch_first and x.ndim == 3 else 0
        positions = self.table(x.shape[along]).astype(dtype_of(x))
        return self.dropout(x + (positions if along or x.ndim == 2 else positions[:, None]))

    def table(self, length: int) -> Array:
        """What is added at the positions 0 … length − 1, (length, d_model)."""
        feature = np.arange(self.d_model)
        angle = np.arange(length)[:, None] / 10000 ** (feature // 2 * 2 / self.d_model)
        waves: Array = np.where(feature % 2 == 0, np.sin(angle), np.cos(angle))
        return waves

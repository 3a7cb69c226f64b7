"""Sequence tagging: a label for every token, in the light of what stands on both sides."""

from __future__ import annotations

import numpy as np

from nn.aliases import ArrayOrNode, DTypeLike, Seed
from nn.layers import LSTM, Dropout, Embedding, Linear
from nn.module import Module


class BiLSTMTagger(Module):
    """A bidirectional LSTM with a label for every token (Graves and Schmidhuber, 2005).

    Train it with ``loss=nn.models.sequence_loss``.

    Parameters
    ----------
    vocab_size, num_tags : int
        How many tokens and labels there are.
    embedding_dim, hidden_size : int
        Features of a token, and of the state in each direction.
    num_layers : int, default 1
        Layers of the LSTM.
    dropout : float, default 0
        Probability before, between and after its layers, in training.
    dtype : dtype, default float32
        Of the parameters.
    seed : int or Generator, optional
        Where the first weights and dropout come from.
    """

    def __init__(
        self,
        vocab_size: int,
        num_tags: int,
        embedding_dim: int,
        hidden_size: int,
        num_layers: int = 1,
        dropout: float = 0.0,
        *,
        dtype: DTypeLike | None = None,
        seed: Seed = None,
    ) -> None:
        rng = np.random.default_rng(seed)
        self.embedding = Embedding(vocab_size, embedding_dim, dtype=dtype, seed=rng)
        self.lstm = LSTM(
            embedding_dim,
            hidden_size,
            num_layers,
            batch_first=True,
            dropout=dropout,
            bidirectional=True,
            dtype=dtype,
            seed=rng,
        )
        self.dropout = Dropout(dropout, seed=rng)
        self.head = Linear(2 * hidden_size, num_tags, dtype=dtype, seed=rng)

    def forward(self, tokens: ArrayOrNode) -> ArrayOrNode:
        """Map tokens (N, L) to logits of their labels, (N, L, num_tags)."""
        output, _ = self.lstm(self.dropout(self.embedding(tokens)))
        return self.head(self.dropout(output))

"""Sequence to sequence: an encoder reads, and a decoder writes while it looks back."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd import no_grad
from nn import functional
from nn.aliases import Array, ArrayOrNode, DTypeLike, Seed
from nn.layers import GRU, Embedding, Linear
from nn.metrics import numbers_of
from nn.module import Module


class Translator(Module):
    """An encoder and a decoder with attention between them (Luong et al., 2015; global, "dot").

    All texts of a batch have one length. Train it with a loop of one's own, as it is given both
    sides: ``loss = nn.models.sequence_loss(model(source, target[:, :-1]), target[:, 1:])``.

    Parameters
    ----------
    source_size, target_size : int
        How many tokens there are in each language.
    embedding_dim, hidden_size : int
        Features of a token and of the states.
    dtype : dtype, default float32
        Of the parameters.
    seed : int or Generator, optional
        Where the first weights come from.
    """

    def __init__(
        self,
        source_size: int,
        target_size: int,
        embedding_dim: int,
        hidden_size: int,
        *,
        dtype: DTypeLike | None = None,
        seed: Seed = None,
    ) -> None:
        rng = np.random.default_rng(seed)
        self.source_embedding = Embedding(source_size, embedding_dim, dtype=dtype, seed=rng)
        self.target_embedding = Embedding(target_size, embedding_dim, dtype=dtype, seed=rng)
        self.encoder = GRU(embedding_dim, hidden_size, batch_first=True, dtype=dtype, seed=rng)
        self.decoder = GRU(embedding_dim, hidden_size, batch_first=True, dtype=dtype, seed=rng)
        self.combine = Linear(2 * hidden_size, hidden_size, dtype=dtype, seed=rng)
        self.head = Linear(hidden_size, target_size, dtype=dtype, seed=rng)

    def forward(self, source: ArrayOrNode, target: ArrayOrNode) -> ArrayOrNode:
        """Say at each place of a translation what comes next.

        Parameters
        ----------
        source : (N, S) of int
            What is translated.
        target : (N, L) of int
            The right translation up to each place, from the token that begins it; in training
            without the last token, and the loss is that of ``target[:, 1:]``.

        Returns
        -------
        (N, L, target_size)
            Logits.
        """
        return self._read_and_write(source, target)[0]

    def attention(self, source: Any, target: Any) -> Array:
        """Where the decoder looks: weights (N, L, S), in which each row sums to 1."""
        with no_grad():
            return numbers_of(self._read_and_write(source, target)[1])

    def translate(self, source: Any, start: int, length: int) -> Array:
        """The likeliest token at each place: (N, length), without the token that begins it."""
        source = np.asarray(source)
        written = np.full((len(source), 1), start)
        with no_grad():
            for _ in range(length):
                logits = numbers_of(self(source, written))[:, -1]
                written = np.column_stack([written, logits.argmax(axis=-1)])
        return written[:, 1:]

    def _read_and_write(
        self, source: ArrayOrNode, target: ArrayOrNode
    ) -> tuple[ArrayOrNode, ArrayOrNode]:
        memory, last = self.encoder(self.source_embedding(source))
        states, _ = self.decoder(self.target_embedding(target), last)
        weights = functional.softmax(states @ np.swapaxes(memory, 1, 2), -1)
        seen = np.concatenate([weights @ memory, states], axis=-1)
        return self.head(np.tanh(self.combine(seen))), weights

"""Language models: they read a text token by token and say what comes next."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from nn import functional
from nn.aliases import Array, ArrayOrNode, DTypeLike, Seed
from nn.layers import GRU, LSTM, RNN, Dropout, Embedding, Linear
from nn.module import Module
from nn.training import predict

#: A target where nothing is asked, such as after the end of a text; PyTorch's `ignore_index`.
IGNORED = -100

_NETWORKS = {"RNN": RNN, "LSTM": LSTM, "GRU": GRU}


def sequence_loss(logits: ArrayOrNode, targets: Any) -> ArrayOrNode:
    """Cross-entropy for each token of each sequence; the mean in nats per token.

    Parameters
    ----------
    logits : (N, L, classes)
        As from the models for sequences.
    targets : (N, L) of int
        The right classes; where there is −100, PyTorch's `ignore_index`, nothing is asked.

    Raises
    ------
    ValueError
        If the shapes do not fit.
    """
    targets = np.asarray(targets)
    if logits.ndim != 3 or targets.shape != logits.shape[:2]:
        raise ValueError(
            "sequence_loss takes logits of shape (N, L, classes) and targets of shape (N, L), but "
            f"got {logits.shape} and {targets.shape}."
        )
    return functional.cross_entropy(
        logits.reshape(-1, logits.shape[2]), targets.reshape(-1), ignore_index=IGNORED
    )


class LanguageModel(Module):
    """What language models share: they map tokens (N, L) to logits of the next (N, L, vocab_size).

    Train one with ``nn.fit(model, tokens[:, :-1], tokens[:, 1:], loss=nn.models.sequence_loss,
    ...)``.

    Attributes
    ----------
    context : int or None
        How many tokens the model can read at once; None for any number.
    """

    context: int | None = None

    def generate(
        self,
        tokens: Any,
        max_new_tokens: int,
        *,
        temperature: float = 1.0,
        top_k: int | None = None,
        seed: Seed = None,
    ) -> Array:
        """Go on with texts, a token at a time.

        Parameters
        ----------
        tokens : (N, L) of int
            How the texts begin, by one token at least.
        max_new_tokens : int
            How many to add.
        temperature : float, default 1
            Below 1 likely tokens become likelier; 0 always takes the likeliest.
        top_k : int, optional
            Draw among so many of the likeliest only.
        seed : int or Generator, optional
            Where the draws come from.

        Returns
        -------
        (N, L + max_new_tokens) of int

        Raises
        ------
        ValueError
            If there is no first token, or a number is out of range.
        """
        text: Array = np.asarray(tokens)
        self._require(text.ndim == 2 and text.shape[1] > 0, "(N, L) with L > 0", text.shape)
        if temperature < 0 or (top_k is not None and top_k < 1):
            raise ValueError(
                "generate needs a temperature of at least 0 and a top_k of at least 1, but got "
                f"temperature={temperature} and top_k={top_k}."
            )
        rng = np.random.default_rng(seed)
        for _ in range(max_new_tokens):
            seen = text if self.context is None else text[:, -self.context :]
            logits = predict(self, seen)[:, -1]
            text = np.column_stack([text, _drawn(logits, temperature, top_k, rng)])
        return text


class RecurrentLanguageModel(LanguageModel):
    """A language model that keeps what it has read in the state of a recurrent network.

    Parameters
    ----------
    vocab_size : int
        How many tokens there are.
    embedding_dim, hidden_size, num_layers : int
        Features of a token and of the state, and layers of the network.
    kind : {"LSTM", "GRU", "RNN"}
        Which network.
    dropout : float, default 0
        Probability before, between and after its layers, in training.
    dtype : dtype, default float32
        Of the parameters.
    seed : int or Generator, optional
        Where the first weights and dropout come from.
    """

    rnn: RNN | LSTM | GRU

    def __init__(
        self,
        vocab_size: int,
        embedding_dim: int,
        hidden_size: int,
        num_layers: int = 1,
        kind: Literal["LSTM", "GRU", "RNN"] = "LSTM",
        dropout: float = 0.0,
        *,
        dtype: DTypeLike | None = None,
        seed: Seed = None,
    ) -> None:
        if kind not in _NETWORKS:
            raise ValueError(f"kind must be 'LSTM', 'GRU' or 'RNN', but {kind!r} was given.")
        rng = np.random.default_rng(seed)
        self.embedding = Embedding(vocab_size, embedding_dim, dtype=dtype, seed=rng)
        self.rnn = _NETWORKS[kind](
            embedding_dim,
            hidden_size,
            num_layers,
            batch_first=True,
            dropout=dropout,
            dtype=dtype,
            seed=rng,
        )
        self.dropout = Dropout(dropout, seed=rng)
        self.head = Linear(hidden_size, vocab_size, dtype=dtype, seed=rng)

    def forward(self, tokens: ArrayOrNode) -> ArrayOrNode:
        """Map tokens (N, L) to logits of those that follow, (N, L, vocab_size)."""
        output, _ = self.rnn(self.dropout(self.embedding(tokens)))
        return self.head(self.dropout(output))


def _drawn(logits: Array, temperature: float, top_k: int | None, rng: np.random.Generator) -> Array:
    """A class for each row of logits."""
    if top_k is not None:
        least = np.sort(logits, axis=-1)[:, -min(top_k, logits.shape[-1]), None]
        logits = np.where(logits < least, -np.inf, logits)
    if temperature > 0:
        # The largest of logits with Gumbel noise is distributed as the softmax says.
        logits = logits / temperature + rng.gumbel(size=logits.shape)
    drawn: Array = logits.argmax(axis=-1)
    return drawn

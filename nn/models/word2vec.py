"""word2vec: words as vectors, learned from the company they keep (Mikolov et al., 2013)."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.rules.axes import as_operand
from nn import init
from nn.aliases import Array, ArrayOrNode, DTypeLike, Seed
from nn.layers import Embedding
from nn.metrics import numbers_of
from nn.module import Module


class SkipGram(Module):
    """Skip-gram with negative sampling: it learns which words stand near a given one.

    Make records with `skip_grams`, and train with
    ``nn.fit(model, words, targets, loss=nn.BCEWithLogitsLoss(), ...)``.

    Parameters
    ----------
    vocab_size : int
        How many words there are; a word is a number from 0.
    embedding_dim : int
        Features of a word.
    dtype : dtype, default float32
        Of the parameters.
    seed : int or Generator, optional
        Where the first weights come from.

    Attributes
    ----------
    embedding : Embedding
        The vectors of words, which are what one is after; at first uniform within
        ±½/embedding_dim, as in the authors' program.
    context : Embedding
        The vectors of the same words as neighbours; at first 0.
    """

    def __init__(
        self,
        vocab_size: int,
        embedding_dim: int,
        *,
        dtype: DTypeLike | None = None,
        seed: Seed = None,
    ) -> None:
        rng = np.random.default_rng(seed)
        self.embedding = Embedding(vocab_size, embedding_dim, dtype=dtype, seed=rng)
        self.context = Embedding(vocab_size, embedding_dim, dtype=dtype, seed=rng)
        bound = 0.5 / embedding_dim
        init.uniform_(self.embedding.weight, -bound, bound, seed=rng)
        init.zeros_(self.context.weight)

    def forward(self, words: ArrayOrNode) -> ArrayOrNode:
        """Map rows of a word and candidates, (N, 1 + k), to a logit per candidate, (N, k)."""
        words = as_operand(words)
        self._require(words.ndim == 2 and words.shape[1] > 1, "(N, 1 + candidates)", words.shape)
        word, candidates = self.embedding(words[:, :1]), self.context(words[:, 1:])
        return np.sum(word * candidates, axis=-1)

    def most_similar(self, word: int, count: int = 5) -> list[tuple[int, float]]:
        """The words whose vectors point most nearly the same way, each with the cosine."""
        table = numbers_of(self.embedding.weight)
        unit = table / np.linalg.norm(table, axis=1, keepdims=True)
        cosines = unit @ unit[word]
        others = [int(other) for other in np.argsort(-cosines) if other != word]
        return [(other, float(cosines[other])) for other in others[:count]]


def skip_grams(
    text: Any, window: int = 2, negatives: int = 5, *, seed: Seed = None
) -> tuple[Array, Array]:
    """Records for `SkipGram`: every word with each of its neighbours, and with random words.

    Parameters
    ----------
    text : (n,) of int
        Words as numbers from 0.
    window : int, default 2
        How far away a neighbour may stand.
    negatives : int, default 5
        How many random words there are for a neighbour, drawn in proportion to their number in
        the text to the power ¾.
    seed : int or Generator, optional
        Where they come from.

    Returns
    -------
    words : (pairs, 2 + negatives) of int
        A word, its neighbour, random words.
    targets : (pairs, 1 + negatives), float32
        1 for the neighbour, 0 for the others.

    Raises
    ------
    ValueError
        If the text has fewer than two words, or `window` or `negatives` is below 1.
    """
    text = np.asarray(text)
    if text.ndim != 1 or len(text) < 2:
        raise ValueError(
            f"skip_grams takes a text of at least two words, (n,), but got shape {text.shape}."
        )
    if window < 1 or negatives < 1:
        raise ValueError(
            "skip_grams needs a window and negatives of at least 1, but got "
            f"window={window} and negatives={negatives}."
        )
    steps = range(1, min(window, len(text) - 1) + 1)
    forwards = np.concatenate([np.stack([text[:-s], text[s:]], axis=1) for s in steps])
    pairs = np.concatenate([forwards, forwards[:, ::-1]])
    share = np.bincount(text) ** 0.75
    drawn = np.random.default_rng(seed).choice(
        len(share), size=(len(pairs), negatives), p=share / share.sum()
    )
    targets = np.zeros((len(pairs), 1 + negatives), np.float32)
    targets[:, 0] = 1.0
    return np.concatenate([pairs, drawn], axis=1), targets

"""Language models made of attention: GPT, which writes, and BERT, which fills gaps."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.rules.axes import as_operand
from nn import init
from nn.aliases import Array, ArrayOrNode, DTypeLike, Seed
from nn.functional.arguments import plainly
from nn.layers import (
    GELU,
    Dropout,
    Embedding,
    LayerNorm,
    Linear,
    ModuleList,
    Sequential,
    TransformerEncoderLayer,
)
from nn.models.language import IGNORED, LanguageModel
from nn.module import Module


class _Stack(Module):
    """What the models share: tokens with positions, and layers of attention above each other.

    The state-dict keys of the layers are those of PyTorch's TransformerEncoder.
    """

    def _set_up(
        self,
        vocab_size: int,
        context: int,
        d_model: int,
        nhead: int,
        num_layers: int,
        dropout: float,
        norm_first: bool,
        dtype: DTypeLike | None,
        rng: np.random.Generator,
    ) -> None:
        self.embedding = Embedding(vocab_size, d_model, dtype=dtype, seed=rng)
        self.positions = Embedding(context, d_model, dtype=dtype, seed=rng)
        for table in (self.embedding, self.positions):
            init.normal_(table.weight, std=0.02, seed=rng)
        self.norm = LayerNorm(d_model, dtype=dtype)
        self.dropout = Dropout(dropout, seed=rng)
        self.layers = ModuleList(
            TransformerEncoderLayer(
                d_model,
                nhead,
                4 * d_model,
                dropout,
                "gelu",
                batch_first=True,
                norm_first=norm_first,
                dtype=dtype,
                seed=rng,
            )
            for _ in range(num_layers)
        )

    def _embedded(self, tokens: Array) -> ArrayOrNode:
        longest = self.positions.num_embeddings
        fits = tokens.ndim == 2 and 0 < tokens.shape[1] <= longest
        self._require(fits, f"(N, L) with 0 < L ≤ {longest}", tokens.shape)
        return self.embedding(tokens) + self.positions(np.arange(tokens.shape[1]))


class GPT(_Stack, LanguageModel):
    """A decoder in the style of GPT-2: every token sees those before it (Radford et al., 2019).

    Each layer normalises its input, and the last result is normalised too.

    Parameters
    ----------
    vocab_size : int
        How many tokens there are.
    context : int
        How many of them can be read at once.
    d_model : int, default 64
        Features of a token; the network for each position has four times as many units.
    nhead : int, default 4
        Heads of an attention; a divisor of `d_model`.
    num_layers : int, default 3
        Layers above each other.
    dropout : float, default 0
        Probability in all places where something is dropped in training.
    dtype : dtype, default float32
        Of the parameters.
    seed : int or Generator, optional
        Where the first weights and dropout come from: those of tokens and positions normal with
        σ = 0.02, as in the paper.
    """

    def __init__(
        self,
        vocab_size: int,
        context: int,
        d_model: int = 64,
        nhead: int = 4,
        num_layers: int = 3,
        dropout: float = 0.0,
        *,
        dtype: DTypeLike | None = None,
        seed: Seed = None,
    ) -> None:
        rng = np.random.default_rng(seed)
        self._set_up(vocab_size, context, d_model, nhead, num_layers, dropout, True, dtype, rng)
        self.context = context
        self.head = Linear(d_model, vocab_size, dtype=dtype, seed=rng)

    def forward(self, tokens: ArrayOrNode) -> ArrayOrNode:
        """Map tokens (N, L) to logits of those that follow, (N, L, vocab_size)."""
        x = self.dropout(self._embedded(as_operand(tokens)))
        for layer in self.layers:
            x = layer(x, is_causal=True)
        return self.head(self.norm(x))


class BERT(_Stack):
    """An encoder in the style of BERT: every token sees all others (Devlin et al., 2019).

    Sums are normalised after each sublayer, and tokens with their positions before the first.
    Make records with `mask_tokens`, and train with ``loss=nn.models.sequence_loss``.

    Parameters
    ----------
    vocab_size, context, d_model, nhead, num_layers, dropout, dtype, seed
        As for `GPT`.
    padding : int, optional
        A token that stands for nothing; no other attends to it.
    """

    padding: int | None

    def __init__(
        self,
        vocab_size: int,
        context: int,
        d_model: int = 64,
        nhead: int = 4,
        num_layers: int = 3,
        dropout: float = 0.0,
        padding: int | None = None,
        *,
        dtype: DTypeLike | None = None,
        seed: Seed = None,
    ) -> None:
        rng = np.random.default_rng(seed)
        self._set_up(vocab_size, context, d_model, nhead, num_layers, dropout, False, dtype, rng)
        self.padding = padding
        self.head = Sequential(
            Linear(d_model, d_model, dtype=dtype, seed=rng),
            GELU(),
            LayerNorm(d_model, dtype=dtype),
            Linear(d_model, vocab_size, dtype=dtype, seed=rng),
        )

    def forward(self, tokens: ArrayOrNode) -> ArrayOrNode:
        """Map tokens (N, L) to logits of what should stand in their places, (N, L, vocab_size)."""
        tokens = as_operand(tokens)
        x = self.dropout(self.norm(self._embedded(tokens)))
        nothing = None if self.padding is None else plainly(np.equal, tokens, self.padding)
        for layer in self.layers:
            x = layer(x, src_key_padding_mask=nothing)
        return self.head(x)


def mask_tokens(
    tokens: Any,
    mask: int,
    vocab_size: int,
    *,
    probability: float = 0.15,
    padding: int | None = None,
    seed: Seed = None,
) -> tuple[Array, Array]:
    """Records for `BERT`: texts with gaps, and what stood in the gaps.

    Parameters
    ----------
    tokens : (N, L) of int
        The texts.
    mask : int
        The token that marks a gap.
    vocab_size : int
        How many tokens there are.
    probability : float, default 0.15
        How likely a token is chosen. Of the chosen ones 80 % become gaps, 10 % a random token,
        and 10 % stay, so that the model cannot trust what it sees (section 3.1 of the paper).
    padding : int, optional
        A token that is never chosen.
    seed : int or Generator, optional
        Where the choice comes from.

    Returns
    -------
    inputs : (N, L) of int
    targets : (N, L) of int
        The chosen tokens as they were, and −100 everywhere else.
    """
    tokens = np.asarray(tokens)
    rng = np.random.default_rng(seed)
    chosen = rng.random(tokens.shape) < probability
    if padding is not None:
        chosen &= tokens != padding
    lot = rng.random(tokens.shape)
    swapped = rng.integers(0, vocab_size, tokens.shape)
    replaced = np.select([lot < 0.8, lot < 0.9], [np.full_like(tokens, mask), swapped], tokens)
    return np.where(chosen, replaced, tokens), np.where(chosen, tokens, IGNORED)

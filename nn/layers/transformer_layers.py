"""The layers of a transformer: attention, and a network for each position alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

import numpy as np

from nn import functional
from nn.aliases import ArrayOrNode, DTypeLike, Seed
from nn.layers.attention import MultiheadAttention
from nn.layers.dropouts import Dropout
from nn.layers.linear import Linear
from nn.layers.normalization import LayerNorm
from nn.module import Module

Activation = str | Callable[[ArrayOrNode], ArrayOrNode]


class _Block(Module):
    """What the layers share: their parts, and how these are joined.

    Parameters
    ----------
    d_model : int
        Features of each position.
    nhead : int
        Heads of an attention; a divisor of `d_model`.
    dim_feedforward : int, default 2048
        Units of the network for each position.
    dropout : float, default 0.1
        Probability in all places where something is dropped in training.
    activation : {"relu", "gelu"} or callable
        Of that network.
    layer_norm_eps : float
        The eps of the LayerNorms.
    batch_first : bool, default False
        Whether sequences are (N, L, d_model) instead of (L, N, d_model).
    norm_first : bool, default False
        Whether sublayers get normalised inputs, instead of sums being normalised after them.
    bias : bool, default True
        Whether Linear and LayerNorm have biases.
    dtype : dtype, default float32
        Of the parameters; plain arrays that come in are converted to it.
    seed : int or Generator, optional
        Where the first weights and dropout come from.
    """

    #: The attentions, which come before the network.
    _attentions: ClassVar[tuple[str, ...]]

    norm_first: bool
    activation: Callable[[ArrayOrNode], ArrayOrNode]
    self_attn: MultiheadAttention
    linear1: Linear
    dropout: Dropout
    linear2: Linear
    norm1: LayerNorm
    norm2: LayerNorm
    dropout1: Dropout
    dropout2: Dropout

    def __init__(
        self,
        d_model: int,
        nhead: int,
        dim_feedforward: int = 2048,
        dropout: float = 0.1,
        activation: Activation = functional.relu,
        layer_norm_eps: float = 1e-5,
        batch_first: bool = False,
        norm_first: bool = False,
        bias: bool = True,
        *,
        dtype: DTypeLike | None = None,
        seed: Seed = None,
    ) -> None:
        rng = np.random.default_rng(seed)
        for name in self._attentions:
            attention = MultiheadAttention(
                d_model, nhead, dropout, bias, batch_first=batch_first, dtype=dtype, seed=rng
            )
            setattr(self, name, attention)
        self.linear1 = Linear(d_model, dim_feedforward, bias, dtype=dtype, seed=rng)
        self.dropout = Dropout(dropout, seed=rng)
        self.linear2 = Linear(dim_feedforward, d_model, bias, dtype=dtype, seed=rng)
        self.norm_first = norm_first
        sublayers = range(1, len(self._attentions) + 2)
        for i in sublayers:
            setattr(self, f"norm{i}", LayerNorm(d_model, layer_norm_eps, bias=bias, dtype=dtype))
        for i in sublayers:
            setattr(self, f"dropout{i}", Dropout(dropout, seed=rng))
        self.activation = _activation(activation)

    def _feed_forward(self, x: ArrayOrNode) -> ArrayOrNode:
        return self.linear2(self.dropout(self.activation(self.linear1(x))))

    def _attending(
        self,
        attention: MultiheadAttention,
        memory: ArrayOrNode | None,
        mask: ArrayOrNode | None,
        key_padding_mask: ArrayOrNode | None,
        is_causal: bool,
    ) -> Callable[[ArrayOrNode], ArrayOrNode]:
        """The sublayer that attends to a memory, or to its own input."""

        def attend(x: ArrayOrNode) -> ArrayOrNode:
            keys = x if memory is None else memory
            output, _ = attention(
                x,
                keys,
                keys,
                key_padding_mask=key_padding_mask,
                need_weights=False,
                attn_mask=mask,
                is_causal=is_causal,
            )
            return output

        return attend

    def _add(
        self,
        x: ArrayOrNode,
        sublayer: Callable[[ArrayOrNode], ArrayOrNode],
        norm: Module,
        dropout: Module,
    ) -> ArrayOrNode:
        """X and what a sublayer makes of it; normalised before, or after as at first."""
        if self.norm_first:
            return x + dropout(sublayer(norm(x)))
        return norm(x + dropout(sublayer(x)))


class TransformerEncoderLayer(_Block):
    """Self-attention and a network for each position, each with a residual and a LayerNorm.

    ``TransformerEncoderLayer(d_model, nhead, dim_feedforward=2048, dropout=0.1, activation=relu,
    layer_norm_eps=1e-05, batch_first=False, norm_first=False, bias=True, *, dtype=None,
    seed=None)``; the activation is "relu", "gelu" or a function.
    """

    _attentions = ("self_attn",)

    def forward(
        self,
        src: ArrayOrNode,
        src_mask: ArrayOrNode | None = None,
        src_key_padding_mask: ArrayOrNode | None = None,
        is_causal: bool = False,
    ) -> ArrayOrNode:
        """Map sequences to sequences of the same shape; masks as for `MultiheadAttention`."""
        x = self._cast(src, self.linear1.weight)
        attend = self._attending(self.self_attn, None, src_mask, src_key_padding_mask, is_causal)
        x = self._add(x, attend, self.norm1, self.dropout1)
        return self._add(x, self._feed_forward, self.norm2, self.dropout2)


class TransformerDecoderLayer(_Block):
    """Self-attention, attention to a memory, and a network for each position.

    The parameters are those of `TransformerEncoderLayer`.
    """

    _attentions = ("self_attn", "multihead_attn")

    multihead_attn: MultiheadAttention
    norm3: LayerNorm
    dropout3: Dropout

    def forward(
        self,
        tgt: ArrayOrNode,
        memory: ArrayOrNode,
        tgt_mask: ArrayOrNode | None = None,
        memory_mask: ArrayOrNode | None = None,
        tgt_key_padding_mask: ArrayOrNode | None = None,
        memory_key_padding_mask: ArrayOrNode | None = None,
        tgt_is_causal: bool = False,
        memory_is_causal: bool = False,
    ) -> ArrayOrNode:
        """Map sequences to sequences of the same shape; masks as for `MultiheadAttention`."""
        x, memory = (self._cast(part, self.linear1.weight) for part in (tgt, memory))
        attend = self._attending(
            self.self_attn, None, tgt_mask, tgt_key_padding_mask, tgt_is_causal
        )
        remember = self._attending(
            self.multihead_attn, memory, memory_mask, memory_key_padding_mask, memory_is_causal
        )
        x = self._add(x, attend, self.norm1, self.dropout1)
        x = self._add(x, remember, self.norm2, self.dropout2)
        return self._add(x, self._feed_forward, self.norm3, self.dropout3)


def _activation(activation: Activation) -> Callable[[ArrayOrNode], ArrayOrNode]:
    if not isinstance(activation, str):
        return activation
    if activation not in ("relu", "gelu"):
        raise ValueError(
            f"activation must be 'relu', 'gelu' or a function, but {activation!r} was given."
        )
    return functional.relu if activation == "relu" else functional.gelu

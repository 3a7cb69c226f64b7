"""Transformers (Vaswani et al., 2017): stacks of layers of attention."""

from __future__ import annotations

import copy

import numpy as np

from nn import functional, init
from nn.aliases import Array, ArrayOrNode, DTypeLike, Seed
from nn.layers.containers import ModuleList
from nn.layers.normalization import LayerNorm
from nn.layers.transformer_layers import (
    Activation,
    TransformerDecoderLayer,
    TransformerEncoderLayer,
)
from nn.module import Module


class TransformerEncoder(Module):
    """Copies of a layer above each other.

    Parameters
    ----------
    encoder_layer : TransformerEncoderLayer
        As in PyTorch, all copies start with its weights; each has dropout of its own.
    num_layers : int
        How many copies.
    norm : Module, optional
        What becomes of the result.
    """

    num_layers: int
    norm: Module | None

    def __init__(self, encoder_layer: Module, num_layers: int, norm: Module | None = None) -> None:
        self.layers = ModuleList(_copies(encoder_layer, num_layers))
        self.num_layers = num_layers
        self.norm = norm

    def forward(
        self,
        src: ArrayOrNode,
        mask: ArrayOrNode | None = None,
        src_key_padding_mask: ArrayOrNode | None = None,
        is_causal: bool = False,
    ) -> ArrayOrNode:
        """Map sequences to sequences of the same shape; masks as for `MultiheadAttention`."""
        x = src
        for layer in self.layers:
            x = layer(x, mask, src_key_padding_mask, is_causal)
        return x if self.norm is None else self.norm(x)


class TransformerDecoder(Module):
    """Copies of a layer above each other, all of which attend to one memory.

    Parameters
    ----------
    decoder_layer : TransformerDecoderLayer
        As in PyTorch, all copies start with its weights; each has dropout of its own.
    num_layers : int
        How many copies.
    norm : Module, optional
        What becomes of the result.
    """

    num_layers: int
    norm: Module | None

    def __init__(self, decoder_layer: Module, num_layers: int, norm: Module | None = None) -> None:
        self.layers = ModuleList(_copies(decoder_layer, num_layers))
        self.num_layers = num_layers
        self.norm = norm

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
        x = tgt
        for layer in self.layers:
            x = layer(
                x,
                memory,
                tgt_mask,
                memory_mask,
                tgt_key_padding_mask,
                memory_key_padding_mask,
                tgt_is_causal,
                memory_is_causal,
            )
        return x if self.norm is None else self.norm(x)


class Transformer(Module):
    """An encoder and a decoder: sequences to sequences.

    Parameters
    ----------
    d_model, nhead, dim_feedforward, dropout, activation
        Of the layers, as for `TransformerEncoderLayer`.
    layer_norm_eps, batch_first, norm_first, bias, dtype, seed
        Likewise.
    num_encoder_layers, num_decoder_layers : int, default 6
        How many there are of each.
    custom_encoder, custom_decoder : Module, optional
        To be used instead.

    Notes
    -----
    As in PyTorch all weights of two axes or more are at first those of `nn.init.xavier_uniform_`.
    """

    d_model: int
    nhead: int
    batch_first: bool

    def __init__(
        self,
        d_model: int = 512,
        nhead: int = 8,
        num_encoder_layers: int = 6,
        num_decoder_layers: int = 6,
        dim_feedforward: int = 2048,
        dropout: float = 0.1,
        activation: Activation = functional.relu,
        custom_encoder: Module | None = None,
        custom_decoder: Module | None = None,
        layer_norm_eps: float = 1e-5,
        batch_first: bool = False,
        norm_first: bool = False,
        bias: bool = True,
        *,
        dtype: DTypeLike | None = None,
        seed: Seed = None,
    ) -> None:
        rng = np.random.default_rng(seed)
        settings = (
            d_model,
            nhead,
            dim_feedforward,
            dropout,
            activation,
            layer_norm_eps,
            batch_first,
            norm_first,
            bias,
        )

        def norm() -> LayerNorm:
            return LayerNorm(d_model, layer_norm_eps, bias=bias, dtype=dtype)

        self.encoder = custom_encoder or TransformerEncoder(
            TransformerEncoderLayer(*settings, dtype=dtype, seed=rng), num_encoder_layers, norm()
        )
        self.decoder = custom_decoder or TransformerDecoder(
            TransformerDecoderLayer(*settings, dtype=dtype, seed=rng), num_decoder_layers, norm()
        )
        self.d_model = d_model
        self.nhead = nhead
        self.batch_first = batch_first
        for parameter in self.parameters():
            if parameter.ndim > 1:
                init.xavier_uniform_(parameter, seed=rng)

    def forward(
        self,
        src: ArrayOrNode,
        tgt: ArrayOrNode,
        src_mask: ArrayOrNode | None = None,
        tgt_mask: ArrayOrNode | None = None,
        memory_mask: ArrayOrNode | None = None,
        src_key_padding_mask: ArrayOrNode | None = None,
        tgt_key_padding_mask: ArrayOrNode | None = None,
        memory_key_padding_mask: ArrayOrNode | None = None,
        src_is_causal: bool = False,
        tgt_is_causal: bool = False,
        memory_is_causal: bool = False,
    ) -> ArrayOrNode:
        """What the decoder makes of `tgt`, (T, N, d_model), and of the encoded `src`.

        Both are (N, ..., d_model) if `batch_first`, or both are without N; masks as for
        `MultiheadAttention`.
        """
        memory = self.encoder(src, src_mask, src_key_padding_mask, src_is_causal)
        return self.decoder(
            tgt,
            memory,
            tgt_mask,
            memory_mask,
            tgt_key_padding_mask,
            memory_key_padding_mask,
            tgt_is_causal,
            memory_is_causal,
        )

    @staticmethod
    def generate_square_subsequent_mask(sz: int, dtype: DTypeLike = np.float32) -> Array:
        """A mask (sz, sz) of numbers with which no position attends to a later one: 0 and −∞."""
        mask: Array = np.where(np.tri(sz, dtype=bool), 0.0, -np.inf).astype(dtype)
        return mask


def _copies(layer: Module, count: int) -> list[Module]:
    """Copies of a layer with the same weights, but with generators of their own."""
    copies = [copy.deepcopy(layer) for _ in range(count)]
    for name, module in layer.named_modules():
        if isinstance(generator := getattr(module, "generator", None), np.random.Generator):
            for duplicate, own in zip(copies, generator.spawn(count), strict=True):
                dict(duplicate.named_modules())[name].generator = own
    return copies

"""Attention: means of values, weighted by how well their keys match a query."""

from __future__ import annotations

from math import sqrt
from typing import Any

import numpy as np

from autograd.primitives import data_of
from nn import functional, init
from nn.aliases import ArrayOrNode, DTypeLike, Seed, Variable
from nn.functional.sizes import dtype_of
from nn.layers.linear import Linear
from nn.layers.self_attention import join_heads, self_attention, split_heads
from nn.module import Module, Parameter


class MultiheadAttention(Module):
    """Several attentions side by side, each on its part of the features (Vaswani et al., 2017).

    Parameters
    ----------
    embed_dim : int
        Features of queries and of the result.
    num_heads : int
        How many attentions; a divisor of `embed_dim`.
    dropout : float, default 0
        Probability with which a weight is dropped, in training.
    bias : bool, default True
        Whether the projections have biases.
    add_bias_kv : bool, default False
        Whether a learned key and value are added to those given.
    add_zero_attn : bool, default False
        Whether a key and value of zeros are added.
    kdim, vdim : int, optional
        Features of keys and values; by default `embed_dim`.
    batch_first : bool, default False
        Whether sequences are (N, L, features) instead of (L, N, features).
    dtype : dtype, default float32
        Of the parameters; plain arrays that come in are converted to it.
    seed : int or Generator, optional
        Where the first weights and dropout come from; kept as `generator`.

    Attributes
    ----------
    in_proj_weight : Parameter, (3·embed_dim, embed_dim)
        Of queries, keys and values, at first by `nn.init.xavier_uniform_`, as in PyTorch; with
        other features ``q_proj_weight``, ``k_proj_weight`` and ``v_proj_weight`` instead.
    in_proj_bias : Parameter, (3·embed_dim,), or None
        At first 0.
    bias_k, bias_v : Parameter, (1, 1, embed_dim), or None
        At first by `nn.init.xavier_normal_`.
    out_proj : Linear
        Its bias is 0 at first.
    """

    embed_dim: int
    num_heads: int
    dropout: float
    add_zero_attn: bool
    kdim: int
    vdim: int
    batch_first: bool
    generator: np.random.Generator
    in_proj_weight: Variable | None
    in_proj_bias: Variable | None
    bias_k: Variable | None
    bias_v: Variable | None
    out_proj: Linear

    def __init__(
        self,
        embed_dim: int,
        num_heads: int,
        dropout: float = 0.0,
        bias: bool = True,
        add_bias_kv: bool = False,
        add_zero_attn: bool = False,
        kdim: int | None = None,
        vdim: int | None = None,
        batch_first: bool = False,
        *,
        dtype: DTypeLike | None = None,
        seed: Seed = None,
    ) -> None:
        if embed_dim < 1 or num_heads < 1 or embed_dim % num_heads:
            raise ValueError(
                "MultiheadAttention cuts its features into heads of equal size, but embed_dim="
                f"{embed_dim} has no {num_heads} such heads."
            )
        self.embed_dim = embed_dim
        self.num_heads = num_heads
        self.dropout = dropout
        self.add_zero_attn = add_zero_attn
        self.kdim = embed_dim if kdim is None else kdim
        self.vdim = embed_dim if vdim is None else vdim
        self.batch_first = batch_first
        self.generator = rng = np.random.default_rng(seed)

        def weight(*shape: int) -> Variable:
            return init.xavier_uniform_(Parameter(np.zeros(shape), dtype), seed=rng)

        self.in_proj_weight = None
        if self.kdim == self.vdim == embed_dim:
            self.in_proj_weight = weight(3 * embed_dim, embed_dim)
        else:
            self.q_proj_weight = weight(embed_dim, embed_dim)
            self.k_proj_weight = weight(embed_dim, self.kdim)
            self.v_proj_weight = weight(embed_dim, self.vdim)
        self.in_proj_bias = Parameter(np.zeros(3 * embed_dim), dtype) if bias else None
        self.bias_k = self.bias_v = None
        if add_bias_kv:
            self.bias_k, self.bias_v = (
                init.xavier_normal_(Parameter(np.zeros((1, 1, embed_dim)), dtype), seed=rng)
                for _ in range(2)
            )
        self.out_proj = Linear(embed_dim, embed_dim, bias, dtype=dtype, seed=rng)
        if self.out_proj.bias is not None:
            init.zeros_(self.out_proj.bias)

    def forward(
        self,
        query: ArrayOrNode,
        key: ArrayOrNode,
        value: ArrayOrNode,
        key_padding_mask: ArrayOrNode | None = None,
        need_weights: bool = True,
        attn_mask: ArrayOrNode | None = None,
        average_attn_weights: bool = True,
        is_causal: bool = False,
    ) -> tuple[ArrayOrNode, ArrayOrNode | None]:
        """Attend.

        Parameters
        ----------
        query : (L, N, embed_dim), (N, L, embed_dim) if `batch_first`, or (L, embed_dim)
            One row per position that asks.
        key, value : (S, N, kdim), (S, N, vdim), laid out like the queries
            One row each per position that is asked.
        key_padding_mask : (N, S) or (S,), optional
            Booleans, True for a key that is ignored; or numbers, added to the scores.
        need_weights : bool, default True
            Whether to return the weights too.
        attn_mask : (L, S) or (N·num_heads, L, S), optional
            Booleans, True where no attention is paid; or numbers, added to the scores.
        average_attn_weights : bool, default True
            Whether to return the mean of the heads' weights, or each head's.
        is_causal : bool, default False
            Without an `attn_mask`: whether position i attends to positions 0 … i only.

        Returns
        -------
        output : like the queries
            NaN, as in PyTorch, for a position that may attend to nothing; 0 if no weights are
            needed.
        weights : (N, L, S), (N, num_heads, L, S), or either without N; None unless needed

        Raises
        ------
        ValueError
            If shapes do not fit.
        """
        single, itself = query.ndim == 2, key is query and value is query
        query, key, value = self._batches(query, key, value)
        n, length, source = query.shape[0], query.shape[1], key.shape[1]
        mask = _merged(
            self._attn_mask(attn_mask, is_causal, n, length, source),
            self._padding_mask(key_padding_mask, n, source),
            self._extra_keys,
            dtype_of(query),
        )
        p = self.dropout if self.training else 0.0
        weights = None
        if itself and self._is_plain and not (need_weights or p):
            joined = self_attention(
                query, self.in_proj_weight, self.in_proj_bias, self.num_heads, mask
            )
        else:
            q, k, v = self._heads(*self._with_extra_keys(*self._projected(query, key, value)))
            if need_weights:
                scores = (q * sqrt(1 / q.shape[-1])) @ _turned(k)
                weights = functional.softmax(_masked(scores, mask))
                attended = functional.dropout(weights, p, seed=self.generator) @ v
            else:
                attended = functional.scaled_dot_product_attention(
                    q, k, v, mask, p, seed=self.generator
                )
            joined = join_heads(attended)
        output = self.out_proj(joined)
        if weights is not None and average_attn_weights:
            weights = np.mean(weights, axis=1)
        if single:
            return output.reshape(output.shape[1:]), (
                None if weights is None else weights.reshape(weights.shape[1:])
            )
        return (output if self.batch_first else np.swapaxes(output, 0, 1)), weights

    # --- inputs -----------------------------------------------------------------------------------

    def _batches(self, *inputs: ArrayOrNode) -> list[ArrayOrNode]:
        """Query, key and value as (N, L, features), checked."""
        arrays = given = [self._cast(x, self.out_proj.weight) for x in inputs]
        features = [self.embed_dim, self.kdim, self.vdim]
        pattern = "(N, {}, {})" if self.batch_first else "({}, N, {})"
        axes = {x.ndim for x in given}
        if axes == {2}:
            pattern = "({}, {})"
            arrays = [x.reshape(1, *x.shape) for x in given]
        elif axes == {3} and not self.batch_first:
            arrays = [np.swapaxes(x, 0, 1) for x in given]
        if (
            axes not in ({2}, {3})
            or [x.shape[-1] for x in arrays] != features
            or len({x.shape[0] for x in arrays}) > 1
            or arrays[1].shape[1] != arrays[2].shape[1]
        ):
            expected = map(pattern.format, "LSS", features)
            raise ValueError(
                f"{self._label()} takes queries, keys and values of shapes {', '.join(expected)}, "
                f"but got {', '.join(str(x.shape) for x in given)}."
            )
        return arrays

    def _attn_mask(
        self, mask: ArrayOrNode | None, is_causal: bool, n: int, length: int, source: int
    ) -> ArrayOrNode | None:
        """A mask that broadcasts to (N, num_heads, L, S)."""
        if mask is None:
            return ~np.tri(length, source, dtype=bool) if is_causal else None
        each = (n * self.num_heads, length, source)
        if mask.shape == each:
            return mask.reshape(n, self.num_heads, length, source)
        if mask.shape != each[1:]:
            raise ValueError(
                f"{self._label()} takes an attn_mask of shape {each[1:]} or {each} here, but got "
                f"one of shape {mask.shape}."
            )
        return mask

    def _padding_mask(self, mask: ArrayOrNode | None, n: int, source: int) -> ArrayOrNode | None:
        """The same of what is said of keys."""
        if mask is None:
            return None
        if mask.shape != (n, source) and (n != 1 or mask.shape != (source,)):
            raise ValueError(
                f"{self._label()} takes a key_padding_mask of shape {(n, source)} here, but got "
                f"one of shape {mask.shape}."
            )
        return mask.reshape(n, 1, 1, source)

    # --- queries, keys and values -----------------------------------------------------------------

    def _projected(self, *inputs: ArrayOrNode) -> list[ArrayOrNode]:
        weights = (
            (self.q_proj_weight, self.k_proj_weight, self.v_proj_weight)
            if self.in_proj_weight is None
            else np.split(self.in_proj_weight, 3)
        )
        biases = [None] * 3 if self.in_proj_bias is None else np.split(self.in_proj_bias, 3)
        return [functional.linear(*each) for each in zip(inputs, weights, biases, strict=True)]

    @property
    def _extra_keys(self) -> int:
        return (self.bias_k is not None) + self.add_zero_attn

    def _with_extra_keys(
        self, q: ArrayOrNode, k: ArrayOrNode, v: ArrayOrNode
    ) -> tuple[ArrayOrNode, ArrayOrNode, ArrayOrNode]:
        """Keys and values with the learned one and that of zeros after them."""
        shape = (k.shape[0], 1, self.embed_dim)
        more: list[tuple[Any, Any]] = []
        if self.bias_k is not None and self.bias_v is not None:
            more.append((np.broadcast_to(self.bias_k, shape), np.broadcast_to(self.bias_v, shape)))
        if self.add_zero_attn:
            more.append((np.zeros(shape, dtype_of(k)), np.zeros(shape, dtype_of(v))))
        for extra_k, extra_v in more:
            k, v = np.concatenate([k, extra_k], axis=1), np.concatenate([v, extra_v], axis=1)
        return q, k, v

    def _heads(self, *arrays: ArrayOrNode) -> list[ArrayOrNode]:
        """Arrays (N, L, embed_dim) as (N, num_heads, L, features of a head)."""
        return [split_heads(x, self.num_heads) for x in arrays]

    @property
    def _is_plain(self) -> bool:
        """Whether there is nothing that a self-attention need not have."""
        complete = self.in_proj_weight is not None and self.in_proj_bias is not None
        return complete and not self._extra_keys


def _merged(
    attn: ArrayOrNode | None, padding: ArrayOrNode | None, extra: int, dtype: Any
) -> ArrayOrNode | None:
    """One mask: True where attention is paid, or numbers that are added to the scores.

    What was added to the keys may always be attended to.
    """
    masks = [mask for mask in (attn, padding) if mask is not None]
    if not masks:
        return None
    if all(data_of(mask).dtype == bool for mask in masks):
        forbidden = masks[0] if len(masks) == 1 else np.logical_or(*masks)
        return np.pad(~forbidden, _at_the_end(forbidden.ndim, extra), constant_values=True)
    added = [
        np.where(mask, -np.inf, 0.0).astype(dtype) if data_of(mask).dtype == bool else mask
        for mask in masks
    ]
    total = added[0] if len(added) == 1 else added[0] + added[1]
    return np.pad(total, _at_the_end(total.ndim, extra))


def _at_the_end(axes: int, width: int) -> list[tuple[int, int]]:
    return [*[(0, 0)] * (axes - 1), (0, width)]


def _masked(scores: ArrayOrNode, mask: ArrayOrNode | None) -> ArrayOrNode:
    if mask is None:
        return scores
    return np.where(mask, scores, -np.inf) if data_of(mask).dtype == bool else scores + mask


def _turned(x: ArrayOrNode) -> ArrayOrNode:
    return np.swapaxes(x, -1, -2)

"""Tables whose rows are looked up by number, and learned."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, Self

import numpy as np

from autograd.recording import again
from nn import functional
from nn.aliases import Array, ArrayOrNode, DTypeLike, Seed, Variable
from nn.module import Module, Parameter


class _Table(Module):
    """What the layers share: a table, and the row that stands for nothing."""

    num_embeddings: int
    embedding_dim: int
    padding_idx: int | None
    weight: Variable

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        padding_idx: int | None,
        dtype: DTypeLike | None,
        seed: Seed,
    ) -> None:
        if num_embeddings < 1 or embedding_dim < 1:
            raise ValueError(
                f"{type(self).__name__} needs a row and a column at least, but got num_embeddings="
                f"{num_embeddings} and embedding_dim={embedding_dim}."
            )
        if padding_idx is not None and not -num_embeddings <= padding_idx < num_embeddings:
            raise ValueError(
                f"padding_idx is one of {num_embeddings} rows, but {padding_idx} was given."
            )
        self.num_embeddings = num_embeddings
        self.embedding_dim = embedding_dim
        self.padding_idx = None if padding_idx is None else padding_idx % num_embeddings
        weight = np.random.default_rng(seed).normal(size=(num_embeddings, embedding_dim))
        if padding_idx is not None:
            weight[padding_idx] = 0.0
        self.weight = Parameter(weight, dtype)

    @classmethod
    def from_pretrained(
        cls, embeddings: ArrayOrNode, freeze: bool = True, padding_idx: int | None = None
    ) -> Self:
        """A layer with a given table (rows, features), in its dtype; frozen unless `freeze=False`.

        Raises
        ------
        ValueError
            If the table has not two axes.
        """
        table = np.asarray(embeddings)
        if table.ndim != 2:
            raise ValueError(
                f"a table of embeddings has shape (rows, features), but got shape {table.shape}."
            )
        dtype = table.dtype if table.dtype.kind == "f" else None
        make: Callable[..., Self] = cls
        layer = make(*table.shape, padding_idx=padding_idx, dtype=dtype)
        layer.weight.data = table
        return layer.requires_grad_(not freeze)

    def _numbers(self, input: ArrayOrNode) -> Array:
        """Row numbers, checked.

        Raises
        ------
        TypeError
            If they are no integers.
        IndexError
            If one of them is not that of a row.
        """
        numbers = np.asarray(input)
        if numbers.size == 0:
            return numbers.astype(int)
        if numbers.dtype.kind not in "iu":
            raise TypeError(
                f"{self._label()} looks up rows by number, so it takes integers, but got an array "
                f"of dtype {numbers.dtype}."
            )
        again(self._require_rows, numbers)
        return numbers

    def _require_rows(self, numbers: Array) -> None:
        if numbers.min() < 0 or numbers.max() >= self.num_embeddings:
            wrong = numbers[(numbers < 0) | (numbers >= self.num_embeddings)][0]
            raise IndexError(
                f"{self._label()} has the rows 0 … {self.num_embeddings - 1}, but got number "
                f"{wrong}."
            )


class Embedding(_Table):
    """Rows of a learned table, looked up by number: (...) of int to (..., embedding_dim).

    PyTorch's `max_norm`, which changes the table, and its scaled and sparse gradients are left out.

    Parameters
    ----------
    num_embeddings, embedding_dim : int
        Rows and columns of the table.
    padding_idx : int, optional
        A row that is 0 at first and receives no gradient.
    dtype : dtype, default float32
        Of the table.
    seed : int or Generator, optional
        Where the first numbers come from.

    Attributes
    ----------
    weight : Parameter, (num_embeddings, embedding_dim)
        At first normal with mean 0 and σ = 1, as in PyTorch.
    """

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        padding_idx: int | None = None,
        *,
        dtype: DTypeLike | None = None,
        seed: Seed = None,
    ) -> None:
        super().__init__(num_embeddings, embedding_dim, padding_idx, dtype, seed)

    def forward(self, input: ArrayOrNode) -> ArrayOrNode:
        """The rows of these numbers."""
        return functional.embedding(self._numbers(input), self.weight, self.padding_idx)


class EmbeddingBag(_Table):
    """Means, sums or maxima of bags of rows of a learned table; see `nn.functional.embedding_bag`.

    Parameters
    ----------
    num_embeddings, embedding_dim : int
        Rows and columns of the table.
    mode : {"mean", "sum", "max"}
        What becomes of the rows of a bag.
    include_last_offset : bool, default False
        Whether the last offset is no bag but the end of the one before.
    padding_idx : int, optional
        A row that is left out of every bag.
    dtype : dtype, default float32
        Of the table.
    seed : int or Generator, optional
        Where the first numbers come from.

    Attributes
    ----------
    weight : Parameter, (num_embeddings, embedding_dim)
        At first normal with mean 0 and σ = 1, as in PyTorch.
    """

    mode: Literal["mean", "sum", "max"]
    include_last_offset: bool

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        *,
        mode: Literal["mean", "sum", "max"] = "mean",
        include_last_offset: bool = False,
        padding_idx: int | None = None,
        dtype: DTypeLike | None = None,
        seed: Seed = None,
    ) -> None:
        super().__init__(num_embeddings, embedding_dim, padding_idx, dtype, seed)
        self.mode = mode
        self.include_last_offset = include_last_offset

    def forward(
        self,
        input: ArrayOrNode,
        offsets: Array | None = None,
        per_sample_weights: ArrayOrNode | None = None,
    ) -> ArrayOrNode:
        """One row per bag, (bags, embedding_dim); the bags as for `nn.functional.embedding_bag`."""
        return functional.embedding_bag(
            self._numbers(input),
            self.weight,
            offsets,
            mode=self.mode,
            per_sample_weights=per_sample_weights,
            include_last_offset=self.include_last_offset,
            padding_idx=self.padding_idx,
        )

"""Fully connected layers."""

from __future__ import annotations

import math

import numpy as np

from nn import functional, init
from nn.aliases import ArrayOrNode, DTypeLike, Seed, Variable
from nn.module import Module, Parameter


class Linear(Module):
    """Fully connected layer x Wᵀ + b, from (..., in_features) to (..., out_features).

    Parameters
    ----------
    in_features, out_features : int
        Lengths of the last axis before and after.
    bias : bool, default True
        Whether there is a b.
    dtype : dtype, default float32
        Of the parameters; plain arrays that come in are converted to it.
    seed : int or Generator, optional
        Where the first weights come from.

    Attributes
    ----------
    weight : Parameter, (out_features, in_features)
        At first uniform within ±1/√in_features, as in PyTorch.
    bias : Parameter, (out_features,), or None
        Likewise.
    """

    in_features: int
    out_features: int
    weight: Variable
    bias: Variable | None

    def __init__(
        self,
        in_features: int,
        out_features: int,
        bias: bool = True,
        *,
        dtype: DTypeLike | None = None,
        seed: Seed = None,
    ) -> None:
        if in_features < 1 or out_features < 1:
            raise ValueError(
                "Linear needs at least one feature on each side, but got in_features="
                f"{in_features} and out_features={out_features}."
            )
        self.in_features = in_features
        self.out_features = out_features
        bound = 1 / math.sqrt(in_features)
        rng = np.random.default_rng(seed)
        self.weight = Parameter(np.zeros((out_features, in_features)), dtype)
        init.uniform_(self.weight, -bound, bound, seed=rng)
        self.bias = None
        if bias:
            self.bias = Parameter(np.zeros(out_features), dtype)
            init.uniform_(self.bias, -bound, bound, seed=rng)

    def forward(self, input: ArrayOrNode) -> ArrayOrNode:
        """Map (..., in_features) to (..., out_features)."""
        x = self._cast(input, self.weight)
        self._require_features(x, self.in_features)
        return functional.linear(x, self.weight, self.bias)


class Bilinear(Module):
    """x₁ᵀ A x₂ + b with a matrix A per output, of (..., in1_features) and (..., in2_features).

    Parameters
    ----------
    in1_features, in2_features, out_features : int
        Lengths of the last axes of both inputs and of the output.
    bias : bool, default True
        Whether there is a b.
    dtype : dtype, default float32
        Of the parameters; plain arrays that come in are converted to it.
    seed : int or Generator, optional
        Where the first weights come from.

    Attributes
    ----------
    weight : Parameter, (out_features, in1_features, in2_features)
        At first uniform within ±1/√in1_features, as in PyTorch.
    bias : Parameter, (out_features,), or None
        Likewise.
    """

    in1_features: int
    in2_features: int
    out_features: int
    weight: Variable
    bias: Variable | None

    def __init__(
        self,
        in1_features: int,
        in2_features: int,
        out_features: int,
        bias: bool = True,
        *,
        dtype: DTypeLike | None = None,
        seed: Seed = None,
    ) -> None:
        if min(in1_features, in2_features, out_features) < 1:
            raise ValueError(
                f"Bilinear needs at least one feature everywhere, but got {in1_features=}, "
                f"{in2_features=} and {out_features=}."
            )
        self.in1_features = in1_features
        self.in2_features = in2_features
        self.out_features = out_features
        bound = 1 / math.sqrt(in1_features)
        rng = np.random.default_rng(seed)
        self.weight = Parameter(np.zeros((out_features, in1_features, in2_features)), dtype)
        init.uniform_(self.weight, -bound, bound, seed=rng)
        self.bias = None
        if bias:
            self.bias = Parameter(np.zeros(out_features), dtype)
            init.uniform_(self.bias, -bound, bound, seed=rng)

    def forward(self, input1: ArrayOrNode, input2: ArrayOrNode) -> ArrayOrNode:
        """Map (..., in1_features) and (..., in2_features) to (..., out_features)."""
        input1, input2 = (self._cast(x, self.weight) for x in (input1, input2))
        self._require_features(input1, self.in1_features)
        self._require_features(input2, self.in2_features)
        return functional.bilinear(input1, input2, self.weight, self.bias)

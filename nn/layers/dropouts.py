"""Dropout as layers: noise in training, nothing outside it.

PyTorch's `inplace` is accepted, so that code written for it runs, and changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

import numpy as np

from nn import functional
from nn.aliases import ArrayOrNode, Seed
from nn.module import Module


class _Dropout(Module):
    """What the layers share.

    Parameters
    ----------
    p : float in [0, 1], default 0.5
        Probability with which something is dropped.
    seed : int or Generator, optional
        Where the randomness comes from; kept as `generator`.

    Raises
    ------
    ValueError
        If p is no probability.
    """

    _function: ClassVar[Callable[..., ArrayOrNode]]

    p: float
    generator: np.random.Generator

    def __init__(self, p: float = 0.5, inplace: bool = False, *, seed: Seed = None) -> None:
        if not 0 <= p <= 1:
            raise ValueError(
                f"{type(self).__name__} needs a probability in [0, 1], but p={p} was given."
            )
        self.p = p
        self.generator = np.random.default_rng(seed)

    def forward(self, input: ArrayOrNode) -> ArrayOrNode:
        """In training x with parts of it dropped, otherwise x itself."""
        return self._function(input, self.p, self.training, seed=self.generator)


class Dropout(_Dropout):
    """Set elements to 0 with probability p; see `nn.functional.dropout`.

    Parameters
    ----------
    p : float in [0, 1], default 0.5
        Probability with which an element is set to 0.
    inplace : bool
        Without effect; PyTorch has it.
    inverted : bool, default True
        Whether what is kept is scaled by 1/(1 − p) in training, as everywhere today. If False,
        everything is scaled by 1 − p outside training instead, as at first (Srivastava et al.,
        2014).
    seed : int or Generator, optional
        Where the randomness comes from; kept as `generator`.
    """

    _function = staticmethod(functional.dropout)

    inverted: bool

    def __init__(
        self, p: float = 0.5, inplace: bool = False, *, inverted: bool = True, seed: Seed = None
    ) -> None:
        super().__init__(p, seed=seed)
        self.inverted = inverted

    def forward(self, input: ArrayOrNode) -> ArrayOrNode:
        """In training x with elements set to 0, otherwise x itself, scaled if not `inverted`."""
        if self.inverted:
            return super().forward(input)
        if not self.training:
            return input * (1 - self.p)
        return np.where(self.generator.random(input.shape) >= self.p, input, 0.0)


class Dropout1d(_Dropout):
    """Set whole channels of (N, C, L) or (C, L) to 0; see `nn.functional.dropout1d`."""

    _function = staticmethod(functional.dropout1d)


class Dropout2d(_Dropout):
    """Set whole channels of (N, C, H, W) or (C, H, W) to 0; see `nn.functional.dropout2d`."""

    _function = staticmethod(functional.dropout2d)


class Dropout3d(_Dropout):
    """Set whole channels of (N, C, D, H, W) or (C, D, H, W) to 0."""

    _function = staticmethod(functional.dropout3d)


class AlphaDropout(_Dropout):
    """Dropout for SELU, which keeps mean and variance; see `nn.functional.alpha_dropout`."""

    _function = staticmethod(functional.alpha_dropout)


class FeatureAlphaDropout(_Dropout):
    """AlphaDropout of whole channels; see `nn.functional.feature_alpha_dropout`."""

    _function = staticmethod(functional.feature_alpha_dropout)

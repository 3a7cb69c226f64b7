"""Normalisation of each record, as layers: they hold scale and shift."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from nn import functional
from nn.aliases import ArrayOrNode, DTypeLike, Variable
from nn.module import Module, Parameter


class Normalization(Module):
    """What the layers share: a scale and a shift that start at 1 and 0 and may be left out."""

    weight: Variable | None
    bias: Variable | None

    def _fill(
        self, shape: tuple[int, ...], scale: bool, shift: bool, dtype: DTypeLike | None
    ) -> None:
        """Make scale and shift; a shift without a scale there is not."""
        self.weight = Parameter(np.ones(shape), dtype) if scale else None
        self.bias = Parameter(np.zeros(shape), dtype) if scale and shift else None

    def _input(self, x: ArrayOrNode) -> ArrayOrNode:
        """A plain array in the dtype of the parameters, if there are any."""
        return x if self.weight is None else self._cast(x, self.weight)


class LayerNorm(Normalization):
    """Standardise over the last axes, record by record (Ba et al., 2016).

    Parameters
    ----------
    normalized_shape : int or sequence of int
        Lengths of the last axes.
    eps : float
        Added to the variance.
    elementwise_affine : bool, default True
        Whether there are a scale and a shift for each element.
    bias : bool, default True
        Whether there is a shift, if `elementwise_affine`.
    dtype : dtype, default float32
        Of the parameters; plain arrays that come in are converted to it.

    Attributes
    ----------
    weight, bias : Parameter, normalized_shape, or None
        At first 1 and 0.
    """

    normalized_shape: tuple[int, ...]
    eps: float
    elementwise_affine: bool

    def __init__(
        self,
        normalized_shape: int | Sequence[int],
        eps: float = 1e-5,
        elementwise_affine: bool = True,
        bias: bool = True,
        *,
        dtype: DTypeLike | None = None,
    ) -> None:
        self.normalized_shape = _shape(normalized_shape)
        self.eps = eps
        self.elementwise_affine = elementwise_affine
        self._fill(self.normalized_shape, elementwise_affine, bias, dtype)

    def forward(self, input: ArrayOrNode) -> ArrayOrNode:
        """Standardise (..., *normalized_shape)."""
        x = self._input(input)
        _require_last_axes(self, x, self.normalized_shape)
        return functional.layer_norm(x, self.normalized_shape, self.weight, self.bias, self.eps)


class RMSNorm(Normalization):
    """Divide by the root of the mean square over the last axes (Zhang and Sennrich, 2019).

    Parameters
    ----------
    normalized_shape : int or sequence of int
        Lengths of the last axes.
    eps : float, optional
        Added to the mean square; by default the machine epsilon of the input.
    elementwise_affine : bool, default True
        Whether there is a scale for each element.
    dtype : dtype, default float32
        Of the scale; plain arrays that come in are converted to it.

    Attributes
    ----------
    weight : Parameter, normalized_shape, or None
        At first 1.
    """

    normalized_shape: tuple[int, ...]
    eps: float | None
    elementwise_affine: bool

    def __init__(
        self,
        normalized_shape: int | Sequence[int],
        eps: float | None = None,
        elementwise_affine: bool = True,
        *,
        dtype: DTypeLike | None = None,
    ) -> None:
        self.normalized_shape = _shape(normalized_shape)
        self.eps = eps
        self.elementwise_affine = elementwise_affine
        self.weight = (
            Parameter(np.ones(self.normalized_shape), dtype) if elementwise_affine else None
        )

    def forward(self, x: ArrayOrNode) -> ArrayOrNode:
        """Scale (..., *normalized_shape)."""
        x = self._input(x)
        _require_last_axes(self, x, self.normalized_shape)
        return functional.rms_norm(x, self.normalized_shape, self.weight, self.eps)


class GroupNorm(Normalization):
    """Standardise over groups of channels, record by record (Wu and He, 2018).

    Parameters
    ----------
    num_groups, num_channels : int
        Groups of equal size, and channels.
    eps : float
        Added to the variance.
    affine : bool, default True
        Whether there are a scale and a shift for each channel.
    bias : bool, default True
        Whether there is a shift, if `affine`.
    dtype : dtype, default float32
        Of the parameters; plain arrays that come in are converted to it.

    Attributes
    ----------
    weight, bias : Parameter, (num_channels,), or None
        At first 1 and 0.
    """

    num_groups: int
    num_channels: int
    eps: float
    affine: bool

    def __init__(
        self,
        num_groups: int,
        num_channels: int,
        eps: float = 1e-5,
        affine: bool = True,
        *,
        bias: bool = True,
        dtype: DTypeLike | None = None,
    ) -> None:
        if num_groups < 1 or num_channels % num_groups:
            raise ValueError(
                f"GroupNorm cannot cut {num_channels} channels into {num_groups} equal groups."
            )
        self.num_groups = num_groups
        self.num_channels = num_channels
        self.eps = eps
        self.affine = affine
        self._fill((num_channels,), affine, bias, dtype)

    def forward(self, input: ArrayOrNode) -> ArrayOrNode:
        """Standardise (N, num_channels, ...)."""
        x = self._input(input)
        fits = x.ndim >= 2 and x.shape[1] == self.num_channels
        self._require(fits, f"(N, {self.num_channels}, …)", x.shape)
        return functional.group_norm(x, self.num_groups, self.weight, self.bias, self.eps)


class LocalResponseNorm(Module):
    """x/(k + alpha·s)^beta, with the mean square s of `size` neighbouring channels (AlexNet)."""

    size: int
    alpha: float
    beta: float
    k: float

    def __init__(self, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0) -> None:
        self.size = size
        self.alpha = alpha
        self.beta = beta
        self.k = k

    def forward(self, input: ArrayOrNode) -> ArrayOrNode:
        """Scale (N, C, ...)."""
        return functional.local_response_norm(input, self.size, self.alpha, self.beta, self.k)


def _shape(normalized_shape: int | Sequence[int]) -> tuple[int, ...]:
    if isinstance(normalized_shape, int):
        return (normalized_shape,)
    return tuple(normalized_shape)


def _require_last_axes(layer: Module, x: ArrayOrNode, shape: tuple[int, ...]) -> None:
    layer._require(x.shape[-len(shape) :] == shape, f"(…, {str(shape)[1:-1].rstrip(',')})", x.shape)

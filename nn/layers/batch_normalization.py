"""Normalisation of channels, as layers: they hold scale, shift and running numbers."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from autograd.recording import again
from nn import functional
from nn.aliases import Array, ArrayOrNode, DTypeLike
from nn.layers.normalization import Normalization


class _RunningNorm(Normalization):
    """What batch and instance normalisation share.

    Parameters
    ----------
    num_features : int
        How many channels there are.
    eps : float
        Added to every variance.
    momentum : float or None
        Share of the new batch in the running numbers. None makes those of batch normalisation
        means of all batches; those of instance normalisation then stay as they are.
    affine : bool
        Whether there are a scale and a shift for each channel.
    track_running_stats : bool
        Whether there are running numbers, which are used outside training.
    bias : bool, default True
        Whether there is a shift, if `affine`.
    dtype : dtype, default float32
        Of the parameters and of the running numbers.

    Attributes
    ----------
    weight, bias : Parameter, (num_features,), or None
        At first 1 and 0.
    running_mean, running_var : ndarray, (num_features,), or None
        Buffers, at first 0 and 1.
    num_batches_tracked : ndarray, (), or None
        Buffer: how many batches batch normalisation has seen.
    """

    #: How many spatial axes the inputs may have.
    _axes: ClassVar[tuple[int, ...]]

    num_features: int
    eps: float
    momentum: float | None
    affine: bool
    track_running_stats: bool
    running_mean: Array | None
    running_var: Array | None
    num_batches_tracked: Array | None

    def _set_up(
        self,
        num_features: int,
        eps: float,
        momentum: float | None,
        affine: bool,
        track_running_stats: bool,
        bias: bool,
        dtype: DTypeLike | None,
    ) -> None:
        if num_features < 1 or eps < 0:
            raise ValueError(
                f"{type(self).__name__} needs a feature and an eps ≥ 0, but got {num_features=} "
                f"and {eps=}."
            )
        self.num_features = num_features
        self.eps = eps
        self.momentum = momentum
        self.affine = affine
        self.track_running_stats = track_running_stats
        self._fill((num_features,), affine, bias, dtype)
        self.running_mean = self.running_var = self.num_batches_tracked = None
        if track_running_stats:
            kind = np.float32 if dtype is None else dtype
            self.register_buffer("running_mean", np.zeros(num_features, kind))
            self.register_buffer("running_var", np.ones(num_features, kind))
            self.register_buffer("num_batches_tracked", np.array(0))

    def _require_axes(self, x: ArrayOrNode, unbatched: bool) -> None:
        """Raise ValueError unless an input has the axes of this layer, and its channels."""
        shape: tuple[int, ...] = getattr(x, "shape", ())
        names = {0: "", 1: ", L", 2: ", H, W", 3: ", D, H, W"}
        patterns = [f"(N, {self.num_features}{names[n]})" for n in self._axes]
        sizes = [n + 2 for n in self._axes]
        fits = len(shape) in sizes and shape[1] == self.num_features
        if unbatched:
            patterns += [f"({self.num_features}{names[n]})" for n in self._axes]
            fits = fits or (len(shape) + 1 in sizes and shape[0] == self.num_features)
        self._require(fits, " or ".join(patterns), shape)


class _BatchNorm(_RunningNorm):
    """Standardise every channel over the batch."""

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        *,
        bias: bool = True,
        dtype: DTypeLike | None = None,
    ) -> None:
        self._set_up(num_features, eps, momentum, affine, track_running_stats, bias, dtype)

    def forward(self, input: ArrayOrNode) -> ArrayOrNode:
        """Standardise by the batch's numbers in training, by the running ones outside it."""
        x = self._input(input)
        self._require_axes(x, unbatched=False)
        count = self.num_batches_tracked if self.training else None
        share = self.momentum
        if share is None:
            share = 0.0 if count is None else 1 / (int(count) + 1)
        y = functional.batch_norm(
            x,
            self.running_mean,
            self.running_var,
            self.weight,
            self.bias,
            self.training or self.running_mean is None,
            share,
            self.eps,
        )
        if count is not None:
            again(np.add, count, 1, out=count)  # in place: this is the buffer
        return y


class BatchNorm1d(_BatchNorm):
    """Standardise every channel of (N, C) or (N, C, L) over the batch (Ioffe and Szegedy, 2015).

    ``BatchNorm1d(num_features, eps=1e-05, momentum=0.1, affine=True, track_running_stats=True, *,
    bias=True, dtype=None)``, as `BatchNorm2d` and `BatchNorm3d`; `momentum` is the share of the
    new batch in `running_mean` and `running_var`, None makes them means of all batches.
    """

    _axes = (0, 1)


class BatchNorm2d(_BatchNorm):
    """Standardise every channel of images (N, C, H, W) over the batch; see `BatchNorm1d`."""

    _axes = (2,)


class BatchNorm3d(_BatchNorm):
    """Standardise every channel of volumes (N, C, D, H, W) over the batch; see `BatchNorm1d`."""

    _axes = (3,)


class _InstanceNorm(_RunningNorm):
    """Standardise every channel of every record."""

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = False,
        track_running_stats: bool = False,
        *,
        bias: bool = True,
        dtype: DTypeLike | None = None,
    ) -> None:
        self._set_up(num_features, eps, momentum, affine, track_running_stats, bias, dtype)

    def forward(self, input: ArrayOrNode) -> ArrayOrNode:
        """Standardise by the record's numbers, or outside training by running ones, if any."""
        x = self._input(input)
        self._require_axes(x, unbatched=True)
        single = x.ndim == self._axes[0] + 1
        y = functional.instance_norm(
            x.reshape(1, *x.shape) if single else x,
            self.running_mean,
            self.running_var,
            self.weight,
            self.bias,
            self.training or self.running_mean is None,
            self.momentum or 0.0,
            self.eps,
        )
        return y.reshape(x.shape) if single else y


class InstanceNorm1d(_InstanceNorm):
    """Standardise every channel of every signal (N, C, L) or (C, L) (Ulyanov et al., 2016).

    ``InstanceNorm1d(num_features, eps=1e-05, momentum=0.1, affine=False,
    track_running_stats=False, *, bias=True, dtype=None)``, as `InstanceNorm2d` and
    `InstanceNorm3d`; for running numbers see `BatchNorm1d`.
    """

    _axes = (1,)


class InstanceNorm2d(_InstanceNorm):
    """Standardise every channel of every image (N, C, H, W) or (C, H, W); see `InstanceNorm1d`."""

    _axes = (2,)


class InstanceNorm3d(_InstanceNorm):
    """Standardise every channel of every volume (N, C, D, H, W); see `InstanceNorm1d`."""

    _axes = (3,)

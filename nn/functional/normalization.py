"""Normalisation, as PyTorch defines it."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd.recording import again
from nn.aliases import Array, ArrayOrNode
from nn.functional.sizes import dtype_of
from nn.functional.standardization import Layout, scaled, standardised


def layer_norm(
    input: ArrayOrNode,
    normalized_shape: tuple[int, ...],
    weight: ArrayOrNode | None = None,
    bias: ArrayOrNode | None = None,
    eps: float = 1e-5,
) -> ArrayOrNode:
    """Standardise over the last axes, record by record (Ba et al., 2016).

    Parameters
    ----------
    input : (..., *normalized_shape)
    normalized_shape : tuple of int
        The axes, by their lengths.
    weight, bias : (*normalized_shape), optional
        Scale and shift.
    eps : float
        Added to the variance, so that no division is by 0.
    """
    shape = tuple(normalized_shape)
    _require_last_axes("layer_norm", input, shape)
    return standardised(input, weight, bias, _of_last_axes(input, shape), eps)[0]


def rms_norm(
    input: ArrayOrNode,
    normalized_shape: tuple[int, ...],
    weight: ArrayOrNode | None = None,
    eps: float | None = None,
) -> ArrayOrNode:
    """Divide by the root of the mean square over the last axes (Zhang and Sennrich, 2019)."""
    shape = tuple(normalized_shape)
    _require_last_axes("rms_norm", input, shape)
    if eps is None:
        eps = float(np.finfo(dtype_of(input)).eps)
    layout = _of_last_axes(input, shape, centred=False)
    return standardised(input, weight, None, layout, eps)[0]


def group_norm(
    input: ArrayOrNode,
    num_groups: int,
    weight: ArrayOrNode | None = None,
    bias: ArrayOrNode | None = None,
    eps: float = 1e-5,
) -> ArrayOrNode:
    """Standardise over groups of channels, record by record (Wu and He, 2018).

    Parameters
    ----------
    input : (N, C, ...)
    num_groups : int
        A divisor of C.
    weight, bias : (C,), optional
        Scale and shift.
    eps : float
        Added to the variance, so that no division is by 0.
    """
    n, c = input.shape[:2]
    if c % num_groups:
        raise ValueError(f"group_norm cannot cut {c} channels into {num_groups} equal groups.")
    size, length = c // num_groups, math.prod(input.shape[2:])
    layout = Layout(
        shape=(n, num_groups, size * length),
        axes=(2,),
        view=(n, num_groups, size, length),
        affine=(c, *(1,) * (input.ndim - 2)),
    )
    return standardised(input, weight, bias, layout, eps)[0]


def batch_norm(
    input: ArrayOrNode,
    running_mean: Array | None,
    running_var: Array | None,
    weight: ArrayOrNode | None = None,
    bias: ArrayOrNode | None = None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> ArrayOrNode:
    """Standardise every channel over the batch (Ioffe and Szegedy, 2015).

    Parameters
    ----------
    input : (N, C, ...)
        An array without elements is returned as it is.
    running_mean, running_var : (C,), optional
        Plain arrays. In training they are updated in place (the variance unbiased); otherwise
        they are used in place of the batch's.
    weight, bias : (C,), optional
        Scale and shift.
    training : bool
        Whether to use the batch's own mean and variance.
    momentum : float
        Share of the new batch in the running numbers.
    eps : float
        Added to the variance, so that no division is by 0.

    Raises
    ------
    ValueError
        If there is no axis of channels, no running numbers outside training, or a single number
        per channel in training.
    """
    if input.size == 0:
        return input
    if input.ndim < 2:
        raise ValueError(
            f"batch_norm takes inputs of shape (N, C, ...), but got an array of shape "
            f"{input.shape}, which has no axis of channels."
        )
    layout = _of_channels(input, over_records=True)
    if not training:
        y = _standardised_by("batch_norm outside training", input, running_mean, running_var, eps)
        return scaled(y, weight, bias, layout.affine)
    _require_several("batch_norm", input, layout.axes)
    y, mean, variance = standardised(input, weight, bias, layout, eps)
    _update(running_mean, running_var, momentum, mean, variance, layout.count)
    return y


def instance_norm(
    input: ArrayOrNode,
    running_mean: Array | None = None,
    running_var: Array | None = None,
    weight: ArrayOrNode | None = None,
    bias: ArrayOrNode | None = None,
    use_input_stats: bool = True,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> ArrayOrNode:
    """Standardise every channel of every record (Ulyanov et al., 2016).

    Parameters
    ----------
    input : (N, C, ...)
    running_mean, running_var : (C,), optional
        As for `batch_norm`; updated with the means over the records.
    weight, bias : (C,), optional
        Scale and shift.
    use_input_stats : bool
        Whether to use the record's own mean and variance.
    momentum : float
        Share of the new batch in the running numbers.
    eps : float
        Added to the variance, so that no division is by 0.

    Raises
    ------
    ValueError
        If no running numbers are there to be used, or there is a single number per channel.
    """
    layout = _of_channels(input, over_records=False)
    if not use_input_stats:
        name = "instance_norm with use_input_stats=False"
        y = _standardised_by(name, input, running_mean, running_var, eps)
        return scaled(y, weight, bias, layout.affine)
    _require_several("instance_norm", input, layout.axes)
    y, mean, variance = standardised(input, weight, bias, layout, eps)
    _update(running_mean, running_var, momentum, mean, variance, layout.count)
    return y


def local_response_norm(
    input: ArrayOrNode, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0
) -> ArrayOrNode:
    """x/(k + alpha·s)^beta, with the mean square s of `size` neighbouring channels.

    The normalisation of AlexNet (Krizhevsky et al., 2012); beyond the first and the last channel
    there are zeros.

    Parameters
    ----------
    input : (N, C, ...)
    size : int
        How many channels are neighbours, the channel itself among them.
    alpha, beta, k : float
        As in the formula.
    """
    if input.ndim < 3:
        raise ValueError(
            f"local_response_norm takes inputs of shape (N, C, ...) with three axes or more, but "
            f"got an array of shape {input.shape}."
        )
    border = [(0, 0), (size // 2, (size - 1) // 2), *((0, 0),) * (input.ndim - 2)]
    squares = np.pad(input * input, border)
    c = input.shape[1]
    total = squares[:, :c]
    for offset in range(1, size):
        total = total + squares[:, offset : offset + c]
    return input / (k + alpha * total / size) ** beta


# --- what is standardised together ------------------------------------------------------------


def _of_last_axes(x: ArrayOrNode, shape: tuple[int, ...], centred: bool = True) -> Layout:
    """Each record, over its last axes."""
    length = math.prod(shape)
    return Layout(
        shape=x.shape,
        axes=tuple(range(-len(shape), 0)),
        view=(1, math.prod(x.shape[: x.ndim - len(shape)]), 1, length),
        affine=shape,
        per_element=True,
        centred=centred,
    )


def _of_channels(x: ArrayOrNode, over_records: bool) -> Layout:
    """Each channel, of a record or of all of them."""
    n, c, *spatial = x.shape
    return Layout(
        shape=x.shape,
        axes=(*(0,) * over_records, *range(2, x.ndim)),
        view=(n, c, 1, math.prod(spatial)),
        affine=(c, *(1,) * len(spatial)),
        over_records=over_records,
    )


# --- running numbers, checks ------------------------------------------------------------------


def _standardised_by(
    name: str, input: ArrayOrNode, mean: Array | None, var: Array | None, eps: float
) -> ArrayOrNode:
    """Every channel minus a mean, divided by the root of a variance that are given."""
    if mean is None or var is None:
        raise ValueError(f"{name} needs running_mean and running_var.")
    shape = (-1, *(1,) * (input.ndim - 2))
    deviation = again(_deviation, var, shape, eps)
    return (input - again(np.reshape, mean, shape)) / deviation


def _deviation(var: Array, shape: tuple[int, ...], eps: float) -> Array:
    return np.asarray(np.sqrt(var.reshape(shape) + eps))


def _update(
    running_mean: Array | None,
    running_var: Array | None,
    momentum: float,
    mean: Array,
    variance: Array,
    n: int,
) -> None:
    """Move running numbers towards those of a batch, in which every variance is over n numbers."""
    if running_mean is not None and running_var is not None:
        unbiased = n / max(n - 1, 1)
        again(_approach, running_mean, momentum, mean, 1.0)
        again(_approach, running_var, momentum, variance, unbiased)


def _approach(running: Array, momentum: float, new: Array, factor: float) -> None:
    """Move (C,) numbers, in place, towards the mean over records of (N or 1, C, 1, ...) ones."""
    new = new.reshape(len(new), -1)
    running += momentum * (factor * (new[0] if len(new) == 1 else new.mean(axis=0)) - running)


def _require_several(name: str, input: ArrayOrNode, axes: tuple[int, ...]) -> None:
    if math.prod(input.shape[axis] for axis in axes) == 1:
        raise ValueError(
            f"{name} computes a variance per channel, but an array of shape {input.shape} has a "
            "single number for each."
        )


def _require_last_axes(name: str, input: Any, shape: tuple[int, ...]) -> None:
    if not shape or tuple(input.shape[-len(shape) :]) != shape:
        raise ValueError(
            f"{name} normalises over the last axes {shape}, but got an array of shape "
            f"{input.shape}."
        )

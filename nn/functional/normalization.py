"""Normalisation, embedding and dropout, as PyTorch defines them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd.primitives import data_of
from nn.aliases import Array, ArrayOrNode, Seed
from nn.functional.sizes import dtype_of


def _standardised(x: ArrayOrNode, axes: tuple[int, ...], eps: float) -> ArrayOrNode:
    """Mean 0 and variance 1 (divided by n) along axes."""
    centred = x - np.mean(x, axis=axes, keepdims=True)
    return centred / np.sqrt(np.mean(centred * centred, axis=axes, keepdims=True) + eps)


def _affine(
    y: ArrayOrNode, weight: ArrayOrNode | None, bias: ArrayOrNode | None, shape: tuple[int, ...]
) -> ArrayOrNode:
    if weight is not None:
        y = y * weight.reshape(shape)
    return y if bias is None else y + bias.reshape(shape)


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
    """
    shape = tuple(normalized_shape)
    _require_last_axes("layer_norm", input, shape)
    axes = tuple(range(-len(shape), 0))
    return _affine(_standardised(input, axes, eps), weight, bias, shape)


def rms_norm(
    input: ArrayOrNode,
    normalized_shape: tuple[int, ...],
    weight: ArrayOrNode | None = None,
    eps: float | None = None,
) -> ArrayOrNode:
    """Divide by the root of the mean square over the last axes (Zhang and Sennrich, 2019)."""
    shape = tuple(normalized_shape)
    _require_last_axes("rms_norm", input, shape)
    axes = tuple(range(-len(shape), 0))
    if eps is None:
        eps = float(np.finfo(dtype_of(input)).eps)
    size = np.sqrt(np.mean(input * input, axis=axes, keepdims=True) + eps)
    return _affine(input / size, weight, None, shape)


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
    """
    n, c = input.shape[:2]
    if c % num_groups:
        raise ValueError(f"group_norm cannot cut {c} channels into {num_groups} equal groups.")
    grouped = input.reshape(n, num_groups, math.prod(input.shape[1:]) // num_groups)
    y = _standardised(grouped, (2,), eps).reshape(input.shape)
    return _affine(y, weight, bias, (c, *(1,) * (input.ndim - 2)))


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
    running_mean, running_var : (C,), optional
        Plain arrays. In training they are updated in place (the variance unbiased); otherwise
        they are used in place of the batch's.
    weight, bias : (C,), optional
        Scale and shift.
    training : bool
        Whether to use the batch's own mean and variance.
    momentum : float
        Share of the new batch in the running numbers.
    """
    c = input.shape[1]
    axes = (0, *range(2, input.ndim))
    shape = (c, *(1,) * (input.ndim - 2))
    if not training:
        if running_mean is None or running_var is None:
            raise ValueError("batch_norm outside training needs running_mean and running_var.")
        y = (input - running_mean.reshape(shape)) / np.sqrt(running_var.reshape(shape) + eps)
        return _affine(y, weight, bias, shape)
    count = math.prod(input.shape) // c
    if running_mean is not None and running_var is not None:
        numbers = data_of(input)
        running_mean += momentum * (numbers.mean(axis=axes) - running_mean)
        unbiased = numbers.var(axis=axes) * count / max(count - 1, 1)
        running_var += momentum * (unbiased - running_var)
    return _affine(_standardised(input, axes, eps), weight, bias, shape)


def instance_norm(
    input: ArrayOrNode,
    weight: ArrayOrNode | None = None,
    bias: ArrayOrNode | None = None,
    eps: float = 1e-5,
) -> ArrayOrNode:
    """Standardise every channel of every record (Ulyanov et al., 2016).

    Parameters
    ----------
    input : (N, C, ...)
    weight, bias : (C,), optional
        Scale and shift.
    """
    y = _standardised(input, tuple(range(2, input.ndim)), eps)
    return _affine(y, weight, bias, (input.shape[1], *(1,) * (input.ndim - 2)))


def embedding(input: Array, weight: ArrayOrNode, padding_idx: int | None = None) -> ArrayOrNode:
    """Rows of a table, looked up by number.

    Parameters
    ----------
    input : array of int
        Row numbers.
    weight : (rows, features)
        The table.
    padding_idx : int, optional
        A row that receives no gradient.

    Raises
    ------
    IndexError
        If a number is not that of a row.
    """
    numbers = np.asarray(input)
    rows = weight[numbers]
    if padding_idx is None:
        return rows
    padding = (numbers == padding_idx % weight.shape[0])[..., None]
    return np.where(padding, data_of(weight)[numbers], rows)


def dropout(
    input: ArrayOrNode, p: float = 0.5, training: bool = True, *, seed: Seed = None
) -> ArrayOrNode:
    """Set each element to 0 with probability p, and scale the others by 1/(1 − p).

    Parameters
    ----------
    p : float in [0, 1]
        Probability of a 0 (Srivastava et al., 2014; the inverted form).
    training : bool
        If False, the input is returned as it is.
    seed : int or Generator, optional
        Where the randomness comes from.
    """
    if not 0 <= p <= 1:
        raise ValueError(f"the probability of dropout lies in [0, 1], but p={p} was given.")
    if not training or p == 0:
        return input
    kept = np.random.default_rng(seed).random(input.shape) >= p
    return np.where(kept, input / (1 - p), 0.0) if p < 1 else input * 0.0


def _require_last_axes(name: str, input: Any, shape: tuple[int, ...]) -> None:
    if not shape or tuple(input.shape[-len(shape) :]) != shape:
        raise ValueError(
            f"{name} normalises over the last axes {shape}, but got an array of shape "
            f"{input.shape}."
        )

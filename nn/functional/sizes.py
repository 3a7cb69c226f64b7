"""What functions of windows share: sizes per axis, and inputs with or without a batch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd import ValueArray
from nn.aliases import ArrayOrNode

#: One number for every spatial axis, or one for each.
Size = int | tuple[int, ...]


def dtype_of(x: ArrayOrNode) -> Any:
    """Type of the elements; scalar nodes are float64."""
    return np.dtype(float) if isinstance(x, ValueArray) else x.dtype


def per_axis(name: str, size: Any, axes: int) -> tuple[int, ...]:
    """A size as one number per axis.

    Raises
    ------
    ValueError
        If there are neither one nor `axes` numbers.
    """
    sizes = (size,) * axes if isinstance(size, int) else tuple(size)
    if len(sizes) == 1:
        sizes = sizes * axes
    if len(sizes) != axes:
        raise ValueError(f"{name} needs one number or {axes}, but {size} was given.")
    return sizes


def strides_of(stride: Size | None, kernel: tuple[int, ...]) -> tuple[int, ...]:
    """The stride of pooling: by default as far as the kernel reaches."""
    # PyTorch takes an empty stride for none, too.
    return kernel if stride in (None, (), []) else per_axis("stride", stride, len(kernel))


def with_batch(
    input: ArrayOrNode, axes: int
) -> tuple[ArrayOrNode, Callable[[ArrayOrNode], ArrayOrNode]]:
    """The input as (N, C, *spatial), and what takes the batch off the result if there was none."""
    if input.ndim == axes + 2:
        return input, lambda y: y
    return input.reshape(1, *input.shape), lambda y: y.reshape(y.shape[1:])


def require_channels(name: str, input: ArrayOrNode, axes: int, channels: int | None) -> None:
    """Raise ValueError unless an input has the right axes and (if given) number of channels."""
    shape = input.shape
    if len(shape) not in (axes + 1, axes + 2):
        raise ValueError(
            f"{name} takes inputs of shape (N, C, *{axes} axes) or (C, *{axes} axes), but got an "
            f"array of shape {shape}."
        )
    if channels is not None and shape[-axes - 1] != channels:
        raise ValueError(
            f"{name} has weights for {channels} input channels, but got an array of shape {shape} "
            f"with {shape[-axes - 1]}."
        )

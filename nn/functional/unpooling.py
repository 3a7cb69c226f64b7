"""The way back from max pooling, as PyTorch defines it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod

import numpy as np

from autograd.primitives import data_of
from nn.aliases import Array, ArrayOrNode
from nn.functional.sizes import Size, per_axis, require_channels, strides_of, with_batch


def _max_unpool(axes: int) -> Callable[..., ArrayOrNode]:
    """Max unpooling over so many axes."""

    def unpool(
        input: ArrayOrNode,
        indices: Array,
        kernel_size: Size,
        stride: Size | None = None,
        padding: Size = 0,
        output_size: Sequence[int] | None = None,
    ) -> ArrayOrNode:
        name = f"max_unpool{axes}d"
        require_channels(name, input, axes, None)
        places = np.asarray(data_of(indices))
        if places.shape != input.shape:
            raise ValueError(
                f"{name} takes one index per element, but the input has shape {input.shape} and "
                f"the indices {places.shape}."
            )
        x, restore = with_batch(input, axes)
        kernel = per_axis("kernel_size", kernel_size, axes)
        strides = strides_of(stride, kernel)
        pads = per_axis("padding", padding, axes)
        extent = _extent(name, x.shape[2:], kernel, strides, pads, output_size)
        n, c = x.shape[:2]
        places = places.reshape(n * c, -1)
        if places.size and not 0 <= places.min() <= places.max() < prod(extent):
            raise ValueError(
                f"{name} to the extent {extent} has places 0 … {prod(extent) - 1}, but the indices "
                f"run from {places.min()} to {places.max()}."
            )
        # Where several elements have one place, the last of them is there.
        rows = np.arange(n * c)[:, None]
        source = np.full((n * c, prod(extent)), -1)
        source[rows, places] = np.arange(places.shape[1])
        elements = x.reshape(n * c, -1)[rows, np.maximum(source, 0)]
        spread = np.where(source >= 0, elements, 0.0)
        return restore(spread.reshape(n, c, *extent))

    unpool.__name__ = unpool.__qualname__ = f"max_unpool{axes}d"
    unpool.__doc__ = f"""Put maxima over {axes} axes back where they were, and zeros elsewhere.

    Parameters
    ----------
    input : (N, C, *positions) or (C, *positions)
        The results of `max_pool{axes}d`, or others for the same windows.
    indices : int array of that shape
        Their places, as `max_pool{axes}d` returns them; of several elements with one place, the
        last stays and gets the gradient.
    kernel_size, stride, padding : int or tuple
        Of the windows; the stride is the kernel's size by default.
    output_size : tuple of int, optional
        The extent, or the whole shape, of the result, where several lead to as many windows.

    Raises
    ------
    ValueError
        If there is no such output size, or an index lies beyond it.
    """
    return unpool


def _extent(
    name: str,
    counts: tuple[int, ...],
    kernel: tuple[int, ...],
    strides: tuple[int, ...],
    pads: tuple[int, ...],
    output_size: Sequence[int] | None,
) -> tuple[int, ...]:
    """How far the result reaches along each axis."""
    sizes = zip(counts, kernel, strides, pads, strict=True)
    usual = tuple((n - 1) * s + k - 2 * p for n, k, s, p in sizes)
    if output_size is None:
        return usual
    wanted = tuple(output_size)[-len(usual) :]
    fitting = len(output_size) in (len(usual), len(usual) + 1, len(usual) + 2)
    if not fitting or any(abs(n - m) >= s for n, m, s in zip(wanted, usual, strides, strict=True)):
        raise ValueError(
            f"{name} with a stride {strides} leads to an extent {usual} or less than a stride from "
            f"it, but output_size={tuple(output_size)}."
        )
    return wanted


max_unpool1d, max_unpool2d, max_unpool3d = map(_max_unpool, (1, 2, 3))

"""Pooling: the largest element or the mean of every window, as PyTorch defines them."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np

from autograd.primitives import data_of
from autograd.recording import again
from autograd.rules.columns import Sizes
from autograd.rules.pooling import largest_places, max_pool, sum_pool
from nn.aliases import Array, ArrayOrNode
from nn.functional.sizes import (
    Size,
    dtype_of,
    per_axis,
    require_channels,
    strides_of,
    with_batch,
)


def _windows(
    extent: Sizes, kernel: Sizes, stride: Sizes, padding: Sizes, dilation: Sizes, ceil_mode: bool
) -> dict[str, Sizes]:
    """The windows as the rules of pooling take them: sizes, and how many positions there are."""
    counts = tuple(
        _positions(*sizes, ceil_mode)
        for sizes in zip(extent, kernel, stride, padding, dilation, strict=True)
    )
    return {
        "kernel": kernel,
        "stride": stride,
        "padding": padding,
        "dilation": dilation,
        "counts": counts,
    }


def _positions(n: int, k: int, s: int, p: int, d: int, ceil_mode: bool) -> int:
    """How many windows fit; with `ceil_mode` also one that begins inside but ends beyond."""
    reach = n + 2 * p - d * (k - 1) - 1
    if reach < 0:
        raise ValueError(
            f"a window of {d * (k - 1) + 1} elements does not fit an axis of {n} padded by {p}; "
            "use a smaller kernel."
        )
    count = (math.ceil(reach / s) if ceil_mode else reach // s) + 1
    return count - 1 if ceil_mode and (count - 1) * s >= n + p else count


def _max_pool(axes: int) -> Callable[..., Any]:
    """Max pooling over so many axes."""

    def pool(
        input: ArrayOrNode,
        kernel_size: Size,
        stride: Size | None = None,
        padding: Size = 0,
        dilation: Size = 1,
        ceil_mode: bool = False,
        return_indices: bool = False,
    ) -> Any:
        require_channels(f"max_pool{axes}d", input, axes, None)
        x, restore = with_batch(input, axes)
        kernel = per_axis("kernel_size", kernel_size, axes)
        strides = strides_of(stride, kernel)
        pads = per_axis("padding", padding, axes)
        dilations = per_axis("dilation", dilation, axes)
        if any(2 * p > k for p, k in zip(pads, kernel, strict=True)):
            raise ValueError(
                f"max_pool{axes}d pads by at most half its kernel {kernel}, but padding {pads} "
                "was given."
            )
        how = _windows(x.shape[2:], kernel, strides, pads, dilations, ceil_mode)
        y = max_pool(x, **how)
        if not return_indices:
            return restore(y)
        return restore(y), restore(again(largest_places, x, y, **how))

    pool.__name__ = pool.__qualname__ = f"max_pool{axes}d"
    pool.__doc__ = f"""Largest element of every window over {axes} axes; a tie goes to the first.

    Parameters
    ----------
    input : (N, C, *spatial) or (C, *spatial)
    kernel_size, stride, padding, dilation : int or tuple
        Of the windows; the stride is the kernel's size by default. Padding is never chosen.
    ceil_mode : bool
        Whether a window that ends beyond the input counts.
    return_indices : bool
        Whether to return the places in the flattened spatial axes too.
    """
    return pool


def _avg_pool(axes: int) -> Callable[..., ArrayOrNode]:
    """Average pooling over so many axes."""

    def pool(
        input: ArrayOrNode,
        kernel_size: Size,
        stride: Size | None = None,
        padding: Size = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
        divisor_override: int | None = None,
    ) -> ArrayOrNode:
        require_channels(f"avg_pool{axes}d", input, axes, None)
        x, restore = with_batch(input, axes)
        kernel = per_axis("kernel_size", kernel_size, axes)
        strides = strides_of(stride, kernel)
        pads = per_axis("padding", padding, axes)
        how = _windows(x.shape[2:], kernel, strides, pads, (1,) * axes, ceil_mode)
        size: Any = divisor_override
        if size is None:
            size = _window_sizes(x.shape[2:], **how, count_padding=count_include_pad)
            size = size.astype(dtype_of(x))
        return restore(sum_pool(x, **how) / size)

    pool.__name__ = pool.__qualname__ = f"avg_pool{axes}d"
    pool.__doc__ = f"""Mean of every window over {axes} axes.

    Parameters
    ----------
    input : (N, C, *spatial) or (C, *spatial)
    kernel_size, stride, padding : int or tuple
        Of the windows; the stride is the kernel's size by default.
    ceil_mode : bool
        Whether a window that ends beyond the input counts.
    count_include_pad : bool
        Whether the zeros of the padding count as elements.
    divisor_override : int, optional
        Divide by this instead of the number of elements.
    """
    return pool


def _lp_pool(axes: int) -> Callable[..., ArrayOrNode]:
    """Power-average pooling over so many axes."""
    max_pool, avg_pool = _max_pool(axes), _avg_pool(axes)

    def pool(
        input: ArrayOrNode,
        norm_type: float,
        kernel_size: Size,
        stride: Size | None = None,
        ceil_mode: bool = False,
    ) -> ArrayOrNode:
        size = math.prod(per_axis("kernel_size", kernel_size, axes))
        if math.isinf(norm_type):
            sign = math.copysign(1.0, norm_type)
            magnitudes = sign * np.abs(input)
            return sign * max_pool(magnitudes, kernel_size, stride, ceil_mode=ceil_mode)
        powers = input**norm_type
        total = avg_pool(powers, kernel_size, stride, ceil_mode=ceil_mode) * size
        nothing = again(np.equal, data_of(total), 0)
        return np.where(nothing, 0.0, np.where(nothing, 1.0, total) ** (1 / norm_type))

    pool.__name__ = pool.__qualname__ = f"lp_pool{axes}d"
    pool.__doc__ = f"""(Σ xᵖ)^(1/p) of every window over {axes} axes.

    Where the sum is 0, so is the derivative.

    Parameters
    ----------
    input : (N, C, *spatial) or (C, *spatial)
    norm_type : float
        The power p; for ±inf, the largest or smallest magnitude.
    kernel_size, stride : int or tuple
        Of the windows; the stride is the kernel's size by default.
    ceil_mode : bool
        Whether a window that ends beyond the input counts: as if its mean went on there.
    """
    return pool


def _window_sizes(
    extent: Sizes,
    kernel: Sizes,
    stride: Sizes,
    padding: Sizes,
    dilation: Sizes,
    counts: Sizes,
    count_padding: bool,
) -> Array:
    """How many elements each window has, those beyond the padding never counted."""
    total: Array = np.array(1)
    for n, k, s, p, count in zip(extent, kernel, stride, padding, counts, strict=True):
        start = np.arange(count) * s - p
        end = np.minimum(start + k, n + p)
        if not count_padding:
            start, end = np.maximum(start, 0), np.minimum(end, n)
        total = np.multiply.outer(total, end - start)
    return total


def _bins(n: int, bins: int) -> list[tuple[int, int]]:
    """Where adaptive windows begin and end: ⌊i·n/b⌋ and ⌈(i + 1)·n/b⌉."""
    return [(i * n // bins, -(-(i + 1) * n // bins)) for i in range(bins)]


def _wanted(output_size: Any, extent: tuple[int, ...]) -> tuple[int, ...]:
    sizes = (output_size,) * len(extent) if isinstance(output_size, int) else tuple(output_size)
    if len(sizes) == 1:
        sizes = sizes * len(extent)
    return tuple(n if size is None else size for size, n in zip(sizes, extent, strict=True))


def _adaptive_avg_pool(axes: int) -> Callable[..., ArrayOrNode]:
    """Adaptive average pooling over so many axes."""

    def pool(input: ArrayOrNode, output_size: Any) -> ArrayOrNode:
        require_channels(f"adaptive_avg_pool{axes}d", input, axes, None)
        x = input
        extent = input.shape[-axes:]
        for axis, (n, bins) in enumerate(zip(extent, _wanted(output_size, extent), strict=True)):
            averages = np.zeros((n, bins), dtype_of(input))
            for i, (start, end) in enumerate(_bins(n, bins)):
                averages[start:end, i] = 1 / (end - start)
            place = axis - axes
            x = np.swapaxes(np.swapaxes(x, place, -1) @ averages, place, -1)
        return x

    pool.__name__ = pool.__qualname__ = f"adaptive_avg_pool{axes}d"
    pool.__doc__ = f"""Means of windows over {axes} axes, as many as `output_size` says.

    Parameters
    ----------
    input : (N, C, *spatial) or (C, *spatial)
    output_size : int or tuple of int or None
        Windows along each axis; None keeps the axis.
    """
    return pool


def _select(
    x: ArrayOrNode, places: Array, restore: Callable[..., Any], return_indices: bool
) -> Any:
    """The elements at flat places of the spatial axes."""
    n, c = x.shape[:2]
    flat = x.reshape(n * c, -1)
    chosen = flat[np.arange(n * c)[:, None], places.reshape(n * c, -1)]
    y = restore(chosen.reshape(places.shape))
    return (y, restore(places)) if return_indices else y


def _adaptive_max_pool(axes: int) -> Callable[..., Any]:
    """Adaptive max pooling over so many axes."""

    def pool(input: ArrayOrNode, output_size: Any, return_indices: bool = False) -> Any:
        require_channels(f"adaptive_max_pool{axes}d", input, axes, None)
        x, restore = with_batch(input, axes)
        extent = x.shape[2:]
        wanted = _wanted(output_size, extent)
        flat = np.arange(math.prod(extent)).reshape(extent)
        places = np.empty((*x.shape[:2], *wanted), dtype=int)
        bins = [_bins(n, size) for n, size in zip(extent, wanted, strict=True)]
        numbers = data_of(x)
        for place in product(*map(range, wanted)):
            window = tuple(slice(*b[i]) for b, i in zip(bins, place, strict=True))
            inside: Any = (..., *window)
            first = numbers[inside].reshape(*x.shape[:2], -1).argmax(axis=-1)
            here: Any = (..., *place)
            places[here] = flat[window].ravel()[first]
        return _select(x, places, restore, return_indices)

    pool.__name__ = pool.__qualname__ = f"adaptive_max_pool{axes}d"
    pool.__doc__ = f"""Largest elements of windows over {axes} axes, as many as `output_size` says.

    Parameters
    ----------
    input : (N, C, *spatial) or (C, *spatial)
    output_size : int or tuple of int or None
        Windows along each axis; None keeps the axis.
    return_indices : bool
        Whether to return the places in the flattened spatial axes too.
    """
    return pool


max_pool1d, max_pool2d, max_pool3d = map(_max_pool, (1, 2, 3))
avg_pool1d, avg_pool2d, avg_pool3d = map(_avg_pool, (1, 2, 3))
adaptive_avg_pool1d, adaptive_avg_pool2d, adaptive_avg_pool3d = map(_adaptive_avg_pool, (1, 2, 3))
adaptive_max_pool1d, adaptive_max_pool2d, adaptive_max_pool3d = map(_adaptive_max_pool, (1, 2, 3))
lp_pool1d, lp_pool2d, lp_pool3d = map(_lp_pool, (1, 2, 3))

"""Pooling: the largest element or the mean of every window, as PyTorch defines them."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np

from autograd.primitives import data_of
from autograd.rules.windows import correlate
from nn.aliases import Array, ArrayOrNode
from nn.functional.sizes import (
    Size,
    dtype_of,
    per_axis,
    require_channels,
    strides_of,
    with_batch,
)


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
        places = _largest_places(data_of(x), kernel, strides, pads, dilations, ceil_mode)
        return _select(x, places, restore, return_indices)

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


def _select(
    x: ArrayOrNode, places: Array, restore: Callable[..., Any], return_indices: bool
) -> Any:
    """The elements at flat places of the spatial axes."""
    n, c = x.shape[:2]
    flat = x.reshape(n * c, -1)
    chosen = flat[np.arange(n * c)[:, None], places.reshape(n * c, -1)]
    y = restore(chosen.reshape(places.shape))
    return (y, restore(places)) if return_indices else y


def _largest_places(
    x: Array,
    kernel: tuple[int, ...],
    strides: tuple[int, ...],
    pads: tuple[int, ...],
    dilations: tuple[int, ...],
    ceil_mode: bool,
) -> Array:
    """Where, in the flattened spatial axes, the first largest element of every window stands."""
    extent = x.shape[2:]
    sizes = zip(extent, kernel, strides, pads, dilations, strict=True)
    counts = tuple(_positions(*size, ceil_mode) for size in sizes)
    best = np.full((*x.shape[:2], *counts), -np.inf)
    places = np.full(best.shape, -1)
    for offset in product(*map(range, kernel)):
        along = [
            np.arange(count) * s - p + o * d
            for count, s, p, o, d in zip(counts, strides, pads, offset, dilations, strict=True)
        ]
        inside = np.ones(counts, dtype=bool)
        for axis, (a, n) in enumerate(zip(along, extent, strict=True)):
            ones = (1,) * (len(counts) - axis - 1)
            inside &= ((a >= 0) & (a < n)).reshape(-1, *ones)
        index: Any = np.ix_(*(np.clip(a, 0, n - 1) for a, n in zip(along, extent, strict=True)))
        here: Any = (..., *index)
        candidate = np.where(inside, x[here], -np.inf)
        better = ((candidate > best) | np.isnan(candidate) | (places < 0)) & inside
        flat = np.ravel_multi_index(index, extent)
        places = np.where(better, flat, places)
        best = np.where(better, candidate, best)
    return places


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
        extent = x.shape[2:]
        ones = (1,) * axes
        sizes = list(zip(extent, kernel, strides, pads, ones, strict=True))
        counts = [_positions(*size, ceil_mode) for size in sizes]
        ends = [
            max(0, (c - 1) * s + k - n - p)
            for c, (n, k, s, p, _) in zip(counts, sizes, strict=True)
        ]
        n, c = x.shape[:2]
        planes = x.reshape(n * c, 1, *extent)
        if any(pads) or any(ends):
            planes = np.pad(planes, [(0, 0), (0, 0), *zip(pads, ends, strict=True)])
        sums = correlate(
            planes, np.ones((1, 1, *kernel), dtype_of(x)), stride=strides, dilation=ones, groups=1
        )
        sums = sums[(..., *(slice(count) for count in counts))]
        size: Any = divisor_override
        if size is None:
            size = _window_sizes(counts, sizes, count_include_pad).astype(dtype_of(x))
        return restore((sums / size).reshape(n, c, *counts))

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
        nothing = data_of(total) == 0
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


def _window_sizes(counts: list[int], sizes: list[Any], count_padding: bool) -> Array:
    """How many elements each window has, those beyond the padding never counted."""
    along = []
    for count, (n, k, s, p, _) in zip(counts, sizes, strict=True):
        start = np.arange(count) * s - p
        end = np.minimum(start + k, n + p)
        if not count_padding:
            start, end = np.maximum(start, 0), np.minimum(end, n)
        along.append(end - start)
    total: Array = np.array(1)
    for lengths in along:
        total = np.multiply.outer(total, lengths)
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

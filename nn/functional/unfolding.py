"""Windows of images as columns, and columns added up to images, as PyTorch defines them."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from autograd.rules.indexing import scatter
from autograd.rules.windows import window_counts
from nn.aliases import Array, ArrayOrNode
from nn.functional.sizes import Size, per_axis, require_channels, with_batch


def _places(
    extent: tuple[int, ...], kernel: tuple[int, ...], stride: Size, dilation: Size
) -> Array:
    """Where, in the flattened image, element k of window l stands: (elements, windows).

    Raises
    ------
    ValueError
        If no window fits.
    """
    strides, dilations = per_axis("stride", stride, 2), per_axis("dilation", dilation, 2)
    counts = window_counts(extent, kernel, strides, dilations)
    if min(counts) < 1:
        raise ValueError(
            f"a kernel {kernel} with dilation {dilations} does not fit a padded image {extent}."
        )
    steps = zip(kernel, counts, strides, dilations, strict=True)
    along = [np.add.outer(np.arange(k) * d, np.arange(n) * s) for k, n, s, d in steps]
    rows, columns = along[0][:, None, :, None], along[1][None, :, None, :]
    places: Array = (rows * extent[1] + columns).reshape(prod(kernel), prod(counts))
    return places


def unfold(
    input: ArrayOrNode, kernel_size: Size, dilation: Size = 1, padding: Size = 0, stride: Size = 1
) -> ArrayOrNode:
    """All windows of an image, each as a column (im2col).

    Parameters
    ----------
    input : (N, C, H, W) or (C, H, W)
    kernel_size, dilation, padding, stride : int or tuple
        Of the windows, as for `conv2d`.

    Returns
    -------
    (N, C·elements of the kernel, windows)

    Raises
    ------
    ValueError
        If no window fits.
    """
    require_channels("unfold", input, 2, None)
    x, restore = with_batch(input, 2)
    border = per_axis("padding", padding, 2)
    if any(border):
        x = np.pad(x, [(0, 0), (0, 0), *((p, p) for p in border)])
    kernel = per_axis("kernel_size", kernel_size, 2)
    places = _places(x.shape[2:], kernel, stride, dilation)
    n, c = x.shape[:2]
    windows = x.reshape(n, c, prod(x.shape[2:]))[:, :, places]
    return restore(windows.reshape(n, c * len(places), places.shape[1]))


def fold(
    input: ArrayOrNode,
    output_size: Size,
    kernel_size: Size,
    dilation: Size = 1,
    padding: Size = 0,
    stride: Size = 1,
) -> ArrayOrNode:
    """The transpose of `unfold`: columns go back to where their windows were, and add up.

    Parameters
    ----------
    input : (N, C·elements of the kernel, windows), or without N
    output_size : int or tuple
        Height and width of the image.
    kernel_size, dilation, padding, stride : int or tuple
        Of the windows.

    Returns
    -------
    (N, C, H, W)

    Raises
    ------
    ValueError
        If the columns are not as many, or as long, as the windows of such an image.
    """
    columns, restore = with_batch(input, 1)
    size, border = per_axis("output_size", output_size, 2), per_axis("padding", padding, 2)
    kernel = per_axis("kernel_size", kernel_size, 2)
    extent = tuple(n + 2 * p for n, p in zip(size, border, strict=True))
    places = _places(extent, kernel, stride, dilation)
    n, rows, count = columns.shape
    if rows % len(places) or count != places.shape[1]:
        raise ValueError(
            f"fold to an image {size} with a kernel {kernel} takes {places.shape[1]} columns of a "
            f"multiple of {len(places)} elements, but got an array of shape {input.shape}."
        )
    c = rows // len(places)
    windows = columns.reshape(n, c, *places.shape)
    everything = slice(None)
    x = scatter(windows, shape=(n, c, prod(extent)), index=(everything, everything, places))
    inner: Any = (..., *(slice(p, p + m) for p, m in zip(border, size, strict=True)))
    return restore(x.reshape(n, c, *extent)[inner])

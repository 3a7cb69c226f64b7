"""Convolution of signals, images and volumes, and its transpose, as PyTorch defines them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np

from autograd.rules.windows import correlate, correlate_input
from nn.aliases import ArrayOrNode
from nn.functional.sizes import Size, per_axis, require_channels, with_batch

Padding = Size | Literal["same", "valid"]


def _convolution(axes: int) -> Callable[..., ArrayOrNode]:
    """The convolution over so many axes."""

    def convolve(
        input: ArrayOrNode,
        weight: ArrayOrNode,
        bias: ArrayOrNode | None = None,
        stride: Size = 1,
        padding: Padding = 0,
        dilation: Size = 1,
        groups: int = 1,
    ) -> ArrayOrNode:
        require_channels(f"conv{axes}d", input, axes, weight.shape[1] * groups)
        x, restore = with_batch(input, axes)
        strides = per_axis("stride", stride, axes)
        dilations = per_axis("dilation", dilation, axes)
        kernel = weight.shape[2:]
        before, after = _padding(padding, kernel, strides, dilations)
        if before != after:  # a rule of windows has one number for both sides
            x = np.pad(x, [(0, 0), (0, 0), *zip(before, after, strict=True)])
            before = (0,) * axes
        reach = tuple(d * (k - 1) + 1 for d, k in zip(dilations, kernel, strict=True))
        wide = tuple(n + 2 * p for n, p in zip(x.shape[2:], before, strict=True))
        if any(n < r for n, r in zip(wide, reach, strict=True)):
            raise ValueError(
                f"conv{axes}d has a kernel that reaches over {reach} elements, but its padded "
                f"input has only {wide}; use a smaller kernel or more padding."
            )
        y = correlate(x, weight, stride=strides, dilation=dilations, groups=groups, padding=before)
        if bias is not None:
            y = y + bias.reshape(-1, *(1,) * axes)
        return restore(y)

    convolve.__name__ = convolve.__qualname__ = f"conv{axes}d"
    convolve.__doc__ = f"""Convolution over {axes} axes: a weighted sum of every window.

    Parameters
    ----------
    input : (N, C, *spatial) or (C, *spatial)
        {axes} spatial axes.
    weight : (O, C/groups, *kernel)
        One kernel per output channel.
    bias : (O,), optional
        Added to every position.
    stride, dilation : int or tuple, default 1
        Steps between windows, and between the elements of one.
    padding : int, tuple, "same" or "valid", default 0
        Zeros on both sides of each axis; "same" keeps the extent (with stride 1).
    groups : int, default 1
        Channels are cut into so many groups that do not mix.

    Returns
    -------
    (N, O, *positions)
        ⌊(n + 2·padding − dilation·(kernel − 1) − 1)/stride⌋ + 1 positions along each axis.

    Raises
    ------
    ValueError
        If channels, kernel and input do not fit; shapes are named.
    """
    return convolve


def _padding(
    padding: Padding, kernel: tuple[int, ...], strides: tuple[int, ...], dilations: tuple[int, ...]
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Zeros before and after each axis."""
    if padding == "valid":
        padding = 0
    if padding == "same":
        if any(s != 1 for s in strides):
            raise ValueError(
                f"padding='same' keeps the extent only with stride 1, but stride {strides} was "
                "given; pad with numbers instead."
            )
        total = [d * (k - 1) for d, k in zip(dilations, kernel, strict=True)]
        return tuple(t // 2 for t in total), tuple(t - t // 2 for t in total)
    if isinstance(padding, str):
        raise ValueError(f"padding must be numbers, 'same' or 'valid', but {padding!r} was given.")
    both = per_axis("padding", padding, len(kernel))
    return both, both


def _transposed_convolution(axes: int) -> Callable[..., ArrayOrNode]:
    """The transpose of the convolution over so many axes."""

    def spread(
        input: ArrayOrNode,
        weight: ArrayOrNode,
        bias: ArrayOrNode | None = None,
        stride: Size = 1,
        padding: Size = 0,
        output_padding: Size = 0,
        groups: int = 1,
        dilation: Size = 1,
    ) -> ArrayOrNode:
        require_channels(f"conv_transpose{axes}d", input, axes, weight.shape[0])
        y, restore = with_batch(input, axes)
        strides = per_axis("stride", stride, axes)
        dilations = per_axis("dilation", dilation, axes)
        extent = tuple(
            (n - 1) * s + d * (k - 1) + 1
            for n, s, d, k in zip(y.shape[2:], strides, dilations, weight.shape[2:], strict=True)
        )
        x = correlate_input(
            y, weight, extent=extent, stride=strides, dilation=dilations, groups=groups
        )
        extra = per_axis("output_padding", output_padding, axes)
        if any(extra):
            x = np.pad(x, [(0, 0), (0, 0), *((0, e) for e in extra)])
        cut = per_axis("padding", padding, axes)
        if any(cut):
            x = x[(..., *(slice(c, n - c) for c, n in zip(cut, x.shape[2:], strict=True)))]
        if bias is not None:
            x = x + bias.reshape(-1, *(1,) * axes)
        return restore(x)

    spread.__name__ = spread.__qualname__ = f"conv_transpose{axes}d"
    spread.__doc__ = f"""Transposed convolution over {axes} axes: every element spreads a kernel.

    Parameters
    ----------
    input : (N, C, *positions) or (C, *positions)
        {axes} spatial axes.
    weight : (C, O/groups, *kernel)
        Laid out as in the convolution that it transposes.
    bias : (O,), optional
        Added to every position.
    stride, dilation, groups
        Of that convolution.
    padding : int or tuple, default 0
        Elements cut off at both sides, where that convolution pads.
    output_padding : int or tuple, default 0
        Elements added at the end of each axis.

    Returns
    -------
    (N, O, *spatial)
        (n − 1)·stride − 2·padding + dilation·(kernel − 1) + output_padding + 1 along each axis.
    """
    return spread


conv1d = _convolution(1)
conv2d = _convolution(2)
conv3d = _convolution(3)
conv_transpose1d = _transposed_convolution(1)
conv_transpose2d = _transposed_convolution(2)
conv_transpose3d = _transposed_convolution(3)

"""Padding, and exchanging channels for pixels, under PyTorch's names."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from nn.aliases import ArrayOrNode

#: PyTorch's names for numpy's ways to pad.
_PAD_MODES = {"constant": "constant", "reflect": "reflect", "replicate": "edge", "circular": "wrap"}


def pad(
    input: ArrayOrNode, pad: Sequence[int], mode: str = "constant", value: float | None = None
) -> ArrayOrNode:
    """Put a border around an array.

    Parameters
    ----------
    input : array
        Of any shape.
    pad : sequence of int
        Widths before and after, for the last axis first, then for the one before it, and so on;
        what is negative is cut off.
    mode : {"constant", "reflect", "replicate", "circular"}
        What the border is made of.
    value : float, default 0
        The constant.

    Raises
    ------
    ValueError
        If there is no such mode, the widths are no pairs, or there are more of them than axes.
    """
    if mode not in _PAD_MODES:
        raise ValueError(f"pad knows the modes {', '.join(_PAD_MODES)}, but {mode!r} was given.")
    if value is not None and mode != "constant":
        raise ValueError(f"pad in mode {mode!r} takes its border from the array, but {value=}.")
    if len(pad) % 2 or len(pad) > 2 * input.ndim:
        raise ValueError(
            f"pad takes two widths per axis, the last axis first, but was given {tuple(pad)} for "
            f"an array of shape {input.shape}."
        )
    pairs = list(zip(pad[::2], pad[1::2], strict=True))[::-1]
    pairs = [(0, 0)] * (input.ndim - len(pairs)) + pairs
    border = [(max(before, 0), max(after, 0)) for before, after in pairs]
    inner = tuple(slice(max(-before, 0), min(after, 0) or None) for before, after in pairs)
    cut = any(width < 0 for width in pad)
    if cut and mode == "circular":  # which goes around what is left
        return np.pad(input[inner], border, mode="wrap")
    options = {"constant_values": value} if value else {}
    padded = np.pad(input, border, _PAD_MODES[mode], **options)  # type: ignore[call-overload]
    return padded[inner] if cut else padded


def pixel_shuffle(input: ArrayOrNode, upscale_factor: int) -> ArrayOrNode:
    """Channels become pixels: (..., C·r², H, W) → (..., C, H·r, W·r) (Shi et al., 2016).

    Raises
    ------
    ValueError
        If the number of channels is no multiple of r².
    """
    r = upscale_factor
    *batch, channels, height, width = _image("pixel_shuffle", input)
    if r < 1 or channels % (r * r):
        raise ValueError(
            f"pixel_shuffle by {r} makes one channel of {r * r}, but an array of shape "
            f"{input.shape} has {channels}."
        )
    blocks = input.reshape(*batch, channels // (r * r), r, r, height, width)
    n = len(batch)
    order = (*range(n + 1), n + 3, n + 1, n + 4, n + 2)
    shape = (*batch, channels // (r * r), height * r, width * r)
    return np.transpose(blocks, order).reshape(shape)


def pixel_unshuffle(input: ArrayOrNode, downscale_factor: int) -> ArrayOrNode:
    """Pixels become channels: (..., C, H·r, W·r) → (..., C·r², H, W).

    Raises
    ------
    ValueError
        If height or width is no multiple of r.
    """
    r = downscale_factor
    *batch, channels, height, width = _image("pixel_unshuffle", input)
    if r < 1 or height % r or width % r:
        raise ValueError(
            f"pixel_unshuffle by {r} needs height and width to be its multiples, but got an array "
            f"of shape {input.shape}."
        )
    blocks = input.reshape(*batch, channels, height // r, r, width // r, r)
    n = len(batch)
    order = (*range(n + 1), n + 2, n + 4, n + 1, n + 3)
    shape = (*batch, channels * r * r, height // r, width // r)
    return np.transpose(blocks, order).reshape(shape)


def channel_shuffle(input: ArrayOrNode, groups: int) -> ArrayOrNode:
    """Take one channel of each group in turn (Zhang et al., 2018): (N, C, ...) → (N, C, ...).

    Raises
    ------
    ValueError
        If the channels cannot be cut into so many equal groups.
    """
    n, channels, *extent = input.shape
    if groups < 1 or channels % groups:
        raise ValueError(
            f"channel_shuffle cannot cut {channels} channels into {groups} equal groups."
        )
    grouped = input.reshape(n, groups, channels // groups, *extent)
    return np.swapaxes(grouped, 1, 2).reshape(input.shape)


def _image(name: str, input: ArrayOrNode) -> tuple[int, ...]:
    shape: tuple[int, ...] = input.shape
    if len(shape) < 3:
        raise ValueError(f"{name} takes images (..., C, H, W), but got an array of shape {shape}.")
    return shape

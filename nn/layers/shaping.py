"""Layers that only move elements, or change how many there are."""

from __future__ import annotations

import math
from collections.abc import Sequence

from nn import functional
from nn.aliases import ArrayOrNode
from nn.functional.sizes import Size
from nn.module import Module

# --- axes -----------------------------------------------------------------------------------------


class Flatten(Module):
    """Join the axes from `start_dim` to `end_dim` into one; by default all but the batch's."""

    start_dim: int
    end_dim: int

    def __init__(self, start_dim: int = 1, end_dim: int = -1) -> None:
        self.start_dim = start_dim
        self.end_dim = end_dim

    def forward(self, input: ArrayOrNode) -> ArrayOrNode:
        """The same elements in fewer axes."""
        start, end = self.start_dim % input.ndim, self.end_dim % input.ndim
        joined = math.prod(input.shape[start : end + 1])
        return input.reshape((*input.shape[:start], joined, *input.shape[end + 1 :]))


class Unflatten(Module):
    """Cut the axis `dim` up into axes of the lengths `unflattened_size`, one of which may be −1.

    Raises
    ------
    ValueError
        If the axis has another number of elements.
    """

    dim: int
    unflattened_size: tuple[int, ...]

    def __init__(self, dim: int, unflattened_size: Sequence[int]) -> None:
        self.dim = dim
        self.unflattened_size = tuple(unflattened_size)

    def forward(self, input: ArrayOrNode) -> ArrayOrNode:
        """The same elements in more axes."""
        axis, sizes = self.dim % input.ndim, self.unflattened_size
        known = math.prod(size for size in sizes if size != -1)
        length = input.shape[axis]
        if length % known if -1 in sizes else length != known:
            raise ValueError(
                f"{self._label()} cuts axis {self.dim} up into {sizes}, but got an array of shape "
                f"{input.shape} with {length} elements there."
            )
        return input.reshape((*input.shape[:axis], *sizes, *input.shape[axis + 1 :]))


# --- channels and pixels --------------------------------------------------------------------------


class PixelShuffle(Module):
    """Channels become pixels: (..., C·r², H, W) → (..., C, H·r, W·r) with r = `upscale_factor`."""

    upscale_factor: int

    def __init__(self, upscale_factor: int) -> None:
        self.upscale_factor = upscale_factor

    def forward(self, input: ArrayOrNode) -> ArrayOrNode:
        """The same elements in a larger image of fewer channels."""
        return functional.pixel_shuffle(input, self.upscale_factor)


class PixelUnshuffle(Module):
    """Pixels become channels: (..., C, H·r, W·r) → (..., C·r², H, W), r = `downscale_factor`."""

    downscale_factor: int

    def __init__(self, downscale_factor: int) -> None:
        self.downscale_factor = downscale_factor

    def forward(self, input: ArrayOrNode) -> ArrayOrNode:
        """The same elements in a smaller image of more channels."""
        return functional.pixel_unshuffle(input, self.downscale_factor)


class ChannelShuffle(Module):
    """Take one channel of each of `groups` groups in turn: (N, C, ...) → (N, C, ...)."""

    groups: int

    def __init__(self, groups: int) -> None:
        self.groups = groups

    def forward(self, input: ArrayOrNode) -> ArrayOrNode:
        """The same channels in another order."""
        return functional.channel_shuffle(input, self.groups)


# --- windows as columns ---------------------------------------------------------------------------


class _Windows(Module):
    """What the layers share: windows of an image.

    Parameters
    ----------
    kernel_size, dilation, padding, stride : int or tuple
        Of the windows.
    """

    kernel_size: Size
    dilation: Size
    padding: Size
    stride: Size

    def __init__(
        self, kernel_size: Size, dilation: Size = 1, padding: Size = 0, stride: Size = 1
    ) -> None:
        self.kernel_size = kernel_size
        self.dilation = dilation
        self.padding = padding
        self.stride = stride

    def _sizes(self) -> tuple[Size, Size, Size, Size]:
        return self.kernel_size, self.dilation, self.padding, self.stride


class Unfold(_Windows):
    """All windows of an image, each as a column: see `nn.functional.unfold`."""

    def forward(self, input: ArrayOrNode) -> ArrayOrNode:
        """Map (N, C, H, W) to (N, C·elements of the kernel, windows), or both without N."""
        self._require_channels(input, 2)
        return functional.unfold(input, *self._sizes())


class Fold(_Windows):
    """Columns added up to an image of `output_size`, where their windows were.

    See `nn.functional.fold`.
    """

    output_size: Size

    def __init__(
        self,
        output_size: Size,
        kernel_size: Size,
        dilation: Size = 1,
        padding: Size = 0,
        stride: Size = 1,
    ) -> None:
        self.output_size = output_size
        super().__init__(kernel_size, dilation, padding, stride)

    def forward(self, input: ArrayOrNode) -> ArrayOrNode:
        """Map (N, C·elements of the kernel, windows) to (N, C, *output_size), or without N."""
        return functional.fold(input, self.output_size, *self._sizes())


# --- other sizes ----------------------------------------------------------------------------------


class Upsample(Module):
    """Enlarge the spatial axes of (N, C, *spatial); see `nn.functional.interpolate`.

    Parameters
    ----------
    size : int or sequence of int, optional
        The new extent.
    scale_factor : float or sequence of float, optional
        Or how many times larger it is to be.
    mode : {"nearest", "linear", "bilinear", "bicubic", "trilinear"}
        What stands between the elements.
    align_corners : bool, optional
        Whether the centres of the outermost elements stay where they are.
    recompute_scale_factor : bool, optional
        Whether to use the ratio of the extents instead of the factor that was given.
    """

    size: int | Sequence[int] | None
    scale_factor: float | Sequence[float] | None
    mode: str
    align_corners: bool | None
    recompute_scale_factor: bool | None

    def __init__(
        self,
        size: int | Sequence[int] | None = None,
        scale_factor: float | Sequence[float] | None = None,
        mode: str = "nearest",
        align_corners: bool | None = None,
        recompute_scale_factor: bool | None = None,
    ) -> None:
        if (size is None) == (scale_factor is None):
            raise ValueError(
                f"{type(self).__name__} takes a size or a scale_factor, but size={size} and "
                f"scale_factor={scale_factor} were given."
            )
        self.size = size
        self.scale_factor = scale_factor
        self.mode = mode
        self.align_corners = align_corners
        self.recompute_scale_factor = recompute_scale_factor

    def forward(self, input: ArrayOrNode) -> ArrayOrNode:
        """The input with other spatial axes."""
        return functional.interpolate(
            input,
            self.size,
            self.scale_factor,
            self.mode,
            self.align_corners,
            self.recompute_scale_factor,
        )


class UpsamplingNearest2d(Upsample):
    """Enlarge images, each pixel of which is the nearest one."""

    def __init__(
        self,
        size: int | Sequence[int] | None = None,
        scale_factor: float | Sequence[float] | None = None,
    ) -> None:
        super().__init__(size, scale_factor, mode="nearest")


class UpsamplingBilinear2d(Upsample):
    """Enlarge images by planes through neighbours, with aligned corners."""

    def __init__(
        self,
        size: int | Sequence[int] | None = None,
        scale_factor: float | Sequence[float] | None = None,
    ) -> None:
        super().__init__(size, scale_factor, mode="bilinear", align_corners=True)

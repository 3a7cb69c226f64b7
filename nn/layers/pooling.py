"""Pooling as layers: they hold the windows, and `nn.functional` has the mathematics."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from nn import functional
from nn.aliases import Array, ArrayOrNode
from nn.functional.sizes import Size
from nn.module import Module


class _Pooling(Module):
    """What the layers share: the function, and over how many axes its windows reach."""

    _axes: ClassVar[int]
    _function: ClassVar[Callable[..., Any]]

    def _pool(self, x: ArrayOrNode, *settings: Any) -> Any:
        self._require_channels(x, self._axes)
        return self._function(x, *settings)


# --- the largest element --------------------------------------------------------------------------


class _MaxPool(_Pooling):
    """The largest element of every window; a tie goes to the first.

    Parameters
    ----------
    kernel_size, stride, padding, dilation : int or tuple
        Of the windows; the stride is the kernel's size by default.
    return_indices : bool, default False
        Whether to return the places too, for `MaxUnpool1d` and its kin.
    ceil_mode : bool, default False
        Whether a window that ends beyond the input counts.
    """

    kernel_size: Size
    stride: Size
    padding: Size
    dilation: Size
    return_indices: bool
    ceil_mode: bool

    def __init__(
        self,
        kernel_size: Size,
        stride: Size | None = None,
        padding: Size = 0,
        dilation: Size = 1,
        return_indices: bool = False,
        ceil_mode: bool = False,
    ) -> None:
        self.kernel_size = kernel_size
        self.stride = kernel_size if stride is None else stride
        self.padding = padding
        self.dilation = dilation
        self.return_indices = return_indices
        self.ceil_mode = ceil_mode

    def forward(self, input: ArrayOrNode) -> Any:
        """One number per window, and its place if `return_indices`."""
        return self._pool(
            input,
            self.kernel_size,
            self.stride,
            self.padding,
            self.dilation,
            self.ceil_mode,
            self.return_indices,
        )


class MaxPool1d(_MaxPool):
    """Largest element of every window of a signal (N, C, L); see `nn.functional.max_pool1d`.

    ``MaxPool1d(kernel_size, stride=None, padding=0, dilation=1, return_indices=False,
    ceil_mode=False)``, as `MaxPool2d` and `MaxPool3d`.
    """

    _axes = 1
    _function = staticmethod(functional.max_pool1d)


class MaxPool2d(_MaxPool):
    """Largest element of every window of an image (N, C, H, W); see `nn.functional.max_pool2d`."""

    _axes = 2
    _function = staticmethod(functional.max_pool2d)


class MaxPool3d(_MaxPool):
    """Largest element of every window of a volume; see `nn.functional.max_pool3d`."""

    _axes = 3
    _function = staticmethod(functional.max_pool3d)


class _MaxUnpool(_Pooling):
    """The way back from max pooling.

    Parameters
    ----------
    kernel_size, stride, padding : int or tuple
        Of the windows; the stride is the kernel's size by default.
    """

    kernel_size: Size
    stride: Size
    padding: Size

    def __init__(self, kernel_size: Size, stride: Size | None = None, padding: Size = 0) -> None:
        self.kernel_size = kernel_size
        self.stride = kernel_size if stride is None else stride
        self.padding = padding

    def forward(
        self, input: ArrayOrNode, indices: Array, output_size: Sequence[int] | None = None
    ) -> ArrayOrNode:
        """The maxima at their places, and zeros elsewhere."""
        return self._pool(input, indices, self.kernel_size, self.stride, self.padding, output_size)


class MaxUnpool1d(_MaxUnpool):
    """Put maxima of a signal back where they were; see `nn.functional.max_unpool1d`."""

    _axes = 1
    _function = staticmethod(functional.max_unpool1d)


class MaxUnpool2d(_MaxUnpool):
    """Put maxima of an image back where they were; see `nn.functional.max_unpool2d`."""

    _axes = 2
    _function = staticmethod(functional.max_unpool2d)


class MaxUnpool3d(_MaxUnpool):
    """Put maxima of a volume back where they were; see `nn.functional.max_unpool3d`."""

    _axes = 3
    _function = staticmethod(functional.max_unpool3d)


# --- means ----------------------------------------------------------------------------------------


class AvgPool1d(_Pooling):
    """Mean of every window of a signal (N, C, L); see `nn.functional.avg_pool1d`.

    Parameters
    ----------
    kernel_size, stride, padding : int or tuple
        Of the windows; the stride is the kernel's size by default.
    ceil_mode : bool, default False
        Whether a window that ends beyond the input counts.
    count_include_pad : bool, default True
        Whether the zeros of the padding count as elements.
    """

    _axes = 1
    _function = staticmethod(functional.avg_pool1d)

    kernel_size: Size
    stride: Size
    padding: Size
    ceil_mode: bool
    count_include_pad: bool

    def __init__(
        self,
        kernel_size: Size,
        stride: Size | None = None,
        padding: Size = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
    ) -> None:
        self.kernel_size = kernel_size
        self.stride = kernel_size if stride is None else stride
        self.padding = padding
        self.ceil_mode = ceil_mode
        self.count_include_pad = count_include_pad

    def forward(self, input: ArrayOrNode) -> ArrayOrNode:
        """One number per window."""
        return self._pool(
            input,
            self.kernel_size,
            self.stride,
            self.padding,
            self.ceil_mode,
            self.count_include_pad,
        )


class AvgPool2d(AvgPool1d):
    """Mean of every window of an image (N, C, H, W); see `nn.functional.avg_pool2d`.

    Parameters
    ----------
    kernel_size, stride, padding, ceil_mode, count_include_pad
        As for `AvgPool1d`.
    divisor_override : int, optional
        Divide by this instead of the number of elements.
    """

    _axes = 2
    _function = staticmethod(functional.avg_pool2d)

    divisor_override: int | None

    def __init__(
        self,
        kernel_size: Size,
        stride: Size | None = None,
        padding: Size = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
        divisor_override: int | None = None,
    ) -> None:
        super().__init__(kernel_size, stride, padding, ceil_mode, count_include_pad)
        self.divisor_override = divisor_override

    def forward(self, input: ArrayOrNode) -> ArrayOrNode:
        """One number per window."""
        return self._pool(
            input,
            self.kernel_size,
            self.stride,
            self.padding,
            self.ceil_mode,
            self.count_include_pad,
            self.divisor_override,
        )


class AvgPool3d(AvgPool2d):
    """Mean of every window of a volume (N, C, D, H, W); the parameters are those of `AvgPool2d`."""

    _axes = 3
    _function = staticmethod(functional.avg_pool3d)


# --- power means ----------------------------------------------------------------------------------


class _LPPool(_Pooling):
    """(Σ xᵖ)^(1/p) of every window.

    Parameters
    ----------
    norm_type : float
        p: 1 is the sum, and infinity the largest element.
    kernel_size, stride : int or tuple
        Of the windows; the stride is the kernel's size by default.
    ceil_mode : bool, default False
        Whether a window that ends beyond the input counts.
    """

    norm_type: float
    kernel_size: Size
    stride: Size
    ceil_mode: bool

    def __init__(
        self,
        norm_type: float,
        kernel_size: Size,
        stride: Size | None = None,
        ceil_mode: bool = False,
    ) -> None:
        self.norm_type = norm_type
        self.kernel_size = kernel_size
        self.stride = kernel_size if stride is None else stride
        self.ceil_mode = ceil_mode

    def forward(self, input: ArrayOrNode) -> ArrayOrNode:
        """One number per window."""
        return self._pool(input, self.norm_type, self.kernel_size, self.stride, self.ceil_mode)


class LPPool1d(_LPPool):
    """(Σ xᵖ)^(1/p) of every window of a signal (N, C, L); see `nn.functional.lp_pool1d`."""

    _axes = 1
    _function = staticmethod(functional.lp_pool1d)


class LPPool2d(_LPPool):
    """(Σ xᵖ)^(1/p) of every window of an image (N, C, H, W); see `nn.functional.lp_pool2d`."""

    _axes = 2
    _function = staticmethod(functional.lp_pool2d)


class LPPool3d(_LPPool):
    """(Σ xᵖ)^(1/p) of every window of a volume; see `nn.functional.lp_pool3d`."""

    _axes = 3
    _function = staticmethod(functional.lp_pool3d)


# --- as many windows as wanted --------------------------------------------------------------------


class _AdaptiveAvgPool(_Pooling):
    """Means of windows, as many along each axis as `output_size` says (None keeps an axis)."""

    output_size: Any

    def __init__(self, output_size: Any) -> None:
        self.output_size = output_size

    def forward(self, input: ArrayOrNode) -> ArrayOrNode:
        """One number per window."""
        return self._pool(input, self.output_size)


class AdaptiveAvgPool1d(_AdaptiveAvgPool):
    """Means of `output_size` windows of a signal; see `nn.functional.adaptive_avg_pool1d`."""

    _axes = 1
    _function = staticmethod(functional.adaptive_avg_pool1d)


class AdaptiveAvgPool2d(_AdaptiveAvgPool):
    """Means of `output_size` windows of an image; see `nn.functional.adaptive_avg_pool2d`."""

    _axes = 2
    _function = staticmethod(functional.adaptive_avg_pool2d)


class AdaptiveAvgPool3d(_AdaptiveAvgPool):
    """Means of `output_size` windows of a volume; see `nn.functional.adaptive_avg_pool3d`."""

    _axes = 3
    _function = staticmethod(functional.adaptive_avg_pool3d)


class _AdaptiveMaxPool(_Pooling):
    """Largest elements of windows, as many along each axis as `output_size` says."""

    output_size: Any
    return_indices: bool

    def __init__(self, output_size: Any, return_indices: bool = False) -> None:
        self.output_size = output_size
        self.return_indices = return_indices

    def forward(self, input: ArrayOrNode) -> Any:
        """One number per window, and its place if `return_indices`."""
        return self._pool(input, self.output_size, self.return_indices)


class AdaptiveMaxPool1d(_AdaptiveMaxPool):
    """Maxima of `output_size` windows of a signal; see `nn.functional.adaptive_max_pool1d`."""

    _axes = 1
    _function = staticmethod(functional.adaptive_max_pool1d)


class AdaptiveMaxPool2d(_AdaptiveMaxPool):
    """Maxima of `output_size` windows of an image; see `nn.functional.adaptive_max_pool2d`."""

    _axes = 2
    _function = staticmethod(functional.adaptive_max_pool2d)


class AdaptiveMaxPool3d(_AdaptiveMaxPool):
    """Maxima of `output_size` windows of a volume; see `nn.functional.adaptive_max_pool3d`."""

    _axes = 3
    _function = staticmethod(functional.adaptive_max_pool3d)

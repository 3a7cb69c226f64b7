"""Convolutions of signals, images and volumes, and their transposes, as layers."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import ClassVar

import numpy as np

from nn import functional, init
from nn.aliases import ArrayOrNode, DTypeLike, Seed, Variable
from nn.functional.convolution import Padding
from nn.functional.sizes import Size, per_axis
from nn.module import Module, Parameter

#: How convolutions pad, by PyTorch's names, and what `nn.functional.pad` calls that.
_PADDING_MODES = {
    "zeros": "constant",
    "reflect": "reflect",
    "replicate": "replicate",
    "circular": "circular",
}


class _AnyConvolution(Module):
    """What convolutions and their transposes share: sizes, and parameters with their first values.

    Weights and biases are at first uniform within ±1/√fan_in, as in PyTorch, where the fan-in of
    a weight (a, b, *kernel) is b times the elements of the kernel.
    """

    _axes: ClassVar[int]
    _function: ClassVar[Callable[..., ArrayOrNode]]

    in_channels: int
    out_channels: int
    kernel_size: tuple[int, ...]
    stride: tuple[int, ...]
    padding: tuple[int, ...] | str
    dilation: tuple[int, ...]
    groups: int
    weight: Variable
    bias: Variable | None

    def _set_up(
        self,
        in_channels: int,
        out_channels: int,
        sizes: dict[str, Size],
        groups: int,
    ) -> None:
        """Keep the sizes, one number per axis, once they make sense."""
        name = type(self).__name__
        if in_channels < 1 or out_channels < 1 or groups < 1:
            raise ValueError(
                f"{name} needs channels on each side, but got {in_channels=}, {out_channels=} and "
                f"{groups=}."
            )
        if in_channels % groups or out_channels % groups:
            raise ValueError(
                f"{name} cuts its channels into groups of equal size, but {in_channels=} and "
                f"{out_channels=} have no {groups} such groups."
            )
        self.in_channels = in_channels
        self.out_channels = out_channels
        for key, size in sizes.items():
            numbers = per_axis(key, size, self._axes)
            least = 0 if "padding" in key else 1
            if min(numbers) < least:
                raise ValueError(f"{name} needs {key} of at least {least}, but got {size}.")
            setattr(self, key, numbers)
        self.groups = groups

    def _fill(
        self, shape: tuple[int, ...], bias: bool, dtype: DTypeLike | None, seed: Seed
    ) -> None:
        """Make the parameters and give them their first values."""
        rng = np.random.default_rng(seed)
        self.weight = Parameter(np.zeros(shape), dtype)
        bound = 1 / math.sqrt(init.fans(shape)[0])
        init.uniform_(self.weight, -bound, bound, seed=rng)
        self.bias = None
        if bias:
            self.bias = Parameter(np.zeros(self.out_channels), dtype)
            init.uniform_(self.bias, -bound, bound, seed=rng)

    def extra_repr(self) -> str:
        """The channels, and the settings that are not PyTorch's default."""
        settings = self._unusual(
            {
                "kernel_size": None,
                "stride": None,
                "padding": (0,) * self._axes,
                "output_padding": (0,) * self._axes,
                "dilation": (1,) * self._axes,
                "groups": 1,
                "padding_mode": "zeros",
            }
        )
        without = ["bias=False"] if self.bias is None else []
        return ", ".join([f"{self.in_channels}, {self.out_channels}", *settings, *without])


class _Convolution(_AnyConvolution):
    """A convolution: a learned weighted sum of every window.

    Parameters
    ----------
    in_channels, out_channels : int
        Length of the axis of channels before and after.
    kernel_size, stride, dilation : int or tuple
        Of the windows, for all axes or for each.
    padding : int, tuple, "same" or "valid", default 0
        What is added to both sides of each axis; "same" keeps the extent (with stride 1).
    groups : int, default 1
        Channels are cut into so many groups that do not mix.
    bias : bool, default True
        Whether a number is added to each channel.
    padding_mode : {"zeros", "reflect", "replicate", "circular"}
        What is added.
    dtype : dtype, default float32
        Of the parameters; plain arrays that come in are converted to it.
    seed : int or Generator, optional
        Where the first weights come from.
    """

    padding_mode: str

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Size,
        stride: Size = 1,
        padding: Padding = 0,
        dilation: Size = 1,
        groups: int = 1,
        bias: bool = True,
        padding_mode: str = "zeros",
        *,
        dtype: DTypeLike | None = None,
        seed: Seed = None,
    ) -> None:
        sizes: dict[str, Size] = {"kernel_size": kernel_size, "stride": stride}
        if isinstance(padding, str):
            _require_name("padding", padding, ("same", "valid"))
            self.padding = padding
        else:
            sizes["padding"] = padding
        self._set_up(in_channels, out_channels, {**sizes, "dilation": dilation}, groups)
        if padding == "same" and max(self.stride) > 1:
            raise ValueError(
                f"padding='same' keeps the extent only with stride 1, but {stride=} was given."
            )
        _require_name("padding_mode", padding_mode, tuple(_PADDING_MODES))
        self.padding_mode = padding_mode
        shape = (out_channels, in_channels // groups, *self.kernel_size)
        self._fill(shape, bias, dtype, seed)

    def forward(self, input: ArrayOrNode) -> ArrayOrNode:
        """Map (N, in_channels, *spatial) to (N, out_channels, *positions), or both without N."""
        x = self._cast(input, self.weight)
        self._require_channels(x, self._axes, self.in_channels)
        padding: Padding = self.padding  # type: ignore[assignment]
        if self.padding_mode != "zeros":
            x = functional.pad(x, self._border(), _PADDING_MODES[self.padding_mode])
            padding = 0
        return self._function(
            x, self.weight, self.bias, self.stride, padding, self.dilation, self.groups
        )

    def _border(self) -> list[int]:
        """Widths before and after each axis, the last axis first."""
        if self.padding == "valid":
            return []
        pairs = zip(self.kernel_size, self.dilation, strict=True)
        total = [d * (k - 1) for k, d in pairs] if self.padding == "same" else None
        widths: list[int] = []
        for axis in reversed(range(self._axes)):
            if total is None:
                widths += [self.padding[axis]] * 2  # type: ignore[list-item]
            else:
                widths += [total[axis] // 2, total[axis] - total[axis] // 2]
        return widths


class Conv1d(_Convolution):
    """Convolution of signals (N, C, L) or (C, L); see `nn.functional.conv1d`.

    ``Conv1d(in_channels, out_channels, kernel_size, stride=1, padding=0, dilation=1, groups=1,
    bias=True, padding_mode="zeros", *, dtype=None, seed=None)``, as `Conv2d` and `Conv3d`.
    """

    _axes = 1
    _function = staticmethod(functional.conv1d)


class Conv2d(_Convolution):
    """Convolution of images (N, C, H, W) or (C, H, W); see `nn.functional.conv2d`, `Conv1d`."""

    _axes = 2
    _function = staticmethod(functional.conv2d)


class Conv3d(_Convolution):
    """Convolution of volumes (N, C, D, H, W) or (C, D, H, W); see `nn.functional.conv3d`."""

    _axes = 3
    _function = staticmethod(functional.conv3d)


# --- transposed -----------------------------------------------------------------------------------


class _ConvTranspose(_AnyConvolution):
    """The transpose of a convolution: every element spreads a learned kernel.

    Parameters
    ----------
    in_channels, out_channels : int
        Length of the axis of channels before and after.
    kernel_size, stride, dilation, groups
        Of the convolution that this transposes.
    padding : int or tuple, default 0
        Elements cut off at both sides, where that convolution pads.
    output_padding : int or tuple, default 0
        Elements added at the end of each axis; less than the stride or the dilation.
    bias : bool, default True
        Whether a number is added to each channel.
    padding_mode : {"zeros"}
        As in PyTorch there is no other.
    dtype : dtype, default float32
        Of the parameters; plain arrays that come in are converted to it.
    seed : int or Generator, optional
        Where the first weights come from.
    """

    output_padding: tuple[int, ...]

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Size,
        stride: Size = 1,
        padding: Size = 0,
        output_padding: Size = 0,
        groups: int = 1,
        bias: bool = True,
        dilation: Size = 1,
        padding_mode: str = "zeros",
        *,
        dtype: DTypeLike | None = None,
        seed: Seed = None,
    ) -> None:
        _require_name("padding_mode", padding_mode, ("zeros",))
        sizes: dict[str, Size] = {
            "kernel_size": kernel_size,
            "stride": stride,
            "padding": padding,
            "output_padding": output_padding,
            "dilation": dilation,
        }
        self._set_up(in_channels, out_channels, sizes, groups)
        shape = (in_channels, out_channels // groups, *self.kernel_size)
        self._fill(shape, bias, dtype, seed)

    def forward(self, input: ArrayOrNode, output_size: Sequence[int] | None = None) -> ArrayOrNode:
        """Map (N, in_channels, *positions) to (N, out_channels, *spatial), or both without N.

        Parameters
        ----------
        input : (N, in_channels, *positions) or (in_channels, *positions)
        output_size : sequence of int, optional
            The extent, or the whole shape, of the result, instead of `output_padding`.

        Raises
        ------
        ValueError
            If shapes do not fit, or there is no such output size.
        """
        x = self._cast(input, self.weight)
        self._require_channels(x, self._axes, self.in_channels)
        extra = self.output_padding
        if output_size is not None:
            extra = self._output_padding(x.shape[-self._axes :], tuple(output_size))
        return self._function(
            x,
            self.weight,
            self.bias,
            self.stride,
            self.padding,
            extra,
            self.groups,
            self.dilation,
        )

    def _output_padding(
        self, extent: tuple[int, ...], output_size: tuple[int, ...]
    ) -> tuple[int, ...]:
        """What has to be added to reach an output size."""
        assert not isinstance(self.padding, str)
        sizes = zip(extent, self.kernel_size, self.stride, self.padding, self.dilation, strict=True)
        least = tuple((n - 1) * s - 2 * p + d * (k - 1) + 1 for n, k, s, p, d in sizes)
        extra = tuple(m - n for m, n in zip(output_size[-len(least) :], least, strict=False))
        limits = zip(extra, self.stride, self.dilation, strict=False)
        if len(extra) < len(least) or not all(0 <= e < max(s, d) for e, s, d in limits):
            raise ValueError(
                f"{self._label()} leads from {extent} to {least}, or to less than a stride more, "
                f"but output_size={output_size} was asked for."
            )
        return extra


class ConvTranspose1d(_ConvTranspose):
    """Transposed convolution of signals (N, C, L); see `nn.functional.conv_transpose1d`.

    ``ConvTranspose1d(in_channels, out_channels, kernel_size, stride=1, padding=0,
    output_padding=0, groups=1, bias=True, dilation=1, padding_mode="zeros", *, dtype=None,
    seed=None)``, as `ConvTranspose2d` and `ConvTranspose3d`.
    """

    _axes = 1
    _function = staticmethod(functional.conv_transpose1d)


class ConvTranspose2d(_ConvTranspose):
    """Transposed convolution of images (N, C, H, W); see `nn.functional.conv_transpose2d`."""

    _axes = 2
    _function = staticmethod(functional.conv_transpose2d)


class ConvTranspose3d(_ConvTranspose):
    """Transposed convolution of volumes (N, C, D, H, W); see `nn.functional.conv_transpose3d`."""

    _axes = 3
    _function = staticmethod(functional.conv_transpose3d)


def _require_name(argument: str, name: str, known: tuple[str, ...]) -> None:
    if name not in known:
        raise ValueError(f"{argument} must be one of {', '.join(known)}, but {name!r} was given.")

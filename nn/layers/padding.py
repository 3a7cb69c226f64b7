"""Borders around signals, images and volumes, as layers."""

from __future__ import annotations

from typing import Any, ClassVar

from nn import functional
from nn.aliases import ArrayOrNode
from nn.module import Module


class _Padding(Module):
    """What the layers share.

    Parameters
    ----------
    padding : int or tuple of int
        One width for all sides, or one for each: before and after the last axis first, then the
        axis before it, and so on. What is negative is cut off.
    """

    _axes: ClassVar[int]
    _mode: ClassVar[str]

    padding: tuple[int, ...]

    def __init__(self, padding: Any) -> None:
        sides = 2 * self._axes
        widths = (padding,) * sides if isinstance(padding, int) else tuple(padding)
        if len(widths) != sides:
            raise ValueError(
                f"{type(self).__name__} takes one width or {sides}, but {padding} was given."
            )
        self.padding = widths

    def forward(self, input: ArrayOrNode) -> ArrayOrNode:
        """The input with a border around its last axes."""
        self._require_channels(input, self._axes)
        return functional.pad(input, self.padding, self._mode)


class _ConstantPad(_Padding):
    """A border of one number.

    Parameters
    ----------
    padding : int or tuple of int
        One width for all sides, or one for each, the last axis first.
    value : float
        The number.
    """

    _mode = "constant"

    value: float

    def __init__(self, padding: Any, value: float) -> None:
        super().__init__(padding)
        self.value = value

    def forward(self, input: ArrayOrNode) -> ArrayOrNode:
        """The input with a border around its last axes."""
        self._require_channels(input, self._axes)
        return functional.pad(input, self.padding, self._mode, self.value)


class _ZeroPad(_Padding):
    _mode = "constant"


class _ReflectionPad(_Padding):
    _mode = "reflect"


class _ReplicationPad(_Padding):
    _mode = "replicate"


class _CircularPad(_Padding):
    _mode = "circular"


class ConstantPad1d(_ConstantPad):
    """A border of one number around a signal (N, C, L) or (C, L)."""

    _axes = 1


class ConstantPad2d(_ConstantPad):
    """A border of one number around an image (N, C, H, W) or (C, H, W)."""

    _axes = 2


class ConstantPad3d(_ConstantPad):
    """A border of one number around a volume (N, C, D, H, W) or (C, D, H, W)."""

    _axes = 3


class ZeroPad1d(_ZeroPad):
    """A border of zeros around a signal (N, C, L) or (C, L)."""

    _axes = 1


class ZeroPad2d(_ZeroPad):
    """A border of zeros around an image (N, C, H, W) or (C, H, W)."""

    _axes = 2


class ZeroPad3d(_ZeroPad):
    """A border of zeros around a volume (N, C, D, H, W) or (C, D, H, W)."""

    _axes = 3


class ReflectionPad1d(_ReflectionPad):
    """A border that mirrors what is inside, around a signal (N, C, L) or (C, L)."""

    _axes = 1


class ReflectionPad2d(_ReflectionPad):
    """A border that mirrors what is inside, around an image (N, C, H, W) or (C, H, W)."""

    _axes = 2


class ReflectionPad3d(_ReflectionPad):
    """A border that mirrors what is inside, around a volume (N, C, D, H, W) or (C, D, H, W)."""

    _axes = 3


class ReplicationPad1d(_ReplicationPad):
    """A border that repeats the outermost elements, around a signal (N, C, L) or (C, L)."""

    _axes = 1


class ReplicationPad2d(_ReplicationPad):
    """A border that repeats the outermost elements, around an image (N, C, H, W) or (C, H, W)."""

    _axes = 2


class ReplicationPad3d(_ReplicationPad):
    """A border that repeats the outermost elements, around a volume (N, C, D, H, W)."""

    _axes = 3


class CircularPad1d(_CircularPad):
    """A border that goes on at the other end, around a signal (N, C, L) or (C, L)."""

    _axes = 1


class CircularPad2d(_CircularPad):
    """A border that goes on at the other end, around an image (N, C, H, W) or (C, H, W)."""

    _axes = 2


class CircularPad3d(_CircularPad):
    """A border that goes on at the other end, around a volume (N, C, D, H, W) or (C, D, H, W)."""

    _axes = 3

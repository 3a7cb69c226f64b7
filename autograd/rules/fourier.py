"""Derivatives of discrete Fourier transforms, and of the phase of a complex number.

A transform is linear, y = F x, so its gradient is Fᴴ g: the transform of the opposite direction
with the scaling of this one. A real transform stores only half of a spectrum, in which every
frequency but the first (and, for an even length, the last) stands for two.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NoReturn

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from autograd.primitives import Primitive, data_of, elementwise, implements, primitive
from autograd.rules.arithmetic import conj, real, where
from autograd.rules.axes import along

#: The scaling that the transform back needs, to be scaled as much as the transform was.
_OPPOSITE: dict[Any, Any] = {
    None: "forward",
    "backward": "forward",
    "forward": "backward",
    "ortho": "ortho",
}


def _no_values(x: Any, **params: Any) -> NoReturn:
    raise TypeError(
        "np.fft computes with complex numbers, but a Value is a real one; use a Tensor."
    )


def _copies(length: int, axis: int, g: Any) -> Any:
    """How often each stored frequency stands in the full spectrum of a real signal."""
    copies = np.full(length // 2 + 1, 2.0, dtype=np.finfo(g.dtype).dtype)
    copies[0] = 1.0
    if length % 2 == 0:
        copies[-1] = 1.0
    return copies.reshape((-1,) + (1,) * (g.ndim - 1 - axis))


# --- transforms over several axes, of the length that the array has ------------------------------

_fftn: Primitive = primitive(
    "fftn",
    np.fft.fftn,
    lambda g, x, y, axes, norm: _ifftn(g, axes=axes, norm=_OPPOSITE[norm]),
    params=("axes", "norm"),
    composite=_no_values,
    linear=True,
)
_ifftn: Primitive = primitive(
    "ifftn",
    np.fft.ifftn,
    lambda g, x, y, axes, norm: _fftn(g, axes=axes, norm=_OPPOSITE[norm]),
    params=("axes", "norm"),
    composite=_no_values,
    linear=True,
)


def _unrfftn(g: Any, x: Any, y: Any, axes: tuple[int, ...], norm: Any) -> Any:
    lengths = tuple(x.shape[axis] for axis in axes)
    halves = g / _copies(lengths[-1], axes[-1], g)
    return _irfftn(halves, s=lengths, axes=axes, norm=_OPPOSITE[norm])


def _unirfftn(g: Any, x: Any, y: Any, s: Any, axes: tuple[int, ...], norm: Any) -> Any:
    return _rfftn(g, axes=axes, norm=_OPPOSITE[norm]) * _copies(s[-1], axes[-1], g)


_rfftn: Primitive = primitive(
    "rfftn", np.fft.rfftn, _unrfftn, params=("axes", "norm"), composite=_no_values, linear=True
)
_irfftn: Primitive = primitive(
    "irfftn",
    np.fft.irfftn,
    _unirfftn,
    params=("s", "axes", "norm"),
    composite=_no_values,
    linear=True,
)

# --- numpy's functions, which first crop or fill the array to a length ----------------------------

_Lengths = Sequence[int] | None
_Axes = Sequence[int] | None


def _lengths_and_axes(x: Any, s: _Lengths, axes: _Axes) -> tuple[list[int], tuple[int, ...]]:
    """The lengths and the axes of a transform, with numpy's defaults filled in."""
    if axes is None:
        axes = range(np.ndim(x)) if s is None else range(-len(s), 0)
    places = normalize_axis_tuple(axes, np.ndim(x), "np.fft", allow_duplicate=True)
    if s is None:
        return [x.shape[axis] for axis in places], places
    if len(s) != len(places):
        raise ValueError(f"np.fft: s={tuple(s)} and axes={tuple(axes)} differ in length.")
    return [x.shape[a] if n == -1 else n for n, a in zip(s, places, strict=True)], places


def _with_lengths(x: Any, lengths: Sequence[int], axes: tuple[int, ...]) -> Any:
    """The array, cropped or filled with zeros to given lengths."""
    for n, axis in zip(lengths, axes, strict=True):
        if n < x.shape[axis]:
            x = x[along(axis, slice(n), x.ndim)]
        elif n > x.shape[axis]:
            x = np.pad(x, [(0, n - x.shape[axis] if i == axis else 0) for i in range(x.ndim)])
    return x


@implements(np.fft.fftn)
def fftn(a: Any, s: _Lengths = None, axes: _Axes = None, norm: Any = None) -> Any:
    """Fourier transform over several axes; see `numpy.fft.fftn`."""
    s, axes = _lengths_and_axes(a, s, axes)
    return _fftn(_with_lengths(a, s, axes), axes=axes, norm=norm)


@implements(np.fft.ifftn)
def ifftn(a: Any, s: _Lengths = None, axes: _Axes = None, norm: Any = None) -> Any:
    """Inverse Fourier transform over several axes; see `numpy.fft.ifftn`."""
    s, axes = _lengths_and_axes(a, s, axes)
    return _ifftn(_with_lengths(a, s, axes), axes=axes, norm=norm)


@implements(np.fft.rfftn)
def rfftn(a: Any, s: _Lengths = None, axes: _Axes = None, norm: Any = None) -> Any:
    """Half the Fourier transform of a real array over several axes; see `numpy.fft.rfftn`."""
    s, axes = _lengths_and_axes(a, s, axes)
    return _rfftn(_with_lengths(a, s, axes), axes=axes, norm=norm)


@implements(np.fft.irfftn)
def irfftn(a: Any, s: _Lengths = None, axes: _Axes = None, norm: Any = None) -> Any:
    """The real array of which half the Fourier transform is given; see `numpy.fft.irfftn`."""
    lengths, axes = _lengths_and_axes(a, s, axes)
    if s is None:
        lengths[-1] = 2 * (lengths[-1] - 1)
    halves = [*lengths[:-1], lengths[-1] // 2 + 1]
    return _irfftn(_with_lengths(a, halves, axes), s=tuple(lengths), axes=axes, norm=norm)


def _over_fewer_axes(transform: Any, one: Any, two: Any) -> None:
    """Let a transform over several axes stand in for numpy's over one and over two."""

    @implements(one)
    def over_one(a: Any, n: int | None = None, axis: int = -1, norm: Any = None) -> Any:
        return transform(a, None if n is None else (n,), (axis,), norm)

    @implements(two)
    def over_two(a: Any, s: _Lengths = None, axes: _Axes = (-2, -1), norm: Any = None) -> Any:
        return transform(a, s, axes, norm)


_over_fewer_axes(fftn, np.fft.fft, np.fft.fft2)
_over_fewer_axes(ifftn, np.fft.ifft, np.fft.ifft2)
_over_fewer_axes(rfftn, np.fft.rfft, np.fft.rfft2)
_over_fewer_axes(irfftn, np.fft.irfft, np.fft.irfft2)

# A signal with a real spectrum is the conjugate of a spectrum of a real signal.


@implements(np.fft.hfft)
def hfft(a: Any, n: int | None = None, axis: int = -1, norm: Any = None) -> Any:
    """The real Fourier transform of a signal of which half is given; see `numpy.fft.hfft`."""
    return np.fft.irfft(conj(a), n, axis, _OPPOSITE.get(norm, norm))


@implements(np.fft.ihfft)
def ihfft(a: Any, n: int | None = None, axis: int = -1, norm: Any = None) -> Any:
    """Half of the signal of which the real Fourier transform is given; see `numpy.fft.ihfft`."""
    return conj(np.fft.rfft(a, n, axis, _OPPOSITE.get(norm, norm)))


# --- order of the frequencies ---------------------------------------------------------------------


def _shifted(x: Any, axes: Any, direction: int) -> Any:
    places = normalize_axis_tuple(range(x.ndim) if axes is None else axes, x.ndim, "np.fft")
    return np.roll(x, [direction * (x.shape[axis] // 2) for axis in places], places)


@implements(np.fft.fftshift)
def fftshift(x: Any, axes: Any = None) -> Any:
    """The spectrum with frequency 0 in the middle."""
    return _shifted(x, axes, 1)


@implements(np.fft.ifftshift)
def ifftshift(x: Any, axes: Any = None) -> Any:
    """The spectrum with frequency 0 in front again."""
    return _shifted(x, axes, -1)


# --- phase ----------------------------------------------------------------------------------------


def _turn(z: Any, y: Any, deg: bool = False) -> Any:
    """The derivative of the phase; 0 for real numbers, which cannot turn, and at 0."""
    if not np.iscomplexobj(data_of(z)):
        return False
    still = z == 0
    return where(still, 0.0, (-180j / math.pi if deg else -1j) / where(still, 1.0, z))


angle = elementwise("angle", np.angle, _turn, params=("deg",))


@implements(np.real_if_close)
def real_if_close(a: Any, tol: float = 100) -> Any:
    """The real part, if no imaginary part is larger than `tol` times the precision."""
    return a if np.iscomplexobj(np.real_if_close(data_of(a), tol)) else real(a)

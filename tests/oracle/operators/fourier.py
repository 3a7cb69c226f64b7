"""Operators of Fourier transforms and of complex numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view


def one(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda x, n=None, dim=-1, norm=None: function(x, n, dim, norm)


def several(function: Callable[..., Any], default: Any = None) -> Callable[..., Any]:
    def transform(x: Any, s: Any = None, dim: Any = default, norm: Any = None) -> Any:
        dim = tuple(range(-len(s), 0)) if s is not None and dim is None else dim
        return function(x, s, dim, norm)

    return transform


#: A transform of a signal with a real spectrum is scaled like the transform the other way.
OPPOSITE = {None: "forward", "backward": "forward", "forward": "backward", "ortho": "ortho"}


def hfftn(x: Any, s: Any, dim: Any, norm: Any) -> Any:
    return np.fft.irfftn(np.conj(x), s, dim, OPPOSITE[norm])


def ihfftn(x: Any, s: Any, dim: Any, norm: Any) -> Any:
    return np.conj(np.fft.rfftn(x, s, dim, OPPOSITE[norm]))


def shift(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda x, dim=None: function(x, dim)


def stft(
    x: Any,
    n_fft: int,
    hop_length: int | None = None,
    window: Any = None,
    center: bool = True,
    onesided: bool = True,
    return_complex: bool = True,
) -> Any:
    """The spectrum of every window of a signal."""
    if center:
        x = np.pad(x, [(0, 0)] * (x.ndim - 1) + [(n_fft // 2, n_fft // 2)], mode="reflect")
    frames = sliding_window_view(x, n_fft, axis=-1)[..., :: hop_length or n_fft // 4, :]
    transform = np.fft.rfft if onesided else np.fft.fft
    spectrum = np.swapaxes(transform(frames * (1.0 if window is None else window)), -1, -2)
    return spectrum if return_complex else np.stack([spectrum.real, spectrum.imag], axis=-1)


OPERATORS: dict[str, Callable[..., Any]] = {
    "fft.fft": one(np.fft.fft),
    "fft.ifft": one(np.fft.ifft),
    "fft.rfft": one(np.fft.rfft),
    "fft.irfft": one(np.fft.irfft),
    "fft.hfft": one(np.fft.hfft),
    "fft.ihfft": one(np.fft.ihfft),
    "fft.fft2": several(np.fft.fft2, (-2, -1)),
    "fft.ifft2": several(np.fft.ifft2, (-2, -1)),
    "fft.rfft2": several(np.fft.rfft2, (-2, -1)),
    "fft.irfft2": several(np.fft.irfft2, (-2, -1)),
    "fft.hfft2": several(hfftn, (-2, -1)),
    "fft.ihfft2": several(ihfftn, (-2, -1)),
    "fft.fftn": several(np.fft.fftn),
    "fft.ifftn": several(np.fft.ifftn),
    "fft.rfftn": several(np.fft.rfftn),
    "fft.irfftn": several(np.fft.irfftn),
    "fft.hfftn": several(hfftn),
    "fft.ihfftn": several(ihfftn),
    "fft.fftshift": shift(np.fft.fftshift),
    "fft.ifftshift": shift(np.fft.ifftshift),
    "stft": stft,
    "complex": lambda x, y: x + 1j * y,
    "polar": lambda r, phase: r * np.exp(1j * phase),
    "view_as_complex": lambda x: x[..., 0] + 1j * x[..., 1],
    "real": np.real,
    "conj": np.conj,
    "conj_physical": np.conj,
    "angle": np.angle,
}

LEFT_OUT: dict[str, str] = {}

"""Other sizes of signals, images and volumes, as PyTorch defines them.

Every mode works axis by axis: an element of the result is a weighted sum of a few elements, its
taps, whose places and weights depend on its own place only.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import ceil, floor
from typing import Any

import numpy as np

from autograd.rules.resampling import resample
from nn.aliases import Array, ArrayOrNode
from nn.functional.pooling import adaptive_avg_pool1d, adaptive_avg_pool2d, adaptive_avg_pool3d
from nn.functional.sizes import dtype_of

#: Places and weights of the taps, each (taps, elements of the result).
Taps = tuple[Array, Array]

_AXES = {"linear": 1, "bilinear": 2, "bicubic": 2, "trilinear": 3}
_AREA = (adaptive_avg_pool1d, adaptive_avg_pool2d, adaptive_avg_pool3d)


def interpolate(
    input: ArrayOrNode,
    size: int | Sequence[int] | None = None,
    scale_factor: float | Sequence[float] | None = None,
    mode: str = "nearest",
    align_corners: bool | None = None,
    recompute_scale_factor: bool | None = None,
    antialias: bool = False,
) -> ArrayOrNode:
    """Enlarge or shrink the spatial axes.

    Parameters
    ----------
    input : (N, C, *spatial)
        One to three spatial axes.
    size : int or sequence of int
        The new extent.
    scale_factor : float or sequence of float
        Or how many times larger it is to be, rounded down.
    mode : {"nearest", "nearest-exact", "linear", "bilinear", "bicubic", "trilinear", "area"}
        The nearest element (as OpenCV or as scikit-image and PIL round), a line, plane or cubic
        (a = −¾) through neighbours, or the mean of an area.
    align_corners : bool, default False
        For lines and cubics, whether the centres of the outermost elements stay where they are,
        or their outer edges.
    recompute_scale_factor : bool, default False
        Whether to use the ratio of the extents instead of the factor that was given.
    antialias : bool
        For planes and cubics, whether to widen them by the factor of shrinking.

    Returns
    -------
    (N, C, *size)

    Raises
    ------
    ValueError
        If mode, axes and options do not fit, or not one of size and factor is given.
    """
    axes = input.ndim - 2
    _require_mode(mode, input, align_corners, antialias)
    extent: tuple[int, ...] = input.shape[2:]
    sizes, factors = _sizes(extent, size, scale_factor)
    if recompute_scale_factor and scale_factor is None:
        raise ValueError("recompute_scale_factor=True needs a scale_factor.")
    if recompute_scale_factor:
        factors = (None,) * axes
    if mode == "area":
        return _AREA[axes - 1](input, sizes)
    y = input
    for axis, (n, m, factor) in enumerate(zip(extent, sizes, factors, strict=True)):
        if mode.startswith("nearest"):
            taps = _nearest(n, m, factor, dtype_of(input), exact=mode == "nearest-exact")
        else:
            taps = _taps(n, m, factor, mode, bool(align_corners), antialias)
        places, weights = taps
        y = resample(y, places=places, weights=weights, axis=axis - axes, length=n)
    return y


def upsample(
    input: ArrayOrNode,
    size: int | Sequence[int] | None = None,
    scale_factor: float | Sequence[float] | None = None,
    mode: str = "nearest",
    align_corners: bool | None = None,
) -> ArrayOrNode:
    """`interpolate` under its older name."""
    return interpolate(input, size, scale_factor, mode, align_corners)


def upsample_nearest(
    input: ArrayOrNode,
    size: int | Sequence[int] | None = None,
    scale_factor: float | Sequence[float] | None = None,
) -> ArrayOrNode:
    """`interpolate` to the nearest element."""
    return interpolate(input, size, scale_factor, mode="nearest")


def upsample_bilinear(
    input: ArrayOrNode,
    size: int | Sequence[int] | None = None,
    scale_factor: float | Sequence[float] | None = None,
) -> ArrayOrNode:
    """`interpolate` by planes, with aligned corners."""
    return interpolate(input, size, scale_factor, mode="bilinear", align_corners=True)


# --- arguments --------------------------------------------------------------------------------


def _require_mode(
    mode: str, input: ArrayOrNode, align_corners: bool | None, antialias: bool
) -> None:
    axes = input.ndim - 2
    if mode not in ("nearest", "nearest-exact", "area", *_AXES):
        raise ValueError(
            "interpolate knows the modes nearest, nearest-exact, area, linear, bilinear, bicubic "
            f"and trilinear, but {mode!r} was given."
        )
    if axes not in (1, 2, 3) or _AXES.get(mode, axes) != axes:
        wanted = _AXES.get(mode, "one to three")
        raise ValueError(
            f"interpolate in mode {mode!r} takes inputs (N, C, *spatial) with {wanted} spatial "
            f"axes, but got an array of shape {input.shape}."
        )
    if align_corners is not None and mode not in _AXES:
        raise ValueError(f"align_corners is for lines and cubics, but mode is {mode!r}.")
    if antialias and mode not in ("bilinear", "bicubic"):
        raise ValueError(f"antialias is for the modes bilinear and bicubic, not for {mode!r}.")


def _sizes(
    extent: tuple[int, ...],
    size: int | Sequence[int] | None,
    scale_factor: float | Sequence[float] | None,
) -> tuple[tuple[int, ...], tuple[float | None, ...]]:
    """The new extent, and the factor by which each axis is said to grow."""
    if (size is None) == (scale_factor is None):
        raise ValueError(
            f"interpolate takes a size or a scale_factor, but size={size} and "
            f"scale_factor={scale_factor} were given."
        )
    axes = len(extent)
    wanted: Any = scale_factor if size is None else size
    each = tuple(wanted) if isinstance(wanted, Sequence) else (wanted,) * axes
    if len(each) != axes or min(each) <= 0:
        raise ValueError(
            f"interpolate over {axes} axes takes one positive number or {axes} for size or "
            f"scale_factor, but {wanted} was given."
        )
    if size is not None:
        return each, (None,) * axes
    sizes = tuple(floor(n * factor) for n, factor in zip(extent, each, strict=True))
    if min(sizes) < 1:
        raise ValueError(f"interpolate of {extent} by {wanted} would leave nothing: {sizes}.")
    return sizes, each


# --- taps -------------------------------------------------------------------------------------


def _step(n: int, m: int, factor: float | None) -> float:
    """How far apart neighbours in the result are in the input."""
    return 1 / factor if factor else n / m


def _nearest(n: int, m: int, factor: float | None, dtype: Any, exact: bool) -> Taps:
    """Which element is nearest; PyTorch computes it in the precision of the numbers."""
    precise = np.dtype(dtype).type if dtype != np.float16 else np.float32
    step = precise(1 / factor) if factor else precise(n) / precise(m)
    places = (np.arange(m) + precise(0.5 if exact else 0)).astype(precise) * step
    # … and rounds it down in single precision.
    nearest = np.minimum(np.floor(places.astype(np.float32)).astype(int), n - 1)
    return nearest[None], np.ones((1, m))


def _taps(
    n: int, m: int, factor: float | None, mode: str, align_corners: bool, antialias: bool
) -> Taps:
    cubic = mode == "bicubic"
    if align_corners:
        step = (n - 1) / (m - 1) if m > 1 else 0.0
        centres = np.arange(m) * step
    else:
        step = _step(n, m, factor)
        centres = (np.arange(m) + 0.5) * step - 0.5
    if antialias:
        return _wide_taps(n, m, step, cubic)
    if not cubic:
        centres = np.clip(centres, 0, n - 1)
    first = np.floor(centres).astype(int) - (1 if cubic else 0)
    places = first + np.arange(4 if cubic else 2)[:, None]
    weights = (_cubic(-0.75) if cubic else _triangle)(np.abs(centres - places))
    return np.clip(places, 0, n - 1), weights


def _wide_taps(n: int, m: int, step: float, cubic: bool) -> Taps:
    """Taps of a filter that is stretched when shrinking, cut off at the ends, and adds up to 1."""
    stretch = max(step, 1.0)
    reach = (2 if cubic else 1) * stretch
    centres = (np.arange(m) + 0.5) * step
    first = np.maximum((centres - reach + 0.5).astype(int), 0)
    last = np.minimum((centres + reach + 0.5).astype(int), n)
    places = first + np.arange(ceil(2 * reach) + 1)[:, None]
    distance = np.abs(places - centres + 0.5) / stretch
    weights = np.where(places < last, (_cubic(-0.5) if cubic else _triangle)(distance), 0.0)
    return np.clip(places, 0, n - 1), weights / weights.sum(axis=0)


def _triangle(distance: Array) -> Array:
    weights: Array = np.maximum(1 - distance, 0.0)
    return weights


def _cubic(a: float) -> Callable[[Array], Array]:
    """Keys' cubic convolution, whose slope at distance 1 is a."""

    def weigh(d: Array) -> Array:
        near = ((a + 2) * d - (a + 3)) * d * d + 1
        far = ((a * d - 5 * a) * d + 8 * a) * d - 4 * a
        return np.where(d <= 1, near, np.where(d < 2, far, 0.0))

    return weigh

"""Images and volumes read at any points, as PyTorch defines it: spatial transformers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product
from math import prod
from typing import Any

import numpy as np

from autograd.primitives import data_of
from nn.aliases import Array, ArrayOrNode
from nn.functional.sizes import dtype_of
from nn.functional.thresholds import hardtanh

#: A place along an axis for each point, and its weight there (None: 1).
Tap = tuple[Array, ArrayOrNode | None]


def grid_sample(
    input: ArrayOrNode,
    grid: ArrayOrNode,
    mode: str = "bilinear",
    padding_mode: str = "zeros",
    align_corners: bool = False,
) -> ArrayOrNode:
    """Read images at given points (Jaderberg et al., 2015).

    Parameters
    ----------
    input : (N, C, H, W) or (N, C, D, H, W)
    grid : (N, *out, 2) or (N, *out, 3)
        Points (x, y) or (x, y, z), where −1 and 1 are the borders of the image.
    mode : {"bilinear", "nearest", "bicubic"}
        How to read between elements; cubics are for images only.
    padding_mode : {"zeros", "border", "reflection"}
        What is beyond the border.
    align_corners : bool
        Whether −1 and 1 are the centres of the outermost elements, or their outer edges.

    Returns
    -------
    (N, C, *out)

    Raises
    ------
    ValueError
        If there is no such mode, or the shapes do not fit.
    """
    axes = input.ndim - 2
    _require(input, grid, mode, padding_mode)
    n, c, *extent = input.shape
    pixels = input.reshape(n, c, prod(extent))
    bring_in = _BORDERS[padding_mode]
    taps = []
    for axis, size in enumerate(extent):
        points = _pixels(grid[..., axes - 1 - axis].reshape(n, -1), size, align_corners)
        if mode == "bicubic":
            near = _cubic_taps(points)
            taps.append([(_reach(bring_in(p, size, align_corners)), weight) for p, weight in near])
        else:
            points = _reach(bring_in(points, size, align_corners))
            taps.append(_linear_taps(points) if mode == "bilinear" else _nearest_tap(points))
    total: ArrayOrNode = 0.0
    for corner in product(*taps):
        part = _read(pixels, [place for place, _ in corner], tuple(extent))
        for _, weight in corner:
            part = part if weight is None else part * weight[:, None]
        total = part if isinstance(total, float) else total + part
    return total.reshape(n, c, *grid.shape[1:-1])


def affine_grid(
    theta: ArrayOrNode, size: Sequence[int], align_corners: bool = False
) -> ArrayOrNode:
    """The points for `grid_sample` that an affine map makes of the elements of an image.

    Parameters
    ----------
    theta : (N, 2, 3) or (N, 3, 4)
        One map per image: a matrix, and what it adds as the last column.
    size : sequence of int
        Shape of the result, (N, C, H, W) or (N, C, D, H, W).
    align_corners : bool
        As for `grid_sample`.

    Returns
    -------
    (N, H, W, 2) or (N, D, H, W, 3)

    Raises
    ------
    ValueError
        If the maps do not fit the shape.
    """
    n, _, *extent = size
    axes = len(extent)
    if axes not in (2, 3) or theta.shape != (n, axes, axes + 1):
        raise ValueError(
            f"affine_grid for the shape {tuple(size)} takes one map of shape (2, 3) per image, or "
            f"(3, 4) per volume, but got an array of shape {theta.shape}."
        )
    along = []
    for m in extent:
        ends = 1.0 if align_corners else (m - 1) / m
        along.append(np.linspace(-ends, ends, m) if m > 1 else np.zeros(1))
    mesh = np.meshgrid(*along, indexing="ij")[::-1]
    points = np.stack([*mesh, np.ones(tuple(extent))], axis=-1).astype(dtype_of(theta))
    moved = points.reshape(1, -1, axes + 1) @ np.swapaxes(theta, 1, 2)
    return moved.reshape(n, *extent, axes)


# --- points -----------------------------------------------------------------------------------


def _require(input: ArrayOrNode, grid: ArrayOrNode, mode: str, padding_mode: str) -> None:
    axes = input.ndim - 2
    if mode not in ("bilinear", "nearest", "bicubic") or padding_mode not in _BORDERS:
        raise ValueError(
            "grid_sample knows the modes bilinear, nearest and bicubic and the paddings "
            f"{', '.join(_BORDERS)}, but {mode!r} and {padding_mode!r} were given."
        )
    if axes not in (2, 3) or grid.ndim != input.ndim or grid.shape[-1] != axes:
        raise ValueError(
            "grid_sample takes images (N, C, H, W) and points (N, H, W, 2), or volumes and points "
            f"with an axis more, but got shapes {input.shape} and {grid.shape}."
        )
    if grid.shape[0] != input.shape[0] or (mode == "bicubic" and axes != 2):
        raise ValueError(
            "grid_sample takes points for each image, and cubics for images only, but got shapes "
            f"{input.shape} and {grid.shape} in mode {mode!r}."
        )


def _pixels(points: ArrayOrNode, size: int, align_corners: bool) -> ArrayOrNode:
    """Points from −1 to 1 in units of elements, counted from the centre of the first."""
    if align_corners:
        return (points + 1) * ((size - 1) / 2)
    return ((points + 1) * size - 1) / 2


def _reach(points: ArrayOrNode) -> ArrayOrNode:
    """What is not finite, or too far for an integer, is outside too."""
    near = np.abs(data_of(points)) < 2**31
    return points if near.all() else np.where(near, points, -100.0)


def _as_they_are(points: ArrayOrNode, size: int, align_corners: bool) -> ArrayOrNode:
    return points


def _to_border(points: ArrayOrNode, size: int, align_corners: bool) -> ArrayOrNode:
    return hardtanh(points, 0.0, size - 1.0)


def _reflected(points: ArrayOrNode, size: int, align_corners: bool) -> ArrayOrNode:
    """Mirrored at the outermost centres or edges, as often as it takes; then in the image."""
    low, high = (0.0, size - 1.0) if align_corners else (-0.5, size - 0.5)
    span = high - low
    numbers = data_of(points)
    if span == 0:
        return points * 0.0
    distance = np.abs(numbers - low)
    flips, rest = np.floor(distance / span), np.fmod(distance, span)
    odd = flips % 2 == 1
    target = low + np.where(odd, span - rest, rest)
    sign = np.where(odd, -1.0, 1.0) * np.where(numbers < low, -1.0, 1.0)
    # Between two mirrors the map is a line of slope ±1.
    sign = sign.astype(numbers.dtype)
    return _to_border(points * sign + (target - numbers * sign), size, align_corners)


_BORDERS: dict[str, Callable[[Any, int, bool], Any]] = {
    "zeros": _as_they_are,
    "border": _to_border,
    "reflection": _reflected,
}

# --- reading ----------------------------------------------------------------------------------


def _nearest_tap(points: ArrayOrNode) -> list[Tap]:
    return [(np.rint(data_of(points)), None)]


def _linear_taps(points: ArrayOrNode) -> list[Tap]:
    below = np.floor(data_of(points))
    share = points - below
    return [(below, 1 - share), (below + 1, share)]


def _cubic_taps(points: ArrayOrNode) -> list[Tap]:
    """Keys' cubic convolution with a = −¾, by Horner's rule in the distance of each tap."""
    below = np.floor(data_of(points))
    share = points - below
    a = -0.75

    def near(d: ArrayOrNode) -> ArrayOrNode:
        return ((a + 2) * d - (a + 3)) * d * d + 1

    def far(d: ArrayOrNode) -> ArrayOrNode:
        return ((a * d - 5 * a) * d + 8 * a) * d - 4 * a

    weights = (far(1 + share), near(share), near(1 - share), far(2 - share))
    return [(below + i, weight) for i, weight in enumerate(weights, start=-1)]


def _read(pixels: ArrayOrNode, places: list[Array], extent: tuple[int, ...]) -> ArrayOrNode:
    """Elements at places along each axis, (N, C, points); 0 outside."""
    inside = np.ones(places[0].shape, dtype=bool)
    for place, size in zip(places, extent, strict=True):
        inside &= (place >= 0) & (place < size)
    clipped = tuple(
        np.clip(place, 0, size - 1).astype(int) for place, size in zip(places, extent, strict=True)
    )
    flat = np.ravel_multi_index(clipped, extent)
    read = np.take_along_axis(pixels, flat[:, None], axis=2)
    return read if inside.all() else np.where(inside[:, None], read, 0.0)

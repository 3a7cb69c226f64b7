"""Augmentation: changes that leave what an image shows as it is, drawn anew for every image.

All take a batch of images, (n, h, w) or (n, c, h, w), and return a new one of the same dtype.
They draw from `seed`; pass one Generator to all, so that every batch is changed in another way::

    rng = np.random.default_rng(0)
    images = rotate(translate(images, 2, seed=rng), 10, seed=rng)
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from nn.aliases import Array, Seed


def flip(
    images: Any, probability: float = 0.5, *, vertical: bool = False, seed: Seed = None
) -> Array:
    """Mirror some images, left to right.

    Parameters
    ----------
    images : (n, h, w) or (n, c, h, w)
    probability : float, default 0.5
        How likely it is for an image to be mirrored.
    vertical : bool, default False
        Upside down instead.
    seed : int or Generator, optional
        Where the choice comes from.
    """
    images = _batch(images)
    chosen = np.random.default_rng(seed).random(len(images)) < probability
    flipped: Array = images.copy()
    flipped[chosen] = np.flip(images[chosen], axis=-2 if vertical else -1)
    return flipped


def crop(images: Any, size: int | tuple[int, int], *, padding: int = 0, seed: Seed = None) -> Array:
    """Cut a window out of each image.

    Parameters
    ----------
    images : (n, h, w) or (n, c, h, w)
    size : int or (int, int)
        Height and width of the window.
    padding : int, default 0
        So many rows and columns of 0 are put around the images first.
    seed : int or Generator, optional
        Where the places come from.

    Raises
    ------
    ValueError
        If the window is larger than the padded images.
    """
    images = _batch(images)
    height, width = (size, size) if isinstance(size, int) else size
    beside = [(0, 0)] * (images.ndim - 2) + [(padding, padding)] * 2
    padded = np.pad(images, beside)
    room = padded.shape[-2] - height, padded.shape[-1] - width
    if min(height, width) < 1 or min(room) < 0:
        raise ValueError(
            f"a window of {height} × {width} cannot be cut out of images of "
            f"{padded.shape[-2]} × {padded.shape[-1]} pixels."
        )
    rng = np.random.default_rng(seed)
    top, left = (rng.integers(0, free + 1, (len(images), 1)) for free in room)
    return _take(padded, top + np.arange(height), left + np.arange(width))


def translate(images: Any, pixels: int, *, seed: Seed = None) -> Array:
    """Shift each image by up to so many whole pixels up or down and left or right; 0 moves in.

    Parameters
    ----------
    images : (n, h, w) or (n, c, h, w)
    pixels : int
        The largest shift.
    seed : int or Generator, optional
        Where the shifts come from.
    """
    images = _batch(images)
    return crop(images, images.shape[-2:], padding=pixels, seed=seed)


def rotate(images: Any, degrees: float, *, seed: Seed = None) -> Array:
    """Turn each image around its centre by up to so many degrees, either way; 0 moves in.

    Parameters
    ----------
    images : (n, h, w) or (n, c, h, w), floating
    degrees : float
        The largest angle.
    seed : int or Generator, optional
        Where the angles come from.
    """
    images = _batch(images, floating=True)
    angles = np.random.default_rng(seed).uniform(-degrees, degrees, len(images)) * math.pi / 180
    cos, sin = np.cos(angles), np.sin(angles)
    return _resample(images, np.stack([cos, sin, -sin, cos], axis=-1).reshape(-1, 2, 2))


def scale(images: Any, low: float, high: float, *, seed: Seed = None) -> Array:
    """Enlarge or shrink each image around its centre; its own size stays, and 0 moves in.

    Parameters
    ----------
    images : (n, h, w) or (n, c, h, w), floating
    low, high : float
        The smallest and the largest factor.
    seed : int or Generator, optional
        Where the factors come from.

    Raises
    ------
    ValueError
        Unless 0 < low ≤ high.
    """
    images = _batch(images, floating=True)
    if not 0 < low <= high:
        raise ValueError(f"scale needs 0 < low ≤ high, but low={low} and high={high} were given.")
    factors = np.random.default_rng(seed).uniform(low, high, len(images))
    return _resample(images, np.eye(2) / factors[:, None, None])


def noise(images: Any, std: float, *, seed: Seed = None) -> Array:
    """Add normal noise to every pixel; the result is not limited to the range of the images.

    Parameters
    ----------
    images : (n, h, w) or (n, c, h, w), floating
    std : float
        The standard deviation.
    seed : int or Generator, optional
        Where the noise comes from.
    """
    images = _batch(images, floating=True)
    added = np.random.default_rng(seed).normal(0.0, std, images.shape)
    return np.asarray(images + added, images.dtype)


def cutout(images: Any, size: int, *, fill: float = 0.0, seed: Seed = None) -> Array:
    """Blank out a square in each image, which may reach over the edge.

    Parameters
    ----------
    images : (n, h, w) or (n, c, h, w)
    size : int
        The side of the square.
    fill : float, default 0
        What it is filled with.
    seed : int or Generator, optional
        Where the squares come from: each pixel is equally likely to be the centre.

    Notes
    -----
    DeVries and Taylor 2017.
    """
    images = _batch(images)
    rng = np.random.default_rng(seed)
    rows, columns = (
        _within(rng.integers(0, length, (len(images), 1)) - size // 2, size, length)
        for length in images.shape[-2:]
    )
    blank = rows[:, :, None] & columns[:, None, :]
    if images.ndim == 4:
        blank = blank[:, None]
    return np.where(blank, np.asarray(fill, images.dtype), images)


def _within(start: Array, size: int, length: int) -> Array:
    """Which of so many places lie in stretches that begin somewhere."""
    places = np.arange(length)
    inside: Array = (places >= start) & (places < start + size)
    return inside


def _batch(given: Any, *, floating: bool = False) -> Array:
    """The images as an array.

    Raises
    ------
    ValueError
        If they have neither three nor four axes.
    TypeError
        If they must be floating and are not.
    """
    images = np.asarray(given)
    if images.ndim not in (3, 4):
        raise ValueError(
            f"augmentation takes images (n, h, w) or (n, c, h, w), but got shape {images.shape}."
        )
    if floating and images.dtype.kind != "f":
        raise TypeError(
            f"this augmentation computes new grey values and takes floating images, but their "
            f"dtype is {images.dtype}; divide by 255."
        )
    return images


def _take(images: Array, rows: Array, columns: Array) -> Array:
    """From each image its own rows (n, h) and columns (n, w)."""
    image = np.arange(len(images))
    if images.ndim == 3:
        return images[image[:, None, None], rows[:, :, None], columns[:, None, :]]
    channel = np.arange(images.shape[1])[None, :, None, None]
    image, rows, columns = (
        image[:, None, None, None],
        rows[:, None, :, None],
        columns[:, None, None],
    )
    return images[image, channel, rows, columns]


def _resample(images: Array, matrices: Array) -> Array:
    """Images whose pixel at place p shows what was at matrix·p, seen from the centre.

    Between pixels the four around are averaged by their nearness; outside is 0.
    """
    height, width = images.shape[-2:]
    centre = np.array([[(height - 1) / 2], [(width - 1) / 2]])
    places = np.indices((height, width)).reshape(2, -1) - centre
    y, x = np.moveaxis(matrices @ places + centre, 1, 0)
    top, left = np.floor(y).astype(int), np.floor(x).astype(int)
    # A border of 0, to which every place outside is moved.
    bordered = np.pad(images, [(0, 0)] * (images.ndim - 2) + [(1, 1)] * 2)
    pixels = bordered.reshape(*images.shape[:-2], -1)
    resampled = np.zeros((*images.shape[:-2], height * width), images.dtype)
    for row, near_row in ((top, top + 1 - y), (top + 1, y - top)):
        for column, near_column in ((left, left + 1 - x), (left + 1, x - left)):
            place = np.clip(row + 1, 0, height + 1) * (width + 2)
            place += np.clip(column + 1, 0, width + 1)
            weight = (near_row * near_column).astype(images.dtype)
            if images.ndim == 4:
                place, weight = place[:, None], weight[:, None]
            resampled += weight * np.take_along_axis(pixels, place, axis=-1)
    return resampled.reshape(images.shape)

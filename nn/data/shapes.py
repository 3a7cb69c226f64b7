"""Drawn shapes: pictures of one object, with its class and its box."""

from __future__ import annotations

import numpy as np

from nn.aliases import Array, Seed

#: The classes of `make_shapes`, in the order of their numbers.
SHAPES = ("disc", "square", "triangle")


def make_shapes(
    n_samples: int = 200, *, size: int = 24, noise: float = 0.1, seed: Seed = None
) -> tuple[Array, Array]:
    """Grey pictures, each of a disc, a square or a triangle somewhere on a noisy ground.

    Parameters
    ----------
    n_samples : int, default 200
        How many pictures.
    size : int, default 24
        Their height and width; 12 at least, for smaller shapes cannot be told apart.
    noise : float, default 0.1
        The standard deviation of what is added to each pixel.
    seed : int or Generator, optional
        Where the numbers come from.

    Returns
    -------
    images : (n_samples, 1, size, size), float32
    targets : (n_samples, 5), float32
        The class (0 disc, 1 square, 2 triangle), and the box: its centre x, y, its width and its
        height, as shares of the picture; y runs downwards.

    Raises
    ------
    ValueError
        If there is not a picture to draw, or it is too small.
    """
    if n_samples < 1 or size < 12:
        raise ValueError(
            "make_shapes needs at least one sample and a size of at least 12, but got "
            f"n_samples={n_samples} and size={size}."
        )
    rng = np.random.default_rng(seed)
    classes = rng.integers(0, len(SHAPES), n_samples)
    radius = rng.uniform(0.15, 0.3, n_samples)
    x, y = rng.uniform(radius, 1 - radius, (2, n_samples))
    # Places of the pixels, from −1 to 1 within each shape's box.
    pixel = (np.arange(size) + 0.5) / size
    across = ((pixel - x[:, None]) / radius[:, None])[:, None, :]
    down = ((pixel - y[:, None]) / radius[:, None])[:, :, None]
    inside = np.select(
        [classes[:, None, None] == number for number in range(len(SHAPES))],
        [
            across**2 + down**2 <= 1,
            np.maximum(np.abs(across), np.abs(down)) <= 1,
            (np.abs(down) <= 1) & (2 * np.abs(across) <= down + 1),  # the tip is above
        ],
    )
    grey = rng.uniform(0.5, 1.0, (n_samples, 1, 1)) * inside
    images = grey + rng.normal(0.0, noise, inside.shape)
    targets = np.column_stack([classes, x, y, 2 * radius, 2 * radius])
    return images[:, None].astype(np.float32), targets.astype(np.float32)

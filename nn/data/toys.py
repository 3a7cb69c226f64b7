"""Points in the plane that are hard to tell apart, each in its own way."""

from __future__ import annotations

import math

import numpy as np

from nn.aliases import Array, Seed


def make_moons(
    n_samples: int = 200, *, noise: float = 0.1, seed: Seed = None
) -> tuple[Array, Array]:
    """Two half moons, each with an end in the other's hollow.

    Parameters
    ----------
    n_samples : int, default 200
        How many points.
    noise : float, default 0.1
        The standard deviation of what is added to each coordinate.
    seed : int or Generator, optional
        Where the numbers come from.

    Returns
    -------
    points : (n_samples, 2), float32
    labels : (n_samples,), int64
        0, 1, 0, 1, …
    """
    rng, labels = _start(n_samples, 2, seed)
    angle = math.pi * rng.random(n_samples)
    upper = labels == 0
    x = np.where(upper, np.cos(angle), 1 - np.cos(angle))
    y = np.where(upper, np.sin(angle), 0.5 - np.sin(angle))
    return _points(x, y, noise, rng), labels


def make_circles(
    n_samples: int = 200, *, factor: float = 0.5, noise: float = 0.1, seed: Seed = None
) -> tuple[Array, Array]:
    """Two circles around one centre.

    Parameters
    ----------
    n_samples, noise, seed
        As for `make_moons`.
    factor : float, default 0.5
        The radius of the inner circle, class 1; the outer one has 1.

    Returns
    -------
    points : (n_samples, 2), float32
    labels : (n_samples,), int64
        0, 1, 0, 1, …
    """
    rng, labels = _start(n_samples, 2, seed)
    angle = 2 * math.pi * rng.random(n_samples)
    radius = np.where(labels == 0, 1.0, factor)
    return _points(radius * np.cos(angle), radius * np.sin(angle), noise, rng), labels


def make_spirals(
    n_samples: int = 200,
    *,
    classes: int = 2,
    turns: float = 1.0,
    noise: float = 0.02,
    seed: Seed = None,
) -> tuple[Array, Array]:
    """Spirals that wind around each other, from the centre to radius 1.

    Parameters
    ----------
    n_samples, noise, seed
        As for `make_moons`.
    classes : int, default 2
        How many spirals.
    turns : float, default 1
        How often each goes around.

    Returns
    -------
    points : (n_samples, 2), float32
    labels : (n_samples,), int64
        0, 1, …, again and again.
    """
    rng, labels = _start(n_samples, classes, seed)
    radius = np.sqrt(rng.random(n_samples))  # as many points on every stretch of the way
    angle = 2 * math.pi * (turns * radius + labels / classes)
    return _points(radius * np.cos(angle), radius * np.sin(angle), noise, rng), labels


def make_xor(n_samples: int = 200, *, noise: float = 0.0, seed: Seed = None) -> tuple[Array, Array]:
    """A square whose quarters belong to two classes, like the fields of a chessboard.

    Parameters
    ----------
    n_samples, noise, seed
        As for `make_moons`.

    Returns
    -------
    points : (n_samples, 2), float32
        In [−1, 1]² but for the noise.
    labels : (n_samples,), int64
        0 where both coordinates have one sign, 1 where they differ.
    """
    rng, labels = _start(n_samples, 2, seed)
    x, y = rng.uniform(0, 1, (2, n_samples))
    side = np.where(rng.random(n_samples) < 0.5, 1, -1)
    return _points(side * x, np.where(labels == 0, side, -side) * y, noise, rng), labels


def make_blobs(
    n_samples: int = 200, *, classes: int = 3, noise: float = 0.3, seed: Seed = None
) -> tuple[Array, Array]:
    """Round clouds, whose centres lie at equal distances on a circle of radius 1.

    Parameters
    ----------
    n_samples, noise, seed
        As for `make_moons`.
    classes : int, default 3
        How many clouds.

    Returns
    -------
    points : (n_samples, 2), float32
    labels : (n_samples,), int64
        0, 1, …, again and again.
    """
    rng, labels = _start(n_samples, classes, seed)
    angle = 2 * math.pi * labels / classes
    return _points(np.cos(angle), np.sin(angle), noise, rng), labels


def _start(n_samples: int, classes: int, seed: Seed) -> tuple[np.random.Generator, Array]:
    """Where numbers come from, and labels that take turns."""
    if n_samples < classes or classes < 1:
        raise ValueError(
            f"every class needs a point, but n_samples={n_samples} and {classes} classes were "
            "given."
        )
    return np.random.default_rng(seed), np.arange(n_samples) % classes


def _points(x: Array, y: Array, noise: float, rng: np.random.Generator) -> Array:
    points = np.stack([x, y], axis=1) + noise * rng.normal(size=(len(x), 2))
    return points.astype(np.float32)

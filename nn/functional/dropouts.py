"""Noise that keeps a network from relying on single elements: dropout and its kin."""

from __future__ import annotations

from collections.abc import Callable
from math import sqrt

import numpy as np

from autograd.recording import again
from nn.aliases import Array, ArrayOrNode, Seed

#: What `selu` tends to for x → −∞: alpha dropout sets elements to this instead of to 0.
_SELU_FLOOR = -1.7580993408473766


def dropout(
    input: ArrayOrNode, p: float = 0.5, training: bool = True, *, seed: Seed = None
) -> ArrayOrNode:
    """Set each element to 0 with probability p, and scale the others by 1/(1 − p).

    Parameters
    ----------
    input : array
        Of any shape.
    p : float in [0, 1]
        Probability of a 0 (Srivastava et al., 2014; the inverted form).
    training : bool
        If False, the input is returned as it is.
    seed : int or Generator, optional
        Where the randomness comes from.
    """
    _require_probability(p)
    if not training or p == 0:
        return input
    return _drop(input, p, input.shape, seed)


def _channel_dropout(axes: int) -> Callable[..., ArrayOrNode]:
    """Dropout of whole channels that have so many axes."""

    def drop(
        input: ArrayOrNode, p: float = 0.5, training: bool = True, *, seed: Seed = None
    ) -> ArrayOrNode:
        _require_probability(p)
        if input.ndim not in (axes + 1, axes + 2):
            raise ValueError(
                f"dropout{axes}d takes inputs of shape (N, C, *{axes} axes) or (C, *{axes} axes), "
                f"but got an array of shape {input.shape}."
            )
        if not training or p == 0:
            return input
        return _drop(input, p, (*input.shape[:-axes], *(1,) * axes), seed)

    drop.__name__ = drop.__qualname__ = f"dropout{axes}d"
    drop.__doc__ = f"""Set whole channels to 0 with probability p (Tompson et al., 2015).

    Parameters
    ----------
    input : (N, C, *spatial) or (C, *spatial)
        {axes} spatial axes.
    p, training, seed
        As for `dropout`.
    """
    return drop


def alpha_dropout(
    input: ArrayOrNode, p: float = 0.5, training: bool = False, *, seed: Seed = None
) -> ArrayOrNode:
    """Dropout for `selu`, which keeps mean 0 and variance 1 (Klambauer et al., 2017).

    Parameters
    ----------
    input, p, training, seed
        As for `dropout`.
    """
    _require_probability(p)
    return _drop_to_floor(input, p, input.shape, seed) if training and p > 0 else input


def feature_alpha_dropout(
    input: ArrayOrNode, p: float = 0.5, training: bool = False, *, seed: Seed = None
) -> ArrayOrNode:
    """`alpha_dropout` of whole channels: those in axis 1 of (N, C, ...)."""
    _require_probability(p)
    if not training or p == 0:
        return input
    if input.ndim < 2:
        raise ValueError(
            f"feature_alpha_dropout takes inputs of shape (N, C, ...), but got an array of shape "
            f"{input.shape}."
        )
    return _drop_to_floor(input, p, (*input.shape[:2], *(1,) * (input.ndim - 2)), seed)


def _drop(input: ArrayOrNode, p: float, shape: tuple[int, ...], seed: Seed) -> ArrayOrNode:
    """Elements, or whole blocks, to 0; `shape` has 1 where an axis falls as one."""
    return np.where(_kept(p, shape, seed), input / (1 - p), 0.0) if p < 1 else input * 0.0


def _drop_to_floor(input: ArrayOrNode, p: float, shape: tuple[int, ...], seed: Seed) -> ArrayOrNode:
    """Elements to the floor of SELU, then all of them stretched and moved to undo what it did."""
    if p == 1:
        return input * 0.0
    stretch = 1 / sqrt((1 - p) * (1 + p * _SELU_FLOOR**2))
    dropped = np.where(_kept(p, shape, seed), input, _SELU_FLOOR)
    return stretch * dropped - stretch * p * _SELU_FLOOR


def _kept(p: float, shape: tuple[int, ...], seed: Seed) -> Array:
    kept: Array = again(_draw, p, shape, seed)
    return kept


def _draw(p: float, shape: tuple[int, ...], seed: Seed) -> Array:
    return np.random.default_rng(seed).random(shape) >= p


def _require_probability(p: float) -> None:
    if not 0 <= p <= 1:
        raise ValueError(f"the probability of dropout lies in [0, 1], but p={p} was given.")


dropout1d, dropout2d, dropout3d = map(_channel_dropout, (1, 2, 3))

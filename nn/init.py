"""Initialisers: they fill a parameter in place and return it, under PyTorch's names.

Each takes a `seed`: an integer, or a `numpy.random.Generator` to draw from. All draw in double
precision, so that the same seed gives the same weights in every dtype, up to rounding.
"""

from __future__ import annotations

import math
from typing import Literal

import numpy as np

from nn.aliases import Array, Seed, Variable

FanMode = Literal["fan_in", "fan_out"]


def fans(shape: tuple[int, ...]) -> tuple[int, int]:
    """How many inputs reach one output of a weight (fan-in), and the reverse (fan-out).

    Parameters
    ----------
    shape : tuple of int
        ``(out, in)``, or ``(out, in, *kernel)`` for a convolution.

    Raises
    ------
    ValueError
        If there are fewer than two axes.
    """
    if len(shape) < 2:
        raise ValueError(
            f"fan-in and fan-out belong to weights of two axes or more, (out, in, ...), but this "
            f"one has shape {shape}; fill it with uniform_, normal_ or zeros_."
        )
    kernel = math.prod(shape[2:])
    return shape[1] * kernel, shape[0] * kernel


def calculate_gain(nonlinearity: str, param: float | None = None) -> float:
    """By how much weights must grow so that a nonlinearity keeps the variance; PyTorch's values.

    Parameters
    ----------
    nonlinearity : {"linear", "sigmoid", "tanh", "relu", "leaky_relu", "selu"}
        Name of a function in `nn.functional`.
    param : float, optional
        The negative slope of leaky_relu, 0.01 by default.
    """
    slope = 0.01 if param is None else param
    gains = {
        "linear": 1.0,
        "sigmoid": 1.0,
        "tanh": 5 / 3,
        "relu": math.sqrt(2),
        "leaky_relu": math.sqrt(2 / (1 + slope**2)),
        "selu": 3 / 4,
    }
    if nonlinearity not in gains:
        raise ValueError(
            f"no gain is known for {nonlinearity!r}; known are {', '.join(sorted(gains))}."
        )
    return gains[nonlinearity]


def uniform_(
    parameter: Variable, low: float = 0.0, high: float = 1.0, *, seed: Seed = None
) -> Variable:
    """Fill from the uniform distribution on [low, high)."""
    return _fill(parameter, np.random.default_rng(seed).uniform(low, high, parameter.shape))


def normal_(
    parameter: Variable, mean: float = 0.0, std: float = 1.0, *, seed: Seed = None
) -> Variable:
    """Fill from the normal distribution."""
    return _fill(parameter, np.random.default_rng(seed).normal(mean, std, parameter.shape))


def constant_(parameter: Variable, value: float) -> Variable:
    """Fill with one number."""
    return _fill(parameter, np.full(parameter.shape, value))


def zeros_(parameter: Variable) -> Variable:
    """Fill with zeros. Not for weights: equal neurons stay equal."""
    return constant_(parameter, 0.0)


def ones_(parameter: Variable) -> Variable:
    """Fill with ones."""
    return constant_(parameter, 1.0)


def xavier_uniform_(parameter: Variable, gain: float = 1.0, *, seed: Seed = None) -> Variable:
    """Fill uniformly within ±gain·√(6/(fan_in + fan_out)); for sigmoid and tanh.

    Glorot and Bengio 2010, eq. 16.
    """
    bound = gain * math.sqrt(6 / sum(fans(parameter.shape)))
    return uniform_(parameter, -bound, bound, seed=seed)


def xavier_normal_(parameter: Variable, gain: float = 1.0, *, seed: Seed = None) -> Variable:
    """Fill normally with σ = gain·√(2/(fan_in + fan_out)); for sigmoid and tanh.

    Glorot and Bengio 2010.
    """
    return normal_(parameter, 0.0, gain * math.sqrt(2 / sum(fans(parameter.shape))), seed=seed)


def kaiming_uniform_(
    parameter: Variable,
    a: float = 0.0,
    mode: FanMode = "fan_in",
    nonlinearity: str = "leaky_relu",
    *,
    seed: Seed = None,
) -> Variable:
    """Fill uniformly within ±gain·√(3/fan), He's initialisation for the ReLU family.

    Parameters
    ----------
    parameter : Parameter
        Of two axes or more.
    a : float, default 0
        The negative slope of the rectifier that follows; 0 is ReLU.
    mode : {"fan_in", "fan_out"}
        Keep the variance of the forward or of the backward pass.
    nonlinearity : str
        See `calculate_gain`.
    seed : int or Generator, optional
        Where the numbers come from.

    Notes
    -----
    He, Zhang, Ren and Sun 2015: with ReLU the bound is √(6/fan_in).
    """
    bound = math.sqrt(3) * _kaiming_std(parameter.shape, a, mode, nonlinearity)
    return uniform_(parameter, -bound, bound, seed=seed)


def kaiming_normal_(
    parameter: Variable,
    a: float = 0.0,
    mode: FanMode = "fan_in",
    nonlinearity: str = "leaky_relu",
    *,
    seed: Seed = None,
) -> Variable:
    """Fill normally with σ = gain/√fan; the arguments are those of `kaiming_uniform_`.

    He, Zhang, Ren and Sun 2015, eq. 10: with ReLU σ = √(2/fan_in).
    """
    return normal_(parameter, 0.0, _kaiming_std(parameter.shape, a, mode, nonlinearity), seed=seed)


def _kaiming_std(shape: tuple[int, ...], a: float, mode: FanMode, nonlinearity: str) -> float:
    fan_in, fan_out = fans(shape)
    if mode not in ("fan_in", "fan_out"):
        raise ValueError(f"mode must be 'fan_in' or 'fan_out', but {mode!r} was given.")
    return calculate_gain(nonlinearity, a) / math.sqrt(fan_in if mode == "fan_in" else fan_out)


def _fill(parameter: Variable, numbers: Array) -> Variable:
    parameter.data = numbers
    return parameter

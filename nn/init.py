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

_LINEAR = ["linear", *(f"conv{kind}{n}d" for kind in ("", "_transpose") for n in (1, 2, 3))]


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
    nonlinearity : {"linear", "conv2d", …, "sigmoid", "tanh", "relu", "leaky_relu", "selu"}
        Name of a function in `nn.functional`; linear maps, convolutions among them, have 1.
    param : float, optional
        The negative slope of leaky_relu, 0.01 by default.
    """
    slope = 0.01 if param is None else param
    gains = {
        **dict.fromkeys(_LINEAR, 1.0),
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


def uniform_(parameter: Variable, a: float = 0.0, b: float = 1.0, *, seed: Seed = None) -> Variable:
    """Fill from the uniform distribution on [a, b)."""
    return _fill(parameter, np.random.default_rng(seed).uniform(a, b, parameter.shape))


def normal_(
    parameter: Variable, mean: float = 0.0, std: float = 1.0, *, seed: Seed = None
) -> Variable:
    """Fill from the normal distribution."""
    return _fill(parameter, np.random.default_rng(seed).normal(mean, std, parameter.shape))


def trunc_normal_(
    parameter: Variable,
    mean: float = 0.0,
    std: float = 1.0,
    a: float = -2.0,
    b: float = 2.0,
    *,
    seed: Seed = None,
) -> Variable:
    """Fill from the normal distribution, of which nothing outside [a, b] is taken.

    Parameters
    ----------
    parameter : Parameter
        Of any shape.
    mean, std : float, default 0 and 1
        Of the whole normal distribution.
    a, b : float, default −2 and 2
        The bounds, as numbers (not in units of `std`).
    seed : int or Generator, optional
        Where the numbers come from.

    Raises
    ------
    ValueError
        If `std` is not positive, or `a` not below `b`.
    """
    if not std > 0 or not a < b:
        raise ValueError(
            f"trunc_normal_ needs std > 0 and a < b, but std={std}, a={a} and b={b} were given."
        )
    numbers = _truncated(math.prod(parameter.shape), (a - mean) / std, (b - mean) / std, seed)
    return _fill(parameter, np.clip(mean + std * numbers, a, b).reshape(parameter.shape))


def _truncated(count: int, low: float, high: float, seed: Seed) -> Array:
    """Standard normal numbers between two bounds, by rejection."""
    rng = np.random.default_rng(seed)
    # The most likely number; what is 8 or more away from it does not come in practice.
    mode = min(max(0.0, low), high)
    low, high = max(low, mode - 8), min(high, mode + 8)
    numbers = np.empty(count)
    waiting = np.arange(count)
    while waiting.size:
        proposed = rng.uniform(low, high, waiting.size)
        accepted = rng.random(waiting.size) < np.exp((mode**2 - proposed**2) / 2)
        numbers[waiting[accepted]] = proposed[accepted]
        waiting = waiting[~accepted]
    return numbers


def constant_(parameter: Variable, val: float) -> Variable:
    """Fill with one number."""
    return _fill(parameter, np.full(parameter.shape, val))


# Those without randomness take a seed too: whoever initialises a model calls all of them alike.


def zeros_(parameter: Variable, *, seed: Seed = None) -> Variable:
    """Fill with zeros. Not for weights: equal neurons stay equal."""
    return constant_(parameter, 0.0)


def ones_(parameter: Variable, *, seed: Seed = None) -> Variable:
    """Fill with ones."""
    return constant_(parameter, 1.0)


def xavier_uniform_(parameter: Variable, gain: float = 1.0, *, seed: Seed = None) -> Variable:
    """Fill uniformly within ±gain·√(6/(fan_in + fan_out)); for sigmoid and tanh.

    Glorot and Bengio 2010, eq. 16.
    """
    bound = math.sqrt(3) * _std(gain, sum(fans(parameter.shape)) / 2)
    return uniform_(parameter, -bound, bound, seed=seed)


def xavier_normal_(parameter: Variable, gain: float = 1.0, *, seed: Seed = None) -> Variable:
    """Fill normally with σ = gain·√(2/(fan_in + fan_out)); for sigmoid and tanh.

    Glorot and Bengio 2010.
    """
    return normal_(parameter, 0.0, _std(gain, sum(fans(parameter.shape)) / 2), seed=seed)


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


def lecun_uniform_(parameter: Variable, *, seed: Seed = None) -> Variable:
    """Fill uniformly within ±√(3/fan_in); keeps the variance of a linear layer, and for SELU.

    LeCun, Bottou, Orr and Müller 1998, section 4.6.
    """
    bound = math.sqrt(3) * _std(1.0, fans(parameter.shape)[0])
    return uniform_(parameter, -bound, bound, seed=seed)


def lecun_normal_(parameter: Variable, *, seed: Seed = None) -> Variable:
    """Fill normally with σ = 1/√fan_in; keeps the variance of a linear layer, and for SELU.

    LeCun, Bottou, Orr and Müller 1998, eq. 16; for SELU Klambauer et al. 2017.
    """
    return normal_(parameter, 0.0, _std(1.0, fans(parameter.shape)[0]), seed=seed)


def orthogonal_(parameter: Variable, gain: float = 1.0, *, seed: Seed = None) -> Variable:
    """Fill with a random orthogonal matrix, times `gain`: no vector changes its length.

    Parameters
    ----------
    parameter : Parameter
        Of two axes or more; all but the first count as one. If they differ in length, the
        shorter side's vectors are orthonormal.
    gain : float, default 1
        See `calculate_gain`.
    seed : int or Generator, optional
        Where the numbers come from.

    Notes
    -----
    Saxe, McClelland and Ganguli 2014. Uniform over all orthogonal matrices (Mezzadri 2007): Q of
    a normal matrix, with the signs of R's diagonal.
    """
    fans(parameter.shape)
    rows, columns = parameter.shape[0], math.prod(parameter.shape[1:])
    tall = (max(rows, columns), min(rows, columns))
    q, r = np.linalg.qr(np.random.default_rng(seed).normal(size=tall))
    q *= np.sign(np.diagonal(r))
    return _fill(parameter, gain * (q if rows >= columns else q.T).reshape(parameter.shape))


def sparse_(
    parameter: Variable, sparsity: float, std: float = 0.01, *, seed: Seed = None
) -> Variable:
    """Fill normally, but set a share of every column to 0: inputs with few connections.

    Parameters
    ----------
    parameter : Parameter
        Of two axes.
    sparsity : float
        The share, from 0 to 1; the number of zeros is rounded up.
    std : float, default 0.01
        Of the rest.
    seed : int or Generator, optional
        Where the numbers come from.

    Notes
    -----
    Martens 2010.
    """
    rows, _ = _two_axes(parameter.shape, "sparse_")
    if not 0 <= sparsity <= 1:
        raise ValueError(f"sparsity must lie in [0, 1], but {sparsity} was given.")
    rng = np.random.default_rng(seed)
    numbers = rng.normal(0.0, std, parameter.shape)
    order = rng.permuted(np.indices(parameter.shape)[0], axis=0)
    numbers[order < math.ceil(sparsity * rows)] = 0
    return _fill(parameter, numbers)


def eye_(parameter: Variable, *, seed: Seed = None) -> Variable:
    """Fill with the identity matrix, also if it is not square: inputs are passed on."""
    return _fill(parameter, np.eye(*_two_axes(parameter.shape, "eye_")))


def dirac_(parameter: Variable, groups: int = 1) -> Variable:
    """Fill the weight of a convolution so that it passes its channels on.

    Parameters
    ----------
    parameter : Parameter, (out, in/groups, *kernel)
        With one to three axes of the kernel, which gets a 1 in the middle.
    groups : int, default 1
        The channels are passed on group by group.
    """
    shape = parameter.shape
    if not 3 <= len(shape) <= 5:
        raise ValueError(
            f"dirac_ fills weights of convolutions, (out, in, *kernel), but this one has shape "
            f"{shape}."
        )
    if groups < 1 or shape[0] % groups:
        raise ValueError(f"{shape[0]} channels do not fall into {groups} equal groups.")
    numbers = np.zeros(shape)
    per_group = shape[0] // groups
    passed = np.arange(min(per_group, shape[1]))
    middle = tuple(size // 2 for size in shape[2:])
    for group in range(groups):
        numbers[(group * per_group + passed, passed, *middle)] = 1
    return _fill(parameter, numbers)


def _two_axes(shape: tuple[int, ...], name: str) -> tuple[int, int]:
    if len(shape) != 2:
        raise ValueError(f"{name} fills weights of two axes, but this one has shape {shape}.")
    return shape[0], shape[1]


def _kaiming_std(shape: tuple[int, ...], a: float, mode: FanMode, nonlinearity: str) -> float:
    fan_in, fan_out = fans(shape)
    if mode not in ("fan_in", "fan_out"):
        raise ValueError(f"mode must be 'fan_in' or 'fan_out', but {mode!r} was given.")
    return _std(calculate_gain(nonlinearity, a), fan_in if mode == "fan_in" else fan_out)


def _std(gain: float, fan: float) -> float:
    """The standard deviation that keeps the variance; any will do where there are no weights."""
    return gain / math.sqrt(fan or 1)


def _fill(parameter: Variable, numbers: Array) -> Variable:
    parameter.data = numbers
    return parameter

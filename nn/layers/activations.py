"""Activations as layers: they hold the settings, and `nn.functional` has the mathematics."""

from __future__ import annotations

import numpy as np

from nn import functional
from nn.aliases import ArrayOrNode, DTypeLike, Variable
from nn.module import Module, Parameter


class Identity(Module):
    """The input itself: the linear activation."""

    forward = staticmethod(functional.identity)


class Step(Module):
    """1 where x > 0, else 0: the perceptron's threshold, through which no gradient flows."""

    forward = staticmethod(functional.step)


class Sigmoid(Module):
    """1/(1 + e⁻ˣ), in (0, 1)."""

    forward = staticmethod(functional.sigmoid)


class Tanh(Module):
    """Hyperbolic tangent, in (−1, 1)."""

    forward = staticmethod(functional.tanh)


class ReLU(Module):
    """max(x, 0)."""

    forward = staticmethod(functional.relu)


class LeakyReLU(Module):
    """``x`` for x > 0, else ``negative_slope·x``."""

    negative_slope: float

    def __init__(self, negative_slope: float = 0.01) -> None:
        self.negative_slope = negative_slope

    def forward(self, x: ArrayOrNode) -> ArrayOrNode:
        """The activation of x, of the same shape."""
        return functional.leaky_relu(x, self.negative_slope)


class PReLU(Module):
    """Leaky ReLU with a learned slope.

    Parameters
    ----------
    num_parameters : int, default 1
        1, or the number of channels (axis 1), which then have a slope each.
    init : float, default 0.25
        The slope to start from.
    dtype : dtype, default float32
        Of the slope; plain arrays that come in are converted to it.
    """

    num_parameters: int
    weight: Variable

    def __init__(
        self, num_parameters: int = 1, init: float = 0.25, *, dtype: DTypeLike | None = None
    ) -> None:
        self.num_parameters = num_parameters
        self.weight = Parameter(np.full(num_parameters, init), dtype)

    def forward(self, x: ArrayOrNode) -> ArrayOrNode:
        """The activation of x, of the same shape."""
        return functional.prelu(self._cast(x, self.weight), self.weight)


class ELU(Module):
    """``x`` for x > 0, else ``alpha·(eˣ − 1)``."""

    alpha: float

    def __init__(self, alpha: float = 1.0) -> None:
        self.alpha = alpha

    def forward(self, x: ArrayOrNode) -> ArrayOrNode:
        """The activation of x, of the same shape."""
        return functional.elu(x, self.alpha)


class Softplus(Module):
    """log(1 + e^(beta·x))/beta, a smooth ReLU."""

    beta: float

    def __init__(self, beta: float = 1.0) -> None:
        self.beta = beta

    def forward(self, x: ArrayOrNode) -> ArrayOrNode:
        """The activation of x, of the same shape."""
        return functional.softplus(x, self.beta)


class SiLU(Module):
    """x·σ(x), also called swish."""

    forward = staticmethod(functional.silu)


Swish = SiLU


class Softmax(Module):
    """e^xᵢ/Σ e^xⱼ along the axis `dim`."""

    dim: int

    def __init__(self, dim: int = -1) -> None:
        self.dim = dim

    def forward(self, x: ArrayOrNode) -> ArrayOrNode:
        """The activation of x, of the same shape."""
        return functional.softmax(x, self.dim)


class LogSoftmax(Module):
    """Logarithm of softmax along the axis `dim`."""

    dim: int

    def __init__(self, dim: int = -1) -> None:
        self.dim = dim

    def forward(self, x: ArrayOrNode) -> ArrayOrNode:
        """The activation of x, of the same shape."""
        return functional.log_softmax(x, self.dim)

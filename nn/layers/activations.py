"""Activations as layers: they hold the settings, and `nn.functional` has the mathematics.

PyTorch's `inplace` is accepted, so that code written for it runs, and changes nothing: what a
graph remembers is never overwritten.
"""

from __future__ import annotations

import numpy as np

from nn import functional
from nn.aliases import ArrayOrNode, DTypeLike, Seed, Variable
from nn.module import Module, Parameter

# --- without settings ---------------------------------------------------------------------------


class Identity(Module):
    """The input itself, whatever it is made with: the linear activation, or a place holder."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        pass

    forward = staticmethod(functional.identity)


class Step(Module):
    """1 where x > 0, else 0: the perceptron's threshold, through which no gradient flows."""

    forward = staticmethod(functional.step)


class Sigmoid(Module):
    """1/(1 + e⁻ˣ), in (0, 1)."""

    forward = staticmethod(functional.sigmoid)


class LogSigmoid(Module):
    """Logarithm of the sigmoid."""

    forward = staticmethod(functional.logsigmoid)


class Tanh(Module):
    """Hyperbolic tangent, in (−1, 1)."""

    forward = staticmethod(functional.tanh)


class Tanhshrink(Module):
    """X − tanh x."""

    forward = staticmethod(functional.tanhshrink)


class Softsign(Module):
    """x/(1 + |x|), in (−1, 1)."""

    forward = staticmethod(functional.softsign)


class _OptionallyInPlace(Module):
    """An activation without settings that PyTorch can also compute in place."""

    def __init__(self, inplace: bool = False) -> None:
        pass


class ReLU(_OptionallyInPlace):
    """max(x, 0)."""

    forward = staticmethod(functional.relu)


class ReLU6(_OptionallyInPlace):
    """max(x, 0) limited to 6."""

    forward = staticmethod(functional.relu6)


class SELU(_OptionallyInPlace):
    """A scaled ELU that normalises itself."""

    forward = staticmethod(functional.selu)


class SiLU(_OptionallyInPlace):
    """x·σ(x), also called swish."""

    forward = staticmethod(functional.silu)


Swish = SiLU


class Mish(_OptionallyInPlace):
    """x·tanh(softplus(x))."""

    forward = staticmethod(functional.mish)


class Hardsigmoid(_OptionallyInPlace):
    """(x + 3)/6 limited to [0, 1]."""

    forward = staticmethod(functional.hardsigmoid)


class Hardswish(_OptionallyInPlace):
    """x·hardsigmoid(x)."""

    forward = staticmethod(functional.hardswish)


# --- with settings ------------------------------------------------------------------------------


class Threshold(Module):
    """``x`` for x > threshold, else ``value``."""

    threshold: float
    value: float

    def __init__(self, threshold: float, value: float, inplace: bool = False) -> None:
        self.threshold = threshold
        self.value = value

    def forward(self, input: ArrayOrNode) -> ArrayOrNode:
        """The activation of x, of the same shape."""
        return functional.threshold(input, self.threshold, self.value)


class LeakyReLU(Module):
    """``x`` for x > 0, else ``negative_slope·x``."""

    negative_slope: float

    def __init__(self, negative_slope: float = 0.01, inplace: bool = False) -> None:
        self.negative_slope = negative_slope

    def forward(self, input: ArrayOrNode) -> ArrayOrNode:
        """The activation of x, of the same shape."""
        return functional.leaky_relu(input, self.negative_slope)


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

    def forward(self, input: ArrayOrNode) -> ArrayOrNode:
        """The activation of x, of the same shape.

        Raises
        ------
        ValueError
            If there is a slope per channel, and x has another number of channels.
        """
        x = self._cast(input, self.weight)
        n = self.num_parameters
        channels = x.shape[1:2] or x.shape
        self._require(n == 1 or channels == (n,), f"(N, {n}, …)", x.shape)
        return functional.prelu(x, self.weight)


class RReLU(Module):
    """Leaky ReLU with slopes drawn from [lower, upper]; outside training, with their mean.

    Parameters
    ----------
    lower, upper : float
        Bounds of the slopes.
    inplace : bool
        Without effect; PyTorch has it.
    seed : int or Generator, optional
        Where the randomness comes from; kept as `generator`.
    """

    lower: float
    upper: float
    generator: np.random.Generator

    def __init__(
        self,
        lower: float = 1 / 8,
        upper: float = 1 / 3,
        inplace: bool = False,
        *,
        seed: Seed = None,
    ) -> None:
        self.lower = lower
        self.upper = upper
        self.generator = np.random.default_rng(seed)

    def forward(self, input: ArrayOrNode) -> ArrayOrNode:
        """The activation of x, of the same shape."""
        return functional.rrelu(input, self.lower, self.upper, self.training, seed=self.generator)


class ELU(Module):
    """``x`` for x > 0, else ``alpha·(eˣ − 1)``."""

    alpha: float

    def __init__(self, alpha: float = 1.0, inplace: bool = False) -> None:
        self.alpha = alpha

    def forward(self, input: ArrayOrNode) -> ArrayOrNode:
        """The activation of x, of the same shape."""
        return functional.elu(input, self.alpha)


class CELU(Module):
    """``x`` for x > 0, else ``alpha·(e^(x/alpha) − 1)``."""

    alpha: float

    def __init__(self, alpha: float = 1.0, inplace: bool = False) -> None:
        self.alpha = alpha

    def forward(self, input: ArrayOrNode) -> ArrayOrNode:
        """The activation of x, of the same shape."""
        return functional.celu(input, self.alpha)


class GELU(Module):
    """x·Φ(x); with ``approximate="tanh"`` in the form of GPT-2."""

    approximate: str

    def __init__(self, approximate: str = "none") -> None:
        self.approximate = approximate

    def forward(self, input: ArrayOrNode) -> ArrayOrNode:
        """The activation of x, of the same shape."""
        return functional.gelu(input, self.approximate)


class Softplus(Module):
    """log(1 + e^(beta·x))/beta, a smooth ReLU; x itself for beta·x > threshold."""

    beta: float
    threshold: float

    def __init__(self, beta: float = 1.0, threshold: float = 20.0) -> None:
        self.beta = beta
        self.threshold = threshold

    def forward(self, input: ArrayOrNode) -> ArrayOrNode:
        """The activation of x, of the same shape."""
        return functional.softplus(input, self.beta, self.threshold)


class Hardtanh(Module):
    """X limited to [min_val, max_val]."""

    min_val: float
    max_val: float

    def __init__(self, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False) -> None:
        if min_val >= max_val:
            raise ValueError(
                f"Hardtanh needs min_val < max_val, but got min_val={min_val} and "
                f"max_val={max_val}."
            )
        self.min_val = min_val
        self.max_val = max_val

    def forward(self, input: ArrayOrNode) -> ArrayOrNode:
        """The activation of x, of the same shape."""
        return functional.hardtanh(input, self.min_val, self.max_val)


class Hardshrink(Module):
    """0 for |x| ≤ lambd, else ``x``."""

    lambd: float

    def __init__(self, lambd: float = 0.5) -> None:
        self.lambd = lambd

    def forward(self, input: ArrayOrNode) -> ArrayOrNode:
        """The activation of x, of the same shape."""
        return functional.hardshrink(input, self.lambd)


class Softshrink(Module):
    """0 for |x| ≤ lambd, else ``x`` moved by lambd towards 0."""

    lambd: float

    def __init__(self, lambd: float = 0.5) -> None:
        self.lambd = lambd

    def forward(self, input: ArrayOrNode) -> ArrayOrNode:
        """The activation of x, of the same shape."""
        return functional.softshrink(input, self.lambd)


# --- along an axis ------------------------------------------------------------------------------


class _Along(Module):
    """An activation along one axis."""

    dim: int

    def __init__(self, dim: int = -1) -> None:
        self.dim = dim


class Softmax(_Along):
    """e^xᵢ/Σ e^xⱼ along the axis `dim`."""

    def forward(self, input: ArrayOrNode) -> ArrayOrNode:
        """The activation of x, of the same shape."""
        return functional.softmax(input, self.dim)


class Softmin(_Along):
    """Softmax of −x along the axis `dim`."""

    def forward(self, input: ArrayOrNode) -> ArrayOrNode:
        """The activation of x, of the same shape."""
        return functional.softmin(input, self.dim)


class LogSoftmax(_Along):
    """Logarithm of softmax along the axis `dim`."""

    def forward(self, input: ArrayOrNode) -> ArrayOrNode:
        """The activation of x, of the same shape."""
        return functional.log_softmax(input, self.dim)


class GLU(_Along):
    """a·σ(b), of the first half a of the axis `dim` and the second half b."""

    def forward(self, input: ArrayOrNode) -> ArrayOrNode:
        """The activation of x, with half as many elements along the axis."""
        return functional.glu(input, self.dim)


class Softmax2d(Module):
    """Softmax over the channels at every place of an image (N, C, H, W) or (C, H, W)."""

    def forward(self, input: ArrayOrNode) -> ArrayOrNode:
        """The activation of x, of the same shape."""
        self._require_channels(input, 2)
        return functional.softmax(input, -3)

"""How much of a gradient is chance: the norm test and the signal-to-noise ratio.

Both are defined for the gradients of single records; see Cockpit (Schneider, Dangel and Hennig
2021, arXiv 2102.06604). Here they are estimated from the gradients of the mini-batches in a window
of steps, which cost nothing extra. A mini-batch of B records has 1/B of the variance of a record,
so that the norm test comes out the same, and the signal-to-noise ratio B times as large. What the
gradient changes because the weights move within the window is counted as noise.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

#: Name of the row for all parameters together.
ALL = "(all)"


class Noise(NamedTuple):
    """What a window tells, by the name of the parameter.

    Attributes
    ----------
    norm_test : dict of str to float
        θ = √(Σₜ‖gₜ − ḡ‖² / (T − 1)) / ‖ḡ‖ over the T gradients of the window: the standard
        deviation of a mini-batch's gradient over the gradient. Below 1 the direction of a step is
        mostly signal. Gradients that are nothing but noise give about √T.
    gsnr : dict of str to float
        Median over the elements of ḡ²/Var(g). The median, where Cockpit takes the mean, because a
        few elements with hardly any variance would decide that. Noise alone gives about 1/(2T).
    """

    norm_test: dict[str, float]
    gsnr: dict[str, float]


class Window:
    """Gathers the gradients of some steps, as their mean and variance.

    Parameters
    ----------
    steps : int
        How many, at least 2.
    """

    def __init__(self, steps: int) -> None:
        self._steps = steps
        self._seen = 0
        self._moments: dict[str, _Moments] = {}

    def add(self, gradients: Mapping[str, NDArray[Any]]) -> Noise | None:
        """Add the gradients of a step; tells what there is to tell when the window is full.

        nan and infinities make the figures of their parameter nan.
        """
        self._seen += 1
        with np.errstate(all="ignore"):
            for name, gradient in gradients.items():
                if name not in self._moments:
                    self._moments[name] = _Moments(gradient.shape)
                self._moments[name].add(gradient)
            return self._result() if self._seen == self._steps else None

    def _result(self) -> Noise:
        # A parameter without a gradient in some of the steps has no figures.
        full = {name: m for name, m in self._moments.items() if m.count == self._steps}
        self._seen, self._moments = 0, {}
        variance = {name: m.deviations / (m.count - 1) for name, m in full.items()}
        noise = {name: float(np.sum(v)) for name, v in variance.items()}
        signal = {name: float(np.sum(np.square(m.mean))) for name, m in full.items()}
        noise[ALL], signal[ALL] = sum(noise.values()), sum(signal.values())
        return Noise(
            {name: float(np.sqrt(np.divide(noise[name], signal[name]))) for name in noise},
            {name: _signal_to_noise(m.mean, variance[name]) for name, m in full.items()},
        )


class _Moments:
    """Mean and sum of squared deviations of arrays, updated one by one (Welford 1962)."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        self.count = 0
        self.mean = np.zeros(shape)
        self.deviations = np.zeros(shape)

    def add(self, array: NDArray[Any]) -> None:
        self.count += 1
        before = array - self.mean
        self.mean += before / self.count
        self.deviations += before * (array - self.mean)


def _signal_to_noise(mean: NDArray[Any], variance: NDArray[Any]) -> float:
    """An element that never had a gradient has no signal."""
    ratio = np.where(mean == 0, 0.0, np.square(mean) / variance)
    return float(np.median(ratio)) if ratio.size else 0.0

"""Numbers as people read them, and what to say of an array in a few of them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd.trace import rms


def number(x: float, digits: int = 4) -> str:
    """A number in a few significant digits, with a true minus sign: −0.25, 1.2e−7, NaN, ∞."""
    if math.isnan(x):
        return "NaN"
    if math.isinf(x):
        return "∞" if x > 0 else "−∞"
    mantissa, _, exponent = f"{x + 0.0:.{digits}g}".partition("e")
    text = f"{mantissa}e{int(exponent)}" if exponent else mantissa
    return text.replace("-", "−")


def ratio(before: float, after: float) -> float:
    """How many times larger it has become; nan for 0 that stayed 0."""
    if before == 0:
        return math.nan if after == 0 else math.inf
    return after / before


def times(before: float, after: float) -> str:
    """How many times larger it has become, in words: ×0.25."""
    return "as before" if before == after == 0 else f"×{number(ratio(before, after), 3)}"


def magnitude(x: Any) -> float:
    """How large a number (its absolute value) or an array (its RMS) is."""
    return abs(x) if x.__class__ is float else rms(x)


@dataclass(frozen=True, slots=True)
class Summary:
    """A number, or what to say of an array.

    Attributes
    ----------
    shape : tuple of int
        () for a number.
    value : float
        The number, or the RMS of the array.
    low, high : float
        Smallest and largest element; nan if there is none.
    zeros, nonfinite : int
        How many elements are exactly 0, and how many are nan or ±inf.
    """

    shape: tuple[int, ...]
    value: float
    low: float
    high: float
    zeros: int
    nonfinite: int

    @property
    def size(self) -> int:
        """Number of elements."""
        return math.prod(self.shape)

    def __str__(self) -> str:
        if not self.shape:
            return number(self.value)
        if not self.size:
            return f"empty, shape {self.shape}"
        text = f"RMS {number(self.value)}, {number(self.low)} … {number(self.high)}"
        if self.zeros:
            text += f", {self.zeros} of {self.size} exactly 0"
        if self.nonfinite:
            text += f", {self.nonfinite} of {self.size} NaN or ∞"
        return text

    @property
    def magnitude(self) -> float:
        """How large it is: the absolute value of a number, the RMS of an array."""
        return abs(self.value)

    @property
    def raw(self) -> str:
        """The numbers in full: what `repr` gives of a float, and JSON of an array's summary."""
        if not self.shape:
            return repr(self.value)
        return (
            f'{{"shape": {list(self.shape)}, "rms": {self.value!r}, '
            f'"min": {self.low!r}, "max": {self.high!r}}}'
        )


@dataclass(frozen=True, slots=True)
class Histogram:
    """How the finite elements of an array are spread.

    Attributes
    ----------
    low, high : float
        Smallest and largest element.
    counts : list of int
        How many elements lie in each of several ranges of equal width between them.
    """

    low: float
    high: float
    counts: list[int]


def histogram(data: Any, bars: int = 24) -> Histogram | None:
    """Count the elements of an array in ranges; None for a number, or if none is finite."""
    if not isinstance(data, np.ndarray) or data.size < 2:
        return None
    # Plain arithmetic: np.histogram would take several times longer for small arrays.
    finite = np.abs(data) if np.iscomplexobj(data) else data.astype(float, copy=False)
    finite = finite[np.isfinite(finite)]
    if not finite.size:
        return None
    low, high = float(finite.min()), float(finite.max())
    with np.errstate(over="ignore", invalid="ignore"):
        share = (finite / 2 - low / 2) / (high / 2 - low / 2) if high > low else finite * 0.0
    places = np.minimum((share * bars).astype(int), bars - 1)
    return Histogram(low, high, np.bincount(places.ravel(), minlength=bars).tolist())


def summarize(data: Any) -> Summary:
    """Say of a number or an array what fits on a label."""
    if data.__class__ is not float:
        array = np.asarray(data)
        if array.shape:
            return _summarize_array(array)
        data = float(array)
    return Summary((), data, data, data, int(data == 0), int(not math.isfinite(data)))


def _summarize_array(array: np.ndarray[Any, Any]) -> Summary:
    if not array.size:
        return Summary(array.shape, 0.0, math.nan, math.nan, 0, 0)
    with np.errstate(invalid="ignore"):
        low, high = float(array.min()), float(array.max())
    zeros = array.size - int(np.count_nonzero(array))
    nonfinite = array.size - int(np.count_nonzero(np.isfinite(array)))
    return Summary(array.shape, rms(array), low, high, zeros, nonfinite)

"""Scaling: features brought to one size, as learned from the records to train on."""

from __future__ import annotations

from typing import Any, Self

import numpy as np

from nn.aliases import Array

Axes = int | tuple[int, ...] | None


class Scaler:
    """Base class: y = offset + slope·(x − centre), with what is measured on training records.

    Parameters
    ----------
    axis : int or tuple of int, optional
        Measure along it: 0, the default, treats every feature on its own; (0, 2, 3) every
        channel of images (n, c, h, w); None all numbers together.

    Attributes
    ----------
    centre, slope : array
        Known after `fit`.
    """

    def __init__(self, axis: Axes = 0) -> None:
        self.axis = axis
        self.offset = 0.0

    def fit(self, x: Any) -> Self:
        """Measure the records to train on.

        Raises
        ------
        ValueError
            If there are none, or some number is nan or infinite.
        """
        x = _floating(x)
        if not x.size:
            raise ValueError(f"there are no records to measure: x has shape {x.shape}.")
        finite = np.isfinite(x)
        if not finite.all():
            place = tuple(map(int, np.unravel_index(np.argmin(finite), x.shape)))
            raise ValueError(
                f"{np.count_nonzero(~finite)} of the numbers to measure are nan or infinite, the "
                f"first is x[{', '.join(map(str, place))}]; remove or replace those records."
            )
        self.centre, spread = self._measure(x)
        # Where all numbers are equal there is nothing to stretch.
        constant = np.ptp(x, axis=self.axis, keepdims=self.axis is not None) == 0
        self.slope = self._reach / np.where(constant, 1.0, spread)
        return self

    #: To what the measured spread is stretched.
    _reach = 1.0

    def _measure(self, x: Array) -> tuple[Array, Array]:
        """Centre and spread of each feature."""
        raise NotImplementedError

    def transform(self, x: Any) -> Array:
        """Scale records by what was measured; floats keep their dtype, integers become float64.

        Raises
        ------
        ValueError
            If nothing was measured yet, or these records have other features.
        """
        x = self._checked(x)
        return np.asarray(self.offset + (x - self.centre) * self.slope, x.dtype)

    def fit_transform(self, x: Any) -> Array:
        """`fit`, then `transform` of the same records."""
        return self.fit(x).transform(x)

    def inverse_transform(self, x: Any) -> Array:
        """What `transform` was given, from what it has made of it."""
        x = self._checked(x)
        return np.asarray((x - self.offset) / self.slope + self.centre, x.dtype)

    def _checked(self, x: Any) -> Array:
        if not hasattr(self, "centre"):
            raise ValueError(
                f"this {type(self).__name__} has measured nothing yet; call fit(x_train) first."
            )
        numbers = _floating(x)
        measured = self.centre.shape
        if measured and not (
            numbers.ndim == len(measured)
            and all(m in (1, own) for m, own in zip(measured, numbers.shape, strict=True))
        ):
            raise ValueError(
                f"this {type(self).__name__} has measured features of shape {measured}, which do "
                f"not fit records of shape {numbers.shape}."
            )
        return numbers


class StandardScaler(Scaler):
    """Give every feature the mean 0 and the standard deviation 1; a constant one becomes 0.

    The parameters are those of `Scaler`.

    Examples
    --------
    >>> from nn.data import StandardScaler
    >>> scaler = StandardScaler().fit([[1.0, 5.0], [3.0, 5.0]])
    >>> scaler.transform([[2.0, 5.0], [5.0, 6.0]])
    array([[0., 0.],
           [3., 1.]])
    """

    def _measure(self, x: Array) -> tuple[Array, Array]:
        x, keep = np.asarray(x, np.float64), self.axis is not None
        centre: Array = np.mean(x, axis=self.axis, keepdims=keep)
        return centre, np.std(x, axis=self.axis, keepdims=keep)


class MinMaxScaler(Scaler):
    """Give every feature the range from `low` to `high`; a constant one becomes `low`.

    Parameters
    ----------
    low, high : float, default 0 and 1
        What the smallest and the largest number become.
    axis : int or tuple of int, optional
        See `Scaler`.

    Examples
    --------
    >>> from nn.data import MinMaxScaler
    >>> scaler = MinMaxScaler().fit([[0.0], [4.0]])
    >>> scaler.transform([[1.0], [8.0]])
    array([[0.25],
           [2.  ]])
    """

    def __init__(self, low: float = 0.0, high: float = 1.0, *, axis: Axes = 0) -> None:
        super().__init__(axis)
        if not low < high:
            raise ValueError(f"low must be below high, but low={low} and high={high} were given.")
        self.offset = low
        self._reach = high - low

    def _measure(self, x: Array) -> tuple[Array, Array]:
        keep = self.axis is not None
        smallest = np.asarray(np.min(x, axis=self.axis, keepdims=keep), np.float64)
        return smallest, np.max(x, axis=self.axis, keepdims=keep) - smallest


def min_max_scale(x: Any, low: float = 0.0, high: float = 1.0, *, axis: Axes = None) -> Array:
    """Map linearly so that the smallest number becomes `low` and the largest `high`.

    Parameters
    ----------
    x : array_like
        Integers become float64.
    low, high : float
        The new bounds.
    axis : int or tuple of int, optional
        Take smallest and largest along it: 0 scales every feature on its own. By default over
        all numbers.

    Returns
    -------
    array
        `low` where all numbers are equal.

    See Also
    --------
    MinMaxScaler : Scales further records by the same bounds.
    """
    return MinMaxScaler(low, high, axis=axis).fit_transform(x)


def _floating(x: Any) -> Array:
    """In floating point, so that the differences of small integers cannot wrap around."""
    x = np.asarray(x)
    return np.asarray(x, np.result_type(x, 0.0))

"""The arguments of a checked function: as arrays to compute with, and back as they were given."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd.primitives import data_of

#: From an array to what the function is called with.
Wrap = Callable[[np.ndarray[Any, Any]], Any]


@dataclass(frozen=True)
class Input:
    """One argument.

    Attributes
    ----------
    array : ndarray
        Its numbers, of its own dtype.
    wrap : callable
        Makes an argument of the kind that was given from other numbers.
    """

    array: np.ndarray[Any, Any]
    wrap: Wrap


def as_input(number: int, argument: Any) -> Input:
    """Take an argument apart.

    Raises
    ------
    TypeError
        If it is complex, or holds no floating numbers.
    """
    data = data_of(argument)
    array = np.array(data)
    if array.dtype.kind == "c":
        raise TypeError(
            f"gradcheck looks at real functions, but input {number} is complex; check f as a "
            "function of the real and the imaginary part."
        )
    is_number = isinstance(data, bool | int | float | list | tuple)
    if array.dtype.kind not in "f" and not (is_number and array.dtype.kind in "iu"):
        raise TypeError(
            f"gradcheck differentiates with respect to floating numbers, but input {number} is "
            f"{'of dtype ' + str(array.dtype) if array.dtype.kind != 'O' else repr(argument)[:40]}"
            "; convert it, or close over it: lambda x: f(x, n)."
        )
    if array.dtype.kind != "f":
        array = array.astype(float)
    if isinstance(data, int | float) and not isinstance(data, np.generic):
        return Input(array, float)
    if isinstance(data, np.generic):
        return Input(array, lambda x: x[()])
    return Input(array, lambda x: x)

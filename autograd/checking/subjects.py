"""What is checked: a function, and whoever claims to know its derivative.

A subject answers two questions at any point: what is the value, and which gradients are claimed
for given cotangents. Everything else in the package speaks to these two answers only.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

import numpy as np

from autograd.checking.inputs import Input
from autograd.node import Node
from autograd.primitives import data_of
from autograd.recording import no_grad
from autograd.tensor import Tensor
from autograd.transforms import vjp
from autograd.value import Value

Function = Callable[..., Any]
Arrays = Sequence[np.ndarray[Any, Any]]


class Subject(Protocol):
    """A function together with the claim about its derivative.

    Attributes
    ----------
    claimant : str
        Who claims, for messages: "reverse mode", "vjp", "gradient".
    by_hand : bool
        Whether somebody wrote the derivative by hand, so that it may break every rule.
    """

    claimant: str
    by_hand: bool

    def value(self, arrays: Arrays) -> Any:
        """What the function returns, as a number or an array."""
        ...

    def gradients(self, arrays: Arrays, cotangents: Sequence[Any]) -> list[Any]:
        """For each cotangent what the claimant returns: raw, one entry per input or bare."""
        ...


class OfNodes:
    """A function built from this package's nodes; reverse mode claims."""

    claimant = "reverse mode"
    by_hand = False

    def __init__(self, f: Function, inputs: Sequence[Input]) -> None:
        self.f = f
        self.inputs = inputs
        self._takes_arrays: bool | None = None

    def value(self, arrays: Arrays) -> Any:
        """See `Subject`."""
        if self._takes_arrays is None:
            self._takes_arrays = self._agrees(arrays)
        return self.f(*self._plain(arrays)) if self._takes_arrays else self._through_nodes(arrays)

    def _through_nodes(self, arrays: Arrays) -> Any:
        with no_grad():
            return data_of(self.f(*self._variables(arrays)))

    def _agrees(self, arrays: Arrays) -> bool:
        """Whether f does the same to plain arrays, which is faster: numpy functions do."""
        expected = np.asarray(self._through_nodes(arrays))
        try:
            found = self.f(*self._plain(arrays))
        except Exception:
            return False
        if isinstance(found, Node):
            return False
        found = np.asarray(found)
        return found.dtype == expected.dtype and np.array_equal(found, expected, equal_nan=True)

    def gradients(self, arrays: Arrays, cotangents: Sequence[Any]) -> list[Any]:
        """See `Subject`."""
        _, pull = vjp(self.f, *self._plain(arrays))
        return [pull(cotangent) for cotangent in cotangents]

    def record(self, arrays: Arrays) -> tuple[list[Node], Any]:
        """Variables for the inputs, and the node that the function makes of them."""
        variables = self._variables(arrays)
        return variables, self.f(*variables)

    def _plain(self, arrays: Arrays) -> list[Any]:
        return [i.wrap(np.array(x)) for i, x in zip(self.inputs, arrays, strict=True)]

    def _variables(self, arrays: Arrays) -> list[Node]:
        return [
            Value(x) if isinstance(x, float | np.floating) else Tensor(x)
            for x in self._plain(arrays)
        ]


class ByHand:
    """A numpy function with a derivative written by hand.

    `vjp` takes a cotangent before the inputs; `gradient`, of a scalar-valued function, only the
    inputs. Either returns one array per input, or a bare array if there is one input.
    """

    by_hand = True

    def __init__(
        self,
        f: Function,
        inputs: Sequence[Input],
        vjp: Function | None = None,
        gradient: Function | None = None,
    ) -> None:
        self.f = f
        self.inputs = inputs
        self.vjp = vjp
        self.gradient = gradient
        self.claimant = "gradient" if vjp is None else "vjp"

    def value(self, arrays: Arrays) -> Any:
        """See `Subject`."""
        return self.f(*self.arguments(arrays))

    def gradients(self, arrays: Arrays, cotangents: Sequence[Any]) -> list[Any]:
        """See `Subject`."""
        if self.vjp is not None:
            return [self.vjp(cotangent, *self.arguments(arrays)) for cotangent in cotangents]
        assert self.gradient is not None
        found = self.gradient(*self.arguments(arrays))
        return [scaled(found, float(cotangent)) for cotangent in map(np.asarray, cotangents)]

    def arguments(self, arrays: Arrays) -> list[Any]:
        """Fresh arguments of the kind the user gave: what is done to them stays without effect."""
        return [i.wrap(np.array(x)) for i, x in zip(self.inputs, arrays, strict=True)]


def scaled(gradients: Any, factor: float) -> Any:
    """Gradients times a number, in the form in which they came."""
    if factor == 1.0:
        return gradients
    if isinstance(gradients, tuple | list):
        return [scaled(g, factor) for g in gradients]
    return None if gradients is None else gradients * factor


def as_array(out: Any) -> np.ndarray[Any, Any]:
    """What a function returned, as an array of real numbers; a copy.

    Raises
    ------
    TypeError
        If it is complex, or no number or array.
    """
    out = data_of(out)
    if isinstance(out, list | tuple | dict | set) or out is None:
        raise TypeError(
            f"gradcheck takes a function that returns a number or an array, but it returned a "
            f"{type(out).__name__}; return one of the results, or np.concatenate them."
        )
    array = np.array(out)
    if array.dtype.kind == "c":
        raise TypeError(
            "gradcheck looks at real functions, but f returned complex numbers; return the real "
            "and the imaginary part, or the absolute value."
        )
    if array.dtype.kind not in "fiub":
        raise TypeError(
            f"gradcheck takes a function that returns numbers, but f returned "
            f"{type(out).__name__} of dtype {array.dtype}."
        )
    return array if array.dtype.kind == "f" else array.astype(float)

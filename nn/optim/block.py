"""Blocks: parameters laid end to end, so that one line of arithmetic changes all of them."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from autograd import Node
from nn.aliases import Array, Variable

#: What is kept for one parameter (or a whole block), under PyTorch's names.
State = dict[str, Any]

#: Hyperparameters for some of the parameters, which stand under the key "params".
Group = dict[str, Any]

#: What is kept once for a parameter. Everything else is kept for each of its elements.
_NUMBERS = {"step", "mu_product", "eta", "mu"}


class Block:
    """Parameters with one dtype, one group and one past, as one flat array of real numbers.

    The rules of optimisers work element by element, so they need not know which element belongs
    to which parameter. A complex number is two real ones.

    Parameters
    ----------
    params : list of Parameter
        Of one dtype.
    group : dict
        Their hyperparameters.
    states : list of dict
        What was kept for each parameter; the numbers in them (such as ``step``) must be equal.
    """

    def __init__(self, params: list[Variable], group: Group, states: Sequence[State]) -> None:
        self.params = params
        self.group = group
        self._dtype = _dtype(params[0])
        self._real = self._dtype.type(0).real.dtype
        shapes = [np.shape(param.data) for param in params]
        ends = list(itertools.accumulate(map(math.prod, shapes), initial=0))
        self._parts = [
            (param, slice(*bounds), shape)
            for param, bounds, shape in zip(params, itertools.pairwise(ends), shapes, strict=True)
        ]
        self._size = ends[-1] * int(self._dtype.itemsize / self._real.itemsize)
        self.state: State = {
            name: kept if name in _NUMBERS else self.flat([state[name] for state in states])
            for name, kept in states[0].items()
        }

    def flat(self, arrays: Iterable[Any]) -> Array:
        """One number or array per parameter, copied end to end."""
        joined = np.concatenate([*arrays], axis=None, dtype=self._dtype, casting="same_kind")
        return joined.view(self._real)

    def gradient(self, grads: Iterable[Any]) -> Array:
        """The gradients of the parameters, end to end."""
        # They are nodes after backward(create_graph=True).
        return self.flat(grad.data if isinstance(grad, Node) else grad for grad in grads)

    def weights(self) -> Array:
        """The numbers in the parameters, end to end."""
        return self.flat(param.data for param in self.params)

    def subtract(self, change: Array) -> None:
        """Change the parameters.

        Their data is assigned, so that graphs which have read it notice; and it is a new array,
        because the old one may be somebody else's too.
        """
        change = change.view(self._dtype) if self._dtype != self._real else change
        for param, part, shape in self._parts:
            param.data = param.data - change[part].reshape(shape)

    def states(self) -> list[State]:
        """What is kept, copied, for each parameter on its own."""
        return [
            {
                name: kept
                if name in _NUMBERS
                else kept.view(self._dtype)[part].reshape(shape).copy()
                for name, kept in self.state.items()
            }
            for _, part, shape in self._parts
        ]

    # --- what optimisers keep -----------------------------------------------------------------

    def count(self) -> int:
        """The number of this step, from 1."""
        step = int(self.state.get("step", 0)) + 1
        self.state["step"] = step
        return step

    def kept(self, name: str, start: float = 0.0) -> Array:
        """The array that is kept under a name, to be changed in place."""
        if name not in self.state:
            self.state[name] = np.full(self._size, start, self._real)
        array: Array = self.state[name]
        return array

    def average(self, name: str, numbers: Array, beta: float) -> Array:
        """Move the exponentially weighted average a ← β a + (1 − β) x that is kept under a name."""
        average = self.kept(name)
        average *= beta
        average += (1 - beta) * numbers
        return average

    def maximum(self, name: str, numbers: Array) -> Array:
        """The largest numbers so far, kept under a name."""
        largest = self.kept(name)
        return np.maximum(largest, numbers, out=largest)


def blocks_of(entries: Iterable[tuple[Variable, Group, State]]) -> list[Block]:
    """Lay parameters into as few blocks as their dtypes, groups and pasts allow."""
    alike: dict[Any, list[tuple[Variable, Group, State]]] = {}
    for param, group, state in entries:
        past = sorted((name, kept if name in _NUMBERS else None) for name, kept in state.items())
        alike.setdefault((id(group), _dtype(param), tuple(past)), []).append((param, group, state))
    return [
        Block([param for param, _, _ in members], members[0][1], [state for *_, state in members])
        for members in alike.values()
    ]


def fitting(param: Variable, state: State) -> State:
    """A loaded state as it is kept for a parameter.

    Raises
    ------
    ValueError
        If something has another shape; the message begins with its name.
    """
    fitted: State = {}
    for name, kept in state.items():
        array = np.asarray(kept)
        shape = () if name in _NUMBERS else np.shape(param.data)
        if array.shape != shape:
            raise ValueError(f"{name} has shape {array.shape} in the state, and not {shape}")
        fitted[name] = array.item() if name in _NUMBERS else array
    return fitted


def _dtype(param: Variable) -> np.dtype[Any]:
    return np.asarray(param.data).dtype

"""Parameters laid end to end, so that one line of arithmetic changes many of them.

Many small parameters then cost one numpy call where each would have cost its own. And where they
are large, they are cut into blocks: all that happens to a number in a step happens while it is in
the processor's cache, so that every array is read once and written once.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from autograd.primitives import data_of
from nn.aliases import Array, Variable

#: What is kept for one parameter (or a whole block), under PyTorch's names.
State = dict[str, Any]

#: Hyperparameters for some of the parameters, which stand under the key "params".
Group = dict[str, Any]

#: What is kept once for a parameter. Everything else is kept for each of its elements.
_NUMBERS = {"step", "mu_product", "eta", "mu"}


#: How many numbers a block may have: several arrays of that length fit into a processor's cache.
_CACHED = 2**17


class Block:
    """Elements of parameters, as one flat array of real numbers.

    The rules of optimisers work element by element, so they need not know which element belongs
    to which parameter, nor whether they see all of it. A complex number is two real ones.

    Parameters
    ----------
    group : dict
        The hyperparameters of the parameters.
    cuts : list of (int, slice)
        Which parameters, and which of their elements.
    dtype : dtype
        Of all of them.
    states : list of dict
        What was kept for each parameter; the numbers in them (such as ``step``) must be equal.
    """

    def __init__(
        self,
        group: Group,
        cuts: list[tuple[int, slice]],
        dtype: np.dtype[Any],
        states: Sequence[State],
    ) -> None:
        self.group = group
        self.cuts = cuts
        self._parameters: list[Array] = []
        self._dtype = dtype
        self._real = dtype.type(0).real.dtype
        lengths = [own.stop - own.start for _, own in cuts]
        self._places = [
            slice(*ends) for ends in itertools.pairwise(itertools.accumulate(lengths, initial=0))
        ]
        self._size = sum(lengths) * (dtype.itemsize // self._real.itemsize)
        self.state: State = {
            name: kept if name in _NUMBERS else self.joined([state[name] for state in states])
            for name, kept in (states[0].items() if states else ())
        }

    def joined(self, arrays: Sequence[Any]) -> Array:
        """The block's elements of arrays like the parameters, copied end to end."""
        parts = [arrays[number].reshape(-1)[own] for number, own in self.cuts]
        joined = np.concatenate(parts, dtype=self._dtype, casting="same_kind")
        return joined.view(self._real)

    def weights(self) -> Array:
        """The numbers in the parameters, end to end."""
        return self.joined(self._parameters)

    def parts(self, numbers: Array) -> Iterator[tuple[int, slice, Array]]:
        """What belongs to which parameter, and where there, of numbers end to end."""
        if self._dtype != self._real:
            numbers = numbers.view(self._dtype)
        for (number, own), place in zip(self.cuts, self._places, strict=True):
            yield number, own, numbers[place]

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


class Cohort:
    """Parameters with one dtype, one group and one past, cut into blocks.

    Parameters
    ----------
    params : list of Parameter
        Of one dtype.
    group : dict
        Their hyperparameters.
    states : list of dict
        What was kept for each.
    """

    def __init__(self, params: list[Variable], group: Group, states: Sequence[State]) -> None:
        self.params = params
        self.group = group
        self._shapes = [np.shape(param.data) for param in params]
        self._dtype = _dtype(params[0])
        self.blocks = [
            Block(group, cuts, self._dtype, states)
            for cuts in _cut([math.prod(shape) for shape in self._shapes])
        ]

    def step(self, grads: Sequence[Any], change: Callable[[Array, Block], Array]) -> None:
        """Change the parameters.

        Their data is assigned, so that graphs which have read it notice; and it is a new array,
        because the old one may be somebody else's too.

        Parameters
        ----------
        grads : sequence of ndarray or Node
            Their gradients.
        change : callable
            What is subtracted from a block, given its gradients and itself.
        """
        # Gradients are nodes after backward(create_graph=True).
        grads = [np.ascontiguousarray(data_of(grad)) for grad in grads]
        old = [np.ascontiguousarray(param.data) for param in self.params]
        new = [np.empty(shape, self._dtype) for shape in self._shapes]
        for block in self.blocks:
            block._parameters = old
            for number, own, part in block.parts(change(block.joined(grads), block)):
                np.subtract(old[number].reshape(-1)[own], part, out=new[number].reshape(-1)[own])
            block._parameters = []
        for param, data in zip(self.params, new, strict=True):
            param.data = data

    def states(self) -> list[State]:
        """What is kept, copied, for each parameter on its own."""
        states: list[State] = [{} for _ in self.params]
        for block in self.blocks:
            for name, kept in block.state.items():
                if name in _NUMBERS:
                    for state in states:
                        state[name] = kept
                    continue
                for number, own, part in block.parts(kept):
                    whole = states[number].setdefault(
                        name, np.empty(self._shapes[number], self._dtype)
                    )
                    whole.reshape(-1)[own] = part
        return states


def _cut(sizes: Iterable[int]) -> Iterator[list[tuple[int, slice]]]:
    """Blocks of parameters that have so many elements: which of their elements are in each."""
    block: list[tuple[int, slice]] = []
    room = _CACHED
    for number, size in enumerate(sizes):
        start, stop = 0, min(size, room)
        block.append((number, slice(start, stop)))
        while stop < size:
            yield block
            start, stop, room = stop, min(size, stop + _CACHED), _CACHED
            block = [(number, slice(start, stop))]
        room -= stop - start
    yield block


def cohorts_of(entries: Iterable[tuple[Variable, Group, State]]) -> list[Cohort]:
    """Lay parameters into as few cohorts as their dtypes, groups and pasts allow."""
    alike: dict[Any, list[tuple[Variable, Group, State]]] = {}
    for param, group, state in entries:
        past = sorted((name, kept if name in _NUMBERS else None) for name, kept in state.items())
        alike.setdefault((id(group), _dtype(param), tuple(past)), []).append((param, group, state))
    return [
        Cohort([param for param, _, _ in members], members[0][1], [state for *_, state in members])
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

"""Parameters laid end to end, so that one line of arithmetic changes many of them.

Many small parameters then cost one numpy call where each would have cost its own. And where they
are large, they are cut into blocks: all that happens to a number in a step happens while it is in
the processor's cache, so that every array is read once and written once. With numba (extra
`fast`), rules run over large parameters in compiled loops, which need no arrays in between.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import is_
from typing import Any, TypeAlias

import numpy as np

from autograd.primitives import data_of
from nn.aliases import Array, Variable
from nn.optim.rule import Rule, can_compile, loop_of

#: What is kept for one parameter (or a whole block), under PyTorch's names.
State = dict[str, Any]

#: Hyperparameters for some of the parameters, which stand under the key "params".
Group = dict[str, Any]

#: Several whole parameters, by their numbers; or one, and which of its elements.
Cut: TypeAlias = tuple[list[int], slice]

#: What is kept once for a parameter. Everything else is kept for each of its elements.
_NUMBERS = {"step", "mu_product", "eta", "mu"}

#: How many numbers a block may have: several arrays of that length fit into a processor's cache.
_CACHED = 2**17

#: From how many numbers on compiled loops are worth their loading, a third of a second.
_WORTHWHILE = 10**5


class Block:
    """Elements of parameters, as one flat array of real numbers.

    The rules of optimisers work element by element, so they need not know which element belongs
    to which parameter, nor whether they see all of it. A complex number is two real ones.

    Parameters
    ----------
    group : dict
        The hyperparameters of the parameters.
    cut : (list of int, slice)
        Which parameters, and which of their elements.
    shapes : list of tuple
        Of all parameters.
    dtype : dtype
        Of all of them.
    states : list of dict
        What was kept for each parameter; the numbers in them (such as ``step``) must be equal.
    compiled : bool
        Whether rules run in compiled loops.

    Attributes
    ----------
    weights : (n,)
        The parameters' numbers before the step, while it is made; not to be changed.
    """

    weights: Array

    def __init__(
        self,
        group: Group,
        cut: Cut,
        shapes: Sequence[tuple[int, ...]],
        dtype: np.dtype[Any],
        states: Sequence[State],
        compiled: bool,
    ) -> None:
        self.group = group
        self.numbers, self.own = cut
        self.compiled = compiled
        self._dtype = dtype
        self._real = dtype.type(0).real.dtype
        own_shapes = [shapes[number] for number in self.numbers]
        ends = list(itertools.accumulate(map(math.prod, own_shapes), initial=0))
        places = itertools.starmap(slice, itertools.pairwise(ends))
        #: Which elements of the whole parameters, end to end, belong to which, of which shape.
        self._parts = list(zip(self.numbers, places, own_shapes, strict=True))
        self._length = len(range(ends[-1])[self.own])
        #: The new array of several parameters in the last step, and what each was given of it.
        self._given: tuple[Array, list[Array]] = (np.empty(0), [])
        self.state: State = {
            name: kept if name in _NUMBERS else self._joined([s[name] for s in states]).copy()
            for name, kept in (states[0].items() if states else ())
        }

    def _joined(self, arrays: Sequence[Any]) -> Array:
        """The block's elements of arrays like the parameters, end to end; not to be changed."""
        if len(self.numbers) > 1:
            parts = [arrays[number] for number in self.numbers]
            joined = np.concatenate(parts, axis=None, dtype=self._dtype)
        else:
            array = np.asarray(arrays[self.numbers[0]])
            joined = array.astype(self._dtype, casting="same_kind", copy=False)
            joined = joined.reshape(-1)[self.own]
        joined = self._as_real(joined)
        joined.setflags(write=False)  # it may show somebody's array
        return joined

    def _as_real(self, numbers: Array) -> Array:
        return numbers if self._dtype is self._real else numbers.view(self._real)

    def put(self, numbers: Array, arrays: Mapping[int, Array]) -> None:
        """Put numbers end to end where they belong in arrays like the parameters."""
        numbers = numbers.view(self._dtype)
        for number, place, _ in self._parts:
            arrays[number].reshape(-1)[self.own] = numbers[place]

    def step(
        self,
        old: Sequence[Any],
        grads: Sequence[Any],
        new: dict[int, Array],
        update: Callable[[Block, Array, Array], None],
    ) -> None:
        """Put the changed elements of parameters into their new arrays.

        Several parameters become views of one array, so that the next step need not join them.
        """
        joined, views = self._given
        # By identity: somebody may have assigned others since, and a copied parameter has its own.
        known = views and all(map(is_, views, map(old.__getitem__, self.numbers)))
        self.weights = joined if known else self._joined(old)
        if len(self.numbers) == 1:
            out = self._as_real(new[self.numbers[0]].reshape(-1)[self.own])
        else:
            whole = np.empty(self._length, self._dtype)
            views = []
            for number, place, shape in self._parts:
                new[number] = view = whole[place].reshape(shape)
                views.append(view)
            out = self._as_real(whole)
            self._given = out, views
        update(self, self._joined(grads), out)
        out.setflags(write=False)  # but the views stay as they are
        del self.weights  # so that nothing here keeps the old arrays alive

    # --- what optimisers keep -----------------------------------------------------------------

    def count(self) -> int:
        """The number of this step, from 1."""
        step = int(self.state.get("step", 0)) + 1
        self.state["step"] = step
        return step

    def kept(self, name: str, start: float = 0.0) -> Array:
        """The array that is kept under a name, to be changed in place."""
        if name not in self.state:
            self.state[name] = self._as_real(np.empty(self._length, self._dtype))
            self.state[name].fill(start)
        array: Array = self.state[name]
        return array

    def change(self, rule: Rule, grad: Array) -> Array:
        """What a rule subtracts from the parameters; it changes what is kept."""
        kept = [self.kept(name) for name in rule.kept]
        numbers = tuple(map(float, rule.numbers))  # of which numpy leaves the arrays' dtype alone
        change: Array
        change, *kept = rule.function(numbers, grad, *kept)
        self.state.update(zip(rule.kept, kept, strict=True))
        return change

    def run(self, rule: Rule, l2: float, decay: float, grad: Array, new: Array) -> None:
        """Fill in the new parameters by a rule and the L2 penalty, in a compiled loop."""
        kept = [self.kept(name) for name in rule.kept]
        rounded = self._real.type
        numbers = tuple(map(rounded, rule.numbers))
        loop = loop_of(rule.function)
        loop(new, self.weights, rounded(l2), rounded(decay), numbers, grad, *kept)

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
        sizes = [math.prod(shape) for shape in self._shapes]
        compiled = sum(sizes) >= _WORTHWHILE and can_compile(self._dtype)
        self.blocks = [
            Block(group, cut, self._shapes, self._dtype, states, compiled)
            for cut in _cuts(sizes, whole=compiled)
        ]
        #: Parameters that are not views of an array which they share with others.
        self._alone = {
            number for block in self.blocks if len(block.numbers) == 1 for number in block.numbers
        }

    def step(self, grads: Sequence[Any], update: Callable[[Block, Array, Array], None]) -> None:
        """Change the parameters.

        Their data is assigned, so that graphs which have read it notice; and it is a new array,
        because the old one may be somebody else's too.

        Parameters
        ----------
        grads : sequence of ndarray or Node
            Their gradients.
        update : callable
            Given a block, its gradients, and the array for its new numbers, fills that.
        """
        grads = [data_of(grad) for grad in grads]  # nodes after backward(create_graph=True)
        old = [param.data for param in self.params]
        new = {number: np.empty(self._shapes[number], self._dtype) for number in self._alone}
        for block in self.blocks:
            block.step(old, grads, new, update)
        for number, data in new.items():
            self.params[number].data = data

    def states(self) -> list[State]:
        """What is kept, copied, for each parameter on its own."""
        states: list[State] = [{} for _ in self.params]
        for block in self.blocks:
            for name, kept in block.state.items():
                if name not in _NUMBERS:
                    for number in block.numbers:
                        shape = self._shapes[number]
                        states[number].setdefault(name, np.empty(shape, self._dtype))
                    block.put(kept, {n: states[n][name] for n in block.numbers})
                    continue
                for state in states:
                    state[name] = kept
        return states


def _cuts(sizes: Sequence[int], whole: bool) -> list[Cut]:
    """Blocks of parameters of these sizes: small ones together, and large ones whole or in parts.

    A compiled loop changes a number at once, so that it need not stay in the cache.
    """
    cuts: list[Cut] = []
    together: list[int] = []
    room = _CACHED
    for number, size in enumerate(sizes):
        if size > _CACHED:
            length = size if whole else _CACHED
            starts = range(0, size, length)
            cuts += (([number], slice(start, start + length)) for start in starts)
            continue
        if size > room:
            cuts.append((together, slice(None)))
            together, room = [], _CACHED
        together.append(number)
        room -= size
    return [*cuts, (together, slice(None))] if together else cuts


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

"""Programs of Values: instructions run group by group in numpy, or in one compiled loop.

All numbers of the graph stand in one array, and their gradients in another. In numpy, a group
takes its operands from it by their places, and its gradients are added back by `bincount`, which
is the fastest way that numpy has to add where places repeat. With numba (extra `fast`) a loop
that was compiled once, for every graph, goes through the instructions one by one.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from threading import RLock
from typing import Any

import numpy as np

from autograd.primitives import apply_local
from autograd.program.instructions import DOT, Group, Instructions, compile_instructions
from autograd.program.tape import ReplayError
from autograd.program.wiring import Slot, Wiring, describe, values_of

#: From how many instructions on a group is faster as operations on arrays, on average.
_WORTHWHILE = 8


class ScalarProgram:
    """What a function on Values does.

    Parameters
    ----------
    wiring : Wiring
        Of one call.
    lasting : set of int
        Identities of the nodes that stay between calls; others are constants.

    Attributes
    ----------
    outputs, places, is_node, is_variable, variables, reads, results, last_run
        As of an `ArrayProgram`.
    """

    def __init__(self, wiring: Wiring, lasting: set[int]) -> None:
        for line in wiring.lines:
            if not line.entry.makes_node:
                raise ReplayError(
                    f"{describe(line.entry)} is computed beside a graph of Values, which cannot be "
                    "replayed; use Tensors, or call the function without replay."
                )
        self._code = code = compile_instructions(wiring, lasting)
        self._numbers = code.numbers
        self._gradients = np.zeros_like(code.numbers)
        self.results = wiring.results
        found = {
            ref: place
            for place, ref in enumerate(values_of(wiring.results))
            if isinstance(ref, Slot) and ref.number >= wiring.inputs
        }
        self.outputs, self.places = list(found), list(found.values())
        self._outs = np.array([code.places[slot.number] for slot in self.outputs], dtype=np.intp)
        self.is_node = [True] * len(self.outputs)
        self.is_variable = [bool(code.needs[place]) for place in self._outs]
        numbers = [n for n in range(wiring.inputs) if wiring.nodes[n].requires_grad]
        self.variables = (*code.reads[: code.variables], *numbers)
        self.reads = code.reads
        self._wanted = np.concatenate(
            [np.arange(code.first_read, code.first_read + code.variables), code.inputs[numbers]]
        ).astype(np.intp)
        self._machine = _machine(code)
        self.backward: list[Callable[..., Any]] = [
            lambda saved, gradient, place=place: self._backward(place, gradient)
            for place in self._outs
        ]
        self.last_run: object = None
        self.lock = RLock()

    def forward(self, *inputs: float) -> tuple[list[float], None]:
        """Compute the results from the numbers of the arguments."""
        numbers, first = self._numbers, self._code.first_read
        numbers[first : first + len(self.reads)] = [node._raw for node in self.reads]
        if inputs:
            numbers[self._code.inputs] = inputs
        with np.errstate(all="ignore"):
            self._machine.forward(numbers)
        return numbers[self._outs].tolist(), None

    def _backward(self, place: int, gradient: Any) -> list[float]:
        gradients = self._gradients
        gradients.fill(0.0)
        gradients[place] = gradient
        with np.errstate(all="ignore"):
            self._machine.backward(self._numbers, gradients)
        return gradients[self._wanted].tolist()  # type: ignore[no-any-return]

    def beside(self, saved: None) -> list[Any]:
        """Nothing is computed beside a graph of Values."""
        return []


def _machine(code: Instructions) -> Any:
    if find_spec("numba") is not None:
        from autograd.program.compiled import CompiledLoop

        if CompiledLoop.can_run(code):
            return CompiledLoop(code)
    instructions = sum(len(group.starts) for group in code.groups)
    return _Groups(code) if instructions >= _WORTHWHILE * len(code.groups) else _Steps(code)


class _Groups:
    """Runs every group as operations on arrays."""

    def __init__(self, code: Instructions) -> None:
        self._groups: list[_Dots | _Elements] = [
            _Dots(code, group) if group.op is DOT else _Elements(code, group)
            for group in code.groups
        ]

    def forward(self, numbers: Any) -> None:
        for group in self._groups:
            group.forward(numbers)

    def backward(self, numbers: Any, gradients: Any) -> None:
        for group in reversed(self._groups):
            group.backward(numbers, gradients)


class _Dots:
    """Sums of products: out = Σ a·b over the terms of each."""

    def __init__(self, code: Instructions, group: Group) -> None:
        count = len(group.starts)
        self._out = slice(group.first, group.last)
        self._a, self._b = code.a[group.terms], code.b[group.terms]
        self._starts = group.starts
        lengths = np.diff(np.append(group.starts, len(self._a)))
        self._length = int(lengths[0]) if np.all(lengths == lengths[0]) else 0
        self._owner = np.repeat(np.arange(count), lengths)
        self._x, self._y = np.empty(len(self._a)), np.empty(len(self._a))
        self._products = np.empty(len(self._a))
        self._to_a = _scatter(code, self._a)
        self._to_b = _scatter(code, self._b)

    def forward(self, numbers: Any) -> None:
        np.take(numbers, self._a, out=self._x, mode="clip")
        np.take(numbers, self._b, out=self._y, mode="clip")
        np.multiply(self._x, self._y, out=self._products)
        if self._length:
            shape = (-1, self._length)
            np.add.reduce(self._products.reshape(shape), axis=1, out=numbers[self._out])
        else:
            np.add.reduceat(self._products, self._starts, out=numbers[self._out])

    def backward(self, numbers: Any, gradients: Any) -> None:
        arrived = gradients[self._out][self._owner]
        if self._to_a:
            self._to_a(gradients, np.multiply(arrived, self._y, out=self._products))
        if self._to_b:
            self._to_b(gradients, np.multiply(arrived, self._x, out=self._products))


class _Elements:
    """An entry of the table, for many numbers at once."""

    def __init__(self, code: Instructions, group: Group) -> None:
        assert group.op is not None
        self._op, self._params = group.op, group.params
        self._out = slice(group.first, group.last)
        both = code.a[group.terms], code.b[group.terms]
        self._operands = both[: len(group.op.derivatives)]
        self._scatters = [_scatter(code, places) for places in self._operands]
        self._inputs: tuple[Any, ...] = ()

    def forward(self, numbers: Any) -> None:
        self._inputs = tuple(numbers[places] for places in self._operands)
        numbers[self._out] = self._op.forward(*self._inputs, **self._params)

    def backward(self, numbers: Any, gradients: Any) -> None:
        arrived, out = gradients[self._out], numbers[self._out]
        for slot, scatter in enumerate(self._scatters):
            if scatter:
                local = self._op.local_derivative(slot, self._inputs, out, self._params)
                scatter(gradients, apply_local(arrived, local))


class _Steps:
    """Runs every instruction as Python does: where groups are too narrow for numpy."""

    def __init__(self, code: Instructions) -> None:
        self._steps: list[tuple[int, Any, dict[str, Any], list[int], list[int]]] = []
        a, b = code.a.tolist(), code.b.tolist()
        for group in code.groups:
            bounds = [*(group.starts + group.terms.start).tolist(), group.terms.stop]
            for place, begin, end in zip(
                range(group.first, group.last), bounds, bounds[1:], strict=False
            ):
                self._steps.append((place, group.op, group.params, a[begin:end], b[begin:end]))

    def forward(self, numbers: Any) -> None:
        v = numbers.tolist()
        for place, op, params, a, b in self._steps:
            if op is DOT:
                v[place] = sum([v[i] * v[j] for i, j in zip(a, b, strict=True)])
            else:
                v[place] = op.on_floats(*_operands(op, v, a, b), **params)
        numbers[:] = v

    def backward(self, numbers: Any, gradients: Any) -> None:
        v, g = numbers.tolist(), gradients.tolist()
        for place, op, params, a, b in reversed(self._steps):
            arrived = g[place]
            if op is DOT:
                for i, j in zip(a, b, strict=True):
                    g[i] += arrived * v[j]
                    g[j] += arrived * v[i]
                continue
            inputs = _operands(op, v, a, b)
            for slot, target in enumerate((a[0], b[0])[: len(inputs)]):
                local = op.local_derivative(slot, inputs, v[place], params)
                g[target] += apply_local(arrived, local)
        gradients[:] = g


def _operands(op: Any, v: list[float], a: list[int], b: list[int]) -> tuple[float, ...]:
    return (v[a[0]], v[b[0]])[: len(op.derivatives)]


def _scatter(code: Instructions, places: Any) -> Callable[[Any, Any], None] | None:
    """How contributions are added to the gradients in some places; None if none needs any."""
    needed = code.needs[places]
    if not needed.any():
        return None
    chosen = None if needed.all() else np.flatnonzero(needed)
    targets, indices = np.unique(places[needed], return_inverse=True)
    once = len(targets) == len(indices)

    def add(gradients: Any, contributions: Any) -> None:
        if chosen is not None:
            contributions = contributions[chosen]
        if once:
            gradients[targets[indices]] += contributions
        else:
            gradients[targets] += np.bincount(indices, contributions, len(targets))

    return add

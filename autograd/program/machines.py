"""Machines that run instructions of scalars: in BLAS, in numpy, in a compiled loop, or in Python.

In numpy, a group takes its operands from the array of all numbers by their places, and its
gradients are added back by `bincount`, which is the fastest way that numpy has to add where places
repeat. A group that is a product of matrices, as a layer of neurons for a batch of records is,
takes each operand once and leaves the rest to BLAS. With numba (extra `fast`) a loop that was
compiled once, for every graph, goes through all other instructions one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib.util import find_spec
from itertools import groupby
from typing import Any, Protocol

import numpy as np

from autograd.primitives import apply_local
from autograd.program.instructions import DOT, Group, Instructions

#: From how many instructions on a group is faster as operations on arrays, on average.
_WORTHWHILE = 8
#: From how many terms on a product of matrices is faster in BLAS than in the compiled loop.
_LARGE = 4096


class Machine(Protocol):
    """Runs some of the instructions."""

    def forward(self, numbers: Any) -> None:
        """Compute their results, in place."""

    def backward(self, numbers: Any, gradients: Any) -> None:
        """Hand their gradients on to the operands, in place."""


def machines(code: Instructions) -> list[Machine]:
    """What runs all instructions, one after the other; backward in the opposite order."""
    found: list[Machine] = []
    for is_large, groups in groupby(code.groups, key=_is_large_product):
        if is_large:
            found += [_Product(code, group) for group in groups]
        else:
            found.append(_machine(code, list(groups)))
    return found


def _is_large_product(group: Group) -> bool:
    return group.rows > 0 and group.terms.stop - group.terms.start >= _LARGE


def _machine(code: Instructions, groups: Sequence[Group]) -> Machine:
    """The fastest for groups without large products."""
    if find_spec("numba") is not None:
        from autograd.program.compiled import CompiledLoop

        if CompiledLoop.can_run(groups):
            return CompiledLoop(code, groups)
    instructions = sum(len(group.starts) for group in groups)
    return (_Groups if instructions >= _WORTHWHILE * len(groups) else _Steps)(code, groups)


class _Groups:
    """Runs every group as operations on arrays."""

    def __init__(self, code: Instructions, groups: Sequence[Group]) -> None:
        self._groups: list[Machine] = [_group(code, group) for group in groups]

    def forward(self, numbers: Any) -> None:
        for group in self._groups:
            group.forward(numbers)

    def backward(self, numbers: Any, gradients: Any) -> None:
        for group in reversed(self._groups):
            group.backward(numbers, gradients)


def _group(code: Instructions, group: Group) -> Machine:
    if group.op is not DOT:
        return _Elements(code, group)
    return _Product(code, group) if group.rows else _Dots(code, group)


class _Product:
    """Dots that are a product of matrices, each of whose elements stands in some place."""

    def __init__(self, code: Instructions, group: Group) -> None:
        self._out = slice(group.first, group.last)
        self._shape = group.rows, len(group.starts) // group.rows
        a, b = (places[group.terms].reshape(*self._shape, -1) for places in (code.a, code.b))
        left, right = a[:, 0], b[0]
        self._left, self._right = left, right
        self._x, self._y = np.empty(left.shape), np.empty(right.shape)
        self._to_left, self._to_right = _scatter(code, left.ravel()), _scatter(code, right.ravel())

    def forward(self, numbers: Any) -> None:
        np.take(numbers, self._left, out=self._x, mode="clip")
        np.take(numbers, self._right, out=self._y, mode="clip")
        np.matmul(self._x, self._y.T, out=numbers[self._out].reshape(self._shape))

    def backward(self, numbers: Any, gradients: Any) -> None:
        arrived = gradients[self._out].reshape(self._shape)
        if self._to_left:
            self._to_left(gradients, (arrived @ self._y).ravel())
        if self._to_right:
            self._to_right(gradients, (arrived.T @ self._x).ravel())


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

    def __init__(self, code: Instructions, groups: Sequence[Group]) -> None:
        self._steps: list[tuple[int, Any, dict[str, Any], list[int], list[int]]] = []
        a, b = code.a.tolist(), code.b.tolist()
        for group in groups:
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

"""The compiled loop: instructions of scalars, one by one, at the speed of the machine (numba).

One pair of functions serves every graph: what differs between graphs is data. They are compiled
when first used, and numba keeps the result beside this file, as Python keeps its own bytecode.

Each operation stands here a second time, because a compiled loop cannot call the table; a test
compares every one of them with its entry there.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numba
import numpy as np

from autograd.program.instructions import DOT, Group, Instructions

DIVIDE, POWER, MAXIMUM, MINIMUM = 1, 2, 3, 4
EXP, LOG, SQRT, SIN, COS, TANH, SIGMOID, RELU, SOFTPLUS, ABS, SQUARE = range(5, 16)

#: The operations that the loop knows beside the dot, which is 0. Those of two operands come first.
CODES = {
    "divide": DIVIDE,
    "power": POWER,
    "maximum": MAXIMUM,
    "minimum": MINIMUM,
    "exp": EXP,
    "log": LOG,
    "sqrt": SQRT,
    "sin": SIN,
    "cos": COS,
    "tanh": TANH,
    "sigmoid": SIGMOID,
    "relu": RELU,
    "softplus": SOFTPLUS,
    "abs": ABS,
    "square": SQUARE,
}


class CompiledLoop:
    """Runs instructions in the compiled loop."""

    def __init__(self, code: Instructions, groups: Sequence[Group]) -> None:
        codes = [
            np.full(len(group.starts), CODES[group.op.name] if group.op else 0) for group in groups
        ]
        starts = [group.starts + group.terms.start for group in groups]
        self._codes = np.concatenate(codes).astype(np.int64)
        self._starts = np.concatenate([*starts, [groups[-1].terms.stop]]).astype(np.int64)
        self._a, self._b = code.a.astype(np.int64), code.b.astype(np.int64)
        self._first = groups[0].first

    @staticmethod
    def can_run(groups: Sequence[Group]) -> bool:
        """Whether the loop knows all operations."""
        return all(
            group.op is DOT or (group.op.key in CODES and not group.params) for group in groups
        )

    def forward(self, numbers: Any) -> None:
        """Compute all results, in place."""
        _forward(self._codes, self._starts, self._a, self._b, self._first, numbers)

    def backward(self, numbers: Any, gradients: Any) -> None:
        """Hand all gradients on, in place."""
        _backward(self._codes, self._starts, self._a, self._b, self._first, numbers, gradients)


@numba.njit(cache=True, error_model="numpy")
def apply(code: int, x: float, y: float) -> float:
    """An operation on numbers; one of one operand looks at x alone."""
    if code == DIVIDE:
        return x / y
    if code == POWER:
        return x**y
    if code == MAXIMUM:
        return np.maximum(x, y)
    if code == MINIMUM:
        return np.minimum(x, y)
    if code == EXP:
        return np.exp(x)
    if code == LOG:
        return np.log(x)
    if code == SQRT:
        return np.sqrt(x)
    if code == SIN:
        return np.sin(x)
    if code == COS:
        return np.cos(x)
    if code == TANH:
        return np.tanh(x)
    if code == SIGMOID:
        small = math.exp(-abs(x))
        return (1.0 if x >= 0 else small) / (1.0 + small)
    if code == RELU:
        return 0.0 if x < 0 else x
    if code == SOFTPLUS:
        return np.maximum(x, 0.0) + math.log1p(math.exp(-abs(x)))
    if code == ABS:
        return abs(x)
    return x * x


@numba.njit(cache=True, error_model="numpy")
def derivatives(code: int, x: float, y: float, out: float) -> tuple[float, float]:
    """The local derivatives of an operation in its operands."""
    if code == DIVIDE:
        return 1 / y, -out / y
    if code == POWER:
        to_base = 0.0 if y == 0 else y * x ** (y - 1)
        return to_base, (0.0 if x == 0 and y >= 0 else out * np.log(x))
    if code == MAXIMUM:
        return _share(x < y, x == y), _share(y < x, x == y)
    if code == MINIMUM:
        return _share(x > y, x == y), _share(y > x, x == y)
    if code == EXP:
        return out, 0.0
    if code == LOG:
        return 1 / x, 0.0
    if code == SQRT:
        return 0.5 / out, 0.0
    if code == SIN:
        return np.cos(x), 0.0
    if code == COS:
        return -np.sin(x), 0.0
    if code == TANH:
        return 1 - out * out, 0.0
    if code == SIGMOID:
        return out * (1 - out), 0.0
    if code == SOFTPLUS:
        return apply(SIGMOID, x, y), 0.0
    if code == ABS:
        return np.sign(x), 0.0
    return 2 * x, 0.0


@numba.njit(cache=True, error_model="numpy")
def _share(loses: bool, ties: bool) -> float:
    return 1.0 - loses - 0.5 * ties


@numba.njit(cache=True, error_model="numpy")
def _forward(codes: Any, starts: Any, a: Any, b: Any, first: int, v: Any) -> None:
    for i in range(len(starts) - 1):
        begin, end = starts[i], starts[i + 1]
        if codes[i] == 0:
            total = 0.0
            for t in range(begin, end):
                total += v[a[t]] * v[b[t]]
            v[first + i] = total
        else:
            v[first + i] = apply(codes[i], v[a[begin]], v[b[begin]])


@numba.njit(cache=True, error_model="numpy")
def _backward(codes: Any, starts: Any, a: Any, b: Any, first: int, v: Any, g: Any) -> None:
    for i in range(len(starts) - 2, -1, -1):
        arrived, code, begin = g[first + i], codes[i], starts[i]
        if code == 0:
            for t in range(begin, starts[i + 1]):
                g[a[t]] += arrived * v[b[t]]
                g[b[t]] += arrived * v[a[t]]
        elif code == RELU:
            # A gate: what it blocks is exactly 0, even where an infinity arrives.
            if not v[a[begin]] <= 0:
                g[a[begin]] += arrived
        else:
            x, y = v[a[begin]], v[b[begin]]
            to_x, to_y = derivatives(code, x, y, v[first + i])
            g[a[begin]] += arrived * to_x
            if code <= MINIMUM:
                g[b[begin]] += arrived * to_y

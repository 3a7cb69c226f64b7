"""Random programs: lines of arithmetic over a few variables, to be run on any carrier.

Not a test module. Programs are what the laws of the sweep are checked on: their graphs have
fan-out, diamonds, repeated operands, unused lines and unused variables.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import strategies as st

from autograd.primitives import TABLE

BINARY: dict[str, Callable[[Any, Any], Any]] = {
    "add": lambda a, b: a + b,
    "subtract": lambda a, b: a - b,
    "multiply": lambda a, b: a * b,
    "divide": lambda a, b: a / (1.5 + TABLE["sin"](b)),
    "constant": lambda a, b: 0.5 * a - b * 3,
    "maximum": lambda a, b: TABLE["maximum"](a, b),
    "where": lambda a, b: TABLE["where"](a, b, condition=a.data > 0),
}
UNARY: dict[str, Callable[[Any], Any]] = {
    "tanh": lambda a: TABLE["tanh"](a),
    "sin": lambda a: TABLE["sin"](a),
    "relu": lambda a: TABLE["relu"](a),
    "square": lambda a: TABLE["sin"](a) ** 2,
    "negative": lambda a: -a,
    "sigmoid": lambda a: TABLE["sigmoid"](a),
}
#: For arrays alone; every result still broadcasts with (2, 3).
OF_ARRAYS: dict[str, Callable[[Any], Any]] = {
    "mean": lambda a: a.mean(),
    "sum": lambda a: a.sum(axis=tuple(range(a.ndim)), keepdims=True),
    "max": lambda a: a.max(),
    "slice": lambda a: a.reshape(-1)[-1:],
    "turned": lambda a: a.T.T,
    "gram": lambda a: (a.reshape(-1, 1).T @ a.reshape(-1, 1)).reshape(()) * 0.1,
}
SHAPES = [(), (1,), (3,), (2, 1), (2, 3)]


@dataclass(frozen=True)
class Program:
    """Lines ``(name, i, j)``: the operation, and the places of its operands."""

    numbers: tuple[np.ndarray, ...]
    lines: tuple[tuple[str, int, int], ...]

    def run(self, variables: Sequence[Any]) -> list[Any]:
        """All results, variables first."""
        found = list(variables)
        for name, i, j in self.lines:
            if name in BINARY:
                found.append(BINARY[name](found[i], found[j]))
            else:
                found.append((UNARY | OF_ARRAYS)[name](found[i]))
        return found


@st.composite
def programs(draw: st.DrawFn, arrays: bool = False, max_lines: int = 12) -> Program:
    """Programs of scalars, or of arrays whose shapes broadcast."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    count = draw(st.integers(1, 3))
    numbers = tuple(
        rng.uniform(-1.5, 1.5, draw(st.sampled_from(SHAPES)) if arrays else ())
        for _ in range(count)
    )
    names = st.sampled_from([*BINARY, *UNARY, *(OF_ARRAYS if arrays else ())])
    lines = []
    for place in range(count, count + draw(st.integers(1, max_lines))):
        operand = st.integers(0, place - 1)
        lines.append((draw(names), draw(operand), draw(operand)))
    return Program(numbers, tuple(lines))

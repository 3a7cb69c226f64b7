"""The graph of an ONNX file while it grows: nodes, constants, and the names of values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from nn.aliases import Array
from nn.interchange.onnx_export.recording import Dim, Ramp, Recording, Repeated, fixed
from nn.interchange.onnx_export.symbols import Step, Symbol

#: What ONNX Runtime computes on processors in single precision only. In a model of doubles these
#: operators stand between casts: a file that nobody can run helps nobody.
_SINGLE = {
    *("Conv", "ConvTranspose", "AveragePool", "GlobalAveragePool", "InstanceNormalization"),
    *("LSTM", "GRU", "RNN", "Erf", "Gelu", "Softplus", "Elu", "LeakyRelu", "PRelu"),
    *("Tan", "Sinh", "Cosh", "Asin", "Acos", "Atan", "Asinh", "Acosh", "Atanh"),
}

_INT, _FLOAT, _DOUBLE = np.dtype(np.int64), np.dtype(np.float32), np.dtype(np.float64)


class Graph:
    """Nodes in the order in which they run. Values are known by name, with their dtypes.

    Parameters
    ----------
    recording : Recording
        Whose symbols get names.
    """

    def __init__(self, recording: Recording) -> None:
        self.nodes: list[dict[str, Any]] = []
        self.initializers: dict[str, Array] = {}
        self.recording = recording
        self.scope = ""
        self._names: dict[int, str] = {}
        self._dtypes: dict[str, np.dtype[Any]] = {}
        self._constants: dict[Any, str] = {}
        self._renamed: set[str] = set()
        self._records = ""

    # --- values -----------------------------------------------------------------------------------

    def name(self, symbol: Symbol, name: str) -> None:
        """Say how the value of a symbol is called."""
        self._names[symbol.number] = name
        self._dtypes[name] = symbol.dtype

    def value(self, value: Any, dtype: Any = None) -> str:
        """The name of a symbol's value, or of a constant; of a certain dtype, if one is wanted."""
        if isinstance(value, Symbol):
            name = self._symbol(value)
        elif isinstance(value, Repeated):
            array = value.array if dtype is None else value.array.astype(dtype)
            name = self.node("Expand", self.constant(array), self.ints(value.shape))
        elif isinstance(value, Ramp):
            count = self.reshape(self.ints([max(value.shape)]), ())
            ramp = self.node("Range", self.constant(np.array(0)), count, self.constant(np.array(1)))
            name = self.reshape(ramp, value.shape)
        else:
            array = np.asarray(value)
            name = self.constant(array if dtype is None else array.astype(dtype))
        return name if dtype is None else self.cast(name, dtype)

    def _symbol(self, symbol: Symbol) -> str:
        if symbol.number not in self._names:
            assert symbol.key, "operations come before what needs them"
            self.name(symbol, symbol.key)
            self.initializers[symbol.key] = np.array(symbol.numbers)
        return self._names[symbol.number]

    def constant(self, array: Array, name: str = "") -> str:
        """The name of a constant; equal ones have one name."""
        array = np.array(array)
        if array.dtype == np.intp:
            array = array.astype(_INT)
        content = (array.dtype.str, array.shape, array.tobytes())
        if content not in self._constants:
            self._constants[content] = name = name or f"constant_{len(self._constants)}"
            self.initializers[name] = array
            self._dtypes[name] = array.dtype
        return self._constants[content]

    def cast(self, name: str, dtype: Any) -> str:
        """A value in another dtype, if it is not of it."""
        wanted: np.dtype[Any] = np.dtype(dtype)
        if self._dtypes[name] == wanted:
            return name
        return self.node("Cast", name, to=wanted, dtype=wanted)

    def dtype(self, name: str) -> np.dtype[Any]:
        """The type of the elements of a value."""
        return self._dtypes[name]

    def shape(self, symbol: Any) -> tuple[int, ...]:
        """The shape of a symbol or constant, with `Dim` where it depends on the records."""
        if isinstance(symbol, Symbol):
            return self.recording.shapes[symbol.number]
        return symbol.shape if isinstance(symbol, Repeated | Ramp) else np.shape(symbol)

    def lengths(self, symbol: Any, start: int = 0) -> list[int]:
        """Lengths of the axes from one on, where they may not depend on the records."""
        return [fixed(length) for length in self.shape(symbol)[start:]]

    def rename(self, name: str, wanted: str) -> str:
        """Call a value otherwise, if a node made it that has not been renamed; or copy it."""
        if not any(name in node["outputs"] for node in self.nodes) or name in self._renamed:
            name = self.node("Identity", name)
        for node in self.nodes:
            for kind in ("inputs", "outputs"):
                node[kind] = [wanted if each == name else each for each in node[kind]]
        self._dtypes[wanted] = self._dtypes[name]
        self._names = {n: wanted if each == name else each for n, each in self._names.items()}
        self._renamed.add(wanted)
        return wanted

    # --- nodes ------------------------------------------------------------------------------------

    def node(self, op: str, *inputs: str, dtype: Any = None, **attributes: Any) -> str:
        """Add an operator of one output, whose dtype is by default that of its first input."""
        dtypes = None if dtype is None else [dtype]
        return self.several(op, *inputs, outputs=1, dtypes=dtypes, **attributes)[0]

    def several(
        self, op: str, *inputs: str, outputs: int, dtypes: Any = None, **attributes: Any
    ) -> list[str]:
        """Add an operator of several outputs."""
        kinds = [self._dtypes[inputs[0]]] * outputs if dtypes is None else dtypes
        if op in _SINGLE and _DOUBLE in kinds:
            given = [name if not name else self._narrow(name) for name in inputs]
            narrow = [_FLOAT if kind == _DOUBLE else kind for kind in kinds]
            found = self.several(op, *given, outputs=outputs, dtypes=narrow, **attributes)
            return [self.cast(name, kind) for name, kind in zip(found, kinds, strict=True)]
        for attribute in attributes.values():
            for number in attribute if isinstance(attribute, list) else [attribute]:
                if isinstance(number, int):
                    fixed(number)
        number = len(self.nodes)
        names = [f"{op}_{number}" + (f"_{i}" if i else "") for i in range(outputs)]
        self._dtypes.update(zip(names, map(np.dtype, kinds), strict=True))
        self.nodes.append(
            {
                "op_type": op,
                "inputs": list(inputs),
                "outputs": names,
                "name": f"{self.scope}/{op}_{number}".lstrip("/"),
                **attributes,
            }
        )
        return names

    def _narrow(self, name: str) -> str:
        return self.cast(name, _FLOAT) if self._dtypes[name] == _DOUBLE else name

    def elementwise(self, op: str, step: Step) -> str:
        """An operator on all operands of a step, in the dtype of its result."""
        dtype = step.outputs[0].dtype
        return self.node(op, *(self.value(x, dtype) for x in step.inputs))

    # --- shapes -----------------------------------------------------------------------------------

    def ints(self, numbers: Sequence[int]) -> str:
        """A vector of integers, some of which may follow the number of records."""
        if not any(isinstance(number, Dim) for number in numbers):
            return self.constant(np.array(numbers, dtype=_INT))
        parts = [
            self._times(number.times)
            if isinstance(number, Dim)
            else self.constant(np.array([number], dtype=_INT))
            for number in numbers
        ]
        return parts[0] if len(parts) == 1 else self.node("Concat", *parts, axis=0)

    def _times(self, times: int) -> str:
        """So many times the number of records, as a vector of one number."""
        if not self._records:
            symbol, axis = next(
                (symbol, axis)
                for symbol in self.recording.inputs
                for axis, length in enumerate(self.shape(symbol))
                if isinstance(length, Dim) and length.times == 1
            )
            self._records = self.node(
                "Shape", self.value(symbol), start=axis, end=axis + 1, dtype=_INT
            )
        if times == 1:
            return self._records
        return self.node("Mul", self._records, self.constant(np.array([times], dtype=_INT)))

    def reshape(self, name: str, shape: Sequence[int]) -> str:
        """A value in another shape, in which one length may follow the number of records."""
        if sum(isinstance(length, Dim) for length in shape) == 1 and -1 not in shape:
            shape = [-1 if isinstance(length, Dim) else length for length in shape]
        return self.node("Reshape", name, self.ints(shape))

    def transpose(self, name: str, axes: Sequence[int]) -> str:
        """A value with its axes in another order."""
        if list(axes) == list(range(len(axes))):
            return name
        return self.node("Transpose", name, perm=[int(axis) for axis in axes])

"""Running a model on symbols, and finding out what of the tape holds for other inputs too."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from autograd import no_grad
from autograd.containers import leaves, map_leaves, rebuild
from nn.aliases import Array
from nn.interchange.onnx_export.layers import find_whole
from nn.interchange.onnx_export.symbols import Step, Symbol, Tape, concrete, symbols_in
from nn.module import Module


class Dim(int):
    """A length that is so many times the number of records."""

    times: int

    def __new__(cls, length: int, times: int) -> Dim:
        """Make it; `length` is what it is for the example."""
        made = super().__new__(cls, length)
        made.times = times
        return made


class Repeated(NamedTuple):
    """A constant that is the same for every record: broadcast, it is of the shape."""

    array: Array
    shape: tuple[int, ...]


class Ramp(NamedTuple):
    """0, 1, 2 … along the only axis that is longer than 1, as long as there are records."""

    shape: tuple[int, ...]


class Differs(Exception):  # noqa: N818 - it is caught, and says why a size is fixed
    """Something is not the same for all numbers of records, nor a multiple of it."""


def fixed(length: int) -> int:
    """A length that enters the file as a number.

    Raises
    ------
    Differs
        If it depends on the number of records.
    """
    if isinstance(length, Dim):
        raise Differs("a number that has to be fixed")
    return int(length)


@dataclass(frozen=True)
class Recording:
    """What a model does with its inputs.

    Attributes
    ----------
    steps : list of Step
    inputs, outputs : list of Symbol or array
        Those of the model, in order.
    shapes : dict from int to tuple
        Shapes of the symbols, by number; with `Dim` where they depend on the number of records.
    """

    steps: list[Step]
    inputs: list[Symbol]
    outputs: list[Any]
    shapes: dict[int, tuple[int, ...]]


# --- running --------------------------------------------------------------------------------------


def record(model: Module, inputs: Any) -> Recording:
    """Run a model on symbols with the numbers of some inputs, in eval mode; it stays as it is."""
    tape = Tape()
    plain = copy.deepcopy(model).eval()
    traced = copy.deepcopy(plain)
    _put_symbols(tape, traced)
    for own, twin in zip(plain.modules(), traced.modules(), strict=True):
        if whole := find_whole(own):
            run = partial(_run_whole, tape, own, twin, whole, twin.forward)
            object.__setattr__(twin, "forward", run)
    found: list[Symbol] = []

    def as_symbol(array: Array) -> Symbol:
        found.append(tape.symbol(array, varies=True))
        return found[-1]

    outputs = traced(*map_leaves(as_symbol, inputs))
    steps = _needed(tape.steps, outputs)
    used = [(step.inputs, step.params, step.outputs) for step in steps]
    shapes = {symbol.number: symbol.shape for symbol in symbols_in([found, used, outputs])}
    return Recording(steps, found, leaves(outputs), shapes)


def _needed(steps: list[Step], outputs: Any) -> list[Step]:
    """The steps that lead to the outputs."""
    wanted = {symbol.number for symbol in symbols_in(outputs)}
    kept = []
    for step in reversed(steps):
        if not wanted.isdisjoint(symbol.number for symbol in step.outputs):
            kept.append(step)
            wanted |= {symbol.number for symbol in symbols_in((step.inputs, step.params))}
    return kept[::-1]


def _put_symbols(tape: Tape, model: Module) -> None:
    """Replace parameters and buffers by symbols that bear their keys; what is shared stays so."""
    made: dict[int, Symbol] = {}
    for key, owner, name in model._state():
        thing = getattr(owner, name)
        if isinstance(thing, Symbol):
            continue  # of a module that stands in several places
        if id(thing) not in made:
            made[id(thing)] = tape.symbol(np.asarray(getattr(thing, "_raw", thing)), key)
        object.__setattr__(owner, name, made[id(thing)])


def _run_whole(
    tape: Tape,
    own: Module,
    twin: Module,
    whole: Any,
    forward: Callable[..., Any],
    *inputs: Any,
    **options: Any,
) -> Any:
    """Run a layer as one step, where its translation fits the inputs."""
    arrays = leaves(inputs)
    if options or not symbols_in(inputs) or not whole.fits(own, *arrays):
        return forward(*inputs, **options)
    with no_grad():
        results = own.forward(*concrete(inputs))
    outputs = tape.note(type(own).__name__, tuple(arrays), {"layer": twin}, tuple(leaves(results)))
    return rebuild(results, iter(outputs))


# --- comparing ------------------------------------------------------------------------------------


def merge(one: Recording, other: Recording, records: tuple[int, int]) -> Recording:
    """What holds for the inputs of both recordings, and so for all numbers of records.

    Raises
    ------
    Differs
        If something depends on the numbers in the inputs, or on their count in another way than
        being a multiple.
    """
    if [step.op for step in one.steps] != [step.op for step in other.steps]:
        raise Differs("the operations themselves")
    merged = []
    for step, twin in zip(one.steps, other.steps, strict=True):
        try:
            inputs = _merge(step.inputs, twin.inputs, records)
            params = _merge(step.params, twin.params, records)
        except Differs as error:
            where = f"{step.op} in {step.scope!r}" if step.scope else step.op
            raise Differs(f"{where} ({error})") from None
        merged.append(replace(step, inputs=inputs, params=params))
    outputs = _merge(one.outputs, other.outputs, records)
    shapes = {
        number: _merge(shape, other.shapes[number], records) for number, shape in one.shapes.items()
    }
    return Recording(merged, one.inputs, outputs, shapes)


def _merge(one: Any, other: Any, records: tuple[int, int]) -> Any:
    if isinstance(one, Symbol) and isinstance(other, Symbol) and one.number == other.number:
        return one
    if type(one) is not type(other):
        raise Differs(f"{one!r} and {other!r}")
    if isinstance(one, tuple | list) and len(one) == len(other):
        return type(one)(_merge(a, b, records) for a, b in zip(one, other, strict=True))
    if isinstance(one, dict) and one.keys() == other.keys():
        return {key: _merge(one[key], other[key], records) for key in one}
    if isinstance(one, slice):
        parts = zip(_ends(one), _ends(other), strict=True)
        return slice(*(_merge(a, b, records) for a, b in parts))
    if isinstance(one, np.ndarray):
        return _merge_arrays(one, other, records)
    if isinstance(one, int | np.integer) and not isinstance(one, bool) and one != other:
        times = int(one) // records[0]
        if times * records[0] != one or times * records[1] != other:
            raise Differs(f"{one} and {other}")
        return Dim(int(one), times)
    if isinstance(one, Module) or one == other or (one != one and other != other):
        return one
    raise Differs(f"{one!r} and {other!r}")


def _ends(part: slice) -> tuple[Any, Any, Any]:
    return part.start, part.stop, part.step


def _merge_arrays(one: Array, other: Array, records: tuple[int, int]) -> Any:
    if one.dtype != other.dtype or one.ndim != other.ndim:
        raise Differs(f"constants of dtype {one.dtype} and {other.dtype}")
    if one.shape == other.shape:
        if np.array_equal(one, other, _is_floating(one)):
            return one
        raise Differs("constants of other numbers")
    shape = _merge(one.shape, other.shape, records)
    first = one[tuple(slice(1) if isinstance(n, Dim) else slice(None) for n in shape)]
    if all(
        np.array_equal(x, np.broadcast_to(first, x.shape), _is_floating(x)) for x in (one, other)
    ):
        return Repeated(first, shape)
    if all(np.array_equal(x.ravel(), np.arange(max(x.shape))) for x in (one, other)):
        return Ramp(shape)
    raise Differs("constants as many as records")


def _is_floating(array: Array) -> bool:
    return array.dtype.kind in "fc"

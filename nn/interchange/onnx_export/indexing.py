"""Translations of x[index] and of its transpose."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from nn.interchange.onnx_export.graph import Graph
from nn.interchange.onnx_export.recording import Differs, Dim, Ramp, Repeated, fixed
from nn.interchange.onnx_export.symbols import Step, Symbol

_LAST = np.iinfo(np.int64)
_BOOL = np.dtype(bool)


def getitem(g: Graph, step: Step) -> str:
    """Slices first, then numbers and arrays of them; new axes last."""
    x = step.inputs[0]
    index = step.params["index"]
    parts = _per_axis(index if isinstance(index, tuple) else (index,), x.ndim)
    selecting = [part for part in parts if part is not None]
    name = _sliced(g, g.value(x), selecting)
    chosen = [(axis, part) for axis, part in enumerate(selecting) if not isinstance(part, slice)]
    if all(isinstance(part, int | np.integer) for _, part in chosen):
        for axis, part in reversed(chosen):
            name = g.node("Gather", name, g.constant(np.array(fixed(part))), axis=axis)
    elif len(chosen) == 1:
        axis, part = chosen[0]
        name = g.node("Gather", name, _whole_numbers(g, part), axis=axis)
    elif (along := _line(g, x, chosen)) is not None:
        axis, places = along
        name = g.node("GatherElements", name, places, axis=axis)
    else:
        name = _at_points(g, name, x.ndim, chosen)
    if None in (part if part is None else 0 for part in parts):
        name = g.reshape(name, g.shape(step.outputs[0]))
    return name


def _per_axis(index: tuple[Any, ...], ndim: int) -> list[Any]:
    """One part per axis (and None per new one), without an ellipsis, and numbers for masks."""
    parts: list[Any] = []
    for part in index:
        if isinstance(part, Repeated):
            raise Differs("an index as long as there are records")
        if isinstance(part, Symbol) and part.dtype == _BOOL:
            raise NotImplementedError  # how many elements there are depends on the inputs
        if not isinstance(part, Symbol) and getattr(part, "dtype", None) == _BOOL:
            parts += np.nonzero(part)
        elif isinstance(part, list):
            parts.append(np.asarray(part))
        else:
            parts.append(part)
    missing = ndim - sum(part is not None and part is not Ellipsis for part in parts)
    place = next((i for i, part in enumerate(parts) if part is Ellipsis), len(parts))
    return [*parts[:place], *[slice(None)] * missing, *parts[place + 1 :]]


def _sliced(g: Graph, name: str, parts: list[Any]) -> str:
    starts, ends, axes, steps = [], [], [], []
    for axis, part in enumerate(parts):
        if not isinstance(part, slice) or part == slice(None):
            continue
        stride = 1 if part.step is None else part.step
        starts.append(part.start if part.start is not None else 0 if stride > 0 else -1)
        ends.append(part.stop if part.stop is not None else _LAST.max if stride > 0 else _LAST.min)
        axes.append(axis)
        steps.append(stride)
    return g.node("Slice", name, *map(g.ints, (starts, ends, axes, steps))) if axes else name


def _whole_numbers(g: Graph, part: Any) -> str:
    return g.value(part, np.int64)


def _line(g: Graph, x: Any, chosen: list[tuple[int, Any]]) -> tuple[int, str] | None:
    """The axis and the places of a `take_along_axis`: all others only count their own axis."""
    shape = g.shape(x)
    if len(chosen) != len(shape):
        return None
    free = [axis for axis, part in chosen if not _counts(g.shape(part), part, axis, shape)]
    if len(free) != 1 or len(g.shape(chosen[free[0]][1])) != len(shape):
        return None
    axis, part = free[0], chosen[free[0]][1]
    wanted = list(shape)
    wanted[axis] = g.shape(part)[axis]
    places = _whole_numbers(g, part)
    if list(g.shape(part)) != wanted:
        places = g.node("Expand", places, g.ints(wanted))
    return axis, places


def _counts(own: tuple[int, ...], part: Any, axis: int, shape: tuple[int, ...]) -> bool:
    """Whether an index is 0, 1, 2 … along its axis, and the same along all others."""
    wanted = tuple(length if i == axis else 1 for i, length in enumerate(shape))
    if isinstance(part, Symbol) or own != wanted:
        return False
    return isinstance(part, Ramp) or np.array_equal(np.ravel(part), np.arange(shape[axis]))


def _at_points(g: Graph, name: str, ndim: int, chosen: list[tuple[int, Any]]) -> str:
    """Elements (or slices) at points of which every axis has its own array of numbers."""
    axes = [axis for axis, _ in chosen]
    shapes = [g.shape(part) for _, part in chosen]
    common: list[int] = []
    for lengths in zip(*(_padded(shape, max(map(len, shapes))) for shape in shapes), strict=True):
        longest = max(lengths)
        common.append(next((n for n in lengths if n == longest and isinstance(n, Dim)), longest))
    last = g.ints([len(common)])
    points = [
        g.node("Unsqueeze", g.node("Expand", _whole_numbers(g, part), g.ints(common)), last)
        for _, part in chosen
    ]
    rest = [axis for axis in range(ndim) if axis not in axes]
    name = g.transpose(name, [*axes, *rest])
    name = g.node("GatherND", name, g.node("Concat", *points, axis=-1))
    if axes == list(range(axes[0], axes[0] + len(axes))):  # the new axes stand where theirs did
        before = axes[0]
        count = len(common)
        order = [*range(count, count + before), *range(count)]
        name = g.transpose(name, [*order, *range(count + before, count + len(rest))])
    return name


def _padded(shape: tuple[int, ...], ndim: int) -> tuple[int, ...]:
    return (1,) * (ndim - len(shape)) + shape


def scatter(g: Graph, step: Step) -> str:
    """Elements that are added up at constant places of the last axis, as `fold` does."""
    (x,), shape, index = step.inputs, step.params["shape"], step.params["index"]
    *before, places = index
    if (
        not isinstance(places, np.ndarray)
        or any(part != slice(None) for part in before)
        or len(before) != len(shape) - 1
    ):
        raise NotImplementedError
    outer = list(shape[:-1])
    count = math.prod(places.shape)
    zeros = g.node("Expand", g.value(np.zeros(()), x.dtype), g.ints(shape))
    where = g.node("Expand", g.constant(np.ravel(places)), g.ints([*outer, count]))
    updates = g.reshape(g.value(x), [*outer, count])
    return g.node("ScatterElements", zeros, where, updates, axis=len(shape) - 1, reduction="add")

"""Derivatives of joining arrays and of cutting them up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd.containers import map_leaves
from autograd.primitives import data_of, implements, variadic
from autograd.rules.axes import along, ask, outline

# --- joining ----------------------------------------------------------------------------------


def _cut(slot: int, g: Any, arrays: Sequence[Any], y: Any, axis: int = 0) -> Any:
    """The part of a concatenation's gradient that belongs to one of the arrays."""
    start = sum(array.shape[axis] for array in arrays[:slot])
    return g[along(axis, slice(start, start + arrays[slot].shape[axis]), y.ndim)]


_concatenate = variadic(
    "concatenate",
    lambda *arrays, axis=0: np.concatenate(arrays, axis=axis),
    _cut,
    params=("axis",),
    linear=True,
)
_stack = variadic(
    "stack",
    lambda *arrays, axis=0: np.stack(arrays, axis=axis),
    lambda slot, g, arrays, y, axis=0: g[along(axis, slot, y.ndim)],
    params=("axis",),
    linear=True,
)


@implements(np.concatenate)
def concatenate(arrays: Sequence[Any], axis: int | None = 0) -> Any:
    """Join arrays along an axis that they have (None: all elements in one axis)."""
    if axis is None:
        return _concatenate(*map(np.ravel, arrays), axis=0)
    return _concatenate(*arrays, axis=axis)


@implements(np.stack)
def stack(arrays: Sequence[Any], axis: int = 0) -> Any:
    """Join arrays of one shape along a new axis."""
    return _stack(*arrays, axis=axis)


@implements(np.vstack)
def vstack(tup: Sequence[Any]) -> Any:
    """Join arrays row after row."""
    return _concatenate(*map(np.atleast_2d, tup), axis=0)


@implements(np.hstack)
def hstack(tup: Sequence[Any]) -> Any:
    """Join arrays column after column; vectors end to end."""
    arrays = [np.atleast_1d(array) for array in tup]
    return _concatenate(*arrays, axis=0 if np.ndim(arrays[0]) == 1 else 1)


@implements(np.dstack)
def dstack(tup: Sequence[Any]) -> Any:
    """Join arrays along a third axis."""
    return _concatenate(*map(np.atleast_3d, tup), axis=2)


@implements(np.column_stack)
def column_stack(tup: Sequence[Any]) -> Any:
    """Join vectors and matrices as the columns of a matrix."""
    columns = (np.reshape(array, (-1, 1)) if np.ndim(array) < 2 else array for array in tup)
    return _concatenate(*columns, axis=1)


@implements(np.block)
def block(arrays: Any) -> Any:
    """Join nested lists of blocks: the innermost along the last axis."""
    ndim = ask(np.block, map_leaves(outline, arrays)).ndim
    return _join_blocks(arrays, ndim)[0]


def _join_blocks(blocks: Any, ndim: int) -> tuple[Any, int]:
    """The joined blocks, all of `ndim` axes, and how deep the lists were nested."""
    if not isinstance(blocks, list):
        missing = ndim - np.ndim(blocks)
        return np.reshape(blocks, (1,) * missing + np.shape(blocks)), 0
    parts, depths = zip(*(_join_blocks(part, ndim) for part in blocks), strict=True)
    depth = depths[0] + 1
    return _concatenate(*parts, axis=-depth), depth


@implements(np.append)
def append(arr: Any, values: Any, axis: int | None = None) -> Any:
    """Join two arrays along an axis (None: all elements in one axis)."""
    return concatenate((arr, values), axis=axis)


@implements(np.insert)
def insert(arr: Any, obj: Any, values: Any, axis: int | None = None) -> Any:
    """Put values before the places `obj` along an axis (None: of all elements in one axis)."""
    obj = data_of(obj)
    if axis is None:
        return insert(np.ravel(arr), obj, values, axis=0)
    length = arr.shape[axis]
    size = ask(np.insert, outline(arr), obj, outline(values), axis).shape[axis] - length
    # Where numpy puts the numbers of the new slices among those of the old is where they go.
    order = np.insert(np.arange(length), obj, np.arange(length, length + size))
    if np.ndim(obj) == 0 and not isinstance(obj, slice):
        # A single place takes all the values, of which the first axis is then the one to join.
        values = np.reshape(values, (1,) * (np.ndim(arr) - np.ndim(values)) + np.shape(values))
        values = np.moveaxis(values, 0, axis)
    shape = (*arr.shape[: axis % arr.ndim], size, *arr.shape[axis % arr.ndim + 1 :])
    joined = _concatenate(arr, np.broadcast_to(values, shape), axis=axis)
    return joined[along(axis, order, arr.ndim)]


@implements(np.delete)
def delete(arr: Any, obj: Any, axis: int | None = None) -> Any:
    """Leave out slices along an axis (None: of all elements in one axis)."""
    if axis is None:
        return delete(np.ravel(arr), obj, axis=0)
    kept = np.zeros(arr.shape[axis], dtype=bool)
    kept[np.delete(np.arange(arr.shape[axis]), data_of(obj))] = True
    return arr[along(axis, kept, arr.ndim)]


# --- cutting up -------------------------------------------------------------------------------


@implements(np.array_split)
def array_split(ary: Any, indices_or_sections: Any, axis: int = 0) -> Any:
    """The array in parts along an axis; their number, or where to cut."""
    ask(np.array_split, outline(ary), indices_or_sections, axis)
    parts = np.array_split(np.arange(ary.shape[axis]), indices_or_sections)
    return [
        ary[along(axis, slice(part[0], part[-1] + 1) if part.size else slice(0), ary.ndim)]
        for part in parts
    ]


@implements(np.split)
def split(ary: Any, indices_or_sections: Any, axis: int = 0) -> Any:
    """The array in parts along an axis, which are equal if their number is given."""
    ask(np.split, outline(ary), indices_or_sections, axis)
    return array_split(ary, indices_or_sections, axis)


@implements(np.hsplit)
def hsplit(ary: Any, indices_or_sections: Any) -> Any:
    """The array in parts column after column; a vector along its only axis."""
    ask(np.hsplit, outline(ary), indices_or_sections)
    return array_split(ary, indices_or_sections, axis=0 if ary.ndim == 1 else 1)


@implements(np.vsplit)
def vsplit(ary: Any, indices_or_sections: Any) -> Any:
    """The array in parts row after row."""
    ask(np.vsplit, outline(ary), indices_or_sections)
    return array_split(ary, indices_or_sections, axis=0)


@implements(np.dsplit)
def dsplit(ary: Any, indices_or_sections: Any) -> Any:
    """The array in parts along its third axis."""
    ask(np.dsplit, outline(ary), indices_or_sections)
    return array_split(ary, indices_or_sections, axis=2)


@implements(np.unstack)
def unstack(x: Any, /, *, axis: int = 0) -> tuple[Any, ...]:
    """The slices along an axis, each without that axis."""
    ask(np.unstack, outline(x), axis=axis)
    return tuple(x[along(axis, i, x.ndim)] for i in range(x.shape[axis]))

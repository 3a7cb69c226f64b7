"""Operators that change shapes, join, cut, repeat, pad and select."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view


def sizes(given: tuple[Any, ...]) -> tuple[int, ...]:
    """PyTorch takes sizes and axes one by one or as one sequence."""
    return tuple(given[0]) if len(given) == 1 and not isinstance(given[0], int) else given


def along(dim: int, index: Any, ndim: int) -> tuple[Any, ...]:
    return (slice(None),) * (dim % ndim if ndim else 0) + (index,)


# --- shape ------------------------------------------------------------------------------------


def reshape(x: Any, *shape: Any) -> Any:
    return np.reshape(x, sizes(shape))


def unflatten(x: Any, dim: int, shape: Sequence[int]) -> Any:
    before = dim % x.ndim
    return np.reshape(x, (*x.shape[:before], *shape, *x.shape[before + 1 :]))


def flatten(x: Any, start_dim: int = 0, end_dim: int = -1) -> Any:
    if not x.ndim:
        return np.ravel(x)
    first, last = start_dim % x.ndim, end_dim % x.ndim
    length = int(np.prod(x.shape[first : last + 1]))
    return np.reshape(x, (*x.shape[:first], length, *x.shape[last + 1 :]))


def squeeze(x: Any, dim: Any = None) -> Any:
    if dim is None or not x.ndim:
        return np.squeeze(x)
    dims = dim if isinstance(dim, tuple | list) else (dim,)
    return np.squeeze(x, tuple(d for d in dims if x.shape[d] == 1))


def expand(x: Any, *shape: Any) -> Any:
    """A length of −1 stays as it is."""
    wanted = sizes(shape)
    own = (1,) * (len(wanted) - x.ndim) + x.shape
    return np.broadcast_to(x, tuple(o if n == -1 else n for n, o in zip(wanted, own, strict=True)))


def permute(x: Any, *dims: Any) -> Any:
    return np.permute_dims(x, sizes(dims))


def transpose(x: Any, dim0: int, dim1: int) -> Any:
    return np.swapaxes(x, dim0, dim1) if x.ndim else x


def atleast(function: Callable[..., Any]) -> Callable[..., Any]:
    """Of one array, of several, or of a list of them."""
    return lambda x, *others: function(*x) if isinstance(x, list | tuple) else function(x, *others)


def cartesian_prod(*arrays: Any) -> Any:
    if len(arrays) == 1:
        return arrays[0]
    return np.stack([np.ravel(grid) for grid in np.meshgrid(*arrays, indexing="ij")], axis=1)


# --- joining and cutting up -------------------------------------------------------------------


def cat(arrays: Sequence[Any], dim: int = 0) -> Any:
    """Empty vectors join anything."""
    return np.concatenate([a for a in arrays if a.shape != (0,)] or arrays, axis=dim)


def split(x: Any, size: Any, dim: int = 0) -> Any:
    """Parts of one length, or of the lengths given."""
    if isinstance(size, int):
        return np.split(x, range(size, x.shape[dim], size) if size else 1, axis=dim)
    return np.split(x, np.cumsum(size)[:-1], axis=dim)


def chunk(x: Any, chunks: int, dim: int = 0) -> Any:
    return split(x, -(-x.shape[dim] // chunks), dim)


def tensor_split(x: Any, sections: Any, dim: int = 0) -> Any:
    return np.array_split(x, np.asarray(sections).tolist(), axis=dim)


def narrow(x: Any, dim: int, start: Any, length: int) -> Any:
    start = int(start) % x.shape[dim] if start != x.shape[dim] else start
    return x[along(dim, slice(start, start + length), x.ndim)]


def slice_(x: Any, dim: int = 0, start: Any = None, end: Any = None, step: int = 1) -> Any:
    return x[along(dim, slice(start, end, step), x.ndim)]


def unfold(x: Any, dimension: int, size: int, step: int) -> Any:
    if not x.ndim:
        return np.broadcast_to(x, (size,))
    windows = sliding_window_view(x, size, dimension)
    return windows[along(dimension, slice(None, None, step), x.ndim)]


# --- repeating and padding --------------------------------------------------------------------


def repeat(x: Any, *repeats: Any) -> Any:
    return np.tile(x, sizes(repeats))


def repeat_interleave(x: Any, repeats: Any, dim: int | None = None, output_size: Any = None) -> Any:
    return np.repeat(x, repeats, axis=dim)


def roll(x: Any, shifts: Any, dims: Any = None) -> Any:
    return np.roll(x, shifts, dims or None) if dims != 0 else np.roll(x, shifts, 0)


def pad(mode: str) -> Callable[..., Any]:
    """PyTorch counts axes from the last, and crops where a width is negative."""

    def padded(x: Any, widths: Sequence[int], *named: Any, value: Any = None, **_: Any) -> Any:
        pairs = [*zip(widths[::2], widths[1::2], strict=True)][::-1]
        pairs = [(0, 0)] * (x.ndim - len(pairs)) + pairs
        border = [(max(before, 0), max(after, 0)) for before, after in pairs]
        inner = tuple(slice(max(-before, 0), min(after, 0) or None) for before, after in pairs)
        if mode == "wrap":
            return np.pad(x[inner], border, mode)
        value = named[-1] if named and not isinstance(named[-1], str) else value
        options = {"constant_values": value or 0.0} if mode == "constant" else {}
        return np.pad(x, border, mode, **options)[inner]

    return padded


# --- selection --------------------------------------------------------------------------------


def index_select(x: Any, dim: int, index: Any) -> Any:
    return x[along(dim, index, x.ndim)] if x.ndim else x


def masked_select(x: Any, mask: Any) -> Any:
    x, mask = np.broadcast_arrays(x, mask)
    return x[mask]


def combinations(x: Any, r: int = 2, with_replacement: bool = False) -> Any:
    choose = itertools.combinations_with_replacement if with_replacement else itertools.combinations
    return x[np.array([*choose(range(len(x)), r)], dtype=int).reshape(-1, r)]


def masked_fill(x: Any, mask: Any, value: Any) -> Any:
    return np.where(mask, value, x)


def masked_index(x: Any, mask: Any, indices: Sequence[Any], fill: Any) -> Any:
    """What is masked may point anywhere."""
    inside = tuple(np.clip(i, -n, n - 1) for i, n in zip(indices, x.shape, strict=True))
    return np.where(mask, x[inside], fill)


# --- writing, which here makes a new array ----------------------------------------------------


def assign(x: Any, index: Any, values: Any) -> Any:
    """x[index] = values: written into the numbers of the elements, it tells where each is from."""
    sources = np.arange(x.size).reshape(x.shape)
    shape = sources[index].shape
    sources[index] = x.size + np.arange(np.prod(shape, dtype=int)).reshape(shape)
    values = np.broadcast_to(values, shape)
    return np.concatenate([np.ravel(x), np.ravel(values)])[sources]


def add(x: Any, index: Any, values: Any) -> Any:
    """x[index] += values, where what is repeated adds up."""
    places = np.arange(x.size).reshape(x.shape)[index]
    values = np.broadcast_to(values, places.shape)
    sums = np.bincount(np.ravel(places), np.ravel(values), minlength=x.size)
    return x + np.reshape(sums, x.shape)


def lines(x: Any, dim: int, index: Any) -> Any:
    """The index of scatter and gather: a number along one axis, the element's own elsewhere."""
    if not x.ndim:
        return ()
    grid = list(np.ogrid[tuple(slice(n) for n in np.shape(index))])
    grid[dim] = index
    return tuple(grid)


def scatter_reduce(x: Any, dim: int, index: Any, values: Any, how: str, include_self: bool = True):
    """Sums and means of what is scattered to a place, with or without what was there."""
    places, values = lines(x, dim, index), part(values, index)
    zero = np.zeros(x.shape)
    count = add(zero, places, 1.0)
    total = add(x if include_self else np.where(count > 0, 0.0, x), places, values)
    if how == "sum":
        return total
    return total / np.maximum(count + include_self, 1.0)


def index_reduce(x: Any, dim: int, index: Any, values: Any, how: str, include_self: bool = True):
    """The same with slices along an axis."""
    shape = [1] * x.ndim
    if x.ndim:
        shape[dim] = -1
    index = np.broadcast_to(np.reshape(index, shape), values.shape)
    return scatter_reduce(x, dim, index, values, how, include_self)


def part(values: Any, index: Any) -> Any:
    """scatter takes as much of the values as its index is large."""
    return values[tuple(slice(n) for n in index.shape)] if np.ndim(values) else values


def scatter(x: Any, dim: int, index: Any, values: Any) -> Any:
    return assign(x, lines(x, dim, index), part(values, index))


def scatter_add(x: Any, dim: int, index: Any, values: Any) -> Any:
    return add(x, lines(x, dim, index), part(values, index))


def flat(x: Any, operation: Callable[..., Any], index: Any, values: Any) -> Any:
    return np.reshape(operation(np.ravel(x), np.ravel(index), np.ravel(values)), x.shape)


def masked_scatter(x: Any, mask: Any, values: Any) -> Any:
    x, mask = np.broadcast_arrays(x, mask)
    return assign(x, mask, np.ravel(values)[: np.count_nonzero(mask)])


def masked_index_add(x: Any, mask: Any, indices: Sequence[Any], values: Any) -> Any:
    """What is masked may point anywhere, and adds nothing."""
    inside = tuple(np.clip(i, -n, n - 1) for i, n in zip(indices, x.shape, strict=True))
    return add(x, inside, np.where(mask, values, 0.0))


OPERATORS: dict[str, Callable[..., Any]] = {
    # the same elements
    "clone": lambda x, **kw: np.copy(x),
    "contiguous": lambda x: np.copy(x),
    "alias_copy": lambda x: np.copy(x),
    "resolve_conj": lambda x: np.copy(x),
    "resolve_neg": lambda x: np.copy(x),
    # shape
    "reshape": reshape,
    "reshape_as": lambda x, other: np.reshape(x, other.shape),
    "view": reshape,
    "view_as": lambda x, other: np.reshape(x, other.shape),
    "view_copy": reshape,
    "unflatten": unflatten,
    "flatten": flatten,
    "ravel": np.ravel,
    "squeeze": squeeze,
    "squeeze.multiple": squeeze,
    "squeeze_copy": squeeze,
    "unsqueeze": np.expand_dims,
    "unsqueeze_copy": np.expand_dims,
    "expand": expand,
    "expand_as": lambda x, other: np.broadcast_to(x, other.shape),
    "expand_copy": expand,
    "broadcast_to": np.broadcast_to,
    "broadcast_tensors": np.broadcast_arrays,
    "atleast_1d": atleast(np.atleast_1d),
    "atleast_2d": atleast(np.atleast_2d),
    "atleast_3d": atleast(np.atleast_3d),
    "meshgrid.variadic_tensors": np.meshgrid,
    "meshgrid.list_of_tensors": lambda arrays, **kwargs: np.meshgrid(*arrays, **kwargs),
    "cartesian_prod": cartesian_prod,
    # order
    "permute": permute,
    "permute_copy": permute,
    "transpose": transpose,
    "transpose_copy": transpose,
    "t": np.transpose,
    "t_copy": np.transpose,
    "T": np.transpose,
    "H": lambda x: np.conj(np.transpose(x)),
    "mT": np.matrix_transpose,
    "mH": lambda x: np.conj(np.matrix_transpose(x)),
    "movedim": np.moveaxis,
    "flip": lambda x, dims: np.flip(x, dims),
    "fliplr": np.fliplr,
    "flipud": np.flipud,
    "roll": roll,
    "rot90": np.rot90,
    # joining and cutting up
    "cat": cat,
    "stack": np.stack,
    "hstack": np.hstack,
    "vstack": np.vstack,
    "dstack": np.dstack,
    "column_stack": np.column_stack,
    "split": split,
    "split.list_args": split,
    "split_with_sizes": split,
    "split_with_sizes_copy": split,
    "unsafe_split": split,
    "chunk": chunk,
    "unsafe_chunk": chunk,
    "tensor_split": tensor_split,
    "hsplit": np.hsplit,
    "vsplit": np.vsplit,
    "dsplit": np.dsplit,
    "unbind": lambda x, dim=0: np.unstack(x, axis=dim),
    "unbind_copy": lambda x, dim=0: np.unstack(x, axis=dim),
    "narrow": narrow,
    "narrow_copy": narrow,
    "slice": slice_,
    "unfold": unfold,
    "unfold_copy": unfold,
    # repeating and padding
    "repeat": repeat,
    "repeat_interleave": repeat_interleave,
    "tile": np.tile,
    "nn.functional.pad.constant": pad("constant"),
    "nn.functional.pad.reflect": pad("reflect"),
    "nn.functional.pad.replicate": pad("edge"),
    "nn.functional.pad.replicate_negative": pad("edge"),
    "nn.functional.pad.circular": pad("wrap"),
    "constant_pad_nd": pad("constant"),
    # selection
    "__getitem__": lambda x, index: x[index],
    "select": lambda x, dim, index: x[along(dim, index, x.ndim)],
    "index_select": index_select,
    "masked_select": masked_select,
    "masked_fill": masked_fill,
    "where": lambda x, condition, other: np.where(condition, x, other),
    "combinations": combinations,
    "_unsafe_masked_index": masked_index,
    # writing
    "index_add": lambda x, dim, index, values, alpha=1: add(
        x, along(dim, index, x.ndim) if x.ndim else (), alpha * values
    ),
    "index_copy": lambda x, dim, index, values: assign(
        x, along(dim, index, x.ndim) if x.ndim else (), values
    ),
    "index_fill": lambda x, dim, index, value: assign(
        x, along(dim, index, x.ndim) if x.ndim else (), value
    ),
    "index_put": lambda x, index, values, accumulate=False: (add if accumulate else assign)(
        x, index, values
    ),
    "put": lambda x, index, values, accumulate=False: flat(
        x, add if accumulate else assign, index, values
    ),
    "scatter": scatter,
    "scatter_add": scatter_add,
    "scatter_reduce.sum": scatter_reduce,
    "scatter_reduce.mean": scatter_reduce,
    "index_reduce.mean": index_reduce,
    "select_scatter": lambda x, values, dim, i: assign(x, along(dim, i, x.ndim), values),
    "slice_scatter": lambda x, values, dim=0, start=None, end=None, step=1: assign(
        x, along(dim, slice(start, end, step), x.ndim), values
    ),
    "masked_scatter": masked_scatter,
    "_unsafe_masked_index_put_accumulate": masked_index_add,
}

LEFT_OUT: dict[str, str] = {
    "as_strided": "strides belong to the memory of a tensor, which numpy's functions hide",
    "as_strided.partial_views": "as as_strided",
    "as_strided_copy": "as as_strided",
    "as_strided_scatter": "as as_strided",
}

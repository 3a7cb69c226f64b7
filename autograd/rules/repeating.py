"""Derivatives of operations that use an element several times, whose contributions then add."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import chain
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view as _sliding_window_view

from autograd.primitives import implements, primitive
from autograd.rules.arithmetic import where
from autograd.rules.axes import along, ask, outline
from autograd.rules.indexing import scatter

# --- whole copies -----------------------------------------------------------------------------


def _unrepeat(g: Any, x: Any, y: Any, repeats: Any, axis: int) -> Any:
    length, place = x.shape[axis], axis % x.ndim
    if np.ndim(repeats):
        sources = np.repeat(np.arange(length), repeats)
        return scatter(g, shape=x.shape, index=along(axis, sources, x.ndim))
    copies = (*x.shape[:place], length, repeats, *x.shape[place + 1 :])
    return g.reshape(copies).sum(axis=place + 1)


_repeat = primitive("repeat", np.repeat, _unrepeat, params=("repeats", "axis"), linear=True)


@implements(np.repeat)
def repeat(a: Any, repeats: Any, axis: int | None = None) -> Any:
    """Each slice along an axis several times (None: each element, in one axis)."""
    if axis is None:
        return _repeat(np.ravel(a), repeats=repeats, axis=0)
    return _repeat(a, repeats=repeats, axis=axis)


def _untile(g: Any, x: Any, y: Any, reps: Any) -> Any:
    reps = np.atleast_1d(reps).tolist()
    ndim = max(len(reps), x.ndim)
    reps = [1] * (ndim - len(reps)) + reps
    lengths = (1,) * (ndim - x.ndim) + x.shape
    copies = tuple(chain.from_iterable(zip(reps, lengths, strict=True)))
    return g.reshape(copies).sum(axis=tuple(range(0, 2 * ndim, 2)))


tile = primitive("tile", np.tile, _untile, params=("reps",), linear=True)


@implements(np.resize)
def resize(a: Any, new_shape: int | Sequence[int]) -> Any:
    """The elements over and over again, until an array of another shape is full."""
    shape = ask(np.resize, outline(a), new_shape).shape
    size = math.prod(shape)
    return np.reshape(tile(np.ravel(a), reps=-(-size // max(np.size(a), 1)))[:size], shape)


# --- windows ----------------------------------------------------------------------------------


def _unwindow(g: Any, x: Any, y: Any, window_shape: Any, axis: Any = None) -> Any:
    """Run on the numbers of the elements, the operation tells which element is where."""
    numbers = _sliding_window_view(np.arange(x.size).reshape(x.shape), window_shape, axis)
    return scatter(g, shape=(x.size,), index=numbers).reshape(x.shape)


sliding_window_view = primitive(
    "sliding_window_view",
    _sliding_window_view,
    _unwindow,
    params=("window_shape", "axis"),
    linear=True,
)

# --- padding ----------------------------------------------------------------------------------


def _unpad(g: Any, x: Any, y: Any, pad_width: Any, mode: Any) -> Any:
    if mode == "constant":
        return g[tuple(slice(before, before + n) for (before, _), n in _widths(pad_width, x))]
    sources = [np.pad(np.arange(n), width, mode=mode) for width, n in _widths(pad_width, x)]
    return scatter(g, shape=x.shape, index=np.ix_(*sources))


def _widths(pad_width: Any, x: Any) -> Any:
    return zip(pad_width, x.shape, strict=True)


_pad = primitive("pad", np.pad, _unpad, params=("pad_width", "mode"), linear=True)
_PAD_MODES = ("constant", "edge", "reflect", "symmetric", "wrap")


@implements(np.pad)
def pad(array: Any, pad_width: Any, mode: str = "constant", **options: Any) -> Any:
    """Add a border, of constants or of elements of the array.

    Raises
    ------
    TypeError
        If the border is to be of another kind: of means or extremes, say.
    """
    constants = options.pop("constant_values", 0)
    if mode not in _PAD_MODES or options:
        raise TypeError(
            f"np.pad of a node knows the modes {', '.join(_PAD_MODES)} and constant_values=, but "
            f"was given mode={mode!r}{''.join(f', {key}=' for key in options)}; put other borders "
            "on with np.concatenate."
        )
    if isinstance(pad_width, dict):
        widths = np.zeros((np.ndim(array), 2), dtype=int)
        for axis, width in pad_width.items():
            widths[axis] = width
    else:
        widths = np.broadcast_to(pad_width, (np.ndim(array), 2))
    padded = _pad(array, pad_width=widths, mode=mode)
    if mode != "constant" or not np.any(constants):
        return padded
    border = np.pad(outline(array), widths, constant_values=True)
    values = np.pad(np.zeros(array.shape, array.dtype), widths, constant_values=constants)
    return where(border, values, padded)

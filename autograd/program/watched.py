"""Watched arrays: arrays given to a function while it is recorded, and all that comes of them.

An array that numpy computes from an argument is not on the graph. Two recordings show that when
its numbers differ, but a mask that happened to be all False twice looks like a constant. So the
function is given arrays that hand their own type on; one that turns up in an operation, and is
not the argument itself, was computed outside the graph.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from autograd.containers import map_leaves
from autograd.valuearray import ValueArray


class Watched(np.ndarray[Any, np.dtype[Any]]):
    """An array whose descendants are watched arrays too."""

    def __array_function__(
        self, func: Any, types: Iterable[Any], args: Iterable[Any], kwargs: Mapping[str, Any]
    ) -> Any:
        out = super().__array_function__(func, types, args, kwargs)
        return out if out is NotImplemented else watch(out)


def watch(it: Any) -> Any:
    """An array as a watched one; containers with their arrays watched, all else as it is."""
    if isinstance(it, np.ndarray):
        return it if isinstance(it, ValueArray) else it.view(Watched)
    return map_leaves(watch, it) if isinstance(it, list | tuple | dict) else it


def unwatch(it: Any) -> Any:
    """The plain array of a watched one; all else as it is."""
    return it.view(np.ndarray) if isinstance(it, Watched) else it


def memory_of(array: Any) -> tuple[Any, ...]:
    """What tells one view of some memory from another."""
    return array.__array_interface__["data"][0], array.shape, array.strides, array.dtype.str


def owner_of(array: Any) -> Any:
    """The array whose memory a view shows."""
    while isinstance(array.base, np.ndarray):
        array = array.base
    return array

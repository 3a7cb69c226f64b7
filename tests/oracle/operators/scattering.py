"""Operators that reduce what is scattered to one place: maxima, minima and products."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.oracle.operators.shaping import lines, part

#: How PyTorch calls a reduction: numpy's function, and what makes no difference to it.
REDUCTIONS = {"amax": (np.max, -np.inf), "amin": (np.min, np.inf), "prod": (np.prod, 1.0)}


def scatter_reduce(x: Any, dim: int, index: Any, values: Any, how: str, include_self: bool = True):
    """A row for each place, with what is there and what is scattered to it, and its reduction."""
    reduce, neutral = REDUCTIONS[how]
    places = np.arange(x.size).reshape(x.shape)[lines(x, dim, index)]
    arrives = np.ravel(places) == np.arange(x.size)[:, None]
    stays = include_self | ~arrives.any(axis=1)
    own = np.where(stays, np.ravel(x), neutral)[:, None]
    others = np.where(arrives, np.ravel(part(values, index)), neutral)
    return reduce(np.concatenate([own, others], axis=1), axis=1).reshape(x.shape)


def index_reduce(x: Any, dim: int, index: Any, values: Any, how: str, include_self: bool = True):
    """The same with slices along an axis."""
    shape = [-1 if axis == dim % x.ndim else 1 for axis in range(x.ndim)]
    index = np.broadcast_to(np.reshape(index, shape), values.shape)
    return scatter_reduce(x, dim, index, values, how, include_self)


OPERATORS = {
    **{f"scatter_reduce.{how}": scatter_reduce for how in REDUCTIONS},
    **{f"index_reduce.{how}": index_reduce for how in REDUCTIONS},
}

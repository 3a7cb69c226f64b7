"""Derivatives of selection: every index that numpy has, and functions that choose elements."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NoReturn

import numpy as np

from autograd.primitives import Primitive, data_of, implements, primitive, without_gradient
from autograd.rules.arithmetic import where
from autograd.rules.axes import along, ask, outline

# --- x[index] and its transpose ---------------------------------------------------------------


def _scatter(g: Any, shape: tuple[int, ...], index: Any) -> Any:
    """Zeros of a shape, to which the elements of g are added where `index` says."""
    out = np.zeros(shape, dtype=g.dtype)
    if _selects_once(index):
        out[index] = g[()]
    elif g.size:
        # In one axis np.add.at is many times faster than in several.
        np.add.at(out.reshape(-1), _positions(shape, index).reshape(-1), np.ravel(g))
    return out


def _selects_once(index: Any) -> bool:
    """Whether no element can be selected twice, so that plain assignment adds up rightly."""
    return all(
        part is None
        or part is Ellipsis
        or isinstance(part, int | np.integer | slice)
        or np.asarray(part).dtype == bool
        for part in _parts(index)
    )


def _positions(shape: tuple[int, ...], index: Any) -> Any:
    """Where the selected elements lie when all axes are laid out in one."""
    parts = _parts(index)
    if not all(_is_integer(part) for part in parts):
        return np.arange(math.prod(shape)).reshape(shape)[index]
    # Integers for the first axes select whole rows, as in an embedding.
    leading = tuple(np.asarray(part, dtype=np.intp) for part in parts)
    rows = np.asarray(np.ravel_multi_index(leading, shape[: len(parts)], mode="wrap"))
    width = math.prod(shape[len(parts) :])
    if width == 1:
        return rows
    return rows[..., None] * width + np.arange(width)


def _parts(index: Any) -> tuple[Any, ...]:
    return index if isinstance(index, tuple) else (index,)


def _is_integer(part: Any) -> bool:
    return np.asarray(part).dtype.kind in "iu"


getitem: Primitive = primitive(
    "getitem",
    lambda x, index: x[index],
    lambda g, x, y, index: scatter(g, shape=x.shape, index=index),
    params=("index",),
    linear=True,
)
scatter: Primitive = primitive(
    "scatter",
    _scatter,
    lambda g, x, y, shape, index: getitem(g, index=index),
    params=("shape", "index"),
    linear=True,
)


@implements(np.bincount)
def bincount(x: Any, /, weights: Any, minlength: int = 0) -> Any:
    """The sum of the weights that bear each number."""
    x = data_of(x)
    length = ask(np.bincount, x, outline(weights), minlength).size
    return scatter(weights, shape=(length,), index=x)


# --- choosing ---------------------------------------------------------------------------------


@implements(np.choose)
def choose(a: Any, choices: Sequence[Any], *, mode: Any = "raise") -> Any:
    """From arrays of one shape, the element of the array with the number that `a` says."""
    which = ask(np.choose, data_of(a), range(len(choices)), mode=mode)
    chosen: Any = 0.0
    for number, choice in enumerate(choices):
        chosen = where(which == number, choice, chosen)
    return chosen


@implements(np.select)
def select(condlist: Sequence[Any], choicelist: Sequence[Any], default: Any = 0) -> Any:
    """The element of the first array whose condition holds; what is not taken receives 0."""
    if len(condlist) != len(choicelist):
        raise ValueError(
            f"select: {len(condlist)} conditions were given for {len(choicelist)} choices; each "
            "choice needs one."
        )
    chosen = default
    for condition, choice in zip(reversed(condlist), reversed(choicelist), strict=True):
        chosen = where(condition, choice, chosen)
    return chosen


@implements(np.compress)
def compress(condition: Any, a: Any, axis: int | None = None) -> Any:
    """The slices along an axis for which a condition holds (None: of all elements in one axis)."""
    if axis is None:
        return compress(condition, np.reshape(a, -1), axis=0)
    wanted = np.zeros(a.shape[axis], dtype=bool)
    wanted[np.compress(data_of(condition), np.arange(a.shape[axis]))] = True
    return a[along(axis, wanted, a.ndim)]


@implements(np.extract)
def extract(condition: Any, arr: Any) -> Any:
    """The elements for which a condition holds, in one axis."""
    return compress(np.ravel(condition), arr)


# --- without a gradient -----------------------------------------------------------------------

without_gradient(
    np.argwhere, np.flatnonzero, np.diag_indices_from, np.tril_indices_from, np.triu_indices_from
)

# --- refused ----------------------------------------------------------------------------------


def _refuse_to_write(function: Callable[..., Any], *args: Any, **kwargs: Any) -> NoReturn:
    raise TypeError(
        f"np.{function.__name__} writes into an existing array, so gradients could not follow; "
        "build a new array with np.where(mask, new, x), np.concatenate or np.stack, or write into "
        ".data where no gradient is wanted."
    )


for _function in (np.put, np.place, np.putmask, np.put_along_axis, np.copyto, np.fill_diagonal):
    implements(_function)(partial(_refuse_to_write, _function))

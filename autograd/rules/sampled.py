"""Derivatives of numerical calculus: functions that are known by their values at some points."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index, normalize_axis_tuple

from autograd.primitives import Primitive, data_of, implements, primitive
from autograd.rules.arithmetic import conj
from autograd.rules.axes import outline
from autograd.rules.scans import EARLIER, FIRST, LAST, LATER, part


def _array(x: Any) -> Any:
    """A list as an array; all else as it is: a number must not decide the precision."""
    return np.asarray(x) if isinstance(x, list | tuple) else x


# --- differences ------------------------------------------------------------------------------


@implements(np.diff)
def diff(a: Any, n: int = 1, axis: int = -1, prepend: Any = None, append: Any = None) -> Any:
    """Differences of neighbours along an axis, taken n times."""
    if n < 0:
        raise ValueError(f"diff takes differences n ≥ 0 times, but n={n} was given.")
    if n == 0:
        return a
    a, axis = _array(a), normalize_axis_index(axis, np.ndim(a))
    if prepend is not None or append is not None:
        before, behind = _edge(prepend, a, axis), _edge(append, a, axis)
        a = np.concatenate([piece for piece in (before, a, behind) if piece is not None], axis)
    for _ in range(n):
        a = part(a, axis, LATER) - part(a, axis, EARLIER)
    return a


def _edge(end: Any, a: Any, axis: int) -> Any:
    """What `diff` is to put before or behind an array; a number is repeated."""
    if end is None or np.ndim(end):
        return end
    return np.broadcast_to(end, (*np.shape(a)[:axis], 1, *np.shape(a)[axis + 1 :]))


@implements(np.ediff1d)
def ediff1d(ary: Any, to_end: Any = None, to_begin: Any = None) -> Any:
    """Differences of neighbours among all elements in a row."""
    pieces = (to_begin, diff(np.ravel(ary)), to_end)
    return np.concatenate([np.ravel(piece) for piece in pieces if piece is not None])


def _widths(points: Any, shape: tuple[int, ...], axis: int) -> Any:
    """Distances between the points along an axis, of a shape that broadcasts to their array."""
    if np.ndim(points) != 1:
        return diff(points, axis=axis)
    return np.reshape(diff(points), tuple(-1 if i == axis else 1 for i in range(len(shape))))


@implements(np.trapezoid)
def trapezoid(y: Any, x: Any = None, dx: Any = 1.0, axis: int = -1) -> Any:
    """Integral along an axis by the trapezoidal rule, for points `x` or steps `dx`."""
    y, axis = _array(y), normalize_axis_index(axis, np.ndim(y))
    width = dx if x is None else _widths(x, np.shape(y), axis)
    return np.sum(width * (part(y, axis, LATER) + part(y, axis, EARLIER)) / 2.0, axis=axis)


@implements(np.gradient)
def gradient(f: Any, *varargs: Any, axis: Any = None, edge_order: int = 1) -> Any:
    """Slopes of an array along each axis, by central differences inside and one-sided at the ends.

    As in numpy, there may be one spacing for all axes or one for each: a step, or the points.
    """
    axes = normalize_axis_tuple(range(np.ndim(f)) if axis is None else axis, np.ndim(f))
    spacings = varargs or (1.0,)
    if len(spacings) == 1 and np.ndim(spacings[0]) == 0:
        spacings *= len(axes)
    if len(spacings) != len(axes):
        raise TypeError(
            f"gradient along {len(axes)} axes takes one step for all or one spacing for each, "
            f"but got {len(spacings)}."
        )
    slopes = [_slope(f, h, i, edge_order) for h, i in zip(spacings, axes, strict=True)]
    return slopes[0] if len(slopes) == 1 else tuple(slopes)


def _slope(f: Any, spacing: Any, axis: int, edge_order: int) -> Any:
    n = np.shape(f)[axis]
    if edge_order not in (1, 2) or n <= edge_order:
        raise ValueError(
            f"gradient with edge_order={edge_order} (1 or 2) needs more points than that along "
            f"axis {axis}, where the array of shape {np.shape(f)} has {n}."
        )
    width: Any = _widths(spacing, np.shape(f), axis) if np.ndim(spacing) else spacing
    between = diff(f, axis=axis) / width
    left, right = part(between, axis, EARLIER), part(between, axis, LATER)
    if np.ndim(spacing):  # the slope over the shorter way counts more
        before, behind = part(width, axis, EARLIER), part(width, axis, LATER)
        inside = left + (right - left) * (before / (before + behind))
    else:
        inside = (left + right) / 2.0
    first, last = part(between, axis, FIRST), part(between, axis, LAST)
    if edge_order == 2:  # the slope between two points is the mean of those at them
        first = 2.0 * first - part(inside, axis, FIRST)
        last = 2.0 * last - part(inside, axis, LAST)
    return np.concatenate([first, inside, last], axis=axis)


# --- interpolation ----------------------------------------------------------------------------


@implements(np.interp)
def interp(
    x: Any, xp: Any, fp: Any, left: Any = None, right: Any = None, period: float | None = None
) -> Any:
    """The line through the points (xp, fp) at x; constant beyond its ends, or periodic.

    At a point itself, the slope is that of the line to its right.
    """
    x, xp, fp = map(_array, (x, xp, fp))
    if period is not None:
        x, xp = np.mod(x, period), np.mod(xp, period)
        order = np.argsort(xp)
        xp, fp = xp[order], fp[order]
        xp = np.concatenate([xp[-1:] - period, xp, xp[:1] + period])
        fp = np.concatenate([fp[-1:], fp, fp[:1]])
        left = right = None
    last = len(xp) - 1
    i = np.clip(np.searchsorted(xp, x, side="right") - 1, 0, max(last - 1, 0))
    j = np.minimum(i + 1, last)
    width = xp[j] - xp[i]
    share = (x - xp[i]) / np.where(width == 0, 1.0, width)
    y = fp[i] + (fp[j] - fp[i]) * share
    y = np.where(x < xp[0], fp[0] if left is None else left, y)
    return np.where(x > xp[-1], fp[-1] if right is None else right, y)


@implements(np.linspace)
def linspace(
    start: Any,
    stop: Any,
    num: int = 50,
    endpoint: bool = True,
    retstep: bool = False,
    *,
    axis: int = 0,
) -> Any:
    """Points at equal distances from start to stop; with ``retstep=True`` also the distance."""
    start, stop = _array(start), _array(stop)
    dtype = np.result_type(data_of(start), data_of(stop), 0.0)
    share, step = np.linspace(0.0, 1.0, num, endpoint, retstep=True, dtype=dtype)
    share = np.reshape(share, (-1,) + (1,) * np.broadcast(outline(start), outline(stop)).ndim)
    points = start * (1 - share) + stop * share
    points = np.moveaxis(points, 0, axis) if axis else points
    return (points, (stop - start) * float(step)) if retstep else points


# --- convolution ------------------------------------------------------------------------------


def _mirrored(v: Any) -> Any:
    return conj(v)[::-1]


convolution: Primitive = primitive(
    "convolve",
    np.convolve,
    lambda g, a, v, y: convolution(g, _mirrored(v))[len(v) - 1 :][: len(a)],
    lambda g, a, v, y: convolution(g, _mirrored(a))[len(a) - 1 :][: len(v)],
    linear=True,
)


def _section(a: Any, v: Any, full: Any, mode: str, late: bool) -> Any:
    """The part of a full convolution that a mode keeps; `late`: the middle is rounded up."""
    long, short = max(len(a), len(v)), min(len(a), len(v))
    if mode == "valid":
        return full[short - 1 : long]
    if mode == "same":
        start = (short if late else short - 1) // 2
        return full[start : start + long]
    if mode == "full":
        return full
    raise ValueError(f"mode must be 'full', 'same' or 'valid', but {mode!r} was given.")


@implements(np.convolve)
def convolve(a: Any, v: Any, mode: str = "full") -> Any:
    """Convolution of two sequences."""
    return _section(a, v, convolution(a, v), mode, late=False)


@implements(np.correlate)
def correlate(a: Any, v: Any, mode: str = "valid") -> Any:
    """Cross-correlation of two sequences: convolution with the second one mirrored."""
    return _section(a, v, convolution(a, _mirrored(v)), mode, late=len(v) > len(a))

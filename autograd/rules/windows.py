"""Derivatives of convolution: three maps that are each other's derivatives.

The convolution y = x ⋆ w of networks (a cross-correlation, in PyTorch's words too) is linear in
the input x and in the weights w. Together with its two transposes, ``correlate_input`` (from y to
x) and ``correlate_weight`` (from y to w), it is closed under differentiation, to any order.

Shapes: x is (N, C, *spatial), w is (O, C/groups, *kernel), y is (N, O, *positions); the number of
spatial axes does not matter. All three give BLAS products of matrices of weights, of windows laid
side by side as columns (`autograd.rules.columns`), and of what stands at the positions:

* y is the product of weights and columns;
* w receives that of columns and what arrives at the positions;
* x receives that of weights and what arrives, which is added where the windows lay. Or it is the
  correlation of what arrives with the weights turned round, where additions would cost more.
"""

from __future__ import annotations

import math
from itertools import product
from typing import Any

import numpy as np

from autograd.primitives import Primitive, primitive
from autograd.rules.arithmetic import conj
from autograd.rules.columns import (
    Geometry,
    Sizes,
    arranged,
    at_positions,
    blocks,
    columns_of,
    is_merged,
    scratch,
)


def window_counts(extent: Sizes, kernel: Sizes, stride: Sizes, dilation: Sizes) -> Sizes:
    """How many positions a window has along each axis: ⌊(n − d(k − 1) − 1)/s⌋ + 1."""
    return tuple(
        (n - d * (k - 1) - 1) // s + 1
        for n, k, s, d in zip(extent, kernel, stride, dilation, strict=True)
    )


def _geometry(
    extent: Sizes, kernel: Sizes, stride: Sizes, dilation: Sizes, padding: Sizes | None
) -> Geometry:
    padding = padding or (0,) * len(extent)
    wide = tuple(n + 2 * p for n, p in zip(extent, padding, strict=True))
    counts = window_counts(wide, kernel, stride, dilation)
    return Geometry(extent, kernel, counts, stride, dilation, padding)


# --- to the positions -------------------------------------------------------------------------


def _correlate(
    x: Any,
    w: Any,
    stride: Sizes,
    dilation: Sizes,
    groups: int,
    padding: Sizes | None = None,
    out: Any = None,
) -> Any:
    where = _geometry(x.shape[2:], w.shape[2:], stride, dilation, padding)
    shape = (len(x), w.shape[0], *where.counts)
    y = np.empty(shape, np.result_type(x, w)) if out is None else out
    merged = is_merged(len(x), where)
    own, positions = len(w) // groups, math.prod(where.counts)
    by_rows = _may_go_by_rows(where) and not _are_few(len(y) * positions, own)
    weights = _rows_of_weights(w, groups) if by_rows else [w.reshape(groups, own, -1)]
    places = y.reshape(len(y), groups, own, positions)
    for block, columns in columns_of(x, where, groups, by_rows, len(w)):
        at = slice(block.rows.start * where.row, block.rows.stop * where.row)
        shape = (1, *places.shape[1:3], columns[0].shape[-1])
        total = scratch("sum", shape, y.dtype) if merged else places[block.samples, ..., at]
        np.matmul(weights[0], columns[0], out=total)
        for row, further in zip(weights[1:], columns[1:], strict=True):
            total += np.matmul(row, further, out=scratch("term", total.shape, y.dtype))
        if merged:
            arranged(y[block.samples], merged)[...] = total.reshape(1, *y.shape[1:], -1)
    return y


def _may_go_by_rows(where: Geometry) -> bool:
    return where.stride[0] == 1 and where.kernel[0] > 1


def _are_few(positions: int, channels: int) -> bool:
    """Whether there is so little to multiply weights with that to copy or turn them costs more."""
    return positions < 8 * channels


def _rows_of_weights(w: Any, groups: int) -> Any:
    """For each row of the kernel, its weights: (groups, O/groups, C/groups·elements of the row)."""
    rows = np.moveaxis(w, 2, 0)
    return np.ascontiguousarray(rows).reshape(len(rows), groups, len(w) // groups, -1)


# --- to the weights ---------------------------------------------------------------------------


def _correlate_weight(
    x: Any,
    y: Any,
    kernel: Sizes,
    stride: Sizes,
    dilation: Sizes,
    groups: int,
    padding: Sizes | None = None,
) -> Any:
    where = _geometry(x.shape[2:], kernel, stride, dilation, padding)
    merged = is_merged(len(x), where)
    into, out = x.shape[1] // groups, y.shape[1] // groups
    few = _are_few(len(x) * math.prod(where.counts), out)
    by_rows = _may_go_by_rows(where) and not few
    w = np.zeros((y.shape[1], into, *kernel), np.result_type(x, y))
    rows = w.reshape(groups, out, into, kernel[0] if by_rows else 1, -1)
    # BLAS is faster with the many rows of the columns to the left, but then w is turned at the end.
    turned = rows.transpose(3, 0, 2, 4, 1)
    total: Any = w.reshape(1, groups, out, -1) if few else np.zeros(turned.shape, w.dtype)
    total = total.reshape(len(turned), groups, -1, total.shape[-1])
    first = True
    for block, columns in columns_of(x, where, groups, by_rows, y.shape[1]):
        arrived = at_positions(y, block, groups, merged)
        for part, row in zip(total, columns, strict=True):
            left, right = (arrived, row) if few else (row, arrived)
            right = right.swapaxes(-1, -2)
            if first and len(left) == 1:
                np.matmul(left, right, out=part[None])
            else:
                part += np.add.reduce(left @ right, axis=0)
        first = False
    if not few:
        turned[...] = total.reshape(turned.shape)
    return w


# --- to the input -----------------------------------------------------------------------------


def _correlate_input(
    y: Any,
    w: Any,
    extent: Sizes,
    stride: Sizes,
    dilation: Sizes,
    groups: int,
    padding: Sizes | None = None,
) -> Any:
    where = _geometry(extent, w.shape[2:], stride, dilation, padding)
    # What of each window lies outside of a place: there, no position is.
    reach = tuple(d * (k - 1) for d, k in zip(dilation, where.kernel, strict=True))
    around = tuple(r - p for r, p in zip(reach, where.padding, strict=True))
    if min(around) >= 0 and _is_cheaper_as_correlation(y, where, groups):
        return _correlate(y, _turned(w, groups), stride, dilation, groups, around)
    return _spread(y, w, where, groups)


def _is_cheaper_as_correlation(y: Any, where: Geometry, groups: int) -> bool:
    """Whether to collect, at every element of x, from the windows that it lay in.

    That spares an addition for every element of a window, in whose time fifty products can be
    formed: with the zeros of a border. Scalar nodes would be multiplied with those zeros.
    """
    positions, channels = math.prod(where.counts), y.shape[1] // groups
    border = math.prod(where.extent) - positions
    return (
        set(where.stride) == {1}
        and y.dtype != object
        and channels * border <= 50 * positions
        and not _are_few(len(y) * positions, channels)
    )


def _turned(w: Any, groups: int) -> Any:
    """For a stride of 1, the weights whose correlation is the transposed one."""
    w = np.flip(w, tuple(range(2, w.ndim))).reshape(groups, len(w) // groups, *w.shape[1:])
    turned = w.swapaxes(1, 2)
    return np.ascontiguousarray(turned).reshape(-1, *turned.shape[2:])


def _spread(y: Any, w: Any, where: Geometry, groups: int) -> Any:
    """Products of weights and positions are columns, which are added where the windows lay."""
    c = groups * w.shape[1]
    x = np.empty((len(y), c, *where.extent), np.result_type(y, w))
    weights = w.reshape(groups, len(w) // groups, -1).swapaxes(-1, -2)
    merged = is_merged(len(y), where)
    total: Any = None
    for block in blocks(len(y), where, c * math.prod(where.kernel)):
        into = arranged(x[block.samples], merged)
        if block.rows.start == 0:
            total = scratch("sum", (*into.shape[:2], *where.wide, into.shape[-1]), x.dtype)
            total[...] = 0
        some = total[:, :, block.rows.start * where.stride[0] :]
        counts = (block.rows.stop - block.rows.start, *where.counts[1:])
        arrived = at_positions(y, block, groups, merged)
        shape = (*arrived.shape[:2], weights.shape[1], arrived.shape[-1])
        columns = np.matmul(weights, arrived, out=scratch("columns", shape, x.dtype))
        columns = columns.reshape(*into.shape[:2], *where.kernel, *counts, into.shape[-1])
        for offset in product(*map(range, where.kernel)):
            places: Any = (
                slice(o * d, o * d + s * (count - 1) + 1, s)
                for o, d, s, count in zip(offset, where.dilation, where.stride, counts, strict=True)
            )
            some[:, :, *places] += columns[:, :, *offset]
        if block.rows.stop == where.counts[0]:
            into[...] = total[:, :, *where.inside]
    return x


# --- the table --------------------------------------------------------------------------------

correlate: Primitive = primitive(
    "correlate",
    _correlate,
    lambda g, x, w, y, **how: correlate_input(g, conj(w), extent=x.shape[2:], **how),
    lambda g, x, w, y, **how: correlate_weight(conj(x), g, kernel=w.shape[2:], **how),
    params=("stride", "dilation", "groups", "padding"),
    # The weights serve every place of the output.
    multiplicity=lambda slot, inputs, y, **how: (
        math.sqrt(y.size / y.shape[1]) if slot == 1 and y.size else 1.0
    ),
    linear=True,
)
correlate_input: Primitive = primitive(
    "correlate_input",
    _correlate_input,
    lambda g, y, w, x, extent, **how: correlate(g, conj(w), **how),
    lambda g, y, w, x, extent, **how: correlate_weight(g, conj(y), kernel=w.shape[2:], **how),
    params=("extent", "stride", "dilation", "groups", "padding"),
    linear=True,
)
correlate_weight: Primitive = primitive(
    "correlate_weight",
    _correlate_weight,
    lambda g, x, y, w, kernel, **how: correlate_input(conj(y), g, extent=x.shape[2:], **how),
    lambda g, x, y, w, kernel, **how: correlate(conj(x), g, **how),
    params=("kernel", "stride", "dilation", "groups", "padding"),
    linear=True,
)

"""Derivatives of convolution: three maps that are each other's derivatives.

The convolution y = x ⋆ w of networks (a cross-correlation, in PyTorch's words too) is linear in
the input x and in the weights w. Together with its two transposes, ``correlate_input`` (from y to
x) and ``correlate_weight`` (from y to w), it is closed under differentiation, to any order.

Shapes: x is (N, C, *spatial), w is (O, C/groups, *kernel), y is (N, O, *positions). Each works for
any number of spatial axes and gives BLAS one matrix product per group: a row for every position,
a column for every element of a window (im2col).
"""

from __future__ import annotations

import math
from itertools import product
from typing import Any

import numpy as np

from autograd.primitives import Primitive, primitive
from autograd.rules.arithmetic import conj

#: One number per spatial axis.
Sizes = tuple[int, ...]


def window_counts(extent: Sizes, kernel: Sizes, stride: Sizes, dilation: Sizes) -> Sizes:
    """How many positions a window has along each axis: ⌊(n − d(k − 1) − 1)/s⌋ + 1."""
    return tuple(
        (n - d * (k - 1) - 1) // s + 1
        for n, k, s, d in zip(extent, kernel, stride, dilation, strict=True)
    )


def _places(counts: Sizes, offset: Sizes, stride: Sizes, dilation: Sizes) -> tuple[Any, ...]:
    """The elements that stand at one offset of the window, for all its positions."""
    return (
        ...,
        *(
            slice(o * d, o * d + s * (count - 1) + 1, s)
            for count, o, s, d in zip(counts, offset, stride, dilation, strict=True)
        ),
    )


def _columns(x: Any, kernel: Sizes, stride: Sizes, dilation: Sizes, groups: int) -> Any:
    """All windows of x, as (groups, N·positions, C/groups·elements of the kernel)."""
    counts = window_counts(x.shape[2:], kernel, stride, dilation)
    n, c = x.shape[:2]
    d = len(kernel)
    windows = np.empty((groups, n, *counts, c // groups, *kernel), dtype=x.dtype)
    for offset in product(*map(range, kernel)):
        part = x[_places(counts, offset, stride, dilation)]
        part = part.reshape(n, groups, c // groups, *counts)
        part = np.moveaxis(part, (1, 2), (0, -1))
        windows[(slice(None),) * (3 + d) + offset] = part
    return windows.reshape(groups, -1, (c // groups) * _size(kernel)), counts


def _size(sizes: Sizes) -> int:
    return int(np.prod(sizes, dtype=int))


def _correlate(x: Any, w: Any, stride: Sizes, dilation: Sizes, groups: int) -> Any:
    columns, counts = _columns(x, w.shape[2:], stride, dilation, groups)
    weights = w.reshape(groups, w.shape[0] // groups, -1)
    y = columns @ weights.swapaxes(1, 2)
    y = y.reshape(groups, x.shape[0], *counts, w.shape[0] // groups)
    y = np.moveaxis(y, (0, -1), (1, 2))
    return np.ascontiguousarray(y).reshape(x.shape[0], w.shape[0], *counts)


def _rows(y: Any, groups: int) -> Any:
    """The positions of y as rows: (groups, N·positions, O/groups)."""
    n, o = y.shape[:2]
    grouped = y.reshape(n, groups, o // groups, *y.shape[2:])
    return np.moveaxis(grouped, (1, 2), (0, -1)).reshape(groups, -1, o // groups)


def _correlate_input(
    y: Any, w: Any, extent: Sizes, stride: Sizes, dilation: Sizes, groups: int
) -> Any:
    n, kernel, counts = y.shape[0], w.shape[2:], y.shape[2:]
    weights = w.reshape(groups, w.shape[0] // groups, -1)
    columns = _rows(y, groups) @ weights
    columns = columns.reshape(groups, n, *counts, w.shape[1], *kernel)
    x = np.zeros((n, groups, w.shape[1], *extent), dtype=columns.dtype)
    for offset in product(*map(range, kernel)):
        part = columns[(slice(None),) * (3 + len(kernel)) + offset]
        x[_places(counts, offset, stride, dilation)] += np.moveaxis(part, (0, -1), (1, 2))
    return x.reshape(n, groups * w.shape[1], *extent)


def _correlate_weight(
    x: Any, y: Any, kernel: Sizes, stride: Sizes, dilation: Sizes, groups: int
) -> Any:
    columns, _ = _columns(x, kernel, stride, dilation, groups)
    w = _rows(y, groups).swapaxes(1, 2) @ columns
    return w.reshape(y.shape[1], x.shape[1] // groups, *kernel)


correlate: Primitive = primitive(
    "correlate",
    _correlate,
    lambda g, x, w, y, **how: correlate_input(g, conj(w), extent=x.shape[2:], **how),
    lambda g, x, w, y, **how: correlate_weight(conj(x), g, kernel=w.shape[2:], **how),
    params=("stride", "dilation", "groups"),
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
    params=("extent", "stride", "dilation", "groups"),
    linear=True,
)
correlate_weight: Primitive = primitive(
    "correlate_weight",
    _correlate_weight,
    lambda g, x, y, w, kernel, **how: correlate_input(conj(y), g, extent=x.shape[2:], **how),
    lambda g, x, y, w, kernel, **how: correlate(conj(x), g, **how),
    params=("kernel", "stride", "dilation", "groups"),
    linear=True,
)

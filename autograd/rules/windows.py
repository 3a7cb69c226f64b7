"""Derivatives of convolution: three maps that are each other's derivatives.

The convolution y = x ⋆ w of networks (a cross-correlation, in PyTorch's words too) is linear in
the input x and in the weights w. Together with its two transposes, ``correlate_input`` (from y to
x) and ``correlate_weight`` (from y to w), it is closed under differentiation, to any order.

Shapes: x is (N, C, *spatial), w is (O, C/groups, *kernel), y is (N, O, *positions); the number of
spatial axes does not matter. All three give BLAS one product of matrices per group (im2col): the
windows are laid side by side as columns, a row for every element of a window, a column for every
position. That is done for

* a few samples at a time, so that the columns stay in the processor's cache and their memory is
  used again, instead of being many times that of x;
* the samples innermost, so that what is copied lies in long runs even where images are small. Of
  a single sample, nothing needs to be turned for that, and a kernel of one element is not copied.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import product
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided

from autograd.primitives import Primitive, primitive
from autograd.rules.arithmetic import conj

#: One number per spatial axis.
Sizes = tuple[int, ...]

#: How many numbers the columns may hold before further samples have to wait: a cache of the second
#: level is about that large.
_CACHED = 2**18


def window_counts(extent: Sizes, kernel: Sizes, stride: Sizes, dilation: Sizes) -> Sizes:
    """How many positions a window has along each axis: ⌊(n − d(k − 1) − 1)/s⌋ + 1."""
    return tuple(
        (n - d * (k - 1) - 1) // s + 1
        for n, k, s, d in zip(extent, kernel, stride, dilation, strict=True)
    )


# --- columns ----------------------------------------------------------------------------------


def _batches(samples: int, kernel: Sizes, positions: Sizes, rows: int) -> Iterator[slice]:
    """The samples, as many at a time as the cache holds; one by one if there is nothing to copy."""
    size = rows * math.prod(kernel + positions)
    step = 1 if math.prod(kernel) == 1 else max(1, _CACHED // max(1, size))
    return (slice(start, start + step) for start in range(0, samples, step))


def _samples_last(x: Any) -> Any:
    """(N, C, *spatial) as (C, *spatial, N), in one piece."""
    return np.ascontiguousarray(np.moveaxis(x, 0, -1))


def _columns(x: Any, kernel: Sizes, stride: Sizes, dilation: Sizes, groups: int) -> Any:
    """All windows of some samples: (groups, C/groups·elements of the kernel, positions·N)."""
    n, c = x.shape[:2]
    x = _samples_last(x)
    own, *along, last = x.strides
    windows = as_strided(
        x,
        (c, *kernel, *window_counts(x.shape[1:-1], kernel, stride, dilation), n),
        (
            own,
            *(d * step for d, step in zip(dilation, along, strict=True)),
            *(s * step for s, step in zip(stride, along, strict=True)),
            last,
        ),
        writeable=False,
    )
    return windows.reshape(groups, c // groups * math.prod(kernel), -1)


def _rows(y: Any, groups: int) -> Any:
    """What goes with the columns at the positions: (groups, O/groups, positions·N)."""
    return _samples_last(y).reshape(groups, y.shape[1] // groups, -1)


def _fill(y: Any, weights: Any, columns: Any) -> None:
    """Write the product of weights and columns, which has the form of `_rows`, into y."""
    if len(y) == 1:
        np.matmul(weights, columns, out=y.reshape(*weights.shape[:2], columns.shape[2]))
    else:
        rows = (weights @ columns).reshape(*y.shape[1:], len(y))
        y[...] = np.moveaxis(rows, -1, 0)


def _correlate(x: Any, w: Any, stride: Sizes, dilation: Sizes, groups: int) -> Any:
    kernel = w.shape[2:]
    counts = window_counts(x.shape[2:], kernel, stride, dilation)
    weights = w.reshape(groups, w.shape[0] // groups, -1)
    y = np.empty((x.shape[0], w.shape[0], *counts), np.result_type(x, w))
    for samples in _batches(len(x), kernel, counts, x.shape[1]):
        _fill(y[samples], weights, _columns(x[samples], kernel, stride, dilation, groups))
    return y


def _correlate_weight(
    x: Any, y: Any, kernel: Sizes, stride: Sizes, dilation: Sizes, groups: int
) -> Any:
    # BLAS is faster with the many rows of the columns to the left; w is turned at the end.
    products = (
        _columns(x[samples], kernel, stride, dilation, groups)
        @ _rows(y[samples], groups).swapaxes(1, 2)
        for samples in _batches(len(x), kernel, y.shape[2:], x.shape[1])
    )
    shape = (groups, x.shape[1] // groups * math.prod(kernel), y.shape[1] // groups)
    total = next(products, np.zeros(shape, np.result_type(x, y)))
    for term in products:
        total += term
    return total.swapaxes(1, 2).reshape(y.shape[1], x.shape[1] // groups, *kernel)


def _correlate_input(
    y: Any, w: Any, extent: Sizes, stride: Sizes, dilation: Sizes, groups: int
) -> Any:
    if _is_cheaper_as_correlation(y, w, extent, stride, groups):
        return _correlate(*_turned(y, w, extent, dilation, groups), stride, dilation, groups)
    kernel, counts = w.shape[2:], y.shape[2:]
    c = groups * w.shape[1]
    weights = w.reshape(groups, w.shape[0] // groups, -1).swapaxes(1, 2)
    x = np.empty((len(y), c, *extent), np.result_type(y, w))
    for samples in _batches(len(y), kernel, counts, c):
        columns = weights @ _rows(y[samples], groups)
        columns = columns.reshape(c, *kernel, *counts, -1)
        total = np.zeros((c, *extent, columns.shape[-1]), x.dtype)
        for offset in product(*map(range, kernel)):
            places: Any = (
                slice(o * d, o * d + s * (count - 1) + 1, s)
                for count, o, s, d in zip(counts, offset, stride, dilation, strict=True)
            )
            total[(slice(None), *places)] += columns[(slice(None), *offset)]
        x[samples] = np.moveaxis(total, -1, 0)
    return x


def _is_cheaper_as_correlation(y: Any, w: Any, extent: Sizes, stride: Sizes, groups: int) -> bool:
    """Whether to collect, at every element of x, from the windows that it lay in.

    To copy into columns takes a third of the time that it takes to add from them. Scalar nodes
    would be multiplied with the zeros of a border.
    """
    copies = w.shape[0] * math.prod(extent)
    additions = groups * w.shape[1] * math.prod(y.shape[2:])
    return set(stride) == {1} and y.dtype != object and copies <= 3 * additions


def _turned(y: Any, w: Any, extent: Sizes, dilation: Sizes, groups: int) -> tuple[Any, Any]:
    """For a stride of 1, arrays whose correlation is the transposed one of y and w."""
    kernel, counts = w.shape[2:], y.shape[2:]
    before = [d * (k - 1) for d, k in zip(dilation, kernel, strict=True)]
    wide = np.zeros((*y.shape[:2], *(n + b for n, b in zip(extent, before, strict=True))), y.dtype)
    inside: Any = (..., *(slice(b, b + n) for b, n in zip(before, counts, strict=True)))
    wide[inside] = y
    w = np.flip(w, tuple(range(2, w.ndim)))
    grouped = w.reshape(groups, w.shape[0] // groups, *w.shape[1:]).swapaxes(1, 2)
    return wide, grouped.reshape(groups * w.shape[1], -1, *kernel)


# --- the table --------------------------------------------------------------------------------

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

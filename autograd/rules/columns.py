"""Windows laid side by side as columns, so that sums over them are products of matrices (im2col).

This is about memory alone: which windows are taken at a time, where they lie, and what is copied.

* Blocks: the columns of all windows are many times as large as x. Some samples at a time, or some
  rows of one, keep them in the processor's cache, and their memory is used again.
* Small images are merged: of a few positions each, the samples stand innermost, side by side, so
  that one product serves them all and what is copied lies in long runs. Of larger images, every
  sample has a product of its own, and nothing needs to be turned for that.
* Rows of the kernel: where windows overlap along the first spatial axis, the columns of one row of
  the kernel hold those of all the others, some places further on. A third is copied if the
  kernel has three rows, and nothing if it has no other axis.
* A border of zeros is part of the one array into which blocks are copied.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from threading import local
from typing import Any, NamedTuple

import numpy as np
from numpy.lib.stride_tricks import as_strided

#: One number per spatial axis.
Sizes = tuple[int, ...]

#: How many numbers the columns of a block may hold: a cache of the second level is about as large.
_CACHED = 2**18

#: How many columns a block has at least, for BLAS to make up for arranging the weights.
_LEAST = 256

#: Images of fewer positions are merged.
_SMALL = 100

#: How many bytes of memory, at most, a thread keeps for each role in `scratch`.
_KEPT = 8 * _CACHED

_memory = local()


class Geometry(NamedTuple):
    """Where windows lie: a number for each spatial axis."""

    extent: Sizes
    kernel: Sizes
    counts: Sizes
    stride: Sizes
    dilation: Sizes
    padding: Sizes

    @property
    def wide(self) -> Sizes:
        """The extent with its border."""
        return tuple(n + 2 * p for n, p in zip(self.extent, self.padding, strict=True))

    @property
    def inside(self) -> tuple[slice, ...]:
        """The extent within its border."""
        return tuple(slice(p, p + n) for n, p in zip(self.extent, self.padding, strict=True))

    @property
    def row(self) -> int:
        """How many positions a row has: a step along the first axis."""
        return math.prod(self.counts[1:])


class Block(NamedTuple):
    """Several samples, with all rows of their positions; or one sample, and some rows."""

    samples: slice
    rows: slice


def is_merged(samples: int, where: Geometry) -> bool:
    """Whether the images of a batch are so small that products serve several of them."""
    return samples > 1 and math.prod(where.counts) < _SMALL


def blocks(samples: int, where: Geometry, height: int) -> list[Block]:
    """All the windows, as many at a time as a cache holds if columns have so many elements."""
    columns = max(_LEAST, _CACHED // max(1, height))
    rows = where.counts[0]
    together = columns // max(1, math.prod(where.counts))
    if together > 1 or is_merged(samples, where):
        step = _evenly(samples, together)
        starts = range(0, samples, step)
        return [Block(slice(i, min(i + step, samples)), slice(0, rows)) for i in starts]
    step = _evenly(rows, columns // max(1, where.row))
    return [
        Block(slice(i, i + 1), slice(start, min(start + step, rows)))
        for i in range(samples)
        for start in range(0, rows, step)
    ]


def _evenly(total: int, most: int) -> int:
    """The size of equal shares, if none may be larger than `most`; at least 1."""
    shares = math.ceil(total / max(1, most))
    return max(1, math.ceil(total / max(1, shares)))


def arranged(x: Any, merged: bool) -> Any:
    """(N, C, *spatial) as (N, C, *spatial, 1), or if merged as (1, C, *spatial, N)."""
    return x.transpose(*range(1, x.ndim), 0)[None] if merged else x[..., None]


def at_positions(y: Any, block: Block, groups: int, merged: bool) -> Any:
    """What goes with the columns of a block: (products, groups, C/groups, positions)."""
    part = arranged(y[block.samples, :, block.rows], merged)
    return part.reshape(len(part), groups, y.shape[1] // groups, -1)


def scratch(role: str, shape: tuple[int, ...], dtype: Any) -> Any:
    """An array with no particular contents, for what only matters until a block is done.

    Memory costs more to get than to write to, so every thread keeps some for each role: what was
    given for the same role before is overwritten.
    """
    size = math.prod(shape) * dtype.itemsize
    if dtype.hasobject or size > _KEPT:
        return np.empty(shape, dtype)
    memory = getattr(_memory, role, None)
    if memory is None or memory.size < size:
        memory = np.empty(size, np.uint8)
        setattr(_memory, role, memory)
    return memory[:size].view(dtype).reshape(shape)


def columns_of(
    x: Any, where: Geometry, groups: int, by_rows: bool, channels: int
) -> Iterator[tuple[Block, list[Any]]]:
    """The columns of all windows, block by block.

    Parameters
    ----------
    x : ndarray, (N, C, *extent)
    where : Geometry
    groups : int
        Into how many groups the channels are cut.
    by_rows : bool
        Whether rows of the kernel are kept apart, as a stride of 1 along the first axis allows.
    channels : int
        How many there are at each position of what the columns are multiplied to or with: a block
        of that is to stay in the cache as well.

    Yields
    ------
    block : Block
    columns : list of ndarray, (products, groups, C/groups·elements of the kernel, positions)
        If by rows, one for each row of the kernel, with the elements in that row; else a single
        one. Valid until the next block is asked for.
    """
    c = x.shape[1]
    kernel = where.kernel[1:] if by_rows else where.kernel
    taps = where.kernel[0] if by_rows else 1
    reach = where.dilation[0] * (taps - 1)
    height = c // groups * math.prod(kernel)
    merged = is_merged(len(x), where)
    samples, source, wide = None, x, None
    for block in blocks(len(x), where, max(channels, c * math.prod(kernel))):
        if block.samples != samples:
            samples = block.samples
            source = arranged(x[samples], merged)
            if merged or any(where.padding):
                shape = (*source.shape[:2], *where.wide, source.shape[-1])
                if wide is None or wide.shape != shape:
                    wide = scratch("border", shape, x.dtype)
                    wide[...] = 0
                wide[:, :, *where.inside] = source
                source = wide
        rows = block.rows.stop - block.rows.start
        windows = _windows(source, where, kernel, block.rows.start, rows + reach)
        if math.prod(kernel) > 1:
            columns = scratch("columns", windows.shape, x.dtype)
            columns[...] = windows
        else:  # often it need not be copied
            columns = windows
        columns = columns.reshape(len(source), groups, height, -1)
        row = where.row * source.shape[-1]
        starts = range(0, taps * where.dilation[0] * row, where.dilation[0] * row)
        yield block, [columns[..., start : start + rows * row] for start in starts]


def _windows(source: Any, where: Geometry, kernel: Sizes, start: int, rows: int) -> Any:
    """A view of the windows of some rows of positions, over the last axes of the kernel.

    Its axes are those of `source`, with those of the kernel before those of the positions.
    """
    batch, own, *along, last = source.strides
    within = [d * step for d, step in zip(where.dilation, along, strict=True)]
    between = [s * step for s, step in zip(where.stride, along, strict=True)]
    return as_strided(
        source[:, :, start * where.stride[0] :],
        (*source.shape[:2], *kernel, rows, *where.counts[1:], source.shape[-1]),
        (batch, own, *within[len(within) - len(kernel) :], *between, last),
        writeable=False,
    )

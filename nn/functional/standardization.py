"""Standardising: what layer, group, instance and batch normalisation have in common.

Written in plain operations it is a dozen passes over an array, and three dozen on the way back.
Here it is one operation: mean and variance are computed beside the graph, and with them the result
is a·x + b, and its gradient a·g + b·x + c, with few numbers a, b and c for each group of elements.
Sums over all elements of a group are products with a vector of ones, for which there is BLAS.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from autograd import Tensor
from autograd.folding import Fused
from autograd.primitives import data_of
from autograd.recording import again
from nn.aliases import Array, ArrayOrNode


@dataclass(frozen=True, slots=True)
class Layout:
    """Which elements of an array are standardised together, and how they are scaled then.

    Attributes
    ----------
    shape : tuple of int
        The array as the plain operations see it.
    axes : tuple of int
        Those of `shape` along which elements are standardised together.
    view : tuple of int
        The array as (records, groups, channels of a group, elements).
    affine : tuple of int
        The shape in which scale and shift are broadcast to the array.
    per_element : bool
        Whether there are a scale and a shift for each element instead of each channel.
    over_records : bool
        Whether the groups of all records are one.
    centred : bool
        Whether the mean becomes 0.
    """

    shape: tuple[int, ...]
    axes: tuple[int, ...]
    view: tuple[int, int, int, int]
    affine: tuple[int, ...]
    per_element: bool = False
    over_records: bool = False
    centred: bool = True

    @property
    def over(self) -> tuple[int, ...]:
        """The axes of (records, groups, channels) that have mean and variance in common."""
        return (0, 2) if self.over_records else (2,)

    @property
    def count(self) -> int:
        """How many elements these are of."""
        return self.view[3] * math.prod(self.view[axis] for axis in self.over)


def standardised(
    x: ArrayOrNode,
    weight: ArrayOrNode | None,
    bias: ArrayOrNode | None,
    layout: Layout,
    eps: float,
) -> tuple[ArrayOrNode, Array, Array]:
    """Mean 0 and variance 1 (divided by n) for each group, then a scale and a shift.

    Parameters
    ----------
    x : ArrayOrNode
    weight, bias : of the shape that `layout` says, optional
        Scale and shift.
    layout : Layout
    eps : float
        Added to the variance.

    Returns
    -------
    y : like `x`
    mean, variance : ndarray, (records or 1, groups, ...)
        That were taken for it.
    """
    affine = [operand for operand in (weight, bias) if operand is not None]
    if not have_blas(x, *affine) or (weight is None and affine):
        y, mean, variance = _plainly(x, weight, bias, layout, eps)
        return y, data_of(mean), data_of(variance)
    mean, variance, scale = again(_moments, x, layout, eps)
    y = _standardise(x, *affine, mean=mean, scale=scale, layout=layout, eps=eps)
    return y, mean, variance


def have_blas(*operands: ArrayOrNode) -> bool:
    """Whether these are arrays with elements (or Tensors of such), all of one type in BLAS.

    Carriers of a higher rank than a Tensor's note what is done step by step.
    """
    first = operands[0].dtype
    return first.char in "fd" and all(
        x.dtype == first and x.size and getattr(x, "_rank", 0) <= Tensor._rank for x in operands
    )


# --- in plain operations ------------------------------------------------------------------------


def _plainly(
    x: ArrayOrNode,
    weight: ArrayOrNode | None,
    bias: ArrayOrNode | None,
    layout: Layout,
    eps: float,
) -> tuple[ArrayOrNode, ArrayOrNode, ArrayOrNode]:
    grouped = x if x.shape == layout.shape else x.reshape(layout.shape)
    mean: ArrayOrNode = 0.0
    if layout.centred:
        mean = np.mean(grouped, axis=layout.axes, keepdims=True)
    centred = grouped - mean if layout.centred else grouped
    variance = np.mean(centred * centred, axis=layout.axes, keepdims=True)
    y = centred / np.sqrt(variance + eps)
    y = y if x.shape == layout.shape else y.reshape(x.shape)
    return scaled(y, weight, bias, layout.affine), mean, variance


def scaled(
    y: ArrayOrNode, weight: ArrayOrNode | None, bias: ArrayOrNode | None, shape: tuple[int, ...]
) -> ArrayOrNode:
    """A scale and a shift, if there are any, that are broadcast from a shape."""
    if weight is not None:
        y = y * weight.reshape(shape)
    return y if bias is None else y + bias.reshape(shape)


# --- as one operation ---------------------------------------------------------------------------


def _sums(x: Array) -> Array:
    """Of the elements of each channel."""
    *channels, length = x.shape
    if length == 1:
        return x[..., 0]
    total: Array = x.reshape(-1, length) @ np.ones(length, x.dtype)
    return total.reshape(channels)


def _products(x: Array, y: Array) -> Array:
    """Sums of x·y over the elements of each channel."""
    total: Array = (x * y)[..., 0] if x.shape[-1] == 1 else np.vecdot(x, y)
    return total


def _moments(x: Array, layout: Layout, eps: float) -> tuple[Array, Array, Array]:
    """Mean, variance and 1/deviation, (records or 1, groups, 1)."""
    x = x.reshape(layout.view)
    mean: Array = np.add.reduce(_sums(x), axis=layout.over, keepdims=True) / layout.count
    if layout.centred:
        x = x - mean[..., None]
    else:
        mean = np.zeros_like(mean)
    squares = np.add.reduce(_products(x, x), axis=layout.over, keepdims=True)
    variance = squares / layout.count
    return mean, variance, 1 / np.sqrt(variance + eps)


def _along(x: Array, layout: Layout) -> Array:
    """A scale or shift for elements, or for channels (groups, channels of a group)."""
    return x.reshape(-1) if layout.per_element else x.reshape(layout.view[1:3])


def _forward(
    x: Array,
    weight: Array | None = None,
    bias: Array | None = None,
    *,
    mean: Array,
    scale: Array,
    layout: Layout,
    eps: float,
) -> Array:
    factors = [_along(operand, layout) for operand in (weight, bias) if operand is not None]
    if factors and not layout.per_element:
        scale = scale * factors[0]
    shift = -mean * scale
    if len(factors) == 2 and not layout.per_element:
        shift += factors[1]
    out = np.empty(x.shape, x.dtype)
    y = np.multiply(x.reshape(layout.view), scale[..., None], out=out.reshape(layout.view))
    y += shift[..., None]
    if layout.per_element:
        for operate, factor in zip((np.multiply, np.add), factors, strict=False):
            operate(y, factor, out=y)
    return out


def _vjp(
    slot: int,
    g: Array,
    operands: Sequence[Array],
    y: Array,
    *,
    mean: Array,
    scale: Array,
    layout: Layout,
    eps: float,
) -> Array:
    """The rule of x, of the scale or of the shift."""
    g = g.reshape(layout.view)
    x = operands[0].reshape(layout.view)
    if slot == 0:
        return _vjp_of_x(g, x, operands[1:2], mean, scale, layout).reshape(y.shape)
    if slot == 1:
        x = x - mean[..., None]
    if layout.per_element:
        total = _over_rows(g * x, scale) if slot == 1 else _over_rows(g, np.ones_like(scale))
    else:
        total = np.add.reduce(_products(g, x) * scale if slot == 1 else _sums(g), axis=0)
    return total.reshape(operands[slot].shape)


def _over_rows(x: Array, factors: Array) -> Array:
    """Sums over all groups, for each element."""
    total: Array = factors.reshape(-1) @ x.reshape(factors.size, -1)
    return total


def _vjp_of_x(
    g: Array, x: Array, weight: Sequence[Array], mean: Array, scale: Array, layout: Layout
) -> Array:
    """With x̂ = (x − mean)·scale and d = g·weight: scale·(d − mean(d) − x̂·mean(d·x̂))."""
    slope, own = scale, None
    factor: Array | float = 1.0
    if weight and layout.per_element:
        g = own = g * _along(weight[0], layout)
    elif weight:
        factor = _along(weight[0], layout)
        slope = scale * factor
    sums = _sums(g)
    products = (_products(g, x) - mean * sums) * factor
    of_scale = np.add.reduce(products, axis=layout.over, keepdims=True) / layout.count
    of_x = -of_scale * scale**3
    constant = -mean * of_x
    if layout.centred:
        of_mean = np.add.reduce(sums * factor, axis=layout.over, keepdims=True) / layout.count
        constant -= of_mean * scale
    dx: Array = x * of_x[..., None]
    dx += constant[..., None]
    dx += np.multiply(g, slope[..., None], out=own)
    return dx


_standardise = Fused(
    "standardise",
    _forward,
    arity=None,
    vjps=(_vjp,),
    params=("mean", "scale", "layout", "eps"),
    composite=lambda x, weight=None, bias=None, *, mean, scale, layout, eps: _plainly(
        x, weight, bias, layout, eps
    )[0],
)

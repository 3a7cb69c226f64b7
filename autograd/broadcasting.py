"""The one place where broadcasting is undone."""

from __future__ import annotations

from typing import Any


def unbroadcast(gradient: Any, shape: tuple[int, ...]) -> Any:
    """Sum a gradient over the axes along which an operand of `shape` was repeated.

    An element that was used k times receives k contributions, and they add.

    Parameters
    ----------
    gradient : ndarray or Tensor
        Of a shape to which `shape` broadcasts.
    shape : tuple of int
        Shape of the operand.

    Returns
    -------
    ndarray or Tensor
        Of shape `shape`.
    """
    if gradient.shape == shape:
        return gradient
    extra = gradient.ndim - len(shape)
    stretched = tuple(
        axis for axis, n in enumerate(shape, start=extra) if n == 1 != gradient.shape[axis]
    )
    axes = (*range(extra), *stretched)
    if axes:
        gradient = gradient.sum(axis=axes)
    return gradient if gradient.shape == shape else gradient.reshape(shape)

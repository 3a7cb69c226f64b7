"""Derivatives of linear algebra."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.primitive import primitive


def _matmul_left(g: Any, a: Any, b: Any, y: Any) -> Any:
    """∂/∂a of a @ b: g bᵀ."""
    if b.ndim == 1:
        return g[..., None] * b
    if a.ndim == 1:
        return (b @ g[..., None])[..., 0]
    return g @ b.swapaxes(-1, -2)


def _matmul_right(g: Any, a: Any, b: Any, y: Any) -> Any:
    """∂/∂b of a @ b: aᵀ g."""
    if a.ndim == 1:
        return a[:, None] * g[..., None, :] if b.ndim > 1 else a * g
    if b.ndim == 1:
        return (a.swapaxes(-1, -2) @ g[..., None])[..., 0]
    return a.swapaxes(-1, -2) @ g


def _rows(slot: int, inputs: Any, y: Any) -> float:
    """How many rows of the left operand share the right one: the batch that a weight serves."""
    return inputs[0].shape[-2] if slot == 1 and inputs[0].ndim > 1 else 1


matmul = primitive(
    "matmul", np.matmul, _matmul_left, _matmul_right, multiplicity=_rows, linear=True
)

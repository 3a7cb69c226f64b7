"""Checks that only our own nodes allow: forward mode against reverse mode, second derivatives."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd.checking.inputs import Input
from autograd.containers import leaves
from autograd.primitives import data_of
from autograd.tensor import from_value
from autograd.transforms import grad, jvp, vjp
from autograd.value import Value


def compare_modes(f: Callable[..., Any], inputs: Sequence[Input], seed: int) -> list[str]:
    """Whether ⟨u, J v⟩ is the same by forward and by reverse mode, for random u and v.

    Returns a sentence if it is not.
    """
    rng = np.random.default_rng(seed)
    point = [i.wrap(np.array(i.array)) for i in inputs]
    out, pull = vjp(f, *point)
    out = np.asarray(data_of(out))
    if not out.size or not np.isfinite(out).all():
        return []
    tangents = [i.wrap(rng.standard_normal(i.array.shape).astype(i.array.dtype)) for i in inputs]
    weights = rng.standard_normal(out.shape).astype(out.dtype)
    _, pushed = jvp(f, point, tangents)
    forward = weights * np.asarray(data_of(pushed))
    reverse = [
        np.asarray(g) * np.asarray(v) for g, v in zip(pull(weights[()]), tangents, strict=True)
    ]
    mass = max(float(np.abs(forward).sum()), sum(float(np.abs(r).sum()) for r in reverse))
    off = abs(float(forward.sum()) - sum(float(r.sum()) for r in reverse))
    epsilon = max(float(np.finfo(x.dtype).eps) for x in [out, *(i.array for i in inputs)])
    if not np.isfinite(off) or off <= 1e6 * epsilon * mass:
        return []
    return [
        f"forward mode and reverse mode differ: along a random direction by {off:.3g}, which is "
        f"{off / mass:.1e} of the terms summed."
    ]


def gradient_function(
    f: Callable[..., Any], inputs: Sequence[Input], seed: int
) -> Callable[..., Any]:
    """The gradient of a random weighting of f's outputs, all inputs in one row, as a function."""
    rng = np.random.default_rng(seed)
    shape = np.shape(data_of(f(*(i.wrap(np.array(i.array)) for i in inputs))))
    weights = rng.standard_normal(shape)
    slots = tuple(range(len(inputs)))

    def weighted(*xs: Any) -> Any:
        out = f(*xs)
        return np.sum(out * weights.astype(np.asarray(data_of(out)).dtype))

    def gradient(*xs: Any) -> Any:
        return np.concatenate([_row(g) for g in leaves(grad(weighted, slots)(*xs))])

    return gradient


def _row(gradient: Any) -> Any:
    if isinstance(gradient, Value):
        gradient = from_value(gradient)
    return np.reshape(gradient, (-1,))

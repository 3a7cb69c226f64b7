"""What must hold of a function that moves, copies and adds up elements. Not a test module."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd import Tensor, Value, ValueArray, hessian, jvp

#: Far from symmetric, so that no two elements or axes can be exchanged unnoticed.
RNG_SEED = 7


def outputs_of(result: Any) -> list[Any]:
    return list(result) if isinstance(result, list | tuple) else [result]


def flat(result: Any) -> Any:
    """All outputs of a function in one axis."""
    return np.concatenate([np.reshape(out, -1) for out in outputs_of(result)])


def matrices(f: Callable[..., Any], arrays: list[np.ndarray]) -> list[np.ndarray]:
    """The matrix of a linear (or affine) function for each of its arguments, by numpy alone."""
    zeros = [np.zeros_like(array) for array in arrays]
    origin = flat(f(*zeros))
    found = []
    for slot, array in enumerate(arrays):
        columns = []
        for unit in np.eye(array.size):
            moved = [*zeros]
            moved[slot] = unit.reshape(array.shape)
            columns.append(flat(f(*moved)) - origin)
        found.append(np.array(columns).reshape(array.size, origin.size).T)
    return found


def check_linear(f: Callable[..., Any], *shapes: tuple[int, ...], values: bool = True) -> None:
    """Compare a function of nodes with numpy's and with its matrix, to the second derivative.

    Parameters
    ----------
    f : callable
        Takes one array for each shape and returns an array, or a list or tuple of them.
    values : bool
        Whether arrays of Values are tried as well.
    """
    rng = np.random.default_rng(RNG_SEED)
    arrays = [np.asarray(rng.normal(size=shape)) for shape in shapes]
    expected = f(*arrays)
    matrix = matrices(f, arrays)
    weights = rng.normal(size=flat(expected).size)
    for carrier in (Tensor, ValueArray) if values else (Tensor,):
        nodes = [carrier(array) for array in arrays]
        result = f(*nodes)
        _check_outputs(result, expected, carrier)
        if not weights.size:
            continue
        total = np.sum(flat(result) * weights)
        if total.requires_grad:
            total.backward()
        for node, m in zip(nodes, matrix, strict=True):
            found = np.zeros(node.shape) if node.grad is None else node.grad
            np.testing.assert_allclose(found, (m.T @ weights).reshape(node.shape), atol=1e-12)
    _check_single_precision(f, arrays)
    _check_forward_mode(f, arrays, matrix, rng)
    if weights.size:
        _check_curvature(f, arrays, matrix, weights)


def _check_outputs(result: Any, expected: Any, carrier: type) -> None:
    assert isinstance(expected, list | tuple) == isinstance(result, list | tuple)
    for ours, theirs in zip(outputs_of(result), outputs_of(expected), strict=True):
        assert isinstance(ours, (carrier, Value) if carrier is ValueArray else carrier)
        assert np.shape(ours.data) == np.shape(theirs)
        np.testing.assert_allclose(ours.data, theirs, rtol=1e-14, atol=1e-14)


def _check_single_precision(f: Callable[..., Any], arrays: list[np.ndarray]) -> None:
    nodes = [Tensor(array.astype(np.float32)) for array in arrays]
    outputs = outputs_of(f(*nodes))
    assert {out.dtype for out in outputs} <= {np.dtype(np.float32)}
    for out in outputs:
        np.sum(out).backward()
    assert all(node.grad is None or node.grad.dtype == np.float32 for node in nodes)


def _check_forward_mode(f: Any, arrays: list[np.ndarray], matrix: Any, rng: Any) -> None:
    tangents = [rng.normal(size=array.shape) for array in arrays]
    _, tangent = jvp(lambda *xs: flat(f(*xs)), arrays, tangents)
    expected = sum(m @ t.ravel() for m, t in zip(matrix, tangents, strict=True))
    np.testing.assert_allclose(tangent, expected, atol=1e-12)


def _check_curvature(f: Any, arrays: list[np.ndarray], matrix: Any, weights: Any) -> None:
    """The Hessian of ½ Σ w (M x + c)² is Mᵀ W M."""
    first, *others = arrays
    found = hessian(lambda x: np.sum(0.5 * weights * flat(f(x, *others)) ** 2))(first)
    expected = matrix[0].T @ (weights[:, None] * matrix[0])
    np.testing.assert_allclose(found.reshape(expected.shape), expected, atol=1e-11)

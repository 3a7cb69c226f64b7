"""What holds for every differentiable function of arrays. Not a test module."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd import Tensor, ValueArray, grad, jvp, vjp

#: Step of the difference quotients: their error is of the order of STEP⁴.
STEP = 2.0**-9


def differences(f: Callable[..., float], arrays: Sequence[np.ndarray]) -> list[np.ndarray]:
    """∂f/∂x + i ∂f/∂y by central differences of fourth order, element by element."""
    gradients = []
    for slot, array in enumerate(arrays):
        gradient = np.zeros(array.shape, array.dtype)
        directions = (1.0, 1.0j) if array.dtype.kind == "c" else (1.0,)
        for place in np.ndindex(array.shape):
            for direction in directions:
                ends = []
                for steps in (-2, -1, 1, 2):
                    moved = [x.copy() for x in arrays]
                    moved[slot][place] += steps * STEP * direction
                    ends.append(f(*moved))
                slope = (ends[0] - 8 * ends[1] + 8 * ends[2] - ends[3]) / (12 * STEP)
                gradient[place] += direction * slope
        gradients.append(gradient)
    return gradients


def check_derivatives(
    f: Callable[..., Any],
    *arrays: np.ndarray,
    scalars: bool = True,
    single: bool = True,
    rtol: float = 2e-7,
) -> None:
    """Compare a function on Tensors with numpy, differences, forward mode, and other carriers.

    Parameters
    ----------
    f : callable
        Of arrays or nodes, which it returns.
    *arrays : ndarray
        Where to differentiate.
    scalars, single : bool
        Whether arrays of Values and single precision are to give the same.
    """
    rng = np.random.default_rng(0)
    plain = np.asarray(f(*arrays))
    weights = random_like(plain, rng)
    slots = tuple(range(len(arrays)))

    def loss(*xs: Any) -> Any:
        return np.real(np.sum(f(*xs) * weights))

    np.testing.assert_allclose(f(*map(Tensor, arrays)).data, plain, rtol=1e-9, atol=1e-11)
    first = grad(loss, slots)(*arrays)
    for ours, theirs, array in zip(first, differences(loss, arrays), arrays, strict=True):
        assert ours.shape == array.shape
        assert ours.dtype == array.dtype
        np.testing.assert_allclose(ours, theirs, rtol=rtol, atol=rtol)

    along = [random_like(array, rng) for array in arrays]

    def slope(*xs: Any) -> Any:
        firsts = grad(loss, slots)(*xs)
        return sum(np.real(np.sum(g * v)) for g, v in zip(firsts, along, strict=True))

    second = grad(slope, slots)(*arrays)
    for ours, theirs in zip(second, differences(slope, arrays), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=10 * rtol, atol=10 * rtol)

    check_modes_agree(f, arrays, along, weights)
    if all(x.dtype.kind == "f" for x in (*arrays, plain)):
        if scalars and plain.size:
            check_scalars_agree(f, arrays, weights, first)
        if single:
            check_single_precision(f, arrays)


def random_like(array: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    numbers = np.asarray(rng.normal(size=array.shape))
    return numbers + 1j * rng.normal(size=array.shape) if array.dtype.kind == "c" else numbers


def check_modes_agree(f: Any, arrays: Any, along: Any, weights: Any) -> None:
    """⟨w, J v⟩ = ⟨Jᴴ w, v⟩ in the real inner product Re Σ x̄ y."""
    _, pushed = jvp(f, arrays, along)
    _, pull = vjp(f, *arrays)
    pulled = sum(np.vdot(g, v).real for g, v in zip(pull(weights), along, strict=True))
    np.testing.assert_allclose(np.vdot(weights, pushed).real, pulled, rtol=1e-9, atol=1e-10)


def check_scalars_agree(f: Any, arrays: Any, weights: Any, expected: Any) -> None:
    values = [ValueArray(array) for array in arrays]
    out = f(*values)
    np.testing.assert_allclose(out.data, f(*arrays), rtol=1e-9, atol=1e-11)
    total = np.sum(out * weights)
    if total.requires_grad:
        total.backward()
    for value, gradient in zip(values, expected, strict=True):
        ours = np.zeros(value.shape) if value.grad is None else value.grad
        np.testing.assert_allclose(ours, gradient, rtol=1e-9, atol=1e-10)


def check_single_precision(f: Any, arrays: Any) -> None:
    tensors = [Tensor(array.astype(np.float32)) for array in arrays]
    out = f(*tensors)
    assert out.dtype == np.float32
    out.sum().backward(create_graph=True)
    for tensor in tensors:
        assert tensor.grad.dtype == np.float32

"""Tests of derivatives off the real line: ∂L/∂x + i ∂L/∂y of a real L, by differences."""

import numpy as np
import pytest

from autograd import Tensor
from autograd.primitives import TABLE

ONE = [
    "negative", "positive", "abs", "square", "reciprocal", "exp", "expm1", "exp2", "log", "log2",
    "log10", "log1p", "sqrt", "sin", "cos", "tan", "sinh", "cosh", "tanh", "arctan", "conjugate",
    "real", "imag", "sum", "mean", "transpose",
]  # fmt: skip
TWO = ["add", "subtract", "multiply", "divide", "power", "matmul"]


def sample(rng):
    return rng.uniform(0.4, 1.4, (2, 2)) + 1j * rng.uniform(0.2, 0.9, (2, 2))


def loss_of(name, weights, arrays):
    return np.real(np.sum(TABLE[name](*arrays) * weights))


@pytest.mark.parametrize("name", [*ONE, *TWO])
@pytest.mark.parametrize("kinds", ["c", "cc", "fc", "cf"])
def test_steepest_ascent(name, kinds):
    """Also where one operand is real: its gradient is real."""
    if len(kinds) != (2 if name in TWO else 1):
        kinds = "c" if name in ONE else "cc"
    rng = np.random.default_rng(0)
    arrays = [sample(rng) if kind == "c" else sample(rng).real for kind in kinds]
    weights = rng.normal(size=(2, 2)) + 1j * rng.normal(size=(2, 2))
    tensors = [Tensor(array) for array in arrays]
    np.sum(np.real(TABLE[name](*tensors) * weights)).backward()

    h = 1e-5
    for slot, array in enumerate(arrays):
        expected = np.zeros(array.shape, complex)
        for place in np.ndindex(array.shape):
            for direction in (1.0, 1j) if kinds[slot] == "c" else (1.0,):
                ends = []
                for sign in (1, -1):
                    moved = [a.copy() for a in arrays]
                    moved[slot][place] += sign * h * direction
                    ends.append(loss_of(name, weights, moved))
                expected[place] += direction * (ends[0] - ends[1]) / (2 * h)
        assert tensors[slot].grad.dtype.kind == kinds[slot]
        np.testing.assert_allclose(tensors[slot].grad, expected, rtol=1e-6, atol=1e-7)


def test_a_complex_result_needs_a_seed():
    z = Tensor(1 + 2j)
    with pytest.raises(ValueError, match="complex"):
        (z * z).backward()
    (z * z).backward(1.0)
    assert z.grad == np.conj(2 * (1 + 2j))


def test_single_precision_stays():
    z = Tensor(np.array([1 + 2j], np.complex64))
    np.abs(z).sum().backward()
    assert z.grad.dtype == np.complex64


def test_python_complex_numbers_are_operands():
    x = Tensor([1.0, 2.0])
    for y in (x * 1j, 1j * x, x + (1 + 1j), x / 2j, np.complex128(1j) * x):
        assert y.dtype == complex
        x.zero_grad()
        np.sum(y.imag).backward()
        assert x.grad.dtype == float

"""Tests of determinants: of any rank, real and complex, to the third derivative."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograd import Tensor, ValueArray, grad, hessian, jacobian
from tests.autograd.rules.derivative_laws import check_derivatives

RNG = np.random.default_rng(5)
REGULAR = RNG.normal(size=(3, 3))
MATRICES = {
    "1 by 1": np.array([[1.7]]),
    "2 by 2": RNG.normal(size=(2, 2)),
    "3 by 3": REGULAR,
    "negative": REGULAR[::-1] if np.linalg.det(REGULAR) > 0 else REGULAR,
    "stack": RNG.normal(size=(2, 1, 3, 3)),
    "empty stack": np.ones((0, 3, 3)),
}
EACH = pytest.mark.parametrize("a", MATRICES.values(), ids=MATRICES.keys())


def of_rank(rank, n):
    """Singular values that repeat, too."""
    rng = np.random.default_rng(10 * n + rank)
    u, v = (np.linalg.qr(rng.normal(size=(n, n)))[0] for _ in range(2))
    return (u[:, :rank] * 2.0) @ v[:, :rank].T


@EACH
def test_det(a):
    check_derivatives(np.linalg.det, a)


@EACH
def test_slogdet(a):
    check_derivatives(lambda x: np.linalg.slogdet(x).logabsdet, a)
    check_derivatives(lambda x: np.linalg.slogdet(x)[0], a)


@EACH
@pytest.mark.parametrize("part", ["det", "sign", "logabsdet"])
def test_complex_determinants(a, part):
    a = a + 1j * np.random.default_rng(6).normal(size=a.shape)
    if part == "det":
        check_derivatives(np.linalg.det, a)
    else:
        check_derivatives(lambda x: getattr(np.linalg.slogdet(x), part), a)


@pytest.mark.parametrize(("rank", "n"), [(r, n) for n in (1, 2, 3, 4) for r in range(n)])
def test_singular_matrices(rank, n):
    """A polynomial has derivatives everywhere; here against the expansion by minors."""
    a = of_rank(rank, n)

    def minor(i, j):
        return np.delete(np.delete(a, i, 0), j, 1)

    cofactors = [[(-1) ** (i + j) * np.linalg.det(minor(i, j)) for j in range(n)] for i in range(n)]
    np.testing.assert_allclose(grad(np.linalg.det)(a), cofactors, atol=1e-12)
    # Each second derivative is a first one of a minor, up to its sign.
    second = hessian(np.linalg.det)(a)
    for i, j, k, m in np.ndindex(n, n, n, n):
        if i == k or j == m:
            expected = 0.0
        else:
            place = k - (k > i), m - (m > j)
            inner = np.delete(np.delete(minor(i, j), place[0], 0), place[1], 1)
            expected = (-1) ** (i + j + sum(place)) * np.linalg.det(inner)
        np.testing.assert_allclose(second[i, j, k, m], expected, atol=1e-11)


def test_singular_complex_matrices():
    a = of_rank(2, 3) * (1 + 0.5j)
    x = Tensor(a)
    np.linalg.det(x).real.backward()
    plain = [
        [(-1) ** (i + j) * np.linalg.det(np.delete(np.delete(a, i, 0), j, 1)) for j in range(3)]
        for i in range(3)
    ]
    np.testing.assert_allclose(x.grad, np.conj(plain), atol=1e-12)


def test_a_stack_of_singular_and_regular_matrices():
    a = np.stack([REGULAR, of_rank(2, 3), of_rank(1, 3), np.zeros((3, 3))])
    check_derivatives(np.linalg.det, a)


def test_third_derivative():
    """Of x³ det(a) in x = 1, by det(x a) = x³ det(a)."""
    third = grad(grad(grad(lambda x: np.linalg.det(x * REGULAR))))(1.0)
    np.testing.assert_allclose(third, 6 * np.linalg.det(REGULAR), rtol=1e-10)


def test_third_derivative_in_every_direction():
    a = MATRICES["3 by 3"]
    third = jacobian(hessian(np.linalg.det))(a)
    expected = np.zeros_like(third)
    even = {(0, 1, 2): 1, (1, 2, 0): 1, (2, 0, 1): 1, (0, 2, 1): -1, (2, 1, 0): -1, (1, 0, 2): -1}
    for rows, sign in even.items():
        for columns, other in even.items():
            index = tuple(k for pair in zip(rows, columns, strict=True) for k in pair)
            expected[index] = sign * other
    np.testing.assert_allclose(third, expected, atol=1e-10)


@settings(derandomize=True, deadline=None, max_examples=30)
@given(st.integers(1, 4), st.integers(0, 1000))
def test_jacobi(n, seed):
    """∂det/∂a · aᵀ = det(a) · 1, whatever the rank (Jacobi's formula)."""
    a = np.random.default_rng(seed).integers(-1, 2, size=(n, n)).astype(float)
    x = Tensor(a)
    y = np.linalg.det(x)
    y.backward()
    np.testing.assert_allclose(x.grad @ a.T, y.data * np.eye(n), atol=1e-12)


def test_the_logarithm_of_a_large_determinant_stays_finite():
    x = Tensor(np.eye(400) * 10)
    sign, logabsdet = np.linalg.slogdet(x)
    assert (sign.item(), logabsdet.item()) == (1.0, pytest.approx(400 * np.log(10)))
    logabsdet.backward()
    np.testing.assert_allclose(x.grad, np.eye(400) / 10)


def test_slogdet_of_a_singular_matrix_among_others():
    x = Tensor(np.stack([np.zeros((2, 2)), 2 * np.eye(2)]))
    sign, logabsdet = np.linalg.slogdet(x)
    np.testing.assert_array_equal(sign.data, [0.0, 1.0])
    np.testing.assert_array_equal(logabsdet.data, [-np.inf, np.log(4)])
    logabsdet.sum().backward()
    assert not np.isfinite(x.grad[0]).any()
    np.testing.assert_array_equal(x.grad[1], np.eye(2) / 2)


@pytest.mark.parametrize("number", [np.nan, np.inf])
def test_what_is_not_finite_gives_nan_and_spoils_no_other(number):
    x = Tensor(np.stack([np.full((2, 2), number), 2 * np.eye(2)]))
    with np.errstate(invalid="ignore"):  # numpy's own warning
        y = np.linalg.det(x)
    y.sum().backward(create_graph=True)
    first = x.grad
    np.testing.assert_array_equal(first.data, [np.full((2, 2), np.nan), 2 * np.eye(2)])
    x.zero_grad()
    first.sum().backward()
    np.testing.assert_allclose(x.grad[1], [[1.0, -1.0], [-1.0, 1.0]])


def test_no_rows_at_all():
    x = Tensor(np.ones((2, 0, 0)))
    y = np.linalg.det(x)
    np.testing.assert_array_equal(y.data, [1.0, 1.0])
    y.sum().backward(create_graph=True)
    assert x.grad.shape == (2, 0, 0)


def test_arrays_of_values_have_second_derivatives():
    a = ValueArray([[1.0, 2.0], [3.0, 4.0]])
    np.linalg.det(a).backward(create_graph=True)
    corner = a[0, 0].grad
    assert corner.data == pytest.approx(4.0)
    for value in a.flat:
        value.zero_grad()
    corner.backward()
    np.testing.assert_allclose(a.grad, [[0, 0], [0, 1]], atol=1e-14)


@pytest.mark.parametrize("name", ["det", "slogdet"])
def test_only_square_matrices_have_one(name):
    with pytest.raises(ValueError, match=rf"{name}.*\(2, 3\)"):
        getattr(np.linalg, name)(Tensor(np.ones((2, 3))))

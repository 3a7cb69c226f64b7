"""Tests of matmul's ways of being written, and of its shapes."""

import gc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import mutually_broadcastable_shapes

from autograd import Tensor, ValueArray
from autograd.rules.linalg import matmul
from tests.autograd.rules.derivative_laws import check_derivatives


@settings(derandomize=True, deadline=None, max_examples=60)
@given(
    mutually_broadcastable_shapes(signature=np.matmul.signature, max_dims=2, max_side=3),
    st.integers(0, 2**32 - 1),
)
def test_gradients_are_those_of_the_sum_of_products(shapes, seed):
    """g[..., i, j] = Σ over the batch of g·b and a·g, written out with einsum."""
    rng = np.random.default_rng(seed)
    a, b = (rng.normal(size=shape) for shape in shapes.input_shapes)
    x, y = Tensor(a), Tensor(b)
    out = x @ y
    weights = rng.normal(size=out.shape)
    (out * weights).sum().backward()

    left = a[None, :] if a.ndim == 1 else a
    right = b[:, None] if b.ndim == 1 else b
    full = weights
    full = full[..., None] if b.ndim == 1 else full
    full = full[..., None, :] if a.ndim == 1 else full
    for tensor, gradient in (
        (
            x,
            np.einsum(
                "...ik,...jk->...ij",
                full,
                np.broadcast_to(right, (*full.shape[:-2], *right.shape[-2:])),
            ),
        ),
        (
            y,
            np.einsum(
                "...ki,...kj->...ij",
                np.broadcast_to(left, (*full.shape[:-2], *left.shape[-2:])),
                full,
            ),
        ),
    ):
        wide = left.shape if tensor is x else right.shape
        lead = gradient.ndim - len(wide)
        gradient = gradient.sum(axis=tuple(range(lead)))
        kept = tuple(i for i, n in enumerate(wide[:-2]) if n == 1)
        gradient = gradient.sum(axis=kept, keepdims=True).reshape(tensor.shape)
        np.testing.assert_allclose(tensor.grad, gradient, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("constant", [np.eye(3)[:2], np.eye(3)[:2].tolist()], ids=["array", "list"])
def test_constants_on_either_side(constant):
    x = Tensor(np.ones((3, 2)))
    y = constant @ x
    assert isinstance(y, Tensor)
    y.sum().backward()
    np.testing.assert_array_equal(x.grad, [[1, 1], [1, 1], [0, 0]])
    x.zero_grad()
    (x @ constant).sum().backward()
    np.testing.assert_array_equal(x.grad, np.ones((3, 2)))


def test_a_matrix_with_its_own_transpose():
    a = np.arange(6.0).reshape(2, 3)
    x = Tensor(a)
    (x @ x.T).sum().backward()
    np.testing.assert_allclose(x.grad, 2 * np.broadcast_to(a.sum(axis=0), a.shape))


def test_a_vector_with_itself():
    x = Tensor([1.0, 2.0])
    (x @ x).backward()
    np.testing.assert_array_equal(x.grad, [2.0, 4.0])


def test_whole_numbers_as_constants():
    x = Tensor(np.ones((2, 2), np.float32))
    y = np.array([[1, 2], [3, 4]], dtype=np.int16) @ x
    assert y.dtype == np.float32
    y.sum().backward()
    np.testing.assert_array_equal(x.grad, [[4, 4], [6, 6]])


def test_arrays_of_values_node_by_node():
    a, b = ValueArray([[1.0, 2.0]]), ValueArray([[3.0], [4.0]])
    y = a @ b
    assert (y.shape, y.data.item()) == ((1, 1), 11.0)
    y.backward()
    np.testing.assert_array_equal(a.grad, [[3.0, 4.0]])
    np.testing.assert_array_equal((np.array([1.0, 2.0]) @ b).data, [11.0])
    np.testing.assert_array_equal((a @ np.array([[1.0], [1.0]])).data, [[3.0]])


def test_empty_products_are_zeros():
    y = Tensor(np.zeros((2, 0))) @ Tensor(np.zeros((0, 3)))
    np.testing.assert_array_equal(y.data, np.zeros((2, 3)))
    y.sum().backward()
    of_values = ValueArray(np.zeros((2, 0))) @ ValueArray(np.zeros((0, 3)))
    np.testing.assert_array_equal(of_values.data, np.zeros((2, 3)))


# --- matmul of complex arrays -----------------------------------------------------------------


@pytest.mark.parametrize(
    "shapes", [((3,), (3,)), ((2, 3), (3,)), ((3,), (3, 2)), ((2, 2, 3), (3, 2))], ids=str
)
def test_matmul_of_complex_arrays(shapes):
    check_derivatives(np.matmul, *complex_arrays(*shapes))


# --- inverses and systems of equations --------------------------------------------------------


def regular(*shape):
    """Well-conditioned matrices."""
    rng = np.random.default_rng(len(shape))
    return 0.4 * rng.normal(size=shape) + np.eye(shape[-1])


def complex_arrays(*shapes):
    rng = np.random.default_rng(1)
    return [rng.normal(size=shape) + 1j * rng.normal(size=shape) for shape in shapes]


A = regular(3, 3)
STACK = regular(2, 3, 3)
VECTOR, MATRIX = np.array([0.3, -1.0, 0.8]), np.arange(6.0).reshape(3, 2) / 3 - 1
TALL = np.random.default_rng(3).normal(size=(3, 2))
RANK_ONE = np.outer([1.0, 2.0, -1.0], [0.5, 1.5])
SOLVING = [
    ("inv", np.linalg.inv, [A]),
    ("inv, stack", np.linalg.inv, [STACK]),
    ("solve, vector", np.linalg.solve, [A, VECTOR]),
    ("solve, matrix", np.linalg.solve, [A, MATRIX]),
    ("solve, stack and vector", np.linalg.solve, [STACK, VECTOR]),
    ("solve, stacks", np.linalg.solve, [STACK[:, None], np.stack([MATRIX, 1 - MATRIX])]),
    ("solve, one matrix for a stack", np.linalg.solve, [A, np.stack([MATRIX, 1 - MATRIX])]),
    ("pinv, tall", np.linalg.pinv, [TALL]),
    ("pinv, wide", np.linalg.pinv, [TALL.T]),
    ("pinv, square", np.linalg.pinv, [A]),
    ("pinv, stack", np.linalg.pinv, [np.stack([TALL, TALL + 1])]),
    ("pinv, cut off", lambda x: np.linalg.pinv(x, rcond=1e-3), [TALL]),
    ("pinv, symmetric", lambda x: np.linalg.pinv(x + np.conj(x.T), hermitian=True), [A]),
    ("pinv of fixed rank", lambda u, v: np.linalg.pinv(np.outer(u, v)), [VECTOR, MATRIX[:2, 0]]),
    ("tensorinv", np.linalg.tensorinv, [regular(4, 4).reshape(2, 2, 4)]),
    ("tensorinv, 1", lambda x: np.linalg.tensorinv(x, ind=1), [regular(4, 4).reshape(4, 2, 2)]),
    ("tensorsolve", np.linalg.tensorsolve, [regular(4, 4).reshape(2, 2, 4), MATRIX[:2]]),
    (
        "tensorsolve, axes",
        lambda a, b: np.linalg.tensorsolve(a, b, axes=(0, 2)),
        [np.random.default_rng(2).normal(size=(2, 3, 6)).swapaxes(0, 1), VECTOR[:, None] * [1, 2]],
    ),
    ("matrix_power", lambda x: np.linalg.matrix_power(x, 5), [A]),
    ("matrix_power 0", lambda x: np.linalg.matrix_power(x, 0), [A]),
    ("matrix_power 1", lambda x: np.linalg.matrix_power(x, 1), [STACK]),
    ("matrix_power −3", lambda x: np.linalg.matrix_power(x, -3), [A]),
    ("multi_dot", lambda *xs: np.linalg.multi_dot(xs), [MATRIX.T, A, MATRIX, TALL.T]),
    ("multi_dot, vectors", lambda *xs: np.linalg.multi_dot(xs), [VECTOR, A, MATRIX, VECTOR[:2]]),
    ("multi_dot, two", lambda x, y: np.linalg.multi_dot([x, y]), [VECTOR, VECTOR]),
    ("matrix_transpose", np.matrix_transpose, [STACK]),
    ("linalg.matrix_transpose", np.linalg.matrix_transpose, [TALL]),
    ("linalg.matmul", np.linalg.matmul, [A, TALL]),
]
SOLVED = pytest.mark.parametrize(
    ("function", "arrays"), [case[1:] for case in SOLVING], ids=[case[0] for case in SOLVING]
)


@SOLVED
def test_derivatives(function, arrays):
    check_derivatives(function, *arrays)


@SOLVED
def test_derivatives_of_complex_arrays(function, arrays):
    rng = np.random.default_rng(4)
    check_derivatives(function, *(x + 0.2j * rng.normal(size=x.shape) for x in arrays))


def test_pinv_of_a_matrix_of_lower_rank():
    """Along directions that keep the rank, which alone have a derivative."""
    left, right = np.array([[1.0, 0.2], [0.5, -1.0], [2.0, 1.0]]), MATRIX
    check_derivatives(lambda u, v: np.linalg.pinv(u @ v.T, rcond=1e-10), left, right, single=False)


def test_pinv_of_a_long_matrix_makes_no_square_of_its_length():
    x = Tensor(np.random.default_rng(0).normal(size=(20_000, 2)))
    np.linalg.pinv(x).sum().backward()
    assert x.grad.shape == x.shape


def test_multi_dot_takes_the_cheaper_order():
    column, row = Tensor(np.ones((50, 1))), Tensor(np.ones((1, 50)))
    out = np.linalg.multi_dot([column, row, column])
    assert out.inputs[0] is column  # column (row column): 100 multiplications, not 5000


def test_no_cycles_are_left_for_the_collector():
    x = Tensor(A)
    gc.collect()
    gc.disable()
    try:
        for y in (np.linalg.multi_dot([x, x, x]), np.linalg.pinv(x), np.linalg.matrix_power(x, 3)):
            y.sum().backward()
        del y
        assert gc.collect() == 0
    finally:
        gc.enable()


def test_solve_is_not_the_product_with_an_inverse():
    """Hilbert's matrix: one solution has a small residual, the other has not."""
    n = 9
    hilbert = 1 / (np.arange(n)[:, None] + np.arange(n) + 1.0)
    x = Tensor(hilbert)
    y = np.linalg.solve(x, np.ones(n))
    np.testing.assert_array_equal(y.data, np.linalg.solve(hilbert, np.ones(n)))
    y.sum().backward()
    adjoint = np.linalg.solve(hilbert.T, np.ones(n))
    np.testing.assert_allclose(x.grad, -np.outer(adjoint, y.data), rtol=1e-9)


def test_constants_in_systems_of_equations():
    x = Tensor(VECTOR)
    y = np.linalg.solve(A.tolist(), x)
    y.sum().backward()
    np.testing.assert_allclose(x.grad, np.linalg.inv(A).sum(axis=0))
    assert isinstance(np.linalg.solve(Tensor(A), VECTOR.tolist()), Tensor)


@pytest.mark.parametrize("function", [np.linalg.inv, np.linalg.pinv], ids=["inv", "pinv"])
def test_empty_matrices(function):
    x = Tensor(np.ones((2, 0, 0)))
    y = function(x)
    y.sum().backward()
    assert y.shape == x.grad.shape == (2, 0, 0)


SINGULAR = np.array([[1.0, 2.0], [2.0, 4.0]])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: np.linalg.inv(Tensor(np.ones((2, 3)))), r"inv.*\(2, 3\)"),
        (lambda: np.linalg.inv(Tensor(SINGULAR)), r"inv.*\(2, 2\)"),
        (lambda: np.linalg.solve(Tensor(SINGULAR), Tensor([1.0, 1.0])), r"solve.*\(2, 2\)"),
        (lambda: np.linalg.solve(Tensor(A), Tensor([1.0])), r"solve.*\(3, 3\) and \(1,\)"),
        (lambda: np.linalg.matrix_power(Tensor(TALL), 2), r"matrix_power.*\(3, 2\)"),
        (lambda: np.linalg.multi_dot([Tensor(A)]), r"two or more.*\(3, 3\) do not"),
        (lambda: np.linalg.multi_dot([A, Tensor(STACK), A]), r"\(3, 3\), \(2, 3, 3\), \(3, 3\)"),
        (lambda: np.linalg.multi_dot([Tensor(A), TALL, A]), r"\(3, 3\), \(3, 2\), \(3, 3\)"),
        (lambda: np.linalg.multi_dot([Tensor(A), VECTOR[:2]]), r"\(3, 3\), \(2,\)"),
        (lambda: np.linalg.tensorinv(Tensor(A), ind=0), "positive ind"),
        (lambda: np.linalg.tensorinv(Tensor(TALL), ind=1), r"inv.*\(2, 3\)"),
        (lambda: np.matrix_transpose(Tensor(VECTOR)), r"\(3,\)"),
    ],
)
def test_what_cannot_be_solved_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.parametrize("shape", [(2, 3, 4), (0, 3, 4), (2, 0, 4), (2, 1, 3, 4)])
def test_a_stack_times_one_matrix_is_one_product(shape):
    rng = np.random.default_rng(0)
    a, w = rng.normal(size=shape), rng.normal(size=(5, 4))
    x, node = Tensor(a), Tensor(w)
    y = x @ node.T
    np.testing.assert_allclose(y.data, np.matmul(a, w.T), rtol=1e-12, atol=1e-15)
    g = rng.normal(size=y.shape)
    y.backward(g)
    np.testing.assert_allclose(x.grad, np.matmul(g, w), rtol=1e-12, atol=1e-15)
    rows = g.reshape(-1, 5).T @ a.reshape(-1, 4)
    np.testing.assert_allclose(node.grad, rows, rtol=1e-12, atol=1e-14)
    out = np.empty(y.shape)
    assert matmul.forward(a, w.T, out=out) is out
    np.testing.assert_array_equal(out, y.data)


def test_the_gradient_of_transposed_weights_lies_as_the_weights_do():
    w = Tensor(np.ones((3, 2)))
    turned = w.T
    (np.ones((4, 2)) @ turned).sum().backward()
    assert turned.grad.flags.f_contiguous
    assert w.grad.flags.c_contiguous

"""Tests of matrix decompositions: each factor, and functions that no choice of signs changes."""

import numpy as np
import pytest

from autograd import Tensor, ValueArray, grad, hessian, jacobian
from tests.autograd.rules.derivative_laws import check_derivatives

RNG = np.random.default_rng(8)
SQUARE, STACK = RNG.normal(size=(3, 3)), RNG.normal(size=(2, 3, 3))
TALL, WIDE = RNG.normal(size=(4, 2)), RNG.normal(size=(2, 4))
SHAPES = {"square": SQUARE, "stack": STACK, "tall": TALL, "wide": WIDE, "1 by 1": SQUARE[:1, :1]}
FIELDS = pytest.mark.parametrize("field", ["real", "complex"])
EACH_SHAPE = pytest.mark.parametrize("shape", SHAPES)
EACH_SQUARE = pytest.mark.parametrize("shape", ["square", "stack", "1 by 1"])


def matrix(shape, field):
    a = SHAPES[shape]
    return a if field == "real" else a + 1j * np.random.default_rng(9).normal(size=a.shape)


def transposed(a):
    return np.conj(np.swapaxes(a, -1, -2))


def squared(a):
    """|a|², which no phase changes."""
    return np.real(a * np.conj(a))


def hermitian(a):
    return a + transposed(a)


# --- cholesky ---------------------------------------------------------------------------------


@FIELDS
@EACH_SQUARE
@pytest.mark.parametrize("upper", [False, True])
def test_cholesky(shape, field, upper):
    check_derivatives(
        lambda x: np.linalg.cholesky(x @ transposed(x), upper=upper), matrix(shape, field)
    )


def test_cholesky_spreads_its_gradient_over_both_triangles():
    x = Tensor(SQUARE @ SQUARE.T)
    np.linalg.cholesky(x).sum().backward()
    np.testing.assert_allclose(x.grad, x.grad.T)


def test_what_is_not_positive_definite_is_named():
    with pytest.raises(ValueError, match=r"cholesky.*\(2, 2\)"):
        np.linalg.cholesky(Tensor(-np.eye(2)))


# --- qr ---------------------------------------------------------------------------------------


@FIELDS
@EACH_SHAPE
@pytest.mark.parametrize("part", [0, 1], ids=["Q", "R"])
def test_qr(shape, field, part):
    check_derivatives(lambda x: np.linalg.qr(x)[part], matrix(shape, field))


@FIELDS
@EACH_SHAPE
def test_r_alone(shape, field):
    check_derivatives(lambda x: np.linalg.qr(x, mode="r"), matrix(shape, field))


@FIELDS
@EACH_SHAPE
@pytest.mark.parametrize("part", ["Q", "R", "what is orthogonal to the columns"])
def test_complete_qr(shape, field, part):
    def function(x):
        q, r = np.linalg.qr(x, "complete")
        rest = q[..., x.shape[-1] :]
        columns = q[..., : x.shape[-1]]
        return {"Q": columns, "R": r}.get(part, rest @ transposed(rest))

    check_derivatives(function, matrix(shape, field))


def test_parts_of_qr_have_names():
    result = np.linalg.qr(Tensor(TALL))
    np.testing.assert_allclose((result.Q @ result.R).data, TALL)
    np.testing.assert_array_equal(result.R.data, np.triu(result.R.data))


def test_qr_of_dependent_columns_has_no_gradient():
    x = Tensor(np.zeros((3, 2)))
    np.linalg.qr(x).Q.sum().backward()
    assert np.isnan(x.grad).any()


def test_qr_of_a_vector_is_refused():
    with pytest.raises(np.linalg.LinAlgError, match=r"qr needs matrices.*\(4,\)"):
        np.linalg.qr(Tensor(TALL[:, 0]))


def test_modes_of_qr_are_named():
    with pytest.raises(ValueError, match="reduced, complete and r, not 'raw'"):
        np.linalg.qr(Tensor(TALL), mode="raw")


# --- eigenvalues ------------------------------------------------------------------------------


@FIELDS
@EACH_SQUARE
@pytest.mark.parametrize("UPLO", ["L", "U"])
def test_eigenvalues_of_hermitian_matrices(shape, field, UPLO):
    a = matrix(shape, field)
    check_derivatives(lambda x: np.linalg.eigvalsh(hermitian(x), UPLO), a)
    check_derivatives(lambda x: np.linalg.eigh(hermitian(x), UPLO).eigenvalues, a)


@FIELDS
@EACH_SQUARE
def test_eigenvectors_of_hermitian_matrices(shape, field):
    def function(x):
        v = np.linalg.eigh(hermitian(x)).eigenvectors
        return squared(v) if field == "complex" else v

    check_derivatives(function, matrix(shape, field))


def test_a_function_of_a_hermitian_matrix():
    """eˣ by its eigenvalues, of which two are equal: differentiable where eigenvectors are not."""
    a = np.diag([1.0, 2.0, 2.0])
    values = grad(lambda x: np.sum(np.exp(np.linalg.eigvalsh(x))))(a)
    np.testing.assert_allclose(values, np.diag(np.exp([1.0, 2.0, 2.0])))
    x = Tensor(a)
    np.linalg.eigh(x).eigenvectors[1, 2].backward()
    assert not np.isfinite(x.grad).all()


@EACH_SQUARE
@FIELDS
def test_eigenvalues(shape, field):
    a = matrix(shape, field)
    check_derivatives(np.linalg.eigvals, a, scalars=False)
    check_derivatives(lambda x: np.linalg.eig(x)[0], a, scalars=False)


@EACH_SQUARE
@FIELDS
def test_eigenvectors(shape, field):
    check_derivatives(
        lambda x: squared(np.linalg.eig(x).eigenvectors),
        matrix(shape, field),
        scalars=False,
    )


def test_real_eigenvalues_stay_real():
    values, vectors = np.linalg.eig(Tensor(SQUARE @ SQUARE.T))
    assert values.dtype == vectors.dtype == float
    rotation = np.array([[0.0, -1.0], [1.0, 0.0]], np.float32)
    assert np.linalg.eigvals(Tensor(rotation)).dtype == np.complex64


def test_complex_eigenvalues_do_not_fit_values():
    with pytest.raises(TypeError, match="eig has complex results"):
        np.linalg.eigvals(ValueArray([[0.0, -1.0], [1.0, 0.0]]))


# --- singular values --------------------------------------------------------------------------


@FIELDS
@EACH_SHAPE
def test_singular_values(shape, field):
    a = matrix(shape, field)
    check_derivatives(np.linalg.svdvals, a)
    check_derivatives(lambda x: np.linalg.svd(x, compute_uv=False), a)
    check_derivatives(lambda x: np.linalg.svd(x).S, a)


@EACH_SHAPE
@pytest.mark.parametrize("part", ["U", "Vh"])
def test_singular_vectors(shape, part):
    check_derivatives(
        lambda x: getattr(np.linalg.svd(x, full_matrices=False), part), matrix(shape, "real")
    )


@EACH_SHAPE
@pytest.mark.parametrize("part", ["U", "Vh", "both"])
def test_complex_singular_vectors(shape, part):
    """The phase is free, so only what does not depend on it is compared."""

    def function(x):
        u, s, vh = np.linalg.svd(x, full_matrices=False)
        if part == "both":
            return (u * s[..., None, :] ** 2) @ vh
        return squared(u if part == "U" else vh)

    check_derivatives(function, matrix(shape, "complex"))


@FIELDS
@EACH_SHAPE
@pytest.mark.parametrize("side", ["left", "right"])
def test_null_spaces(shape, field, side):
    """The projection on the singular vectors that have no value."""

    def function(x):
        u, s, vh = np.linalg.svd(x)
        k = s.shape[-1]
        rest = u[..., k:] if side == "left" else transposed(vh[..., k:, :])
        return rest @ transposed(rest)

    check_derivatives(function, matrix(shape, field))


def test_nuclear_norm_of_repeated_singular_values():
    x = Tensor(np.eye(3))
    np.linalg.svdvals(x).sum().backward()
    np.testing.assert_array_equal(x.grad, np.eye(3))


@FIELDS
@pytest.mark.parametrize("shape", ["square", "tall", "wide", "stack"])
def test_singular_values_that_are_zero(shape, field):
    """Their subgradient is finite, as those of the others."""
    x = Tensor(0 * matrix(shape, field))
    np.linalg.svdvals(x).sum().backward()
    u, _, vh = np.linalg.svd(x.data, full_matrices=False)
    np.testing.assert_allclose(x.grad, u @ vh)


def test_equal_singular_values_leave_their_vectors_without_gradient():
    x = Tensor(np.eye(3))
    (np.linalg.svd(x).U * SQUARE).sum().backward()
    assert not np.isfinite(x.grad).all()


def test_parts_of_svd_have_names():
    result = np.linalg.svd(Tensor(TALL), hermitian=False)
    assert [part.shape for part in (result.U, result.S, result.Vh)] == [(4, 4), (2,), (2, 2)]


# --- made from them ---------------------------------------------------------------------------


@FIELDS
@pytest.mark.parametrize(
    ("a", "b"),
    [(TALL, TALL[:, 0] ** 2), (TALL, TALL**2), (WIDE, WIDE[:, :1]), (SQUARE, SQUARE[0])],
    ids=["tall", "two right sides", "wide", "square"],
)
def test_least_squares(a, b, field):
    rng = np.random.default_rng(11)
    if field == "complex":
        a, b = (x + 1j * rng.normal(size=x.shape) for x in (a, b))
    check_derivatives(lambda x, y: np.linalg.lstsq(x, y)[0], a, b)
    check_derivatives(lambda x, y: np.linalg.lstsq(x, y)[1], a, b)
    check_derivatives(lambda x: np.linalg.lstsq(x, b)[3], a)
    assert np.linalg.lstsq(Tensor(a), b)[2] == np.linalg.lstsq(a, b)[2]


def test_least_squares_of_lower_rank():
    a, b = np.outer([1.0, 2.0, 3.0], [1.0, 1.0]), np.array([1.0, 0.0, 2.0])
    ours, theirs = np.linalg.lstsq(Tensor(a), b), np.linalg.lstsq(a, b)
    np.testing.assert_allclose(ours[0].data, theirs[0])
    assert (ours[1].shape, ours[2]) == (theirs[1].shape, theirs[2]) == ((0,), 1)


@pytest.mark.parametrize("rcond", [None, -1, 0.3])
@pytest.mark.parametrize("shape", [(3, 2), (0, 2), (3, 0)], ids=str)
def test_least_squares_are_those_of_numpy(shape, rcond):
    a, b = np.linspace(-1, 2, num=shape[0] * shape[1]).reshape(shape) ** 2, np.ones(shape[0])
    expected = np.linalg.lstsq(a, b, rcond)
    for given in ((Tensor(a), b), (a, Tensor(b)), (a, Tensor(b, requires_grad=False))):
        for ours, theirs in zip(np.linalg.lstsq(*given, rcond), expected, strict=True):
            np.testing.assert_allclose(getattr(ours, "data", ours), theirs, atol=1e-13)


@pytest.mark.parametrize(("a", "b"), [(STACK, STACK), (TALL, TALL[1:]), (TALL[0], TALL)])
def test_least_squares_name_what_does_not_fit(a, b):
    with pytest.raises(np.linalg.LinAlgError, match=r"lstsq needs .* shapes \(.*\) and \("):
        np.linalg.lstsq(Tensor(a), b)


@pytest.mark.parametrize("p", [None, 2, -2])
@pytest.mark.parametrize("shape", ["square", "stack", "tall"])
def test_condition_numbers(shape, p):
    check_derivatives(lambda x: np.linalg.cond(x, p), SHAPES[shape])


@pytest.mark.parametrize("p", ["fro", "nuc", 1, -1, np.inf, -np.inf])
@pytest.mark.parametrize("shape", ["square", "stack"])
def test_condition_numbers_of_other_norms(shape, p):
    check_derivatives(lambda x: np.linalg.cond(x, p), SHAPES[shape])


@pytest.mark.parametrize("p", [None, 2, 1, -np.inf, "fro"])
def test_condition_numbers_of_singular_matrices_are_infinite(p):
    a = np.stack([np.zeros((2, 2)), np.diag([2.0, 0.0]), np.eye(2)])
    expected = np.linalg.cond(a, p)
    np.testing.assert_allclose(np.linalg.cond(Tensor(a), p).data, expected)
    np.testing.assert_array_equal(np.isinf(expected), [True, True, False])


def test_the_rank_has_no_gradient():
    rank = np.linalg.matrix_rank(Tensor(TALL))
    assert rank == 2
    assert not isinstance(rank, Tensor)


# --- of all -----------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(0, 0), (2, 0, 0), (0, 3, 3)], ids=str)
@pytest.mark.parametrize("name", ["cholesky", "qr", "eigh", "eig", "svd", "eigvalsh", "svdvals"])
def test_empty_matrices(name, shape):
    x = Tensor(np.ones(shape))
    parts = getattr(np.linalg, name)(x)
    for part in parts if isinstance(parts, tuple) else [parts]:
        x.zero_grad()
        part.backward(np.ones(part.shape))
        assert x.grad.shape == shape


def test_third_derivatives():
    """Of the smallest eigenvalue of [[x, 1], [1, 0]]: x/2 − √(x²/4 + 1)."""

    def smallest(x):
        return np.linalg.eigvalsh(np.array([[1.0, 0.0], [0.0, 0.0]]) * x + [[0, 1.0], [1, 0]])[0]

    third = grad(grad(grad(smallest)))(1.0)
    root = np.sqrt(1.25)
    np.testing.assert_allclose(third, 0.75 / (4 * root**5), rtol=1e-9)


def test_a_hessian_is_symmetric():
    second = hessian(lambda x: np.sum(np.linalg.svdvals(x) ** 3))(TALL)
    np.testing.assert_allclose(second, second.transpose(2, 3, 0, 1), atol=1e-10)


def test_a_jacobian_of_two_factors():
    both = jacobian(lambda x: tuple(np.linalg.qr(x)))(TALL)
    assert [part.shape for part in both] == [(4, 2, 4, 2), (2, 2, 4, 2)]

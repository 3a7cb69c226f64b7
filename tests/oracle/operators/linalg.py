"""Operators of linear algebra."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np


def addmm(x: Any, a: Any, b: Any, beta: float = 1.0, alpha: float = 1.0) -> Any:
    return beta * x + alpha * (a @ b)


def addbmm(x: Any, a: Any, b: Any, beta: float = 1.0, alpha: float = 1.0) -> Any:
    return beta * x + alpha * np.einsum("bij,bjk->ik", a, b)


def addr(x: Any, a: Any, b: Any, beta: float = 1.0, alpha: float = 1.0) -> Any:
    return beta * x + alpha * np.outer(a, b)


def each(function: Callable[..., Any], *stacks: Any, ndim: int) -> Any:
    """A function of single matrices or vectors on stacks of them."""
    if stacks[0].ndim == ndim:
        return function(*stacks)
    return np.stack([each(function, *parts, ndim=ndim) for parts in zip(*stacks, strict=True)])


# --- products ---------------------------------------------------------------------------------


def cross(a: Any, b: Any, dim: int | None = None) -> Any:
    if dim is None:  # the first axis that fits
        dim = a.shape.index(3)
    return np.cross(a, b, axis=dim)


def tensordot(a: Any, b: Any, dims: Any) -> Any:
    if not isinstance(dims, int):  # PyTorch stretches axes of length 1, numpy does not
        shapes = list(a.shape), list(b.shape)
        for i, j in zip(*dims, strict=True):
            shapes[0][i] = shapes[1][j] = max(a.shape[i], b.shape[j])
        a, b = (np.broadcast_to(x, shape) for x, shape in zip((a, b), shapes, strict=True))
    return np.tensordot(a, b, dims)


def vander(x: Any, N: int | None = None) -> Any:
    return each(lambda row: np.vander(row, N, increasing=True), np.atleast_1d(x), ndim=1)


# --- diagonals --------------------------------------------------------------------------------


def block_diag(*matrices: Any) -> Any:
    matrices = [np.atleast_2d(matrix) for matrix in matrices]
    width = sum(matrix.shape[1] for matrix in matrices)
    before, rows = 0, []
    for matrix in matrices:
        after = width - before - matrix.shape[1]
        rows.append(np.pad(matrix, ((0, 0), (before, after))))
        before += matrix.shape[1]
    return np.concatenate(rows)


def diag_embed(x: Any, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Any:
    matrices = each(lambda row: np.diag(row, offset), x, ndim=1)
    return np.moveaxis(matrices, (-2, -1), (dim1, dim2))


# --- systems of equations ---------------------------------------------------------------------


def inv_ex(a: Any, check_errors: bool = False) -> Any:
    return np.linalg.inv(a), no_error(a)


def no_error(a: Any) -> Any:
    """What PyTorch reports where numpy would have raised."""
    return np.zeros(a.shape[:-2], dtype=np.int32)


def solve(a: Any, b: Any, left: bool = True) -> Any:
    if b.ndim < a.ndim and b.shape == a.shape[:-1]:
        return np.linalg.solve(a, b[..., None])[..., 0]
    if left:
        return np.linalg.solve(a, b)
    return np.matrix_transpose(np.linalg.solve(np.matrix_transpose(a), np.matrix_transpose(b)))


def solve_triangular(
    a: Any, b: Any, *, upper: bool, left: bool = True, unitriangular: bool = False
) -> Any:
    if unitriangular:
        a = (np.triu(a, 1) if upper else np.tril(a, -1)) + np.eye(a.shape[-1])
    return solve(np.triu(a) if upper else np.tril(a), b, left)


def triangular_solve(
    b: Any, a: Any, upper: bool = True, transpose: bool = False, unitriangular: bool = False
) -> Any:
    if transpose:
        a, upper = np.matrix_transpose(a), not upper
    return solve_triangular(a, b, upper=upper, unitriangular=unitriangular), a


def from_factor(factor: Any, upper: bool) -> Any:
    """The positive definite matrix of which this is Cholesky's factor."""
    other = np.matrix_transpose(factor)
    return other @ factor if upper else factor @ other


def cholesky_inverse(factor: Any, upper: bool = False) -> Any:
    return np.linalg.inv(from_factor(factor, upper))


def cholesky_solve(b: Any, factor: Any, upper: bool = False) -> Any:
    return np.linalg.solve(from_factor(factor, upper), b)


#: Which of solution, residuals, rank and singular values the drivers of LAPACK give.
GIVEN = {"gels": (0, 1), "gelsy": (0, 2), "gelsd": (0, 1, 2, 3), "gelss": (0, 1, 2, 3)}


def lstsq(a: Any, b: Any, driver: str) -> Any:
    results = []
    for part in range(4):
        result = each(lambda a, b, part=part: np.linalg.lstsq(a, b)[part], a, b, ndim=2)
        given = part in GIVEN[driver] and np.size(result)
        results.append(result if given else np.zeros(0, dtype=int if part == 2 else float))
    return tuple(results)


def pinv_of_product(a: Any, b: Any) -> Any:
    return np.linalg.pinv(a @ np.matrix_transpose(b))


# --- decompositions ---------------------------------------------------------------------------


def svd(a: Any, some: bool = True, compute_uv: bool = True) -> Any:
    u, s, vh = np.linalg.svd(a, full_matrices=not some)
    return u, s, np.matrix_transpose(vh)


def eig(a: Any) -> Any:
    return tuple(part.astype(complex) for part in np.linalg.eig(a))


OPERATORS: dict[str, Callable[..., Any]] = {
    # products
    "matmul": np.matmul,
    "__rmatmul__": lambda a, b: b @ a,
    "mm": np.matmul,
    "mv": np.matmul,
    "bmm": np.matmul,
    "addmm": addmm,
    "addmm.decomposed": addmm,
    "addmv": addmm,
    "baddbmm": addmm,
    "addbmm": addbmm,
    "addr": addr,
    "dot": np.dot,
    "vdot": np.vdot,
    "inner": np.inner,
    "outer": np.outer,
    "kron": np.kron,
    "tensordot": tensordot,
    "einsum": lambda operands, equation: np.einsum(equation, *operands),
    "cross": cross,
    "linalg.cross": lambda a, b, dim=-1: np.linalg.cross(a, b, axis=dim),
    "linalg.vecdot": lambda a, b, dim=-1: np.linalg.vecdot(a, b, axis=dim),
    "linalg.multi_dot": np.linalg.multi_dot,
    "linalg.matrix_power": np.linalg.matrix_power,
    "linalg.vander": vander,
    # diagonals
    "trace": np.trace,
    "tril": np.tril,
    "triu": np.triu,
    "diag": np.diag,
    "diagflat": lambda x, offset=0: np.diagflat(x, offset),
    "diagonal": lambda x, offset=0, dim1=0, dim2=1: np.diagonal(x, offset, dim1, dim2),
    "diagonal_copy": lambda x, offset=0, dim1=0, dim2=1: np.diagonal(x, offset, dim1, dim2),
    "linalg.diagonal": lambda x, offset=0, dim1=-2, dim2=-1: np.diagonal(x, offset, dim1, dim2),
    "diag_embed": diag_embed,
    "block_diag": block_diag,
    # inverses and systems of equations
    "linalg.inv": np.linalg.inv,
    "linalg.inv_ex": inv_ex,
    "linalg.solve": solve,
    "linalg.solve_ex": lambda a, b, left=True, check_errors=False: (
        solve(a, b, left),
        no_error(a),
    ),
    "linalg.solve_triangular": solve_triangular,
    "triangular_solve": triangular_solve,
    "cholesky_inverse": cholesky_inverse,
    "cholesky_solve": cholesky_solve,
    "linalg.tensorinv": np.linalg.tensorinv,
    "linalg.tensorsolve": lambda a, b, dims=None: np.linalg.tensorsolve(a, b, dims),
    "linalg.pinv": np.linalg.pinv,
    "linalg.pinv.hermitian": np.linalg.pinv,
    "linalg.pinv.singular": pinv_of_product,
    "pinverse": lambda a, rcond=1e-15: np.linalg.pinv(a, rcond),
    "linalg.lstsq": lstsq,
    "linalg.lstsq.grad_oriented": lambda a, b, driver: lstsq(a, b, driver)[:2],
    # determinants
    "linalg.det": np.linalg.det,
    "linalg.slogdet": np.linalg.slogdet,
    "logdet": lambda a: np.log(np.linalg.det(a)),
    # decompositions
    "cholesky": lambda a, upper=False: np.linalg.cholesky(a, upper=upper),
    "linalg.cholesky": lambda a, upper=False: np.linalg.cholesky(a, upper=upper),
    "linalg.cholesky_ex": lambda a, upper=False, check_errors=False: (
        np.linalg.cholesky(a, upper=upper),
        no_error(a),
    ),
    "qr": lambda a, some=True: np.linalg.qr(a, "reduced" if some else "complete"),
    "linalg.qr": lambda a, mode="reduced": np.linalg.qr(a, mode),
    "linalg.eigh": np.linalg.eigh,
    "linalg.eigvalsh": np.linalg.eigvalsh,
    "linalg.eig": eig,
    "linalg.eigvals": lambda a: np.linalg.eigvals(a).astype(complex),
    "svd": svd,
    "linalg.svd": np.linalg.svd,
    "linalg.svdvals": np.linalg.svdvals,
    "linalg.cond": np.linalg.cond,
}

LEFT_OUT: dict[str, str] = {
    "linalg.householder_product": "numpy has no products of reflections",
    "ormqr": "numpy has no products of reflections",
    "lu": "numpy has no LU decomposition",
    "linalg.lu": "numpy has no LU decomposition",
    "linalg.lu_factor": "numpy has no LU decomposition",
    "linalg.lu_factor_ex": "numpy has no LU decomposition",
    "linalg.lu_solve": "numpy has no LU decomposition",
    "lu_solve": "numpy has no LU decomposition",
    "lu_unpack": "numpy has no LU decomposition",
    "matrix_exp": "numpy has no matrix exponential",
    "svd_lowrank": "randomised; numpy has no counterpart",
    "pca_lowrank": "randomised; numpy has no counterpart",
    "sparse.sampled_addmm": "for sparse matrices",
    "diagonal_scatter": "numpy writes into a diagonal only in place",
}

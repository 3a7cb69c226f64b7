"""Derivatives of matrix decompositions, and of what is made from them.

A decomposition has several factors, but a node holds one array: so the factors are stacked in the
node, rows below rows, and what the user gets are slices of it. The gradients of all factors then
arrive together, and each rule states the whole derivative, in terms of the factors themselves.
Letters as in `autograd.rules.linalg`.

Where factors are not determined (the sign of an eigenvector, the basis of a null space), the
gradient is right for every function that does not depend on the choice.
"""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

import numpy as np

from autograd.primitives import data_of, implements, primitive, without_gradient
from autograd.rules.arithmetic import conj, where
from autograd.rules.axes import as_operand
from autograd.rules.contractions import linalg_diagonal, tril
from autograd.rules.linalg import (
    adjoint,
    inverse_or_nan,
    pinv,
    solve,
    through_tensor,
)


def _lower_half(x: Any) -> Any:
    """The lower triangle with half of the diagonal."""
    return 0.5 * (tril(x) + tril(x, k=-1))


def _on_diagonal(values: Any, x: Any) -> Any:
    """A matrix with its diagonal replaced."""
    return where(np.eye(x.shape[-1], dtype=bool), values[..., None, :], x)


def _hermitian_part(x: Any) -> Any:
    return 0.5 * (x + adjoint(x))


def _over(x: Any, y: Any) -> Any:
    """Quotient x/y with 0/0 = 0: nothing has to pass where there is no way."""
    return x / where((x == 0) & (y == 0), np.inf, y)


def _over_gaps(x: Any, values: Any) -> Any:
    """Quotients x_ij / (v_j − v_i) off the diagonal, 0 on it."""
    gaps = values[..., None, :] - values[..., None]
    return _over(x, where(np.eye(x.shape[-1], dtype=bool), np.inf, gaps))


# --- cholesky ---------------------------------------------------------------------------------


def _cholesky_vjp(g: Any, a: Any, y: Any) -> Any:
    """Murray (2016), Differentiation of the Cholesky decomposition; symmetrised."""
    inner = _lower_half(adjoint(y) @ g)
    inner = solve(adjoint(y), _hermitian_part(inner))
    return adjoint(solve(adjoint(y), adjoint(inner)))


_cholesky = primitive(
    "cholesky", np.linalg.cholesky, _cholesky_vjp, composite=through_tensor("cholesky")
)


@implements(np.linalg.cholesky)
def cholesky(a: Any, *, upper: bool = False) -> Any:
    """The lower triangular L with a = L Lᴴ, or the upper triangular Lᴴ."""
    return adjoint(_cholesky(adjoint(a))) if upper else _cholesky(a)


# --- qr ---------------------------------------------------------------------------------------


class QRResult(NamedTuple):
    """What `np.linalg.qr` returns: a = Q R."""

    Q: Any
    R: Any


def _qr_forward(a: Any, mode: Literal["reduced", "complete"]) -> Any:
    q, r = np.linalg.qr(a, mode)
    return np.concatenate([q, adjoint(r)], axis=-2)


def _qr_vjp(g: Any, a: Any, y: Any, mode: str) -> Any:
    """Walter, Lehmann and Lamour (2012), for at least as many rows as columns.

    With ``c = Qᴴ da R⁻¹``, Q turns by the skew part that agrees with c below the diagonal, and R
    takes the rest. Columns of Q beyond those of a keep orthogonal to the others.
    """
    rows, columns = a.shape[-2:]
    q, rest, r = y[..., :rows, :columns], y[..., :rows, columns:], adjoint(y[..., rows:, :columns])
    gq, grest, gr = (
        g[..., :rows, :columns],
        g[..., :rows, columns:],
        adjoint(g[..., rows:, :columns]),
    )
    turned, stretched = adjoint(q) @ gq, gr @ adjoint(r)
    inside = turned - stretched
    inside = _lower_half(inside - adjoint(inside)) + stretched
    outside = gq - q @ turned - rest @ (adjoint(grest) @ q)
    return (outside + q @ inside) @ adjoint(inverse_or_nan(r))


_qr = primitive("qr", _qr_forward, _qr_vjp, params=("mode",), composite=through_tensor("qr"))


@implements(np.linalg.qr)
def qr(a: Any, mode: Literal["reduced", "complete", "r"] = "reduced") -> Any:
    """Orthonormal Q and upper triangular R with a = Q R; R alone in the mode ``"r"``."""
    if mode not in ("reduced", "complete", "r"):
        raise ValueError(f"qr of a node knows the modes reduced, complete and r, not {mode!r}.")
    if a.ndim < 2:
        raise np.linalg.LinAlgError(f"qr needs matrices, but a has shape {a.shape}.")
    rows, columns = a.shape[-2:]
    square = min(rows, columns)
    both = _qr(a[..., :square], mode="complete" if mode == "complete" else "reduced")
    q, r = both[..., :rows, :], adjoint(both[..., rows:, :])
    if columns > rows:
        r = np.concatenate([r, adjoint(q) @ a[..., rows:]], axis=-1)
    return r if mode == "r" else QRResult(q, r)


# --- eigenvalues ------------------------------------------------------------------------------


class EighResult(NamedTuple):
    """What `np.linalg.eigh` returns."""

    eigenvalues: Any
    eigenvectors: Any


class EigResult(NamedTuple):
    """What `np.linalg.eig` returns."""

    eigenvalues: Any
    eigenvectors: Any


def _stack_eigen(values: Any, vectors: Any) -> Any:
    return np.concatenate([vectors, values[..., None, :]], axis=-2)


def _eigh_vjp(g: Any, a: Any, y: Any, UPLO: str) -> Any:
    """Giles (2008); symmetrised, since a is Hermitian, whichever half is read."""
    v, values = y[..., :-1, :], y[..., -1, :].real
    inside = _over_gaps(adjoint(v) @ g[..., :-1, :], values)
    return _hermitian_part(v @ _on_diagonal(g[..., -1, :].real, inside) @ adjoint(v))


_eigh = primitive(
    "eigh",
    lambda a, UPLO: _stack_eigen(*np.linalg.eigh(a, UPLO)),
    _eigh_vjp,
    params=("UPLO",),
    composite=through_tensor("eigh"),
)


@implements(np.linalg.eigh)
def eigh(a: Any, UPLO: Literal["L", "U"] = "L") -> EighResult:
    """Eigenvalues, ascending, and eigenvectors of a Hermitian matrix."""
    both = _eigh(a, UPLO=UPLO)
    values = both[..., -1, :]
    return EighResult(values.real if a.dtype.kind == "c" else values, both[..., :-1, :])


@implements(np.linalg.eigvalsh)
def eigvalsh(a: Any, UPLO: Literal["L", "U"] = "L") -> Any:
    """Eigenvalues, ascending, of a Hermitian matrix."""
    return eigh(a, UPLO).eigenvalues


def _eig_forward(a: Any) -> Any:
    values, vectors = np.linalg.eig(a)
    return _stack_eigen(values, vectors).astype(np.result_type(a, np.complex64))


def _eig_vjp(g: Any, a: Any, y: Any) -> Any:
    """Boeddeker et al. (2017), for eigenvectors of length 1 and distinct values."""
    v, values, gv = y[..., :-1, :], y[..., -1, :], g[..., :-1, :]
    vh = adjoint(v)
    turned = vh @ gv
    along = linalg_diagonal(turned).real[..., None, :]
    inside = _over_gaps(turned - (vh @ v) * along, conj(values))
    return solve(vh, _on_diagonal(g[..., -1, :], inside) @ vh)


_eig = primitive("eig", _eig_forward, _eig_vjp, composite=through_tensor("eig"))


@implements(np.linalg.eig)
def eig(a: Any) -> EigResult:
    """Eigenvalues and eigenvectors; real if all eigenvalues of a real matrix are."""
    both = _eig(a)
    if a.dtype.kind != "c" and not both.data[..., -1, :].imag.any():
        both = both.real
    return EigResult(both[..., -1, :], both[..., :-1, :])


@implements(np.linalg.eigvals)
def eigvals(a: Any) -> Any:
    """Eigenvalues; real if all eigenvalues of a real matrix are."""
    return eig(a).eigenvalues


# --- singular values --------------------------------------------------------------------------


class SVDResult(NamedTuple):
    """What `np.linalg.svd` returns: a = U diag(S) Vh."""

    U: Any
    S: Any
    Vh: Any


def _svd_forward(a: Any, full_matrices: bool) -> Any:
    """Rows of U, then S, then rows of V, filled up with zeros on the right."""
    u, s, vh = np.linalg.svd(a, full_matrices)
    parts = u, s[..., None, :], adjoint(vh)
    width = max(part.shape[-1] for part in parts)
    stacked = [
        np.pad(part, [(0, 0)] * (part.ndim - 1) + [(0, width - part.shape[-1])]) for part in parts
    ]
    return np.concatenate(stacked, axis=-2)


def _svd_parts(stacked: Any, a: Any, full_matrices: bool) -> tuple[Any, Any, Any]:
    """U, S and V from a node that holds them."""
    rows, columns = a.shape[-2:]
    k = min(rows, columns)
    return (
        stacked[..., :rows, : rows if full_matrices else k],
        stacked[..., rows, :k],
        stacked[..., rows + 1 :, : columns if full_matrices else k],
    )


def _svd_vjp(g: Any, a: Any, y: Any, full_matrices: bool) -> Any:
    """Townsend (2016), Differentiating the singular value decomposition; distinct values.

    Singular vectors beyond those that have a value keep orthogonal to the others.
    """
    (u_all, s, v_all), (gu_all, gs, gv_all) = (_svd_parts(x, a, full_matrices) for x in (y, g))
    s, gs, k = s.real, gs.real, s.shape[-1]
    u, v = u_all[..., :k], v_all[..., :k]
    turned_u, turned_v = adjoint(u) @ gu_all[..., :k], adjoint(v) @ gv_all[..., :k]
    skew_u, skew_v = turned_u - adjoint(turned_u), turned_v - adjoint(turned_v)
    row, column = s[..., None, :], s[..., None]
    inside = _over_gaps(skew_u, s * s) * row + column * _over_gaps(skew_v, s * s)
    on_diagonal = gs
    if y.dtype.kind == "c":  # The phase of a pair of vectors: U turns, V stays.
        on_diagonal = gs + _over(linalg_diagonal(skew_u), 2 * s)
    gradient = u @ _on_diagonal(on_diagonal, inside) @ adjoint(v)
    if a.shape[-2] > k:
        gradient = gradient + _over(_outside(u_all, gu_all, turned_u), row) @ adjoint(v)
    if a.shape[-1] > k:
        gradient = gradient + u @ adjoint(_over(_outside(v_all, gv_all, turned_v), row))
    return gradient


def _outside(q: Any, g: Any, turned: Any) -> Any:
    """The part of the gradient of orthonormal columns that leaves the space they span."""
    k = turned.shape[-1]
    inner, rest = q[..., :k], q[..., k:]
    return g[..., :k] - inner @ turned - rest @ (adjoint(g[..., k:]) @ inner)


_svd = primitive(
    "svd", _svd_forward, _svd_vjp, params=("full_matrices",), composite=through_tensor("svd")
)


@implements(np.linalg.svd)
def svd(
    a: Any, full_matrices: bool = True, compute_uv: bool = True, hermitian: bool = False
) -> Any:
    """Singular value decomposition, or with ``compute_uv=False`` the singular values alone.

    `hermitian` says that a shorter way exists to the same result; it is not taken.
    """
    full_matrices = full_matrices and compute_uv
    u, s, v = _svd_parts(_svd(a, full_matrices=full_matrices), a, full_matrices)
    s = s.real if a.dtype.kind == "c" else s
    return SVDResult(u, s, adjoint(v)) if compute_uv else s


@implements(np.linalg.svdvals)
def svdvals(x: Any) -> Any:
    """Singular values, descending."""
    return svd(x, compute_uv=False)


# --- made from them ---------------------------------------------------------------------------


@implements(np.linalg.lstsq)
def lstsq(a: Any, b: Any, rcond: float | None = None) -> tuple[Any, Any, Any, Any]:
    """Solution of least squares, sums of squared residuals, rank, and singular values of a."""
    a, b = as_operand(a), as_operand(b)
    if a.ndim != 2 or b.ndim not in (1, 2) or b.shape[0] != a.shape[0]:
        raise np.linalg.LinAlgError(
            "lstsq needs a matrix, and a vector or a matrix with as many rows, but was given "
            f"shapes {a.shape} and {b.shape}."
        )
    eps = np.finfo(data_of(a).dtype).eps
    if rcond is None or rcond < 0:
        rcond = eps if rcond else eps * max(a.shape)
    x, s = pinv(a, rcond=rcond) @ b, np.linalg.svdvals(a)
    values = data_of(s)
    rank = int(np.count_nonzero(values > rcond * values.max(initial=0)))
    left = b - a @ x
    residuals = np.real(left * conj(left)).sum(axis=0, keepdims=b.ndim == 1)
    return x, residuals if rank == a.shape[1] < a.shape[0] else residuals[:0], rank, s


@implements(np.linalg.cond)
def cond(x: Any, p: Any = None) -> Any:
    """Condition number: the ratio of the extreme singular values, or ‖x‖ₚ ‖x⁻¹‖ₚ."""
    with np.errstate(divide="ignore", invalid="ignore"):
        if p in (None, 2, -2):
            s = svdvals(x)
            result = s[..., -1] / s[..., 0] if p == -2 else s[..., 0] / s[..., -1]
        else:
            y = inverse_or_nan(x)
            result = np.linalg.norm(x, p, axis=(-2, -1)) * np.linalg.norm(y, p, axis=(-2, -1))
    singular = np.isnan(result) & ~np.isnan(data_of(x)).any(axis=(-2, -1))
    return where(singular, np.inf, result) if singular.any() else result


without_gradient(np.linalg.matrix_rank)

"""Derivatives of determinants, right for singular matrices too.

The gradient of det is the matrix of cofactors, which exists for every matrix. In the basis of the
singular value decomposition it is diagonal: ∏ of all singular values but one. Its own derivative,
which det needs for second derivatives, holds the products of all but two.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from autograd.primitives import Primitive, implements, primitive
from autograd.rules.arithmetic import conj
from autograd.rules.contractions import linalg_trace
from autograd.rules.linalg import adjoint, inverse_or_nan, matrix_transpose, through_tensor


def _lift(number: Any) -> Any:
    """A number per matrix, ready to be multiplied with the matrices."""
    return number[..., None, None]


# --- det --------------------------------------------------------------------------------------


def _diagonalise(a: Any) -> tuple[Any, Any, Any, Any]:
    """U, s and Vᴴ of a = U diag(s) Vᴴ, and det U · det Vᴴ; s is nan where a is not finite."""
    finite = np.isfinite(a).all(axis=(-2, -1))
    u, s, vh = np.linalg.svd(np.where(_lift(finite), a, a.dtype.type(0)))
    return u, np.where(finite[..., None], s, s.dtype.type(np.nan)), vh, det(u) * det(vh)


def _product_without(left_out: Any, s: Any) -> Any:
    """∏ of the s that are not left out, along the last axis."""
    return np.where(left_out, s.dtype.type(1), s).prod(axis=-1)


def _cofactor(a: Any) -> Any:
    """∂det/∂a: the conjugate of U diag(∏ⱼ≠ᵢ sⱼ) Vᴴ, up to the determinants of U and Vᴴ."""
    u, s, vh, phase = _diagonalise(a)
    others = _product_without(np.eye(s.shape[-1], dtype=bool), s[..., None, :])
    return _lift(phase) * ((u * others[..., None, :]) @ vh).conj()


def _cofactor_slope(a: Any, e: Any) -> Any:
    """Derivative of the cofactors along a matrix e: Σ ∂²det/∂a∂a_kl · e_kl.

    For a diagonal a, ∂²det/∂a_ii∂a_jj is the product p_ij of all other elements,
    ∂²det/∂a_ij∂a_ji is −p_ij, and all others are 0.
    """
    u, s, vh, phase = _diagonalise(a)
    eye = np.eye(s.shape[-1], dtype=bool)
    pairs = _product_without(eye[:, None, :] | eye[None, :, :], s[..., None, None, :])
    pairs = np.where(eye, s.dtype.type(0), pairs)
    rotated = adjoint(u) @ e @ adjoint(vh)
    diagonal = (pairs @ np.diagonal(rotated, axis1=-2, axis2=-1)[..., None])[..., 0]
    slope = np.where(eye, diagonal[..., None, :], -pairs * np.swapaxes(rotated, -1, -2))
    return _lift(phase) * (u.conj() @ slope @ vh.conj())


def _third_derivative(g: Any, a: Any, e: Any, y: Any) -> Any:
    """∂/∂a of det(a) · (tr(xe) tr(xf) − tr(xexf)) with x = a⁻¹ and f = ḡ; nan if a is singular."""
    x = inverse_or_nan(a)
    xe, xf = x @ e, x @ conj(g)
    alpha, beta, gamma = linalg_trace(xe), linalg_trace(xf), linalg_trace(xe @ xf)
    slope = (
        _lift(alpha * beta - gamma) * x
        - _lift(beta) * (xe @ x)
        - _lift(alpha) * (xf @ x)
        + (xe @ xf + xf @ xe) @ x
    )
    return conj(_lift(det(a)) * matrix_transpose(slope))


det: Primitive = primitive(
    "det",
    np.linalg.det,
    lambda g, a, y: _lift(g) * conj(cofactor(a)),
    composite=through_tensor("det"),
)
cofactor: Primitive = primitive(
    "cofactor",
    _cofactor,
    lambda g, a, y: conj(cofactor_slope(a, conj(g))),
    composite=through_tensor("cofactor"),
)
cofactor_slope: Primitive = primitive(
    "cofactor_slope",
    _cofactor_slope,
    _third_derivative,
    lambda g, a, e, y: conj(cofactor_slope(a, conj(g))),
    composite=through_tensor("cofactor_slope"),
)

# --- slogdet ----------------------------------------------------------------------------------


class SlogdetResult(NamedTuple):
    """What `np.linalg.slogdet` returns: det = sign · exp(logabsdet)."""

    sign: Any
    logabsdet: Any


def _slogdet_vjp(g: Any, a: Any, y: Any) -> Any:
    """The logarithm changes by Re tr(a⁻¹ da), and the sign turns by the imaginary part."""
    slope = g[..., 1]
    if y.dtype.kind == "c":
        turn = conj(y[..., 0]) * g[..., 0]
        slope = slope.real + (turn - turn.real)
    return _lift(slope) * adjoint(inverse_or_nan(a))


_slogdet = primitive(
    "slogdet",
    lambda a: np.stack(np.linalg.slogdet(a), axis=-1),
    _slogdet_vjp,
    composite=through_tensor("slogdet"),
)


@implements(np.linalg.slogdet)
def slogdet(a: Any) -> SlogdetResult:
    """Sign and logarithm of the absolute value of the determinant; one node holds both."""
    both = _slogdet(a)
    sign, logabsdet = both[..., 0], both[..., 1]
    return SlogdetResult(sign, logabsdet.real if a.dtype.kind == "c" else logabsdet)

"""Derivatives of linear algebra: products, inverses and systems of equations.

In every rule the letters before the last are the arguments, the last one is the result, and `g` is
the gradient of the result. ᴴ is the conjugate transpose, which for real matrices is ᵀ.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import combinations, pairwise
from typing import Any

import numpy as np

from autograd.primitives import TABLE, Primitive, data_of, implements, primitive
from autograd.rules.arithmetic import conj, where
from autograd.rules.axes import as_operand
from autograd.rules.shaping import ravel, swapaxes, transpose

# --- products ---------------------------------------------------------------------------------


def _matmul(a: Any, b: Any, out: Any = None) -> Any:
    """A stack of matrices times one matrix is a single product of all rows: one call of BLAS."""
    if np.ndim(b) != 2 or np.ndim(a) < 3:
        return np.matmul(a, b, out)
    if out is None:
        out = np.empty((*a.shape[:-1], b.shape[1]), np.result_type(a, b))
    np.matmul(_as_rows(a), b, out=_as_rows(out))
    return out


def _as_rows(a: Any) -> Any:
    """All rows of a stack of matrices, as one matrix."""
    return a.reshape(math.prod(a.shape[:-1]), a.shape[-1])


def _matmul_left(g: Any, a: Any, b: Any, y: Any) -> Any:
    """∂/∂a of a @ b: g bᴴ."""
    b = conj(b)
    if b.ndim == 1:
        return g[..., None] * b
    if a.ndim == 1:
        return (b @ g[..., None])[..., 0]
    return matmul(g, b.swapaxes(-1, -2))


def _matmul_right(g: Any, a: Any, b: Any, y: Any) -> Any:
    """∂/∂b of a @ b: aᴴ g."""
    a = conj(a)
    if a.ndim == 1:
        return a[:, None] * g[..., None, :] if b.ndim > 1 else a * g
    if b.ndim == 1:
        return (a.swapaxes(-1, -2) @ g[..., None])[..., 0]
    if b.ndim == 2 and a.ndim > 2:
        a, g = _as_rows(a), _as_rows(g)
    if data_of(b).flags.f_contiguous:
        # The transpose of some weights: so is its gradient, and that of the weights in one piece.
        return (g.swapaxes(-1, -2) @ a).swapaxes(-1, -2)
    return a.swapaxes(-1, -2) @ g


def _rows(slot: int, inputs: Any, y: Any) -> float:
    """√ of how many rows of the left operand share the right one: the batch a weight serves."""
    return float(inputs[0].shape[-2] ** 0.5) if slot == 1 and inputs[0].ndim > 1 else 1.0


matmul: Primitive = primitive(
    "matmul", _matmul, _matmul_left, _matmul_right, multiplicity=_rows, linear=True
)
implements(np.matmul, np.linalg.matmul)(matmul)


@implements(np.matrix_transpose, np.linalg.matrix_transpose)
def matrix_transpose(x: Any) -> Any:
    """Exchange the last two axes."""
    if np.ndim(x) < 2:
        raise ValueError(
            f"matrix_transpose needs at least two axes, but x has shape {np.shape(x)}."
        )
    return swapaxes(x, -1, -2)


def adjoint(a: Any) -> Any:
    """Conjugate transpose aᴴ of a matrix, or of a stack of them."""
    return conj(a).swapaxes(-1, -2)


@implements(np.linalg.matrix_power)
def matrix_power(a: Any, n: int) -> Any:
    """The n-th power of a square matrix, by repeated squaring."""
    if np.ndim(a) < 2 or a.shape[-1] != a.shape[-2]:
        raise np.linalg.LinAlgError(
            f"matrix_power needs square matrices, but a has shape {np.shape(a)}."
        )
    if n < 0:
        return matrix_power(inv(a), -n)
    if n == 0:  # Constant, but on the graph: its gradient is 0, not missing.
        return where(np.ones(a.shape, dtype=bool), np.eye(a.shape[-1], dtype=a.dtype), a)
    if n == 1:
        return a
    even = matrix_power(a @ a, n // 2)
    return even @ a if n % 2 else even


@implements(np.linalg.multi_dot)
def multi_dot(arrays: Sequence[Any]) -> Any:
    """The product of two or more matrices; the first and the last may be vectors."""
    shapes = [np.shape(array) for array in arrays]
    inner = [len(shape) == 2 for shape in shapes[1:-1]]
    ends = [len(shape) in (1, 2) for shape in (shapes[:1] + shapes[-1:])]
    fits = [left[-1:] == right[-2:][:1] for left, right in pairwise(shapes)]
    if len(shapes) < 2 or not all(inner + ends + fits):
        raise ValueError(
            "multi_dot multiplies two or more matrices, of which the first and the last may be "
            f"vectors; the shapes {', '.join(map(str, shapes))} do not fit."
        )
    first, *between, last = map(as_operand, arrays)
    row, column = first.ndim == 1, last.ndim == 1
    product = chain_product(
        [first[None, :] if row else first, *between, last[:, None] if column else last]
    )
    if row or column:
        product = product[0 if row else slice(None), 0 if column else slice(None)]
    return product


def chain_product(matrices: Sequence[Any]) -> Any:
    """A product of matrices, or of stacks of them, in the order that takes the fewest steps."""
    sides = [matrix.shape[-2] for matrix in matrices] + [matrices[-1].shape[-1]]
    return _multiply(matrices, _cheapest_cuts(sides), 0, len(matrices) - 1)


def _cheapest_cuts(sides: Sequence[int]) -> dict[tuple[int, int], int]:
    """After which matrix to cut the product of the matrices first…last, for all of these pairs.

    See Cormen et al., Introduction to Algorithms, section on matrix-chain multiplication.
    """
    count = len(sides) - 1
    steps = {(i, i): 0 for i in range(count)}
    cuts = {}
    for first, last in sorted(combinations(range(count), 2), key=lambda ends: ends[1] - ends[0]):
        steps[first, last], cuts[first, last] = min(
            (
                steps[first, cut]
                + steps[cut + 1, last]
                + sides[first] * sides[cut + 1] * sides[last + 1],
                cut,
            )
            for cut in range(first, last)
        )
    return cuts


def _multiply(matrices: Sequence[Any], cuts: Any, first: int, last: int) -> Any:
    if first == last:
        return matrices[first]
    cut = cuts[first, last]
    return _multiply(matrices, cuts, first, cut) @ _multiply(matrices, cuts, cut + 1, last)


# --- inverses and systems of equations --------------------------------------------------------


def through_tensor(name: str) -> Callable[..., Any]:
    """A composite for arrays of Values: gather them into Tensors, apply the primitive, take apart.

    For what has no form in scalars that anybody would want to read.
    """

    def composite(*arrays: Any, **params: Any) -> Any:
        from autograd.tensor import from_value, to_value

        gathered = [
            np.stack([from_value(value) for value in array.flat]).reshape(array.shape)
            if array.size
            else array.data
            for array in arrays
        ]
        result = TABLE[name](*gathered, **params)
        if result.dtype.kind == "c":
            raise TypeError(f"{name} has complex results, which Values cannot hold; use a Tensor.")
        values = np.empty(result.shape, dtype=object)
        for place in np.ndindex(result.shape):
            values[place] = to_value(result[place])
        return values

    return composite


inv = primitive(
    "inv",
    np.linalg.inv,
    lambda g, a, y: -(adjoint(y) @ g @ adjoint(y)),
    composite=through_tensor("inv"),
)


def _solve_right(g: Any, a: Any, b: Any, y: Any) -> Any:
    """∂/∂b of a⁻¹ b: a⁻ᴴ g."""
    if b.ndim == 1:
        return solve(adjoint(a), g[..., None])[..., 0]
    return solve(adjoint(a), g)


def _solve_left(g: Any, a: Any, b: Any, y: Any) -> Any:
    """∂/∂a of y = a⁻¹ b: −(a⁻ᴴ g) yᴴ."""
    pulled = _solve_right(g, a, b, y)
    if b.ndim == 1:
        return -pulled[..., None] * conj(y)[..., None, :]
    return -pulled @ adjoint(y)


solve: Primitive = primitive(
    "solve",
    np.linalg.solve,
    _solve_left,
    _solve_right,
    composite=through_tensor("solve"),
)


def _pinv(g: Any, a: Any, y: Any, **params: Any) -> Any:
    """Golub and Pereyra (1973); right along directions that keep the rank."""
    p, q = adjoint(y), adjoint(g)
    rows, columns = chain_product([q, y, p]), chain_product([p, y, q])
    return (
        (rows - chain_product([a, y, rows]))
        + (columns - chain_product([columns, y, a]))
        - chain_product([p, g, p])
    )


pinv = primitive(
    "pinv",
    np.linalg.pinv,
    _pinv,
    params=("rcond", "hermitian", "rtol"),
    composite=through_tensor("pinv"),
)


def inverse_or_nan(a: Any) -> Any:
    """Inverse of each matrix of a stack; nan, where `inv` raises because one is singular."""
    singular = np.isneginf(np.linalg.slogdet(data_of(a))[1])
    if not singular.any():
        return inv(a)
    singular = singular[..., None, None]
    regular = inv(where(singular, np.eye(a.shape[-1], dtype=a.dtype), a))
    return where(singular, np.nan, regular)


@implements(np.linalg.tensorinv)
def tensorinv(a: Any, ind: int = 2) -> Any:
    """Inverse with respect to ``np.tensordot(a, b, ind)``."""
    if ind <= 0:
        raise ValueError(f"tensorinv needs a positive ind, but was given {ind}.")
    rows, columns = a.shape[:ind], a.shape[ind:]
    return inv(a.reshape((math.prod(columns), -1))).reshape(columns + rows)


@implements(np.linalg.tensorsolve)
def tensorsolve(a: Any, b: Any, axes: Sequence[int] | None = None) -> Any:
    """The x for which ``np.tensordot(a, x, x.ndim)`` is b; `axes` of a are moved to the end."""
    a, b = as_operand(a), as_operand(b)
    if axes is not None:
        moved = [axis % a.ndim for axis in axes]
        a = transpose(a, axes=(*(i for i in range(a.ndim) if i not in moved), *moved))
    unknowns = a.shape[b.ndim :]
    return solve(a.reshape((-1, math.prod(unknowns))), ravel(b)).reshape(unknowns)

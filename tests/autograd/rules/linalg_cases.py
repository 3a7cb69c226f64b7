"""Cases for the entries of linear algebra, in the form of `cases`. Not a test module."""

from __future__ import annotations

import numpy as np

from tests.autograd.rules.cases import ANY, POSITIVE, Case, shaped


def regular(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Matrices far from singular, of distinct singular values."""
    rows, columns = shape[-2:]
    scale = np.arange(1.0, columns + 1)
    return (np.eye(rows, columns) + 0.2 * rng.uniform(-1, 1, shape)) * scale


SQUARE = (((1, 1), {}), ((3, 3), {}), ((2, 2, 2), {}), ((0, 2, 2), {}))
DIAGONALS = (
    ((3, 2), {}),
    ((2, 3), {"offset": 1}),
    ((2, 3), {"offset": -4}),
    ((2, 3, 2), {"offset": 0, "axis1": -1, "axis2": 0}),
    ((0, 2), {}),
)
EXPRESSIONS = (
    "i,i,i->", "i,j,k->kij", "ij,jk,k->i", "iij,jk,k->ik", "iji,jk,kk->", "i,jk,l->kl", ",ij,jj->i",
)  # fmt: skip


def operands(expression: str) -> tuple[tuple[int, ...], ...]:
    return tuple((2,) * len(term) for term in expression.partition("->")[0].split(","))


CASES: dict[str, Case] = {
    "einsum": Case(
        (ANY, ANY, ANY),
        configs=tuple((operands(text), {"subscripts": text}) for text in EXPRESSIONS),
    ),
    "cross": Case((ANY, ANY), configs=((((3,), (3,)), {}), (((2, 1, 3), (2, 3)), {}))),
    "diagonal": shaped(ANY, *DIAGONALS),
    "embed_diagonal": shaped(
        ANY,
        *(
            (np.diagonal(np.zeros(shape), **place).shape, {"shape": shape, **place})
            for shape, place in DIAGONALS
        ),
    ),
    **{
        name: shaped(ANY, ((3, 2), {}), ((2, 2, 3), {"k": 1}), ((3,), {"k": -1}), ((0, 2), {}))
        for name in ("tril", "triu")
    },
    "inv": shaped(regular, *SQUARE),
    "solve": Case(
        (regular, ANY),
        configs=(
            (((3, 3), (3,)), {}),
            (((2, 2), (2, 3)), {}),
            (((2, 2, 2), (2,)), {}),
            (((2, 1, 2, 2), (3, 2, 1)), {}),
        ),
    ),
    "pinv": shaped(
        regular, *SQUARE, ((3, 2), {}), ((2, 3), {"rcond": 1e-6}), ((2, 2, 1), {"rtol": 1e-6})
    ),
    "det": shaped(ANY, *SQUARE),
    "cofactor": shaped(ANY, *SQUARE),
    "cofactor_slope": Case((regular, ANY), configs=tuple(((s, s), {}) for s, _ in SQUARE)),
    "slogdet": shaped(regular, *SQUARE),
    # Of larger matrices the gradient is symmetrised: see test_decompositions, also for eig.
    "cholesky": shaped(POSITIVE, ((1, 1), {}), ((2, 1, 1), {})),
    "eigh": shaped(ANY, ((1, 1), {"UPLO": "L"}), ((2, 1, 1), {"UPLO": "U"})),
    "qr": shaped(
        regular,
        *((shape, {"mode": "reduced"}) for shape in ((3, 3), (3, 2), (2, 2, 1))),
        ((2, 2), {"mode": "complete"}),
    ),
    "svd": shaped(
        regular,
        *((shape, {"full_matrices": False}) for shape in ((3, 3), (3, 2), (2, 3), (2, 1, 2))),
        ((2, 2), {"full_matrices": True}),
    ),
}

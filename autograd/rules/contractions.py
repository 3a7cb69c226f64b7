"""Derivatives of contractions, which sum products over shared axes, and of diagonals.

Letters as in `autograd.rules.linalg`. Whatever sums products of several arrays is an `einsum`,
whose gradient is another einsum; so one rule serves them all.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from string import ascii_letters
from typing import Any

import numpy as np

from autograd.primitives import Primitive, implements, primitive, variadic, without_gradient
from autograd.rules.arithmetic import conj, multiply
from autograd.rules.axes import as_operand
from autograd.rules.linalg import matmul
from autograd.rules.shaping import ravel, reshape

# --- einsum -----------------------------------------------------------------------------------


def _spare_letters(used: str) -> Iterator[str]:
    """Letters that do not occur in a subscript string."""
    return (letter for letter in ascii_letters if letter not in used)


def _einsum_operand(
    slot: int, g: Any, operands: Sequence[Any], y: Any, subscripts: str, optimize: Any = False
) -> Any:
    """The gradient is contracted with the other operands: ``ij,jk->ik`` gives ``ik,jk->ij``.

    An axis that no other has in this length was summed over: the gradient is repeated along it.
    Of axes of one name, as in ``ii``, only the diagonal was used: elsewhere the gradient is 0.
    """
    terms, result = subscripts.split("->")
    inputs = terms.split(",")
    own = inputs[slot]
    factors = [(result, g)]
    factors += [(inputs[i], conj(x)) for i, x in enumerate(operands) if i != slot]
    known = {place for axes, x in factors for place in zip(axes, x.shape, strict=True)}
    spare, target = _spare_letters(subscripts), ""
    for letter, n in zip(own, operands[slot].shape, strict=True):
        if letter in target:
            other = next(spare)
            factors.append((letter + other, np.eye(n, dtype=g.dtype)))
            target += other
        else:
            if (letter, n) not in known:
                factors.append((letter, np.ones(n, dtype=g.dtype)))
            target += letter
    labels, arrays = zip(*factors, strict=True)
    return _einsum(*arrays, subscripts=f"{','.join(labels)}->{target}", optimize=True)


_einsum: Primitive = variadic(
    "einsum",
    lambda *operands, subscripts, optimize=False: np.einsum(
        subscripts, *operands, optimize=optimize
    ),
    _einsum_operand,
    params=("subscripts", "optimize"),
)


@implements(np.einsum)
def einsum(*operands: Any, optimize: Any = False, **refused: Any) -> Any:
    """Einstein's summation over named axes, in both of numpy's ways of writing it.

    Axes under an ellipsis that the result does not name are summed over, as in PyTorch.
    """
    if isinstance(operands[0], str):
        subscripts, *arrays = operands
    else:
        subscripts, arrays = _from_lists(operands)
    arrays = [as_operand(array) for array in arrays]
    subscripts = _explicit(subscripts, [np.ndim(array) for array in arrays])
    return _einsum(*arrays, subscripts=subscripts, optimize=optimize, **refused)


def _from_lists(operands: Sequence[Any]) -> tuple[str, list[Any]]:
    """Turn ``einsum(a, [0, 1], b, [1, 2], [0, 2])`` into the form with letters."""
    lists = [*operands[1::2], *(operands[-1:] if len(operands) % 2 else ())]
    numbers = sorted({axis for axes in lists for axis in axes if axis is not Ellipsis})
    letters: dict[Any, str] = dict(zip(numbers, ascii_letters, strict=False))
    letters[Ellipsis] = "..."
    words = ["".join(letters[axis] for axis in axes) for axes in lists]
    count = len(operands) // 2
    return ",".join(words[:count]) + "".join(f"->{word}" for word in words[count:]), [
        *operands[0 : 2 * count : 2]
    ]


def _explicit(subscripts: str, ndims: Sequence[int]) -> str:
    """Subscripts with the result written out, and with letters in place of each ellipsis."""
    subscripts = subscripts.replace(" ", "")
    terms, arrow, result = subscripts.partition("->")
    inputs = terms.split(",")
    if len(inputs) != len(ndims):
        raise ValueError(f"einsum has {len(ndims)} operands for the subscripts {subscripts!r}.")
    if not arrow:
        once = sorted(k for k, n in Counter(terms).items() if n == 1 and k in ascii_letters)
        result = "..." * ("..." in terms) + "".join(once)
    hidden = [ndim - len(axes.replace("...", "")) for axes, ndim in zip(inputs, ndims, strict=True)]
    for axes, ndim, missing in zip(inputs, ndims, hidden, strict=True):
        if missing < 0 or (missing and "..." not in axes):
            raise ValueError(
                f"einsum names the axes {axes!r} in {subscripts!r}, but that operand has {ndim}."
            )
    spare = _spare_letters(subscripts)
    ellipsis = "".join(next(spare) for _ in range(max(hidden)))
    inputs = [
        axes.replace("...", ellipsis[len(ellipsis) - missing :])
        for axes, missing in zip(inputs, hidden, strict=True)
    ]
    return f"{','.join(inputs)}->{result.replace('...', ellipsis)}"


# --- products ---------------------------------------------------------------------------------


@implements(np.tensordot, np.linalg.tensordot)
def tensordot(a: Any, b: Any, axes: Any = 2) -> Any:
    """Sum of products over some axes of a and as many of b (a number: the last and the first)."""
    a, b = as_operand(a), as_operand(b)
    if isinstance(axes, int | np.integer):
        axes = range(a.ndim - axes, a.ndim), range(axes)
    pairs = [[part] if isinstance(part, int | np.integer) else list(part) for part in axes]
    lengths = [[x.shape[axis] for axis in part] for x, part in zip((a, b), pairs, strict=True)]
    if lengths[0] != lengths[1]:
        raise ValueError(
            f"tensordot cannot sum over axes {pairs[0]} of shape {a.shape} together with axes "
            f"{pairs[1]} of shape {b.shape}: their lengths differ."
        )
    letters = iter(ascii_letters)
    left = [next(letters) for _ in range(a.ndim)]
    right = [next(letters) for _ in range(b.ndim)]
    for i, j in zip(*pairs, strict=True):
        right[j] = left[i]
    free = [k for k in left + right if (k in left) != (k in right)]
    subscripts = f"{''.join(left)},{''.join(right)}->{''.join(free)}"
    return _einsum(a, b, subscripts=subscripts, optimize=True)


@implements(np.dot)
def dot(a: Any, b: Any) -> Any:
    """Sum of products over the last axis of a and the last but one of b."""
    a, b = as_operand(a), as_operand(b)
    if np.ndim(a) == 0 or np.ndim(b) == 0:
        return a * b
    return matmul(a, b) if b.ndim <= 2 else tensordot(a, b, axes=(-1, -2))


@implements(np.inner)
def inner(a: Any, b: Any) -> Any:
    """Sum of products over the last axis of both."""
    a, b = as_operand(a), as_operand(b)
    if np.ndim(a) == 0 or np.ndim(b) == 0:
        return a * b
    return tensordot(a, b, axes=(-1, -1))


@implements(np.vdot)
def vdot(a: Any, b: Any) -> Any:
    """Sum of products of all elements, those of a conjugated."""
    return matmul(ravel(conj(as_operand(a))), ravel(as_operand(b)))


@implements(np.vecdot, np.linalg.vecdot)
def vecdot(a: Any, b: Any, axis: int = -1) -> Any:
    """Sum of products over one axis of both, the elements of a conjugated."""
    a, b = (np.moveaxis(as_operand(x), axis, -1) for x in (a, b))
    return einsum("...i,...i->...", conj(a), b)


def matvec(a: Any, v: Any) -> Any:
    """Matrix times vector, for stacks of both."""
    return einsum("...ij,...j->...i", a, v)


def vecmat(v: Any, a: Any) -> Any:
    """Conjugated vector times matrix, for stacks of both."""
    return einsum("...i,...ij->...j", conj(as_operand(v)), a)


if hasattr(np, "matvec"):  # numpy 2.2
    implements(np.matvec)(matvec)
    implements(np.vecmat)(vecmat)


@implements(np.outer, np.linalg.outer)
def outer(a: Any, b: Any) -> Any:
    """Every element of a times every element of b."""
    column, row = reshape(as_operand(a), shape=(-1, 1)), reshape(as_operand(b), shape=(1, -1))
    return multiply(column, row)


@implements(np.kron)
def kron(a: Any, b: Any) -> Any:
    """Kronecker's product: every element of a times the whole of b, in blocks."""
    a, b = as_operand(a), as_operand(b)
    ndim = max(a.ndim, b.ndim)
    rows = (1,) * (ndim - a.ndim) + a.shape
    columns = (1,) * (ndim - b.ndim) + b.shape
    product = multiply(
        a.reshape([k for n in rows for k in (n, 1)]),
        b.reshape([k for n in columns for k in (1, n)]),
    )
    return product.reshape(tuple(m * n for m, n in zip(rows, columns, strict=True)))


_cross: Primitive = primitive(
    "cross",
    np.cross,
    lambda g, a, b, y: _cross(conj(b), g),
    lambda g, a, b, y: _cross(g, conj(a)),
    linear=True,
)


@implements(np.cross)
def cross(
    a: Any, b: Any, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: int | None = None
) -> Any:
    """Vector product of vectors of three components."""
    if axis is not None:
        axisa = axisb = axisc = axis
    a, b = np.moveaxis(as_operand(a), axisa, -1), np.moveaxis(as_operand(b), axisb, -1)
    if a.shape[-1] != 3 or b.shape[-1] != 3:
        raise ValueError(
            "cross multiplies vectors of three components, but the axes given have "
            f"{a.shape[-1]} and {b.shape[-1]}; pad vectors in the plane with a 0."
        )
    return np.moveaxis(_cross(a, b), -1, axisc)


@implements(np.linalg.cross)
def linalg_cross(a: Any, b: Any, axis: int = -1) -> Any:
    """Vector product of vectors of three components."""
    return cross(a, b, axis=axis)


@implements(np.vander)
def vander(x: Any, N: int | None = None, increasing: bool = False) -> Any:
    """Powers of each element, one element per row; the highest first, unless `increasing`."""
    if np.ndim(x) != 1:
        raise ValueError(f"vander needs a vector, but x has shape {np.shape(x)}.")
    powers = np.arange(len(x) if N is None else N).astype(x.data.dtype)
    return x[:, None] ** (powers if increasing else powers[::-1])


# --- diagonals and triangles ------------------------------------------------------------------


def _embed_diagonal(
    g: Any, shape: tuple[int, ...], offset: int = 0, axis1: int = 0, axis2: int = 1
) -> Any:
    out = np.zeros(shape, dtype=g.dtype)
    view = np.diagonal(out, offset, axis1, axis2)
    view.flags.writeable = True
    view[...] = g
    return out


diagonal: Primitive = primitive(
    "diagonal",
    np.diagonal,
    lambda g, x, y, **place: embed_diagonal(g, shape=x.shape, **place),
    params=("offset", "axis1", "axis2"),
    linear=True,
)
embed_diagonal: Primitive = primitive(
    "embed_diagonal",
    _embed_diagonal,
    lambda g, x, y, shape, **place: diagonal(g, **place),
    params=("shape", "offset", "axis1", "axis2"),
    linear=True,
)
tril: Primitive = primitive(
    "tril", np.tril, lambda g, x, y, k=0: tril(g, k=k), params=("k",), linear=True
)
triu: Primitive = primitive(
    "triu", np.triu, lambda g, x, y, k=0: triu(g, k=k), params=("k",), linear=True
)


@implements(np.linalg.diagonal)
def linalg_diagonal(x: Any, offset: int = 0) -> Any:
    """Diagonal of the last two axes."""
    return diagonal(x, offset=offset, axis1=-2, axis2=-1)


@implements(np.trace)
def trace(a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    """Sum of a diagonal."""
    return diagonal(a, offset=offset, axis1=axis1, axis2=axis2).sum(axis=-1)


@implements(np.linalg.trace)
def linalg_trace(x: Any, offset: int = 0) -> Any:
    """Sum of the diagonal of the last two axes."""
    return linalg_diagonal(x, offset).sum(axis=-1)


@implements(np.diag)
def diag(v: Any, k: int = 0) -> Any:
    """The k-th diagonal of a matrix; or, from a vector, the matrix that has it there."""
    if np.ndim(v) not in (1, 2):
        raise ValueError(f"diag needs a vector or a matrix, but v has shape {np.shape(v)}.")
    if np.ndim(v) == 2:
        return diagonal(v, offset=k)
    return embed_diagonal(v, shape=(len(v) + abs(k),) * 2, offset=k)


@implements(np.diagflat)
def diagflat(v: Any, k: int = 0) -> Any:
    """The matrix that has all elements of v in its k-th diagonal."""
    return diag(ravel(v), k)


without_gradient(np.einsum_path)

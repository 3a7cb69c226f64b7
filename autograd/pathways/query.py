"""paths(): what is asked, and by which of the two ways it is answered."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.node import Node
from autograd.pathways.result import Paths
from autograd.pathways.scalars import scalar_paths
from autograd.pathways.tensors import tensor_paths
from autograd.trace import Trace
from autograd.value import Value
from autograd.valuearray import ValueArray


def paths(
    loss: Node | Trace,
    w: Node | ValueArray,
    k: int = 5,
    *,
    element: int | tuple[int, ...] | None = None,
) -> Paths:
    """Take a gradient apart into the paths that it is the sum of, and show the largest.

    Parameters
    ----------
    loss : Value, Tensor or Trace
        Where the paths start. A Tensor that is no scalar has no gradient of its own: pass its
        ``y.trace(gradient)``.
    w : Value, Tensor or ValueArray
        Where they end: a variable, or any node on the graph.
    k : int, default 5
        How many paths are listed.
    element : int or tuple of int, optional
        Which number of `w`, if `w` is an array: the paths are then those of single numbers
        through all arrays on the way. Without it, the paths of a Tensor lead from tensor to
        tensor.

    Returns
    -------
    Paths
        Prints itself as a table, in a notebook too.

    Raises
    ------
    TypeError, IndexError
        If `loss`, `w`, `k` or `element` are not what is said above; or if `element` is asked for
        and numbers on the way are complex.
    KeyError
        If no gradient flows from `loss` to `w`.
    ValueError
        If `k` is less than 1, or the arrays on the way hold too many numbers to follow each.
    RuntimeError, StaleGraphError
        As `Node.trace` does.

    Notes
    -----
    Each argument slot is an edge with a local derivative ∂source/∂target, and ``x * x`` has two.
    The product of the local derivatives along a path is what arrives over this path, and

        ∂loss/∂w = Σ over the paths from loss to w of Π local derivatives along the path

    (F. L. Bauer, *Computational graphs and rounding error*, SIAM J. Numer. Anal. 11, 1974).
    There may be exponentially many paths, but none is enumerated. In one pass from `loss` to
    `w`, each number receives from those made of it, for each length, how many paths lead to it,
    and their Σ and Σ|·|: the sum of what these have received, times the local derivatives. The
    k largest are received likewise: lists sorted by |product| stay sorted when they are
    multiplied by one local derivative, so the k largest paths to a number are the first k of
    its lists merged. (The same on a tree of back-pointers rather than on lists: D. Eppstein,
    *Finding the k shortest paths*, SIAM J. Comput. 28, 1998.) Products are compared by their
    logarithms, so those that underflow are still in the right order; a nan or an infinity
    counts as larger than all numbers.

    Through the operations on arrays that are not elementwise, `element` follows the numbers of
    the Jacobian that are not exactly 0, found by pulling back (or, for linear operations,
    pushing forward) one unit vector at a time; 0 × ∞ makes nan there too, as it does in a sweep.

    Without it a path of tensors contributes an array: the gradient of `loss` pulled back along
    this path alone. Its size is its Frobenius norm, and a factor is how many times this norm
    grows over an edge. The contributions still add up to the gradient; by length they do so
    exactly, however many paths there are. But a longer path of a smaller norm may grow to be the
    larger one, so all must be followed to know the largest. Up to 64 are; beyond, the 64 of
    largest norm at each tensor are, and then Σ‖paths‖ is a lower bound and the cancellation
    index an upper bound, both by the triangle inequality, and the result says so.

    Examples
    --------
    >>> from autograd import Value, paths
    >>> x = Value(3.0, name="x")
    >>> found = paths(x * x + 2 * x, x)
    >>> found.count, found.gradient
    (3, 8.0)
    >>> [path.contribution for path in found.largest]
    [3.0, 3.0, 2.0]
    """
    _require_loss(loss)
    _require_k(k)
    w, element = _resolve(w, element)
    trace = loss if isinstance(loss, Trace) else loss.trace()
    with np.errstate(all="ignore"):  # nan and infinities are values here
        if element is None:
            return tensor_paths(trace, w, k)
        return scalar_paths(trace, w, element, k)


def _require_loss(loss: Any) -> None:
    if not isinstance(loss, Node | Trace):
        raise TypeError(
            f"paths start at a Value, a Tensor or a Trace, but {type(loss).__name__} was given; "
            "pass the loss itself."
        )


def _require_k(k: Any) -> None:
    if not isinstance(k, int | np.integer) or isinstance(k, bool):
        raise TypeError(f"k is the number of paths to list, but {k!r} was given.")
    if k < 1:
        raise ValueError(f"k is the number of paths to list, at least 1, but {k} was given.")


def _resolve(w: Any, element: Any) -> tuple[Node, tuple[int, ...] | None]:
    """The node where the paths end, and the place of one number in it; None for all of them."""
    if not isinstance(w, Node | ValueArray):
        raise TypeError(
            f"paths end at a Value, a Tensor or a ValueArray, but {type(w).__name__} was given; "
            "pass the node with respect to which you differentiate."
        )
    if isinstance(w, ValueArray):
        if element is None:
            raise TypeError(
                f"this ValueArray has shape {w.shape}, and each of its Values has paths of its "
                "own: say which with element=, as in paths(loss, w, element=(0, 1))."
            )
        value: Value = w[_place(w.shape, element)]
        return value, ()
    if element is None:
        return w, () if isinstance(w, Value) else None
    return w, _place(np.shape(w.data), element)


def _place(shape: tuple[int, ...], element: Any) -> tuple[int, ...]:
    """An index as a tuple of numbers counted from 0."""
    index = element if isinstance(element, tuple) else (element,)
    if not all(isinstance(i, int | np.integer) and not isinstance(i, bool) for i in index):
        raise TypeError(
            f"element= names one number by an index for each axis, but {element!r} was given."
        )
    inside = len(index) == len(shape) and all(
        -n <= i < n for i, n in zip(index, shape, strict=True)
    )
    if not inside:
        raise IndexError(f"element={element!r} names no number in an array of shape {shape}.")
    return tuple(int(i) % n for i, n in zip(index, shape, strict=True))

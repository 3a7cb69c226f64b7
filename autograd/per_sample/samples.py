"""Where the samples lie: the rules by which an axis of samples is followed back.

Samples lie along an axis of an array if the array is cut there into equal blocks, one after the
other, of which each belongs to one sample: a batch of images has its samples along axis 0, in
blocks of one; flattened to (images·channels, pixels), in blocks as long as there are channels.

A rule answers, for one operation: if a loss depends on the result through its own sample's block
alone, through which blocks of an operand does it? The rules look at shapes and at where elements
go, never at what depends on the data, so an answer holds for every operand, whatever it is.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd.history import operands_of
from autograd.primitives import data_of

#: The axis of an operand along which the samples lie, or None if all of them share it; from the
#: result of the operation, the slot of the operand, the axis of the result, and how many there are.
Rule = Callable[[Any, int, int, int], int | None]


class NoRuleError(Exception):
    """An operation has no rule for samples."""


class InteractionError(Exception):
    """An operation lets the loss of a sample depend on other samples, as it seems.

    Attributes
    ----------
    node : Node
        The result of that operation.
    """

    def __init__(self, node: Any) -> None:
        super().__init__(node)
        self.node = node


def operand_axis(node: Any, slot: int, axis: int, count: int) -> int | None:
    """The axis of an operand along which the samples lie; None if all of them share it.

    Parameters
    ----------
    node : Node
        The result of an operation, whose samples lie along `axis`.
    slot : int
        Which operand.
    count : int
        The number of samples, at least 2.

    Raises
    ------
    NoRuleError
        If nothing is known of the operation.
    InteractionError
        If it runs along the samples.
    """
    rule = _broadcast if node._op.derivatives else RULES.get(node._op.key)
    if rule is None:
        raise NoRuleError(node._op.key)
    return rule(node, slot, axis, count)


def inputs(node: Any) -> tuple[Any, ...]:
    """The numbers of the operands."""
    return tuple(data_of(x) for x in operands_of(node))


# --- element by element --------------------------------------------------------------------------


def broadcasts(node: Any) -> bool:
    """Whether operands broadcast, and the vjp leaves it to the sweep to undo that."""
    return bool(node._op.derivatives) or RULES.get(node._op.key) is _broadcast


def _broadcast(node: Any, slot: int, axis: int, count: int) -> int | None:
    return _aligned(np.shape(inputs(node)[slot]), node._raw.ndim - axis)


def _aligned(shape: tuple[int, ...], place: int) -> int | None:
    """The axis at a place, counted from the end; None where the operand is repeated."""
    own = len(shape) - place
    return own if own >= 0 and shape[own] > 1 else None


# --- moves ---------------------------------------------------------------------------------------


def moves(node: Any) -> bool:
    """Whether an operation only puts elements elsewhere, or zeros between them."""
    return RULES.get(node._op.key) is _moved


def numbered(shape: tuple[int, ...], axis: int, count: int) -> Any:
    """For each element of an array the number of its sample, from 1."""
    numbers = np.repeat(np.arange(1, count + 1), shape[axis] // count)
    return np.broadcast_to(numbers.reshape(-1, *(1,) * (len(shape) - axis - 1)), shape)


def moved(node: Any, slot: int, numbers: Any) -> Any:
    """What an operation that moves elements makes of an operand's numbers; 0 for all else."""
    operands = [
        numbers if place == slot else np.broadcast_to(0, np.shape(operand))
        for place, operand in enumerate(inputs(node))
    ]
    return node._op.forward(*operands, **node.params)


def _moved(node: Any, slot: int, axis: int, count: int) -> int | None:
    """The axis from which every element goes to its own sample: the operation itself tells."""
    shape = np.shape(inputs(node)[slot])
    expected = numbered(node._raw.shape, axis, count)
    for own, length in enumerate(shape):
        if length and length % count == 0:
            arrived = moved(node, slot, numbered(shape, own, count))
            if np.all((arrived == expected) | (arrived == 0)):
                return own
    return None


# --- products ------------------------------------------------------------------------------------


def _of_matmul(node: Any, slot: int, axis: int, count: int) -> int | None:
    """Rows of the result come from the left operand, columns from the right, others broadcast."""
    shapes = [np.shape(x) for x in inputs(node)]
    place = node._raw.ndim - axis
    if len(shapes[1]) == 1 or (len(shapes[0]) == 1 and place > 1):
        place += 1  # a vector has lost its row or its column
    if place > 2:
        return _aligned(shapes[slot], place)
    return len(shapes[slot]) - place if slot == 2 - place else None


def _of_einsum(node: Any, slot: int, axis: int, count: int) -> int | None:
    terms, result = node.params["subscripts"].split("->")
    letter, own = result[axis], terms.split(",")[slot]
    if own.count(letter) > 1:
        raise NoRuleError("einsum")
    place: int = own.find(letter)
    return place if place >= 0 and inputs(node)[slot].shape[place] > 1 else None


def _of_windows(node: Any, slot: int, axis: int, count: int) -> int | None:
    if axis != 0:
        raise NoRuleError(node._op.key)
    return 0 if slot == 0 else None


# --- along axes ----------------------------------------------------------------------------------


def _of_reduction(node: Any, slot: int, axis: int, count: int) -> int:
    """The axes that are left, in their order."""
    if node.params.get("keepdims", False):
        return axis
    ndim = inputs(node)[0].ndim
    reduced = _axes(node.params["axis"], ndim)
    left = [a for a in range(ndim) if a not in reduced]
    return left[axis]


def _axes(given: Any, ndim: int) -> set[int]:
    return set(range(ndim)) if given is None else {a % ndim for a in np.atleast_1d(given).tolist()}


def _along(name: str = "axis", default: int | None = None) -> Rule:
    """For operations that run along axes and keep them, which they take by a name."""

    def rule(node: Any, slot: int, axis: int, count: int) -> int:
        if axis in _axes(node.params.get(name, default), node._raw.ndim):
            raise InteractionError(node)
        return axis

    return rule


def _of_matrices(node: Any, slot: int, axis: int, count: int) -> int:
    """Matrices are in the last two axes of a stack."""
    if axis >= inputs(node)[0].ndim - 2:
        raise NoRuleError(node._op.key)
    return axis


def _rules(rule: Rule, names: str) -> dict[str, Rule]:
    return dict.fromkeys(names.split(), rule)


#: The rules, by the names of the operations. Elementwise operations need none here.
RULES: dict[str, Rule] = {
    **_rules(_broadcast, "broadcast_to conjugate imag real"),
    **_rules(_moved, "concatenate diagonal flip getitem pad repeat reshape roll rot90"),
    **_rules(_moved, "sliding_window_view stack tile transpose tril triu"),
    **_rules(_of_matmul, "matmul"),
    **_rules(_of_einsum, "einsum"),
    **_rules(_of_windows, "correlate correlate_input max_pool sum_pool"),
    **_rules(_of_reduction, "max mean min nanmax nanmin prod sum"),
    **_rules(_of_reduction, "logsumexp norm p_norm std var"),
    **_rules(_along(default=-1), "log_softmax softmax sort"),
    **_rules(_along(), "cumsum"),
    **_rules(_along(default=0), "logaddexp.accumulate multiply.accumulate"),
    **_rules(_along(default=0), "maximum.accumulate minimum.accumulate"),
    **_rules(_along("axes"), "fftn ifftn irfftn rfftn"),
    **_rules(_of_matrices, "cholesky cofactor det inv"),
}

"""The sweep that keeps the samples apart.

The cotangent of a node is the gradient of the losses with respect to it, and has one of two forms.
*Sliced*: each loss depends on the node through its own sample's block along one axis, so that an
array of the node's shape holds all gradients, side by side. *Whole*: all samples share the node,
and an array (samples, *shape) holds a gradient for each. A sweep begins sliced, at the losses,
and becomes whole where it meets what samples share.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd.broadcasting import unbroadcast
from autograd.history import exploring, operands_of
from autograd.node import Node
from autograd.per_sample.copies import fold, pull, shared, whole
from autograd.per_sample.samples import InteractionError, broadcasts, inputs, moves, operand_axis
from autograd.tensor import Tensor


@dataclass(frozen=True, slots=True, eq=False)
class Cotangent:
    """What has arrived at a node.

    Attributes
    ----------
    array : ndarray
        Of the shape of the node if sliced, else (samples, *shape).
    axis : int or None
        Along which the samples lie; None if whole.
    origin : Node
        The result of the operation that handed it on, to be named if samples interact there.
    """

    array: Any
    axis: int | None
    origin: Any


def sweep_samples(
    losses: Any, variables: Sequence[Any], samples: Sequence[Any], count: int
) -> list[Any]:
    """The gradients of each loss with respect to some variables.

    Parameters
    ----------
    losses : Tensor or ndarray, (count,)
        One loss per sample; `count` is at least 2.
    variables : sequence of Node
        With respect to what.
    samples : sequence of ndarray
        The data.

    Returns
    -------
    list of ndarray
        One for each variable, (count, *shape), in memory that nothing else shares.

    Raises
    ------
    NoRuleError
        If an operation has no rule for samples.
    InteractionError
        If samples interact, as it seems.
    """
    needed = isinstance(losses, Tensor) and losses.requires_grad
    with np.errstate(all="ignore"):
        arrived = _flow(losses, set(variables), samples, count) if needed else {}
    return list(_exclusive([_gradient(v, arrived.get(v), count) for v in variables]))


def _flow(
    losses: Any, variables: set[Any], samples: Sequence[Any], count: int
) -> dict[Any, Cotangent]:
    """Hand every cotangent on, newest node first; what has arrived at the variables."""
    with exploring(losses, min((v._serial for v in variables), default=0)) as reached:
        pass
    wanted = set(variables)
    for node in reached.computed:
        if any(isinstance(x, Node) and x in wanted for x in operands_of(node)):
            wanted.add(node)
    arrived = {losses: Cotangent(np.ones(count, losses.dtype), 0, losses)}
    for node in reversed(reached.computed):
        cotangent = arrived.pop(node, None)
        if cotangent is None:
            continue
        if cotangent.axis is None and _meets(node, samples):
            raise InteractionError(cotangent.origin)
        for slot, target in enumerate(operands_of(node)):
            if isinstance(target, Node) and target in wanted:
                new, old = _hand_on(node, slot, cotangent, count), arrived.get(target)
                arrived[target] = new if old is None else _added(old, new, target, count)
    return arrived


def _meets(node: Any, samples: Sequence[Any]) -> bool:
    """Whether an operand is one of the data."""
    return any(_is_same(operand, leaf) for operand in inputs(node) for leaf in samples)


def _is_same(operand: Any, leaf: Any) -> bool:
    """Whether an operand is an array, a view of it, or a copy in another dtype or shape."""
    if np.may_share_memory(operand, leaf):
        return True
    if np.size(operand) != leaf.size or leaf.dtype.kind not in "fiubc":
        return False
    return np.array_equal(np.ravel(operand), leaf.astype(operand.dtype, copy=False).ravel())


def _hand_on(node: Any, slot: int, cotangent: Cotangent, count: int) -> Cotangent:
    """The contribution of a node to one of its operands."""
    array, axis = cotangent.array, cotangent.axis
    operand = inputs(node)[slot]
    if axis is None:
        # What goes element by element mixes nothing: the one to be named came before.
        passed_on = broadcasts(node) or moves(node)
        origin = cotangent.origin if passed_on else node
        return Cotangent(_fit(_pull_each(node, slot, array), operand), None, origin)
    own = operand_axis(node, slot, axis, count)
    if own is None:
        return Cotangent(_fit(shared(node, slot, array, axis, count), operand), None, node)
    return Cotangent(_fit(unbroadcast(pull(node, slot, array), operand.shape), operand), own, node)


def _pull_each(node: Any, slot: int, gradients: Any) -> Any:
    """Carry a gradient for each sample back through an operation that knows of no samples."""
    shape = np.shape(inputs(node)[slot])
    if broadcasts(node):
        return fold(pull(node, slot, gradients), shape)
    if node._op.key == "reshape" and node.params.get("order", "C") == "C":
        return gradients.reshape(len(gradients), *shape)
    if node._op.key == "transpose":
        axes = node.params.get("axes")
        order = np.mod(range(len(shape))[::-1] if axes is None else axes, len(shape))
        return np.transpose(gradients, (0, *(np.argsort(order) + 1)))
    return np.stack([unbroadcast(np.asarray(pull(node, slot, g[...])), shape) for g in gradients])


def _fit(gradients: Any, operand: Any) -> Any:
    """Give gradients the dtype of what they are for."""
    dtype = np.result_type(operand)
    if gradients.dtype.kind == "c" and dtype.kind == "f":
        gradients = gradients.real
    return gradients.astype(dtype, copy=False)


def _added(old: Cotangent, new: Cotangent, target: Any, count: int) -> Cotangent:
    """Both together.

    Raises
    ------
    InteractionError
        If something computed has an axis of samples and is shared by all of them too.
    """
    if old.axis == new.axis:
        return Cotangent(old.array + new.array, old.axis, new.origin)
    if target.is_leaf:
        return Cotangent(_whole(old, count) + _whole(new, count), None, new.origin)
    raise InteractionError(new.origin if new.axis is None else old.origin)


def _whole(cotangent: Cotangent, count: int) -> Any:
    """A gradient for each sample, however it has arrived."""
    if cotangent.axis is None:
        return cotangent.array
    return whole(cotangent.array, cotangent.axis, count)


def _gradient(variable: Any, cotangent: Cotangent | None, count: int) -> Any:
    if cotangent is None:
        return np.zeros((count, *np.shape(variable.data)), np.result_type(variable.data))
    return _whole(cotangent, count)


def _exclusive(gradients: Sequence[Any]) -> Iterator[Any]:
    """Arrays, in memory that they do not share with each other."""
    taken: set[int] = set()
    for gradient in gradients:
        owner = gradient if gradient.base is None else gradient.base
        own = gradient.copy() if id(owner) in taken or not gradient.flags.writeable else gradient
        taken.add(id(owner))
        yield own

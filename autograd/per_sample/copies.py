"""Gradients of what samples share: each sample is given a copy, and the gradient of that is its.

Where an operand without an axis of samples enters an operation whose result has one, as a weight
enters a layer, an ordinary sweep would sum over the samples. Here the sum is left away.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.broadcasting import unbroadcast
from autograd.per_sample.samples import (
    NoRuleError,
    broadcasts,
    inputs,
    moved,
    moves,
    numbered,
    operand_axis,
)
from autograd.rules.arithmetic import conj
from autograd.rules.windows import correlate_weight


def by_sample(array: Any, axis: int, count: int) -> Any:
    """The blocks of an array along its axis of samples, as (count, *shape of a block)."""
    shape = array.shape
    blocks = array.reshape(*shape[:axis], count, shape[axis] // count, *shape[axis + 1 :])
    return np.moveaxis(blocks, axis, 0)


def whole(array: Any, axis: int, count: int) -> Any:
    """An array of zeros for each sample, of the shape of `array`, with its own block filled in."""
    result = np.zeros((count, *array.shape), array.dtype)
    for sample, block in enumerate(by_sample(array, axis, count)):
        by_sample(result[sample], axis, count)[sample] = block
    return result


def shared(node: Any, slot: int, gradient: Any, axis: int, count: int) -> Any:
    """The gradients of an operand that all samples share.

    Parameters
    ----------
    node : Node
        The result of the operation, whose samples lie along `axis`.
    slot : int
        Which operand.
    gradient : ndarray
        Of the result, and of its shape.

    Returns
    -------
    ndarray, (count, *operand.shape)

    Raises
    ------
    NoRuleError
        If there is no rule for such an operand.
    """
    name = node._op.key
    if broadcasts(node):
        return _of_repeated(node, slot, gradient, axis, count)
    if moves(node):
        return _of_moved(node, slot, gradient, axis, count)
    if name == "matmul":
        return _of_factor(node, slot, gradient, axis, count)
    if name == "einsum" and gradient.shape[axis] == count:
        return _of_term(node, slot, gradient, axis, count)
    if name in _KERNELS and gradient.shape[axis] == count:
        return _KERNELS[name](node, gradient, count)
    raise NoRuleError(name)


def _of_repeated(node: Any, slot: int, gradient: Any, axis: int, count: int) -> Any:
    """Broadcasting is undone for each sample by itself."""
    return fold(by_sample(pull(node, slot, gradient), axis, count), inputs(node)[slot].shape)


def pull(node: Any, slot: int, gradient: Any) -> Any:
    """What an ordinary sweep would hand on, before broadcasting is undone."""
    return node._op.pull(slot, gradient, inputs(node), node._raw, node.params)[1]


def fold(gradients: Any, shape: tuple[int, ...]) -> Any:
    """Undo the broadcasting of an operand of a shape, but for the first axis: the samples."""
    count, *lengths = gradients.shape
    wide = (count, *(1,) * (len(lengths) - len(shape)), *shape)
    return unbroadcast(gradients, wide).reshape(count, *shape)


def _of_moved(node: Any, slot: int, gradient: Any, axis: int, count: int) -> Any:
    """The gradient goes back to where each element came from: the operation itself tells."""
    shape, size = inputs(node)[slot].shape, inputs(node)[slot].size
    source = moved(node, slot, np.arange(1, size + 1).reshape(shape))
    place = (numbered(source.shape, axis, count) - 1) * size + source - 1
    known = source > 0
    result = np.zeros(count * size, gradient.dtype)
    np.add.at(result, place[known], gradient[known])
    return result.reshape(count, *shape)


def _of_factor(node: Any, slot: int, gradient: Any, axis: int, count: int) -> Any:
    """A product of matrices for each sample."""
    own, factor = inputs(node)[slot], inputs(node)[1 - slot]
    other_axis = operand_axis(node, 1 - slot, axis, count)
    assert other_axis is not None  # or the result would have no samples
    other = by_sample(conj(factor), other_axis, count)
    g = by_sample(gradient, axis, count)
    if own.ndim == 1:
        g = g[..., None] if slot == 1 else g[..., None, :]
    if slot == 0:
        product = _product(g, other.swapaxes(-1, -2))
    elif own.ndim <= 2:  # all rows of a sample at once
        rows = other.reshape(count, -1, other.shape[-1])
        product = _product(rows.swapaxes(-1, -2), g.reshape(count, -1, g.shape[-1]))
    else:
        product = _product(other.swapaxes(-1, -2), g)
    if own.ndim == 1:
        product = product[..., 0] if slot == 1 else product[..., 0, :]
    return fold(product, own.shape)


def _product(a: Any, b: Any) -> Any:
    """Products of matrices; columns times rows without a call of BLAS for each."""
    return a * b if a.shape[-1] == 1 else a @ b


def _of_term(node: Any, slot: int, gradient: Any, axis: int, count: int) -> Any:
    """The same sum, in which the operand has the axis of the samples too."""
    terms, result = node.params["subscripts"].split("->")
    axes, operands = terms.split(","), list(inputs(node))
    own, shape = axes[slot], operands[slot].shape
    lengths = [n for letter, n in zip(own, shape, strict=True) if letter != result[axis]]
    axes[slot] = result[axis] + own.replace(result[axis], "")
    operands[slot] = np.broadcast_to(operands[slot].reshape(lengths), (count, *lengths))
    subscripts = f"{','.join(axes)}->{result}"
    _, gradients = node._op.pull(slot, gradient, operands, node._raw, {"subscripts": subscripts})
    return gradients.reshape(count, *shape)


def _of_kernel(x: Any, y: Any, kernel: Any, count: int, how: dict[str, Any]) -> Any:
    """The samples side by side as groups of channels, which do not mix."""
    how = {**how, "groups": how["groups"] * count}
    x, y = (a.reshape(1, -1, *a.shape[2:]) for a in (x, y))
    w = correlate_weight(x, y, kernel=kernel.shape[2:], **how)
    return w.reshape(count, *kernel.shape)


def _of_convolution(node: Any, gradient: Any, count: int) -> Any:
    x, kernel = inputs(node)
    return _of_kernel(conj(x), gradient, kernel, count, node.params)


def _of_transposed_convolution(node: Any, gradient: Any, count: int) -> Any:
    y, kernel = inputs(node)
    how = {name: value for name, value in node.params.items() if name != "extent"}
    return _of_kernel(gradient, conj(y), kernel, count, how)


_KERNELS = {"correlate": _of_convolution, "correlate_input": _of_transposed_convolution}

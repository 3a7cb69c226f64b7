"""What one edge does to a gradient: as a whole, and number by number."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

import numpy as np

from autograd.forward import along
from autograd.history import operands_of
from autograd.node import Node
from autograd.primitives import apply_local, data_of
from autograd.sweep import fit, require_fresh
from autograd.trace import Flow
from autograd.value import Value

#: How many numbers of Jacobians are looked at for one element, and how many edges are kept.
MOST_LOOKED_AT = 10**8
MOST_EDGES = 10**6

#: Places of a number in the source and in the target of an edge, and its local derivative.
Entry = tuple[int, int, Any]


def is_fixed(node: Node, slot: int) -> bool:
    """Whether a derivative is the same whatever the numbers are: of add, of sum, of indexing."""
    op = node._op
    if op.derivatives:
        return not callable(op.derivatives[slot])
    # In several arguments, linear means in each of them: then the others are the derivative.
    return op.linear and (op.arity is None or op.arity == 1)


def pull(flow: Flow, gradient: Any) -> Any:
    """Carry a gradient of the source of an edge to its target, as the sweep does.

    Raises
    ------
    StaleGraphError
        If what the derivative has to read was changed since.
    """
    node = flow.source
    if flow.local is not None:
        return fit(apply_local(gradient, flow.local), flow.target)
    require_fresh([node])
    _, product = node._op.pull(flow.slot, gradient, _inputs(node), node._raw, node.params)
    return fit(product, flow.target)


def entries(flow: Flow, targets: Collection[int]) -> Iterator[Entry]:
    """The edges between the numbers of the source and some numbers of the target.

    Parameters
    ----------
    flow : Flow
        An edge between arrays.
    targets : collection of int
        Places in the flattened target.

    Yields
    ------
    source, target, local
        Places and local derivative. Of an operation that is not elementwise, those numbers of
        the Jacobian that are not exactly 0.
    """
    if flow.source.__class__ is Value and flow.local is not None:
        return iter(((0, 0, _number(flow.local)),))
    if np.iscomplexobj(flow.upstream) or np.iscomplexobj(flow.contribution):
        raise TypeError(
            f"paths of single numbers are real, but {flow.source._label()} or its operand is "
            "complex; leave out element= for the paths from tensor to tensor."
        )
    if flow.local is not None:
        return _of_elementwise(flow, targets)
    require_fresh([flow.source])
    return (_by_columns if _has_fewer_columns(flow, targets) else _by_rows)(flow, targets)


def numbers_looked_at(flow: Flow, targets: Collection[int]) -> int:
    """How many numbers `entries` has to look at."""
    sources, size = np.size(flow.source._raw), np.size(flow.target._raw)
    if flow.local is not None:
        return sources
    return sources * (len(targets) if _has_fewer_columns(flow, targets) else size)


def _has_fewer_columns(flow: Flow, targets: Collection[int]) -> bool:
    """Whether to push forward from the targets; only where that costs one operation each."""
    return flow.source._op.linear and len(targets) < np.size(flow.source._raw)


def _of_elementwise(flow: Flow, targets: Collection[int]) -> Iterator[Entry]:
    """Every number of the source has one edge: to the number that broadcasting gave it."""
    shape = np.shape(flow.source._raw)
    wanted = np.zeros(np.size(flow.target._raw), dtype=bool)
    wanted[list(targets)] = True
    places = np.arange(wanted.size).reshape(np.shape(flow.target._raw))
    places = np.broadcast_to(places, shape).ravel()
    local = np.broadcast_to(flow.local, shape).ravel()
    (sources,) = np.nonzero(wanted[places])
    yield from zip(sources.tolist(), places[sources].tolist(), local[sources].tolist(), strict=True)


def _by_rows(flow: Flow, targets: Collection[int]) -> Iterator[Entry]:
    """Pull back the unit vector of each number of the source."""
    columns = np.array(sorted(targets))
    unit = np.zeros(np.shape(flow.source._raw), np.asarray(flow.source._raw).dtype)
    for source in range(unit.size):
        unit.flat[source] = 1.0
        row = pull(flow, float(unit) if isinstance(flow.source, Value) else unit.copy())
        unit.flat[source] = 0.0
        row = np.ravel(row)[columns]
        for i in np.flatnonzero(row).tolist():
            yield source, int(columns[i]), float(row[i])


def _by_columns(flow: Flow, targets: Collection[int]) -> Iterator[Entry]:
    """Push forward the unit vector of each number of the target."""
    node = flow.source
    unit = np.zeros(np.shape(flow.target._raw), np.asarray(flow.target._raw).dtype)
    for target in targets:
        unit.flat[target] = 1.0
        column = along(node._op, flow.slot, unit, _inputs(node), node._raw, node.params)
        column = np.broadcast_to(column, np.shape(node._raw)).ravel()
        for source in np.flatnonzero(column).tolist():
            yield source, target, float(column[source])
        unit.flat[target] = 0.0


def _inputs(node: Node) -> tuple[Any, ...]:
    return tuple(data_of(operand) for operand in operands_of(node))


def _number(local: Any) -> float:
    """A local derivative as a float, or as a bool if it is a gate."""
    number: float = local.item() if isinstance(local, np.ndarray | np.generic) else local
    return number

"""What is recorded on request: source lines, and the first operation that makes a nan.

`record_source` and `detect_anomaly` cost nothing while they are off: the fast paths of the
carriers only ask whether the thread records in the plain way.
"""

from __future__ import annotations

import os
import sys
import zlib
from contextlib import AbstractContextManager
from typing import Any

import numpy as np

from autograd.node import StaleGraphError
from autograd.primitives import data_of
from autograd.recording import Observation, observing

#: The folders of this project: the line that a user wrote is outside them.
_HOME = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
_OURS = tuple(os.path.join(_HOME, package, "") for package in ("autograd", "nn", "viz"))


class AnomalyError(FloatingPointError):
    """An operation made a nan or an infinity out of finite numbers.

    Attributes
    ----------
    node : Node
        The node of that operation.
    """

    def __init__(self, message: str, node: Any) -> None:
        super().__init__(message)
        self.node = node


def record_source() -> AbstractContextManager[None]:
    """Let every node made in the block remember the user's file and line, as `node.source`.

    Examples
    --------
    >>> from autograd import Value, record_source
    >>> with record_source():
    ...     y = Value(2.0) * 3
    >>> y.source.count(":")
    1
    """
    return observing(sources=True)


def detect_anomaly() -> AbstractContextManager[None]:
    """Stop at the first operation in the block that *produces* a nan or an infinity.

    Operations that only pass one on are not named. It works in the forward pass and, for graphs
    recorded and swept inside the block, in the backward pass, where it also notices data that
    was written through a raw view since it was recorded. Slower: for looking, not for training.

    Raises
    ------
    AnomalyError
        Inside the block: names the operation, its inputs, its scope and the user's line.
    """
    return observing(anomalies=True, sources=True)


def observe(
    node: Any,
    observed: Observation,
    primitive: Any,
    operands: tuple[Any, ...],
    params: dict[str, Any],
) -> None:
    """Look at a node that an operation just made, as closely as was asked."""
    if observed.tape is not None:
        observed.tape.note(primitive, operands, params, node)
    if not node.requires_grad:
        return
    if observed.sources:
        node._note("source", _users_line())
    if observed.anomalies:
        _require_finite_result(node)
        node._note("fingerprints", _fingerprints(node))


def _users_line() -> str:
    frame: Any = sys._getframe(1)
    while frame and is_ours(frame.f_code.co_filename):
        frame = frame.f_back
    return f"{frame.f_code.co_filename}:{frame.f_lineno}" if frame else ""


def is_ours(filename: str) -> bool:
    """Whether a file belongs to this project."""
    return filename.startswith(_OURS)


def _fingerprints(node: Any) -> list[int]:
    """Numbers that change when an array that the derivative of a node may read is written to."""
    arrays = [x._raw for x in (*node.inputs, node) if isinstance(x._raw, np.ndarray)]
    return [zlib.crc32(np.ascontiguousarray(array).data) for array in arrays]


def require_unwritten(computed: list[Any]) -> None:
    """Refuse a graph whose arrays were written to, under `detect_anomaly`.

    Raises
    ------
    StaleGraphError
        Naming the operation that had read the array.
    """
    for node in computed:
        recorded = node._noted("fingerprints", None)
        if recorded is not None and recorded != _fingerprints(node):
            raise StaleGraphError(
                f"an array that {node._label()} reads or made was written to since, through a "
                "view such as x.data[...] = 0, so its derivative is gone; run the forward pass "
                "again, or write to a copy."
            )


def require_finite_flow(node: Any, gradient: Any, edges: list[Any]) -> None:
    """Refuse the first step of a sweep that makes a nan or an infinity; see `detect_anomaly`.

    Raises
    ------
    AnomalyError
        Naming the operation and the operand whose gradient it spoils.
    """
    if not is_finite(data_of(gradient)):
        return
    for _slot, target, local, contribution, *_ in edges:
        contribution = data_of(contribution)
        if is_finite(contribution):
            continue
        message = (
            f"the derivative of {node._label()} is the first to make {_what(contribution)}: it "
            f"goes to {target._label()}, from the finite inputs {_inputs(node, contribution)}."
        )
        if _blocked_above(data_of(gradient), data_of(local)):
            message += (
                " The gradient that arrives there is exactly 0, as in a branch that np.where did "
                "not take, but 0 times an infinite derivative is nan: make the argument safe "
                "inside as well, as in np.where(ok, f(np.where(ok, x, 1.0)), 0.0)."
            )
        raise AnomalyError(message, node)


def _blocked_above(gradient: Any, local: Any) -> bool:
    """Whether a nan comes from an upstream gradient of exactly 0."""
    return local is not None and bool(np.any((gradient == 0) & ~np.isfinite(local)))


def is_finite(data: Any) -> bool:
    """Whether a number or an array is free of nan and infinities."""
    return bool(np.all(np.isfinite(data)))


def _require_finite_result(node: Any) -> None:
    if is_finite(node._raw) or not all(is_finite(x._raw) for x in node.inputs):
        return
    raise AnomalyError(
        f"{node._label()} is the first to hold {_what(node._raw)}, made of the finite inputs "
        f"{_inputs(node, node._raw)}.",
        node,
    )


def _bad(result: Any) -> Any:
    """Where a result is nan; where it is infinite, if it is nowhere nan."""
    return np.isnan(result) if np.any(np.isnan(result)) else np.isinf(result)


def _what(result: Any) -> str:
    bad = _bad(result)
    kind = "nan" if np.any(np.isnan(result)) else "an infinity"
    if not np.ndim(result):
        return kind
    return f"{kind} (first at {np.argwhere(bad)[0].tolist()}, {int(bad.sum())} in all)"


def _inputs(node: Any, result: Any) -> str:
    """The operands of a node, at the first bad place of a result if they have its shape."""
    place = tuple(np.argwhere(_bad(result))[0]) if np.ndim(result) else ()
    return ", ".join(_input(x, place, np.shape(result)) for x in node.inputs)


def _input(x: Any, place: tuple[Any, ...], shape: tuple[int, ...]) -> str:
    name = f"{x.name} = " if x.name else ""
    if np.ndim(x._raw) == 0:
        return f"{name}{float(x._raw):.6g}"
    if np.shape(x._raw) == shape:
        return f"{name}{x._raw[place]:.6g} at that place"
    return f"{name}array of shape {np.shape(x._raw)}"

"""Folded: what stands on a node for a whole graph that was not recorded.

A replayed function gives a node whose operation is the program that computed it; a layer that
runs through a whole sequence at once gives one for all its time steps. A sweep hands the gradient
through such a node in one step. Whoever wants to see inside (a trace, derivatives of derivatives,
pickling) unfolds it first: the graph is recorded after all, and put in its place.
"""

from __future__ import annotations

import math
import weakref
from collections.abc import Callable
from typing import Any

from autograd.primitives import Primitive
from autograd.recording import next_serial, recording, scope


class Folded:
    """The operation of a node behind which there is a graph that can be recorded."""

    __slots__ = ()

    def unfold(self, node: Any) -> None:
        """Give the node the operation and the operands that it has in the recorded graph.

        Raises
        ------
        StaleGraphError
            If what the function read has changed since.
        """
        raise NotImplementedError


class FoldedFunction(Folded):
    """A whole function of the user's."""

    __slots__ = ()

    #: As of a primitive whose derivative is not a function of floats; see `Primitive`.
    scalar_derivatives = (None, None)
    derivatives = ()
    multiplicity = None
    name = "replay"

    def pull(
        self, slot: int, gradient: Any, inputs: Any, out: Any, params: Any
    ) -> tuple[None, Any]:
        """The contribution to one argument; see `Primitive.pull`."""
        raise NotImplementedError

    def ends_at_leaves(self) -> bool:
        """Whether all variables of the function are leaves, so that the gradient ends there."""
        raise NotImplementedError

    def contributions(self, gradient: Any, free: bool) -> list[tuple[Any, Any]]:
        """The variables, each with what arrives there; None where nothing does.

        To free means to forget on the way what was kept for this.
        """
        raise NotImplementedError


class Fused(Primitive, Folded):
    """A primitive that does in one operation what its composite form does in many."""

    __slots__ = ()

    def unfold(self, node: Any) -> None:  # noqa: D102 - see Folded
        assert self.composite is not None
        since = next_serial()
        with recording(), scope(node._scope):
            recorded = self.composite(*node._args, **node._params)
        graft(node, recorded, since)


class Byproducts:
    """What a fused operation computed besides a result, for as long as that result is there."""

    def __init__(self) -> None:
        self._of: dict[int, tuple[Any, Any]] = {}

    def __len__(self) -> int:
        return len(self._of)

    def keep(self, result: Any, kept: Any) -> None:
        """Keep it until it is taken, or the result is gone."""
        key = id(result)
        self._of[key] = weakref.ref(result, lambda _: self._of.pop(key, None)), kept

    def take(self, result: Any, again: Callable[[], Any]) -> Any:
        """Hand it out, to be written over; or compute it again if it was taken or never kept."""
        reference, kept = self._of.pop(id(result), (None, None))
        return kept if reference is not None and reference() is result else again()


def graft(node: Any, recorded: Any, since: int) -> None:
    """Put a recorded graph in the place of a folded node, which stays the result.

    Parameters
    ----------
    node : Tensor
        With a `Folded` operation.
    recorded : Tensor
        The result of the graph.
    since : int
        A serial: what was made before is not part of it.
    """
    from autograd.history import exploring

    # What is between must be younger than the operands and all writes before the node was made,
    # but older than the node, so that every order by age stays right.
    newest = max((x._serial for x in node._args if hasattr(x, "_serial")), default=0)
    oldest = max(newest, math.ceil(node._serial) - 1)
    with exploring(recorded, since) as reached:
        step = (node._serial - oldest) / (len(reached.computed) + 1)
        for i, inner in enumerate(reached.computed, start=1):
            inner._serial = oldest + i * step
            if node.source:
                inner._note("source", node.source)
    node._op, node._args, node._params = recorded._op, recorded._args, recorded._params


def folded_in(node: Any) -> FoldedFunction | None:
    """The replayed function that gave a node; None if another operation did."""
    op = node._op
    if op is not None and op.name == "to_value":  # a Value shows what an inner node holds
        op = node._a._op
    return op if isinstance(op, FoldedFunction) else None

"""Folded: what stands on a node for a whole graph that was not recorded.

A replayed function gives a node whose operation is the program that computed it. A sweep hands the
gradient through it in one step. Whoever wants to see inside (a trace, derivatives of derivatives,
pickling) unfolds it first: the function runs once more on the same arguments, recorded as usual.
"""

from __future__ import annotations

from typing import Any


class Folded:
    """The operation of a node behind which there is a graph that can be recorded."""

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

    def contributions(self, gradient: Any) -> list[tuple[Any, Any]]:
        """The variables, each with what arrives there; None where nothing does."""
        raise NotImplementedError

    def unfold(self, node: Any) -> None:
        """Give the node the operation and the operands that it has in the recorded graph.

        Raises
        ------
        StaleGraphError
            If what the function read has changed since.
        """
        raise NotImplementedError


def folded_in(node: Any) -> Folded | None:
    """The replayed function that gave a node; None if another operation did."""
    op = node._op
    if op is not None and op.name == "to_value":  # a Value shows what an inner node holds
        op = node._a._op
    return op if isinstance(op, Folded) else None

"""What is known of a function: recordings of its calls, and the programs made of them."""

from __future__ import annotations

from operator import attrgetter
from typing import Any

import numpy as np

from autograd.containers import map_leaves
from autograd.node import Node
from autograd.program.arrays import ArrayProgram
from autograd.program.scalars import ScalarProgram
from autograd.program.tape import ReplayError, Tape, arguments_in
from autograd.program.wiring import Kept, OutsideError, Wiring, agree, values_of, wire
from autograd.tensor import Tensor
from autograd.value import Value
from autograd.valuearray import ValueArray

_op = attrgetter("_op")


class Recording:
    """What is known of calls of one kind, in one state of what the function depends on.

    Attributes
    ----------
    program : ArrayProgram, ScalarProgram or None
        None as long as fewer than two calls were seen.
    as_nodes : type or None
        Whether arrays are given to the function as constant nodes, and of which carrier: what it
        computes with a plain array alone is not on the graph.
    outside : OutsideError or None
        Why that is so.
    """

    def __init__(self) -> None:
        self.program: Any = None
        self._first: Wiring | None = None
        self.as_nodes: type[Any] | None = None
        self.outside: OutsideError | None = None
        self._decisions: list[Any] | None = None
        self._guards: list[tuple[Any, str, Any]] = []
        self._leaves: list[Any] = []
        self._leaf_ops: list[Any] = []
        self._same_arguments: tuple[Any, ...] | None = None

    def holds(self, args: Any, kwargs: Any) -> bool:
        """Whether a call with these arguments would do what was recorded."""
        for owner, name, value in self._guards:
            if getattr(owner, name, None) is not value:
                return False
        if list(map(_op, self._leaves)) != self._leaf_ops:
            return False
        if self._same_arguments is None:
            return True
        now = arguments_in(args, kwargs)
        return all(a is b for a, b in zip(now, self._same_arguments, strict=True))

    def what_changed(self) -> str:
        """A sentence about what is no longer as it was recorded."""
        for owner, name, value in self._guards:
            if getattr(owner, name, None) is not value:
                return f"{name!r} of {type(owner).__name__} has changed."
        for leaf, op in zip(self._leaves, self._leaf_ops, strict=True):
            if leaf._op is not op:
                return f"requires_grad of {leaf._label()} has changed."
        return "its arguments cannot be told from constants that it makes."

    def given(self, args: Any, kwargs: Any) -> tuple[Any, Any]:
        """The arguments as the function is to be given them."""
        carrier = self.as_nodes
        if carrier is None:
            return args, kwargs
        wrapped: tuple[Any, Any] = map_leaves(
            lambda it: carrier(it, requires_grad=False) if _is_floating(it) else it, (args, kwargs)
        )
        return wrapped

    def decided_alike(self, tape: Tape) -> bool:
        """Whether a call has decided as those did that are known."""
        return self._decisions is None or self._decisions == tape.decisions

    def learn(
        self, tape: Tape, args: Any, kwargs: Any, given: tuple[Any, Any], result: Any
    ) -> None:
        """Learn from a call; after the second one, write the program.

        Parameters
        ----------
        tape : Tape
        args, kwargs
            As they were passed.
        given : (tuple, dict)
            As the function was given them.
        result
            What it returned.

        Raises
        ------
        ReplayError
            If there can be none.
        """
        inputs = arguments_in(*given)
        wiring = wire(tape, inputs, result)
        first = self._first
        if first is None:
            self._first, self._decisions = wiring, tape.decisions
            self._guards = tape.guards
            self._leaves = _leaves(wiring)
            self._leaf_ops = list(map(_op, self._leaves))
            return
        try:
            made_constants = agree(first, wiring)
        except OutsideError as error:
            if self.as_nodes or not any(map(_is_floating, inputs)):
                raise
            values = any(isinstance(line.entry.out, Value) for line in wiring.lines)
            self.as_nodes = ValueArray if values else Tensor
            self.outside = error.with_traceback(None)  # which would hold all arrays of the call
            self._first = self._decisions = None
            return
        if made_constants and any(map(_equal_numbers, first.nodes[: first.inputs], inputs)):
            # Nothing shows whether the constants come from these arguments.
            self._same_arguments = tuple(arguments_in(args, kwargs))
        self.program = _compile(wiring, _kept_ids(first) & _kept_ids(wiring))
        self._first = None  # which holds every number of that call


def _compile(wiring: Wiring, lasting: set[int]) -> Any:
    """The program of a wiring: of Tensors, or of Values."""
    operations = [line.entry for line in wiring.lines if line.entry.makes_node]
    of_values = [
        isinstance(entry.out, Value) or entry.function.name == "from_value" for entry in operations
    ]
    if not any(of_values):
        return ArrayProgram(wiring, lasting)
    if not all(of_values) or any(isinstance(entry.out, Tensor) for entry in operations):
        raise ReplayError(
            "a function in which Values and Tensors meet cannot be replayed; keep to one of them."
        )
    return ScalarProgram(wiring, lasting)


def _leaves(wiring: Wiring) -> list[Any]:
    """Nodes that were not computed: a replay is for the same of them frozen."""
    nodes = {
        id(ref.it): ref.it
        for line in wiring.lines
        for ref in values_of(line.args)
        if isinstance(ref, Kept) and isinstance(ref.it, Node) and ref.it.is_leaf
    }
    return list(nodes.values())


def _is_floating(it: Any) -> bool:
    return isinstance(it, np.ndarray) and it.dtype.kind in "fc"


def _kept_ids(wiring: Wiring) -> set[int]:
    found = (
        ref.it
        for line in wiring.lines
        for ref in values_of((line.args, line.params))
        if isinstance(ref, Kept)
    )
    return set(map(id, found))


def _equal_numbers(a: Any, b: Any) -> bool:
    a, b = getattr(a, "_raw", a), getattr(b, "_raw", b)
    return a is b or bool(np.array_equal(a, b))

"""What a replayed function returns: nodes behind which a program stands."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable, Sequence
from operator import attrgetter
from typing import Any, Protocol

import numpy as np

from autograd.folding import FoldedFunction, graft
from autograd.node import Node, StaleGraphError
from autograd.program.tape import Playback, arguments_in, values_in
from autograd.program.wiring import Elements, Slot, fill
from autograd.recording import is_recording, last_write, next_serial, observing, scope_name
from autograd.sweep import derivatives
from autograd.tensor import computed, constant, from_value, to_value
from autograd.value import Value
from autograd.valuearray import assemble

_op = attrgetter("_op")


class Run:
    """One run of a program.

    Parameters
    ----------
    function : callable
        The function that the program stands for.
    program : ArrayProgram or ScalarProgram
    args, kwargs
        The arguments of the call.
    """

    __slots__ = (
        "_args", "_beside", "_function", "_inputs", "_kwargs", "_program", "_saved", "serial",
    )  # fmt: skip

    def __init__(self, function: Callable[..., Any], program: Any, args: Any, kwargs: Any) -> None:
        self._function = function
        self._program = program
        self._args, self._kwargs = args, kwargs
        self._inputs = arguments_in(args, kwargs)
        # The nodes of the graph, should they be asked for, are older than the results.
        self.serial = next_serial()

    def results(self) -> Any:
        """Do it, and give what the function returns."""
        program = self._program
        numbers = [it._raw if isinstance(it, Node) else it for it in self._inputs]
        with program.lock:
            outs, self._saved, self._beside = program.forward(*numbers)
        recorded = is_recording()
        nodes = {
            slot: self._node(k, out, recorded)
            for k, (slot, out) in enumerate(zip(program.outputs, outs, strict=True))
        }
        return fill(program.results, lambda ref: self._result(ref, nodes))

    def _result(self, ref: Any, nodes: dict[Slot, Any]) -> Any:
        if isinstance(ref, Elements):
            return assemble([self._result(part, nodes) for part in ref.refs], ref.shape)
        if not isinstance(ref, Slot):
            return ref.it
        return self._inputs[ref.number] if ref.number < len(self._inputs) else nodes[ref]

    def _node(self, k: int, data: Any, recorded: bool) -> Any:
        if not self._program.is_node[k]:
            return data
        if not (recorded and self._program.is_variable[k]):
            is_float = data.__class__ is float
            return Value(data, requires_grad=False) if is_float else constant(data)
        return folded_result(self, k, data)

    def variables(self) -> tuple[Any, ...]:
        """The nodes with respect to which there are gradients."""
        variables = self._program.variables
        if not variables or variables[-1].__class__ is not int:  # those of the arguments are last
            return variables  # type: ignore[no-any-return]
        return tuple(self._inputs[v] if v.__class__ is int else v for v in variables)

    def backward(self, k: int, gradient: Any, free: bool = False) -> Sequence[Any]:
        """The contribution of a result to each variable; None where nothing leads there.

        To free means to forget what was saved for this on the way.
        """
        program = self._program
        with program.lock:
            saved = self._saved
            if program.holds(saved):
                if free:
                    self._saved = None
                return program.backward[k](saved, gradient, free)  # type: ignore[no-any-return]
        # They were freed, or a later run of Values has overwritten them.
        return derivatives(self.record(k), gradient, self.variables(), partial=True)

    def require_fresh(self) -> None:
        """Refuse numbers that have been assigned to since.

        Raises
        ------
        StaleGraphError
            Naming the node.
        """
        require_fresh((*self._program.reads, *self._inputs), self.serial)

    def record(self, k: int) -> Any:
        """Run the function itself on the same arguments, and give a result with its graph.

        Raises
        ------
        StaleGraphError
            If a node that it reads has been assigned to since.
        """
        self.require_fresh()
        playback = Playback(self._program.beside(self._beside))
        with observing(tape=playback):
            results = values_in(self._function(*self._args, **self._kwargs))
        return results[self._program.places[k]]


class FoldedCall(Protocol):
    """A call of a function whose graph was not kept, such as a `Run`."""

    def variables(self) -> tuple[Any, ...]:
        """The nodes with respect to which there are gradients."""

    def backward(self, k: int, gradient: Any, free: bool = False) -> Sequence[Any]:
        """The contribution of the k-th result to each variable; None where nothing leads there."""

    def record(self, k: int) -> Any:
        """The k-th result with its graph, recorded now."""

    def require_fresh(self) -> None:
        """Refuse numbers that have been assigned to since."""


def require_fresh(read: Iterable[Any], serial: float) -> None:
    """Refuse nodes that have been assigned to since a function has read them.

    Raises
    ------
    StaleGraphError
        Naming the node.
    """
    if last_write.serial < serial:
        return
    for node in read:
        if isinstance(node, Node) and node._noted("written", 0) > serial:
            raise StaleGraphError(
                f"{node._label()} was assigned to after a replayed function had read it, so "
                "its derivatives are gone; use the result before the next step of the "
                "optimiser, or call the function again."
            )


def folded_result(call: FoldedCall, k: int, data: Any) -> Any:
    """The node of the k-th result of a call: a Value of a float, a Tensor of an array."""
    output = Output(call, k)
    node = computed(output, np.asarray(data), call.variables(), {}, scope_name())
    return output.shown_as(to_value(node)) if data.__class__ is float else node


class Output(FoldedFunction):
    """The operation of a result of a `FoldedCall`."""

    __slots__ = ("_gradients", "_k", "_run", "_shown")

    def __init__(self, run: FoldedCall, k: int) -> None:
        self._run = run
        self._k = k
        self._gradients: tuple[Any, Any] | None = None
        self._shown: Any = None

    def shown_as(self, value: Value) -> Value:
        """Remember the Value through which a result without axes is used."""
        self._shown = weakref.ref(value)
        return value

    def pull(
        self, slot: int, gradient: Any, inputs: Any, out: Any, params: Any
    ) -> tuple[None, Any]:
        """The contribution to one variable; all are computed when the first is asked for."""
        if self._gradients is None or self._gradients[0] is not gradient:
            self._gradients = gradient, self._run.backward(self._k, gradient)
        found = self._gradients[1][slot]
        return None, np.zeros_like(inputs[slot]) if found is None else found

    def ends_at_leaves(self) -> bool:  # noqa: D102 - see FoldedFunction
        variables = self._run.variables()
        return list(map(_op, variables)).count(None) == len(variables)

    def contributions(  # noqa: D102 - see FoldedFunction
        self, gradient: Any, free: bool
    ) -> list[tuple[Any, Any]]:
        self._run.require_fresh()
        found = self._run.backward(self._k, gradient, free)
        return list(zip(self._run.variables(), found, strict=True))

    def unfold(self, node: Any) -> None:  # noqa: D102 - see FoldedFunction
        since = next_serial()
        recorded = self._run.record(self._k)
        graft(node, from_value(recorded), since)
        if (shown := self._shown and self._shown()) is not None:
            shown._op, shown._a, shown._b = recorded._op, recorded._a, recorded._b
            for name, value in getattr(recorded, "_notes", {}).items():
                shown._note(name, value)

"""replay(): a function that is recorded, and then run without Python for every node."""

from __future__ import annotations

from collections.abc import Callable
from functools import update_wrapper
from threading import RLock
from typing import Any

import numpy as np

from autograd.allocation import collector_paused
from autograd.containers import map_leaves
from autograd.node import Node
from autograd.program.arrays import ArrayProgram
from autograd.program.results import Run
from autograd.program.scalars import ScalarProgram
from autograd.program.tape import ReplayError, Tape, arguments_in
from autograd.program.wiring import Kept, OutsideError, Wiring, agree, values_of, wire
from autograd.recording import observation, observing
from autograd.tensor import Tensor
from autograd.value import Value
from autograd.valuearray import ValueArray

#: More programs than this for one function are no help.
_MOST_SIGNATURES = 64


def replay(f: Callable[..., Any]) -> Replayed:
    """A function that does what `f` does, recorded once and then run again at native speed.

    The first two calls with arguments of the same shapes run `f` itself; what they do is recorded
    and compared. From then on its operations run without it: as straight lines of numpy calls for
    Tensors, as arrays or one compiled loop (extra `fast`) for Values. Parameters and other nodes
    that `f` reads are used as they are at each call.

    Parameters
    ----------
    f : callable
        Of arrays, nodes, other values, and nested lists, tuples and dicts of them; returns nodes,
        or a container of them. Its operations must not depend on the numbers in its arguments,
        only on their shapes. Layers of `nn` draw their random numbers and keep their running
        means in replays too; random numbers of `f`'s own are refused.

    Returns
    -------
    Replayed
        Called like `f`. What it returns can be differentiated, traced, drawn and stepped through.
        Results on Tensors are the same bit for bit; those on Values differ by rounding (1e-12).

    Raises
    ------
    ReplayError
        When called, if `f` did something that a replay could not do again: it read a number of a
        node (`float`, `bool`, ``.data``), or its two recordings differ in more than the numbers.

    Notes
    -----
    What stays undetected: a decision on plain numbers that happened to fall the same way twice,
    and a write into an argument between two calls of the very same array.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd import Tensor, replay
    >>> w = Tensor([1.0, 2.0])
    >>> loss = replay(lambda x: np.sum((w * x) ** 2))
    >>> for x in np.eye(2), np.ones(2), np.array([3.0, 0.0]):
    ...     w.zero_grad()
    ...     loss(x).backward()
    >>> w.grad
    array([18.,  0.])
    """
    return Replayed(f)


class Replayed:
    """What `replay` returns.

    Attributes
    ----------
    function : callable
        The function itself.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function
        self._kinds: dict[Any, list[_Recording]] = {}
        self._lock = RLock()
        update_wrapper(self, function, updated=())

    def __repr__(self) -> str:
        return f"<replay of {getattr(self, '__name__', repr(self.function))}>"

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run the function, or what is known of it."""
        if observation() is not None:
            # Somebody looks closely (or an outer function is being recorded): nothing is hidden.
            return self.function(*args, **kwargs)
        with self._lock:
            recording = self._recording(args, kwargs)
            if recording.as_nodes:
                args, kwargs = recording.wrapped(args), recording.wrapped(kwargs)
            if recording.program is None:
                return recording.record(self.function, args, kwargs)
            return Run(self.function, recording.program, args, kwargs).results()

    def _recording(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> _Recording:
        """What is known of calls like this one."""
        kind = tuple(map(_kind, args)) if not kwargs else (args, tuple(kwargs.items()))
        kind = kind if not kwargs else tuple(map(_kind, (args, kwargs)))
        alike = self._kinds.get(kind)
        if alike is None:
            if len(self._kinds) == _MOST_SIGNATURES:
                raise ReplayError(
                    f"{self!r} was called with {_MOST_SIGNATURES} different kinds of arguments, "
                    "each of which is recorded for itself; pass numbers that change as arrays or "
                    "nodes, and give arrays the same shapes (drop_last, padding)."
                )
            alike = self._kinds[kind] = []
        for recording in alike:
            if recording.holds(args, kwargs):
                return recording
        alike.append(_Recording())
        return alike[-1]


def _kind(arg: Any) -> Any:
    """What of an argument is part of the recording: all but the numbers in it."""
    if isinstance(arg, np.ndarray):
        if isinstance(arg, ValueArray):
            return "values", arg.shape, tuple(value.requires_grad for value in arg.flat)
        return arg.dtype.str, arg.shape
    if isinstance(arg, Node):
        return type(arg), np.shape(arg._raw), getattr(arg._raw, "dtype", None), arg.requires_grad
    if isinstance(arg, dict):
        return "dict", tuple((name, _kind(part)) for name, part in arg.items())
    if isinstance(arg, list | tuple):
        return type(arg), tuple(map(_kind, arg))
    return type(arg), arg


class _Recording:
    """What is known of the calls of one kind: nothing, one recording, or a program."""

    def __init__(self) -> None:
        self.program: Any = None
        self.wiring: Any = None
        #: Whether arrays are given to the function as constant nodes, and of which carrier: what it
        #: computes with a plain array alone is not on the graph.
        self.as_nodes: type[Any] | None = None
        self._outside: OutsideError | None = None
        self._guards: list[tuple[Any, str, Any]] = []
        self._same_arguments: tuple[Any, ...] | None = None

    def holds(self, args: Any, kwargs: Any) -> bool:
        """Whether a call with these arguments would do what was recorded."""
        if not all(getattr(owner, name) == value for owner, name, value in self._guards):
            return False
        if self._same_arguments is None:
            return True
        now = arguments_in(args, kwargs)
        return all(a is b for a, b in zip(now, self._same_arguments, strict=True))

    def wrapped(self, arguments: Any) -> Any:
        """Arguments with their arrays as constant nodes."""
        carrier = self.as_nodes
        assert carrier is not None
        return map_leaves(
            lambda it: carrier(it, requires_grad=False) if _is_floating(it) else it, arguments
        )

    def record(self, function: Callable[..., Any], args: Any, kwargs: Any) -> Any:
        """Call the function itself; when this was done twice, there is a program."""
        tape = Tape()
        try:
            with collector_paused(), observing(tape=tape):
                result = function(*args, **kwargs)
        except (TypeError, ValueError) as error:
            if self._outside is None:
                raise
            raise self._outside from error  # it does not take nodes either
        with collector_paused():
            self._keep(tape, args, kwargs, result)
        return result

    def _keep(self, tape: Tape, args: Any, kwargs: Any, result: Any) -> None:
        """Learn from a call; after the second one, write the program."""
        inputs = arguments_in(args, kwargs)
        wiring = wire(tape, inputs, result)
        if self.wiring is None:
            self.wiring, self._guards = wiring, tape.guards
            return
        try:
            made_constants = agree(self.wiring, wiring)
        except OutsideError as error:
            if self.as_nodes or not any(map(_is_floating, inputs)):
                raise
            values = any(isinstance(line.entry.out, Value) for line in wiring.lines)
            self.as_nodes, self.wiring = (ValueArray if values else Tensor), None
            self._outside = error
            return
        before = self.wiring.nodes[: self.wiring.inputs]
        if made_constants and any(map(_equal_numbers, before, inputs)):
            # Nothing shows whether the constants come from these arguments.
            self._same_arguments = tuple(inputs)
        self.program = compile_program(wiring, _kept_ids(self.wiring) & _kept_ids(wiring))
        self.wiring = wiring


def compile_program(wiring: Wiring, lasting: set[int]) -> Any:
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

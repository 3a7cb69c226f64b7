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
from autograd.program.recordings import Recording
from autograd.program.results import Run
from autograd.program.tape import DecidedOtherwiseError, ReplayError, Tape
from autograd.program.watched import unwatch, watch
from autograd.recording import observation, observing
from autograd.valuearray import ValueArray

#: More programs than this for one function are no help.
_MOST_KINDS = 64
#: More states of what a function depends on, such as training and evaluation, are no help either.
_MOST_STATES = 16


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
        self._kinds: dict[Any, list[Recording]] = {}
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
            known = self._recordings(args, kwargs)
            for recording in known:
                if recording.holds(args, kwargs):
                    if recording.program is None:
                        return self._record(known, recording, args, kwargs)
                    given = recording.given(args, kwargs)
                    try:
                        return Run(self.function, recording.program, *given).results()
                    except DecidedOtherwiseError:
                        continue
            return self._record(known, None, args, kwargs)

    def _recordings(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> list[Recording]:
        """What is known of calls with arguments of this kind."""
        kind = tuple(map(_kind, (args, kwargs) if kwargs else args))
        known = self._kinds.get(kind)
        if known is None:
            if len(self._kinds) == _MOST_KINDS:
                raise ReplayError(
                    f"{self!r} was called with {_MOST_KINDS} different kinds of arguments, each "
                    "of which is recorded for itself; pass numbers that change as arrays or "
                    "nodes, and give arrays the same shapes (drop_last, padding)."
                )
            known = self._kinds[kind] = []
        return known

    def _record(
        self,
        known: list[Recording],
        recording: Recording | None,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
    ) -> Any:
        """Call the function itself, and learn from what it does."""
        tape = Tape()
        given = recording.given(args, kwargs) if recording else (args, kwargs)
        try:
            with collector_paused(), observing(tape=tape):
                result = self.function(*watch(given[0]), **watch(given[1]))
        except (TypeError, ValueError) as error:
            if recording is None or recording.outside is None:
                raise
            raise recording.outside from error  # it does not take nodes either
        if recording is None or not recording.decided_alike(tape):
            half_known = (r for r in known if r.program is None and r.holds(args, kwargs))
            recording = next((r for r in half_known if r.decided_alike(tape)), None)
        if recording is None:
            if len(known) == _MOST_STATES:
                raise ReplayError(
                    f"{self!r} does something else at each call: {known[-1].what_changed()} A "
                    "replay is for one state of what the function depends on."
                )
            known.append(recording := Recording())
        result_as_given = map_leaves(unwatch, result)
        try:
            with collector_paused():
                recording.learn(tape, args, kwargs, given, result)
        except ReplayError as error:
            error.result = result_as_given
            raise
        return result_as_given


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

"""checkpoint(): what a function computes on the way is computed again instead of being kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

from autograd.containers import map_leaves
from autograd.node import Node
from autograd.primitives import data_of
from autograd.program.results import folded_result, require_fresh
from autograd.program.tape import Playback, values_in
from autograd.recording import is_recording, next_serial, observation, observing
from autograd.sweep import derivatives
from autograd.valuearray import ValueArray, assemble


def checkpoint(f: Callable[..., Any]) -> Callable[..., Any]:
    """A function that does what `f` does, and keeps nothing of what it computes on the way.

    Its backward pass runs `f` once more, with the same random numbers, and differentiates that:
    the memory of a deep model becomes that of its checkpoints and of the longest part between
    them, for one more forward pass (Chen et al., 2016).

    Parameters
    ----------
    f : callable
        Of nodes, arrays and anything else, such as a module; returns nodes, or a container of
        them. Random numbers that are not drawn by layers of `nn` must not differ between calls.

    Returns
    -------
    callable
        Called like `f`, with the same results and gradients. Traces and drawings show the inside.
        In `replay`, `detect_anomaly` and `record_source` the function runs as it is.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd import Tensor, checkpoint
    >>> w = Tensor([1.0, 2.0])
    >>> np.sum(checkpoint(np.exp)(w * w)).backward()
    >>> w.grad.round(2)
    array([  5.44, 218.39])
    """

    @wraps(f)
    def checkpointed(*args: Any, **kwargs: Any) -> Any:
        if observation() is not None or not is_recording():
            return f(*args, **kwargs)
        return _Segment(f, args, kwargs).results()

    return checkpointed


class _Variables:
    """A tape that keeps the nodes which a function reads, and nothing of what it makes of them."""

    def __init__(self) -> None:
        self._since = next_serial()
        self._found: dict[int, Any] = {}
        self.outs: list[Any] = []

    @property
    def variables(self) -> tuple[Any, ...]:
        """Those that were there before and need a gradient."""
        return tuple(self._found.values())

    def note(self, function: Any, args: tuple[Any, ...], params: Any, out: Any) -> None:
        """An operation made a node."""
        for arg in args:
            if isinstance(arg, Node) and arg._serial < self._since and arg.requires_grad:
                self._found[id(arg)] = arg

    def again(self, function: Callable[..., Any], args: Sequence[Any], params: Any) -> Any:
        """What is computed beside the graph is kept, so that random numbers stay the same."""
        self.outs.append(function(*map(data_of, args), **params))
        return self.outs[-1]

    def decided(self, function: Callable[..., Any], args: Sequence[Any]) -> Any:
        """The same numbers will lead to the same decision."""
        return function(*map(data_of, args))

    def guard(self, *_: Any) -> None:
        """Nothing changes between the passes of one step."""

    def reading(self, node: Any, how: str) -> Any:
        """The same numbers will be there to be read."""
        return node._raw


class _Segment:
    """One call of a function; see `autograd.program.results.FoldedCall`."""

    def __init__(self, function: Callable[..., Any], args: Any, kwargs: Any) -> None:
        self._function = function
        self._args, self._kwargs = args, kwargs
        self._serial = next_serial()
        tape = _Variables()
        with observing(tape=tape):
            self._results = function(*args, **kwargs)
        self._variables, self._beside = tape.variables, tape.outs

    def results(self) -> Any:
        """What the function returns, without the graph behind it."""
        results, self._results = self._results, None
        numbers = iter(range(len(values_in(results))))

        def without_graph(it: Any) -> Any:
            if isinstance(it, ValueArray):
                return assemble([without_graph(value) for value in it.flat], it.shape)
            k = next(numbers)
            is_made_here = isinstance(it, Node) and not it.is_leaf and it._serial > self._serial
            return folded_result(self, k, it._raw) if is_made_here else it

        return map_leaves(without_graph, results)

    def variables(self) -> tuple[Any, ...]:
        """The nodes with respect to which there are gradients."""
        return self._variables

    def backward(self, k: int, gradient: Any, free: bool = False) -> Sequence[Any]:
        """The contribution of a result to each variable; nothing was kept that could be freed."""
        return derivatives(self.record(k), gradient, self._variables, partial=True)

    def require_fresh(self) -> None:
        """Refuse variables that have been assigned to since."""
        require_fresh(self._variables, self._serial)

    def record(self, k: int) -> Any:
        """A result with its graph, from running the function once more."""
        self.require_fresh()
        with observing(tape=Playback(self._beside)):
            return values_in(self._function(*self._args, **self._kwargs))[k]

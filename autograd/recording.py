"""What is remembered, and when: the scope of a thread, `no_grad`, and the clock that orders nodes.

Two facts accompany every operation:

* the **scope**, the dotted name of the module that is running (``"layers.0"``), or None while
  nothing is to be recorded. It lives in a context variable: every thread and every asynchronous
  task has its own, and reading it is the cheapest look-up that Python has for such a thing;
* the **serial**, a number that only grows. Inputs exist before what is made of them, so nodes in
  order of their serials are in topological order, and a write to a node can be told to be older
  or younger than the operation that read it.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import ContextDecorator, contextmanager
from contextvars import ContextVar, Token
from functools import wraps
from inspect import isgeneratorfunction
from typing import Any, NamedTuple, Self, TypeVar, cast

_F = TypeVar("_F", bound=Callable[..., Any])

_scope: ContextVar[str | None] = ContextVar("glassgrad scope", default="")

#: The scope of the calling thread while it records in the plain way, else None: then nothing is
#: recorded, or more than usual (see `observation`). One look-up answers both questions.
current_scope = _scope.get


class Observation(NamedTuple):
    """Recording with a closer look: under `detect_anomaly`, `record_source`, or on a tape."""

    scope: str
    anomalies: bool = False
    sources: bool = False
    #: The `autograd.program.tape.Tape` on which everything is noted that `replay` has to do again.
    tape: Any = None


_observation: ContextVar[Observation | None] = ContextVar("glassgrad observation", default=None)

#: How the calling thread records where `current_scope` says None; None if it does not record.
observation = _observation.get

#: The next serial. `itertools.count` hands out each number once, whichever thread asks.
next_serial = itertools.count(1).__next__


class _LastWrite:
    """The serial of the newest write to any node's data, in any thread."""

    serial = 0


last_write = _LastWrite()


_State = tuple[str | None, Observation | None]


def _state() -> _State:
    return _scope.get(), _observation.get()


def _enter(state: _State) -> tuple[Token[str | None], Token[Observation | None]]:
    return _scope.set(state[0]), _observation.set(state[1])


def _leave(tokens: tuple[Token[str | None], Token[Observation | None]]) -> None:
    _scope.reset(tokens[0])
    _observation.reset(tokens[1])


class no_grad(ContextDecorator):  # noqa: N801 - PyTorch's name, used like a statement
    """Record nothing in this thread while the block (or the decorated function) runs.

    Results are constants: they need no gradient and remember no inputs.

    Examples
    --------
    >>> from autograd import Value, no_grad
    >>> x = Value(3.0)
    >>> with no_grad():
    ...     y = x * x
    >>> y.requires_grad
    False
    """

    def __init__(self) -> None:
        self._tokens: list[Any] = []

    def __call__(self, function: _F) -> _F:
        """Decorate a function or a generator."""
        if not isgeneratorfunction(function):
            return super().__call__(function)

        @wraps(function)
        def steps(*args: Any, **kwargs: Any) -> Iterator[Any]:
            # The body of a generator runs between the yields, not when it is called.
            generator = function(*args, **kwargs)
            while True:
                with no_grad():
                    try:
                        item = next(generator)
                    except StopIteration:
                        return
                yield item

        return cast(_F, steps)

    def __enter__(self) -> None:
        self._tokens.append(_enter((None, None)))

    def __exit__(self, *exc: object) -> None:
        _leave(self._tokens.pop())


def is_recording() -> bool:
    """Whether operations in this thread are recorded (False inside `no_grad`)."""
    return _state() != (None, None)


def scope_name() -> str:
    """The scope of the calling thread, however it records; empty if it has none."""
    plain, observed = _state()
    return plain or (observed.scope if observed else "")


@contextmanager
def recording() -> Iterator[None]:
    """Record in this thread, also where `no_grad` forbids it: for derivatives taken inside."""
    tokens = _enter(_state() if is_recording() else ("", None))
    try:
        yield
    finally:
        _leave(tokens)


@contextmanager
def observing(anomalies: bool = False, sources: bool = False, tape: Any = None) -> Iterator[None]:
    """Record more than usual, and what an outer block asks for too."""
    outer = _observation.get() or Observation(scope_name())
    inner = Observation(
        outer.scope, outer.anomalies or anomalies, outer.sources or sources, tape or outer.tape
    )
    tokens = _enter((None, inner))
    try:
        yield
    finally:
        _leave(tokens)


def again(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Compute something beside the graph, now and in every replay.

    What is computed outside the graph (an array converted, a mask drawn at random, a running mean
    updated) is not part of it, so `autograd.replay` would know it only as a constant. Called
    through this function, it is done again each time, on the numbers of that time.

    Parameters
    ----------
    function : callable
        Takes plain numbers and arrays: of nodes among the arguments, it is given the data.
    *args, **kwargs
        What it takes.
    """
    observed = _observation.get()
    if observed is not None and observed.tape is not None:
        return observed.tape.again(function, args, kwargs)
    return function(*map(_plain, args), **kwargs)


def decided(function: Callable[..., Any], *args: Any) -> Any:
    """Decide by plain numbers what to do: a replay is for numbers that lead to the same decision.

    Parameters
    ----------
    function : callable
        Gives something to be compared by ``==``, such as a bool.
    *args
        Plain numbers and arrays that a replay knows: arguments, and what `again` gave.
    """
    observed = _observation.get()
    if observed is not None and observed.tape is not None:
        return observed.tape.decided(function, args)
    return function(*args)


def depends_on(owner: Any, *attributes: str) -> None:
    """Say that what follows depends on attributes: a replay is for the objects in them alone."""
    observed = _observation.get()
    if observed is not None and observed.tape is not None:
        observed.tape.guard(owner, attributes)


def reading(node: Any, how: str) -> Any:
    """The numbers of a node for Python to read, which no replay could notice; so a tape is asked.

    Parameters
    ----------
    node : Node
    how : str
        What reads them, for a message.
    """
    observed = _observation.get()
    if observed is not None and observed.tape is not None:
        return observed.tape.reading(node, how)
    return node._raw


def _plain(argument: Any) -> Any:
    return argument._raw if hasattr(argument, "_raw") else argument


class ScopeName(str):
    """The path of a scope, which also tells what stands at its end; else it is like any str.

    Attributes
    ----------
    kind : str
        What stands there, such as the class of a module; "" if that was not said.
    outer : str
        The scope around it.
    """

    __slots__ = ("kind", "outer")
    kind: str
    outer: str

    def __new__(cls, path: str, kind: str, outer: str) -> Self:  # noqa: D102 - see the class
        name = super().__new__(cls, path)
        name.kind, name.outer = kind, outer
        return name

    def __reduce__(self) -> tuple[Any, ...]:
        return ScopeName, (str(self), self.kind, self.outer)


class scope:  # noqa: N801 - used like a statement
    """Give the nodes made in the block the scope `name`, below the scope that is already there.

    Parameters
    ----------
    name : str
        One part of a dotted path, such as ``"fc1"``. The empty string adds nothing. The scope of a
        node is a whole path already, and replaces what is there.
    kind : str, optional
        What it is, such as ``"Linear"``.
    """

    __slots__ = ("_kind", "_name", "_tokens")

    def __init__(self, name: str, kind: str = "") -> None:
        self._name = name
        self._kind = kind
        self._tokens: list[Any] = []

    def __enter__(self) -> None:
        outer = _scope.get()
        if outer is not None:
            self._tokens.append(_scope.set(self._below(outer)))
        elif observed := _observation.get():
            deeper = observed._replace(scope=self._below(observed.scope))
            self._tokens.append(_observation.set(deeper))
        else:
            self._tokens.append(None)

    def __exit__(self, *exc: object) -> None:
        token = self._tokens.pop()
        if token is not None:
            token.var.reset(token)

    def _below(self, outer: str) -> str:
        if isinstance(self._name, ScopeName):
            return self._name
        if not self._name:
            return outer
        path = f"{outer}.{self._name}" if outer else self._name
        return ScopeName(path, self._kind, outer)

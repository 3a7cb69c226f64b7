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
from collections.abc import Iterator
from contextlib import ContextDecorator, contextmanager
from contextvars import ContextVar, Token

_scope: ContextVar[str | None] = ContextVar("glassgrad scope", default="")

#: The scope of the calling thread, or None while it records nothing.
current_scope = _scope.get

#: The next serial. `itertools.count` hands out each number once, whichever thread asks.
next_serial = itertools.count(1).__next__


class _LastWrite:
    """The serial of the newest write to any node's data, in any thread."""

    serial = 0


last_write = _LastWrite()


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
        self._tokens: list[Token[str | None]] = []

    def __enter__(self) -> None:
        self._tokens.append(_scope.set(None))

    def __exit__(self, *exc: object) -> None:
        _scope.reset(self._tokens.pop())


def is_recording() -> bool:
    """Whether operations in this thread are recorded (False inside `no_grad`)."""
    return _scope.get() is not None


@contextmanager
def recording() -> Iterator[None]:
    """Record in this thread, also where `no_grad` forbids it: for derivatives taken inside."""
    token = _scope.set(_scope.get() or "")
    try:
        yield
    finally:
        _scope.reset(token)


class scope:  # noqa: N801 - used like a statement
    """Give the nodes made in the block the scope `name`, below the scope that is already there.

    Parameters
    ----------
    name : str
        One part of a dotted path, such as ``"fc1"``. The empty string adds nothing.
    """

    __slots__ = ("_name", "_token")

    def __init__(self, name: str) -> None:
        self._name = name

    def __enter__(self) -> None:
        outer = _scope.get()
        inner = f"{outer}.{self._name}" if outer and self._name else self._name or outer
        # Where nothing is recorded, it stays so.
        self._token = _scope.set(None if outer is None else inner)

    def __exit__(self, *exc: object) -> None:
        _scope.reset(self._token)

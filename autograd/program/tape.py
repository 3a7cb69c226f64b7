"""Tape: everything that a function did with nodes, in order.

A graph holds what led to a result. A tape also holds what was computed from constants or beside
the graph (through `autograd.recording.again`), and what the function may depend on besides its
arguments; so it says whether the function can be run again from the tape alone.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd.containers import leaves, map_leaves
from autograd.node import Node
from autograd.observing import is_ours
from autograd.primitives import Primitive, data_of
from autograd.program.watched import unwatch, watch
from autograd.valuearray import ValueArray


class ReplayError(RuntimeError):
    """A function does something that a replay could not do again.

    Attributes
    ----------
    result : Any
        What the function returned all the same; None if it did not come to its end.
    """

    result: Any = None


class DecidedOtherwiseError(Exception):
    """A replay met a decision that was another one when it was recorded."""


@dataclass(slots=True, eq=False)
class Entry:
    """One thing that was done.

    Attributes
    ----------
    function : Primitive or callable
        A primitive made a node; any other function was called beside the graph.
    args, params : tuple, dict
        What it was called with, as it was given.
    out : Any
        The node or, of another function, whatever it returned.
    """

    function: Any
    args: tuple[Any, ...]
    params: dict[str, Any]
    out: Any

    @property
    def makes_node(self) -> bool:
        """Whether it is an operation of the graph."""
        return isinstance(self.function, Primitive)


@dataclass(frozen=True, slots=True)
class Decision:
    """A function beside the graph whose result has to be what it was."""

    function: Callable[..., Any]
    decision: Any

    def __call__(self, *args: Any) -> None:
        """Decide again.

        Raises
        ------
        DecidedOtherwiseError
            If the decision is another one.
        """
        if self.function(*args) != self.decision:
            raise DecidedOtherwiseError


class Tape:
    """What one call of a function did.

    Attributes
    ----------
    entries : list of Entry
        In order.
    decisions : list
        What `autograd.recording.decided` gave, in order.
    guards : list of (object, str, Any)
        Attributes that were asked for, such as a module's `training`, with their values.
    """

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.guards: list[tuple[Any, str, Any]] = []
        self.decisions: list[Any] = []

    def note(self, function: Any, args: tuple[Any, ...], params: dict[str, Any], out: Any) -> None:
        """An operation made a node."""
        self.entries.append(Entry(function, args, params, out))

    def again(
        self, function: Callable[..., Any], args: tuple[Any, ...], params: dict[str, Any]
    ) -> Any:
        """Call a function beside the graph; see `autograd.recording.again`."""
        # What is computed here is known, so its arguments need not be watched.
        plain = [unwatch(data_of(arg)) for arg in args]
        out = watch(function(*plain, **map_leaves(unwatch, params)))
        if any(isinstance(arg, ValueArray) for arg in args) and isinstance(out, np.ndarray):
            # Elements of a plain array could not be told from other numbers.
            out = ValueArray(out, requires_grad=False)
        self.entries.append(Entry(function, args, params, out))
        return out

    def decided(self, function: Callable[..., Any], args: tuple[Any, ...]) -> Any:
        """Call a function that decides; see `autograd.recording.decided`."""
        decision = function(*(unwatch(data_of(arg)) for arg in args))
        self.decisions.append(decision)
        self.entries.append(Entry(Decision(function, decision), args, {}, None))
        return decision

    def guard(self, owner: Any, attributes: Sequence[str]) -> None:
        """What follows depends on attributes; see `autograd.recording.depends_on`."""
        self.guards += [(owner, name, getattr(owner, name)) for name in attributes]

    def reading(self, node: Any, how: str) -> Any:
        """The numbers of a node as Python may see them, if it may.

        Refuse a line of the user's that reads a number of a node.

        Raises
        ------
        ReplayError
            Naming the line. Lines of this project are trusted to decide nothing by it but
            whether to raise an error; what they compute from it is watched.
        """
        frame: Any = sys._getframe(1)
        while frame.f_code.co_filename in _CARRIERS:
            frame = frame.f_back
        if is_ours(frame.f_code.co_filename):
            return watch(node._raw)
        raise ReplayError(
            f"{how} of {node._label()} at {frame.f_code.co_filename}:{frame.f_lineno} reads a "
            "number while the function is recorded, and a replay could not notice that it has "
            "changed; keep to functions of nodes (np.where, np.maximum), or do it outside."
        )


class Playback:
    """A tape that is played: what was computed beside the graph then is given again.

    Parameters
    ----------
    outs : sequence
        What each call of `autograd.recording.again` returned.
    """

    def __init__(self, outs: Sequence[Any]) -> None:
        self._outs = iter(outs)

    def note(self, *_: Any) -> None:
        """Operations are recorded on the graph."""

    def again(self, *_: Any) -> Any:
        """What the function returned then."""
        return next(self._outs)

    def decided(self, function: Callable[..., Any], args: tuple[Any, ...]) -> Any:
        """What the function decides, which is what it decided then."""
        return function(*map(data_of, args))

    def guard(self, *_: Any) -> None:
        """Known already."""

    def reading(self, node: Any, how: str) -> Any:
        """Known to be harmless."""
        return node._raw


#: Where a number is read on behalf of whoever asked the node for it.
_CARRIERS = {
    sys.modules[f"autograd.{name}"].__file__
    for name in ("recording", "node", "value", "tensor", "valuearray")
}


def arguments_in(args: Any, kwargs: Any) -> list[Any]:
    """The nodes and arrays in arguments."""
    found = values_in((args, kwargs) if kwargs else args)
    return [it for it in found if isinstance(it, Node | np.ndarray)]


def values_in(container: Any) -> list[Any]:
    """Everything in nested containers, with the elements of ValueArrays one by one."""
    found: list[Any] = []
    for leaf in leaves(container):
        found.extend(leaf.flat if isinstance(leaf, ValueArray) else [leaf])
    return found

"""Wiring: a tape with numbers in place of objects, so that two tapes can be compared.

What a line of a tape was called with is one of these: what an earlier line or an argument of the
function gave (a `Slot`), a node or an array that lives on between the calls (a `Kept`), or a
constant. One tape cannot tell a constant from a number that was computed from the arguments
outside the graph. Two tapes can: between them the arguments have changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NoReturn

import numpy as np

from autograd.containers import map_leaves, rebuild
from autograd.node import Node
from autograd.program.tape import Entry, ReplayError, Tape, values_in
from autograd.program.watched import Watched, memory_of, owner_of
from autograd.valuearray import ValueArray


class OutsideError(ReplayError):
    """A number came from outside the graph, and it was another one each time."""


@dataclass(frozen=True, slots=True)
class Slot:
    """The number of an array or node: the arguments come first, then what each line gave."""

    number: int


@dataclass(frozen=True, slots=True)
class Kept:
    """A node or an array that was there before the function was called, and stays."""

    it: Any

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Kept) and self.it is other.it

    def __hash__(self) -> int:
        return id(self.it)


@dataclass(slots=True)
class Line:
    """An entry of a tape: arguments and parameters with a `Slot` or `Kept` where one stands."""

    entry: Entry
    args: tuple[Any, ...]
    params: dict[str, Any]
    outs: tuple[int, ...]


@dataclass(slots=True)
class Wiring:
    """What one call of a function did.

    Attributes
    ----------
    lines : list of Line
        In order.
    results : Any
        What the function returned, with a `Slot` or `Kept` in place of nodes and known arrays.
    nodes : list
        The node or array behind each slot.
    inputs : int
        How many slots are arguments.
    """

    lines: list[Line] = field(default_factory=list)
    results: Any = None
    nodes: list[Any] = field(default_factory=list)
    inputs: int = 0


class _Wirer:
    """Numbers the objects on a tape."""

    def __init__(self) -> None:
        #: By identity of nodes, and by what memory arrays show.
        self.slots: dict[Any, Slot | Kept] = {}
        self.nodes: list[Any] = []
        self.owners: set[int] = set()

    def number(self, it: Any) -> int:
        """A new slot for a node (and the array in it) or an array."""
        slot = Slot(len(self.nodes))
        self.nodes.append(it)  # which keeps the identity from being used again
        self.slots[id(it)] = slot
        array = it._raw if isinstance(it, Node) else it
        if isinstance(array, np.ndarray):
            self.slots.setdefault(memory_of(array), slot)
            self.owners.add(id(owner_of(array)))
        return slot.number

    def refer(self, it: Any) -> Any:
        """What stands for an object on a line."""
        if isinstance(it, Node | np.ndarray) and not isinstance(it, ValueArray):
            found = self.slots.get(id(it)) or self._refer_by_memory(it)
            if isinstance(found, Kept) and isinstance(it, Node) and isinstance(it._raw, np.ndarray):
                self.slots.setdefault(memory_of(it._raw), found)
            return found
        if isinstance(it, ValueArray):
            return Elements(tuple(self.refer(value) for value in it.flat), it.shape)
        return it

    def _refer_by_memory(self, it: Any) -> Any:
        """An array, or a constant made of one, that may show what a slot holds."""
        array = it._raw if isinstance(it, Node) else it
        if not isinstance(array, np.ndarray) or (isinstance(it, Node) and it.requires_grad):
            return Kept(it)
        slot = self.slots.get(memory_of(array))
        if slot is not None:
            return slot
        owner = owner_of(array)
        if isinstance(array, Watched) or isinstance(owner, Watched) or id(owner) in self.owners:
            return Derived()
        return Kept(it)


@dataclass(frozen=True, slots=True)
class Derived:
    """An array that was computed from a known one, outside the graph."""


@dataclass(frozen=True, slots=True)
class Elements:
    """A ValueArray, element by element."""

    refs: tuple[Any, ...]
    shape: tuple[int, ...]


def wire(tape: Tape, inputs: Sequence[Any], result: Any) -> Wiring:
    """Number the objects on a tape.

    Parameters
    ----------
    tape : Tape
        Of one call.
    inputs : sequence
        The nodes and arrays in its arguments.
    result : Any
        What it returned.
    """
    wirer = _Wirer()
    wiring = Wiring(inputs=len(inputs), nodes=wirer.nodes)
    for it in inputs:
        wirer.number(it)
    for entry in tape.entries:
        args = tuple(map_leaves(wirer.refer, entry.args))
        params = map_leaves(wirer.refer, entry.params)
        outs = tuple(map(wirer.number, _numbered(entry.out)))
        wiring.lines.append(Line(entry, args, params, outs))
    wiring.results = map_leaves(wirer.refer, result)
    return wiring


def _numbered(out: Any) -> list[Any]:
    return [it for it in values_in(out) if isinstance(it, Node | np.ndarray)]


def agree(first: Wiring, second: Wiring) -> bool:
    """Require two calls of a function to have done the same, up to the numbers.

    Returns
    -------
    bool
        Whether there are constants that each call made anew; they are equal.

    Raises
    ------
    ReplayError
        Naming the first difference.
    """
    if len(first.lines) != len(second.lines):
        longer = max(first.lines, second.lines, key=len)
        place = min(len(first.lines), len(second.lines))
        what = longer[place].entry
        raise ReplayError(
            f"two calls with arguments of the same shapes did not do the same: one of them also "
            f"did {describe(what)}. A function to be replayed must not decide by the data what to "
            "do; use np.where, or call it without replay."
        )
    made = False
    for one, other in zip(first.lines, second.lines, strict=True):
        if one.entry.function != other.entry.function or one.outs != other.outs:
            raise ReplayError(
                f"two calls with arguments of the same shapes did not do the same: where one did "
                f"{describe(one.entry)}, the other did {describe(other.entry)}. A function to be "
                "replayed must not decide by the data what to do; use np.where, or call it "
                "without replay."
            )
        made |= _same(one.args, other.args, one.entry)
        made |= _same(one.params, other.params, one.entry)
    return made | _same(first.results, second.results, None)


def _same(one: Any, other: Any, entry: Entry | None) -> bool:
    """Require arguments to be the same; whether there is a constant that was made anew."""
    ones, others = values_of(one), values_of(other)
    if len(ones) != len(others):
        _differ(entry)
    made = False
    for a, b in zip(ones, others, strict=True):
        if isinstance(a, Slot | Kept) and a == b:
            continue
        _require_constant(a, entry)
        unknown = isinstance(a, Slot | Derived) or isinstance(b, Slot | Derived)
        if unknown or not _equal(_content(a), _content(b)):
            _differ(entry)
        made |= isinstance(a, Kept | float)
    return made


def values_of(container: Any) -> list[Any]:
    """Everything in nested containers of references."""
    found: list[Any] = []
    for leaf in values_in(container):
        found.extend(leaf.refs if isinstance(leaf, Elements) else [leaf])
    return found


def _require_constant(it: Any, entry: Entry | None) -> None:
    """Refuse a node that needs a gradient and is not there before each call."""
    if isinstance(it, Kept) and isinstance(it.it, Node) and it.it.requires_grad:
        raise ReplayError(
            f"{_what(entry)} is {it.it._label()}, which every call makes anew, and a replay would "
            "not; make it once, outside, or pass it as an argument."
        )


def _content(it: Any) -> Any:
    """The numbers of what was made anew."""
    if isinstance(it, Kept):
        return it.it._raw if isinstance(it.it, Node) else it.it
    return it


def _equal(a: Any, b: Any) -> bool:
    if isinstance(a, np.ndarray | np.generic | float | int | complex):
        same = np.shape(a) == np.shape(b) and getattr(a, "dtype", None) == getattr(b, "dtype", None)
        return same and a.__class__ is b.__class__ and bool(np.array_equal(a, b, equal_nan=True))
    return bool(a == b)


def _differ(entry: Entry | None) -> NoReturn:
    raise OutsideError(
        f"{_what(entry)} was computed outside the graph (from the arguments, at random, or from "
        "something that has changed), and a replay would use the old one. Pass it as an argument, "
        "or compute it with nodes."
    )


def _what(entry: Entry | None) -> str:
    return "what the function returns" if entry is None else f"an operand of {describe(entry)}"


def describe(entry: Entry) -> str:
    """An entry as messages call it."""
    if not entry.makes_node:
        return str(getattr(entry.function, "__name__", entry.function))
    where = f" in {entry.out.scope!r}" if entry.out.scope else ""
    return f"{entry.function.name}{where}"


def fill(container: Any, look_up: Any) -> Any:
    """A container of references with what `look_up` gives for each `Slot` and `Kept`."""
    if container.__class__ is Slot:
        return look_up(container)
    return rebuild(
        container,
        iter(
            [
                look_up(leaf) if isinstance(leaf, Slot | Kept | Elements) else leaf
                for leaf in _leaves(container)
            ]
        ),
    )


def _leaves(container: Any) -> list[Any]:
    found: list[Any] = []
    map_leaves(found.append, container)
    return found

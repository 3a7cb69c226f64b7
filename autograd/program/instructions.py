"""Instructions: a wiring of Values, folded and put in order for a machine.

A network of scalars is mostly sums of products, made two numbers at a time. They are folded into
one instruction each, a **dot**: Σ aᵢ·bᵢ over its terms, whose derivatives are the other factors.
Every other operation is an instruction of one term: its operands. Instructions of one kind that
do not depend on each other stand side by side, so that they can run as one operation on arrays.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np

from autograd.node import Node
from autograd.primitives import TABLE, Primitive
from autograd.program.tape import Entry
from autograd.program.wiring import Kept, Line, Slot, Wiring, values_of

_ADD, _SUBTRACT = TABLE["add"], TABLE["subtract"]
_MULTIPLY, _NEGATIVE = TABLE["multiply"], TABLE["negative"]

#: The operation of a dot.
DOT = None
#: From how many dots on it is worth while to look for a product of matrices.
_SMALLEST_PRODUCT = 8


@dataclass(slots=True, eq=False)
class Group:
    """Instructions of one kind, side by side.

    Attributes
    ----------
    op : Primitive or None
        What they do; None for dots.
    params : dict
        Arguments of the operation that are not operands.
    first, last : int
        Where their results stand among all numbers.
    terms : slice
        Where their terms stand among all terms.
    starts : ndarray of int, (last − first,)
        Where the terms of each begin, counted from the first of `terms`.
    rows : int
        If they are the elements of a product of matrices, row by row: how many rows that has. All
        dots of a row have the same first operands, all dots of a column the same second ones.
        Else 0.
    """

    op: Primitive | None
    params: dict[str, Any]
    first: int
    last: int
    terms: slice
    starts: Any
    rows: int = 0


@dataclass(slots=True, eq=False)
class Instructions:
    """All of them, over one array of numbers: what is read first, then the results in order.

    Attributes
    ----------
    numbers : ndarray
        With the constants in their places.
    inputs : ndarray of int
        Where the numbers of the function's arguments stand.
    reads : list of Node
        The nodes whose numbers stand first, those that need a gradient before the others.
    variables : int
        How many of them need a gradient.
    a, b : ndarray of int
        The operands of every term. (An operation of one operand has the same twice.)
    groups : list of Group
        In an order in which they can run.
    places : dict of int to int
        Where the number of a slot stands.
    needs : ndarray of bool
        Which numbers a gradient may flow to.
    """

    numbers: Any
    inputs: Any
    reads: list[Any]
    variables: int
    a: Any
    b: Any
    groups: list[Group]
    places: dict[int, int]
    needs: Any


class _Builder:
    """Gives every number an identity, folds, and sorts."""

    def __init__(self, wiring: Wiring, lasting: set[int]) -> None:
        self.wiring = wiring
        self.lasting = lasting
        #: Identities of what is given: constants, nodes that are read, arguments.
        self.given: dict[Any, int] = {}
        self.values: list[float] = []
        self.reads: dict[int, Node] = {}
        self.of_slot: dict[int, int] = {}
        self.one, self.minus_one = self._constant(1.0), self._constant(-1.0)

    def _constant(self, number: float) -> int:
        return self._given(("constant", np.float64(number).tobytes()), number)

    def _given(self, key: Any, number: float) -> int:
        identity = self.given.get(key)
        if identity is None:
            identity = self.given[key] = len(self.values)
            self.values.append(number)
        return identity

    def identify(self, ref: Any) -> int:
        """The identity of an argument of a line."""
        if isinstance(ref, Slot):
            return self.of_slot[ref.number]
        if not isinstance(ref, Kept):
            return self._constant(float(ref))
        node = ref.it
        if not (node.requires_grad or id(node) in self.lasting):
            return self._constant(float(node._raw))
        identity = self._given(id(node), float(node._raw))
        self.reads[identity] = node
        return identity


def compile_instructions(wiring: Wiring, lasting: set[int]) -> Instructions:
    """Fold and sort what is on a wiring of Values.

    Parameters
    ----------
    wiring : Wiring
        All of whose nodes are Values.
    lasting : set of int
        Identities of the nodes that stay between the calls.
    """
    builder = _Builder(wiring, lasting)
    for number in range(wiring.inputs):
        builder.of_slot[number] = builder._given(("slot", number), 0.0)
    lines = wiring.lines
    # What is computed has negative identities, until all that is given is known.
    for i, line in enumerate(lines):
        builder.of_slot[line.outs[0]] = ~i
    operands = [tuple(map(builder.identify, line.args)) for line in lines]
    results = [ref for ref in values_of(wiring.results) if isinstance(ref, Slot)]
    kept = {builder.of_slot[ref.number] for ref in results}
    terms = _fold(lines, operands, kept, builder)
    return _sort(lines, terms, builder)


def _fold(
    lines: Sequence[Line], operands: list[tuple[int, ...]], kept: set[int], builder: _Builder
) -> list[list[int] | None]:
    """The terms of every line, a and b in turn; None for a line that another one has taken over.

    A line can be taken over if nothing else uses it.
    """
    uses: dict[int, int] = dict.fromkeys(kept, 2)
    for pair in operands:
        for identity in pair:
            uses[identity] = uses.get(identity, 0) + 1
    terms: list[list[int] | None] = []
    one, minus_one = builder.one, builder.minus_one
    for line, pair in zip(lines, operands, strict=True):
        op = line.entry.function
        if op is not _ADD and op is not _SUBTRACT:
            if op is _NEGATIVE:
                terms.append([pair[0], minus_one])
            else:
                terms.append([pair[0], pair[-1]])
            continue
        total: list[int] = []
        for slot, identity in enumerate(pair):
            sign = minus_one if slot and op is _SUBTRACT else one
            inner = terms[~identity] if identity < 0 and uses[identity] == 1 else None
            if inner is None or sign is minus_one or not _is_dot(lines[~identity].entry):
                total += [identity, sign]
                continue
            terms[~identity] = None
            if len(inner) > len(total):
                total, inner = inner, total
            total += inner
        terms.append(total)
    return terms


def _is_dot(entry: Entry) -> bool:
    return entry.function in (_ADD, _SUBTRACT, _MULTIPLY, _NEGATIVE)


def _sort(lines: Sequence[Line], terms: list[list[int] | None], builder: _Builder) -> Instructions:
    """Give every number its place, and every group its terms."""
    depth: dict[int, int] = {}
    needs: dict[int, bool] = {i: node.requires_grad for i, node in builder.reads.items()}
    for key, identity in builder.given.items():
        if key.__class__ is tuple and key[0] == "slot":
            node = builder.wiring.nodes[key[1]]
            needs[identity] = isinstance(node, Node) and node.requires_grad
    kinds: dict[Any, int] = {}
    keys: list[tuple[int, int, int, int]] = []
    exemplars: list[Line] = []
    for i, (line, own) in enumerate(zip(lines, terms, strict=True)):
        if own is None:
            continue
        below = max(map(depth.get, own, [0] * len(own)))
        depth[~i] = below + 1
        needs[~i] = any(map(needs.get, own))
        kind = DOT if _is_dot(line.entry) else (line.entry.function.key, repr(line.params))
        number = kinds.setdefault(kind, len(kinds))
        if number == len(exemplars):
            exemplars.append(line)
        keys.append((below, number, len(own) // 2, i))
    keys.sort()
    place = _places(builder, keys)
    order = np.array([place.get(i, -1) for i in range(-len(lines), len(builder.values))])
    flat = [identity for *_, i in keys for identity in terms[i] or ()]
    pairs = order[np.array(flat, dtype=np.intp) + len(lines)].reshape(-1, 2)
    groups = _group(keys, [line.entry for line in exemplars], len(builder.values), pairs)
    count = len(builder.values) + len(keys)
    numbers, flows = np.zeros(count), np.zeros(count, dtype=bool)
    for identity, given in enumerate(builder.values):
        numbers[place[identity]] = given
    for identity, needed in needs.items():
        flows[place[identity]] = needed
    reads = sorted(builder.reads.items(), key=lambda item: place[item[0]])
    return Instructions(
        numbers=numbers,
        inputs=np.array([place[builder.of_slot[n]] for n in range(builder.wiring.inputs)], np.intp),
        reads=[node for _, node in reads],
        variables=sum(node.requires_grad for _, node in reads),
        a=np.ascontiguousarray(pairs[:, 0]),
        b=np.ascontiguousarray(pairs[:, 1]),
        groups=groups,
        places={slot: place[i] for slot, i in builder.of_slot.items() if i in place},
        needs=flows,
    )


def _group(
    keys: list[tuple[int, int, int, int]], exemplars: list[Entry], first: int, pairs: Any
) -> list[Group]:
    """Instructions of one depth and kind side by side; the operands of dots are put in order.

    Dots of one length stand in a group of their own only if they are a product of matrices.
    """
    groups: list[Group] = []
    depths: list[int] = []
    begin = 0
    for (depth, kind, length), members in groupby(keys, key=lambda key: key[:3]):
        count = sum(1 for _ in members)
        starts, terms = np.arange(count) * length, slice(begin, begin + count * length)
        group = Group(exemplars[kind].function, exemplars[kind].params, first, 0, terms, starts)
        group.last = first = first + count
        begin = terms.stop
        if _is_dot(exemplars[kind]):
            group.op, group.params = DOT, {}
            group.rows = _order_as_product(pairs[terms].reshape(count, length, 2))
            above = groups[-1] if groups and depths[-1] == depth else group
            if above.op is DOT and above is not group and not (group.rows or above.rows):
                _append(above, group)
                continue
        groups.append(group)
        depths.append(depth)
    return groups


def _append(group: Group, other: Group) -> None:
    """Let a group go on with the instructions of the next one."""
    offset = other.terms.start - group.terms.start
    group.starts = np.concatenate([group.starts, other.starts + offset])
    group.terms, group.last = slice(group.terms.start, other.terms.stop), other.last


def _order_as_product(pairs: Any) -> int:
    """Put the operands of dots in order, so that a product of matrices can be seen.

    Parameters
    ----------
    pairs : ndarray of int, (dots, terms, 2)
        Changed in place. What is read stands before constants and results, so a weight comes
        before what it weighs, and a bias before the 1 that it is multiplied by.

    Returns
    -------
    int
        How many rows the product has; 0 if it is none.
    """
    pairs.sort(axis=-1)
    if len(pairs) < _SMALLEST_PRODUCT:
        return 0
    rows = _rows(pairs)
    if not rows and (rows := _rows(pairs[..., ::-1])):
        pairs[:] = pairs[..., ::-1].copy()
    return rows


def _rows(pairs: Any) -> int:
    """In how many rows dots stand as in a `Group`; 0 if they do not."""
    a, b = pairs[..., 0], pairs[..., 1]
    others = np.flatnonzero((a != a[0]).any(axis=1))
    columns = int(others[0]) if len(others) else len(a)
    if len(a) % columns:
        return 0
    a, b = a.reshape(-1, columns, a.shape[1]), b.reshape(-1, columns, b.shape[1])
    return len(a) if (a == a[:, :1]).all() and (b == b[:1]).all() else 0


def _places(builder: _Builder, keys: list[tuple[int, int, int, int]]) -> dict[int, int]:
    """Where each number stands: nodes that are read side by side, those with a gradient first.

    What another instruction has taken over stands nowhere.
    """
    given = range(len(builder.values))
    others = [i for i in given if i not in builder.reads]
    reads = sorted(builder.reads, key=lambda i: (not builder.reads[i].requires_grad, i))
    order = [*reads, *others, *(~key[-1] for key in keys)]
    return {identity: position for position, identity in enumerate(order)}

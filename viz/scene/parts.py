"""What is drawn: boxes and edges with all they have to tell, wherever they will stand."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from viz.scene.numbers import Histogram, Summary

#: What a box stands for.
Kind = Literal["variable", "constant", "operation", "loss", "group"]

#: What became of the gradient on an edge: it flows, is stopped by this edge, was 0 before it,
#: is nan or ±inf; the operand is a constant; no gradient was computed.
State = Literal["flowing", "closed", "nothing", "broken", "constant", "unknown"]


@dataclass(frozen=True, slots=True)
class Vertex:
    """A box.

    Attributes
    ----------
    label : str
        How running text calls it; no two boxes share it.
    name, op, scope : str
        Given by the user; the operation that made it, or the class of the module that a group is;
        the module. Empty where there is none.
    value, gradient : Summary or None
        None for a group, and where it was not computed (or not kept) or no gradient flows.
    contents : tuple of (str, int)
        What a group consists of: operations, variables, constants, and how many of each.
    gradients : tuple of float
        Sizes of the gradients of a group's variables, or of its nodes if it has none, in order.
    spreads : tuple of (Histogram or None)
        Of the elements of its value and of its gradient.
    source : str
        File and line where it was made; empty if that was not recorded.
    notes : tuple of str
        Further lines.
    faded : bool
        Whether it lies beside what is to be looked at.
    """

    kind: Kind
    label: str
    name: str
    op: str
    scope: str
    value: Summary | None
    gradient: Summary | None
    contents: tuple[tuple[str, int], ...] = ()
    gradients: tuple[float, ...] = ()
    spreads: tuple[Histogram | None, Histogram | None] = (None, None)
    source: str = ""
    notes: tuple[str, ...] = ()
    faded: bool = False

    @property
    def size(self) -> int:
        """How many nodes the box stands for."""
        return sum(n for _, n in self.contents) or 1

    @property
    def broken(self) -> bool:
        """Whether its value or its gradient has a nan or ±inf."""
        return any(x is not None and x.nonfinite for x in (self.value, self.gradient))


@dataclass(frozen=True, slots=True)
class Figures:
    """The numbers of one `Flow`, under the same names; and the operand's gradient in the end."""

    upstream: Summary
    local: Summary | None
    contribution: Summary
    before: Summary
    after: Summary
    total: Summary


@dataclass(frozen=True, slots=True)
class Several:
    """What flowed over all the argument slots of one edge.

    Attributes
    ----------
    sizes, gains : tuple of float
        Of every flow, smallest first and nan last; gains that are nan are left out.
    states : Counter
        How many flows are in which state.
    """

    sizes: tuple[float, ...]
    gains: tuple[float, ...]
    states: Counter[State]


@dataclass(frozen=True, slots=True)
class Compared:
    """What flowed over an edge in two graphs.

    Attributes
    ----------
    pairs : tuple of (float, float)
        For every argument slot that both graphs have, the sizes of what flowed in the first and
        in the second.
    """

    pairs: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Edge:
    """One argument slot; between groups, all slots that lead from one to the other.

    Attributes
    ----------
    operand, consumer : int
        The items of its chart between which data flows this way, and the gradient back.
    operand_label, consumer_label : str
        What they are called; of a port, what lies behind it.
    slot : int
        Number of the argument; that of the first of them between groups.
    links : sequence of int
        The argument slots for which it stands, by their places in the recording.
    state : State
        That of the only slot; of several, "broken" if any is, else the one that lets most through.
    magnitude : float
        |contribution|, RMS for an array; the median of several; nan where nothing was computed.
    gain : float
        `Flow.gain`, the median of several; nan where there is none. Where two graphs are compared,
        how many times larger the contribution is than in the first.
    numbers : Figures, Several, Compared or None
        All the numbers; None where nothing was computed.
    faded : bool
        Whether it lies beside what is to be looked at.
    """

    operand: int
    consumer: int
    operand_label: str
    consumer_label: str
    slot: int
    links: Sequence[int]
    state: State
    magnitude: float = math.nan
    gain: float = math.nan
    numbers: Figures | Several | Compared | None = None
    faded: bool = False

    @property
    def count(self) -> int:
        """How many argument slots the edge stands for."""
        return len(self.links)

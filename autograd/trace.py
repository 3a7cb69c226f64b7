"""Trace: backpropagation as data. Stepping, drawing and diagnosing are views of it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from autograd.allocation import collector_paused
from autograd.node import Node
from autograd.sweep import sweep


# Not frozen: that would make each of these several times slower to create.
@dataclass(slots=True, eq=False)
class Flow:
    """What went over one edge: from a node to one argument slot of its operation.

    Attributes
    ----------
    source, target : Node
        The node that was made, and the operand that fills the slot.
    slot : int
        Number of the argument; ``x * x`` has two flows to the same target.
    upstream : float or ndarray
        The complete gradient of `source`, ∂L/∂source.
    local : float, ndarray or None
        The local derivative ∂source/∂target of an elementwise operation, of bool type if it is a
        gate; None for the others, whose Jacobian is never built.
    contribution : float or ndarray
        What this edge adds to the gradient of `target`; of the target's shape.
    before, after : float or ndarray
        The gradient of `target` before and after (0.0 before the first contribution).
    multiplicity : float
        How many times larger the contribution is for the mere reason of size: 1/n where a mean was
        taken over n; √k where an operand serves k places, since that is how a sum of k independent
        contributions grows.
    """

    source: Node
    target: Node
    slot: int
    upstream: Any
    local: Any
    contribution: Any
    before: Any
    after: Any
    multiplicity: float

    @property
    def gain(self) -> float:
        """RMS of the contribution over RMS of the upstream gradient, free of mere size.

        1 where the gradient passes unchanged; nan where nothing arrived from above.
        """
        arrived = rms(self.upstream)
        if arrived == 0:
            return math.nan
        return rms(self.contribution) / arrived / self.multiplicity

    @property
    def nothing_arrived(self) -> bool:
        """Whether the upstream gradient was exactly 0 already."""
        arrived = self.upstream
        return arrived == 0.0 if arrived.__class__ is float else not np.any(arrived)

    @property
    def closed(self) -> bool:
        """Whether a gradient arrived and this edge let exactly nothing of it through."""
        return not self.nothing_arrived and not np.any(self.contribution)

    @property
    def finite(self) -> bool:
        """Whether the contribution is free of nan and ±inf."""
        return bool(np.all(np.isfinite(self.contribution)))


@dataclass(slots=True, eq=False)
class Step:
    """One node's turn in the sweep.

    Attributes
    ----------
    node : Node
        Whose gradient is complete now.
    gradient : float or ndarray
        That gradient, ∂L/∂node.
    flows : tuple of Flow
        The edges over which it is handed on; none for a variable.
    """

    node: Node
    gradient: Any
    flows: tuple[Flow, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Trace:
    """A sweep from `root`, step by step: computed nodes newest first, then the variables.

    Examples
    --------
    >>> from autograd import Value
    >>> x = Value(3.0, name="x")
    >>> [flow.contribution for flow in (x * x).trace().flows]
    [3.0, 3.0]
    """

    root: Node
    steps: tuple[Step, ...]
    _of: dict[Node, Step] = field(repr=False)

    def __len__(self) -> int:
        return len(self.steps)

    def __iter__(self) -> Iterator[Step]:
        return iter(self.steps)

    def __contains__(self, node: object) -> bool:
        return node in self._of

    def __getitem__(self, node: Node) -> Step:
        """The step of a node.

        Raises
        ------
        KeyError
            If no gradient reached the node, because nothing leads from it to the root.
        """
        try:
            return self._of[node]
        except KeyError:
            raise KeyError(
                f"no gradient flows from {self.root._label()} to {node._label()}: it is not on "
                "the graph, or is a constant."
            ) from None

    @property
    def flows(self) -> Iterator[Flow]:
        """Every edge, in the order in which the sweep took them."""
        return (flow for step in self.steps for flow in step.flows)


def trace(root: Node, gradient: Any = None) -> Trace:
    """Run a sweep and keep what went over every edge; see `Node.trace`.

    Raises
    ------
    RuntimeError, ValueError, StaleGraphError
        As `Node.backward` does.
    """
    steps: list[Step] = []

    def watch(node: Node, gradient: Any, edges: list[Any]) -> None:
        flows = [
            Flow(node, target, slot, gradient, _kept(local, node), *numbers)
            for slot, target, local, *numbers in edges
        ]
        steps.append(Step(node, gradient, tuple(flows)))

    with collector_paused(), sweep(root, gradient, watch=watch):
        pass
    return Trace(root, tuple(steps), {step.node: step for step in steps})


def _kept(local: Any, node: Node) -> Any:
    """A local derivative that stays what it is when the data it was read from is overwritten."""
    if isinstance(local, np.ndarray) and any(
        np.may_share_memory(local, x._raw) for x in (*node.inputs, node)
    ):
        return local.copy()
    return local


def rms(array: Any) -> float:
    """Root of the mean square of a number or an array, without overflow; 0 if it is empty."""
    if array.__class__ is float:
        return float(abs(array))
    array = np.abs(np.asarray(array))
    if not array.size:
        return 0.0
    largest = float(array.max())
    if largest == 0.0 or not math.isfinite(largest):
        return largest
    scaled = (array / largest).ravel()
    if scaled.dtype == np.float16:  # whose sums would be rounded at every step
        scaled = scaled.astype(np.float32)
    return largest * math.sqrt(float(scaled @ scaled) / scaled.size)

"""What paths() returns."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd.node import Node
from autograd.pathways.edges import is_fixed
from autograd.pathways.measures import norm, ratio, share_of
from autograd.pathways.report import describe_factor, describe_path, to_html, to_text


@dataclass(frozen=True, slots=True, eq=False)
class Factor:
    """One edge of a path, from a node to one argument slot of its operation.

    Attributes
    ----------
    source, target : Node
        The node that was made, and the operand that fills the slot.
    slot : int
        Number of the argument.
    value : float
        Between numbers the local derivative ∂source/∂target. Between tensors, how many times the
        norm of what arrived over this path grows over this edge; 0 where nothing arrived.
    gate : bool
        Whether the local derivative is a gate, which passes (1) or blocks (0).
    source_element, target_element : tuple of int or None
        Which number of the source and of the target; None between tensors.
    """

    source: Node
    slot: int
    target: Node
    value: float
    gate: bool = False
    source_element: tuple[int, ...] | None = None
    target_element: tuple[int, ...] | None = None

    @property
    def fixed(self) -> bool:
        """Whether the operation fixes the derivative, as a sum does, whatever the numbers are."""
        return is_fixed(self.source, self.slot)

    def __repr__(self) -> str:
        return f"<Factor {describe_factor(self)}>"


@dataclass(frozen=True, slots=True, eq=False)
class Path:
    """One path, and what it contributes to the gradient.

    Attributes
    ----------
    factors : tuple of Factor
        Its edges, from the loss on. Their product times `seed` is the contribution; between
        tensors, its norm.
    seed : float
        The gradient that the paths start with, 1 for a scalar loss; between tensors, its norm.
    contribution : float or ndarray
        What arrives over this path alone.
    share : float
        The part of the gradient that this is: negative if it points the other way, and nan if
        the gradient is 0 or not finite. The shares of all paths add up to 1.
    weight : float
        |contribution| / Σ|paths|; nan if that is 0 or not finite.
    """

    factors: tuple[Factor, ...]
    seed: float
    contribution: Any
    share: float
    weight: float

    @property
    def bits(self) -> float:
        """log₂ of the product of the factors, also where the product underflows or overflows.

        −∞ if a factor is 0; nan if one is nan, or one is 0 and another infinite.
        """
        with np.errstate(all="ignore"):
            values = [self.seed, *(factor.value for factor in self.factors)]
            return float(np.sum(np.log2(np.abs(values))))

    @property
    def length(self) -> int:
        """How many of its factors are not fixed."""
        return sum(not factor.fixed for factor in self.factors)

    def __repr__(self) -> str:
        return f"<Path {describe_path(self)}>"


@dataclass(frozen=True, slots=True, eq=False)
class Length:
    """All paths of one length.

    Attributes
    ----------
    steps : int
        The length: the number of edges whose factor is not fixed by the operation, as those of
        additions, sums, reshaping and indexing are. So it does not matter whether a sum was made
        as a chain or as a tree, and a skip connection has length 0.
    count : int
        How many paths have it.
    contribution : float or ndarray
        What arrives over them together.
    magnitude : float
        Σ|paths| over them; a lower bound if `Paths.complete` is False.
    share : float
        As that of a path.
    weight : float
        As that of a path; nan if not `Paths.complete`.
    """

    steps: int
    count: int
    contribution: Any
    magnitude: float
    share: float
    weight: float


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Paths:
    """A gradient as a sum over paths; prints itself as a table.

    Attributes
    ----------
    root, target : Node
        Where the paths start, and where they end.
    element : tuple of int or None
        Which number of the target; None if the paths lead from tensor to tensor. Then |·| below
        is the Frobenius norm.
    count : int
        How many paths there are.
    gradient : float or ndarray
        ∂root/∂target, the sum over all of them.
    magnitude : float
        Σ|paths|; a lower bound if not `complete`.
    largest : tuple of Path
        The k largest, largest first; a path whose product is not finite comes before all others.
    by_length : tuple of Length
        All paths, shortest first.
    complete : bool
        Whether no path was left out. False only between tensors, where many paths are: then
        larger ones than `largest` may exist.
    """

    root: Node
    target: Node
    element: tuple[int, ...] | None
    count: int
    gradient: Any
    magnitude: float
    largest: tuple[Path, ...]
    by_length: tuple[Length, ...]
    complete: bool

    @property
    def cancellation(self) -> float:
        """|Σ paths| / Σ|paths|: 1 if no path works against another, near 0 if most cancel.

        An upper bound if not `complete`; nan if Σ|paths| is 0 or not finite.
        """
        return ratio(norm(self.gradient), self.magnitude)

    @property
    def coverage(self) -> float:
        """The part of Σ|paths| that the largest carry; an upper bound if not `complete`."""
        return sum((path.weight for path in self.largest), 0.0)

    @property
    def signed_coverage(self) -> float:
        """The part of the gradient that the largest carry; above 1 if the others oppose them."""
        return sum((path.share for path in self.largest), 0.0)

    def edges(self) -> dict[tuple[Node, int], float]:
        """The edges that the largest paths run over, for drawing them.

        Returns
        -------
        dict
            ``(source, slot)`` → the part of Σ|largest| that runs over this edge, from 0 to 1.
            Where that sum is 0 or not finite, every path counts alike.
        """
        sizes = [norm(path.contribution) for path in self.largest]
        if not 0.0 < sum(sizes) < math.inf:
            sizes = [1.0] * len(sizes)
        whole = sum(sizes)
        weights: dict[tuple[Node, int], float] = {}
        for path, size in zip(self.largest, sizes, strict=True):
            for factor in path.factors:
                edge = factor.source, factor.slot
                weights[edge] = weights.get(edge, 0.0) + size / whole
        return weights

    def __repr__(self) -> str:
        return to_text(self)

    def _repr_html_(self) -> str:
        return to_html(self)


def assemble(
    root: Node,
    target: Node,
    element: tuple[int, ...] | None,
    gradient: Any,
    routes: Iterable[tuple[tuple[Factor, ...], float, Any]],
    lengths: Mapping[int, tuple[int, Any, float]],
    complete: bool = True,
) -> Paths:
    """Put a result together, and measure every part against the whole.

    Parameters
    ----------
    root, target, element, gradient, complete
        As in `Paths`.
    routes : iterable of (factors, seed, contribution)
        The largest paths.
    lengths : mapping of int to (count, contribution, magnitude)
        All paths, by length.
    """
    magnitude = sum((size for _, _, size in lengths.values()), 0.0)

    return Paths(
        root=root,
        target=target,
        element=element,
        count=sum(count for count, _, _ in lengths.values()),
        gradient=gradient,
        magnitude=magnitude,
        largest=tuple(
            Path(factors, seed, part, share_of(part, gradient), ratio(norm(part), magnitude))
            for factors, seed, part in routes
        ),
        by_length=tuple(
            Length(
                steps,
                count,
                part,
                size,
                share=share_of(part, gradient),
                weight=ratio(size, magnitude) if complete else math.nan,
            )
            for steps, (count, part, size) in sorted(lengths.items())
        ),
        complete=complete,
    )

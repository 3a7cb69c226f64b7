"""Operations that stand for a whole layer in plain operations, with a way back of their own."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from autograd import Node, vjp
from autograd.folding import Fused
from autograd.primitives import Primitive
from nn.aliases import Array

#: Computes what arrives at one operand, when it is asked for.
Contribution = Callable[[], Array]


def unrolled(
    name: str,
    forward: Callable[..., Array],
    backward: Callable[..., tuple[Contribution, ...]],
    by_steps: Callable[..., Any],
    operands: int,
    params: Sequence[str] = (),
) -> Primitive:
    """Make such an operation.

    Parameters
    ----------
    name : str
        Under which it stands in the table.
    forward : callable
        Computes the result from arrays.
    backward : callable
        Of the gradient, the operands and the result: the contribution to each operand.
    by_steps : callable
        The same network on nodes.
    operands : int
        How many there are.
    params : sequence of str
        The names of the other arguments.
    """
    way_back = _WayBack(backward, by_steps)
    rules = [partial(way_back.pull, slot) for slot in range(operands)]
    return Fused(
        name, forward, arity=operands, vjps=tuple(rules), params=tuple(params), composite=by_steps
    )


class _WayBack:
    """The derivatives of an operation in all its operands, computed together.

    The sweep asks for one operand after the other, with the same gradient.
    """

    def __init__(
        self, on_arrays: Callable[..., tuple[Contribution, ...]], by_steps: Callable[..., Any]
    ) -> None:
        self._on_arrays = on_arrays
        self._by_steps = by_steps
        self._waiting = _Waiting()

    def pull(self, slot: int, g: Any, *operands: Any, **params: Any) -> Any:
        """The rule of one operand."""
        *inputs, y = operands
        if any(isinstance(x, Node) for x in (g, *operands)):
            _, pull = vjp(partial(self._by_steps, **params), *inputs)
            return pull(g)[slot]
        found = self._waiting.take(g, y, slot)
        if found is None:
            contributions = dict(enumerate(self._on_arrays(g, *operands, **params)))
            found = contributions.pop(slot)
            self._waiting.keep(g, y, contributions)
        return found()


class _Waiting(threading.local):
    """Contributions that were prepared and not yet asked for, in this thread."""

    def __init__(self) -> None:
        self._of: tuple[Any, ...] = _nothing, _nothing
        self._contributions: dict[int, Contribution] = {}

    def keep(self, g: Array, y: Array, contributions: dict[int, Contribution]) -> None:
        """Keep what a gradient g of a result y gives, for as long as that gradient is there."""
        self._of = weakref.ref(g, lambda _: contributions.clear()), weakref.ref(y)
        self._contributions = contributions

    def take(self, g: Array, y: Array, slot: int) -> Contribution | None:
        """Each is handed out once: somebody may write other numbers into g and y."""
        gradient, result = self._of
        known = gradient() is g and result() is y
        return self._contributions.pop(slot, None) if known else None


def _nothing() -> None:
    """A reference to what is not there."""

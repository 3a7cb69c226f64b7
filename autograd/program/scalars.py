"""Programs of Values: instructions over one array of numbers.

All numbers of the graph stand in one array, and their gradients in another; machines go through
the instructions over them.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import RLock
from typing import Any

import numpy as np

from autograd.program.instructions import compile_instructions
from autograd.program.machines import machines
from autograd.program.tape import ReplayError
from autograd.program.wiring import Slot, Wiring, describe, values_of


class ScalarProgram:
    """What a function on Values does.

    Parameters
    ----------
    wiring : Wiring
        Of one call.
    lasting : set of int
        Identities of the nodes that stay between calls; others are constants.

    Attributes
    ----------
    outputs, places, is_node, is_variable, variables, reads, results
        As of an `ArrayProgram`.
    """

    def __init__(self, wiring: Wiring, lasting: set[int]) -> None:
        for line in wiring.lines:
            if not line.entry.makes_node:
                raise ReplayError(
                    f"{describe(line.entry)} is computed beside a graph of Values, which cannot be "
                    "replayed; use Tensors, or call the function without replay."
                )
        self._code = code = compile_instructions(wiring, lasting)
        self._numbers = code.numbers
        self._gradients = np.zeros_like(code.numbers)
        self.results = wiring.results
        found = {
            ref: place
            for place, ref in enumerate(values_of(wiring.results))
            if isinstance(ref, Slot) and ref.number >= wiring.inputs
        }
        self.outputs, self.places = list(found), list(found.values())
        self._outs = np.array([code.places[slot.number] for slot in self.outputs], dtype=np.intp)
        self.is_node = [True] * len(self.outputs)
        self.is_variable = [bool(code.needs[place]) for place in self._outs]
        numbers = [n for n in range(wiring.inputs) if wiring.nodes[n].requires_grad]
        self.variables = (*code.reads[: code.variables], *numbers)
        self.reads = code.reads
        self._wanted = np.concatenate([np.arange(code.variables), code.inputs[numbers]]).astype(
            np.intp
        )
        self._machines = machines(code)
        self.backward: list[Callable[..., Any]] = [
            lambda saved, gradient, free, place=place: self._backward(place, gradient)
            for place in self._outs
        ]
        self._last_run: object = None
        self.lock = RLock()

    def forward(self, *inputs: float) -> tuple[list[float], object, None]:
        """Compute the results from the numbers of the arguments."""
        numbers = self._numbers
        numbers[: len(self.reads)] = [node._raw for node in self.reads]
        if inputs:
            numbers[self._code.inputs] = inputs
        with np.errstate(all="ignore"):
            for machine in self._machines:
                machine.forward(numbers)
        self._last_run = object()
        return numbers[self._outs].tolist(), self._last_run, None

    def _backward(self, place: int, gradient: Any) -> list[float]:
        gradients = self._gradients
        gradients.fill(0.0)
        gradients[place] = gradient
        with np.errstate(all="ignore"):
            for machine in reversed(self._machines):
                machine.backward(self._numbers, gradients)
        return gradients[self._wanted].tolist()  # type: ignore[no-any-return]

    def holds(self, saved: object) -> bool:
        """Whether the numbers are still those of the run that has saved this."""
        return saved is self._last_run

    def beside(self, arrays: None) -> list[Any]:
        """Nothing is computed beside a graph of Values."""
        return []

"""Programs of Tensors: a wiring as straight lines of Python that call numpy.

What an operation costs besides its arithmetic (finding the carrier, making the node, finding the
order of the sweep) is spent once, when the lines are written. They call the same functions of the
table on the same arrays in the same order as the eager engine does, so the results are the same
bit for bit. Each array is forgotten after the line that needs it last, so that numpy's allocator
hands out its memory again while it is in the cache; to keep arrays for the next run was measured
too, and was no faster but held all of them at once.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import RLock
from typing import Any

from autograd.node import Node
from autograd.program.wiring import Kept, Slot, Wiring, fill, values_of
from autograd.program.writing import Writer, recorded


class ArrayProgram:
    """What a function on Tensors does, as generated functions.

    Nothing of the recorded call is kept but what stays between calls.

    Parameters
    ----------
    wiring : Wiring
        Of one call.
    lasting : set of int
        Identities of the nodes and arrays that stay between calls; others are constants.

    Attributes
    ----------
    variables : tuple of Node or int
        With respect to what there are gradients: nodes that stay, and numbers of arguments.
    source : str
        The generated lines, to be read.
    """

    def __init__(self, wiring: Wiring, lasting: set[int]) -> None:
        self.results = wiring.results
        places = {
            ref: place
            for place, ref in enumerate(values_of(wiring.results))
            if isinstance(ref, Slot) and ref.number >= wiring.inputs
        }
        self.outputs, self.places = list(places), list(places.values())
        self.is_node = [isinstance(wiring.nodes[slot.number], Node) for slot in self.outputs]
        self.is_variable = [recorded(wiring.nodes[slot.number]) for slot in self.outputs]
        #: Nodes that are read as they are at each run.
        self.reads = [
            ref.it
            for line in wiring.lines
            for ref in values_of(line.args)
            if isinstance(ref, Kept) and isinstance(ref.it, Node) and id(ref.it) in lasting
        ]
        self.lock = RLock()
        writer = Writer(wiring, lasting, self.outputs)
        self.variables = writer.variables
        self._beside = writer.beside
        self.source = writer.write()
        exec(compile(self.source, "<replay>", "exec"), writer.objects)
        self.forward: Callable[..., Any] = writer.objects["forward"]
        self.backward = [writer.objects[f"backward_{k}"] for k in range(len(self.outputs))]

    def beside(self, arrays: tuple[Any, ...]) -> list[Any]:
        """What the functions beside the graph returned in a run, in their containers."""
        held = iter(arrays)
        return [fill(out, lambda _: next(held)) for out in self._beside]

    def holds(self, saved: Any) -> bool:
        """Whether what a run has saved is still there."""
        return saved is not None

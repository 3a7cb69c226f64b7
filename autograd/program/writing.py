"""The writer of the lines of an `ArrayProgram`: one for each operation, forward and backward."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from autograd.broadcasting import unbroadcast
from autograd.containers import map_leaves
from autograd.node import Node
from autograd.primitives import apply_local
from autograd.program.tape import Decision, ReplayError
from autograd.program.wiring import Kept, Line, Slot, Wiring, describe, values_of

#: Names of arrays in the generated lines: of slots, and of their gradients.
_ARRAY = re.compile(r"\b[sd][0-9]+\b")


class Writer:
    """Writes what a wiring does as functions: ``forward``, and ``backward_k`` for each result.

    Parameters
    ----------
    wiring : Wiring
        Of one call.
    lasting : set of int
        Identities of the nodes and arrays that stay between calls; others are constants.
    outputs : list of Slot
        The results that are computed.

    Attributes
    ----------
    objects : dict of str to object
        What the lines refer to, by name.
    variables : tuple of Node or int
        With respect to what there are gradients: nodes that stay, and numbers of arguments.
    beside : list
        What the functions beside the graph return, with slots in place of arrays.
    """

    def __init__(self, wiring: Wiring, lasting: set[int], outputs: list[Slot]) -> None:
        self._lines = wiring.lines
        self._nodes = wiring.nodes
        self._inputs = wiring.inputs
        self._lasting = lasting
        self._outputs = outputs
        self._known: dict[int, str] = {}
        self.objects: dict[str, Any] = dict(_HELPERS)
        self.beside = [
            _with_slots(line.entry.out, line.outs)
            for line in wiring.lines
            if not (line.entry.makes_node or isinstance(line.entry.function, Decision))
        ]
        #: The lines of the graph: those through which a gradient may flow.
        self._graph = [line for line in wiring.lines if recorded(line.entry.out)]
        #: Numbers of the slots that the way back needs.
        self._saved: set[int] = set()
        self.variables = self._find_variables()

    def write(self) -> str:
        """The source of all functions."""
        bodies = [self._backward(out) for out in self._outputs]
        backward = [self._with_head(k, body) for k, body in enumerate(bodies)]
        return "\n\n\n".join([self._forward(self._lines), *backward])

    # --- names --------------------------------------------------------------------------------

    def _object(self, it: Any, kind: str = "k") -> str:
        """The name in the generated code of an object from outside it."""
        name = self._known.get(id(it))
        if name is None:
            name = self._known[id(it)] = f"{kind}{len(self._known)}"
            self.objects[name] = it
        return name

    def _expression(self, ref: Any) -> str:
        """How the generated code calls an argument."""
        if isinstance(ref, Slot):
            return f"s{ref.number}"
        if isinstance(ref, Kept):
            if not isinstance(ref.it, Node):
                return self._object(ref.it)
            if id(ref.it) in self._lasting:
                return f"{self._object(ref.it, 'node')}._raw"
            return self._object(ref.it._raw)
        if isinstance(ref, tuple) and not hasattr(ref, "_fields"):
            return f"({''.join(f'{self._expression(part)}, ' for part in ref)})"
        if isinstance(ref, list):
            return f"[{', '.join(map(self._expression, ref))}]"
        if ref is None or isinstance(ref, bool | int):
            return repr(ref)
        return self._object(ref)

    # --- forward ------------------------------------------------------------------------------

    def _forward(self, lines: list[Line]) -> str:
        body = [self._forward_line(line) for line in _decisions_first(lines)]
        results = "".join(f"s{slot.number}, " for slot in self._outputs)
        saved = ", ".join(f"s{n}" for n in sorted(self._saved))
        held = (ref for ref in values_of(self.beside) if isinstance(ref, Slot))
        beside = "".join(f"s{slot.number}, " for slot in held)
        body.append(f"return ({results}), [{saved}], ({beside})")
        arguments = ", ".join(f"s{n}" for n in range(self._inputs))
        return f"def forward({arguments}):\n    " + "\n    ".join(_forgetting(body))

    def _forward_line(self, line: Line) -> str:
        function = line.entry.function
        if not line.entry.makes_node:
            call = f"{self._object(function)}({self._arguments(line)})"
            out = ", ".join(f"s{n}" for n in line.outs)
            return f"{out} = {call}" if line.outs else call
        (number,) = line.outs
        call = f"{self._object(function.forward)}({self._arguments(line)}"
        if line.entry.out._raw.ndim == 0:  # for which numpy gives a number, but the graph an array
            return f"s{number} = asarray({call}))"
        return f"s{number} = {call})"

    def _arguments(self, line: Line) -> str:
        named = [f"{name}={self._expression(ref)}" for name, ref in line.params.items()]
        return ", ".join([*map(self._expression, line.args), *named])

    # --- backward -----------------------------------------------------------------------------

    def _find_variables(self) -> tuple[Any, ...]:
        found: dict[int, Any] = {}
        for line in self._graph:
            for ref in line.args:
                if isinstance(ref, Kept) and recorded(ref.it):
                    found[id(ref.it)] = ref.it
                elif (
                    isinstance(ref, Slot)
                    and ref.number < self._inputs
                    and recorded(self._nodes[ref.number])
                ):
                    found[ref.number] = ref.number
        return tuple(sorted(found.values(), key=lambda it: it.__class__ is int))

    def _gradient(self, ref: Any) -> str | None:
        """The name of the gradient of an argument; None if it needs none."""
        if isinstance(ref, Kept):
            return f"d_{self._object(ref.it, 'node')}" if recorded(ref.it) else None
        if isinstance(ref, Slot) and recorded(self._nodes[ref.number]):
            return f"d{ref.number}"
        return None

    def _with_head(self, k: int, body: list[str]) -> str:
        """A backward function: what was saved, once it is known what all of them need."""
        saved = "".join(f"s{n}, " for n in sorted(self._saved))
        head = [f"{saved}= saved"] if saved else []
        lines = [*head, "if free: saved.clear()", *body]
        arguments = f"saved, d{self._outputs[k].number}, free"
        return f"def backward_{k}({arguments}):\n    " + "\n    ".join(_forgetting(lines))

    def _backward(self, output: Slot) -> list[str]:
        arrived = {f"d{output.number}"}
        body: list[str] = []
        for line in reversed(self._graph):
            if f"d{line.outs[0]}" in arrived:
                for slot, ref in enumerate(line.args):
                    name = self._gradient(ref)
                    if name:
                        contribution = self._contribution(line, slot, ref)
                        total = f"{name} + {contribution}" if name in arrived else contribution
                        body.append(f"{name} = {total}")
                        arrived.add(name)
        names = [
            self._gradient(Slot(v) if isinstance(v, int) else Kept(v)) or "" for v in self.variables
        ]
        body.append(f"return {', '.join(n if n in arrived else 'None' for n in names)},")
        return body

    def _contribution(self, line: Line, slot: int, ref: Any) -> str:
        """What a line adds to the gradient of an argument; see `autograd.sweep._push`."""
        op, gradient = line.entry.function, f"d{line.outs[0]}"
        target = self._nodes[ref.number] if isinstance(ref, Slot) else ref.it
        out = line.entry.out
        fits = op.derivatives and target.shape == out.shape and target.dtype == out.dtype
        if op.derivatives and isinstance(op.derivatives[slot], float):
            factor = op.derivatives[slot]
            product = gradient if factor == 1.0 else f"{gradient} * {factor!r}"
        else:
            product = self._product(line, slot, gradient)
            fits = False
        if fits:
            return product
        return f"fit({product}, {target.shape!r}, {self._object(target.dtype)})"

    def _product(self, line: Line, slot: int, gradient: str) -> str:
        op = line.entry.function
        used = [ref for ref in values_of((line.args, line.params)) if isinstance(ref, Slot)]
        self._saved.update(line.outs, (ref.number for ref in used))
        arguments = [*map(self._expression, line.args), f"s{line.outs[0]}"]
        named = [f"{name}={self._expression(ref)}" for name, ref in line.params.items()]
        if op.arity is None:
            inputs = "".join(f"{x}, " for x in arguments[:-1])
            rest = ", ".join([gradient, f"({inputs})", arguments[-1], *named])
            return f"{self._object(op.vjps[0])}({slot}, {rest})"
        if not op.derivatives:
            rest = ", ".join([gradient, *arguments, *named])
            return f"{self._object(op.vjps[slot])}({rest})"
        if any(isinstance(ref, float | int) for ref in line.args):
            # A derivative may raise for a plain number, and `pull` knows what to do then.
            inputs, params = "".join(f"{x}, " for x in arguments[:-1]), f"dict({', '.join(named)})"
            rest = f"{slot}, {gradient}, ({inputs}), {arguments[-1]}, {params}"
            return f"{self._object(op)}.pull({rest})[1]"
        derivative = f"{self._object(op.derivatives[slot])}({', '.join([*arguments, *named])})"
        return f"apply_local({gradient}, {derivative})"


def _with_slots(out: Any, numbers: tuple[int, ...]) -> Any:
    slots = map(Slot, numbers)
    return map_leaves(lambda it: next(slots) if isinstance(it, Node | np.ndarray) else it, out)


def _decisions_first(lines: list[Line]) -> list[Line]:
    """The lines in an order in which nothing has been drawn or updated before all is decided.

    Raises
    ------
    ReplayError
        If a decision depends on what the graph computes.
    """
    makers = {number: line for line in lines for number in line.outs}
    first: dict[int, Line] = {}

    def put_first(line: Line) -> None:
        for ref in values_of((line.args, line.params)):
            if isinstance(ref, Slot) and ref.number in makers:
                put_first(makers[ref.number])
        if line.entry.makes_node:
            raise ReplayError(
                f"what {describe(line.entry)} computes decides what to do next, which a replay "
                "could not undo; call the function without replay."
            )
        first.setdefault(id(line), line)

    for line in lines:
        if isinstance(line.entry.function, Decision):
            put_first(line)
    return [*first.values(), *(line for line in lines if id(line) not in first)]


def _forgetting(lines: list[str]) -> list[str]:
    """Lines of a function that delete each array after the line that needs it last."""
    known: set[str] = set()
    found: list[str] = []
    for line in reversed(lines):
        last = dict.fromkeys(name for name in _ARRAY.findall(line) if name not in known)
        known.update(last)
        forget = f"; del {', '.join(last)}" if last and found else ""
        found.append(line + forget)
    return found[::-1]


def recorded(it: Any) -> bool:
    """Whether a gradient may flow to it."""
    return isinstance(it, Node) and it.requires_grad


def fit_array(product: Any, shape: tuple[int, ...], dtype: Any) -> Any:
    """Give a contribution the shape and dtype of what it is for; see `autograd.sweep.fit`."""
    if product.__class__ is np.ndarray and product.shape == shape and product.dtype is dtype:
        return product
    product = np.asarray(product)
    if product.shape != shape:
        product = unbroadcast(product, shape)
    if product.dtype != dtype:
        if product.dtype.kind == "c" and dtype.kind == "f":
            product = product.real
        product = product.astype(dtype)
    return np.asarray(product)


#: What the generated lines call beside the table and numpy.
_HELPERS = {
    "apply_local": apply_local,
    "asarray": np.asarray,
    "fit": fit_array,
}

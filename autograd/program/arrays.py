"""Programs of Tensors: a wiring as straight lines of Python that call numpy.

What an operation costs besides its arithmetic (finding the carrier, making the node, finding the
order of the sweep) is spent once, when the lines are written. They call the same functions of the
table on the same arrays in the same order as the eager engine does, so the results are the same
bit for bit; where numpy can write into an array of the last run, it does, which saves the
allocation of large ones.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import RLock
from typing import Any

import numpy as np

from autograd.broadcasting import unbroadcast
from autograd.containers import map_leaves
from autograd.node import Node
from autograd.primitives import apply_local
from autograd.program.tape import Decision, ReplayError
from autograd.program.wiring import Kept, Line, Slot, Wiring, describe, fill, values_of


class ArrayProgram:
    """What a function on Tensors does, as generated functions.

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
        self._nodes = wiring.nodes
        self._inputs = wiring.inputs
        self._lasting = lasting
        self._objects: dict[str, Any] = dict(_HELPERS)
        self._known: dict[int, str] = {}
        self.results = wiring.results
        places = {
            ref: place
            for place, ref in enumerate(values_of(wiring.results))
            if isinstance(ref, Slot) and ref.number >= wiring.inputs
        }
        self.outputs, self.places = list(places), list(places.values())
        self.is_node = [isinstance(wiring.nodes[slot.number], Node) for slot in self.outputs]
        self.is_variable = [_recorded(wiring.nodes[slot.number]) for slot in self.outputs]
        #: What the functions beside the graph return, with slots in place of arrays.
        self._beside = [
            _with_slots(line.entry.out, line.outs)
            for line in wiring.lines
            if not (line.entry.makes_node or isinstance(line.entry.function, Decision))
        ]
        #: The lines of the graph: those through which a gradient may flow.
        self._graph = [line for line in wiring.lines if _recorded(line.entry.out)]
        #: Nodes that are read as they are at each run.
        self.reads = [
            ref.it
            for line in wiring.lines
            for ref in values_of(line.args)
            if isinstance(ref, Kept) and isinstance(ref.it, Node) and id(ref.it) in lasting
        ]
        self.last_run: object = None
        self.lock = RLock()
        self.variables = self._find_variables()
        bodies = [self._backward(out) for out in self.outputs]
        self.source = "\n\n\n".join(
            [
                self._forward(wiring.lines),
                *(self._with_head(k, body) for k, body in enumerate(bodies)),
            ]
        )
        exec(compile(self.source, "<replay>", "exec"), self._objects)
        self.forward: Callable[..., Any] = self._objects["forward"]
        self.backward = [self._objects[f"backward_{k}"] for k in range(len(self.outputs))]

    def beside(self, saved: tuple[Any, ...]) -> list[Any]:
        """What the functions beside the graph returned in a run, from what the run saved."""
        held = dict(zip(sorted(self._saved), saved, strict=True))
        return [fill(out, lambda slot: held[slot.number]) for out in self._beside]

    # --- names --------------------------------------------------------------------------------

    def _object(self, it: Any, kind: str = "k") -> str:
        """The name in the generated code of an object from outside it."""
        name = self._known.get(id(it))
        if name is None:
            name = self._known[id(it)] = f"{kind}{len(self._known)}"
            self._objects[name] = it
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
        saved = sorted(self._saved)
        body = [self._forward_line(line) for line in _decisions_first(lines)]
        results = "".join(f"exclusive(s{slot.number}), " for slot in self.outputs)
        body.append(f"return ({results}), ({''.join(f's{n}, ' for n in saved)})")
        arguments = ", ".join(f"s{n}" for n in range(self._inputs))
        return f"def forward({arguments}):\n    " + "\n    ".join(body)

    def _forward_line(self, line: Line) -> str:
        function = line.entry.function
        if not line.entry.makes_node:
            call = f"{self._object(function)}({self._arguments(line)})"
            out = ", ".join(f"s{n}" for n in line.outs)
            return f"{out} = {call}" if line.outs else call
        (number,) = line.outs
        call = f"{self._object(function.forward)}({self._arguments(line)}"
        raw = line.entry.out._raw
        if _takes_out(function.forward) and number not in self._exposed():
            return f"s{number} = {call}, out={self._object(np.empty_like(raw), 'buffer')})"
        if raw.ndim == 0:  # numpy gives a number where the graph has an array without axes
            return f"s{number} = asarray({call}))"
        return f"s{number} = {call})"

    def _arguments(self, line: Line) -> str:
        named = [f"{name}={self._expression(ref)}" for name, ref in line.params.items()]
        return ", ".join([*map(self._expression, line.args), *named])

    def _exposed(self) -> set[int]:
        """Slots whose arrays leave the program, so that a later run must not write into them."""
        return {slot.number for slot in self.outputs}

    # --- backward -----------------------------------------------------------------------------

    def _find_variables(self) -> tuple[Any, ...]:
        found: dict[int, Any] = {}
        for line in self._graph:
            for ref in line.args:
                if isinstance(ref, Kept) and _recorded(ref.it):
                    found[id(ref.it)] = ref.it
                elif (
                    isinstance(ref, Slot)
                    and ref.number < self._inputs
                    and _recorded(self._nodes[ref.number])
                ):
                    found[ref.number] = ref.number
        self._saved = {ref.number for ref in values_of(self._beside) if isinstance(ref, Slot)}
        return tuple(sorted(found.values(), key=lambda it: it.__class__ is int))

    def _gradient(self, ref: Any) -> str | None:
        """The name of the gradient of an argument; None if it needs none."""
        if isinstance(ref, Kept):
            return f"d_{self._object(ref.it, 'node')}" if _recorded(ref.it) else None
        if isinstance(ref, Slot) and _recorded(self._nodes[ref.number]):
            return f"d{ref.number}"
        return None

    def _with_head(self, k: int, body: list[str]) -> str:
        """A backward function: what was saved, once it is known what all of them need."""
        saved = "".join(f"s{n}, " for n in sorted(self._saved))
        head = [f"{saved}= saved"] if saved else []
        arguments = f"saved, d{self.outputs[k].number}"
        return f"def backward_{k}({arguments}):\n    " + "\n    ".join([*head, *body])

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


def _takes_out(function: Any) -> bool:
    """Whether a function can write its result into an array."""
    code = getattr(function, "__code__", None)
    own = code.co_varnames[: code.co_argcount] if code else ()
    return isinstance(function, np.ufunc) or "out" in own


def _recorded(it: Any) -> bool:
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


def exclusive(array: Any) -> Any:
    """An array that a later run will not write into."""
    return array if array.base is None else array.copy()


#: What the generated lines call beside the table and numpy.
_HELPERS = {
    "apply_local": apply_local,
    "asarray": np.asarray,
    "fit": fit_array,
    "exclusive": exclusive,
}

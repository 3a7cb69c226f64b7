"""What boxes and edges say: on their labels, when pointed at, and to programs."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence

from viz.scene.numbers import number, times
from viz.scene.parts import Compared, Edge, Figures, Several, Vertex

#: How operations are written in formulas.
SYMBOLS = {
    "add": "+",
    "subtract": "−",
    "multiply": "×",
    "divide": "÷",
    "negative": "−",
    "matmul": "@",
    "power": "^",
    "square": "²",
    "sqrt": "√",
    "sum": "Σ",
    "abs": "|·|",
}

#: What the state of an edge means, in full.
STATES = {
    "flowing": "the gradient flows",
    "closed": "gate closed here: a gradient arrived, and exactly 0 of it passes",
    "nothing": "nothing arrived from above: the gradient was exactly 0 already",
    "broken": "NaN or ∞",
    "constant": "constant: no gradient",
    "unknown": "not computed",
}


def shape_text(shape: tuple[int, ...]) -> str:
    """A shape as it is said: 64×10."""
    return "×".join(map(str, shape)) if len(shape) != 1 else plural(shape[0], "element")


def spread(ordered: Sequence[float]) -> str:
    """Smallest, median and largest of numbers that are in order."""
    if not ordered:
        return "none"
    middle = statistics.median(ordered)
    return f"{number(ordered[0], 3)} … median {number(middle, 3)} … {number(ordered[-1], 3)}"


# --- boxes ------------------------------------------------------------------------------------


def head(vertex: Vertex) -> tuple[str, str]:
    """The title of a box, and what stands at the other end of the line."""
    if vertex.kind == "group":
        return vertex.name, f"{vertex.size} nodes"
    symbol = SYMBOLS.get(vertex.op, "")
    if vertex.name:
        return vertex.name, vertex.op
    if vertex.kind == "constant":
        value = vertex.value
        return ("constant" if value is None or value.shape else number(value.value)), ""
    return f"{symbol} {vertex.op}".strip(), ""


def lines(vertex: Vertex, computed: bool) -> list[str]:
    """The lines under the title of a box."""
    found = []
    if vertex.kind == "group":
        operations = [(w, n) for w, n in vertex.contents if w not in ("variable", "constant")]
        leaves = [(w, n) for w, n in vertex.contents if w in ("variable", "constant")]
        found.append(", ".join(f"{n} {SYMBOLS.get(what, what)}" for what, n in operations[:4]))
        found.append(", ".join(plural(n, what) for what, n in leaves))
        found = [line for line in found if line]
        sizes = vertex.gradients
        if sizes:
            found.append(f"grad {number(sizes[0], 2)} … {number(sizes[-1], 2)}")
        else:
            found.append("no gradient" if computed else "grad not computed")
        return found
    value = vertex.value
    shape = _shape(vertex)
    if value is None:
        found += [shape_text(shape)] if shape else []
        found.append("value not computed")
    elif shape:
        found.append(f"{shape_text(shape)}, RMS {number(value.value, 3)}")
        found.append(f"{number(value.low, 3)} … {number(value.high, 3)}")
    elif vertex.kind != "constant" or vertex.name:
        found.append(f"value {number(value.value)}")
    if vertex.kind == "constant":
        found.append("constant")
    elif vertex.gradient is None:
        found.append("grad not computed" if not computed else "no gradient")
    elif shape:
        found.append(f"grad RMS {number(vertex.gradient.value, 3)}")
    else:
        found.append(f"grad {number(vertex.gradient.value)}")
    return [*found, *vertex.notes]


def _shape(vertex: Vertex) -> tuple[int, ...]:
    """Shape of a node, from its gradient where the value is not known."""
    known = vertex.value or vertex.gradient
    return known.shape if known is not None else ()


def about_vertex(vertex: Vertex, root: Vertex, computed: bool) -> str:
    """What a box says when it is pointed at; `root` is the result, whose gradients are shown."""
    what = _what(vertex)
    said = [f"{vertex.label} ({what})" if what else vertex.label]
    if vertex.scope and vertex.kind != "group":
        said.append(f"in {vertex.scope}")
    if vertex.kind == "group":
        said.append(", ".join(f"{n} × {what}" for what, n in vertex.contents))
        if vertex.gradients:
            said.append(f"size of the gradients: {spread(vertex.gradients)}")
    else:
        if shape := _shape(vertex):
            said.append(f"shape {shape}")
        said.append(f"value: {'not computed' if vertex.value is None else vertex.value}")
    if vertex.gradient is not None:
        said.append(f"∂{root.label}/∂{vertex.label}: {vertex.gradient}")
    elif vertex.kind == "constant":
        said.append("constant: no gradient")
    elif not computed:
        said.append("gradient: not computed")
    return "\n".join([*said, *vertex.notes])


def vertex_facts(vertex: Vertex) -> dict[str, str]:
    """What a box tells a program."""
    facts = {"kind": vertex.kind, "label": vertex.label}
    facts |= {k: v for k in ("op", "scope") if (v := getattr(vertex, k))}
    if vertex.value is not None:
        facts["value"] = vertex.value.raw
    if vertex.kind == "group":
        facts["nodes"] = str(vertex.size)
    if vertex.gradient is not None:
        facts["gradient"] = vertex.gradient.raw
    return facts


def _what(vertex: Vertex) -> str:
    if vertex.kind == "group":
        return vertex.op
    if vertex.kind == "loss":
        return f"the result, made by {vertex.op}" if vertex.op else "the result"
    return vertex.op if vertex.kind == "operation" and vertex.name else vertex.kind


# --- edges ------------------------------------------------------------------------------------


def edge_labels(edge: Edge) -> tuple[str, str]:
    """What stands above an edge and below it, each short enough for the run before a slot."""
    if edge.state == "unknown":
        return "not computed", ""
    if edge.state == "constant":
        return "no gradient", ""
    if edge.state == "broken":
        size = edge.magnitude
        return f"⚠ {number(size) if not math.isfinite(size) else 'NaN or ∞'}", ""
    if isinstance(edge.numbers, Compared):
        return _compared(edge.numbers)
    if edge.state in ("closed", "nothing"):
        return "0", "gate closed" if edge.state == "closed" else "none arrived"
    if isinstance(edge.numbers, Figures):
        contribution = edge.numbers.contribution
        above = number(contribution.value, 3)
        if contribution.shape:
            above = f"RMS {above}"
    else:
        assert edge.numbers is not None
        sizes = edge.numbers.sizes
        above = f"{number(sizes[0], 2)} … {number(sizes[-1], 2)}"
        if len(sizes) == 1:
            above = number(sizes[0], 3)
    mark = "" if math.isnan(edge.gain) else f"gain ×{number(edge.gain, 2)}"
    return above, mark


def _compared(numbers: Compared) -> tuple[str, str]:
    if not numbers.pairs:
        return "only here", ""
    before, after = (statistics.median(sizes) for sizes in zip(*numbers.pairs, strict=True))
    return f"{number(before, 2)} → {number(after, 2)}", times(before, after)


def about_edge(edge: Edge, root: Vertex) -> str:
    """What an edge says when it is pointed at; `root` is the result."""
    way = f"gradient from {edge.consumer_label} to {edge.operand_label}"
    if isinstance(edge.numbers, Compared):
        return "\n".join([way, *_about_compared(edge.numbers, edge)])
    if edge.count > 1:
        return "\n".join([f"{way}, over {edge.count} argument slots", *_about_several(edge)])
    said = [f"{way}, argument slot {edge.slot}", STATES[edge.state]]
    figures = edge.numbers
    if not isinstance(figures, Figures):
        return "\n".join(said)
    contribution, upstream, local = figures.contribution, figures.upstream, figures.local
    if local is None:
        said.append(f"gain: {number(edge.gain)} (no single local derivative: elements are mixed)")
        said.append(f"contribution: {contribution}")
    else:
        said.append(f"local derivative: {local}")
        said.append(f"gain: {number(edge.gain)}")
        equation = "" if contribution.shape or upstream.shape else f" = {upstream} × {local}"
        said.append(f"contribution: {contribution}{equation}")
    derivative = f"∂{root.label}/∂{edge.operand_label}"
    said.append(f"{derivative} before → after: {figures.before} → {figures.after}")
    said.append(f"in total: {figures.total}")
    return "\n".join(said)


def _about_compared(numbers: Compared, edge: Edge) -> list[str]:
    said = [STATES[edge.state]]
    if not numbers.pairs:
        return [*said, "the first graph has no such edge"]
    before, after = (sorted(sizes) for sizes in zip(*numbers.pairs, strict=True))
    if len(before) == 1:
        said.append(f"size of the contribution: {number(before[0])} → {number(after[0])}")
    else:
        said.append(f"sizes of the contributions in the first: {spread(before)}")
        said.append(f"in the second: {spread(after)}")
    return [*said, f"{times(statistics.median(before), statistics.median(after))} of the first"]


def _about_several(edge: Edge) -> list[str]:
    if not isinstance(edge.numbers, Several):
        return [STATES[edge.state]]
    numbers = edge.numbers
    said = [f"contributions: {spread(numbers.sizes)}", f"gains: {spread(numbers.gains)}"]
    for state, count in numbers.states.items():
        if state != "flowing":
            said.append(f"{count} of {len(numbers.sizes)}: {STATES[state]}")
    if len(numbers.sizes) < edge.count:
        said.append(f"{edge.count - len(numbers.sizes)} more to constants")
    return said


def edge_facts(edge: Edge) -> dict[str, str]:
    """What an edge tells a program; the gradient goes from `source` to `target`, as in `Flow`."""
    facts = {
        "source": edge.consumer_label,
        "target": edge.operand_label,
        "slot": str(edge.slot),
        "state": edge.state,
    }
    if edge.count > 1:
        facts["slots"] = str(edge.count)
    numbers = edge.numbers
    if isinstance(numbers, Compared):
        facts["ratio"] = repr(edge.gain)
    elif isinstance(numbers, Several):
        facts["min"] = repr(numbers.sizes[0])
        facts["median"] = repr(edge.magnitude)
        facts["max"] = repr(numbers.sizes[-1])
        facts["gain"] = repr(edge.gain)
    elif numbers is not None:
        if numbers.local is not None:
            facts["local"] = numbers.local.raw
        facts["gain"] = repr(edge.gain)
        facts["contribution"] = numbers.contribution.raw
        facts["before"] = numbers.before.raw
        facts["after"] = numbers.after.raw
        facts["total"] = numbers.total.raw
    return facts


def plural(count: int, what: str) -> str:
    """A number of things: 1 box, 2 boxes."""
    return f"{count} {what}" + ("" if count == 1 else "es" if what.endswith("x") else "s")

"""The letters of a formula: what each stands for on one edge, and what is written for it."""

from __future__ import annotations

import inspect
from collections.abc import Container, Iterator
from itertools import chain, count
from typing import Any

import numpy as np

from autograd import Flow, Node
from autograd.history import operands_of
from autograd.primitives import TABLE, data_of
from viz.scene.labels import Labels
from viz.scene.numbers import number
from viz.stepping.figures import Arrival, Figures, bracketed, dimensions, extent, figure, short
from viz.stepping.formulas import LOCAL, MATRICES
from viz.stepping.words import saturated

#: Letters for operands without a name, if the usual one is the name of something else.
_SPARE = "uvwzpqrst"
#: What no bound means, for the parameters of clip.
_UNBOUNDED = {"a_min": "−∞", "a_max": "∞"}
#: Digits of the values in a legend: enough to calculate with, unless 1 is this close.
_DIGITS, _CLOSE = 6, 1e-4


class Letters:
    """What stands in the places of the templates of one flow.

    A letter becomes the symbol of its node, or a plain number; an operand without either keeps its
    letter. The legend says what they are.

    Parameters
    ----------
    flow, figures : Flow, Figures
        The edge and its numbers.
    labels : Labels
        What its nodes are called.
    arrival : Arrival
        Which of the contributions to its target it is.
    """

    def __init__(self, flow: Flow, figures: Figures, labels: Labels, arrival: Arrival) -> None:
        self._flow, self._figures, self._labels, self._arrival = flow, figures, labels, arrival
        operands = operands_of(flow.source)
        # What PyTorch does not differentiate it may leave out at the end.
        two = len(LOCAL.get(flow.source.op, operands)) == 2
        pair = dict(zip("ab", operands, strict=False)) if two else {}
        # In this order: result, target, other operand.
        self._things: dict[str, Any] = {"y": flow.source, "x": flow.target, **pair}
        self._symbols: dict[str, str] = {}
        written = {id(x): self._own_symbol(x) for x in self._things.values()}
        for letter in ("y", *pair, "x"):
            thing = self._things[letter]
            if not written[id(thing)]:
                usual = letter.upper() if flow.source.op in MATRICES else letter
                written[id(thing)] = _free(usual, labels.symbols, written.values())
            self._symbols[letter] = written[id(thing)]

    def _own_symbol(self, thing: Any) -> str:
        return self._labels.symbol(thing) or _plain_number(thing)

    def is_number(self, formula: str) -> bool:
        """Whether a formula is a letter for which a plain number is written."""
        thing = self._things.get(formula)
        return thing is not None and self._symbols[formula] == _plain_number(thing)

    def legend(self) -> str:
        """What the letters stand for and their values, each once, as a template."""
        said: dict[str, str] = {}
        for letter, thing in self._things.items():
            symbol = self._symbols[letter]
            if symbol not in said and data_of(thing) is not None and not self.is_number(letter):
                part = {"y": "source", "x": "target"}.get(letter, letter)
                label = "" if symbol == self._labels.label(thing) else f" = {{{part}_label}}"
                said[symbol] = f"{{{letter}}}{label} = {{{part}_value}}"
        return ", ".join(said.values())

    def are_known(self) -> bool:
        """Whether all values are known: PyTorch does not keep each of them."""
        return all(data_of(thing) is not None for thing in self._things.values())

    def call(self) -> str:
        """The operation on its operands, as a template: ``{op}({a}, {b})``."""
        operands = [letter for letter in self._things if letter in "ab"] or ["x"]
        return f"{{op}}({', '.join(f'{{{letter}}}' for letter in operands)})"

    def text(self, name: str) -> str:
        """What stands in a place: a letter's symbol, a number of the flow, or a parameter."""
        if name in self._symbols:
            return self._symbols[name]
        figures, slope = self._figures, self._figures.local
        match name:
            case "L":
                return self._labels.result
            case "op":
                return self._flow.source.op
            case "target":
                return self._labels.of[self._flow.target]
            case "arrived":
                return str(self._arrival.number)
            case "expected":
                return str(self._arrival.expected)
            case "upstream" | "contribution" | "before" | "after":
                return short(getattr(figures, name))
            case "added":
                return bracketed(short(figures.contribution))
            case "gain":
                return number(figures.gain, 3)
            case "shape":
                return dimensions(figures.contribution)
            case "size":
                return str(figures.contribution.size)
            case "bad":
                return str(figures.contribution.nonfinite)
            case "n":
                return number(_averaged(self._flow))
            case "local" if slope is not None:
                return bracketed(short(slope))
            case "slope" if slope is not None:
                return extent(slope)
            case "closed" if slope is not None:
                return str(slope.zeros)
            case "places" if slope is not None:
                return str(slope.size)
            case "flat":
                return str(int(np.count_nonzero(saturated(self._flow))))
        part, _, what = name.partition("_")
        if what in ("label", "value"):
            thing = self._things[{"source": "y", "target": "x"}.get(part, part)]
            return self._labels.label(thing) if what == "label" else value_text(thing)
        return _parameter(self._flow.source, name)


def _free(letter: str, names: Container[str], letters: Container[str]) -> str:
    """A letter that is the name of nothing, and not in use."""
    numbered = (f"{letter}{n}" for n in count(1))
    candidates: Iterator[str] = chain((letter, *_SPARE), numbered)
    return next(symbol for symbol in candidates if symbol not in names and symbol not in letters)


def value_text(thing: Any) -> str:
    """The value of a node, or of an array that is an operand, to calculate with."""
    data = data_of(thing)
    if data is None:
        return "not kept"
    summary = figure(data)
    if summary.shape:
        return f"{short(summary, _DIGITS)} ({dimensions(summary)})"
    return _beside_one(summary.value) or number(summary.value, _DIGITS)


def _beside_one(x: float) -> str:
    """A number close to ±1 as its distance from there, which 1 − y² depends on; else empty."""
    distance = 1 - abs(x)
    if not 0 < abs(distance) < _CLOSE:
        return ""
    text = f"1 {'−' if distance > 0 else '+'} {number(abs(distance))}"
    return text if x > 0 else f"−({text})"


def _plain_number(operand: Any) -> str:
    """A constant number as it stands in a product; empty for all else."""
    data = data_of(operand)
    if getattr(operand, "requires_grad", False) or data is None:
        return ""
    return "" if np.ndim(data) or np.iscomplexobj(data) else bracketed(number(float(data)))


def _averaged(flow: Flow) -> float:
    """Over how many elements a mean or a variance is taken."""
    lost = sum(flow.source.params.get(name, 0) for name in ("ddof", "correction"))
    return float(np.size(flow.contribution) / max(np.size(flow.upstream), 1) - lost)


def _parameter(node: Node, name: str) -> str:
    """A parameter of an operation: its number, or else its name."""
    value = node.params.get(name)
    if value is None and node.op in TABLE and name in TABLE[node.op].params:
        default = inspect.signature(TABLE[node.op].forward).parameters[name].default
        value = None if default is inspect.Parameter.empty else default
    if value is None:
        return _UNBOUNDED.get(name, name)
    if isinstance(value, str) or np.ndim(value):
        return name
    is_condition = np.asarray(value).dtype == bool
    return str(bool(value)) if is_condition else number(float(value))

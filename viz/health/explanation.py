"""What `why` returns: the culprits of one gradient, for terminal, notebook and code."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape
from textwrap import fill
from typing import Literal

from autograd import Node
from viz.scene.numbers import number

#: Letters in a line of text.
_TEXT = 96

Verdict = Literal["tiny", "huge", "ordinary", "zero", "non-finite", "unreached"]


@dataclass(frozen=True)
class Culprit:
    """One reason for the size of a gradient.

    Attributes
    ----------
    kind : str
        "saturated", "sigmoid", "closed gate", "small weights", "large weights", "zero weights",
        "small input", "large input", "zero input", "cancellation", "several paths", "non-finite",
        "small slope", "large slope" or "zero slope".
    layer, op : str
        Where: scope of the module (or running number), and the operation.
    bits : float
        How many powers of two it costs (negative) or adds, along the paths over which the gradient
        came, each weighted by its share; −inf where it stops the gradient, nan where that is not
        finite.
    sentence, advice : str
        What happens, with the figures; and what usually helps.
    node : Node
        The operation itself; where there are several, the one that matters most.
    figures : mapping of str to float
        The figures of the sentence, by name.
    """

    kind: str
    layer: str
    op: str
    bits: float
    sentence: str
    advice: str
    node: Node = field(repr=False)
    figures: Mapping[str, float] = field(default_factory=dict)

    def __str__(self) -> str:
        helps = f" What helps: {self.advice}" if self.advice else ""
        return f"{self.sentence}{helps}"


@dataclass(frozen=True, repr=False)
class Explanation:
    """Why a gradient is what it is; made by `viz.why`.

    Attributes
    ----------
    parameter : str
        What was asked about.
    verdict : {"tiny", "huge", "ordinary", "zero", "non-finite", "unreached"}
        Tiny or huge compared with the loss's own gradient, 1, not counting what the size of the
        batch does.
    gradient : float
        Its RMS; nan where no gradient arrives.
    bits : float
        log₂ of the gradient compared with the loss's own, not counting what the size of the batch
        does.
    culprits : tuple of Culprit
        What costs most first (what adds most, if the gradient is huge).
    passed_on : tuple of Node
        Where the gradient is not finite: the operations that only handed that on.
    """

    parameter: str
    verdict: Verdict
    gradient: float
    bits: float
    culprits: tuple[Culprit, ...]
    passed_on: tuple[Node, ...] = field(default=(), repr=False)

    @property
    def sentence(self) -> str:
        """The verdict in a sentence."""
        name, size = self.parameter, number(self.gradient, 3)
        if self.verdict == "unreached":
            return (
                f"The loss does not depend on {name}, so it has no gradient: use it in forward(); "
                "detach(), .data and no_grad() cut a graph."
            )
        if self.verdict == "non-finite":
            passed = len(self.passed_on)
            handed = f"; where that comes from stands below, and {passed} more " if passed else ""
            handed += f"operation{'s' if passed > 1 else ''} only handed it on" if passed else ""
            return f"The gradient of {name} is not finite{handed}."
        if self.verdict == "zero":
            return f"The gradient of {name} is exactly 0: it is stopped on every path."
        way = "below" if self.bits < 0 else "above"
        return (
            f"The gradient of {name} is {self.verdict}: its RMS is {size}, and on its way it comes "
            f"out {abs(self.bits):.1f} bits {way} where it started, not counting what the size of "
            "the batch does."
        )

    def print(self) -> None:
        """Write the verdict and the culprits to the terminal."""
        print(self)

    def __str__(self) -> str:
        lines, given = [fill(self.sentence, _TEXT)], set()
        for culprit in self.culprits:
            lines.append(fill(culprit.sentence, _TEXT, initial_indent="• ", subsequent_indent="  "))
            if culprit.advice and culprit.advice not in given:
                given.add(culprit.advice)
                helps = f"What helps: {culprit.advice}"
                lines.append(fill(helps, _TEXT, initial_indent="  ", subsequent_indent="  "))
        return "\n".join(lines)

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        cell = "<{0} style='text-align:left'>{1}</{0}>".format
        head = "".join(cell("th", text) for text in ("where", "bits", "what", "what helps"))
        rows = "".join(
            "<tr>"
            + "".join(
                cell("td", escape(text))
                for text in (c.layer or c.op, bits_text(c.bits), c.sentence, c.advice)
            )
            + "</tr>"
            for c in self.culprits
        )
        table = f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
        return f"<p>{escape(self.sentence)}</p>{table if rows else ''}"


def bits_text(bits: float) -> str:
    """Bits with their sign: −8.4, +2.0; "all" where nothing passes."""
    if math.isnan(bits):
        return ""
    return "all" if bits == -math.inf else f"{bits:+.1f}".replace("-", "−")

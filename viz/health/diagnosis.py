"""What `diagnose` returns: findings and a table of layers, for terminal and notebook."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from html import escape
from textwrap import fill
from typing import Literal

from autograd import Node
from viz.health.bars import Bars
from viz.health.survey import STEEPEST, Activation, Survey, WeightLayer
from viz.scene.numbers import number

#: Letters in a line of text.
_TEXT = 96


@dataclass(frozen=True)
class Finding:
    """One illness.

    Attributes
    ----------
    illness : str
        "vanishing", "exploding", "dead", "saturated", "zero init", "symmetric", "unnormalised",
        "learning rate", "zero gradient", "non-finite" or "unused".
    layer : str
        The layer (or parameter) where it is worst.
    severity : {"mild", "severe"}
        Severe where learning stops, at least in part of the network.
    sentence, advice : str
        What was found, with the figures; and what usually helps.
    layers : tuple of str
        All layers concerned, from input to output.
    figures : mapping of str to float
        The figures of the sentence, by name.
    node : Node or None
        The operation at fault, where it is a single one.
    """

    illness: str
    layer: str
    severity: Literal["mild", "severe"]
    sentence: str
    advice: str
    layers: tuple[str, ...] = ()
    figures: Mapping[str, float] = field(default_factory=dict)
    node: Node | None = field(default=None, repr=False)

    def __str__(self) -> str:
        told = fill(f"{self.illness} at {self.layer}: {self.sentence}", _TEXT)
        return f"{told}\n{fill(f'What helps: {self.advice}', _TEXT)}"


@dataclass(frozen=True, repr=False)
class Diagnosis:
    """Findings of `viz.diagnose`, worst first, and the figures of every layer.

    Attributes
    ----------
    findings : tuple of Finding
        Empty for a healthy network.
    survey : Survey
        What was measured, row by row.
    """

    findings: tuple[Finding, ...]
    survey: Survey

    @property
    def ok(self) -> bool:
        """Whether nothing was found."""
        return not self.findings

    def print(self) -> None:
        """Write the verdict and the table to the terminal."""
        print(self)

    def __str__(self) -> str:
        verdict = [f"{finding}\n" for finding in self.findings] or [f"{_HEALTHY}\n"]
        bars = self._bars()
        told = fill(_legend(self.survey, bars), _TEXT)
        return "\n".join([*verdict, *_lines(self._table(bars)), *(["", told] if told else ())])

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        found = "".join(
            f"<li><b>{escape(f.illness)}</b> at <b>{escape(f.layer)}</b>: {escape(f.sentence)}"
            f"<br>What helps: {escape(f.advice)}</li>"
            for f in self.findings
        )
        bars = self._bars()
        head, *body = self._table(bars)
        rows = "".join(f"<tr>{_cells(row, 'td')}</tr>" for row in body)
        return (
            (f"<ul>{found}</ul>" if found else f"<p>{_HEALTHY}</p>")
            + f"<table><thead><tr>{_cells(head, 'th')}</tr></thead><tbody>{rows}</tbody></table>"
            + f"<p>{escape(_legend(self.survey, bars))}</p>"
        )

    def _table(self, bars: Bars) -> list[tuple[str, ...]]:
        head = ("layer", "units", "what", "∂L/∂weight", "∂L/∂sum ÷ the last layer's", "note")
        return [head, *(_row(row, self.survey, bars) for row in self.survey.rows)]

    def _bars(self) -> Bars:
        return Bars(map(self.survey.relative, self.survey.weight_layers))


_HEALTHY = (
    "Nothing found: the gradient reaches every layer, at a size that compares with the last one's."
)


def span(names: tuple[str, ...]) -> str:
    """The first and the last of some layers."""
    return names[0] if len(names) == 1 else f"{names[0]} to {names[-1]}"


def _legend(survey: Survey, bars: Bars) -> str:
    """What the columns mean, as far as there is something in them."""
    said = []
    if survey.weight_layers:
        said.append(
            "∂L/∂weight: RMS over the weights. ∂L/∂sum: the gradient at the sums that they make, "
            "L2 norm over units and records; times the layer's input it gives ∂L/∂weight. Bars: "
            f"log scale, one cell ×{number(bars.least, 2)} or less, full ×{number(bars.most, 2)}."
        )
    if any(row.closed.any() for row in survey.activations):
        said.append("Closed: units that pass nothing, whatever record they are given.")
    return " ".join(said)


def _row(row: WeightLayer | Activation, survey: Survey, bars: Bars) -> tuple[str, ...]:
    if isinstance(row, WeightLayer):
        relative = survey.relative(row)
        compared = bars.draw(relative)
        if not math.isnan(relative):
            compared += f" ×{number(relative, 2)}"
        notes = [] if math.isnan(row.gain) else [f"weights pass ×{number(row.gain, 2)}"]
        if row.recurrence and row.recurrence.steps:
            notes.append(f"time step ×{number(row.recurrence.rate, 2)}")
        what, strength = row.variable or "weights", number(row.strength, 2)
        return (row.name, str(row.units), what, strength, compared, ", ".join(notes))
    closed, saturated = float(row.closed.mean()), float(row.saturated.mean())
    notes = [f"mean slope {number(row.slope, 2)}"]
    if closed:
        notes.append(f"{closed:.0%} closed")
    if row.op in STEEPEST and saturated:
        notes.append(f"{saturated:.0%} saturated")
    return (row.name, str(row.units), row.op, "", "", ", ".join(notes))


def _lines(table: list[tuple[str, ...]]) -> Iterable[str]:
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    for row in table:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _cells(row: tuple[str, ...], tag: str) -> str:
    return "".join(f"<{tag} style='text-align:left'>{escape(cell)}</{tag}>" for cell in row)

"""A report as HTML, for notebooks: the wrong cells are marked. No scripts, no outside resources."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import numpy as np

from autograd.checking.results import Element, InputResult
from autograd.checking.verdicts import Verdict

if TYPE_CHECKING:
    from autograd.checking.report import Report

_COLOURS = {
    Verdict.RIGHT: "background:#e4f2e4;color:#174a17",
    Verdict.KINK: "background:#e3ecf8;color:#143a66",
    Verdict.INCONCLUSIVE: "background:#f6efd2;color:#5c4600",
    Verdict.WRONG: "background:#b3261e;color:#ffffff;font-weight:bold",
}
_MARKS = {
    Verdict.RIGHT: "",
    Verdict.KINK: "∧ ",
    Verdict.INCONCLUSIVE: "? ",
    Verdict.WRONG: "✗ ",
}
#: Rows and columns of an input that are drawn.
_MOST = 20


def page_of(report: Report) -> str:
    """The whole report: the words, then each input as a table of claims."""
    tables = "".join(_table(result) for result in report.inputs)
    return (
        '<div style="font-family:system-ui,sans-serif;font-size:13px">'
        f'<pre style="white-space:pre-wrap;margin:0 0 8px">{escape(str(report))}</pre>{tables}'
        "</div>"
    )


def _table(result: InputResult) -> str:
    if not result.claims.size:
        return ""
    by_place = {element.index: element for element in result.elements}
    shape = result.claims.shape
    width = shape[-1] if shape else 1
    numbers = np.arange(result.claims.size).reshape(-1, width)
    rows = "".join(
        f"<tr>{''.join(_cell(by_place.get(_place(n, shape))) for n in row[:_MOST])}</tr>"
        for row in numbers[:_MOST]
    )
    cut = numbers.shape[0] > _MOST or numbers.shape[1] > _MOST
    return (
        f'<table style="border-collapse:collapse;margin:0 0 8px"><caption style="text-align:left">'
        f"input {result.number}: claimed gradient"
        f"{f', the first {_MOST} rows and columns' if cut else ''}</caption>{rows}</table>"
    )


def _place(number: int, shape: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(int(i) for i in np.unravel_index(number, shape))


def _cell(element: Element | None) -> str:
    if element is None:  # the mirror image of an element that is shown
        return '<td style="border:1px solid #999;padding:2px 6px">″</td>'
    title = (
        f"{element.name}: {element.verdict}; claimed {element.claim:.10g}, estimate "
        f"{element.estimate:.10g} ± {element.bar:.1g} {element.hint} {element.why}"
    )
    style = f"border:1px solid #999;padding:2px 6px;text-align:right;{_COLOURS[element.verdict]}"
    return (
        f'<td style="{style}" title="{escape(title.strip())}">'
        f"{_MARKS[element.verdict]}{element.claim:.5g}</td>"
    )

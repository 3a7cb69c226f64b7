"""Paths as tables: in a terminal without colour, and in a notebook."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from html import escape
from itertools import groupby
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from autograd.node import Node
from autograd.pathways.measures import norm

if TYPE_CHECKING:
    from autograd.pathways.result import Factor, Length, Path, Paths

_T = TypeVar("_T")
_Row = tuple[str, ...]

#: Of a longer list the first and the last so many are shown.
_FEW = 10


@dataclass(frozen=True, slots=True)
class _Table:
    caption: str
    header: _Row
    rows: list[_Row]
    #: Stands under the caption.
    note: str = ""


def to_text(paths: Paths) -> str:
    """Lines and tables in aligned columns."""
    return "\n".join([*_facts(paths), *map(_aligned, _tables(paths))])


def to_html(paths: Paths) -> str:
    """The same as plain HTML: no style, no script, every name escaped."""
    facts = "".join(f"<p>{escape(fact)}</p>" for fact in _facts(paths))
    return f"<div>{facts}{''.join(map(_marked_up, _tables(paths)))}</div>"


def describe_factor(factor: Factor) -> str:
    """An edge in a line: what is differentiated, by which operand, and the factor."""
    value, source, operand = _factor_row(factor)
    return f"∂({source}) by operand {operand}: {value}"


def describe_path(path: Path) -> str:
    """A path in a line: contribution = factor × factor × …, without the fixed factors of 1."""
    factors = [f.value for f in path.factors if f.value != 1.0 or not f.fixed]
    ones = len(path.factors) - len(factors)
    if path.seed != 1.0:
        factors.insert(0, path.seed)
    product = _shortened(
        [f"({_number(x)})" if x < 0 else _number(x) for x in factors],
        lambda hidden: f"… {hidden:,} more …",
    )
    said = f"{_number(_size(path.contribution))} = {' × '.join(product) or '1'}"
    if ones and factors:
        said += f" (and {_amount(ones, 'fixed factor')} of 1)"
    if math.isfinite(path.bits) and not 0 < abs(_size(path.contribution)) < math.inf:
        said += f", being 2^{path.bits:.0f}, out of the range of floats"
    return said


# --- what is said -----------------------------------------------------------------------------


def _facts(paths: Paths) -> Iterator[str]:
    """What the whole is, how much of it cancels, and what one has to know about it."""
    total, of_tensors = _total(paths), paths.element is None
    least, most, upper = ("=", "=", "") if paths.complete else ("≥", "≤", "≤ ")
    what = f"∂{_name(paths.root)}/∂{_name(paths.target)}{_index(paths.element)}"
    size = _number(_size(paths.gradient))
    yield (
        f"{what} of shape {np.shape(paths.gradient)}, norm {size}: the sum over "
        f"{_amount(paths.count, 'path')} from tensor to tensor"
        if of_tensors
        else f"{what} = {size}, the sum over {_amount(paths.count, 'path')}"
    )
    index = f"{'‖Σ‖' if of_tensors else '|Σ|'}/{total} {most} {_number(paths.cancellation)}"
    yield (
        f"{total} {least} {_number(paths.magnitude)}; cancellation index {index} "
        "(1: no path opposes another; near 0: most cancel)"
    )
    yield (
        f"the {len(paths.largest)} shown carry {upper}{_percent(paths.coverage)} of {total} and "
        f"{_percent(paths.signed_coverage)} of the gradient"
    )
    yield from _warnings(paths)


def _warnings(paths: Paths) -> Iterator[str]:
    if not paths.complete:
        yield (
            "too many paths to follow each: what is marked ≥ or ≤ is a bound, and larger paths "
            "than those shown may exist; element= ranks the paths of a single number exactly"
        )
    if not math.isfinite(paths.magnitude):
        yield (
            "not every path is finite: those that pass a nan or an infinity come first, and "
            "shares of such sums are not computed"
        )
    elif paths.count and paths.magnitude == 0:
        yield "every path is 0, so there are no shares"


def _tables(paths: Paths) -> Iterator[_Table]:
    total, of_tensors = _total(paths), paths.element is None
    lower, upper = ("", "") if paths.complete else ("≥ ", "≤ ")
    for rank, path in enumerate(paths.largest, start=1):
        yield _Table(
            f"{rank}. {describe_path(path)}",
            ("norm ×" if of_tensors else "factor", "derivative of", "operand"),
            _shortened(
                _factor_rows(path.factors),
                lambda hidden: ("…", f"… {hidden:,} more rows …", "…"),
            ),
            f"{upper}{_percent(path.weight)} of {total}, {_percent(path.share)} of the gradient",
        )
    yield _Table(
        "All paths by length: how many factors there are, not counting those that are fixed",
        ("length", "paths", "norm of Σ" if of_tensors else "Σ", "of the gradient", total, "share"),
        _shortened(
            [_length_row(length, lower) for length in paths.by_length],
            lambda hidden: (f"… {hidden:,} more …", "…", "…", "…", "…", "…"),
        ),
    )


def _factor_row(factor: Factor) -> _Row:
    gate = f" (gate {'open' if factor.value else 'closed'})" if factor.gate else ""
    return (
        _number(factor.value) + gate,
        _label(factor.source, factor.source_element),
        f"{factor.slot}: {_label(factor.target, factor.target_element)}",
    )


def _factor_rows(factors: Iterable[Factor]) -> list[_Row]:
    """One row for each factor; a run of fixed ones, as through a long sum, shares a row."""
    rows: list[_Row] = []
    for fixed, group in groupby(factors, key=lambda factor: factor.fixed):
        run = list(group)
        if fixed and len(run) > 2:
            value = math.prod(factor.value for factor in run)
            _, source, _ = _factor_row(run[0])
            _, _, operand = _factor_row(run[-1])
            rows.append((_number(value), source, f"{operand}, through {len(run):,} fixed factors"))
        else:
            rows += map(_factor_row, run)
    return rows


def _length_row(length: Length, lower: str) -> _Row:
    part = _size(length.contribution)
    return (
        f"{length.steps:,}",
        _amount(length.count),
        _number(part),
        _percent(length.share),
        lower + _number(length.magnitude),
        _percent(length.weight),
    )


# --- how it is said ---------------------------------------------------------------------------


def _total(paths: Paths) -> str:
    return "Σ‖paths‖" if paths.element is None else "Σ|paths|"


def _label(node: Node, element: tuple[int, ...] | None) -> str:
    """A node by its name, element, operation and scope: ``h[0, 3] = tanh in fc1``."""
    made = f" = {node.op}" if node.name and node.op else ""
    scope = f" in {node.scope}" if node.scope else ""
    return f"{_name(node)}{_index(element)}{made}{scope}"


def _name(node: Node) -> str:
    return node.name or node.op or type(node).__name__


def _index(element: tuple[int, ...] | None) -> str:
    return str(list(element)) if element else ""


def _size(contribution: Any) -> float:
    """What is printed of a contribution: a number with its sign, or the norm of an array."""
    return contribution if contribution.__class__ is float else norm(contribution)


def _number(x: float) -> str:
    return f"{x + 0.0:.4g}"  # + 0.0: no minus before a zero


def _percent(x: float) -> str:
    if math.isnan(x):
        return "n/a"
    return f"{100 * x:,.0f} %" if abs(x) >= 10 else f"{100 * x:.3g} %"


def _amount(count: int, noun: str = "") -> str:
    """A count in full, or in powers of ten if it has more digits than one would read."""
    if count < 10**15:
        text = f"{count:,}"
    else:
        exponent = math.log10(count)
        text = f"about {10 ** (exponent % 1):.1f}e{int(exponent)}"
    return f"{text} {noun}{'s' * (count != 1)}" if noun else text


def _shortened(items: list[_T], gap: Callable[[int], _T]) -> list[_T]:
    """The first and the last few, and between them how many are hidden."""
    hidden = len(items) - 2 * _FEW
    return items if hidden <= 1 else [*items[:_FEW], gap(hidden), *items[-_FEW:]]


def _aligned(table: _Table) -> str:
    lines = [table.header, *table.rows]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    body = ["   " + "  ".join(map(str.ljust, line, widths)).rstrip() for line in lines]
    note = [f"   {table.note}"] if table.note else []
    return "\n".join(["", table.caption, *note, *body])


def _marked_up(table: _Table) -> str:
    def row(cells: _Row, tag: str) -> str:
        return f"<tr>{''.join(f'<{tag}>{escape(cell)}</{tag}>' for cell in cells)}</tr>"

    note = f"<br>{escape(table.note)}" if table.note else ""
    return (
        f"<p>{escape(table.caption)}{note}</p><table>"
        f"<thead>{row(table.header, 'th')}</thead>"
        f"<tbody>{''.join(row(cells, 'td') for cells in table.rows)}</tbody></table>"
    )

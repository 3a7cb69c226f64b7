"""The table of derivatives as a page, from the table itself.

What an operand receives is written as the stepper writes it (`viz.stepping`), domains and kinks are
those that `autograd.checking` tests with, and the line of code is the rule's own.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import NamedTuple

import autograd.rules
import nn.functional  # noqa: F401  (its losses stand in the table too)
from autograd.checking.declarations import DECLARED, Declaration
from autograd.checking.domains import ANYWHERE
from autograd.primitives import TABLE, Primitive
from viz.stepping.formulas import LINEAR, LOCAL, MATRICES, OTHER, WHOLE
from viz.stepping.notation import fill, fill_mathml, places, rule_as_mathml

from .api import sentence_of
from .files import write

_ROOT = Path(autograd.rules.__file__).parents[2]

_INTRODUCTION = """\
# The table of derivatives

All {count} operations that carry a gradient, as the code has them. An operation that works
element by element states its local derivative, and the engine multiplies; any other states what
each operand receives as a whole. ∂L/∂y is what arrives from the result y, and += says that
contributions add up. Click an operation to see its rule in code.

What numpy's other functions do is made of these. Where there is no derivative, or more than
one would be right, the [conventions](../conventions.md) say what is taken.
"""


class Place(NamedTuple):
    """Where a primitive is declared."""

    module: str
    line: int
    code: str


def write_page(path: Path) -> None:
    """Write the page."""
    write(path, page())


def page() -> str:
    """The page, in Markdown with tables in HTML."""
    places_by_name = dict(_declarations())
    modules: dict[str, list[tuple[int, str]]] = {}
    entries = {name: entry for name, entry in TABLE.items() if entry.key == entry.name}
    for name, entry in entries.items():
        place = places_by_name.get(name) or _place_of_rule(entry)
        modules.setdefault(place.module, []).append((place.line, _row(entry, place)))
    parts = [_INTRODUCTION.format(count=len(entries))]
    # Arithmetic first, since the rest is understood from it; then as the package lists them.
    for module in sorted(modules, key=_rank):
        rows = "\n".join(row for _, row in sorted(modules[module]))
        parts.append(
            f"## {_heading(module)}\n\n`{module}`\n\n"
            f'<table class="derivatives"><tbody>\n{rows}\n</tbody></table>\n'
        )
    return "\n".join(parts)


def _heading(module: str) -> str:
    words = sentence_of(module).rstrip(".").removeprefix("Derivatives of ")
    return f"{words[0].upper()}{words[1:]}".replace("and of ", "and ")


def _rank(module: str) -> tuple[bool, bool, str]:
    return not module.startswith("autograd.rules"), not module.endswith(".arithmetic"), module


def _declarations() -> Iterator[tuple[str, Place]]:
    """Every primitive that a module declares: an assignment of a call with the primitive's name."""
    files = [*(_ROOT / "autograd").rglob("*.py"), *(_ROOT / "nn").rglob("*.py")]
    for path in files:
        text = path.read_text()
        module = ".".join(path.relative_to(_ROOT).with_suffix("").parts)
        for statement in ast.parse(text).body:
            match statement:
                case (
                    ast.Assign(value=ast.Call(args=[ast.Constant(value=str(name)), *_]))
                    | ast.AnnAssign(value=ast.Call(args=[ast.Constant(value=str(name)), *_]))
                ) if name in TABLE:
                    code = ast.get_source_segment(text, statement) or ""
                    yield name, Place(module, statement.lineno, code)


def _place_of_rule(entry: Primitive) -> Place:
    """For what is declared in a loop: where its rule stands."""
    rule = (entry.vjps or entry.derivatives)[0]
    return Place(rule.__module__, rule.__code__.co_firstlineno, "")  # type: ignore[union-attr]


def _row(entry: Primitive, place: Place) -> str:
    name = f"<code>{escape(entry.name)}</code>"
    if place.code:
        code = f"<pre>{escape(place.code)}</pre>"
        name = f"<details><summary>{name}</summary>{code}</details>"
    rules = "".join(f"<div>{rule}</div>" for rule in _rules(entry))
    remarks = "".join(f"<p>{escape(remark)}</p>" for remark in _remarks(entry))
    # The id comes without a blank line between rows, which would end the block of HTML.
    return f'<tr id="d-{escape(entry.name)}"><td>{name}</td><td>{rules}</td><td>{remarks}</td></tr>'


# --- formulas ---------------------------------------------------------------------------------


def _rules(entry: Primitive) -> list[str]:
    """For each operand what it receives, as MathML."""
    if entry.name in LOCAL:
        expressions = [_product(formula) for formula in LOCAL[entry.name]]
    else:
        expressions = [expression for expression, _ in _whole(entry)]
    operands = ("a", "b", "c") if len(expressions) > 1 else ("x",)
    return [
        fill_mathml(template, _letters(entry, template) | {"x": _letter(entry, operand)})
        for operand, template in zip(operands, map(rule_as_mathml, expressions), strict=False)
    ]


def _product(formula: str) -> str:
    return {"1": "G", "-1": "-G", "0": "0"}.get(formula, f"G * ({formula})")


def _whole(entry: Primitive) -> tuple[tuple[str, str], ...]:
    if entry.name in WHOLE:
        return WHOLE[entry.name]
    return ((LINEAR if entry.linear else OTHER),)


def _letters(entry: Primitive, template: str) -> dict[str, str]:
    """A place in a formula is filled with the letter that it is named by."""
    return {place: _letter(entry, place) for place in places(template)}


def _letter(entry: Primitive, letter: str) -> str:
    return letter.upper() if entry.name in MATRICES and letter in "abxy" else letter


# --- remarks ----------------------------------------------------------------------------------


def _remarks(entry: Primitive) -> Iterator[str]:
    if entry.name not in LOCAL:
        for words in dict.fromkeys(words for _, words in _whole(entry)):
            text = fill(words, _letters(entry, words) | {"op": entry.name})
            is_name = words.startswith("{")
            yield f"{text[0] if is_name else text[0].upper()}{text[1:]}."
    declared = DECLARED.get(entry.name, Declaration())
    letters = ("x",) if len(declared.domains) == 1 else ("a", "b")
    for letter, domain in zip(letters, declared.domains, strict=True):
        if domain is not ANYWHERE:
            name = domain.name.replace("-", "−").replace("inf", "∞")
            yield f"Domain of {_letter(entry, letter)}: {name}."
    if declared.kinks:
        yield f"No derivative: {', or '.join(kink.name for kink in declared.kinks)}."

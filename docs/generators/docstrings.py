"""Docstrings on their way to Sphinx.

They are written to be read as plain text, where ``*`` multiplies, ``|`` takes an absolute value and
a name may end in ``_``. In reStructuredText these are markup, so they are escaped here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sphinx.application import Sphinx

#: Code, which stays as it is; a word that is emphasised, likewise; or a sign that is no markup.
_TOKEN = re.compile(r"(``[^`]*``|`[^`]*`_*|(?<!\w)\*\w+\*(?!\w))|([*|]|(?<=\w)_(?!\w))")
_PARAMETER = re.compile(r"\*{1,2}\w+( :|$)")


def setup(app: Sphinx) -> dict[str, Any]:
    """Have all docstrings escaped before napoleon reads their sections."""
    app.connect("autodoc-process-docstring", _escape_docstring, priority=400)
    app.connect("autodoc-skip-member", _skip_foreign)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def escape(lines: list[str]) -> list[str]:
    """Escape what is no markup; examples, literal blocks and names of parameters stay as they are.

    Napoleon escapes the stars of ``*args`` itself.
    """
    escaped: list[str] = []
    prose: list[str] = []
    for line, is_prose in zip(lines, _are_prose(lines), strict=True):
        if is_prose:
            prose.append(line)
        else:
            escaped += [*_escape_prose(prose), line]
            prose = []
    return escaped + _escape_prose(prose)


def _escape_prose(lines: list[str]) -> list[str]:
    """All lines together, because code may go over the end of one."""
    text = "\n".join(lines)
    return _TOKEN.sub(lambda m: m[1] or "\\" + m[2], text).split("\n") if lines else []


def _are_prose(lines: list[str]) -> Iterator[bool]:
    literal: int | None = None  # the indent of the text before a literal block
    example = False
    for line in lines:
        text, indent = line.strip(), len(line) - len(line.lstrip())
        example = text.startswith(">>>") or (example and bool(text))
        if literal is not None and text and indent <= literal:
            literal = None
        # A blank line ends a paragraph, and with it any code.
        yield bool(text) and not (example or literal is not None or _PARAMETER.match(text))
        if literal is None and text.endswith("::"):
            literal = indent


def _escape_docstring(
    app: Sphinx, what: str, name: str, thing: Any, options: Any, lines: list[str]
) -> None:
    lines[:] = escape(lines)


def _skip_foreign(
    app: Sphinx, what: str, name: str, thing: Any, skip: bool, options: Any
) -> bool | None:
    """Leave out what other libraries add to a class, such as scikit-learn's request methods."""
    home = getattr(thing, "__module__", None) or ""
    return True if home.startswith("sklearn") else None

"""Names given by users, made fit for labels."""

from __future__ import annotations

#: Longest title of a box, in characters; the whole is in the text on hover.
LONGEST = 20


def printable(text: str) -> str:
    """A text without control characters, which no XML may contain."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else "�" for c in text)


def shorten(text: str) -> str:
    """The beginning of a long text."""
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"

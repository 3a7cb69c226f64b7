"""Numbers in a form that every reader of JSON takes: it has no nan and no infinities."""

from __future__ import annotations

import math
from typing import Any


def to_portable(x: Any) -> Any:
    """Lists and dictionaries with "NaN", "Infinity" and "-Infinity" as strings.

    Python's ``float`` and JavaScript's ``Number`` both read these.
    """
    if isinstance(x, dict):
        return {key: to_portable(value) for key, value in x.items()}
    if isinstance(x, list):
        return [to_portable(value) for value in x]
    if isinstance(x, float) and not math.isfinite(x):
        return "NaN" if math.isnan(x) else "Infinity" if x > 0 else "-Infinity"
    return x


def floats(figures: dict[str, Any]) -> dict[str, float]:
    """Numbers by name, some of which may be such strings."""
    return {name: float(x) for name, x in figures.items()}

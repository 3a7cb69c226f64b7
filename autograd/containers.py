"""Nested lists, tuples and dicts of numbers, as arguments and results of the transforms."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

_CONTAINERS = (tuple, list, dict)


def map_leaves(function: Callable[[Any], Any], container: Any) -> Any:
    """Apply a function to everything in nested lists, tuples and dicts; the form stays.

    Dicts are taken in their own order; named tuples stay such; None is kept as it is.
    """
    if not isinstance(container, _CONTAINERS):
        return None if container is None else function(container)
    if isinstance(container, dict):
        return type(container)({k: map_leaves(function, v) for k, v in container.items()})
    if isinstance(container, tuple) and hasattr(container, "_fields"):
        return type(container)(*(map_leaves(function, part) for part in container))
    return type(container)([map_leaves(function, part) for part in container])


def leaves(container: Any) -> list[Any]:
    """Everything in nested lists, tuples and dicts, in order."""
    found: list[Any] = []
    map_leaves(found.append, container)
    return found


def rebuild(container: Any, replacements: Iterator[Any]) -> Any:
    """The same form, with the leaves replaced in order."""
    return map_leaves(lambda _: next(replacements), container)

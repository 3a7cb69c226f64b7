"""A list that stays short however much is added to it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Curves(dict[str, list[float]]):
    """A list of figures for each name; ``steps[i]`` is the step to which each i-th figure belongs.

    Attributes
    ----------
    steps : list of int
        Counted from 1.
    """

    steps: list[int]


class Thinned(Generic[T]):
    """What was noted at some steps. Whenever there is too much, every second goes.

    Kept are the first, every `stride`-th that was added, and always the newest, which is the one
    that matters if training breaks down.

    Parameters
    ----------
    limit : int
        No more than this are kept, and at least half as many once there were that many.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.steps: list[int] = []
        self.notes: list[T] = []
        self._stride = 1
        self._added = 0

    def add(self, step: int, note: T) -> None:
        """Add what was noted at a step."""
        if self._added and (self._added - 1) % self._stride:
            # It was only kept for being the newest.
            self.steps.pop()
            self.notes.pop()
        self.steps.append(step)
        self.notes.append(note)
        self._added += 1
        if len(self.notes) > self.limit:
            self._stride *= 2
            self.steps = _every_second(self.steps)
            self.notes = _every_second(self.notes)

    def to_dict(self, convert: Callable[[T], Any]) -> dict[str, Any]:
        """Everything as plain lists and dictionaries, each note converted."""
        return {
            "limit": self.limit,
            "stride": self._stride,
            "added": self._added,
            "steps": list(self.steps),
            "notes": [convert(note) for note in self.notes],
        }

    @classmethod
    def from_dict(cls, state: Mapping[str, Any], convert: Callable[[Any], T]) -> Thinned[T]:
        """The reverse of `to_dict`, with the reverse conversion; more can be added."""
        made = cls(state["limit"])
        made._stride, made._added = state["stride"], state["added"]
        made.steps = list(state["steps"])
        made.notes = [convert(note) for note in state["notes"]]
        return made


def curves(noted: Thinned[dict[str, float]]) -> Curves:
    """Figures by name instead of by step; nan where a step has none of that name."""
    names = dict.fromkeys(name for note in noted.notes for name in note)
    found = Curves({name: [note.get(name, math.nan) for note in noted.notes] for name in names})
    found.steps = list(noted.steps)
    return found


def _every_second(items: list[Any]) -> list[Any]:
    """The first, the third and so on, and the last."""
    return items[::2] + (items[-1:] if len(items) % 2 == 0 else [])

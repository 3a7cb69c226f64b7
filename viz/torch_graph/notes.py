"""Notes on functions of PyTorch's graph, kept with them, and gone when they go."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

#: Under which a note stands in the `metadata` of a function.
_KEY = "glassgrad"


@dataclass(slots=True)
class Note:
    """What was seen of a function when it was recorded.

    Attributes
    ----------
    scope : str
        Dotted name of the module that was running.
    values : dict of int to torch.Tensor
        Copies of what it made, by the number of the output.
    """

    scope: str
    values: dict[int, Any] = field(default_factory=dict)


def note_of(function: Any) -> Note | None:
    """The note on a function; None if it was recorded unwatched."""
    note: Note | None = function.metadata.get(_KEY)
    return note


def take_note(tensor: Any, scope: str) -> None:
    """Note a tensor that was just made; what was noted before stays."""
    note = tensor.grad_fn.metadata.setdefault(_KEY, Note(scope))
    if tensor.output_nr not in note.values:
        note.values[tensor.output_nr] = tensor.detach().clone()

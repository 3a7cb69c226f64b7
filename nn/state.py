"""What a module takes over from a saved state: all of it, or nothing and one sentence why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from nn.aliases import Array


class KeyDifference(NamedTuple):
    """How the keys of a loaded state differ from those of the module."""

    missing_keys: list[str]
    unexpected_keys: list[str]


def fit_state(
    own: Mapping[str, Array], state: Mapping[str, Any], strict: bool, label: str
) -> tuple[dict[str, Array], KeyDifference]:
    """Copies of a state's arrays, in the dtypes of a module's own, and how the keys differ.

    Raises
    ------
    ValueError
        If keys are missing or unexpected (and `strict`), or shapes differ; one sentence lists
        them all.
    """
    difference = KeyDifference(
        [key for key in own if key not in state], [key for key in state if key not in own]
    )
    arrays: dict[str, Array] = {}
    problems = []
    for key, here in own.items():
        if key not in state:
            continue
        try:
            arrays[key] = np.array(state[key], dtype=here.dtype)
        except (TypeError, ValueError):
            problems.append(f"{key} holds no numbers in the state")
            continue
        if arrays[key].shape != here.shape:
            problems.append(
                f"{key} has shape {here.shape} here and {arrays[key].shape} in the state"
            )
    if strict and difference.missing_keys:
        problems.append(f"the state lacks {', '.join(difference.missing_keys)}")
    if strict and difference.unexpected_keys:
        problems.append(f"the module lacks {', '.join(difference.unexpected_keys)}")
    if problems:
        raise ValueError(
            f"this state does not fit {label}, and nothing was loaded: {'; '.join(problems)}."
        )
    return arrays, difference

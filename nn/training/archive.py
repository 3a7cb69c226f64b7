"""Nested states in one file: numpy's .npz with JSON inside, and nothing that is executed."""

from __future__ import annotations

import json
import os
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np

from nn.aliases import Array

_STRUCTURE = "structure"


def write(path: Path, state: Any) -> None:
    """Write a state, so that there is the old file or the new one at every moment.

    Parameters
    ----------
    path : Path
        In a folder that is there; beside it a file with the ending .partial is used.
    state : dict, list, tuple, array, number, bool, text or None
        Nested in any way.
    """
    arrays: dict[str, Array] = {}
    structure = json.dumps(_packed(state, arrays))
    arrays[_STRUCTURE] = np.frombuffer(structure.encode(), np.uint8)
    partial = path.with_name(path.name + ".partial")
    with partial.open("wb") as file:
        np.savez(file, **arrays)  # type: ignore[arg-type]
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)


def read(path: Path) -> Any:
    """What `write` was given.

    Raises
    ------
    ValueError
        If the file is cut short, or was not written by `write`.
    FileNotFoundError
        If there is none.
    """
    with path.open("rb") as file:
        try:
            with np.load(file, allow_pickle=False) as archive:
                arrays = {name: archive[name] for name in archive.files}
            structure = json.loads(arrays[_STRUCTURE].tobytes())
            return _unpacked(structure, arrays)
        except (
            AttributeError,
            EOFError,
            LookupError,
            OSError,
            TypeError,
            ValueError,
            zipfile.BadZipFile,
            zlib.error,
        ) as error:
            raise ValueError(
                f"{path} is damaged or was not written by nn.Checkpoint, and nothing was loaded "
                f"({error})."
            ) from error


def _packed(state: Any, arrays: dict[str, Array]) -> Any:
    """A state as JSON knows it, where what JSON does not know stands with its kind."""
    if state is None or type(state) in (bool, int, float, str):
        return state
    if isinstance(state, dict):
        return {"dict": [[_packed(k, arrays), _packed(v, arrays)] for k, v in state.items()]}
    if isinstance(state, list | tuple):
        kind = "list" if isinstance(state, list) else "tuple"
        return {kind: [_packed(part, arrays) for part in state]}
    if isinstance(state, np.ndarray | np.generic) and not state.dtype.hasobject:
        name = str(len(arrays))
        arrays[name] = np.asarray(state)
        return {"array" if isinstance(state, np.ndarray) else "scalar": name}
    raise TypeError(
        f"a checkpoint holds numbers, text, arrays, and lists, tuples and dicts of them, but "
        f"{type(state).__name__} was given."
    )


def _unpacked(packed: Any, arrays: dict[str, Array]) -> Any:
    if not isinstance(packed, dict):
        return packed
    ((kind, content),) = packed.items()
    if kind == "dict":
        return {_unpacked(k, arrays): _unpacked(v, arrays) for k, v in content}
    if kind in ("list", "tuple"):
        parts = [_unpacked(part, arrays) for part in content]
        return parts if kind == "list" else tuple(parts)
    return arrays[content] if kind == "array" else arrays[content][()]

"""Weights in files: arrays under their names in the safetensors format, and nothing that could run.

The format (https://huggingface.co/docs/safetensors): eight bytes with the length of a header, the
header as JSON, which says of each array its dtype, its shape and where its bytes are, and then
these bytes, without gaps. PyTorch, JAX and others read and write the same files.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterable, Mapping
from math import prod
from os import PathLike
from typing import Any, NamedTuple, NoReturn

import numpy as np

from autograd.primitives import data_of
from nn.aliases import Array
from nn.module import Module
from nn.state import KeyDifference

Path = str | PathLike[str]

#: The names of dtypes in files. Bytes are little-endian.
_DTYPES: dict[str, np.dtype[Any]] = {
    "F64": np.dtype("<f8"),
    "F32": np.dtype("<f4"),
    "F16": np.dtype("<f2"),
    "C64": np.dtype("<c8"),
    "I64": np.dtype("<i8"),
    "I32": np.dtype("<i4"),
    "I16": np.dtype("<i2"),
    "I8": np.dtype("i1"),
    "U64": np.dtype("<u8"),
    "U32": np.dtype("<u4"),
    "U16": np.dtype("<u2"),
    "U8": np.dtype("u1"),
    "BOOL": np.dtype(bool),
}
_NAMES = {dtype: name for name, dtype in _DTYPES.items()}

#: The upper half of a float32, which numpy has no dtype for; it is read as a float32, exactly.
_BFLOAT16 = "BF16"

_METADATA = "__metadata__"

#: What the library of the format refuses, too.
_LONGEST_HEADER = 100_000_000

#: How other files begin, and what they are.
_FOREIGN = {
    b"PK\x03\x04": "a zip archive, as torch.save and np.savez write it",
    b"\x80": "a pickle, as torch.save and joblib write it",
    b"\x93NUMPY": "an array of np.save",
    b"\x89HDF": "an HDF5 file, as Keras writes it",
    b"\x1f\x8b": "compressed by gzip",
}


class Weights(NamedTuple):
    """What a file holds: arrays by name, and remarks."""

    arrays: dict[str, Array]
    metadata: dict[str, str]


# --- models ---------------------------------------------------------------------------------------


def save(
    weights: Module | Mapping[str, Any], path: Path, metadata: Mapping[str, str] | None = None
) -> None:
    """Write all parameters and buffers of a model into a safetensors file.

    The file appears under its name only when it is complete; an older one is kept until then.

    Parameters
    ----------
    weights : Module or mapping from str to array_like
        A model, or a state as from `Module.state_dict`. What a model shares is written once;
        the metadata says under which other keys it stands, as `safetensors.torch.save_model`
        does.
    path : str or PathLike
        Where to.
    metadata : mapping from str to str, optional
        Remarks, such as how the model was trained.

    Raises
    ------
    TypeError
        If an array has a dtype that the format lacks, or a remark is no text.
    """
    if isinstance(weights, Module):
        state: dict[str, Any] = weights.state_dict()
        shared = {other: first for first, *others in _shared(weights) for other in others}
    else:
        state, shared = dict(weights), {}
    arrays = {key: _storable(key, array) for key, array in state.items() if key not in shared}
    remarks = {**(metadata or {}), **shared}
    if not all(isinstance(text, str) for pair in remarks.items() for text in pair):
        raise TypeError(f"metadata is text by text, but {metadata!r} was given.")
    _write(path, arrays, remarks)


def load(model: Module, path: Path, strict: bool = True) -> KeyDifference:
    """Take over the weights of a safetensors file, each in the dtype that the model has.

    Everything is checked first: either all of it is loaded, or nothing.

    Parameters
    ----------
    model : Module
        Whose keys, as in `Module.state_dict`, are looked for. A parameter that it shares may
        stand in the file under any of its keys.
    path : str or PathLike
        A file of `save`, or of anything else that writes the format.
    strict : bool, default True
        Whether all keys must agree. If False, the others are left as they are.

    Returns
    -------
    KeyDifference
        The keys that only one side has; both empty if `strict`.

    Raises
    ------
    ValueError
        If the file is no safetensors file, or damaged; if keys are missing or unexpected (and
        `strict`), or shapes differ. One sentence lists them all.
    """
    state = read_weights(path).arrays
    for keys in _shared(model):
        if known := [key for key in keys if key in state]:
            state |= {key: state[known[0]] for key in keys if key not in state}
    try:
        return model.load_state_dict(state, strict)
    except ValueError as error:
        raise ValueError(f"{os.fspath(path)!r}: {error}") from None


def _shared(model: Module) -> list[list[str]]:
    """The keys of every parameter that stands under several."""
    keys: dict[int, list[str]] = {}
    for key, owner, name in model._state():
        keys.setdefault(id(getattr(owner, name)), []).append(key)
    return [several for several in keys.values() if len(several) > 1]


# --- writing --------------------------------------------------------------------------------------


def _storable(key: str, array: Any) -> Array:
    """An array as its bytes are written, of a dtype that the format has."""
    if not isinstance(key, str) or key == _METADATA:
        raise TypeError(f"arrays are saved under names, but one was given as {key!r}.")
    numbers: Array = np.asarray(data_of(array), order="C")
    little = numbers.dtype.newbyteorder("<")
    if little not in _NAMES:
        raise TypeError(
            f"{key} has dtype {numbers.dtype}, which safetensors files lack; convert it to one of "
            f"{', '.join(str(dtype) for dtype in _NAMES)}."
        )
    return numbers.astype(little, copy=False)


def _write(path: Path, arrays: Mapping[str, Array], metadata: Mapping[str, str]) -> None:
    header: dict[str, Any] = {_METADATA: metadata} if metadata else {}
    # Wide numbers first, so that each array begins at a multiple of its numbers' width.
    ordered = sorted(arrays.items(), key=lambda item: (-item[1].itemsize, item[0]))
    end = 0
    for key, array in ordered:
        begin, end = end, end + array.nbytes
        header[key] = {
            "dtype": _NAMES[array.dtype],
            "shape": array.shape,
            "data_offsets": (begin, end),
        }
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    write_whole(
        path, [len(text).to_bytes(8, "little"), text, *(array.data for _, array in ordered)]
    )


def write_whole(path: Path, parts: Iterable[bytes | memoryview]) -> None:
    """Write a file that is there only when it is complete."""
    target = os.path.realpath(path)
    partial = f"{target}.{os.getpid()}-{threading.get_ident()}.partial"
    try:
        with open(partial, "wb") as file:
            for part in parts:
                file.write(part)
            file.flush()
            os.fsync(file.fileno())
        os.replace(partial, target)
    except BaseException:
        if os.path.exists(partial):
            os.remove(partial)
        raise


# --- reading --------------------------------------------------------------------------------------


def read_weights(path: Path) -> Weights:
    """What a safetensors file holds.

    Numbers in float16 stay so; those in bfloat16, which numpy lacks, become float32, exactly.

    Parameters
    ----------
    path : str or PathLike
        The file.

    Returns
    -------
    Weights
        Arrays by name, and the metadata.

    Raises
    ------
    ValueError
        If it is no safetensors file, is cut short, or contradicts itself.
    """
    content: Array = np.fromfile(path, dtype=np.uint8)
    header, body = _header(path, content)
    metadata = header.pop(_METADATA, {})
    if not isinstance(metadata, dict) or not all(isinstance(x, str) for x in metadata.values()):
        _refuse(path, "its metadata is not text by text")
    spans = sorted((_span(path, key, entry), key) for key, entry in header.items())
    end = 0
    for (begin, behind), key in spans:
        if begin != end:
            _refuse(path, f"there is a gap, or an overlap, before {key}")
        end = behind
    if body.size != end:
        what = "is cut short" if body.size < end else "goes on behind its end"
        _refuse(path, f"it {what}: {end} bytes of numbers are announced, and {body.size} are there")
    arrays = {key: _array(body[begin:end], header[key]) for (begin, end), key in spans}
    return Weights({key: arrays[key] for key in header}, metadata)


def _header(path: Path, content: Array) -> tuple[dict[str, Any], Array]:
    """What the header says, and the bytes behind it."""
    length = int.from_bytes(content[:8].tobytes(), "little")
    start = content[:9].tobytes()
    if len(start) < 9 or start[8:] != b"{" or length > _LONGEST_HEADER:
        _refuse_foreign(path, start)
    if content.size < 8 + length:
        _refuse(path, f"it is cut short: its header alone has {length} bytes")
    try:
        text = content[8 : 8 + length].tobytes().decode()
        header = json.loads(text, object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:  # JSON's errors and Unicode's are ValueErrors
        _refuse(path, f"its header is damaged ({error})")
    return header, content[8 + length :]


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name stands there twice")
    return found


def _span(path: Path, key: str, entry: Any) -> tuple[int, int]:
    """Where an array's bytes begin and end, once that fits what else is said of it."""
    try:
        name, shape, (begin, end) = entry["dtype"], entry["shape"], entry["data_offsets"]
        width = 2 if name == _BFLOAT16 else _DTYPES[name].itemsize if name in _DTYPES else None
        fits = all(type(n) is int and n >= 0 for n in (*shape, begin, end))
        size = prod(shape) if fits else 0
    except (TypeError, KeyError, ValueError):
        _refuse(path, f"its header does not describe {key}")
    if width is None:
        _refuse(path, f"{key} has dtype {name}, which numpy lacks")
    if not fits or end - begin != size * width:
        _refuse(path, f"{key} cannot have dtype {name}, shape {shape} and {begin}…{end} as bytes")
    return begin, end


def _array(content: Array, entry: Mapping[str, Any]) -> Array:
    shape = entry["shape"]
    if entry["dtype"] == _BFLOAT16:
        upper: Array = content.view("<u2").astype(np.uint32) << np.uint32(16)
        return upper.view(np.float32).reshape(shape)
    dtype = _DTYPES[entry["dtype"]]
    return content.view(dtype).reshape(shape).astype(dtype.newbyteorder("="), copy=False)


def _refuse_foreign(path: Path, start: bytes) -> NoReturn:
    what = next((kind for magic, kind in _FOREIGN.items() if start.startswith(magic)), None)
    if what is None:
        what = "too short to be one" if len(start) < 9 else "another kind of file"
    _refuse(
        path,
        f"it is {what}; convert it where it was made, with safetensors.torch.save_file(state, "
        "path) or nn.save(state, path)",
    )


def _refuse(path: Path, why: str) -> NoReturn:
    raise ValueError(f"{os.fspath(path)!r} is not a whole safetensors file: {why}.")

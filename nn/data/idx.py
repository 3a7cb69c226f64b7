"""IDX files, in which MNIST and its kin are published."""

from __future__ import annotations

import math
from os import PathLike
from pathlib import Path
from typing import Literal

import numpy as np

from nn.aliases import Array

#: The dtype for the third byte of a file; all numbers are big-endian.
_DTYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}


def load_idx(path: str | PathLike[str]) -> Array:
    """The array in an IDX file, plain or compressed by gzip.

    Parameters
    ----------
    path : path
        Whether it is compressed is seen in the file, not in its name.

    Returns
    -------
    array
        In the shape and dtype that the file states.

    Raises
    ------
    ValueError
        If the file is no IDX file, or is not as long as it says.
    OSError
        If there is no such file, or it cannot be read.

    Notes
    -----
    The format, as LeCun describes it beside MNIST: two zero bytes, the dtype, the number of
    axes, the length of each axis as a 32-bit integer, the numbers.
    """
    content = _read(Path(path))
    if len(content) < 4 or content[:2] != b"\0\0" or content[2] not in _DTYPES:
        raise ValueError(
            f"{path} is no IDX file: it begins with {content[:4]!r}, and not with two zero bytes "
            "and a known type."
        )
    dtype, axes = np.dtype(_DTYPES[content[2]]), content[3]
    start = 4 + 4 * axes
    shape = tuple(int.from_bytes(content[i : i + 4]) for i in range(4, start, 4))
    stated = start + math.prod(shape) * dtype.itemsize
    if len(content) != stated:
        fault = "is truncated" if len(content) < stated else "is damaged"
        raise ValueError(
            f"{path} {fault}: an IDX file of shape {shape} and dtype {dtype.name} has {stated} "
            f"bytes, but this one has {len(content)}."
        )
    numbers = np.frombuffer(content, dtype, offset=start).reshape(shape)
    return numbers.astype(dtype.newbyteorder("="))


def load_mnist(
    folder: str | PathLike[str], part: Literal["train", "test"] = "train"
) -> tuple[Array, Array]:
    """MNIST, or another set in its form (Fashion-MNIST, KMNIST, …), from files on this machine.

    Parameters
    ----------
    folder : path
        With ``train-images-idx3-ubyte`` and ``train-labels-idx1-ubyte``, or ``t10k-…`` for the
        test part; each may end in ``.gz``.
    part : {"train", "test"}
        Which of the two.

    Returns
    -------
    images : (n, h, w), float32
        Grey values from 0 to 1.
    labels : (n,), int64
        0 … 9.

    Raises
    ------
    FileNotFoundError
        If a file is missing; the message says which.
    ValueError
        If a file is no IDX file, is truncated, or does not fit the other.
    """
    if part not in ("train", "test"):
        raise ValueError(f"part must be 'train' or 'test', but {part!r} was given.")
    prefix = "train" if part == "train" else "t10k"
    images = load_idx(_find(Path(folder), f"{prefix}-images-idx3-ubyte"))
    labels = load_idx(_find(Path(folder), f"{prefix}-labels-idx1-ubyte"))
    if images.ndim != 3 or labels.shape != images.shape[:1]:
        raise ValueError(
            f"the {part} files in {folder} do not belong together: the images have shape "
            f"{images.shape}, and the labels {labels.shape}."
        )
    return images.astype(np.float32) / 255, labels.astype(np.int64)


def _read(path: Path) -> bytes:
    content = path.read_bytes()
    if content[:2] != b"\x1f\x8b":  # gzip's own mark
        return content
    import gzip  # with zlib, not needed by those who only import the package
    import zlib

    try:
        return gzip.decompress(content)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise ValueError(f"{path} is a truncated or damaged gzip file: {error}.") from error


def _find(folder: Path, name: str) -> Path:
    for path in (folder / name, folder / f"{name}.gz"):
        if path.exists():
            return path
    raise FileNotFoundError(f"there is neither {name} nor {name}.gz in {folder}.")

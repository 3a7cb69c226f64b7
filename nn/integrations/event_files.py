"""Event files, which TensorBoard reads: records with checksums, around protocol buffers.

What is written is no more than numbers and histograms, in a format that has not changed since
2015: so these few lines stand in for a library with a thread and a queue for every file, which
loses what it holds when a process is killed. A file is open only while something is added.

Sources: TensorFlow's record_writer.h (records), event.proto and summary.proto (messages), the
encoding rules of protocol buffers, and RFC 3720, appendix B.4 (CRC-32C).
"""

from __future__ import annotations

import struct
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from nn.aliases import Array

_BINS = 30


class EventFile:
    """A new event file.

    Parameters
    ----------
    folder : Path
        Made if it is not there. TensorBoard shows all files of a folder as one run.
    first_step : int
        Where this file begins: TensorBoard forgets what older files say of this step and later
        ones, so that a training that was resumed or run again does not draw two curves.
    """

    def __init__(self, folder: Path, first_step: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        # TensorBoard looks for "tfevents" and reads in the order of the names.
        self._path = folder / f"events.out.tfevents.{time.time_ns()}"
        session_start = _number(1, 1)
        self._append(_text(3, "brain.Event:2"), step=0)
        self._append(_message(7, session_start), step=first_step)

    def add(self, values: Sequence[bytes], step: int) -> None:
        """Write what `scalar` and `histogram` gave, all for one step."""
        self._append(_message(5, b"".join(_message(1, value) for value in values)), step)

    def _append(self, content: bytes, step: int) -> None:
        event = _double(1, time.time()) + _number(2, step) + content
        length = struct.pack("<Q", len(event))
        with self._path.open("ab") as file:
            file.write(length + _checksum(length) + event + _checksum(event))


def scalar(tag: str, number: float) -> bytes:
    """A number under a name."""
    with np.errstate(over="ignore"):  # 1e39 is infinite in the format's single precision
        single = np.array(number).astype("<f4")
    return _text(1, tag) + _key(2, 5) + single.tobytes()


def histogram(tag: str, numbers: Array) -> bytes:
    """How numbers are distributed, under a name.

    Parameters
    ----------
    tag : str
        The name.
    numbers : array
        Of any shape, and at least one of them finite; nan and infinities are left out.
    """
    finite = numbers[np.isfinite(numbers)].astype(float)
    low, high = finite.min(), finite.max()
    largest = max(abs(low), abs(high))
    if high - low <= _BINS * np.spacing(largest):  # no room for bins between them
        low, high = low - max(largest, 1) / 2, high + max(largest, 1) / 2
    counts, edges = np.histogram(finite, _BINS, (low, high))
    figures = (low, high, finite.size, finite.sum(), finite @ finite)
    statistics = b"".join(_double(field, figure) for field, figure in enumerate(figures, start=1))
    return _text(1, tag) + _message(5, statistics + _doubles(6, edges[1:]) + _doubles(7, counts))


# --- protocol buffers: a field is a key, made of its number and its type, and a value -------------


def _key(field: int, wire_type: int) -> bytes:
    return _varint(field << 3 | wire_type)


def _number(field: int, value: int) -> bytes:
    return _key(field, 0) + _varint(value)


def _double(field: int, value: float) -> bytes:
    return _key(field, 1) + struct.pack("<d", value)


def _message(field: int, content: bytes) -> bytes:
    return _key(field, 2) + _varint(len(content)) + content


def _text(field: int, value: str) -> bytes:
    return _message(field, value.encode())


def _doubles(field: int, values: Array) -> bytes:
    return _message(field, values.astype("<f8").tobytes())


def _varint(value: int) -> bytes:
    """Seven bits in a byte, the lowest first; the highest bit says that more follow."""
    parts = bytearray()
    while value > 0x7F:
        parts.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*parts, value])


# --- checksums ------------------------------------------------------------------------------------


def _crc_of_byte(byte: int) -> int:
    for _ in range(8):
        byte = byte >> 1 ^ (0x82F63B78 if byte & 1 else 0)
    return byte


_CRCS = [_crc_of_byte(byte) for byte in range(256)]


def _checksum(data: bytes) -> bytes:
    """CRC-32C, rotated and shifted, as records carry it."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc = crc >> 8 ^ _CRCS[(crc ^ byte) & 0xFF]
    crc ^= 0xFFFFFFFF
    return struct.pack("<I", ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF)

"""What was measured, as tables and as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tests.benchmarks.growth import Curve
from tests.benchmarks.harness import Row, Target, duration, proportion

_NOTHING = "—"


def times(rows: Sequence[Row]) -> str:
    """A table of ratios; below 1 we are faster."""
    head = ("work", "mode", "peer", "ours", "peer's", "ours : peer", "range", "target", "")
    return _table(head, [_time_cells(row) for row in rows])


def _time_cells(row: Row) -> tuple[str, ...]:
    if row.ratio is None or row.peer is None or row.peer_s is None:
        compared = (_NOTHING, duration(row.ours_s), _NOTHING, _NOTHING, _NOTHING)
    else:
        peer = f"{row.peer}, {row.peer_mode}" if row.peer_mode else row.peer
        spread = f"{row.ratio_min:.3g} - {row.ratio_max:.3g}"
        compared = (peer, duration(row.ours_s), duration(row.peer_s), proportion(row.ratio), spread)
    return row.work, row.mode, *compared, *_aim(row.target, row.met)


def memory(rows: Sequence[Row]) -> str:
    """A table of the peaks of those rows that have any; below 1 we need less."""
    head = ("peak memory", "mode", "peer", "ours", "peer's", "ours : peer", "target", "")
    return _table(
        head,
        [
            (
                row.work,
                row.mode,
                str(row.peer),
                _megabytes(row.ours_bytes),
                _megabytes(row.peer_bytes),
                proportion(row.memory_ratio),
                *_aim(row.memory_target, row.memory_met),
            )
            for row in rows
            if row.memory_ratio is not None
        ],
    )


def exponents(curves: Sequence[Curve]) -> str:
    """A table of how the cost grows: fitted over all sizes, and between the two largest."""
    head = ("growth with", "engine", "exponent", "at the end", "from", "to")
    return _table(
        head,
        [
            (
                curve.series,
                curve.label,
                f"{curve.exponent:.2f}",
                f"{curve.last_exponent:.2f}",
                str(min(curve.seconds)),
                str(max(curve.seconds)),
            )
            for curve in curves
        ],
    )


def _aim(target: Target | None, met: bool | None) -> tuple[str, str]:
    if target is None:
        return "", ""
    return str(target), "met" if met else "MISSED"


def _megabytes(number: int | None) -> str:
    return _NOTHING if number is None else f"{number / 2**20:.1f} MB"


def _table(head: tuple[str, ...], body: list[tuple[str, ...]]) -> str:
    """Columns as wide as their widest cell; nothing at all without rows."""
    if not body:
        return ""
    widths = [max(map(len, column)) for column in zip(head, *body, strict=True)]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in (head, *body)
    ]
    return "\n".join(lines)


def as_json(rows: Sequence[Row], **common: Any) -> str:
    """All figures, for those who plot them; `common` is said of every row."""
    return json.dumps([{**_record(row), **common} for row in rows], indent=1) + "\n"


def _record(row: Row) -> dict[str, Any]:
    return {
        **asdict(row),
        "target": row.target and str(row.target),
        "met": row.met,
        "memory_ratio": row.memory_ratio,
        "memory_target": row.memory_target and str(row.memory_target),
        "memory_met": row.memory_met,
    }


def write_json(rows: Sequence[Row], path: Path, **common: Any) -> None:
    """Write them to a file."""
    path.write_text(as_json(rows, **common))

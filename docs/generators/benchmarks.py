"""The page of benchmarks, from the figures that ``python -m tests.benchmarks --json`` writes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .files import write

_INTRODUCTION = """\
# Benchmarks

Each work is done by glassgrad and by a peer in turn, in one process on one machine, and both must
arrive at the same numbers. Times are medians; only the ratio, glassgrad : peer, carries over to
other machines. Below 1 glassgrad is faster. The range is that of single rounds.

```sh
make bench
```

prints the same tables for your machine; the works are in `tests/benchmarks`.
"""
_NOT_YET = "No figures have been recorded for this version yet."
_TIMES = """\
## Time

On {threads} thread{s}, by {clock}.

| work | mode | peer | glassgrad | peer's | ratio | range | aim |
|---|---|---|---:|---:|---:|---:|---|
"""
_MEMORY = """\
## Peak memory

| work | mode | peer | glassgrad | peer's | ratio | aim |
|---|---|---|---:|---:|---:|---|
"""
_CLOCKS = {"cpu_seconds": "processor time", "perf_counter": "the clock on the wall"}
_NOTHING = "—"

Row = dict[str, Any]


def write_page(figures: Path, path: Path) -> None:
    """Write the page from a file of figures, if there is one."""
    write(path, page(json.loads(figures.read_text()) if figures.exists() else []))


def page(rows: list[Row]) -> str:
    """The page, in Markdown."""
    return "\n".join([_INTRODUCTION, *(_tables(rows) if rows else [_NOT_YET]), ""])


def _tables(rows: list[Row]) -> Iterator[str]:
    threads, clock = rows[0]["threads"], rows[0]["clock"]
    head = _TIMES.format(threads=threads, s="s" * (threads != 1), clock=_CLOCKS.get(clock, clock))
    yield head + "\n".join(map(_time, rows)) + "\n"
    if measured := [row for row in rows if row["memory_ratio"] is not None]:
        yield _MEMORY + "\n".join(map(_memory, measured)) + "\n"


def _time(row: Row) -> str:
    compared = (_NOTHING, _duration(row["ours_s"]), _NOTHING, _NOTHING, _NOTHING)
    if row["ratio"] is not None:
        compared = (
            ", ".join(filter(None, (row["peer"], row["peer_mode"]))),
            _duration(row["ours_s"]),
            _duration(row["peer_s"]),
            f"**{row['ratio']:.3g}**",
            f"{row['ratio_min']:.3g} to {row['ratio_max']:.3g}",
        )
    return _line(row["work"], row["mode"], *compared, _aim(row["target"], row["met"]))


def _memory(row: Row) -> str:
    return _line(
        row["work"],
        row["mode"],
        row["peer"],
        _size(row["ours_bytes"]),
        _size(row["peer_bytes"]),
        f"**{row['memory_ratio']:.3g}**",
        _aim(row["memory_target"], row["memory_met"]),
    )


def _line(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _aim(target: str | None, met: bool | None) -> str:
    return "" if target is None else target if met else f"{target}, missed"


def _duration(seconds: float) -> str:
    return f"{1e3 * seconds:.3g} ms" if seconds < 1 else f"{seconds:.3g} s"


def _size(number: int) -> str:
    return f"{number / 2**20:.1f} MB"

"""Timing two ways of doing the same work side by side, so that only the ratio counts."""

from __future__ import annotations

import gc
import json
import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

Step = Callable[[], float]


@dataclass(frozen=True)
class Row:
    """Medians of one comparison, in seconds, and the spread of the pairwise ratios."""

    work: str
    ours: str
    mode: str
    peer: str
    ours_s: float
    peer_s: float
    ratio: float
    ratio_min: float
    ratio_max: float


def compare(
    work: str,
    peer: str,
    ours_step: Step,
    peer_step: Step,
    *,
    mode: str = "eager",
    tolerance: float | None = 1e-6,
    repeats: int = 21,
    warm_up: int = 5,
    collect: bool = False,
) -> Row:
    """Run both in turn and take medians.

    Both must return the loss of the step they did, and the losses must agree: what computes
    something else is not compared. `collect` has the garbage that one side leaves collected
    before the other side's clock starts; for a peer that leaves much.
    """
    for _ in range(warm_up):
        _agree(work, ours_step(), peer_step(), tolerance)
    ours, theirs = [], []
    for _ in range(repeats):
        seconds_ours, loss_ours = _timed(ours_step, collect)
        seconds_peer, loss_peer = _timed(peer_step, collect)
        _agree(work, loss_ours, loss_peer, tolerance)
        ours.append(seconds_ours)
        theirs.append(seconds_peer)
    ratios = [a / b for a, b in zip(ours, theirs, strict=True)]
    ours_s, peer_s = statistics.median(ours), statistics.median(theirs)
    return Row(
        work, "glassgrad", mode, peer, ours_s, peer_s, ours_s / peer_s, min(ratios), max(ratios)
    )


def _timed(step: Step, collect: bool) -> tuple[float, float]:
    if collect:
        gc.collect()
    start = time.perf_counter()
    loss = step()
    return time.perf_counter() - start, loss


def _agree(work: str, ours: float, theirs: float, tolerance: float | None) -> None:
    if tolerance is not None and abs(ours - theirs) > tolerance * max(1.0, abs(theirs)):
        raise AssertionError(f"{work}: the losses differ, {ours} here and {theirs} there")


def show(rows: list[Row]) -> str:
    """A table of ratios; below 1 we are faster."""
    head = ("work", "mode", "peer", "ours", "peer's", "ours : peer", "range")
    body = [
        (
            row.work,
            row.mode,
            row.peer,
            _milliseconds(row.ours_s),
            _milliseconds(row.peer_s),
            f"1 : {1 / row.ratio:.1f}" if row.ratio < 0.5 else f"{row.ratio:.2f}",
            f"{row.ratio_min:.2f}-{row.ratio_max:.2f}",
        )
        for row in rows
    ]
    widths = [max(map(len, column)) for column in zip(head, *body, strict=True)]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in (head, *body)
    ]
    return "\n".join(lines)


def _milliseconds(seconds: float) -> str:
    return f"{1e3 * seconds:.3g} ms"


def write_json(rows: list[Row], path: Path) -> None:
    """All figures, for those who plot them."""
    path.write_text(json.dumps([asdict(row) for row in rows], indent=1) + "\n")

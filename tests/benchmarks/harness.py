"""Races: engines that do the same work in turn, in one process, so that only the ratios count."""

from __future__ import annotations

import gc
import resource
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

#: Does the work once; returns the numbers (or arrays of any engine) by which it can be judged.
Step = Callable[[], Any]

Clock = Callable[[], float]

OURS = "glassgrad"

#: In its third call a replayed function compiles its program; the fourth takes as long as any.
_WARM_UP = 4
#: Steps follow each other for so long before the next engine's turn, as they would in training.
_BURST_SECONDS = 5e-3


@dataclass(frozen=True)
class Side:
    """One engine's way of doing a work.

    Attributes
    ----------
    engine : str
        What the table calls it.
    mode : str
        Which of its ways; of a peer with several, the fastest is quoted.
    make : callable
        Imports the engine, prepares everything and returns the step.
    leaves_cycles : bool
        Whether its garbage waits for the collector, and must not burden the next engine.
    """

    engine: str
    mode: str
    make: Callable[[], Step]
    leaves_cycles: bool = False


@dataclass(frozen=True)
class Target:
    """What is aimed at: the largest ratio to the first peer, or the most seconds."""

    most: float
    in_seconds: bool = False

    def __str__(self) -> str:
        return f"< {duration(self.most)}" if self.in_seconds else f"≤ {proportion(self.most)}"


@dataclass(frozen=True)
class Work:
    """What is compared.

    Attributes
    ----------
    name : str
        As the table calls it.
    sides : tuple of Side
        Ours first. All start from the same numbers.
    targets : mapping of str to Target
        For our modes.
    tolerance : float
        How far results may differ, in relation to the largest number of each.
    memory_targets : mapping of str to Target, optional
        For works whose peak memory is compared as well: the ratios aimed at.
    series, size
        Works of one series show how the cost grows with the size.
    """

    name: str
    sides: tuple[Side, ...]
    targets: Mapping[str, Target] = field(default_factory=dict)
    tolerance: float = 1e-3
    memory_targets: Mapping[str, Target] | None = None
    series: str = ""
    size: int = 0

    def peers(self) -> list[str]:
        """The other engines, in order."""
        return list(dict.fromkeys(side.engine for side in self.sides if side.engine != OURS))


@dataclass(frozen=True)
class Row:
    """Medians of one comparison in seconds, and between what the ratio lay in single rounds.

    Where there is no peer, its fields are None; so are those of memory where it was not measured.
    """

    work: str
    ours: str
    mode: str
    peer: str | None
    ours_s: float
    peer_s: float | None
    ratio: float | None
    ratio_min: float | None
    ratio_max: float | None
    peer_mode: str | None
    rounds: int
    target: Target | None = None
    series: str = ""
    size: int = 0
    ours_bytes: int | None = None
    peer_bytes: int | None = None
    memory_target: Target | None = None

    @property
    def met(self) -> bool | None:
        """Whether the target is met; None without one."""
        if self.target is None:
            return None
        found = self.ours_s if self.target.in_seconds else self.ratio
        return found is not None and found <= self.target.most

    @property
    def memory_ratio(self) -> float | None:
        """Our peak memory : the peer's."""
        if self.ours_bytes is None or self.peer_bytes is None:
            return None
        return self.ours_bytes / self.peer_bytes

    @property
    def memory_met(self) -> bool | None:
        """Whether the target for memory is met; None without one."""
        if self.memory_target is None or self.memory_ratio is None:
            return None
        return self.memory_ratio <= self.memory_target.most


@dataclass(frozen=True)
class Effort:
    """How long to measure: so many seconds for a work, but not fewer or more rounds than these."""

    seconds: float
    fewest: int
    most: int


def cpu_seconds() -> float:
    """Processor time of this process and of those that it waited for.

    For one thread it is the time on a machine that has nothing else to do.
    """
    both = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return sum(usage.ru_utime + usage.ru_stime for usage in both)


def race(work: Work, effort: Effort, clock: Clock = time.perf_counter) -> list[Row]:
    """Run all sides of a work in turn, and compare the medians.

    Raises
    ------
    AssertionError
        If the sides do not arrive at the same results: what computes something else is not
        compared.
    """
    steps = [side.make() for side in work.sides]
    seconds = [0.0] * len(steps)
    for _ in range(_WARM_UP):
        results = []
        for i, step in enumerate(steps):
            start = clock()
            results.append(_arrays(step()))
            seconds[i] = clock() - start
        for side, found in zip(work.sides, results, strict=True):
            _require_same(work, side, found, work.sides[-1], results[-1])
    bursts = [max(1, round(_BURST_SECONDS / max(once, 1e-7))) for once in seconds]
    cost = sum(burst * once for burst, once in zip(bursts, seconds, strict=True))
    rounds = min(max(effort.fewest, round(effort.seconds / max(cost, 1e-7))), effort.most)
    times: list[list[float]] = [[] for _ in steps]
    gc.collect()
    for _ in range(rounds):
        for side, step, burst, own in zip(work.sides, steps, bursts, times, strict=True):
            if burst > 1:
                step()  # brings into the caches again what the others have driven out
            start = clock()
            for _ in range(burst):
                step()
            own.append((clock() - start) / burst)
            if side.leaves_cycles:
                gc.collect()
    return _rows(work, times)


def _arrays(result: Any) -> list[np.ndarray[Any, Any]]:
    """Copies of what a step returned, since the next step may write over it."""
    results = result if isinstance(result, list | tuple) else [result]
    plain = [array.numpy(force=True) if hasattr(array, "numpy") else array for array in results]
    return [np.array(array, dtype=np.float64) for array in plain]


def _require_same(
    work: Work, side: Side, found: list[Any], other: Side, expected: list[Any]
) -> None:
    for one, two in zip(found, expected, strict=True):
        scale = np.max(np.abs(two), initial=0.0) or 1.0
        error = np.max(np.abs(one - two), initial=0.0) / scale
        if not error <= work.tolerance:
            raise AssertionError(
                f"{work.name}: {side.engine} ({side.mode}) and {other.engine} ({other.mode}) "
                f"differ by {error:.1e} of the largest number, and {work.tolerance:.0e} is allowed."
            )


def _rows(work: Work, times: list[list[float]]) -> list[Row]:
    """Each of our modes against each peer in its fastest mode."""
    entries = list(zip(work.sides, times, strict=True))
    ours = [(side, own) for side, own in entries if side.engine == OURS]
    peers = [
        min(
            ((side, own) for side, own in entries if side.engine == engine),
            key=lambda entry: statistics.median(entry[1]),
        )
        for engine in work.peers()
    ]
    rows = [
        _row(work, side, own, peer, theirs, first=peer is peers[0][0])
        for side, own in ours
        for peer, theirs in peers
    ]
    return rows or [_row(work, side, own) for side, own in ours]


def _row(
    work: Work,
    side: Side,
    own: list[float],
    peer: Side | None = None,
    theirs: list[float] | None = None,
    first: bool = True,
) -> Row:
    target = work.targets.get(side.mode) if first else None
    row = Row(
        work.name, OURS, side.mode, None, statistics.median(own), None, None, None, None, None,
        rounds=len(own), target=target, series=work.series, size=work.size,
    )  # fmt: skip
    if peer is None or theirs is None:
        return row
    peer_s = statistics.median(theirs)
    ratios = [a / b for a, b in zip(own, theirs, strict=True)]
    return replace(
        row,
        peer=peer.engine,
        peer_mode=peer.mode,
        peer_s=peer_s,
        ratio=row.ours_s / peer_s,
        ratio_min=min(ratios),
        ratio_max=max(ratios),
    )


def duration(seconds: float) -> str:
    """Seconds as people say them."""
    for unit, size in (("s", 1.0), ("ms", 1e-3)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds / 1e-6:.3g} µs"


def proportion(ratio: float) -> str:
    """A ratio as people say it: ``1 : 20`` where it is small."""
    return f"1 : {grouped(round(1 / ratio))}" if ratio <= 0.1 else f"{ratio:.2f}"


def grouped(number: int) -> str:
    """A number with its digits in groups of three."""
    return f"{number:,}".replace(",", " ")

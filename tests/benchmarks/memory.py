"""The peak memory of some steps: what it grows by over a process that has imported the engine.

    python -m tests.benchmarks.memory WORK ENGINE MODE

runs the steps of one side of a work in this process, which must be a fresh one, and prints bytes.
Data, parameters, the optimiser's state and the engine's scratch all count.
"""

from __future__ import annotations

import argparse
import ctypes
import dataclasses
import subprocess
import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from tests.benchmarks.harness import OURS, Row, Side, Work
from tests.benchmarks.works import all_works

#: What the steps import is there before the growth begins.
_IMPORTED = {
    OURS: ("autograd.program.arrays", "nn.functional", "nn.models", "nn.optim"),
    "PyTorch": ("torch", "torch._dynamo"),  # the latter by its optimisers
    "MyGrad": ("mygrad", "mygrad.nnet.activations", "mygrad.nnet.layers", "mygrad.nnet.losses"),
}
_STEPS = 5

#: Where Linux tells it; other systems do not let a process forget its peak.
_STATUS = Path("/proc/self/status")


def with_memory(work: Work, rows: list[Row]) -> list[Row]:
    """The rows of a work with the peak memory of its sides, each found in a process of its own."""
    if work.memory_targets is None or not _STATUS.exists():
        return rows
    wanted = {(row.ours, row.mode) for row in rows} | {(row.peer, row.peer_mode) for row in rows}
    grown: dict[tuple[str | None, str | None], int] = {
        (side.engine, side.mode): _in_a_process(work, side)
        for side in work.sides
        if (side.engine, side.mode) in wanted
    }
    first = work.peers()[0]
    return [
        dataclasses.replace(
            row,
            ours_bytes=grown[row.ours, row.mode],
            peer_bytes=grown[row.peer, row.peer_mode],
            memory_target=work.memory_targets.get(row.mode) if row.peer == first else None,
        )
        for row in rows
    ]


def _in_a_process(work: Work, side: Side) -> int:
    command = [sys.executable, "-m", "tests.benchmarks.memory", work.name, side.engine, side.mode]
    return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def growth(side: Side) -> int:
    """By how many bytes some steps raise the peak of this process."""
    for module in _IMPORTED[side.engine]:
        import_module(module)
    if side.engine == OURS and find_spec("numba"):
        # The extra `fast`. It loads most of its compiler (60 MB) when it is first used.
        import_module("numba").njit(_nothing)()
    _forget_peak()
    before = _status("VmRSS")
    step = side.make()
    for _ in range(_STEPS):
        step()
    return _status("VmHWM") - before


def _nothing() -> None:
    """To be compiled."""


def _forget_peak() -> None:
    """Let the peak start from what is used now: importing took more for a while."""
    ctypes.CDLL(None).malloc_trim(0)
    Path("/proc/self/clear_refs").write_text("5")


def _status(name: str) -> int:
    """A figure in bytes that the system keeps of this process."""
    lines = _STATUS.read_text().splitlines()
    (line,) = [line for line in lines if line.startswith(f"{name}:")]
    return 1024 * int(line.split()[1])


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.memory", description=__doc__)
    parser.add_argument("work", help="its name")
    parser.add_argument("engine")
    parser.add_argument("mode")
    options = parser.parse_args()
    (side,) = [
        side
        for work in all_works()
        for side in work.sides
        if (work.name, side.engine, side.mode) == (options.work, options.engine, options.mode)
    ]
    print(growth(side))


if __name__ == "__main__":
    main()

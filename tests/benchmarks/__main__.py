"""Print how fast this engine is beside its peers, in one run on one machine.

    python -m tests.benchmarks [WORD ...] [--threads N] [--quick] [--json FILE] [--plots FOLDER]

Absolute times belong to the machine; the ratios carry over. On one thread they are of processor
time, which other users of the machine hardly disturb. The peers come with the extra `bench`.
"""

from __future__ import annotations

import argparse
import os
import sys
from importlib.util import find_spec
from pathlib import Path

#: Read by the libraries once, when they are imported.
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")

#: Works of a series that are larger are left out when it has to be quick.
_QUICK_SIZE = 10_000

#: Modules of the engines whose name is another one.
_MODULES = {"PyTorch": "torch", "MyGrad": "mygrad"}


def main() -> None:
    available = len(os.sched_getaffinity(0))
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("words", nargs="*", metavar="WORD", help="only works with one of them")
    parser.add_argument("--threads", type=int, default=available, help="for every engine alike")
    parser.add_argument("--quick", action="store_true", help="few rounds, and no large growth")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there")
    parser.add_argument("--plots", type=Path, metavar="FOLDER", help="draw how the cost grows")
    options = parser.parse_args()
    _restart_with_threads(options.threads)
    _run(options)


def _restart_with_threads(count: int) -> None:
    """Begin again with the number of threads in the environment, unless it is there."""
    wanted = dict.fromkeys(_THREADS, str(count))
    if wanted.items() <= os.environ.items():
        return
    command = [sys.executable, "-m", "tests.benchmarks", *sys.argv[1:]]
    os.execve(sys.executable, command, {**os.environ, **wanted})


def _run(options: argparse.Namespace) -> None:
    # Only now, since all of this imports numpy.
    import time

    from tests.benchmarks import growth, report
    from tests.benchmarks.harness import Effort, cpu_seconds, race
    from tests.benchmarks.memory import with_memory
    from tests.benchmarks.works import all_works

    clock = cpu_seconds if options.threads == 1 else time.perf_counter
    effort = Effort(0.5, 3, 15) if options.quick else Effort(4.0, 5, 101)
    words = [word.lower() for word in options.words] or [""]
    works = [
        work
        for work in all_works()
        if any(word in work.name.lower() for word in words)
        and not (options.quick and work.size > _QUICK_SIZE)
    ]
    if not works:
        sys.exit(f"No work has one of these in its name: {', '.join(options.words)}.")
    needed = {peer for work in works for peer in work.peers()}
    _require(needed | {"matplotlib"} if options.plots else needed)
    rows = []
    for work in works:
        print(f"... {work.name}", file=sys.stderr, flush=True)
        rows += with_memory(work, race(work, effort, clock))
    curves = growth.curves(rows)
    for table in (report.times(rows), report.memory(rows), report.exponents(curves)):
        if table:
            print(table, end="\n\n")
    if options.json:
        report.write_json(rows, options.json, threads=options.threads, clock=clock.__name__)
    if options.plots:
        for path in growth.plot(rows, options.plots):
            print(path)


def _require(packages: set[str]) -> None:
    """Say at once what is not installed, and not after minutes."""
    missing = sorted(name for name in packages if find_spec(_MODULES.get(name, name)) is None)
    if missing:
        verb = "is" if len(missing) == 1 else "are"
        sys.exit(
            f"{', '.join(missing)} {verb} not installed: pip install 'glassgrad[bench]', or name "
            "works that do without."
        )


if __name__ == "__main__":
    main()

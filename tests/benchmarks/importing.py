"""What an import costs, each time in a fresh process."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

from tests.benchmarks.harness import OURS, Side, Step, Target, Work


def process(code: str) -> Step:
    """A process that runs some code."""

    def step() -> float:
        return float(subprocess.run([sys.executable, "-c", code], check=True).returncode)

    return step


def works(tiny: bool) -> Iterator[Work]:
    """Ours beside numpy's, which it needs."""
    yield Work(
        "import autograd, nn, viz",
        (
            Side(OURS, "import", lambda: process("import autograd, nn, viz")),
            Side("numpy", "import", lambda: process("import numpy")),
        ),
        {"import": Target(1.3)},
    )

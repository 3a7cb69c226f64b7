"""What an import costs, each time in a fresh process."""

from __future__ import annotations

import compileall
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks.harness import OURS, Side, Step, Target, Work


def process(code: str) -> Step:
    """A process that runs some code."""

    def step() -> float:
        return float(subprocess.run([sys.executable, "-c", code], check=True).returncode)

    return step


def _ours() -> Step:
    import autograd
    import nn
    import viz

    for package in (autograd, nn, viz):  # as they are where they were installed
        compileall.compile_dir(Path(str(package.__file__)).parent, quiet=1)
    return process("import autograd, nn, viz")


def works(tiny: bool) -> Iterator[Work]:
    """Ours beside numpy's, which it needs."""
    yield Work(
        "import autograd, nn, viz",
        (
            Side(OURS, "import", _ours),
            Side("numpy", "import", lambda: process("import numpy")),
        ),
        {"import": Target(1.3)},
    )

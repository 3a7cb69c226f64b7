"""Print how many of PyTorch's modules are whole here, which are not, and why.

python -m tests.oracle.modules [NAME ...]
"""

from __future__ import annotations

import argparse

from tests.oracle.modules.arguments import LEFT_OUT
from tests.oracle.modules.harness import Verdict, examine, score, tried

#: How many failures of one module are shown.
SHOWN = 3


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.oracle.modules", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="only these modules")
    wanted = parser.parse_args().names
    for name in wanted or tried():
        print(line(examine(name)))
    if not wanted:
        print("\nLeft out:")
        for name, reason in LEFT_OUT.items():
            print(f"  {name}: {reason}")
        print(f"\n{score()}")


def line(verdict: Verdict) -> str:
    """One module: its name, how many cases are right, and the first failures."""
    right = verdict.cases - len(verdict.failures)
    mark = "whole" if verdict.whole else "WRONG"
    head = f"{mark}  {verdict.name:<28} {right:>5} of {verdict.cases:>5} cases"
    return "\n".join(
        [head, *(f"       {text}" for text in list(verdict.failures.values())[:SHOWN])]
    )


if __name__ == "__main__":
    main()

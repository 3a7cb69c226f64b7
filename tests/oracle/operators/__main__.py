"""Print how many of PyTorch's operators are right here, which are not, and why.

python -m tests.oracle.operators [NAME ...]
"""

from __future__ import annotations

import argparse

from tests.oracle.operators.harness import Verdict, examine, families, missing, score, tables

#: How many failures of one operator are shown.
SHOWN = 5


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.oracle.operators", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="only these operators or families")
    wanted = parser.parse_args().names
    for name in operators(wanted) if wanted else sorted(tables()["OPERATORS"]):
        print(line(examine(name)))
    if not wanted:
        print("\nLeft out:")
        for name, reason in sorted(missing().items()):
            print(f"  {name}: {reason}")
        print(f"\n{score()}")


def operators(names: list[str]) -> list[str]:
    """Operators by name, and all of a family (a module of this folder) by the family's."""
    known = families()
    return [
        operator
        for name in names
        for operator in (known[name].OPERATORS if name in known else [name])
    ]


def line(verdict: Verdict) -> str:
    """One operator: its name, how many samples are right, and the first failures."""
    right = verdict.samples - len(verdict.failures)
    mark = "right" if verdict.right else "WRONG"
    head = f"{mark}  {verdict.name:<48} {right:>5} of {verdict.samples:>5} samples"
    return "\n".join(
        [head, *(f"       {text}" for text in list(verdict.failures.values())[:SHOWN])]
    )


if __name__ == "__main__":
    main()

"""Print which of PyTorch's optimisers, in all their configurations, are right here.

python -m tests.oracle.optimizers [NAME ...]
"""

from __future__ import annotations

import argparse

from tests.oracle.optimizers.harness import LEFT_OUT, OPTIMIZERS, Verdict, examine, score


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.oracle.optimizers", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="only these optimisers")
    wanted = parser.parse_args().names
    for name in wanted or OPTIMIZERS:
        print(line(examine(name)))
    if not wanted:
        print("\nLeft out:")
        for name, reason in LEFT_OUT.items():
            print(f"  {name}: {reason}")
        print(f"\n{score()}")


def line(verdict: Verdict) -> str:
    """One optimiser: its name, how many configurations are right, and the failures."""
    right = verdict.configurations - len(verdict.failures)
    mark = "right" if verdict.right else "WRONG"
    head = f"{mark}  {verdict.name:<10} {right} of {verdict.configurations} configurations"
    return "\n".join(
        [head, *(f"       {description}: {text}" for description, text in verdict.failures.items())]
    )


if __name__ == "__main__":
    main()

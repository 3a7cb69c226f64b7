"""Train models on real data, judge them by records that were held out, and print a table.

    python -m tests.scores [--into FILE] [NAME ...]

NAME is part of a task's name; without one all are run. GLASSGRAD_DATA names the folder with the
data. Fails if a bar is missed.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from tests.scores import digits, names
from tests.scores.harness import measure, table


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.scores", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="only these tasks")
    parser.add_argument("--into", type=Path, metavar="FILE", help="also write the table to a file")
    options = parser.parse_args()
    tasks = [
        task
        for task in (*digits.tasks(), *names.tasks())
        if not options.names or any(name in task.name for name in options.names)
    ]
    if not tasks:
        parser.error(f"no task has {' or '.join(options.names)} in its name")
    scores = [measure(task) for task in tasks]
    text = table(scores)
    print(text, end="")
    if options.into:
        options.into.parent.mkdir(parents=True, exist_ok=True)
        options.into.write_text(text, "utf-8")
    return 0 if all(score.met for score in scores) else 1


if __name__ == "__main__":
    raise SystemExit(main())

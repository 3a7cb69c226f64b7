"""Print how fast this engine is beside its peers, in one run on one machine.

    python -m tests.benchmarks [--json FILE]

Absolute times belong to the machine; the ratios carry over. The peers come with the extra `bench`.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from tests.benchmarks.harness import show, write_json
from tests.benchmarks.works import all_works


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    options = parser.parse_args()
    rows = [work() for work in all_works()]
    print(show(rows))
    if options.json:
        write_json(rows, options.json)


if __name__ == "__main__":
    main()

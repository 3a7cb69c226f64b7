"""All works that are compared, the quick ones first."""

from __future__ import annotations

from collections.abc import Iterator

from tests.benchmarks import drawing, importing, layers, optimizers, scalars, training
from tests.benchmarks.harness import Work


def all_works(tiny: bool = False) -> Iterator[Work]:
    """Every work; `tiny` ones take next to no time, and only show that the engines agree."""
    for family in (importing, scalars, training, layers, optimizers, drawing):
        yield from family.works(tiny)

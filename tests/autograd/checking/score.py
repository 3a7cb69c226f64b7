"""How the checker does on a set of cases. Not a test module."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from autograd import gradcheck
from autograd.checking import Report
from tests.autograd.checking.planted import Case


def report_on(case: Case, seed: int) -> Report:
    """The report on one case, at inputs drawn with a seed."""
    inputs = case.draw(np.random.default_rng(seed))
    return gradcheck(case.f, *inputs, vjp=case.vjp, seed=seed, **case.options)


def misjudged(cases: Sequence[Case], seeds: Sequence[int], *, right: bool) -> list[str]:
    """Names of the cases, with the seed, whose report says other than it should."""
    return [
        f"{case.name} (seed {seed})"
        for case in cases
        for seed in seeds
        if report_on(case, seed).ok != right
    ]

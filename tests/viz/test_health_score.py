"""How often diagnose() is right, on networks drawn at random with seeds kept for this test."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

import viz
from tests.viz import patients, patients_structured, patients_unusual
from tests.viz.patients import Patient

#: For tuning there are all others.
SEEDS = range(50_000, 50_008)
HEALTHY = [*patients.HEALTHY, *patients_structured.HEALTHY, *patients_unusual.HEALTHY]
ILL = [*patients.ILL, *patients_structured.ILL, *patients_unusual.ILL]

Maker = Callable[[np.random.Generator], Patient]


def draw(makers: list[Maker]) -> list[Patient]:
    return [
        make(np.random.default_rng([seed, k])) for seed in SEEDS for k, make in enumerate(makers)
    ]


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # some are ill of NaN
def test_names_layer_and_illness() -> None:
    missed = []
    patients = draw(ILL)
    for patient in patients:
        findings = viz.diagnose(patient.loss, patient.model, patient.history).findings
        if not {(f.illness, f.layer) for f in findings} & patient.expected:
            missed.append(patient.about)
    assert len(missed) <= 0.05 * len(patients), missed


def test_leaves_the_healthy_alone() -> None:
    patients = draw(HEALTHY)
    alarmed = [p.about for p in patients if not viz.diagnose(p.loss, p.model, p.history).ok]
    assert len(alarmed) <= 0.02 * len(patients), alarmed

"""Activations that let nothing through: dead gates, and ends that are flat."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from autograd.trace import rms
from viz.health.diagnosis import Finding
from viz.health.remedies import NOT_FLAT, NOT_SATURATED, OPEN_GATES
from viz.health.survey import FLAT, GATES, STEEPEST, Activation, Survey
from viz.scene.numbers import number

#: Share of a layer that has to be dead or saturated; and, unless it is all of it, how many outputs.
_MANY_DEAD, _MANY_SATURATED, _FEW = 0.55, 0.4, 4
#: Where only gates are saturated, as those of an LSTM that has learned what to keep.
_ALMOST_ALL = 0.95
#: In a deep, healthy ReLU network many units may be closed for a whole batch, but then as many are
#: open for all of it. An excess of so many standard deviations is not chance.
_DEVIATIONS = 3.5
#: Nor is it chance if the closed units are so many times as far from opening as the signal is
#: large: only biases do that. It tells in small layers, where the excess cannot.
_FAR, _MANY_FAR = 3.0, 0.4


def find_dead(survey: Survey, loss: float) -> Iterator[Finding]:
    """Units whose gate is closed for every record, or functions that are flat everywhere.

    A loss of 0 may close the gates at the output: a hinge loss does once all margins are kept.
    """
    for row in survey.activations:
        satisfied = row.is_output and loss == 0
        if row.op not in GATES | FLAT or _is_fed_zeros(row) or satisfied:
            continue
        closed = int(row.closed.sum())
        share = closed / row.units
        whole = closed == row.units
        # At the output, a loss such as the hinge closes the gate of what is right already.
        partly = not row.is_output and (_is_excess(row, share) or _is_far(row, share))
        if not (whole or partly):
            continue
        figures = {"units": float(row.units), "closed": float(closed), "share": share}
        if row.op in FLAT:
            yield Finding(
                "dead", row.name, "severe",
                f"{row.op} is flat everywhere: its derivative is 0, so no gradient passes it.",
                NOT_FLAT, (row.name,), figures,
            )  # fmt: skip
            continue
        sentence = f"{closed} of {row.units} units are closed for {_batch(row)}"
        effect = (
            "nothing passes, and what leads here learns nothing from it"
            if whole
            else "these units no longer learn"
        )
        yield Finding(
            "dead", row.name, "severe" if whole else "mild",
            f"{sentence} ({row.op} of a negative number): {effect}.",
            OPEN_GATES, (row.name,), figures,
        )  # fmt: skip


def _is_excess(row: Activation, share: float) -> bool:
    """Whether more units are always closed than always open, beyond chance."""
    closed, open_ = int(row.closed.sum()), int(row.slopes.all(axis=0).sum())
    deviations = (closed - open_) / math.sqrt(max(closed + open_, 1))
    return share > _MANY_DEAD and deviations > _DEVIATIONS


def _is_far(row: Activation, share: float) -> bool:
    """Whether the closed units are far from ever opening."""
    if share < _MANY_FAR:
        return False
    distance = np.abs(row.arguments[:, row.closed]).min(axis=0)
    size = max(row.signal, rms(row.arguments[:, ~row.closed]))
    return float(np.median(distance)) > _FAR * size


def find_saturated(survey: Survey) -> Iterator[Finding]:
    """Sigmoid or tanh pushed so far out that it is flat."""
    for row in survey.activations:
        if row.op not in STEEPEST:
            continue
        share = float(row.saturated.mean())
        many = _ALMOST_ALL if row.is_gating else _MANY_SATURATED
        if share <= many or (share < 1 and row.saturated.sum() < _FEW):
            continue
        yield Finding(
            "saturated", row.name, "severe" if share > _ALMOST_ALL else "mild",
            f"{share:.0%} of its outputs are on the flat ends of {row.op}; the mean slope is "
            f"{number(row.slope, 2)}, where {STEEPEST[row.op]:g} is the steepest.",
            NOT_SATURATED, (row.name,), {"share": share, "slope": row.slope},
        )  # fmt: skip


def _is_fed_zeros(row: Activation) -> bool:
    """Whether its gates are closed only because zero weights give them exactly 0."""
    return row.op in GATES and not row.arguments.any()


def _batch(row: Activation) -> str:
    return "this record" if row.records == 1 else f"all {row.records} records of the batch"

"""Signals of the wrong size: raw inputs, and depth without normalisation."""

from __future__ import annotations

from collections.abc import Iterator

from viz.health.diagnosis import Finding, span
from viz.health.remedies import NORMALISED_INPUTS
from viz.health.survey import Survey
from viz.scene.numbers import number

#: Initial weights are made for inputs with an RMS around 1. Above `_LARGE`, or if no input reaches
#: `_TINY`, they do not fit. Nor do they where the signal has grown to `_GROWN` inside.
_LARGE, _TINY, _GROWN = 30.0, 1e-2, 20.0


def find_raw_inputs(survey: Survey) -> Iterator[Finding]:
    """Data of a size for which no initial weights are made."""
    for layer in survey.weight_layers:
        if not layer.takes_data or not (layer.given > _LARGE or 0 < layer.peak < _TINY):
            continue
        effect = (
            "everything behind grows with it, and sigmoid, tanh and softmax become flat"
            if layer.given > _LARGE
            else "the network sees little more than its own biases"
        )
        yield Finding(
            "unnormalised", layer.name, "mild",
            f"its inputs have an RMS of {number(layer.given, 3)}, where the initial weights are "
            f"made for about 1: {effect}.",
            NORMALISED_INPUTS, (layer.name,), {"rms": layer.given},
        )  # fmt: skip


def find_growing_signal(survey: Survey) -> Iterator[Finding]:
    """A signal that grows through the layers because nothing normalises it."""
    grown = [row for row in survey.weight_layers if not row.takes_data and row.given > _GROWN]
    if grown:
        worst = max(grown, key=lambda row: row.given)
        names = tuple(dict.fromkeys(row.name for row in grown))
        yield Finding(
            "unnormalised", worst.name, "mild",
            f"its inputs have grown to an RMS of {number(worst.given, 3)} on the way through the "
            f"layers; affected: {span(names)}.",
            "layer or batch normalisation; in a residual network also branches scaled by "
            "1/√blocks, or whose last weights start at 0.",
            names, {"rms": worst.given},
        )  # fmt: skip

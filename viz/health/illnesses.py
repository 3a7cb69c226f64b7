"""The illnesses of a network and how each is recognised.

No rule asks how large a number is, only how it compares with another of the same network: a mean
over 640 elements, a loss times 1e−8 or a large batch changes no verdict. The thresholds were set on
networks drawn at random (tests/viz/patients.py) and measured on others.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from viz.health.diagnosis import Finding
from viz.health.survey import FLAT, GATES, STEEPEST, Activation, Survey, WeightLayer
from viz.scene.numbers import number

#: A gradient vanishes if it falls below `_FAINT` of the last layer's, by less than `_SHRINKING` a
#: layer; or below `_FAINTEST`, however slowly.
_FAINT, _SHRINKING, _FAINTEST = 1e-2, 0.5, 1e-4
#: It explodes if it grows above `_LOUD` times the last layer's, by more than `_GROWING` a layer; or
#: if one layer's weights multiply it by `_LEAP`.
_LOUD, _GROWING, _LEAP = 1e3, 2.0, 30.0
#: What weights of that scale do to the signal counts as an explosion above this RMS: sigmoid, tanh
#: and softmax all take numbers around 1.
_SIGNAL = 10.0
#: Share of a layer that has to be dead or saturated; and, unless it is all of it, how many outputs.
_MANY_DEAD, _MANY_SATURATED, _FEW = 0.55, 0.4, 4
#: In a deep, healthy ReLU network many units may be closed for a whole batch, but then as many are
#: open for all of it. An excess of so many standard deviations is not chance.
_DEVIATIONS = 3.5


def find_vanishing(survey: Survey) -> Iterator[Finding]:
    """The gradient shrinks on its way to the first layers."""
    layers = survey.weight_layers
    faint = [
        (layer, survey.relative(layer), len(layers) - 1 - i) for i, layer in enumerate(layers[:-1])
    ]
    reached = [entry for entry in faint if entry[1] > 0]
    if not reached:
        return
    worst, relative, steps = min(reached, key=lambda entry: entry[1])
    rate = relative ** (1 / steps)
    if not (relative < _FAINTEST or (relative < _FAINT and rate < _SHRINKING)):
        return
    concerned = tuple(layer.name for layer, share, _ in faint if share < _FAINT)
    sigmoids = any(row.op == "sigmoid" for row in survey.activations)
    reason = (
        " A sigmoid passes at most 0.25 of it, and the weights come on top." if sigmoids else ""
    )
    yield Finding(
        "vanishing",
        worst.name,
        "severe" if relative < _FAINTEST else "mild",
        f"of the gradient at {layers[-1].name} only {number(relative, 2)} arrives at {worst.name}, "
        f"about ×{number(rate, 2)} per layer; affected: {_span(concerned)}.{reason}",
        (
            "ReLU with He initialisation instead of sigmoid; or tanh with Xavier initialisation, "
            "fewer layers, skip connections, normalisation."
            if sigmoids
            else "larger initial weights (He for ReLU, Xavier for tanh), skip connections, "
            "normalisation."
        ),
        concerned,
        {"relative": relative, "per_layer": rate},
    )


def find_large_weights(survey: Survey) -> Iterator[Finding]:
    """Weights so large that the signal or the gradient leaps."""
    for layer in survey.weight_layers:
        leaps = _LEAP < layer.weight_scale < math.inf and not layer.signal <= _SIGNAL
        if leaps or layer.gain > _LEAP:
            gradient = "" if math.isnan(layer.gain) else f" and the gradient by {_n(layer.gain)}"
            yield _exploding(
                layer,
                (layer.name,),
                f"its weights are {_n(layer.weight_scale)} times 1/√fan_in; they multiply the "
                f"signal by about that{gradient}.",
                {"weight_scale": layer.weight_scale, "gain": layer.gain},
            )


def find_growth(survey: Survey) -> Iterator[Finding]:
    """The gradient grows from layer to layer on its way to the first, by a little each."""
    layers = survey.weight_layers
    if not layers or any(layer.gain > _LEAP for layer in layers):
        return
    loudest = max(layers, key=survey.relative)
    steps = len(layers) - 1 - layers.index(loudest)
    relative = survey.relative(loudest)
    if not (steps and relative > _LOUD and (rate := relative ** (1 / steps)) > _GROWING):
        return
    worst = max((layer for layer in layers if layer.gain > 0), key=lambda layer: layer.gain)
    yield _exploding(
        worst,
        tuple(layer.name for layer in layers if layer.gain > _GROWING),
        f"the gradient grows on its way back, about ×{_n(rate)} per layer: at {loudest.name} it is "
        f"{_n(relative)} times that at {layers[-1].name}.",
        {"relative": relative, "per_layer": rate},
    )


def _exploding(
    layer: WeightLayer, layers: tuple[str, ...], sentence: str, figures: dict[str, float]
) -> Finding:
    advice = (
        "smaller initial weights (He for ReLU, Xavier for tanh and sigmoid); normalised inputs; "
        "gradient clipping."
    )
    return Finding("exploding", layer.name, "severe", sentence, advice, layers, figures)


def find_dead(survey: Survey, loss: float) -> Iterator[Finding]:
    """Units whose gate is closed for every record, or functions that are flat everywhere.

    A loss of 0 may close the gates at the output: a hinge loss does once all margins are kept.
    """
    for row in survey.activations:
        reached = row.is_output and loss == 0
        if row.op not in GATES | FLAT or _is_fed_zeros(row) or reached:
            continue
        closed, open_ = int(row.closed.sum()), int(row.slopes.all(axis=0).sum())
        share = closed / row.units
        deviations = (closed - open_) / math.sqrt(max(closed + open_, 1))
        whole = closed == row.units
        if not (whole or (share > _MANY_DEAD and deviations > _DEVIATIONS)):
            continue
        figures = {"units": float(row.units), "closed": float(closed), "share": share}
        if row.op in FLAT:
            yield Finding(
                "dead", row.name, "severe",
                f"{row.op} is flat everywhere: its derivative is 0, so no gradient passes it.",
                "a smooth activation (sigmoid, tanh), ReLU, or a rule that needs no derivative, as "
                "the perceptron's.",
                (row.name,), figures,
            )  # fmt: skip
            continue
        sentence = f"{closed} of {row.units} units are closed for {_batch(row)}"
        effect = (
            "nothing passes, and the layers before learn nothing"
            if whole
            else "these units no longer learn"
        )
        yield Finding(
            "dead", row.name, "severe" if whole else "mild",
            f"{sentence} ({row.op} of a negative number): {effect}.",
            "a smaller learning rate, biases that start at 0 or slightly above, He initialisation, "
            "or leaky ReLU, which never closes entirely.",
            (row.name,), figures,
        )  # fmt: skip


def find_saturated(survey: Survey) -> Iterator[Finding]:
    """Sigmoid or tanh pushed so far out that it is flat."""
    for row in survey.activations:
        if row.op not in STEEPEST:
            continue
        share = float(row.saturated.mean())
        if share <= _MANY_SATURATED or (share < 1 and row.saturated.sum() < _FEW):
            continue
        yield Finding(
            "saturated", row.name, "severe" if share > 0.95 else "mild",
            f"{share:.0%} of its outputs are on the flat ends of {row.op}; the mean slope is "
            f"{number(row.slope, 2)}, where {STEEPEST[row.op]:g} is the steepest.",
            "smaller weights before it (Xavier initialisation), normalised inputs, or ReLU.",
            (row.name,), {"share": share, "slope": row.slope},
        )  # fmt: skip


def find_symmetry(survey: Survey) -> Iterator[Finding]:
    """Weights that are all 0, or units that are and stay copies of one another."""
    layers = survey.weight_layers
    for i, layer in enumerate(layers):
        is_last = i == len(layers) - 1
        if not layer.weights.any():
            # An output layer may start at 0, as long as something else feeds the layers before.
            if is_last and (i == 0 or any(other.norm for other in layers[:-1])):
                continue
            yield Finding(
                "zero init", layer.name, "severe",
                "all its weights are exactly 0, so no gradient passes it and its units are alike.",
                "random initial weights: nn.init offers He (ReLU) and Xavier (tanh, sigmoid); "
                "only biases may start at 0.",
                (layer.name,), {"units": float(layer.units)},
            )  # fmt: skip
        elif not is_last and layer.units > 1 and _all_alike(layer):
            yield Finding(
                "symmetric", layer.name, "severe",
                f"its {layer.units} units have the same weights and receive the same gradient, so "
                "they will stay copies of one another.",
                "random initial weights, different for every unit: nn.init offers He and Xavier.",
                (layer.name,), {"units": float(layer.units)},
            )  # fmt: skip


def find_silence(survey: Survey, loss: float) -> Iterator[Finding]:
    """Weights that receive exactly 0, for whatever reason, though the loss is not 0."""
    silent = tuple(row.name for row in survey.weight_layers if not row.weight_gradient.any())
    if silent and loss != 0:
        yield Finding(
            "zero gradient", silent[0], "mild",
            f"the gradient of these weights is exactly 0, so this batch teaches them nothing: "
            f"{_span(silent)}.",
            "another batch, if the inputs of this one are all 0; else viz.graph(loss), where the "
            "dashed edges show where the gradient stops.",
            silent,
        )  # fmt: skip


def _all_alike(layer: WeightLayer) -> bool:
    return _same_columns(layer.weights) and _same_columns(layer.weight_gradient)


def _same_columns(matrix: NDArray[Any]) -> bool:
    """Whether all columns are equal, up to the rounding of sums taken in different orders."""
    rounding = len(matrix) * np.finfo(matrix.dtype).eps * np.abs(matrix).max()
    return bool(np.all(np.abs(matrix - matrix[:, :1]) <= rounding))


def _is_fed_zeros(row: Activation) -> bool:
    """Whether its gates are closed only because zero weights give them exactly 0."""
    return row.op in GATES and not row.arguments.any()


def _batch(row: Activation) -> str:
    return "this record" if row.records == 1 else f"all {row.records} records of the batch"


def _span(names: tuple[str, ...]) -> str:
    return names[0] if len(names) == 1 else f"{names[0]} to {names[-1]}"


def _n(x: float) -> str:
    return number(x, 2)

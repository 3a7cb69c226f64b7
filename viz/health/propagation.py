"""Gradients that vanish or explode on their way through the layers, or through time.

No rule asks how large a number is, only how it compares with another of the same network: a mean
over 640 elements, a loss times 1e−8 or a large batch changes no verdict. The thresholds, here and
in the other modules of illnesses, were set on networks drawn at random (tests/viz/patients.py) and
measured on others.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from statistics import median

from viz.health.diagnosis import Finding, span
from viz.health.remedies import LARGER_WEIGHTS, MEMORY, NO_SIGMOID, SMALLER_WEIGHTS
from viz.health.survey import Survey, WeightLayer
from viz.scene.numbers import number

#: A gradient vanishes if it falls below `_FAINT` of the last layer's, severely below `_FAINTEST`.
#: ReLU behind weights that are uniform within ±1/√fan_in passes 1/√6 = 0.41 in each layer, tanh
#: 0.57: where that amounts to `_FAINT`, training begins to stand still.
_FAINT, _FAINTEST = 1e-2, 1e-4
#: Weights below this scale have a share in it: He's have 1.4, Xavier's 1.
_SMALL_SCALE = 0.9
#: It explodes if it grows above `_LOUD` times the last layer's, by more than `_GROWING` a layer; or
#: if one layer's weights multiply it by `_LEAP`.
_LOUD, _GROWING, _LEAP = 1e3, 2.0, 30.0
#: Where most layers start with small weights, a layer stands out by this factor. (Below the least
#: scale, nothing is large.)
_LEAP_AMONG, _LEAST_SCALE = 60.0, 0.1
#: What weights of that scale do to the signal counts as an explosion above this RMS: sigmoid, tanh
#: and softmax all take numbers around 1.
_SIGNAL = 10.0
#: Through time it vanishes below `_FORGOTTEN` if it shrinks by less than this per step. A gated
#: cell starts with its gates half open and opens them as it learns.
_FORGOTTEN, _FADING, _FADING_GATED = 1e-3, 0.65, 0.3
#: Through time it explodes above `_SWOLLEN` if it grows by more than this per step.
_SWOLLEN, _SWELLING = 100.0, 1.3


def find_vanishing(survey: Survey) -> Iterator[Finding]:
    """The gradient shrinks on its way to the first layers, and nothing leads around."""
    number_of = {layer.bit: i for i, layer in enumerate(survey.weight_layers)}
    layers = {layer.bit: layer for layer in survey.weight_layers}
    faint = []
    for chain in survey.network.chains():
        if not chain:
            continue
        last = layers[chain[-1]]
        for bit in chain[:-1]:
            relative = layers[bit].norm / last.norm if last.norm else 0.0
            if 0 < relative < _FAINT:
                faint.append((relative, number_of[last.bit] - number_of[bit], layers[bit], last))
    if not faint:
        return
    relative, steps, worst, last = min(faint, key=lambda entry: entry[0])
    rate = relative ** (1 / max(steps, 1))
    concerned = tuple(dict.fromkeys(layer.name for _, _, layer, _ in faint))
    sigmoids = any(row.op == "sigmoid" and not row.is_gating for row in survey.activations)
    yield Finding(
        "vanishing",
        worst.name,
        "severe" if relative < _FAINTEST else "mild",
        f"of the gradient at {last.name} only {_n(relative)} arrives at {worst.name}, about "
        f"×{_n(rate)} per layer; affected: {span(concerned)}.{_cause(survey, sigmoids)}",
        NO_SIGMOID if sigmoids else LARGER_WEIGHTS,
        concerned,
        {"relative": relative, "per_layer": rate},
    )


def _cause(survey: Survey, sigmoids: bool) -> str:
    """A sentence about what makes the gradient shrink, if that is known; with a space before it."""
    if sigmoids:
        return " A sigmoid passes at most 0.25 of it, and the weights come on top."
    scale = median(layer.weight_scale for layer in survey.weight_layers)
    if scale >= _SMALL_SCALE:
        return ""
    return (
        f" The RMS of the weights is {_n(scale)}/√fan_in, where He initialisation (for ReLU) has "
        "1.4 and Xavier (for tanh) 1."
    )


def find_large_weights(survey: Survey) -> Iterator[Finding]:
    """Weights so large that the signal or the gradient leaps."""
    usual = _usual_scale(survey)
    for layer in survey.weight_layers:
        scale = layer.weight_scale
        leaps = _LEAP < scale < math.inf and not layer.signal <= _SIGNAL
        leaps = leaps or _LEAP_AMONG * usual < scale < math.inf
        if leaps or layer.excess > _LEAP:
            gradient = "" if math.isnan(layer.gain) else f" and the gradient by {_n(layer.gain)}"
            yield _exploding(
                layer,
                (layer.name,),
                f"its weights are {_n(layer.weight_scale)} times 1/√fan_in; they multiply the "
                f"signal by about that{gradient}.",
                {"weight_scale": layer.weight_scale, "gain": layer.gain},
            )


def _usual_scale(survey: Survey) -> float:
    """The scale of the weights in most layers, or 1 where they are large."""
    scales = [layer.weight_scale for layer in survey.weight_layers if not layer.is_zero]
    return max(min(median(scales), 1.0), _LEAST_SCALE) if scales else 1.0


def find_growth(survey: Survey) -> Iterator[Finding]:
    """The gradient grows from layer to layer on its way to the first, by a little each."""
    layers = survey.weight_layers
    if not layers or any(layer.excess > _LEAP for layer in layers):
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
    return Finding("exploding", layer.name, "severe", sentence, SMALLER_WEIGHTS, layers, figures)


def find_through_time(survey: Survey) -> Iterator[Finding]:
    """The gradient shrinks or grows from step to step of a recurrent cell."""
    told: set[str] = set()
    for layer in survey.weight_layers:
        memory = layer.recurrence
        if memory is None or layer.name in told:
            continue
        fading = _FADING_GATED if memory.is_gated else _FADING
        figures = {"steps": float(memory.steps), "per_step": memory.rate, "passed": memory.passed}
        way = (
            f"over {memory.steps} steps of time the gradient is multiplied by "
            f"{_n(memory.passed)}, about ×{_n(memory.rate)} per step"
        )
        if memory.rate < fading and memory.passed < _FORGOTTEN:
            yield Finding(
                "vanishing", layer.name, "severe",
                f"{way}: what happened early teaches the cell nothing.",
                MEMORY, (layer.name,), figures,
            )  # fmt: skip
        elif (memory.rate > _SWELLING and memory.passed > _SWOLLEN) or layer.given > _LOUD:
            if layer.given > _LOUD:
                # Behind so large a state the loss is flat or infinite, and the gradient no measure.
                way = f"its state grows to an RMS of {_n(layer.given)} on the way through time"
            yield Finding(
                "exploding", layer.name, "severe", f"{way}.",
                "gradient clipping; recurrent weights that start orthogonal, or smaller; tanh "
                "instead of ReLU.",
                (layer.name,), figures,
            )  # fmt: skip
        else:
            continue
        told.add(layer.name)


def _n(x: float) -> str:
    return number(x, 2)

"""Weights that start where nothing can be learned from: all 0, or all alike; and no gradient."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from viz.health.diagnosis import Finding, span
from viz.health.remedies import RANDOM_WEIGHTS
from viz.health.survey import Survey, WeightLayer


def find_zero_weights(survey: Survey) -> Iterator[Finding]:
    """Weights that are all 0, where that stops signal or gradient.

    At the end of a residual branch they may be: the signal has another way, and the weights
    themselves receive a gradient.
    """
    layers, network = survey.weight_layers, survey.network
    starving = network.starving({layer.bit for layer in layers if layer.is_zero})
    starving |= {layer.bit for layer in layers if layer.is_constant}
    for layer in layers:
        if not layer.is_zero:
            continue
        starves_others = any(network.feeds(layer.bit, other) for other in starving)
        if starves_others or (layer.is_output and _is_alone(layer, layers)):
            yield Finding(
                "zero init", layer.name, "severe",
                "all its weights are exactly 0, so no gradient passes it and its units are alike.",
                RANDOM_WEIGHTS, (layer.name,), {"units": float(layer.units)},
            )  # fmt: skip


def _is_alone(output: WeightLayer, layers: list[WeightLayer]) -> bool:
    """Whether an output layer that is 0 leaves the others without any gradient."""
    others = [layer for layer in layers if layer is not output]
    return bool(others) and not any(layer.norm for layer in others)


def find_symmetry(survey: Survey) -> Iterator[Finding]:
    """Units that are and stay copies of one another."""
    for layer in survey.weight_layers:
        if not (layer.is_zero or layer.is_output) and layer.units > 1 and _all_alike(layer):
            yield Finding(
                "symmetric", layer.name, "severe",
                f"its {layer.units} units have the same weights and receive the same gradient, so "
                "they will stay copies of one another.",
                "random initial weights, different for every unit: nn.init offers He and Xavier.",
                (layer.name,), {"units": float(layer.units)},
            )  # fmt: skip


def find_silence(survey: Survey, loss: float) -> Iterator[Finding]:
    """Weights that receive exactly 0, for whatever reason, though the loss is not 0.

    In a branch that something leads around, weights may wait for others that start at 0.
    """
    layers = survey.weight_layers
    awaited = [layer.bit for layer in layers if layer.is_zero and layer.weight_gradient.any()]
    silent = tuple(
        layer.name
        for layer in layers
        if layer.is_trunk
        and not layer.weight_gradient.any()
        and not any(survey.network.feeds(layer.bit, bit) for bit in awaited)
    )
    if silent and loss != 0:
        yield Finding(
            "zero gradient", silent[0], "mild",
            f"the gradient of these weights is exactly 0, so this batch teaches them nothing: "
            f"{span(silent)}.",
            "another batch, if the inputs of this one are all 0; else viz.why(loss, parameter), "
            "which tells where the gradient stops.",
            silent,
        )  # fmt: skip


def _all_alike(layer: WeightLayer) -> bool:
    return _same_columns(layer.weights) and _same_columns(layer.weight_gradient)


def _same_columns(matrix: NDArray[Any]) -> bool:
    """Whether all columns are equal, up to the rounding of sums taken in different orders."""
    rounding = len(matrix) * np.finfo(matrix.dtype).eps * np.abs(matrix).max()
    return bool(np.all(np.abs(matrix - matrix[:, :1]) <= rounding))

"""What the course of training tells: steps that are too large."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from statistics import median
from typing import Any, Protocol

from viz.health.diagnosis import Finding
from viz.scene.numbers import number

#: A weight that changes by more than `_LEAP` of its own size in one step, or by more than
#: `_STRIDE` in most, is not learning but leaping. Around 1e-3 is usual. What starts at 0 has no
#: such ratio at first, and is left out.
_LEAP, _STRIDE = 1.0, 0.2
#: A loss that ends so many times as high as it began diverges.
_DIVERGED = 3.0

_ADVICE = (
    "a learning rate 10 to 100 times smaller, so that a step changes the weights by about 1e−3 of "
    "their size; warm-up; gradient clipping."
)


class Recorded(Protocol):
    """What is read of a history. `viz.GradientHistory` has it, and anything else may.

    Attributes
    ----------
    loss : sequence of float
        The loss at every step.
    update_ratio : mapping of str to sequence of float
        For the name of each parameter, as in `Module.named_parameters`, the RMS of every step's
        change over the RMS of the parameter before it; inf or nan where that was 0.
    """

    loss: Sequence[float]
    update_ratio: Mapping[str, Sequence[float]]


def find_large_steps(history: Any) -> Iterator[Finding]:
    """A learning rate so large that training leaps over the minimum, seen in its history.

    Parameters
    ----------
    history : Recorded, or mapping
        Under a mapping's keys, as in `nn.History`, which has the losses of the epochs alone.
    """
    # nan where nothing was measured; inf or nan at first where a parameter starts at 0.
    ratios = {
        name: [float(r) for r in given if not math.isnan(r)]
        for name, given in _read(history, "update_ratio", {}).items()
        if len(given) and math.isfinite(given[0])
    }
    strides = {name: max(max(r) / _LEAP, median(r) / _STRIDE) for name, r in ratios.items()}
    losses = [float(x) for x in _read(history, "loss", ())]
    name = max(strides, key=lambda name: strides[name], default="")
    if name and strides[name] > 1:
        ratio = max(ratios[name])
        layers = tuple(dict.fromkeys(_layer(n) for n, stride in strides.items() if stride > 1))
        yield Finding(
            "learning rate", _layer(name), "severe",
            f"a single step changes {name} by up to {number(ratio, 2)} times its own size, where "
            f"about 1e−3 is usual{_course(losses)}.",
            _ADVICE, layers, {"update_ratio": ratio},
        )  # fmt: skip
    elif _diverges(losses):
        yield Finding(
            "learning rate", _layer(name) or "(all layers)", "severe",
            f"the loss grew while it should have fallen{_course(losses)}.",
            _ADVICE, (), {"first": losses[0], "last": losses[-1]},
        )  # fmt: skip


def _read(history: Any, name: str, default: Any) -> Any:
    if isinstance(history, Mapping):
        return history.get(name, default)
    return getattr(history, name, default)


def _diverges(losses: list[float]) -> bool:
    if not losses:
        return False
    end = median(losses[-max(len(losses) // 4, 1) :])
    return not math.isfinite(end) or (len(losses) > 1 and end > _DIVERGED * max(losses[0], 0) > 0)


def _course(losses: list[float]) -> str:
    if not _diverges(losses):
        return ""
    return f"; the loss went from {number(losses[0], 3)} to {number(losses[-1], 3)}"


def _layer(parameter: str) -> str:
    return parameter.rpartition(".")[0] or parameter

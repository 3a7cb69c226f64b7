"""Where hyperparameters may lie; a name means the same in every optimiser."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

_NOT_NEGATIVE = (lambda x: 0 <= x < math.inf, "0 or more")

#: By name: a test, and its words.
_RANGES: dict[str, tuple[Callable[[Any], bool], str]] = {
    "lr": (
        lambda x: 0 < x < math.inf,
        "positive (PyTorch takes 0 as well; to keep parameters as they are, freeze them with "
        "requires_grad_(False))",
    ),
    "weight_decay": _NOT_NEGATIVE,
    "l1_decay": _NOT_NEGATIVE,
    "momentum": _NOT_NEGATIVE,
    "eps": _NOT_NEGATIVE,
    "alpha": _NOT_NEGATIVE,
    "lambd": _NOT_NEGATIVE,
    "t0": _NOT_NEGATIVE,
    "lr_decay": _NOT_NEGATIVE,
    "momentum_decay": _NOT_NEGATIVE,
    "initial_accumulator_value": _NOT_NEGATIVE,
    "rho": (lambda x: 0 <= x <= 1, "in [0, 1]"),
    "betas": (lambda pair: all(0 <= x < 1 for x in _two(pair)), "two numbers in [0, 1)"),
    "etas": (
        lambda pair: 0 < _two(pair)[0] < 1 < _two(pair)[1],
        "a number in (0, 1) and one above 1",
    ),
    "step_sizes": (lambda pair: 0 < _two(pair)[0] <= _two(pair)[1], "two rising numbers above 0"),
}


def check_range(owner: str, name: str, value: Any) -> None:
    """Raise ValueError if a hyperparameter of an optimiser lies outside its range."""
    accepts, words = _RANGES.get(name, (lambda _: True, ""))
    try:
        good = bool(accepts(value))
    except (TypeError, ValueError):  # text, None, or no pair
        good = False
    if not good:
        raise ValueError(f"{name} of {owner} must be {words}, but {name}={value} was given.")


def _two(pair: Any) -> tuple[Any, Any]:
    first, second = pair
    return first, second

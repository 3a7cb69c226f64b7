"""Predict, then reveal: whether a learner's number is the contribution of an edge."""

from __future__ import annotations

import math
from dataclasses import dataclass

#: How far a prediction may be off, in proportion to the answer.
TOLERANCE = 0.02
#: How far it may be off in any case: rounding leaves 1e-17 where a learner says 0.
NEGLIGIBLE = 1e-12


def read_number(text: str) -> float:
    """A number as people type it, also with a true minus sign, ∞ or a decimal comma.

    Raises
    ------
    ValueError
        If it is none.
    """
    return float(text.strip().replace("−", "-").replace("∞", "inf").replace(",", "."))


def is_right(prediction: float, answer: float) -> bool:
    """Whether a prediction is close enough to the answer; NaN and ∞ are predicted as such."""
    if not math.isfinite(answer):
        return prediction == answer or (math.isnan(prediction) and math.isnan(answer))
    return abs(prediction - answer) <= max(TOLERANCE * abs(answer), NEGLIGIBLE)


@dataclass(slots=True)
class Score:
    """How many predictions were right, of how many; what was only revealed does not count."""

    right: int = 0
    asked: int = 0

    def count(self, right: bool) -> None:
        """Add a prediction."""
        self.right += right
        self.asked += 1

    def __str__(self) -> str:
        return f"{self.right} of {self.asked} predicted rightly"

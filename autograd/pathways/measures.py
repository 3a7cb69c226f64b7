"""How large a contribution is, alone and beside the whole."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd.trace import rms


def norm(contribution: Any) -> float:
    """The absolute value of a number, the Frobenius norm of an array."""
    return rms(contribution) * math.sqrt(np.size(contribution))


def ratio(part: float, whole: float) -> float:
    """A quotient; nan where it says nothing."""
    return part / whole if 0.0 < whole < math.inf else math.nan


def share_of(part: Any, whole: Any) -> float:
    """⟨part, whole⟩ / ⟨whole, whole⟩; for numbers, part / whole."""
    size = norm(whole)
    if not 0.0 < size < math.inf:
        return math.nan
    return float(np.vdot(np.divide(whole, size), np.divide(part, size)).real)

"""How large numbers and arrays are, taken together."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd.trace import rms


def norm(parts: Iterable[Any]) -> float:
    """L2 norm of numbers and arrays, without overflow or underflow of the squares."""
    return math.hypot(*(rms(part) * math.sqrt(np.size(part)) for part in parts))


def flat(parts: Iterable[Any]) -> NDArray[np.float64]:
    """Numbers or arrays as one flat array."""
    listed = list(parts)
    if not listed:
        return np.empty(0)
    if isinstance(listed[0], float):
        return np.array(listed, dtype=np.float64)
    return np.concatenate([np.ravel(part).astype(np.float64) for part in listed])

"""Cases for resampling and its transpose, in the form of `cases`. Not a test module."""

from __future__ import annotations

import numpy as np

from tests.autograd.rules.cases import ANY, Case, shaped

ONE_TAP = {"places": np.array([[2, 0, 0, 1]]), "weights": np.ones((1, 4)), "axis": -1, "length": 3}
TWO_TAPS = {
    "places": np.array([[0, 1], [1, 2]]),
    "weights": np.array([[0.25, 1.0], [0.75, 0.0]]),
    "axis": -2,
    "length": 3,
}

CASES: dict[str, Case] = {
    "resample": shaped(ANY, ((3,), ONE_TAP), ((2, 3), ONE_TAP), ((2, 3, 2), TWO_TAPS)),
    "spread": shaped(ANY, ((4,), ONE_TAP), ((2, 4), ONE_TAP), ((2, 2, 2), TWO_TAPS)),
}

"""Cases, as in `tests.autograd.rules.cases`, for what moves, joins and repeats elements."""

from __future__ import annotations

import numpy as np

from tests.autograd.rules.cases import ANY, OFF_ZERO, Case, shaped, unary

CASES: dict[str, Case] = {
    "stack": Case(
        (ANY, ANY),
        configs=(
            (((), ()), {}),
            (((2,), (2,)), {"axis": 1}),
            (((2, 3), (2, 3)), {"axis": -2}),
            (((0,), (0,)), {"axis": -1}),
        ),
    ),
    "flip": shaped(
        ANY,
        ((), {}),
        ((2, 3), {}),
        ((2, 3), {"axis": -1}),
        ((2, 3, 2), {"axis": (0, 2)}),
        ((0, 3), {"axis": 0}),
    ),
    "roll": shaped(
        ANY,
        ((2, 3), {"shift": 2}),
        ((2, 3), {"shift": -1, "axis": 1}),
        ((2, 3), {"shift": (1, 4), "axis": (0, -1)}),
        ((3,), {"shift": (1, 1), "axis": 0}),
        ((0,), {"shift": 1}),
    ),
    "rot90": shaped(
        ANY,
        ((2, 3), {}),
        ((2, 3), {"k": -1}),
        ((2, 3, 2), {"k": 2, "axes": (1, -1)}),
        ((0, 2), {"k": 3}),
    ),
    "copy": unary(ANY),
    "repeat": shaped(
        ANY,
        ((2, 3), {"repeats": 2, "axis": 1}),
        ((2, 3), {"repeats": [0, 2], "axis": -2}),
        ((3,), {"repeats": np.array([1, 0, 3]), "axis": 0}),
        ((2, 3), {"repeats": 0, "axis": 0}),
        ((0,), {"repeats": 2, "axis": 0}),
    ),
    "tile": shaped(
        ANY,
        ((), {"reps": 3}),
        ((2, 3), {"reps": 2}),
        ((3,), {"reps": (2, 1, 3)}),
        ((2, 1, 2), {"reps": (2, 2)}),
        ((2,), {"reps": (0, 2)}),
        ((0, 2), {"reps": (2, 1)}),
    ),
    "sliding_window_view": shaped(
        ANY,
        ((4,), {"window_shape": 2}),
        ((2, 3), {"window_shape": (2, 2)}),
        ((3, 3), {"window_shape": 3, "axis": -1}),
        ((0, 3), {"window_shape": 2, "axis": 1}),
    ),
    "pad": shaped(
        ANY,
        *(
            ((2, 3), {"pad_width": np.array([[1, 2], [0, 1]]), "mode": mode})
            for mode in ("constant", "edge", "reflect", "symmetric", "wrap")
        ),
        ((0,), {"pad_width": np.array([[1, 1]]), "mode": "constant"}),
        ((3,), {"pad_width": np.array([[4, 5]]), "mode": "reflect"}),
    ),
    "angle": unary(OFF_ZERO),
}

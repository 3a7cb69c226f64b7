"""Cases, as in `tests.autograd.rules.cases`, for scans, statistics, order and norms."""

from __future__ import annotations

import numpy as np

from tests.autograd.rules.cases import (
    ANY,
    EMPTY_REDUCTIONS,
    REDUCTIONS,
    Case,
    between,
    distinct,
    far_from_zero,
    lattice,
    shaped,
)

SCANS = (
    ((3,), {}),
    ((1,), {"axis": -1}),
    ((2, 3), {"axis": 1}),
    ((3, 2), {"axis": 0}),
    ((2, 3, 2), {"axis": -2}),
    ((0,), {}),
    ((0, 3), {"axis": 1}),
    ((3, 0), {"axis": 0}),
)


def with_spread(*wanted: tuple[tuple[int, ...], dict[str, object]]) -> Case:
    """Several different elements in each reduced part, so that it has a deviation."""
    return shaped(distinct, *(config for config in wanted if config[0] not in {(), (1, 1)}))


CASES: dict[str, Case] = {
    "prod": shaped(lattice(0.0), *REDUCTIONS, *EMPTY_REDUCTIONS),
    "cumsum": shaped(ANY, *SCANS, ((2, 3), {}), ((), {"axis": 0})),
    "multiply.accumulate": shaped(lattice(0.0), *SCANS),
    "maximum.accumulate": shaped(distinct, *SCANS),
    "minimum.accumulate": shaped(distinct, *SCANS),
    "logaddexp.accumulate": shaped(ANY, *SCANS),
    "linear_recurrence": Case(
        (ANY, ANY),
        configs=(
            (((3,), (4,)), {"axis": 0}),
            (((0,), (1,)), {"axis": 0}),
            (((0,), (0,)), {"axis": 0}),
            (((2, 2), (2, 3)), {"axis": -1}),
            (((2, 3, 2), (3, 3, 2)), {"axis": 0}),
        ),
    ),
    "var": with_spread(*REDUCTIONS, ((4,), {"ddof": 1}), ((2, 3), {"axis": 1, "correction": 1.5})),
    "std": with_spread(*REDUCTIONS, ((4,), {"ddof": 1}), ((2, 3), {"axis": 1, "correction": 1.5})),
    "nanmax": shaped(distinct, *REDUCTIONS),
    "nanmin": shaped(distinct, *REDUCTIONS),
    "sort": shaped(
        distinct,
        ((4,), {}),
        ((2, 3), {"axis": 0}),
        ((2, 3), {"axis": None}),
        ((2, 3, 2), {"axis": -2, "kind": "stable"}),
        ((0,), {}),
        ((2, 0), {"axis": 0}),
    ),
    "quantile_position": Case(
        (between(0.3, 0.45),),
        configs=tuple(
            ((shape,), {"n": np.array(n), "method": method})
            for method in ("linear", "weibull", "hazen", "lower")
            for shape, n in (((), 3), ((2,), 3), ((2,), [[3], [4]]), ((0,), 2))
        ),
    ),
    "norm": shaped(far_from_zero, *REDUCTIONS),
    "p_norm": shaped(
        far_from_zero,
        *((shape, {**params, "p": p}) for shape, params in REDUCTIONS for p in (3.0, 0.5, -1.5)),
    ),
    "convolve": Case(
        (ANY, ANY),
        configs=tuple((shapes, {}) for shapes in (((4,), (3,)), ((2,), (4,)), ((1,), (1,)))),
    ),
}

"""Cases for convolution and its transposes, in the form of `cases`. Not a test module."""

from __future__ import annotations

from tests.autograd.rules.cases import ANY, Case

LINE = {"stride": (1,), "dilation": (1,), "groups": 1}
PLANE = {"stride": (2, 1), "dilation": (1, 2), "groups": 2}

CASES: dict[str, Case] = {
    "correlate": Case(
        (ANY, ANY),
        configs=(
            (((1, 1, 4), (2, 1, 2)), LINE),
            (((2, 2, 4), (1, 2, 3)), LINE),
            (((1, 2, 4, 3), (2, 1, 2, 2)), PLANE),
        ),
    ),
    "correlate_input": Case(
        (ANY, ANY),
        configs=(
            (((1, 2, 3), (2, 1, 2)), LINE | {"extent": (4,)}),
            (((1, 2, 2, 1), (2, 1, 2, 2)), PLANE | {"extent": (5, 3)}),
        ),
    ),
    "correlate_weight": Case(
        (ANY, ANY),
        configs=(
            (((1, 1, 4), (1, 2, 3)), LINE | {"kernel": (2,)}),
            (((1, 2, 5, 3), (1, 2, 2, 1)), PLANE | {"kernel": (2, 2)}),
        ),
    ),
}

"""Cases for convolution and its transposes, in the form of `cases`. Not a test module."""

from __future__ import annotations

from tests.autograd.rules.cases import ANY, Case, distinct

LINE = {"stride": (1,), "dilation": (1,), "groups": 1}
PLANE = {"stride": (2, 1), "dilation": (1, 2), "groups": 2}
PADDED = {"stride": (1, 2), "dilation": (2, 1), "groups": 1, "padding": (2, 1)}

POOL_LINE = {"kernel": (2,), "stride": (2,), "padding": (0,), "dilation": (1,), "counts": (2,)}
POOL_PLANE = {
    "kernel": (3, 2), "stride": (2, 1), "padding": (1, 1), "dilation": (1, 2), "counts": (2, 2)
}  # fmt: skip

CASES: dict[str, Case] = {
    "correlate": Case(
        (ANY, ANY),
        configs=(
            (((1, 1, 4), (2, 1, 2)), LINE),
            (((2, 2, 4), (1, 2, 3)), LINE),
            (((1, 2, 4, 3), (2, 1, 2, 2)), PLANE),
            (((2, 1, 2, 2), (1, 1, 2, 2)), PADDED),
        ),
    ),
    "correlate_input": Case(
        (ANY, ANY),
        configs=(
            (((1, 2, 3), (2, 1, 2)), LINE | {"extent": (4,)}),
            (((1, 2, 2, 1), (2, 1, 2, 2)), PLANE | {"extent": (5, 3)}),
            (((2, 1, 4, 2), (1, 1, 2, 2)), PADDED | {"extent": (2, 2)}),
        ),
    ),
    "correlate_weight": Case(
        (ANY, ANY),
        configs=(
            (((1, 1, 4), (1, 2, 3)), LINE | {"kernel": (2,)}),
            (((1, 2, 5, 3), (1, 2, 2, 1)), PLANE | {"kernel": (2, 2)}),
            (((2, 1, 2, 2), (2, 1, 4, 2)), PADDED | {"kernel": (2, 2)}),
        ),
    ),
    "max_pool": Case(
        (distinct,), configs=((((1, 2, 4),), POOL_LINE), (((2, 1, 4, 2),), POOL_PLANE))
    ),
    "sum_pool": Case((ANY,), configs=((((1, 2, 4),), POOL_LINE), (((2, 1, 4, 2),), POOL_PLANE))),
    "sum_pool_input": Case(
        (ANY,),
        configs=(
            (((1, 2, 2),), POOL_LINE | {"extent": (5,)}),
            (((2, 1, 2, 2),), POOL_PLANE | {"extent": (4, 2)}),
        ),
    ),
}

"""The table of derivatives. Importing this package fills `autograd.primitive.TABLE`."""

from autograd.rules import (
    activations,
    arithmetic,
    linalg,
    reductions,
    shaping,
    special,
    ufuncs,
)

__all__ = [
    "activations",
    "arithmetic",
    "linalg",
    "reductions",
    "shaping",
    "special",
    "ufuncs",
]

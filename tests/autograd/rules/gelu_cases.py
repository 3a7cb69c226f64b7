"""Cases for GELU, in the form of `cases`. Not a test module."""

from __future__ import annotations

from tests.autograd.rules.cases import ANY, Case, unary

CASES: dict[str, Case] = {
    "normal_cdf": unary(ANY),
    "gelu": unary(ANY),
    "gelu_tanh": unary(ANY),
}

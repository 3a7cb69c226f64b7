"""A case for every entry of the table: where to sample its operands, and its parameters.

Not a test module. Points are away from kinks, by more than a difference quotient reaches.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

Sampler = Callable[[np.random.Generator, tuple[int, ...]], np.ndarray]
Config = tuple[tuple[tuple[int, ...], ...], dict[str, Any]]


def between(low: float, high: float) -> Sampler:
    return lambda rng, shape: rng.uniform(low, high, shape)


def lattice(offset: float) -> Sampler:
    """Points of a grid that misses 0, the integers, the halves, and every other offset."""
    return lambda rng, shape: 0.3 * rng.integers(-6, 6, shape) + offset


def distinct(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    return 0.3 * rng.permutation(int(np.prod(shape))).reshape(shape) - 1.0


ANY = between(-2.0, 2.0)
POSITIVE = between(0.3, 2.5)
OFF_ZERO = lattice(0.15)


def far_from_zero(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    return rng.uniform(0.6, 2.0, shape) * rng.choice([-1.0, 1.0], shape)


@dataclass(frozen=True)
class Case:
    """Where to sample each operand, and either parameters or whole configurations."""

    samplers: tuple[Sampler, ...]
    params: dict[str, Any] = field(default_factory=dict)
    configs: tuple[Config, ...] = ()


def unary(sampler: Sampler, **params: Any) -> Case:
    return Case((sampler,), params)


def shaped(sampler: Sampler, *configs: tuple[tuple[int, ...], dict[str, Any]]) -> Case:
    return Case((sampler,), configs=tuple(((shape,), params) for shape, params in configs))


REDUCTIONS: tuple[tuple[tuple[int, ...], dict[str, Any]], ...] = (
    ((), {}),
    ((3,), {"axis": 0}),
    ((2, 3), {}),
    ((2, 3), {"axis": -1}),
    ((2, 3), {"axis": 0, "keepdims": True}),
    ((2, 3), {"keepdims": True}),
    ((2, 3, 2), {"axis": (0, -1)}),
    ((2, 3, 2), {"axis": (-2,), "keepdims": True}),
    ((0, 3), {"axis": 1}),
    ((1, 1), {"axis": 0}),
)
EMPTY_REDUCTIONS = (((0,), {}), ((0, 3), {"axis": 0}), ((2, 0), {"axis": 1, "keepdims": True}))
ALONG_AXIS = (
    ((), {}),
    ((4,), {}),
    ((2, 3), {}),
    ((2, 3), {"axis": 0}),
    ((2, 3, 2), {"axis": 1}),
    ((2, 3), {"axis": (0, 1)}),
    ((0, 3), {}),
)
INDICES: tuple[tuple[tuple[int, ...], Any], ...] = (
    ((3,), 1),
    ((3,), -1),
    ((3,), slice(None, None, -1)),
    ((4,), slice(3, 0, -2)),
    ((3,), slice(0, 0)),
    ((2, 3), (Ellipsis, 0)),
    ((2, 3), (slice(None), None, 1)),
    ((2, 3), (1, 2)),
    ((), ()),
    ((), Ellipsis),
    ((), None),
    ((3,), np.array([0, 2, 0, 0])),
    ((3,), [0, -3]),
    ((3,), np.array([], dtype=int)),
    ((2, 3), (np.array([0, 1, 0]), np.array([2, 2, 2]))),
    ((2, 3), (np.array([[0], [1]]), np.array([0, 0, 2]))),
    ((2, 3), (slice(None), [1, 1])),
    ((2, 3), np.array([[True, False, True], [False, True, False]])),
    ((2, 3), (np.array([True, False]), [0, 0])),
    ((2, 3), (slice(None), [True, False, True])),
    ((3,), np.zeros(3, dtype=bool)),
    ((2, 0), (slice(None), slice(None, 1))),
)

CASES: dict[str, Case] = {
    # arithmetic
    "add": Case((ANY, ANY)),
    "subtract": Case((ANY, ANY)),
    "multiply": Case((ANY, ANY)),
    "divide": Case((ANY, far_from_zero)),
    "power": Case((POSITIVE, ANY)),
    "negative": unary(ANY),
    "positive": unary(ANY),
    "abs": unary(OFF_ZERO),
    "sign": unary(OFF_ZERO),
    "square": unary(ANY),
    "reciprocal": unary(far_from_zero),
    # elementary functions
    "exp": unary(ANY),
    "exp2": unary(ANY),
    "expm1": unary(ANY),
    "log": unary(POSITIVE),
    "log2": unary(POSITIVE),
    "log10": unary(POSITIVE),
    "log1p": unary(between(-0.7, 2.0)),
    "sqrt": unary(POSITIVE),
    "sin": unary(ANY),
    "cos": unary(ANY),
    "tan": unary(between(-1.2, 1.2)),
    "sinh": unary(ANY),
    "cosh": unary(ANY),
    "tanh": unary(ANY),
    "arctan": unary(ANY),
    # choices
    "maximum": Case((lattice(0.0), lattice(0.15))),
    "minimum": Case((lattice(0.0), lattice(0.15))),
    "where": Case(
        (ANY, ANY),
        configs=(
            (((2, 3), (3,)), {"condition": np.array([[True], [False]])}),
            (((), (3,)), {"condition": np.array([True, False, True])}),
            (((), ()), {"condition": np.array(True)}),
            (((3,), ()), {"condition": np.array([[False, True, False]] * 2)}),
            (((0,), (1,)), {"condition": np.zeros(0, dtype=bool)}),
        ),
    ),
    "clip": unary(OFF_ZERO, a_min=-0.6, a_max=0.9),
    "astype": unary(ANY, dtype=np.dtype(np.float64)),
    "floor": unary(OFF_ZERO),
    "ceil": unary(OFF_ZERO),
    "rint": unary(OFF_ZERO),
    "trunc": unary(OFF_ZERO),
    # complex numbers; how they differentiate off the real line is in test_complex
    "conjugate": unary(ANY),
    "real": unary(ANY),
    "imag": unary(ANY),
    # activations
    "sigmoid": unary(ANY),
    "relu": unary(OFF_ZERO),
    "leaky_relu": unary(OFF_ZERO, negative_slope=0.2),
    "elu": unary(OFF_ZERO, alpha=1.3),
    "softplus": unary(ANY),
    "silu": unary(ANY),
    "step": unary(OFF_ZERO),
    "softmax": shaped(ANY, *ALONG_AXIS),
    "log_softmax": shaped(ANY, *ALONG_AXIS),
    "logsumexp": shaped(ANY, *REDUCTIONS),
    # reductions
    "sum": shaped(ANY, *REDUCTIONS, *EMPTY_REDUCTIONS),
    "mean": shaped(ANY, *REDUCTIONS),
    "max": shaped(distinct, *REDUCTIONS),
    "min": shaped(distinct, *REDUCTIONS),
    # linear algebra
    "matmul": Case(
        (ANY, ANY),
        configs=tuple(
            (shapes, {})
            for shapes in (
                ((3,), (3,)),
                ((2, 3), (3,)),
                ((3,), (3, 2)),
                ((2, 3), (3, 4)),
                ((2, 2, 3), (3,)),
                ((3,), (2, 3, 2)),
                ((2, 2, 3), (3, 2)),
                ((2, 3), (2, 3, 2)),
                ((2, 1, 2, 3), (3, 3, 1)),
                ((1, 2, 3), (4, 3, 2)),
                ((0, 3), (3, 2)),
                ((2, 0), (0, 3)),
                ((0,), (0,)),
                ((2, 3), (3, 0)),
                ((0, 2, 3), (3, 2)),
            )
        ),
    ),
    # moving elements
    "reshape": shaped(
        ANY,
        ((2, 3), {"shape": (3, 2)}),
        ((2, 3), {"shape": -1}),
        ((2, 3), {"shape": (3, -1), "order": "F"}),
        ((), {"shape": (1, 1)}),
        ((1,), {"shape": ()}),
        ((0, 3), {"shape": (3, 0)}),
    ),
    "broadcast_to": shaped(
        ANY,
        ((3,), {"shape": (2, 3)}),
        ((2, 1), {"shape": (2, 3)}),
        ((), {"shape": (2,)}),
        ((1, 3, 1), {"shape": (2, 2, 3, 2)}),
        ((1,), {"shape": (0,)}),
        ((2,), {"shape": (2,)}),
    ),
    "transpose": shaped(
        ANY,
        ((2, 3), {}),
        ((2, 3, 1), {"axes": (1, 2, 0)}),
        ((2, 3, 2), {"axes": (-1, 0, -2)}),
        ((), {}),
        ((3,), {"axes": (0,)}),
        ((0, 2), {}),
    ),
    "copy": unary(ANY),
    "flip": shaped(ANY, ((2, 3), {}), ((2, 3), {"axis": 1}), ((2, 3, 2), {"axis": (0, -1)})),
    "roll": shaped(
        ANY,
        ((2, 3), {"shift": 2}),
        ((2, 3), {"shift": -1, "axis": 1}),
        ((2, 3), {"shift": (1, 2), "axis": (0, -1)}),
        ((0, 3), {"shift": 1, "axis": 0}),
    ),
    "rot90": shaped(ANY, ((2, 3), {}), ((2, 3), {"k": -2}), ((2, 3, 2), {"k": 3, "axes": (2, 0)})),
    "getitem": shaped(ANY, *((shape, {"index": index}) for shape, index in INDICES)),
    "scatter": shaped(
        ANY,
        *(
            (np.zeros(shape)[index].shape, {"shape": shape, "index": index})
            for shape, index in INDICES
        ),
    ),
    "stack": Case(
        (ANY, ANY),
        configs=(
            (((2,), (2,)), {}),
            (((2, 3), (2, 3)), {"axis": 1}),
            (((2, 3), (2, 3)), {"axis": -1}),
            (((), ()), {}),
            (((0, 2), (0, 2)), {"axis": 1}),
        ),
    ),
    "concatenate": Case(
        (ANY, ANY, ANY),
        configs=(
            (((2,), (3,), (1,)), {}),
            (((2, 1), (2, 3), (2, 2)), {"axis": 1}),
            (((2, 1), (2, 3), (2, 0)), {"axis": -1}),
            (((1, 2, 1), (1, 1, 1), (1, 3, 1)), {"axis": -2}),
        ),
    ),
}

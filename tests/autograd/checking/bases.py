"""Functions of numpy with right derivatives, which the sets of cases are made of.

Not a test module.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

Draw = Callable[[np.random.Generator], list[Any]]


@dataclass(frozen=True)
class Base:
    """A function, its vjp (always returning a list), and inputs for it."""

    name: str
    f: Callable[..., Any]
    vjp: Callable[..., list[Any]]
    draw: Draw
    domain: Any = None


def normal(*shapes: tuple[int, ...], scale: float = 1.0) -> Draw:
    return lambda rng: [scale * np.asarray(rng.standard_normal(s)) for s in shapes]


def positive(*shapes: tuple[int, ...]) -> Draw:
    return lambda rng: [np.asarray(rng.uniform(0.3, 3.0, s)) for s in shapes]


def softmax(x):
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def sigmoid(x):
    small = np.exp(-np.abs(x))
    return np.where(x >= 0, 1.0, small) / (1.0 + small)


def softmax_vjp(g, x):
    y = softmax(x)
    return [y * (g - (g * y).sum(-1, keepdims=True))]


def layer_norm(x):
    return (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + 1e-5)


def layer_norm_vjp(g, x):
    s = np.sqrt(x.var(-1, keepdims=True) + 1e-5)
    y = (x - x.mean(-1, keepdims=True)) / s
    return [(g - g.mean(-1, keepdims=True) - y * (g * y).mean(-1, keepdims=True)) / s]


def network(x, w, b, v):
    return np.tanh(x @ w + b) @ v


def network_vjp(g, x, w, b, v):
    h = np.tanh(x @ w + b)
    d = (g @ v.T) * (1 - h * h)
    return [d @ w.T, x.T @ d, d.sum(0), h.T @ g]


def cross_entropy(z):
    return -np.log(softmax(z))[np.arange(len(z)), np.arange(len(z)) % z.shape[1]].mean()


def cross_entropy_vjp(g, z):
    p = softmax(z)
    p[np.arange(len(z)), np.arange(len(z)) % z.shape[1]] -= 1
    return [g * p / len(z)]


def inverse_vjp(g, a):
    y = np.linalg.inv(a)
    return [-y.T @ g @ y.T]


def distinct(n: int) -> Draw:
    return lambda rng: [rng.permutation(n) * 0.4 + rng.uniform(0, 0.1, n)]


def regular(n: int) -> Draw:
    return lambda rng: [np.eye(n) * 2 + 0.4 * rng.standard_normal((n, n))]


BASES = [
    Base("sin", np.sin, lambda g, x: [g * np.cos(x)], normal((2, 3))),
    Base("exp", np.exp, lambda g, x: [g * np.exp(x)], normal((4,))),
    Base("tanh", np.tanh, lambda g, x: [g * (1 - np.tanh(x) ** 2)], normal((5,))),
    Base("log", np.log, lambda g, x: [g / x], positive((4,))),
    Base("sqrt", np.sqrt, lambda g, x: [g / (2 * np.sqrt(x))], positive((3,))),
    Base("cube", lambda x: x**3, lambda g, x: [3 * g * x**2], normal((3, 2))),
    Base("sigmoid", sigmoid, lambda g, x: [g * sigmoid(x) * (1 - sigmoid(x))], normal((4,))),
    Base("softmax", softmax, softmax_vjp, normal((2, 4))),
    Base("layer norm", layer_norm, layer_norm_vjp, normal((2, 5))),
    Base(
        "matmul",
        lambda a, b: a @ b,
        lambda g, a, b: [g @ b.T, a.T @ g],
        normal((3, 3), (3, 3)),
    ),
    Base(
        "affine",
        lambda x, w, b: x @ w + b,
        lambda g, x, w, b: [g @ w.T, x.T @ g, g.sum(0)],
        normal((4, 3), (3, 2), (2,)),
    ),
    Base("network", network, network_vjp, normal((4, 3), (3, 5), (5,), (5, 2))),
    Base(
        "product",
        lambda a, b: a * b,
        lambda g, a, b: [g * b, (g * a).sum(0)],
        normal((3, 4), (4,)),
    ),
    Base(
        "quotient",
        lambda a, b: a / b,
        lambda g, a, b: [g / b, -g * a / b**2],
        positive((3,), (3,)),
    ),
    Base("energy", lambda x: 0.5 * np.sum(x**2), lambda g, x: [g * x], normal((3, 3))),
    Base("mean", lambda x: x.mean(0), lambda g, x: [np.ones_like(x) * g / len(x)], normal((4, 2))),
    Base("cross entropy", cross_entropy, cross_entropy_vjp, normal((4, 3))),
    Base("inverse", np.linalg.inv, inverse_vjp, regular(3)),
    Base(
        "norm",
        lambda x: np.sqrt(np.sum(x**2)),
        lambda g, x: [g * x / np.sqrt(np.sum(x**2))],
        normal((6,)),
    ),
    Base(
        "logsumexp",
        lambda x: np.log(np.exp(x - x.max()).sum()) + x.max(),
        lambda g, x: [g * softmax(x)],
        normal((5,)),
    ),
    Base("cumulative sum", np.cumsum, lambda g, x: [np.cumsum(g[::-1])[::-1]], normal((5,))),
    Base(
        "largest",
        np.max,
        lambda g, x: [g * (x == x.max())],
        distinct(5),
    ),
    Base(
        "quadratic form",
        lambda x, a: x @ a @ x,
        lambda g, x, a: [g * (a + a.T) @ x, g * np.outer(x, x)],
        normal((4,), (4, 4)),
    ),
    Base(
        "scalar",
        lambda x: np.sin(x) * x,
        lambda g, x: [g * (np.cos(x) * x + np.sin(x))],
        lambda rng: [float(rng.uniform(0.2, 2.0))],
    ),
]

"""Right derivatives of functions that are hard to check. Not a test module."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.primitives import TABLE
from tests.autograd.checking.bases import BASES, layer_norm, sigmoid, softmax
from tests.autograd.checking.planted import Case, right


def row(low: float, high: float, n: int = 4) -> Any:
    return lambda rng: [rng.uniform(low, high, n)]


def at(*xs: Any) -> Any:
    return lambda rng: [np.array(x, dtype=float) if np.ndim(x) else float(x) for x in xs]


def single(draw: Any) -> Any:
    return lambda rng: [np.asarray(x).astype(np.float32) for x in draw(rng)]


def relu(x):
    return np.maximum(x, 0)


def on_bases() -> Any:
    for base in BASES:
        yield Case(base.name, "plain", base.f, right(base), base.draw)
        if base.name != "scalar":
            yield Case(f"{base.name}, float32", "float32", base.f, right(base), single(base.draw))


def through_single(f: Any) -> Any:
    """f computed in float32 whatever comes in."""
    return lambda *xs: f(*(np.asarray(x, dtype=np.float32) for x in xs))


def solve_by_iteration(x):
    """The root of y + exp(y) = x by Newton's method, stopped at 1e-9."""
    y = np.zeros_like(x)
    for _ in range(60):
        step = (y + np.exp(y) - x) / (1 + np.exp(y))
        y = y - step
        if np.abs(step).max() < 1e-9:
            break
    return y


def norm(x):
    return np.sqrt(np.sum(x**2))


def vjp_of_norm(g, x):
    n = norm(x)
    return g * x / n if n else np.zeros_like(x)


def hilbert(n):
    i = np.arange(n)
    return 1.0 / (i[:, None] + i + 1)


def inverse_vjp(g, a):
    y = np.linalg.inv(a)
    return -y.T @ g @ y.T


def covariance(n: int) -> Any:
    def draw(rng):
        m = rng.standard_normal((n, n))
        return [m @ m.T / n + 0.5 * np.eye(n)]

    return draw


def logdet_by_cholesky(a):
    return 2 * np.log(np.diag(np.linalg.cholesky(a))).sum()


HARD = [
    *on_bases(),
    # kinks and ties, hit exactly, and passed closely
    *[
        Case(
            f"abs at 0, claim {c}",
            "kink",
            np.abs,
            lambda g, x, c=c: g * np.where(x == 0, c, np.sign(x)),
            at([0.0, 1.5, -2.0]),
        )
        for c in (-1.0, -0.3, 0.0, 1.0)
    ],
    *[
        Case(
            f"relu at 0, claim {c}",
            "kink",
            relu,
            lambda g, x, c=c: g * np.where(x == 0, c, x > 0),
            at([0.0, 0.7, -0.2]),
        )
        for c in (0.0, 0.5, 1.0)
    ],
    *[
        Case(f"abs at {d:g}", "near kink", np.abs, lambda g, x: g * np.sign(x), at([d, -d, 2 * d]))
        for d in (1e-2, 1e-4, 1e-6, 1e-9, 1e-12)
    ],
    *[
        Case(
            f"relu at {d:g} plus an offset",
            "near kink",
            lambda x: relu(x) + 3.0,
            lambda g, x: g * (x > 0),
            at([d, -d]),
        )
        for d in (1e-3, 1e-6, 1e-9, 1e-14)
    ],
    Case(
        "max with ties, shared",
        "tie",
        np.max,
        lambda g, x: g * (x == x.max()) / (x == x.max()).sum(),
        at([3.0, 3.0, 1.0, 3.0]),
    ),
    Case(
        "max with ties, first",
        "tie",
        np.max,
        lambda g, x: g * (np.arange(4) == np.argmax(x)),
        at([3.0, 3.0, 1.0, 3.0]),
    ),
    Case(
        "maximum with ties",
        "tie",
        np.maximum,
        lambda g, a, b: (g * ((a > b) + 0.5 * (a == b)), g * ((b > a) + 0.5 * (a == b))),
        at([1.0, 2.0, 3.0], [1.0, 2.5, 2.0]),
    ),
    Case(
        "minimum with ties",
        "tie",
        np.minimum,
        lambda g, a, b: (g * (a <= b), g * (b < a)),
        at([1.0, 2.0, 3.0], [1.0, 2.5, 2.0]),
    ),
    Case(
        "clip at its bounds",
        "kink",
        lambda x: np.clip(x, -1, 1),
        lambda g, x: g * ((x >= -1) & (x <= 1)),
        at([-1.0, 1.0, 0.3, 2.0]),
    ),
    Case(
        "clip at its bounds, 0",
        "kink",
        lambda x: np.clip(x, -1, 1),
        lambda g, x: g * ((x > -1) & (x < 1)),
        at([-1.0, 1.0, 0.3, 2.0]),
    ),
    Case("norm at 0", "kink", norm, vjp_of_norm, at([0.0, 0.0, 0.0])),
    Case("norm near 0", "near kink", norm, vjp_of_norm, row(-1e-7, 1e-7)),
    Case(
        "elu at 0",
        "kink",
        lambda x: np.where(x > 0, x, 2 * np.expm1(np.minimum(x, 0))),
        lambda g, x: g * np.where(x > 0, 1, 2 * np.exp(np.minimum(x, 0))),
        at([0.0, 0.5, -0.5]),
    ),
    Case(
        "huber at its joint",
        "smooth joint",
        lambda x: np.where(np.abs(x) < 1, 0.5 * x**2, np.abs(x) - 0.5),
        lambda g, x: g * np.clip(x, -1, 1),
        at([1.0, -1.0, 0.2, 3.0]),
    ),
    Case("median", "tie", np.median, lambda g, x: g * (x == np.median(x)), at([1.0, 4.0, 2.0])),
    Case(
        "sort", "tie", np.sort, lambda g, x: g[np.argsort(np.argsort(x))], at([1.0, 4.0, 2.0, 2.5])
    ),
    Case(
        "hinge",
        "kink",
        lambda x: np.sum(relu(1 - x)),
        lambda g, x: -g * (x < 1),
        at([1.0, 0.0, 2.0]),
    ),
    Case(
        "x |x|",
        "smooth joint",
        lambda x: x * np.abs(x),
        lambda g, x: 2 * g * np.abs(x),
        at([0.0, 1.0, -1e-3]),
    ),
    Case(
        "relu network",
        "near kink",
        lambda x, w: np.sum(relu(x @ w)),
        lambda g, x, w: (g * (x @ w > 0) @ w.T, x.T @ (g * (x @ w > 0))),
        lambda rng: [rng.standard_normal((3, 4)), rng.standard_normal((4, 6))],
    ),
    # poles, branch points, the ends of domains
    *[
        Case(f"1/x at {d:g}", "pole", lambda x: 1 / x, lambda g, x: -g / x**2, at([d, -3 * d]))
        for d in (1e-2, 1e-5, 1e-8, 1e-12)
    ],
    *[
        Case(f"log at {d:g}", "branch", np.log, lambda g, x: g / x, at([d, 3 * d]))
        for d in (1e-3, 1e-8, 1e-15)
    ],
    *[
        Case(f"sqrt at {d:g}", "branch", np.sqrt, lambda g, x: g / (2 * np.sqrt(x)), at([d, 3 * d]))
        for d in (1e-3, 1e-8, 1e-15)
    ],
    Case(
        "sqrt at 0",
        "branch",
        np.sqrt,
        lambda g, x: np.where(x > 0, g * 0.5 / np.sqrt(x), g * np.inf),
        at(0.0),
    ),
    Case(
        "x**1.5 at 0", "edge", lambda x: x**1.5, lambda g, x: 1.5 * g * np.sqrt(x), at([0.0, 1.0])
    ),
    Case("x**2.5 at 0", "edge", lambda x: x**2.5, lambda g, x: 2.5 * g * x**1.5, at([0.0, 1.0])),
    Case(
        "arcsin near 1",
        "branch",
        np.arcsin,
        lambda g, x: g / np.sqrt(1 - x * x),
        at([0.999999, -0.9999]),
    ),
    Case("arctanh near 1", "pole", np.arctanh, lambda g, x: g / (1 - x * x), at([0.999999, 0.5])),
    Case(
        "tan near its pole",
        "pole",
        np.tan,
        lambda g, x: g * (1 + np.tan(x) ** 2),
        at([np.pi / 2 - 1e-5, 1.0]),
    ),
    Case(
        "log in its domain",
        "domain",
        np.log,
        lambda g, x: g / x,
        row(0.5, 2),
        {"domain": "positive"},
    ),
    Case(
        "raises outside",
        "domain",
        lambda x: np.sqrt(x) if (x > 0).all() else 1 / 0,
        lambda g, x: g / (2 * np.sqrt(x)),
        row(0.1, 1),
    ),
    Case(
        "interval",
        "domain",
        lambda x: np.log(x * (1 - x)),
        lambda g, x: g * (1 / x - 1 / (1 - x)),
        row(0.02, 0.98),
        {"domain": (0.0, 1.0)},
    ),
    Case(
        "log determinant",
        "domain",
        logdet_by_cholesky,
        lambda g, a: g * np.linalg.inv(a),
        covariance(3),
        {"domain": "spd"},
    ),
    Case(
        "largest eigenvalue",
        "domain",
        lambda a: np.linalg.eigvalsh(a)[-1],
        lambda g, a: g * np.outer(np.linalg.eigh(a)[1][:, -1], np.linalg.eigh(a)[1][:, -1]),
        covariance(3),
        {"domain": "symmetric"},
    ),
    Case(
        "predicate",
        "domain",
        lambda x: np.log(1 - np.sum(x**2)),
        lambda g, x: -2 * g * x / (1 - np.sum(x**2)),
        row(-0.4, 0.4),
        {"domain": lambda x: np.sum(x**2) < 1},
    ),
    Case(
        "1/(x² + 1e-8)",
        "bend",
        lambda x: 1 / (x * x + 1e-8),
        lambda g, x: -2 * g * x / (x * x + 1e-8) ** 2,
        at([1e-4, 1e-3, 0.5]),
    ),
    Case(
        "sharp wall",
        "bend",
        lambda x: np.tanh(1e5 * x),
        lambda g, x: 1e5 * g * (1 - np.tanh(1e5 * x) ** 2),
        at([1e-6, 1e-5, -3e-6]),
    ),
    # scales
    *[
        Case(f"square at {s:g}", "scale", lambda x: x**2, lambda g, x: 2 * g * x, row(s, 3 * s))
        for s in (1e12, 1e8, 1e-8, 1e-12, 1e100, 1e-100)
    ],
    *[
        Case(f"sine at {s:g}", "scale", np.sin, lambda g, x: g * np.cos(x), row(s, 3 * s))
        for s in (1e12, 1e8, 1e-8)
    ],
    *[
        Case(f"exp at {s:g}", "scale", np.exp, lambda g, x: g * np.exp(x), row(s, 3 * s))
        for s in (1e-8, 100.0)
    ],
    Case(
        "inputs of mixed size",
        "scale",
        lambda x: np.sum(np.log(x)),
        lambda g, x: g / x,
        at([1e-10, 1.0, 1e10]),
    ),
    Case(
        "sum over mixed size",
        "scale",
        lambda x: np.sum(x**2),
        lambda g, x: 2 * g * x,
        at([1e-6, 1.0, 1e6]),
    ),
    *[
        Case(
            f"offset {c:g}",
            "offset",
            lambda x, c=c: c + np.sin(x),
            lambda g, x: g * np.cos(x),
            row(-1, 1),
        )
        for c in (1e3, 1e6, 1e9, 1e11)
    ],
    Case(
        "offset taken away",
        "offset",
        lambda x: (1e8 + np.sin(x)) - 1e8,
        lambda g, x: g * np.cos(x),
        row(-1, 1),
    ),
    *[
        Case(
            f"sin {w:g} x",
            "oscillation",
            lambda x, w=w: np.sin(w * x),
            lambda g, x, w=w: w * g * np.cos(w * x),
            row(-1, 1),
        )
        for w in (1e2, 1e4, 1e6, 2 * np.pi * 1024)
    ],
    *[
        Case(
            f"exp(−x) cos({w:g} x)",
            "oscillation",
            lambda x, w=w: np.exp(-x) * np.cos(w * x),
            lambda g, x, w=w: -g * np.exp(-x) * (np.cos(w * x) + w * np.sin(w * x)),
            row(0.3, 1.2),
        )
        for w in (1e3, 1e6, 1e8)
    ],
    Case(
        "fine ripple",
        "oscillation",
        lambda x: x + 1e-5 * np.sin(1e5 * x),
        lambda g, x: g * (1 + np.cos(1e5 * x)),
        row(-1, 1),
    ),
    Case(
        "sin(1/x)",
        "oscillation",
        lambda x: np.sin(1 / x),
        lambda g, x: -g * np.cos(1 / x) / x**2,
        row(1e-3, 2e-3),
    ),
    # saturated, flat
    Case(
        "sigmoid, saturated",
        "flat",
        sigmoid,
        lambda g, x: g * sigmoid(x) * (1 - sigmoid(x)),
        at([40.0, -40.0, 800.0, 20.0]),
    ),
    Case(
        "tanh, saturated",
        "flat",
        np.tanh,
        lambda g, x: g * (1 - np.tanh(x) ** 2),
        at([20.0, -15.0, 9.0, 300.0]),
    ),
    Case(
        "softplus, saturated",
        "flat",
        lambda x: np.logaddexp(0, x),
        lambda g, x: g * sigmoid(x),
        at([-700.0, 700.0, -30.0]),
    ),
    Case(
        "logits, saturated",
        "flat",
        lambda x: np.logaddexp(0, x) - x,
        lambda g, x: g * (sigmoid(x) - 1),
        at([30.0, 40.0, 800.0]),
    ),
    Case(
        "log softmax at 1000",
        "flat",
        lambda x: x - x.max() - np.log(np.exp(x - x.max()).sum()),
        lambda g, x: g - softmax(x) * g.sum(),
        at([1000.0, 999.0, -1000.0]),
    ),
    *[
        Case(
            f"{f.__name__} off its steps",
            "piecewise constant",
            f,
            lambda g, x: 0.0 * g * x,
            at([0.3, -1.2, 7.77]),
        )
        for f in (np.floor, np.ceil, np.round, np.sign, np.trunc)
    ],
    *[
        Case(
            f"{f.__name__} on a step",
            "piecewise constant",
            f,
            lambda g, x: 0.0 * g * x,
            at([0.0, 1.0, 2.5]),
        )
        for f in (np.floor, np.sign)
    ],
    Case(
        "heaviside at 0",
        "piecewise constant",
        lambda x: (x > 0) * 1.0,
        lambda g, x: 0.0 * g * x,
        at([0.0, 1.0]),
    ),
    Case(
        "count",
        "piecewise constant",
        lambda x: np.sum(x > 0.5),
        lambda g, x: np.zeros_like(x),
        row(-1, 2),
    ),
    Case(
        "rounded to 2 places",
        "piecewise constant",
        lambda x: np.round(x, 2),
        lambda g, x: 0.0 * g * x,
        at([0.123, 4.567]),
    ),
    Case(
        "argmax",
        "piecewise constant",
        lambda x: np.argmax(x),
        lambda g, x: np.zeros_like(x),
        at([1.0, 3.0, 2.0]),
    ),
    Case(
        "constant",
        "flat",
        lambda x: np.array([1.0, 2.0]),
        lambda g, x: np.zeros_like(x),
        row(-1, 1),
    ),
    Case(
        "unused input",
        "flat",
        lambda x, y: np.sin(x),
        lambda g, x, y: (g * np.cos(x), np.zeros_like(y)),
        lambda rng: [rng.standard_normal(3), rng.standard_normal(2)],
    ),
    Case(
        "mean of what is centred",
        "flat",
        lambda x: np.mean(x - np.mean(x)),
        lambda g, x: 0.0 * g * x,
        row(-1, 1, 6),
    ),
    Case(
        "mean of a layer norm",
        "flat",
        lambda x: np.mean(layer_norm(x), axis=-1),
        lambda g, x: 0.0 * x,
        lambda rng: [rng.standard_normal((2, 5))],
    ),
    Case("cube at 0", "flat", lambda x: x**3, lambda g, x: 3 * g * x**2, at([0.0, 1e-5])),
    Case(
        "exp(-1/x²) at 0",
        "flat",
        lambda x: np.exp(-1 / np.maximum(x * x, 1e-300)),
        lambda g, x: (
            g
            * np.where(
                x == 0,
                0.0,
                2 * np.exp(-1 / np.maximum(x * x, 1e-300)) / np.where(x == 0, 1, x) ** 3,
            )
        ),
        at([0.0, 0.5, 0.1]),
    ),
    # conditioning and noise
    *[
        Case(
            f"inverse, condition {1 / d:g}",
            "conditioning",
            np.linalg.inv,
            inverse_vjp,
            lambda rng, d=d: [np.array([[1.0, 1.0], [1.0, 1.0 + d]]) * rng.uniform(0.5, 2)],
        )
        for d in (1e-3, 1e-6, 1e-9)
    ],
    Case(
        "inverse of Hilbert's matrix",
        "conditioning",
        np.linalg.inv,
        inverse_vjp,
        lambda rng: [hilbert(5) * rng.uniform(0.5, 2)],
    ),
    Case(
        "determinant near 0",
        "conditioning",
        np.linalg.det,
        lambda g, a: g * np.linalg.det(a) * np.linalg.inv(a).T,
        lambda rng: [hilbert(4) * rng.uniform(0.5, 2)],
    ),
    Case(
        "variance of close numbers",
        "conditioning",
        np.var,
        lambda g, x: 2 * g * (x - x.mean()) / x.size,
        lambda rng: [1e4 + rng.standard_normal(4)],
    ),
    Case(
        "1 − cos, cancelling",
        "conditioning",
        lambda x: (1 - np.cos(x)) / x**2,
        lambda g, x: g * (np.sin(x) / x**2 - 2 * (1 - np.cos(x)) / x**3),
        row(1e-3, 1e-2),
    ),
    Case(
        "iterative solver",
        "noise",
        solve_by_iteration,
        lambda g, x: g / (1 + np.exp(solve_by_iteration(x))),
        row(0.5, 3),
    ),
    # float32
    *[
        Case(
            f"{name}, in float32 only",
            "float32 only",
            through_single(f),
            lambda g, x, d=d: (g * d(x.astype(np.float32))).astype(x.dtype),
            single(row(0.3, 1.2)),
        )
        for name, f, d in (
            ("sin", np.sin, np.cos),
            ("exp", np.exp, np.exp),
            ("square", np.square, lambda x: 2 * x),
            ("log", np.log, lambda x: 1 / x),
        )
    ],
    Case(
        "float64 through float32",
        "float32 only",
        lambda x: np.sin(x.astype(np.float32)).astype(float),
        lambda g, x: g * np.cos(x.astype(np.float32)).astype(float),
        row(0.3, 1.2),
    ),
    Case(
        "relu at 0, float32",
        "float32",
        relu,
        lambda g, x: g * (x > 0),
        single(at([0.0, 1.0, -1.0])),
    ),
    Case(
        "large sum, float32",
        "float32",
        lambda x: np.sum(x**2),
        lambda g, x: 2 * g * x,
        single(row(10, 1000, 60)),
    ),
    Case(
        "float32 at 1e8", "float32", lambda x: x**2, lambda g, x: 2 * g * x, single(row(1e8, 3e8))
    ),
    Case(
        "float32 softmax at 80",
        "float32",
        softmax,
        lambda g, x: softmax(x) * (g - (g * softmax(x)).sum()),
        single(row(70, 80)),
    ),
    Case(
        "float32 near a kink",
        "float32",
        np.abs,
        lambda g, x: g * np.sign(x),
        single(at([1e-6, -1e-6])),
    ),
    # engine
    *[
        Case(f"engine {name} at 0", "engine", TABLE[name], None, at([0.0, 0.5, -0.5]))
        for name in (
            "relu",
            "leaky_relu",
            "elu",
            "abs",
            "silu",
            "softplus",
            "sign",
            "step",
            "sinc",
            "square",
            "tanh",
        )
    ],
    Case("engine norm at 0", "engine", np.linalg.norm, None, at([0.0, 0.0])),
    Case("engine std of equals", "engine", np.std, None, at([2.0, 2.0, 2.0])),
    Case("engine prod with zeros", "engine", np.prod, None, at([0.0, 2.0, 0.0])),
    Case("engine max with ties", "engine", np.max, None, at([3.0, 3.0, 1.0])),
    Case("engine cholesky", "engine", np.linalg.cholesky, None, covariance(3)),
    Case("engine eigh", "engine", lambda a: np.linalg.eigh(a)[0], None, covariance(3)),
    Case("engine logdet", "engine", lambda a: np.linalg.slogdet(a)[1], None, covariance(3)),
    Case("engine float32", "engine", lambda x: np.sum(np.tanh(x) ** 2), None, single(row(-1, 1))),
    Case("engine arctan2", "engine", np.arctan2, None, at([1e-8, 1.0], [1e-8, -1e-6])),
    Case("engine hypot", "engine", np.hypot, None, at([0.0, 3e-200], [0.0, 4e-200])),
]

"""Cases drawn at random: functions composed by chance, and mistakes of any size in them.

Not a test module. No constant of the checker was chosen by looking at these; the development sets
are in planted.py and hard.py.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd import vjp as engine_vjp
from autograd.primitives import TABLE
from tests.autograd.checking.planted import Case, unpacked

#: Steps of a composed function, all of (…, n) to the same shape.
SMOOTH: dict[str, Any] = {
    "sin": np.sin,
    "cos": lambda x: np.cos(1.3 * x),
    "tanh": np.tanh,
    "exp": lambda x: np.exp(0.3 * x),
    "square": lambda x: 0.5 * x * x,
    "root": lambda x: np.sqrt(1.0 + x * x),
    "log": lambda x: np.log(2.0 + x * x),
    "reciprocal": lambda x: 1.0 / (1.5 + x * x),
    "arctan": np.arctan,
    "softmax": lambda x: TABLE["softmax"](x, axis=-1),
    "softplus": lambda x: np.logaddexp(x, 0.0),
    "centred": lambda x: x - np.mean(x, axis=-1, keepdims=True),
    "running": lambda x: np.cumsum(x, axis=-1),
    "turned": lambda x: np.flip(x, -1) * 1.1,
}
KINKED: dict[str, Any] = {
    "relu": lambda x: np.maximum(x, 0.0),
    "abs": np.abs,
    "clip": lambda x: np.clip(x, -0.8, 0.9),
    "sorted": lambda x: np.sort(x, axis=-1),
    "leaky": lambda x: np.where(x > 0.1, x, 0.2 * x + 0.08),
}
ENDS: dict[str, Any] = {
    "as it is": lambda x: x,
    "sum": np.sum,
    "mean over rows": lambda x: np.mean(x, axis=0),
    "largest": lambda x: np.max(x, axis=-1),
    "norm": lambda x: np.sqrt(np.sum(x * x) + 1e-3),
    "gram": lambda x: np.matmul(np.swapaxes(x, -1, -2), x),
}


def composed(rng: np.random.Generator) -> tuple[Any, list[Any]]:
    """A function of one to three inputs that broadcast, and a point."""
    rows, n = int(rng.integers(1, 4)), int(rng.integers(1, 5))
    shapes = [(rows, n), (n,), (rows, 1)][: int(rng.integers(1, 4))]
    point = [rng.standard_normal(s) * 10 ** rng.uniform(-1, 0.5) for s in shapes]
    pool = SMOOTH | (KINKED if rng.random() < 0.4 else {})
    steps = [pool[name] for name in rng.choice(sorted(pool), int(rng.integers(1, 4)))]
    end = ENDS[str(rng.choice(sorted(ENDS)))]
    joins = rng.choice(["+", "*"], 2)

    def f(*xs: Any) -> Any:
        y = xs[0]
        for join, x in zip(joins, xs[1:], strict=False):
            y = y + x if join == "+" else y * (1.0 + 0.3 * x)
        for step in steps:
            y = step(y)
        return end(y)

    return f, point


def derivative(f: Any) -> Any:
    """The right vjp of a composed function."""

    def pull(g: Any, *xs: Any) -> list[Any]:
        return [np.array(v) for v in engine_vjp(f, *xs)[1](g)]

    return pull


def mistake(rng: np.random.Generator, point: list[Any]) -> tuple[str, Any]:
    """A mistake of any kind and size, as a change of the right gradients."""
    slot = int(rng.integers(len(point)))
    size = 10 ** rng.uniform(-3, 0)
    place = int(rng.integers(point[slot].size))
    bound = float(rng.uniform(3.0, 6.0))
    kinds = {
        "relative": lambda v, x: v * (1 + size),
        "sign": lambda v, x: -v,
        "one element": lambda v, x: _at(v, place, 1 + size),
        "one sign": lambda v, x: _at(v, place, -1.0),
        "negative": lambda v, x: v * np.where(x < 0, 1 + size, 1.0),
        "positive": lambda v, x: v * np.where(x > 0, 1 - size, 1.0),
        "large": lambda v, x: v * np.where(np.abs(x) > bound, 1 + size, 1.0),
        "float32": lambda v, x: v.astype(np.float32).astype(float) * (1 + 0 * x),
        "dropped": lambda v, x: v * 0.0,
        "added": lambda v, x: v + size,
        "absolute": lambda v, x: np.abs(v),
    }
    if len(set(point[slot].shape)) == 1 and point[slot].ndim == 2 and point[slot].size > 1:
        kinds["transposed"] = lambda v, x: v.T.copy()
    if point[slot].ndim == 1 and point[slot].size > 1:
        kinds["reversed"] = lambda v, x: v[::-1].copy()
    name = str(rng.choice(sorted(kinds)))

    def change(gradients: list[Any], xs: list[Any]) -> list[Any]:
        changed = list(gradients)
        changed[slot] = np.asarray(kinds[name](changed[slot], xs[slot]))
        return changed

    return f"{name} {size:.1e} in input {slot}", change


def _at(v: Any, place: int, factor: float) -> Any:
    v = v.copy()
    v.flat[place] *= factor
    return v


def planted(seed: int) -> Case:
    """A composed function with a mistake that shows somewhere."""
    rng = np.random.default_rng([seed, 1])
    while True:
        f, point = composed(rng)
        name, change = mistake(rng, point)
        right = derivative(f)

        def wrong(g, *xs, right=right, change=change):
            return unpacked(change(right(g, *xs), list(xs)))

        if _shows(f, right, change, point, rng):
            return Case(f"drawn {seed}: {name}", "drawn", f, wrong, lambda _, p=point: p)


def _shows(f: Any, right: Any, change: Any, point: list[Any], rng: Any) -> bool:
    """Whether the mistake makes a difference of 1e-9 at one of a few points around."""
    for scale in (1.0, 1.0, 8.0):
        xs = [x * scale * rng.uniform(0.5, 1.5, x.shape) for x in point]
        xs = xs if scale == 1.0 else [x * rng.choice([-1, 1], x.shape) for x in xs]
        g = np.asarray(rng.standard_normal(np.shape(f(*xs))))[()]
        one = right(g, *xs)
        two = change([v.copy() for v in one], xs)
        size = max(float(np.abs(v).max()) for v in one)
        if size < 1e-9:
            return False  # a constant in disguise: its gradient is round-off
        if any(np.abs(a - b).max() > 1e-9 * size for a, b in zip(one, two, strict=True)):
            return True
    return False


def hard(seed: int) -> Case:
    """A right derivative of a function that is hard in a way drawn by chance."""
    rng = np.random.default_rng([seed, 2])
    families = [
        _composed, _oscillating, _offset, _scaled, _kinked, _near_kink, _pole, _flat,
        _conditioned, _single, _single_only, _tie, _bend,
    ]  # fmt: skip
    family = families[seed % len(families)]
    f, pull, point = family(rng)
    return Case(
        f"drawn {seed}: {family.__name__[1:]}", family.__name__[1:], f,
        lambda g, *xs: unpacked([np.array(v) for v in pull(g, *xs)]), lambda _: point,
    )  # fmt: skip


def _composed(rng):
    f, point = composed(rng)
    return f, derivative(f), point


def _oscillating(rng):
    w, a = 10 ** rng.uniform(1, 6), rng.uniform(-1, 1)
    return (
        lambda x: np.sin(w * x + a),
        lambda g, x: [g * w * np.cos(w * x + a)],
        [rng.standard_normal(3)],
    )


def _offset(rng):
    c = 10 ** rng.uniform(2, 11) * rng.choice([-1, 1])
    return lambda x: c + np.tanh(x), lambda g, x: [g / np.cosh(x) ** 2], [rng.uniform(-1, 1, 3)]


def _scaled(rng):
    s, p = 10 ** rng.uniform(-12, 12), int(rng.integers(2, 5))
    point = [s * rng.uniform(0.5, 2, 3) * rng.choice([-1, 1], 3)]
    return lambda x: x**p, lambda g, x: [g * p * x ** (p - 1)], point


def _kinked(rng):
    at = rng.standard_normal(3)
    share = rng.uniform(-1, 1)
    return (
        lambda x: np.abs(x - at),
        lambda g, x: [g * np.where(x == at, share, np.sign(x - at))],
        [at + np.array([0.0, 0.0, 0.7])],
    )


def _near_kink(rng):
    d = 10 ** rng.uniform(-12, -1, 3) * rng.choice([-1, 1], 3)
    c = rng.choice([0.0, 1.0, 10.0])
    return lambda x: np.maximum(x, 0) + c, lambda g, x: [g * (x > 0)], [d]


def _pole(rng):
    x = [10 ** rng.uniform(-10, -1, 3)]
    p = int(rng.integers(3))
    functions = [
        (lambda x: 1 / x, lambda g, x: [-g / x**2]),
        (np.log, lambda g, x: [g / x]),
        (lambda x: x**-1.5, lambda g, x: [-1.5 * g * x**-2.5]),
    ]
    return *functions[p], x


def _flat(rng):
    x = rng.uniform(-40, 40, 3)
    functions = [
        (np.floor, lambda g, x: [0.0 * x]),
        (np.tanh, lambda g, x: [g * (1 - np.tanh(x) ** 2)]),
        (lambda x: np.logaddexp(0, x), lambda g, x: [g * 0.5 * (1 + np.tanh(x / 2))]),
        (lambda x: np.round(x, 1), lambda g, x: [0.0 * x]),
    ]
    return *functions[int(rng.integers(4))], [x]


def _conditioned(rng):
    n = int(rng.integers(2, 5))
    u, v = (np.linalg.qr(rng.standard_normal((n, n)))[0] for _ in range(2))
    a = u @ np.diag(10 ** np.linspace(0, -rng.uniform(1, 8), n)) @ v

    def pull(g, a):
        y = np.linalg.inv(a)
        return [-y.T @ g @ y.T]

    return np.linalg.inv, pull, [a]


def _single(rng):
    f, point = composed(rng)

    def pull(g, *xs):
        found = engine_vjp(f, *xs)[1](g)
        return [np.asarray(v, x.dtype) for v, x in zip(found, xs, strict=True)]

    return f, pull, [x.astype(np.float32) for x in point]


def _single_only(rng):
    w = np.float32(rng.uniform(0.5, 3))
    return (
        lambda x: np.sin(w * x.astype(np.float32)) + np.float32(1),
        lambda g, x: [(g * w * np.cos(w * x.astype(np.float32))).astype(x.dtype)],
        [rng.uniform(-1, 1, 3).astype(rng.choice(["f4", "f8"]))],
    )


def _tie(rng):
    x = rng.standard_normal(4)
    x[rng.integers(4)] = x.max()
    first = rng.random() < 0.5

    def pull(g, x):
        top = x == x.max()
        return [g * (np.arange(4) == np.argmax(x) if first else top / top.sum())]

    return np.max, pull, [x]


def _bend(rng):
    c = 10 ** rng.uniform(0, 7)
    x = rng.uniform(-2, 2, 3) / c
    return lambda x: np.tanh(c * x), lambda g, x: [g * c * (1 - np.tanh(c * x) ** 2)], [x]

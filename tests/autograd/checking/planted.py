"""Wrong derivatives: every kind of mistake, in every function that it fits. Not a test module."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tests.autograd.checking.bases import BASES, Base, normal


@dataclass(frozen=True)
class Case:
    """A function, a claimed derivative, inputs by seed; `options` go to gradcheck as they are."""

    name: str
    family: str
    f: Callable[..., Any]
    vjp: Callable[..., Any] | None
    draw: Callable[[np.random.Generator], list[Any]]
    options: dict[str, Any] = field(default_factory=dict)


def unpacked(gradients: list[Any]) -> Any:
    return gradients[0] if len(gradients) == 1 else tuple(gradients)


def right(base: Base) -> Callable[..., Any]:
    return lambda g, *xs: unpacked([np.array(v) for v in base.vjp(g, *xs)])


Change = Callable[[list[Any], list[Any], Any], list[Any]]


def last(change: Callable[[Any], Any]) -> Change:
    """Change the gradient of the last input."""
    return lambda grads, xs, g: [*grads[:-1], change(np.array(grads[-1]))]


def one_element(change: Callable[[Any], Any]) -> Change:
    """Change one element of the last gradient, the same each time."""

    def apply(grads, xs, g):
        v = np.array(grads[-1], dtype=float)
        place = v.size // 2
        v.flat[place] = change(v.flat[place])
        return [*grads[:-1], v]

    return apply


def where(condition: Callable[[Any], Any], factor: float) -> Change:
    """A factor that applies only to some values of the last input."""
    return lambda grads, xs, g: [*grads[:-1], grads[-1] * np.where(condition(xs[-1]), factor, 1.0)]


CHANGES: dict[str, Change] = {
    "sign": last(lambda v: -v),
    "factor 2": last(lambda v: 2 * v),
    "half": last(lambda v: v / 2),
    "1e-3": last(lambda v: v * 1.001),
    "1e-4": last(lambda v: v * 1.0001),
    "1e-6": last(lambda v: v * (1 - 1e-6)),
    "zero": last(np.zeros_like),
    "offset": last(lambda v: v + 1e-3),
    "one sign": one_element(lambda e: -e),
    "one factor": one_element(lambda e: 2 * e),
    "one 1e-3": one_element(lambda e: 1.001 * e),
    "one nan": one_element(lambda e: np.nan),
    "one inf": one_element(lambda e: np.inf),
    "one dropped": one_element(lambda e: 0.0),
    "negative half": where(lambda x: x < 0, 2.0),
    "negative 1e-3": where(lambda x: x < 0, 1.001),
    "positive half": where(lambda x: x > 0, -1.0),
    "beyond 5": where(lambda x: np.abs(x) > 5, 1.5),
    "beyond 5 1e-3": where(lambda x: np.abs(x) > 5, 1.001),
    "below 0.05": where(lambda x: np.abs(x) < 0.05, 2.0),
    "float32": lambda grads, xs, g: [np.asarray(v).astype(np.float32).astype(float) for v in grads],
    "dtype float32": lambda grads, xs, g: [np.asarray(v).astype(np.float32) for v in grads],
    "ignores cotangent": lambda grads, xs, g: [
        np.array(v) / np.where(np.sum(g) == 0, 1, np.sum(g)) for v in grads
    ],
    "absolute cotangent": lambda grads, xs, g: [np.abs(v) for v in grads],
}


def applies(name: str, base: Base) -> bool:
    x = base.draw(np.random.default_rng(0))[-1]
    size = np.size(x)
    if name in ("sign", "zero", "offset", "factor 2", "half") or "1e-" in name[:3]:
        return True
    if name.startswith("one") or name == "absolute cotangent":
        return size > 1 or name.startswith("one")
    if base.name in ("log", "sqrt", "quotient") and name in ("negative half", "negative 1e-3"):
        return False  # there are no such points
    if base.name in ("inverse",) and name.startswith(("negative", "positive")):
        return True
    return not (base.name == "scalar" and name == "dtype float32")


def changed(base: Base, change: Change) -> Callable[..., Any]:
    return lambda g, *xs: unpacked(change(list(base.vjp(g, *xs)), list(xs), g))


def vanishing(base: Base, name: str) -> bool:
    """Whether the changed derivative is the same function, so that nothing is wrong."""
    rng = np.random.default_rng(7)
    for scale in (1.0, 12.0, 0.01):
        xs = [x * scale if scale != 1.0 else x for x in base.draw(rng)]
        with np.errstate(all="ignore"):
            out = np.asarray(base.f(*xs))
            g = np.asarray(rng.standard_normal(out.shape))[()]
            a = base.vjp(g, *xs)
            b = CHANGES[name](list(base.vjp(g, *xs)), list(xs), g)
        for u, v in zip(a, b, strict=True):
            if np.asarray(u).dtype != np.asarray(v).dtype or not np.array_equal(u, v):
                return False
    return True


def on_bases() -> Iterator[Case]:
    for base in BASES:
        for name, change in CHANGES.items():
            if applies(name, base) and not vanishing(base, name):
                yield Case(
                    f"{base.name}: {name}", name, base.f, changed(base, change), base.draw,
                    {"domain": base.domain} if base.domain else {},
                )  # fmt: skip


def _tiny(factor: float, power: float) -> Case:
    return Case(
        f"tiny gradient {power:g}",
        "tiny",
        lambda x: np.sum(np.sin(x[:-1])) + power * x[-1] ** 2,
        lambda g, x: g * np.append(np.cos(x[:-1]), factor * power * x[-1]),
        lambda rng: [rng.uniform(0.3, 1.2, 4)],
    )


def _mutating_f(x):
    y = np.sin(x)
    x *= 1.0 + 1e-3
    return y


def _mutating_vjp(g, x):
    v = g * np.cos(x)
    x[...] = 0
    return v


def _noisy():
    rng = np.random.default_rng(1)
    return lambda x: np.sin(x) + 1e-4 * rng.standard_normal(x.shape)


def _noisy_vjp():
    rng = np.random.default_rng(1)
    return lambda g, x: g * np.cos(x) * (1 + 1e-3 * rng.standard_normal(x.shape))


def _spoils_cotangent(g, x):
    g *= np.cos(x)
    return g


def _shared(g, a, b):
    v = g * 1.0
    return v, v


ROW = normal((5,))
TWO = normal((3, 4), (4,))

BY_HAND = [
    *[_tiny(f, p) for f, p in ((4, 1e-4), (1, 1e-6), (4, 1e-8), (-2, 1e-7), (0, 1e-5))],
    Case(
        "tiny everywhere", "tiny", lambda x: 1e-20 * np.sum(x**2), lambda g, x: g * 4e-20 * x, ROW
    ),
    Case("tiny zero", "tiny", lambda x: 1e-20 * np.sum(x**2), lambda g, x: 0 * x, ROW),
    Case("huge", "huge", lambda x: 1e20 * np.sum(x**3), lambda g, x: g * 3.003e20 * x**2, ROW),
    Case(
        "transposed",
        "transposed",
        lambda a: a @ a,
        lambda g, a: a.T @ g + g @ a,
        lambda rng: [rng.standard_normal((3, 3))],
    ),
    Case(
        "transposed matmul",
        "transposed",
        lambda a, b: a @ b,
        lambda g, a, b: (g @ b, a.T @ g),
        lambda rng: [rng.standard_normal((3, 3)), rng.standard_normal((3, 3))],
    ),
    Case(
        "transposed result",
        "transposed",
        lambda a: np.sum(np.sin(a) * np.arange(9).reshape(3, 3)),
        lambda g, a: g * (np.cos(a) * np.arange(9).reshape(3, 3)).T,
        lambda rng: [rng.standard_normal((3, 3))],
    ),
    Case(
        "transposed reshape",
        "transposed",
        lambda a: a.reshape(6) * np.arange(6.0),
        lambda g, a: (g * np.arange(6.0)).reshape(3, 2).T.copy(),
        lambda rng: [rng.standard_normal((2, 3))],
    ),
    Case(
        "no broadcasting sum",
        "broadcasting",
        lambda a, b: a + b,
        lambda g, a, b: (g.copy(), g.copy()),
        TWO,
    ),
    Case(
        "broadcasting row",
        "broadcasting",
        lambda a, b: a * b,
        lambda g, a, b: (g * b, (g * a)[0].copy()),
        TWO,
    ),
    Case(
        "broadcasting mean",
        "broadcasting",
        lambda a, b: a * b,
        lambda g, a, b: (g * b, (g * a).mean(0)),
        TWO,
    ),
    Case(
        "broadcasting keepdims",
        "broadcasting",
        lambda a, b: a * b,
        lambda g, a, b: (g * b, (g * a).sum(0, keepdims=True)),
        TWO,
    ),
    Case(
        "broadcasting wrong axis",
        "broadcasting",
        lambda a, b: a + b,
        lambda g, a, b: (g.copy(), g.sum(1)),
        lambda rng: [rng.standard_normal((4, 4)), rng.standard_normal(4)],
    ),
    Case(
        "broadcasting scalar",
        "broadcasting",
        lambda a, b: a * b,
        lambda g, a, b: (g * b, (g * a).max()),
        lambda rng: [rng.standard_normal(4), float(rng.standard_normal())],
    ),
    Case(
        "swapped",
        "swapped",
        lambda a, b: np.sin(a) * b,
        lambda g, a, b: (g * np.sin(a), g * np.cos(a) * b),
        lambda rng: [rng.standard_normal(3), rng.standard_normal(3)],
    ),
    Case(
        "swapped in minus",
        "swapped",
        lambda a, b: a - b,
        lambda g, a, b: (-g, g.copy()),
        lambda rng: [rng.standard_normal(3), rng.standard_normal(3)],
    ),
    Case(
        "one gradient for two",
        "form",
        lambda a, b: a * b,
        lambda g, a, b: g * b,
        lambda rng: [rng.standard_normal(3), rng.standard_normal(3)],
    ),
    Case("none", "form", np.sin, lambda g, x: None, ROW),
    Case("integers", "form", lambda x: x * 3, lambda g, x: np.full(x.shape, 3), ROW),
    Case("complex", "form", np.sin, lambda g, x: g * np.cos(x) + 0j, ROW),
    Case("shape (n, 1)", "form", np.sin, lambda g, x: (g * np.cos(x))[:, None], ROW),
    Case(
        "double for single",
        "form",
        np.sin,
        lambda g, x: (g * np.cos(x)).astype(float),
        lambda rng: [rng.standard_normal(4).astype(np.float32)],
    ),
    Case("f mutates", "conduct", _mutating_f, lambda g, x: g * np.cos(x), ROW),
    Case("vjp mutates", "conduct", np.sin, _mutating_vjp, ROW),
    Case("vjp mutates the cotangent", "conduct", np.sin, _spoils_cotangent, ROW),
    Case("aliases input", "conduct", lambda x: 0.5 * np.sum(x**2), lambda g, x: x, ROW),
    Case("aliases a view", "conduct", lambda x: 0.5 * np.sum(x**2), lambda g, x: x[:], ROW),
    Case(
        "aliases each other",
        "conduct",
        lambda a, b: a + b,
        _shared,
        lambda rng: [rng.standard_normal(3), rng.standard_normal(3)],
    ),
    Case("f not deterministic", "conduct", _noisy(), lambda g, x: g * np.cos(x), ROW),
    Case("vjp not deterministic", "conduct", np.sin, _noisy_vjp(), ROW),
    Case("cotangent squared", "cotangent", np.sin, lambda g, x: g * g * np.cos(x), ROW),
    Case("cotangent ignored", "cotangent", np.sin, lambda g, x: np.cos(x), ROW),
    Case("cotangent summed", "cotangent", np.sin, lambda g, x: np.sum(g) * np.cos(x), ROW),
    Case(
        "cotangent of scalar ignored",
        "cotangent",
        lambda x: np.sum(np.sin(x)),
        lambda g, x: np.cos(x),
        ROW,
    ),
    Case(
        "kink outside",
        "kink",
        np.abs,
        lambda g, x: g * np.where(x == 0, 1.5, np.sign(x)),
        lambda rng: [np.append(0.0, rng.standard_normal(3))],
    ),
    Case(
        "relu at 0 negative",
        "kink",
        lambda x: np.maximum(x, 0),
        lambda g, x: g * np.where(x == 0, -0.1, x > 0),
        lambda rng: [np.append(0.0, rng.standard_normal(3))],
    ),
    Case(
        "relu wrong side",
        "kink",
        lambda x: np.maximum(x, 0),
        lambda g, x: g * (x < 0),
        lambda rng: [rng.standard_normal(4)],
    ),
    Case(
        "leaky slope",
        "kink",
        lambda x: np.where(x > 0, x, 0.01 * x),
        lambda g, x: g * np.where(x > 0, 1, 0.02),
        lambda rng: [rng.uniform(0.1, 1, 4)],
    ),
    Case(
        "max counts ties",
        "kink",
        np.max,
        lambda g, x: 2 * g * (x == x.max()),
        lambda rng: [np.array([3.0, 3.0, 1.0]) * rng.uniform(0.5, 2)],
    ),
    Case("abs at 0 nan", "kink", np.abs, lambda g, x: g * x / np.abs(x), lambda rng: [np.zeros(2)]),
    Case("straight-through rounding", "flat", np.round, lambda g, x: g * 1.0, ROW),
    Case("sign of identity", "flat", np.sign, lambda g, x: g * 1.0, ROW),
    Case("step has a slope", "flat", np.floor, lambda g, x: g * 0.1, ROW),
    Case(
        "pole sign",
        "pole",
        lambda x: 1 / x,
        lambda g, x: g / x**2,
        lambda rng: [rng.uniform(1e-6, 1e-4, 3)],
    ),
    Case(
        "pole 1e-3",
        "pole",
        lambda x: 1 / x,
        lambda g, x: -1.001 * g / x**2,
        lambda rng: [rng.uniform(1e-6, 1e-4, 3)],
    ),
    Case(
        "log near 0",
        "pole",
        np.log,
        lambda g, x: 1.001 * g / x,
        lambda rng: [rng.uniform(1e-9, 1e-7, 3)],
    ),
    Case(
        "large inputs",
        "scale",
        lambda x: x**2,
        lambda g, x: 2.002 * g * x,
        lambda rng: [rng.uniform(1e11, 1e12, 3)],
    ),
    Case(
        "small inputs",
        "scale",
        lambda x: x**2,
        lambda g, x: 2.002 * g * x,
        lambda rng: [rng.uniform(1e-9, 1e-8, 3)],
    ),
    Case(
        "large inputs, sine",
        "scale",
        np.sin,
        lambda g, x: 1.001 * g * np.cos(x),
        lambda rng: [rng.uniform(1e9, 1e10, 3)],
    ),
    Case(
        "fast oscillation",
        "scale",
        lambda x: np.sin(1e4 * x),
        lambda g, x: 1.001e4 * g * np.cos(1e4 * x),
        ROW,
    ),
    Case(
        "fast oscillation sign",
        "scale",
        lambda x: np.sin(1e6 * x),
        lambda g, x: -1e6 * g * np.cos(1e6 * x),
        ROW,
    ),
    Case(
        "large offset", "scale", lambda x: 1e8 + np.sin(x), lambda g, x: 1.002 * g * np.cos(x), ROW
    ),
    Case(
        "float32 1e-3",
        "single",
        np.sin,
        lambda g, x: (np.float32(1.001) * g * np.cos(x)).astype(np.float32),
        lambda rng: [rng.standard_normal(4).astype(np.float32)],
    ),
    Case(
        "float32 factor",
        "single",
        lambda x: np.tanh(x),
        lambda g, x: g * (1 - np.tanh(x)),
        lambda rng: [rng.standard_normal(4).astype(np.float32)],
    ),
    Case(
        "float32 only, 1e-3",
        "single",
        lambda x: np.sin(x.astype(np.float32)),
        lambda g, x: 1.002 * g * np.cos(x),
        lambda rng: [rng.uniform(0.3, 1.2, 4).astype(np.float32)],
    ),
    Case(
        "float32 only, sign",
        "single",
        lambda x: np.sin(x.astype(np.float32)),
        lambda g, x: -g * np.cos(x),
        lambda rng: [rng.uniform(0.3, 1.2, 4).astype(np.float32)],
    ),
    Case(
        "ill-conditioned inverse",
        "conditioning",
        np.linalg.inv,
        lambda g, a: 1.001 * -np.linalg.inv(a).T @ g @ np.linalg.inv(a).T,
        lambda rng: [np.array([[1.0, 1.0], [1.0, 1.0 + 1e-5]]) * rng.uniform(0.5, 2)],
    ),
    Case(
        "cholesky not symmetrised",
        "domain",
        lambda a: np.log(np.diag(np.linalg.cholesky(a))).sum(),
        lambda g, a: g * np.triu(np.linalg.inv(a)),
        lambda rng: [(lambda m: m @ m.T + np.eye(3))(rng.standard_normal((3, 3)))],
        {"domain": "spd"},
    ),
    Case(
        "piecewise, far branch",
        "elsewhere",
        lambda x: np.where(x > 3, x**2, x),
        lambda g, x: g * 1.0,
        lambda rng: [rng.uniform(-1, 1, 3)],
    ),
    Case(
        "wrong for small",
        "elsewhere",
        lambda x: np.sin(x),
        lambda g, x: g * np.where(np.abs(x) < 1e-2, 0.0, np.cos(x)),
        lambda rng: [rng.uniform(0.5, 1, 3)],
    ),
    Case(
        "scalar beyond 5",
        "elsewhere",
        np.tanh,
        lambda g, x: g * (1 - np.tanh(x) ** 2) * (2.0 if abs(x) > 5 else 1.0),
        lambda rng: [float(rng.uniform(-1, 1))],
    ),
    Case(
        "scalar below 0",
        "elsewhere",
        np.exp,
        lambda g, x: g * np.exp(x) * (1.01 if x < 0 else 1.0),
        lambda rng: [float(rng.uniform(0.1, 1))],
    ),
    Case(
        "only when all are positive",
        "elsewhere",
        lambda x: np.sum(x**3),
        lambda g, x: g * 3 * x**2 * (1.01 if (x > 0).all() else 1.0),
        lambda rng: [-rng.uniform(0.5, 1, 3)],
    ),
]

PLANTED = [*on_bases(), *BY_HAND]

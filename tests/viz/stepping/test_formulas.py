"""The page of derivatives is complete, and every formula on it gives what the engine computes."""

from __future__ import annotations

import ast
import math
from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
import scipy.special

import nn.functional  # noqa: F401 - its losses are entries of the table
from autograd import Flow, Tensor, Value
from autograd.broadcasting import unbroadcast
from autograd.history import operands_of
from autograd.primitives import TABLE
from tests.autograd.rules.cases import REDUCTIONS, Case, between, far_from_zero, shaped
from tests.autograd.rules.collected import CASES
from viz.stepping.equations import local_formula, whole_formula
from viz.stepping.formulas import LINEAR, LOCAL, OTHER, WHOLE
from viz.stepping.notation import fill, places, rule_as_mathml, rule_as_text

PROBABILITY = between(0.2, 0.8)
SAMPLES = CASES | {
    "binary_cross_entropy": Case((PROBABILITY, PROBABILITY)),
    "binary_cross_entropy_with_logits": Case((between(-2, 2), PROBABILITY)),
    # The formula divides by each factor.
    "prod": shaped(far_from_zero, *REDUCTIONS),
    # Of these families the formula knows the first member.
    "sinc": Case((between(0.2, 2.0),)),
    "i0": Case((between(0.2, 2.0),)),
}
FUNCTIONS: dict[str, Any] = {
    "pi": math.pi,
    "inf": math.inf,
    "i": 1j,
    "abs": abs,
    "sigmoid": scipy.special.expit,
    "normal_cdf": scipy.special.ndtr,
    **{
        name: getattr(np, name)
        for name in [
            "sqrt",
            "exp",
            "log",
            "sin",
            "cos",
            "sinh",
            "cosh",
            "sign",
            "floor",
            "trunc",
            "copysign",
            "conj",
            "where",
        ]
    },
    **{
        name: getattr(scipy.special, name)
        for name in ["psi", "polygamma", "ive", "i0", "i0e", "i1", "i1e"]
    },
}


class _Wherever(ast.NodeTransformer):
    """Turn choices into np.where, so that arrays can be put in."""

    def visit_IfExp(self, node: ast.IfExp) -> ast.Call:
        parts = [self.visit(part) for part in (node.test, node.body, node.orelse)]
        return ast.Call(ast.Name("where", ast.Load()), parts, [])


def evaluate(expression: str, names: Mapping[str, Any]) -> Any:
    tree = _Wherever().visit(ast.parse(expression, mode="eval"))
    code = compile(ast.fix_missing_locations(tree), expression, "eval")
    with np.errstate(all="ignore"):
        return eval(code, {"__builtins__": {}}, FUNCTIONS | dict(names))


def data(operand: Any) -> Any:
    return getattr(operand, "data", operand)


def values(flow: Flow) -> dict[str, Any]:
    node = flow.source
    operands = [data(x) for x in operands_of(node)]
    pair = dict(zip("ab", operands, strict=True)) if len(operands) == 2 else {}
    return dict(node.params) | pair | {"x": data(flow.target), "y": node.data}


# --- elementwise ------------------------------------------------------------------------------


def entries(elementwise: bool) -> set[str]:
    """Our own entries: the key of one that a user made is its full path."""
    return {
        e.name for e in TABLE.values() if bool(e.derivatives) == elementwise and e.key == e.name
    }


def test_every_elementwise_entry_has_a_formula_per_slot() -> None:
    assert set(LOCAL) == entries(elementwise=True)
    assert {name: len(slots) for name, slots in LOCAL.items()} == {
        name: TABLE[name].arity for name in LOCAL
    }


@pytest.mark.parametrize("name", LOCAL)
def test_formula_gives_the_local_derivative(name: str) -> None:
    case = SAMPLES.get(name)
    samplers = case.samplers if case else (between(0.2, 2.0),)
    params = {} if case is None else case.params
    if name == "where":
        params = {"condition": np.array(True)}
    rng = np.random.default_rng(0)
    for _ in range(20):
        nodes = [Tensor(sampler(rng, ())) for sampler in samplers]
        flows = list(TABLE[name](*nodes, **params).trace().flows)
        assert len(flows) == len(nodes)
        for flow in flows:
            formula = local_formula(flow)
            assert formula == LOCAL[name][flow.slot]
            assert float(flow.local) == pytest.approx(evaluate(formula, values(flow)), rel=1e-9)


@pytest.mark.parametrize(
    ("name", "operands", "params"),
    [
        ("relu", [0.0], {}),
        ("leaky_relu", [0.0], {"negative_slope": 0.1}),
        ("elu", [0.0], {"alpha": 2.0}),
        ("maximum", [1.5, 1.5], {}),
        ("minimum", [1.5, 1.5], {}),
        ("fmax", [1.5, 1.5], {}),
        ("fmin", [1.5, 1.5], {}),
        ("clip", [-1.0], {"a_min": -1.0, "a_max": 2.0}),
        ("clip", [2.0], {"a_min": -1.0, "a_max": 2.0}),
        ("clip", [2.5], {"a_min": -1.0, "a_max": 2.0}),
        ("abs", [0.0], {}),
        ("sqrt", [0.0], {}),
        ("heaviside", [0.0, 0.5], {}),
        ("where", [1.0, 2.0], {"condition": False}),
        ("nan_to_num", [math.inf], {"nan": 0.0, "posinf": 1.0, "neginf": -1.0}),
    ],
)
def test_formula_at_a_kink(name: str, operands: list[float], params: dict[str, Any]) -> None:
    for flow in TABLE[name](*map(Value, operands), **params).trace().flows:
        names = {
            key: np.float64(x) if isinstance(x, float) else x for key, x in values(flow).items()
        }
        assert float(flow.local) == evaluate(local_formula(flow), names)


@pytest.mark.parametrize("exponent", [0.0, 1.0, 2.0, 3.0, -1.0, 0.5, 2.5])
def test_power_with_a_plain_exponent_is_counted_down(exponent: float) -> None:
    (flow,) = (Value(1.7) ** exponent).trace().flows
    formula = local_formula(flow)
    assert "b" not in places(rule_as_text(formula))
    assert flow.local == pytest.approx(evaluate(formula, values(flow)))


def test_power_rule_in_print() -> None:
    printed = {
        exponent: fill(rule_as_text(local_formula(flow)), {"L": "L", "x": "x", "a": "x"})
        for exponent in (1.0, 2.0, 3.0, -1.0)
        for flow in (Value(1.7) ** exponent).trace().flows
    }
    assert printed == {
        1.0: "∂L/∂x += 1",
        2.0: "∂L/∂x += 2 · x",
        3.0: "∂L/∂x += 3 · x²",
        -1.0: "∂L/∂x += −1 · x⁻²",
    }


# --- the others -------------------------------------------------------------------------------


def test_every_other_entry_that_is_listed_exists() -> None:
    assert set(WHOLE) <= entries(elementwise=False)


def along(flow: Flow) -> Any:
    """The axes that an operation works along, made explicit."""
    axis = flow.source.params.get("axis", -1 if "softmax" in flow.source.op else None)
    return tuple(range(np.ndim(flow.target.data))) if axis is None else axis


def whole_values(flow: Flow) -> dict[str, Any]:
    """Values, and the functions that formulas of whole arrays are written with."""
    shape = np.shape(flow.target.data)
    axis = along(flow)
    lost = sum(flow.source.params.get(name, 0) for name in ("ddof", "correction"))

    def broadcast(g: Any) -> Any:
        if np.ndim(g) != len(shape):
            g = np.expand_dims(g, axis)
        return np.broadcast_to(g, shape)

    names = values(flow)
    if "broadcast" in whole_formula(flow)[0]:
        names["y"] = broadcast(names["y"])
    return names | {
        "G": flow.upstream,
        "n": np.size(flow.target.data) / max(np.size(flow.source.data), 1) - lost,
        "ties": 1.0,
        "broadcast": broadcast,
        "T": lambda x: x.swapaxes(-1, -2),
        "inv": np.linalg.inv,
        "cofactor": lambda x: np.linalg.det(x)[..., None, None] * np.linalg.inv(x).swapaxes(-1, -2),
        "sum": lambda x: np.sum(x, axis=axis, keepdims=True),
        "mean": lambda x: np.mean(x, axis=axis, keepdims=True),
        "cross": np.cross,
        "tril": lambda x: np.tril(x, flow.source.params.get("k", 0)),
        "triu": lambda x: np.triu(x, flow.source.params.get("k", 0)),
    }


EVALUATED = [
    "matmul",
    "inv",
    "solve",
    "cross",
    "tril",
    "triu",
    "sum",
    "mean",
    "prod",
    "max",
    "min",
    "nanmax",
    "nanmin",
    "var",
    "std",
    "norm",
    "p_norm",
    "softmax",
    "log_softmax",
    "logsumexp",
    "conjugate",
    "real",
]


@pytest.mark.parametrize("name", EVALUATED)
def test_formula_gives_the_contribution(name: str) -> None:
    rng = np.random.default_rng(0)
    tried = 0
    for shapes, params in SAMPLES[name].configs or ((((2, 3),), {}),):
        vectors = name in ("matmul", "solve") and min(map(len, shapes)) < 2
        if vectors or not all(math.prod(shape) for shape in shapes):
            continue
        samplers = SAMPLES[name].samplers
        nodes = [Tensor(f(rng, s)) for f, s in zip(samplers, shapes, strict=True)]
        y = TABLE[name](*nodes, **params)
        for flow in y.trace(rng.normal(size=y.shape)).flows:
            found = np.asarray(evaluate(whole_formula(flow)[0], whole_values(flow)))
            found = unbroadcast(found, flow.contribution.shape)
            np.testing.assert_allclose(flow.contribution, found, rtol=1e-9, atol=1e-12)
            tried += 1
    assert tried


@pytest.mark.parametrize("name", ["reshape", "transpose", "flip", "roll", "rot90", "sort"])
def test_what_is_rearranged_stays_the_same_numbers(name: str) -> None:
    rng = np.random.default_rng(0)
    for (shape,), params in CASES[name].configs:
        y = TABLE[name](Tensor(CASES[name].samplers[0](rng, shape)), **params)
        for flow in y.trace(rng.normal(size=y.shape)).flows:
            assert whole_formula(flow)[0] == "rearranged(G)"
            np.testing.assert_array_equal(
                np.sort(flow.contribution, axis=None), np.sort(flow.upstream, axis=None)
            )


def test_unlisted_operations_have_a_general_form() -> None:
    x = Tensor(np.eye(2))
    assert {op: whole_formula(next(iter(y.trace(np.ones(y.shape)).flows))) for op, y in (
        ("fftn", np.fft.fft2(x)), ("cholesky", np.linalg.cholesky(x)),
    )} == {"fftn": LINEAR, "cholesky": OTHER}  # fmt: skip


# --- notation ---------------------------------------------------------------------------------

EXPRESSIONS = sorted(
    {f"G * ({formula})" for slots in LOCAL.values() for formula in slots}
    | {expression for slots in WHOLE.values() for expression, _ in slots}
    | {LINEAR[0], OTHER[0], "sum(G * slope)", "-G"}
)


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_both_notations_ask_for_the_same_names(expression: str) -> None:
    text, mathml = rule_as_text(expression), rule_as_mathml(expression)
    assert text.startswith("∂{L}/∂{x} += ")
    assert places(text) == places(mathml)
    assert ElementTree.fromstring(mathml).tag == "math"


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        ("G * (1 - y ** 2)", "∂L/∂y · (1 − y²)"),
        ("G * (b)", "∂L/∂y · b"),
        ("G * (-y / b)", "∂L/∂y · (−y/b)"),
        ("G * (b * a ** (b - 1))", "∂L/∂y · b · a^(b − 1)"),
        ("G * (1 if a > b else 0.5 if a == b else 0)", "∂L/∂y · (1 if a > b, ½ if a = b, else 0)"),
        ("a - (b - x)", "a − (b − x)"),
        ("a / (b * x)", "a/(b · x)"),
        ("a * (b + x)", "a · (b + x)"),
        ("(a + b) ** 2", "(a + b)²"),
        ("-(x ** 2)", "−x²"),
        ("(-x) ** 2", "(−x)²"),
        ("T(a) @ G", "aᵀ @ ∂L/∂y"),
        ("T(a @ b)", "(a @ b)ᵀ"),
        ("sqrt(1 - x)", "√(1 − x)"),
        ("abs(x) < inf", "|x| < ∞"),
        ("sum(G * slope)", "Σ(∂L/∂y · ∂y/∂x)"),
    ],
)
def test_print(expression: str, text: str) -> None:
    names = {letter: letter for letter in "Lxyab"}
    assert fill(rule_as_text(expression), names) == f"∂L/∂x += {text}"


def test_what_has_no_notation_is_refused() -> None:
    with pytest.raises(ValueError, match="'x % 2' has no notation"):
        rule_as_text("x % 2")

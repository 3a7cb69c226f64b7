"""What is said of an edge: the formula, the numbers, the words."""

from __future__ import annotations

import math
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest

import nn
from autograd import Flow, Node, Step, Tensor, Trace, Value, primitive
from autograd.primitives import TABLE
from viz.stepping.equations import Equation
from viz.stepping.records import records
from viz.stepping.stepper import Stepper
from viz.torch_graph.stand_in import TorchNode


def equations(y: Node, **names: Any) -> list[Equation]:
    stepper = Stepper(y.trace(), names)
    return [stepper.equation(i) for i in range(len(stepper.flows))]


def only(y: Node, **names: Any) -> Equation:
    (found,) = equations(y, **names)
    return found


def rule_words(equation: Equation) -> str:
    """Without the sentence on what the operand has received."""
    words = equation.words
    for start in (" That is the whole", f" {equation.names['target']} has ", " Contributions add"):
        words = words.partition(start)[0]
    return words


# --- formula and numbers ----------------------------------------------------------------------


def test_the_rule_three_ways() -> None:
    x = Value(0.9, name="x")
    h = np.tanh(x)
    _, second = equations(h * -1.2, h=h)
    assert second.rule == "∂result/∂x += ∂result/∂h · (1 − h²)"
    assert second.numbers == "0 += −1.2 · 0.4869 → −0.5843"
    assert second.words == (
        "tanh passes on 1 − h² = 0.4869 of what arrives. That is the whole gradient of x: −0.5843."
    )
    assert second.legend == "h = 0.716298, x = 0.9"


def test_negative_numbers_stand_in_brackets_in_a_product() -> None:
    x, w = Value(0.5, name="x"), Value(-1.2, name="w")
    to_w, to_x = sorted(equations(w * x), key=lambda e: e.rule)
    assert (to_w.rule, to_w.numbers) == ("∂result/∂w += ∂result/∂result · x", "0 += 1 · 0.5 → 0.5")
    assert (to_x.rule, to_x.numbers) == (
        "∂result/∂x += ∂result/∂result · w",
        "0 += 1 · (−1.2) → −1.2",
    )


def test_contributions_add_up_over_both_slots() -> None:
    x = Value(3.0, name="x")
    first, second = equations(x * x)
    assert first.rule == second.rule == "∂result/∂x += ∂result/∂result · x"
    assert (first.numbers, second.numbers) == ("0 += 1 · 3 → 3", "3 += 1 · 3 → 6")
    assert first.words.endswith("x has 3 so far: the first of 2 contributions.")
    assert second.words.endswith("Contributions add up: x has 3 + 3 = 6 now, the last of 2.")


def test_constants_stand_in_the_formula_as_numbers() -> None:
    x = Value(2.0, name="x")
    assert only(x * -3.0).rule == "∂result/∂x += ∂result/∂result · (−3)"
    assert rule_words(only(x * -3.0)) == "multiply passes on −3 times what arrives."
    assert only(x**2).rule == "∂result/∂x += ∂result/∂result · 2 · x"
    assert (
        only(nn.functional.leaky_relu(x, 0.2)).rule
        == "∂result/∂x += ∂result/∂result · (1 if x > 0, else 0.2)"
    )
    assert (
        only(np.clip(x, None, 5)).rule
        == "∂result/∂x += ∂result/∂result · (1 if −∞ ≤ x ≤ 5, else 0)"
    )


def test_symbols_of_unnamed_nodes_are_nobodys_names() -> None:
    a, y, u2 = Value(1.0, name="a"), Value(2.0, name="y"), Value(3.0, name="u2")
    product, *_ = equations(np.exp(a * y) * np.exp(u2))
    assert product.rule == "∂result/∂u3 += ∂result/∂result · u4"
    assert product.legend == "result = 148.413, u3 = exp = 7.38906, u4 = exp #2 = 20.0855"
    x = Tensor(np.ones(2), name="x")
    assert equations(np.sum(x * np.ones(2)), b=x)[1].rule == "∂result/∂x += ∂result/∂u1 · u"


def test_an_unnamed_node_is_called_the_same_in_every_step() -> None:
    x = Value(0.5, name="x")
    rules = [e.rule for e in equations(np.exp(np.sin(x) * 2.0) + x)]
    assert rules == [
        "∂result/∂u3 += ∂result/∂result",
        "∂result/∂x += ∂result/∂result",
        "∂result/∂u2 += ∂result/∂u3 · u3",
        "∂result/∂u1 += ∂result/∂u2 · 2",
        "∂result/∂x += ∂result/∂u1 · cos(x)",
    ]


def test_the_loss_is_called_by_its_name() -> None:
    x = Value(2.0, name="x")
    loss = x * 5.0
    assert only(loss, loss=loss).rule == "∂loss/∂x += ∂loss/∂loss · 5"
    other = Value(1.0, name="result")
    assert {e.rule for e in equations(x + other)} == {
        "∂the result/∂x += ∂the result/∂the result",
        "∂the result/∂result += ∂the result/∂the result",
    }  # fmt: skip


def test_values_beside_one_keep_what_matters() -> None:
    x = Value(9.0, name="x")
    assert only(np.tanh(x)).legend == "result = 1 − 3.046e−8, x = 9"
    assert only(np.tanh(Value(-9.0, name="x"))).legend == "result = −(1 − 3.046e−8), x = −9"
    assert only(np.exp(Value(1e-6, name="x"))).legend == "result = 1 + 1e−6, x = 1e−6"


def test_matrices_are_transposed_and_constant_ones_are_capitals() -> None:
    a, b = Tensor(np.ones((2, 3)), name="a"), Tensor(np.ones((3, 4)))
    _, to_a, to_b = equations((a @ b).sum())
    assert to_a.rule == "∂result/∂a += ∂result/∂u1 @ v1ᵀ"
    assert to_b.rule == "∂result/∂v1 += aᵀ @ ∂result/∂u1"
    assert equations((a @ b.data).sum())[1].rule == "∂result/∂a += ∂result/∂u1 @ Bᵀ"
    assert to_a.numbers == "0 += RMS 4 → RMS 4 (2×3, RMS 1 arrives, gain ×4)"
    assert to_a.legend == "u1 = matmul = RMS 3 (2×4), a = RMS 1 (2×3), v1 = RMS 1 (3×4)"


def test_broadcasting_is_undone_by_a_sum() -> None:
    x, b = Tensor(np.ones((4, 3)), name="x"), Tensor(np.ones(3), name="b")
    to_x, to_b = equations(np.sum(x * b))[1:]
    assert to_x.rule == "∂result/∂x += ∂result/∂u1 · b"
    assert to_b.rule == "∂result/∂b += Σ(∂result/∂u1 · x)"
    assert rule_words(to_b).endswith("It is summed over all places where b was used.")


def test_named_constant_arrays_are_called_by_their_names() -> None:
    X = np.ones((4, 2))
    w = Tensor(np.ones((2, 1)), name="w")
    assert equations((X @ w).sum(), X=X)[1].rule == "∂result/∂w += Xᵀ @ ∂result/∂u1"


def test_mathml_is_well_formed_whatever_the_names() -> None:
    x, w = Value(2.0, name="a<b & {y}"), Value(3.0, name="w")
    to_x, to_w = equations(x / w)
    for equation in (to_x, to_w):
        assert ElementTree.fromstring(equation.mathml).tag == "math"
    assert to_x.rule == "∂result/∂a<b & {y} += ∂result/∂result · 1/w"
    assert "∂a<b & {y}+=" in "".join(ElementTree.fromstring(to_x.mathml).itertext())


def test_a_users_operation_is_not_taken_for_ours() -> None:
    @primitive(derivative=lambda x, y: 3 * x**2)
    def tanh(x: Any) -> Any:
        return x**3

    equation = only(tanh(Value(0.01, name="x")))
    assert equation.rule == "∂result/∂x += ∂result/∂result · ∂result/∂x"
    assert "saturated" not in equation.words


def test_complex_numbers_are_shown_by_their_magnitude() -> None:
    z = Tensor(np.array([3 + 4j, 0j]), name="z")
    equation = equations(np.sum(np.abs(z)))[1]
    assert equation.rule == "∂result/∂z += ∂result/∂u1 · conj(∂u1/∂z)"
    assert equation.numbers.startswith("0 += RMS 0.7071 → RMS 0.7071 (2 elements")


def test_an_array_of_no_axes_is_a_number() -> None:
    assert only(np.exp(Tensor(0.0, name="x"))).numbers == "0 += 1 · 1 → 1"


def test_a_trace_of_pytorch_leaves_things_out() -> None:
    x = TorchNode.variable(None, "", "x")
    y = TorchNode.computed("power", None, (x,), "")
    flow = Flow(y, x, 0, 1.0, 6.0, 6.0, 0.0, 6.0, 1.0)
    steps = Step(y, 1.0, (flow,)), Step(x, 6.0, ())
    stepper = Stepper(Trace(y, steps, {step.node: step for step in steps}))
    equation = stepper.equation(0)
    assert equation.rule == "∂result/∂x += ∂result/∂result · b · x^(b − 1)"
    assert equation.numbers == "0 += 1 · 6 → 6"
    assert (equation.legend, equation.question) == ("", "")
    assert records(stepper, [x, y])["nodes"]["value"] == ["not kept", "not kept"]


# --- words ------------------------------------------------------------------------------------

relu, sigmoid = TABLE["relu"], TABLE["sigmoid"]


@pytest.mark.parametrize(
    ("make", "at", "words"),
    [
        (lambda x: x + 5.0, 1.0, "add hands on what arrives unchanged."),
        (lambda x: -x, 1.0, "negative hands on what arrives with the opposite sign."),
        (
            relu,
            1.0,
            "The gate of relu is open (1 if x > 0, else 0): all of what arrives passes.",
        ),
        (
            relu,
            -1.0,
            "The gate of relu is closed (1 if x > 0, else 0): 1 arrives, and exactly 0 passes.",
        ),
        (np.floor, 1.5, "floor is flat: its derivative is 0 everywhere, so nothing passes."),
        (np.tanh, 2.5, "tanh passes on 1 − result² = 0.02659 of what arrives: nearly saturated."),
        (np.tanh, 90.0, "tanh passes on 1 − result² = 0 of what arrives: fully saturated."),
        (
            sigmoid,
            0.0,
            "sigmoid passes on result · (1 − result) = 0.25 of what arrives, and a sigmoid never "
            "passes on more than 0.25.",
        ),
        (
            lambda x: x * 500.0,
            1.0,
            "multiply passes on 500 times what arrives: the gradient grows.",
        ),
        (
            lambda x: x / 100.0,
            1.0,
            "divide passes on 1/100 = 0.01 of what arrives: the gradient shrinks.",
        ),
        (
            np.log,
            0.0,
            "log makes ∞: its local derivative 1/x is not finite, though what arrives is finite.",
        ),
        (
            lambda x: np.minimum(x, 0.0),
            1.0,
            "minimum passes on 0 of what arrives (1 if x < 0, ½ if x = 0, else 0): exactly nothing "
            "passes.",
        ),
    ],
)
def test_words(make: Any, at: float, words: str) -> None:
    assert rule_words(only(make(Value(at, name="x")))) == words


def test_nothing_arrives_is_told_from_a_closed_gate() -> None:
    x = Value(-1.0, name="x")
    _, second, third = equations(np.exp(relu(x)) * 1.0)[:3]
    assert rule_words(second) == "exp passes on u2 = 1 of what arrives."
    assert "gate of relu is closed" in third.words
    beyond = equations(relu(np.exp(x) - 5.0))[1]
    assert rule_words(beyond) == (
        "Nothing arrives from above: ∂result/∂u2 is exactly 0 already, so subtract passes on 0."
    )


def test_the_nan_of_a_branch_not_taken() -> None:
    x = Value(0.0, name="x")
    with np.errstate(all="ignore"):
        y = np.where(False, np.log(x), 1.0)
    equation = equations(y)[1]
    assert equation.numbers == "0 += 0 · ∞ → NaN"
    assert rule_words(equation) == (
        "log makes NaN: its local derivative 1/x is not finite, and 0 times that is NaN."
    )


def test_overflow_and_underflow() -> None:
    x = Value(1.0, name="x")
    assert rule_words(equations(x * 1e-200 * 1e-200)[1]) == (
        "What arrives times 1e−200 is too small for a float: it becomes 0."
    )
    big = equations(x * 1e200 * 1e200)
    assert rule_words(big[1]) == (
        "What arrives times 1e200 is too large for a float: multiply passes on ∞."
    )
    nan = equations(np.exp(x) * math.nan)
    assert rule_words(nan[1]) == "NaN or ∞ has arrived from above already; exp passes on NaN."


def test_words_of_arrays_count_elements() -> None:
    x = Tensor(np.array([-3.0, -1.0, 1.0, 3.0]), name="x")
    gate = equations(np.sum(relu(x)))[1]
    assert rule_words(gate) == (
        "The gate of relu (1 if x > 0, else 0) is closed for 2 of 4 elements, which receive "
        "exactly 0; for the others all passes."
    )
    flat = equations(np.sum(np.tanh(x)))[1]
    assert rule_words(flat) == (
        "tanh passes on 0.00987 … 0.42 of what arrives (1 − u1²): 2 of 4 are nearly saturated."
    )
    with np.errstate(all="ignore"):
        broken = equations(np.sum(np.sqrt(np.maximum(x, 0.0))))[1]
    assert rule_words(broken) == (
        "sqrt makes NaN or ∞ in 2 of 4 elements: its local derivative 1/(2 · u2) is not finite, "
        "though what arrives is finite."
    )


def test_words_of_whole_operations() -> None:
    x = Tensor(np.arange(4.0), name="x")
    assert rule_words(only(np.mean(x))) == (
        "Each of the 4 elements of a mean receives 1/4 of what arrives."
    )
    assert rule_words(equations(np.sum(x[1:]))[1]) == (
        "What was selected gets it back; the rest of x receives 0."
    )
    assert (
        only(np.var(x, ddof=1)).rule
        == "∂result/∂x += 2 · broadcast(∂result/∂result) · (x − mean(x))/3"
    )
    softmax = equations(np.sum(TABLE["softmax"](x * 0.0)))[1]
    assert rule_words(softmax).endswith("and exactly 0 is left of it here.")


# --- the course -------------------------------------------------------------------------------


def test_a_chain_of_sigmoids() -> None:
    """0.25 × 0.15 × 0.10 × 0.05 × 0.026 = 4.875e-6: each factor is seen, and the product."""
    slopes = [0.026, 0.05, 0.10, 0.15, 0.25]
    h: Any = Value(0.0, name="w")
    for slope in slopes:
        out = (1 + math.sqrt(1 - 4 * slope)) / 2
        h = sigmoid(h + (math.log(out / (1 - out)) - h.data))
    found = [e.names["slope"] for e in equations(h) if e.names["op"] == "sigmoid"]
    assert found == ["0.25", "0.15", "0.1", "0.05", "0.026"]
    assert equations(h)[-1].words.endswith("That is the whole gradient of w: 4.875e−6.")


def test_softmax_and_log_loss() -> None:
    """With p = (0.2, 0.3, 0.5) and class 0, ∂result/∂z = p − y = (−0.8, 0.3, 0.5)."""
    z = Tensor(np.log([[0.2, 0.3, 0.5]]), name="z")
    loss = nn.functional.cross_entropy(z, np.array([0]))
    trace = loss.trace()
    np.testing.assert_allclose(trace[z].gradient, [[-0.8, 0.3, 0.5]])
    last = equations(loss)[-1]
    assert last.rule == "∂result/∂z += ∂result/∂u1 − exp(u1) · Σ(∂result/∂u1)"

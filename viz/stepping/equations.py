"""The rule of one edge: as a formula, in numbers, and in words.

All three are templates and the texts to put into them. Whoever shows them elsewhere, such as a
page in a browser, needs no rule of its own to say the same: see `viz.stepping.records`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from autograd import Flow, Node
from autograd.history import operands_of
from autograd.primitives import data_of
from viz.scene.labels import Labels
from viz.stepping.figures import Arrival, Figures, figures_of
from viz.stepping.formulas import FIRST_OF_FAMILY, LINEAR, LOCAL, OTHER, WHOLE
from viz.stepping.letters import Letters
from viz.stepping.notation import fill, fill_mathml, places, rule_as_mathml, rule_as_text
from viz.stepping.words import accumulation, passage, question


class Templates(NamedTuple):
    """What is said of a flow, with places such as ``{x}`` for what differs from flow to flow.

    Attributes
    ----------
    rule, mathml : str
        The formula, in plain text and as a ``<math>`` element.
    numbers : str
        The formula in numbers.
    words : str
        What the operation does, and what its operand has received by now.
    legend : str
        What the letters stand for, and their values.
    question : str
        What a learner is asked before; "" where the numbers are arrays.
    """

    rule: str
    mathml: str
    numbers: str
    words: str
    legend: str
    question: str


@dataclass(frozen=True, slots=True)
class Equation:
    """What one `Flow` does, three ways.

    Attributes
    ----------
    templates : Templates
        The sentences and formulas.
    names : dict of str to str
        What stands in their places.
    """

    templates: Templates
    names: dict[str, str]

    @property
    def rule(self) -> str:
        """The formula: ``∂L/∂x += ∂L/∂y · (1 − y²)``."""
        return fill(self.templates.rule, self.names)

    @property
    def mathml(self) -> str:
        """The formula as a ``<math>`` element, which browsers show without help."""
        return fill_mathml(self.templates.mathml, self.names)

    @property
    def numbers(self) -> str:
        """The formula in numbers: ``0.3 += 0.71 · (−1.2) → −0.552``; RMS for arrays."""
        return fill(self.templates.numbers, self.names)

    @property
    def words(self) -> str:
        """What the operation does, and what its operand has received by now."""
        return fill(self.templates.words, self.names)

    @property
    def legend(self) -> str:
        """What the letters stand for, and their values: ``y = tanh #2 = 0.985``."""
        return fill(self.templates.legend, self.names)

    @property
    def question(self) -> str:
        """What a learner is asked before; empty where the numbers are arrays."""
        return fill(self.templates.question, self.names)


def equation(flow: Flow, labels: Labels, arrival: Arrival) -> Equation:
    """Write down what one flow does.

    Parameters
    ----------
    flow : Flow
        The edge.
    labels : Labels
        What its nodes are called.
    arrival : Arrival
        Which of the contributions to its target it is.
    """
    figures = figures_of(flow)
    letters = Letters(flow, figures, labels, arrival)
    if flow.local is None:
        right, formula = whole_formula(flow)
    else:
        formula = local_formula(flow)
        right = _product(flow, formula, figures.repeated)
    legend = letters.legend()
    asked = figures.scalar and flow.local is not None and letters.are_known()
    does = passage(flow, figures, formula, letters.is_number(formula))
    templates = Templates(
        rule_as_text(right),
        rule_as_mathml(right),
        _numbers(flow, figures),
        f"{does} {accumulation(figures, arrival)}",
        legend,
        question(letters.call(), legend) if asked else "",
    )
    wanted = sorted(frozenset().union(*map(places, templates)))
    return Equation(templates, {name: letters.text(name) for name in wanted})


# --- formulas ---------------------------------------------------------------------------------


def local_formula(flow: Flow) -> str:
    """The local derivative of an elementwise operation, as an expression; ``slope`` if unknown."""
    node = flow.source
    if not _is_ours(node, LOCAL) or any(map(np.iscomplexobj, (flow.upstream, flow.local))):
        return "slope"
    if node.op in FIRST_OF_FAMILY and node.params.get("order"):
        return "slope"
    formula = LOCAL[node.op][flow.slot]
    if node.op in ("power", "float_power") and flow.slot == 0:
        formula = _power_rule(operands_of(node)[1:], formula)
    if formula in ("0", "1", "-1") and np.any(np.asarray(flow.local) != float(formula)):
        return "slope"
    return formula


def whole_formula(flow: Flow) -> tuple[str, str]:
    """What an operation that is not elementwise adds, as an expression, and that in words."""
    node = flow.source
    if not _is_ours(node, WHOLE):
        return LINEAR if getattr(node._op, "linear", False) else OTHER
    entries = WHOLE[node.op]
    return entries[min(flow.slot, len(entries) - 1)]


def _is_ours(node: Node, table: Mapping[str, Any]) -> bool:
    """Whether a table speaks of the operation: a user's own may bear the same name."""
    return node.op in table and getattr(node._op, "key", node.op) == node.op


def _power_rule(others: tuple[Any, ...], general: str) -> str:
    """The derivative of aᵇ in a, with the exponent counted down if it is a plain number."""
    exponent = data_of(others[0]) if others else None
    if exponent is None or np.ndim(exponent) or getattr(others[0], "requires_grad", False):
        return general
    exponent = float(exponent)
    simple = {0.0: "0", 1.0: "1", 2.0: "2 * a"}
    return simple.get(exponent, f"{exponent!r} * a ** {exponent - 1!r}")


def _product(flow: Flow, formula: str, repeated: bool) -> str:
    """The upstream gradient times a local derivative, as an expression."""
    if np.iscomplexobj(flow.local):
        product = f"G * conj({formula})"
    else:
        product = {"1": "G", "-1": "-G"}.get(formula, f"G * ({formula})")
    return f"sum({product})" if repeated else product


def _numbers(flow: Flow, figures: Figures) -> str:
    if not figures.scalar:
        gain = "" if math.isnan(figures.gain) else ", gain ×{gain}"
        return f"{{before}} += {{contribution}} → {{after}} ({{shape}}, {{upstream}} arrives{gain})"
    product = "{contribution}" if figures.local is None else "{upstream} · {local}"
    return f"{{before}} += {product} → {{after}}"

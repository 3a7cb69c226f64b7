"""The data for a page: enough to say the same sentences, and small."""

from __future__ import annotations

import json
import math
import re
from html import escape
from typing import Any

import numpy as np
import pytest

import nn
from autograd import Node, Tensor, Value
from viz.stepping.breakpoints import Facts
from viz.stepping.records import records
from viz.stepping.stepper import Stepper


def mixed() -> Node:
    """Arrays and numbers, gates, a constant, NaN."""
    x, w = Tensor(np.linspace(-2, 2, 6).reshape(3, 2), name="x"), Tensor(np.ones((2, 2)))
    h = np.tanh(x @ w)
    gate = np.where(h.data > 0, h, 0.1 * h)
    return np.sum(gate) * np.mean(gate) + np.sqrt(np.max(gate) * 0.0)


def scalars() -> Node:
    x, w = Value(0.5, name="x"), Value(-1.2, name="a<b & c")
    h = np.tanh(w * x)
    return np.maximum(h, 0.0) * h + h * h


class Page:
    """What a page does with the data, in the few lines that it takes."""

    def __init__(self, text: str) -> None:
        self.data = json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))
        self.flows = self.data["flows"]
        self.nodes = self.data["nodes"]

    def say(self, i: int, what: str) -> str:
        form = self.data["forms"][self.flows["form"][i]]
        source, target = self.flows["source"][i], self.flows["target"][i]
        names = {
            "L": self.nodes["label"][self.data["seed"]["node"]],
            "op": self.nodes["op"][source],
            "source_label": self.nodes["label"][source],
            "source_value": self.nodes["value"][source],
            "target": self.nodes["label"][target],
            "target_label": self.nodes["label"][target],
            "target_value": self.nodes["value"][target],
            "arrived": str(self.flows["arrived"][i]),
            "expected": str(self.flows["expected"][i]),
            **dict(zip(form["places"], self.flows["names"][i], strict=True)),
        }
        quote = escape if what == "mathml" else str
        return re.sub(r"\{(\w+)\}", lambda place: quote(names[place[1]]), form[what])

    def facts(self, i: int) -> Facts:
        source = self.flows["source"][i]
        whole = self.flows["arrived"][i] == self.flows["expected"][i]
        return Facts(
            float(self.flows["gain"][i]),
            abs(float(self.flows["after"][i])) if whole else math.nan,
            bool(self.flows["nonfinite"][i]),
            self.nodes["op"][source],
            self.nodes["scope"][source],
            self.nodes["label"][self.flows["target"][i]],
        )


def page(stepper: Stepper, nodes: list[Any]) -> Page:
    return Page(json.dumps(records(stepper, nodes), allow_nan=False))


@pytest.mark.parametrize("make", [mixed, scalars])
def test_a_page_says_the_same_sentences(make: Any) -> None:
    with np.errstate(all="ignore"):
        stepper = Stepper(make().trace())
    shown = page(stepper, list(stepper.labels.of))
    assert len(shown.flows["form"]) == len(stepper.flows)
    for i in range(len(stepper.flows)):
        equation = stepper.equation(i)
        for what in ("rule", "mathml", "numbers", "words", "legend", "question"):
            assert shown.say(i, what) == getattr(equation, what)


@pytest.mark.parametrize("make", [mixed, scalars])
def test_a_page_can_ask_what_breakpoints_ask(make: Any) -> None:
    with np.errstate(all="ignore"):
        stepper = Stepper(make().trace())
    shown = page(stepper, list(stepper.labels.of))
    for i in range(len(stepper.flows)):
        assert repr(shown.facts(i)) == repr(stepper.facts(i))


def test_a_page_knows_every_gradient_at_every_position() -> None:
    stepper = Stepper(scalars().trace())
    nodes = list(stepper.labels.of)
    shown = page(stepper, nodes)
    known: dict[int, Any] = {shown.data["seed"]["node"]: shown.data["seed"]["gradient"]}
    for i in range(len(stepper.flows) + 1):
        stepper.seek(i)
        assert [stepper.received(node).gradient for node in nodes] == [
            known.get(place) for place in range(len(nodes))
        ]
        if i < len(stepper.flows):
            known[shown.flows["target"][i]] = shown.flows["after"][i]


def test_places_are_those_of_the_callers_list() -> None:
    stepper = Stepper((Value(2.0, name="x") * 3.0).trace())
    found = records(stepper, ["a box", *stepper.labels.of, 3.0])
    assert found["nodes"]["label"] == [None, "x", "result", None]
    assert (found["flows"]["source"], found["flows"]["target"]) == ([2], [1])
    assert found["seed"] == {"node": 2, "gradient": 1.0, "text": "1"}


def test_a_node_that_is_missing_from_the_list() -> None:
    stepper = Stepper((Value(2.0) * 3.0).trace())
    with pytest.raises(KeyError):
        records(stepper, [])


def test_numbers_that_json_does_not_know() -> None:
    x = Value(0.0)
    with np.errstate(all="ignore"):
        stepper = Stepper((np.log(x) - np.sqrt(x) + np.where(False, np.log(x), 1.0)).trace())
    flows = records(stepper, list(stepper.labels.of))["flows"]
    assert {"NaN", "Infinity", "-Infinity"} <= set(map(str, flows["contribution"]))


def test_ten_thousand_flows_are_small() -> None:
    model = nn.Sequential(
        nn.Linear(8, 44), nn.Tanh(), nn.Linear(44, 44), nn.ReLU(), nn.Linear(44, 1)
    )
    y = model.to_values()(np.random.default_rng(0).normal(size=(1, 8)))
    stepper = Stepper(np.sum(np.square(y - 1.0)).trace())
    size = len(
        json.dumps(
            records(stepper, list(stepper.labels.of)), separators=(",", ":"), ensure_ascii=False
        ).encode()
    )
    assert len(stepper.flows) > 9_000
    assert size / len(stepper.flows) < 200


def test_templates_are_shared() -> None:
    stepper = Stepper(sum(Value(float(i)) * 2.0 for i in range(200)).trace())
    assert len(records(stepper, list(stepper.labels.of))["forms"]) < 10

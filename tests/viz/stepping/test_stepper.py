"""Walking through a trace: positions, what is known there, breakpoints."""

from __future__ import annotations

import math
import random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd
import nn
from autograd import Node, Value
from viz.stepping.breakpoints import BreakpointError, Facts, parse
from viz.stepping.stepper import Stepper


def random_graph(seed: int) -> Value:
    """A graph in which nodes are used several times."""
    rng = random.Random(seed)
    nodes = [Value(rng.uniform(-2, 2)) for _ in range(3)]
    for _ in range(rng.randrange(1, 12)):
        a, b = rng.choices(nodes, k=2)
        nodes.append(rng.choice([a + b, a * b, a - b, np.tanh(a), np.maximum(a, b)]))
    return nodes[-1] * nodes[rng.randrange(len(nodes))] + sum(nodes[:2])


def network() -> tuple[Node, Any]:
    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.fc1 = nn.Linear(3, 4)
            self.fc10 = nn.Linear(4, 4)
            self.fc2 = nn.Sequential(nn.Linear(4, 4), nn.Tanh(), nn.Linear(4, 1))

        def forward(self, x: Any) -> Any:
            return self.fc2(np.tanh(self.fc10(np.tanh(self.fc1(x)))))

    net = Net()
    return np.mean(np.square(net(np.ones((2, 3), dtype=np.float32)))), net


# --- what is known ----------------------------------------------------------------------------


@given(st.integers(0, 2**32))
@settings(max_examples=60, deadline=None, derandomize=True)
def test_what_is_known_is_what_the_sweep_has_added_up(seed: int) -> None:
    loss = random_graph(seed)
    stepper = Stepper(loss.trace())
    known: dict[Node, float] = {loss: 1.0}
    for position in range(len(stepper.flows) + 1):
        assert stepper.position == position
        for node in stepper.labels.of:
            assert stepper.received(node).gradient == known.get(node)
        assert stepper.next() == (position < len(stepper.flows))
        if stepper.flow is not None and position < len(stepper.flows):
            target = stepper.flow.target
            known[target] = known.get(target, 0.0) + stepper.flow.contribution
    loss.backward()
    assert all(stepper.received(node).complete for node in stepper.labels.of)
    assert {node: stepper.received(node).gradient for node in stepper.labels.of} == {
        node: node.grad for node in stepper.labels.of
    }


@given(st.integers(0, 2**32), st.data())
@settings(max_examples=40, deadline=None, derandomize=True)
def test_every_way_to_a_position_leads_to_the_same(seed: int, data: st.DataObject) -> None:
    stepper = Stepper(random_graph(seed).trace())
    here = data.draw(st.integers(0, len(stepper.flows)))
    stepper.seek(here)
    found = [stepper.received(node) for node in stepper.labels.of]
    stepper.seek(len(stepper.flows))
    while stepper.position > here:
        assert stepper.previous()
    assert [stepper.received(node) for node in stepper.labels.of] == found


def test_not_computed_is_not_zero() -> None:
    x = Value(3.0)
    y = x * 0.0
    stepper = Stepper((y + 1.0).trace())
    assert stepper.received(x).gradient is None
    stepper.seek(2)
    assert stepper.received(x).gradient == 0.0


def test_a_gradient_is_complete_with_its_last_contribution() -> None:
    b = Value(1.0)
    c = b + b
    stepper = Stepper((c + b).trace())
    states = []
    while stepper.next():
        states.append((stepper.received(b).arrived, stepper.received(b).complete))
    assert states == [(0, False), (1, False), (2, False), (3, True)]
    assert stepper.received(b).expected == 3


def test_ends() -> None:
    stepper = Stepper((Value(1.0) * 2.0).trace())
    assert not stepper.previous()
    assert stepper.flow is None
    assert stepper.next()
    assert not stepper.next()
    assert stepper.flow is stepper.flows[0]
    with pytest.raises(IndexError, match="positions go from 0 to 1, so none is 2"):
        stepper.seek(2)
    with pytest.raises(IndexError):
        stepper.seek(-1)
    assert stepper.position == 1


def test_a_variable_alone_has_nothing_to_step() -> None:
    stepper = Stepper(Value(1.0).trace())
    assert not stepper.next()
    assert stepper.received(stepper.trace.root).complete


def test_a_node_that_is_not_on_the_trace() -> None:
    with pytest.raises(KeyError, match="no gradient flows"):
        Stepper((Value(1.0) * 2.0).trace()).received(Value(3.0, name="far"))


# --- labels -----------------------------------------------------------------------------------


def test_labels() -> None:
    loss, net = network()
    labels = Stepper(loss.trace()).labels
    assert labels.of[loss] == labels.result == "result"
    assert {labels.of[p]: name for name, p in net.named_parameters()} == {
        name: name for name, _ in net.named_parameters()
    }
    assert {"tanh", "tanh #2", "tanh #3"} <= set(labels.node)
    assert all(labels.of[node] == label for label, node in labels.node.items())


def test_names_given_by_the_caller() -> None:
    x, w = Value(1.0), Value(2.0, name="weight")
    h = x * w
    labels = Stepper((h + 1.0).trace(), {"x": x, "v": w, "_h": h, "n": 3}).labels
    assert [labels.of[node] for node in (x, w, h)] == ["x", "weight", "multiply"]


def test_elements_of_an_array_of_values_are_named_by_their_place() -> None:
    w = autograd.ValueArray([[1.0, 2.0]])
    labels = Stepper((w[0, 0] * w[0, 1]).trace(), {"w": w}).labels
    assert {"w[0, 0]", "w[0, 1]"} <= set(labels.node)


def test_equal_names_are_told_apart() -> None:
    a, b = Value(1.0, name="w"), Value(2.0, name="w")
    labels = Stepper((a * b).trace()).labels
    assert {labels.of[a], labels.of[b]} == {"w", "w #2"}


# --- breakpoints ------------------------------------------------------------------------------


def stops(stepper: Stepper, condition: str, backwards: bool = False) -> list[int]:
    stepper.breakpoints.clear()
    stepper.add_breakpoint(condition)
    stepper.seek(len(stepper.flows) if backwards else 0)
    found = []
    while stepper.run(backwards) is not None:
        found.append(stepper.position)
    return found


CONDITIONS = {
    "gain < 0.3": lambda s, f: f.gain < 0.3,
    "gain >= 1": lambda s, f: f.gain >= 1,
    "gain != 1": lambda s, f: not math.isnan(f.gain) and f.gain != 1,
    "|grad| < .05": lambda s, f: (
        f.after is s.trace[f.target].gradient and np.sqrt(np.mean(np.square(f.after))) < 0.05
    ),
    'op == "tanh"': lambda s, f: f.source.op == "tanh",
    "op != 'tanh'": lambda s, f: f.source.op != "tanh",
    'scope == "fc2"': lambda s, f: f.source.scope in ("fc2", "fc2.0", "fc2.1", "fc2.2"),
    'scope == "fc1"': lambda s, f: f.source.scope == "fc1",
    "scope == 'fc2.1'": lambda s, f: f.source.scope == "fc2.1",
    'node == "fc1.weight"': lambda s, f: s.labels.of[f.target] == "fc1.weight",
    "tanh #2": lambda s, f: s.labels.of[f.target] == "tanh #2",
    'op == "tanh" and gain < 0.9': lambda s, f: f.source.op == "tanh" and f.gain < 0.9,
    "gain<1 and|grad|>=0": lambda s, f: f.gain < 1 and f.after is s.trace[f.target].gradient,
}


@pytest.mark.parametrize("condition", CONDITIONS)
def test_breakpoints_stop_where_they_should(condition: str) -> None:
    stepper = Stepper(network()[0].trace())
    meets = CONDITIONS[condition]
    wanted = [i + 1 for i, flow in enumerate(stepper.flows) if meets(stepper, flow)]
    assert stops(stepper, condition) == wanted
    # Going back, one starts at the end: a stop there is where one is already.
    last = [len(stepper.flows)]
    assert stops(stepper, condition, backwards=True) == [k for k in wanted[::-1] if [k] != last]


def test_nonfinite_stops_where_it_arises_and_where_it_passes() -> None:
    x, b = Value(0.0, name="x"), Value(1.0, name="b")
    with np.errstate(all="ignore"):
        y = np.where(False, np.log(x * 2.0), b * 1.0)
    stepper = Stepper(y.trace())
    spoilt = [i + 1 for i, flow in enumerate(stepper.flows) if not flow.finite]
    assert len(spoilt) == 2
    assert stops(stepper, "nonfinite") == spoilt


def test_nonfinite_notices_a_sum_that_overflows() -> None:
    x = Value(1.0, name="x")
    stepper = Stepper((x * 1.7e308 + x * 1.7e308).trace())
    assert stops(stepper, "nonfinite") == [4]


def test_run_without_breakpoints_goes_to_the_end() -> None:
    stepper = Stepper(random_graph(1).trace())
    assert stepper.run() is None
    assert stepper.position == len(stepper.flows)
    assert stepper.run(backwards=True) is None
    assert stepper.position == 0


def test_numbers_of_breakpoints_are_not_used_twice() -> None:
    stepper = Stepper(random_graph(1).trace())
    assert stepper.add_breakpoint("gain < 1") == 1
    del stepper.breakpoints[1]
    assert stepper.add_breakpoint("gain < 2") == 2


KNOWN = {"op": {"tanh", "add"}, "scope": {"", "fc1"}, "node": {"w1", "w2", "tanh #2", "gain"}}


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        ("", "a condition is missing; try one of these: gain < 1e-2"),
        ("gain < 1 and", "a condition is missing"),
        ("gain << 3", "'gain << 3' is no condition"),
        ("grad < 3", "'grad < 3' is no condition"),
        ("gain < 1 or nonfinite", "'gain < 1 or nonfinite' is no condition"),
        ('op < "tanh"', "is no condition"),
        ("op == tanh", "'op == tanh' is no condition"),
        ("w3", "no gradient is added to a node called 'w3'; did you mean w2 or w1?"),
        ("op == 'tahn'", "no operation on the way of the gradient is called 'tahn'; did you mean"),
        ("scope == 'fc'", "is in the module 'fc'; did you mean fc1?"),
        ("zzz", "there are gain, tanh #2, w1, w2."),
    ],
)
def test_conditions_that_are_refused(condition: str, message: str) -> None:
    with pytest.raises(BreakpointError) as error:
        parse(condition, KNOWN)
    assert message in str(error.value)
    assert str(error.value).endswith((".", "?"))


def test_where_there_is_no_module_the_message_says_so() -> None:
    with pytest.raises(BreakpointError, match="in the module 'fc1': the graph has none"):
        Stepper(random_graph(1).trace()).add_breakpoint('scope == "fc1"')


def test_a_node_may_be_called_like_a_word_of_the_language() -> None:
    facts = Facts(math.nan, 0.0, False, "tanh", "", "gain")
    assert parse("gain", KNOWN).matches(facts)
    assert not parse("gain < 1", KNOWN).matches(facts)
    assert not parse("gain != 1", KNOWN).matches(facts)

"""The flat list of what was recorded: complete, in order, every argument slot once."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from autograd import Tensor, Value
from viz.scene.recording import record


@st.composite
def losses(draw):
    values = [Value(0.5), Value(2.0, requires_grad=False)]
    for _ in range(draw(st.integers(1, 30))):
        a = draw(st.sampled_from(values))
        b = draw(st.sampled_from([*values, 3.0]))
        values.append(draw(st.sampled_from([a * b, a + b, np.tanh(a)])))
    return values[-1] * values[-2]


def in_order(node, listed):
    """What recursion would list: operands before what is made of them, first slots first."""
    if not isinstance(node, Value):
        return [*listed, node]
    if any(node is other for other in listed):
        return listed
    operands = () if node.is_leaf else (node._a, node._b)
    for operand in operands:
        # Equal plain numbers are not one and the same: each stands right before its consumer.
        if isinstance(operand, Value):
            listed = in_order(operand, listed)
    listed = [*listed, *(x for x in operands if isinstance(x, float))]
    return [*listed, node]


@given(losses())
def test_nodes_stand_in_the_order_of_recursion(loss):
    expected = in_order(loss, [])
    found = record(loss).nodes
    assert len(found) == len(expected)
    assert all(a is b for a, b in zip(found, expected, strict=True))


@given(losses())
def test_links_are_the_argument_slots(loss):
    recording = record(loss)
    for i, node in enumerate(recording.nodes):
        filled = [(link.operand, link.slot) for link in recording.links if link.consumer == i]
        computed = isinstance(node, Value) and not node.is_leaf
        operands = [x for x in (node._a, node._b) if x is not None] if computed else []
        assert [slot for _, slot in filled] == list(range(len(operands)))
        assert all(recording.nodes[k] is x for (k, _), x in zip(filled, operands, strict=True))


@given(losses())
def test_operations_are_named_and_what_was_given_has_none(loss):
    recording = record(loss)
    assert recording.ops == [getattr(node, "op", "") for node in recording.nodes]


def test_an_array_that_fills_two_slots_is_one_operand():
    x, shift = Tensor(np.ones(3)), np.arange(3.0)
    recording = record(np.sum((x + shift) * shift))
    assert sum(node is shift for node in recording.nodes) == 1
    assert recording.links[0]._fields == ("operand", "consumer", "slot")

"""Tests of pickling and copying, of leaves and of graphs."""

import copy
import pickle

import numpy as np
import pytest

from autograd import StaleGraphError, Tensor, Value, ValueArray, no_grad, scope
from autograd.primitives import TABLE

WAYS = [copy.copy, copy.deepcopy] + [
    lambda node, p=p: pickle.loads(pickle.dumps(node, protocol=p)) for p in range(6)
]
IDS = ["copy", "deepcopy", *(f"pickle{p}" for p in range(6))]
ways = pytest.mark.parametrize("way", WAYS, ids=IDS)
deep_ways = pytest.mark.parametrize("way", WAYS[1:], ids=IDS[1:])
both = pytest.mark.parametrize("carrier", [Value, Tensor])


@both
@ways
def test_a_variable(carrier, way):
    with scope("net"):
        x = carrier(2.0, name="w")
    (x * x).backward()
    again = way(x)
    assert type(again) is carrier
    assert again is not x
    assert (again.name, again.scope, again.requires_grad, again.is_leaf) == ("w", "net", True, True)
    assert float(again.data) == 2.0
    assert float(again.grad) == 4.0
    (again * again).backward()
    assert (float(again.grad), float(x.grad)) == (8.0, 4.0)


@both
@ways
def test_a_constant(carrier, way):
    again = way(carrier(2.0, requires_grad=False))
    assert not again.requires_grad
    assert not (again * 2.0).requires_grad


@ways
def test_nothing_is_shared_with_a_copied_variable(way):
    x = Tensor([1.0, 2.0])
    (x * x).sum().backward()
    again = way(x)
    assert not np.shares_memory(again.data, x.data)
    assert not np.shares_memory(again.grad, x.grad)
    again.data -= 1.0
    again.grad += 1.0
    np.testing.assert_array_equal(x.data, [1.0, 2.0])
    np.testing.assert_array_equal(x.grad, [2.0, 4.0])


@ways
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.longdouble])
@pytest.mark.parametrize("shape", [(), (0, 2), (2, 3)])
def test_dtypes_and_shapes(way, dtype, shape):
    again = way(Tensor(np.ones(shape, dtype)))
    assert (again.dtype, again.shape) == (dtype, shape)


def graph(carrier):
    x, w = carrier(2.0, name="x"), carrier(3.0)
    with scope("layer"):
        y = TABLE["leaky_relu"](x * w - 10.0, negative_slope=0.3)
    z = np.where(True, y, w) + np.clip(x, 0.0, 5.0) * y + 2.0 / x
    z.name = "loss"
    return x, w, y, z


@both
@ways
def test_a_graph(carrier, way):
    _, _, _, z = graph(carrier)
    expected = [float(step.gradient) for step in z.trace()]
    again = way(z)
    assert again is not z
    assert (again.name, again.op) == ("loss", z.op)
    trace = again.trace()
    assert [float(step.gradient) for step in trace] == expected
    assert [step.node.op for step in trace] == [step.node.op for step in z.trace()]
    assert [step.node.scope for step in trace] == [step.node.scope for step in z.trace()]
    assert [step.node.params for step in trace] == [step.node.params for step in z.trace()]


@both
@deep_ways
def test_a_copied_graph_stands_alone(carrier, way):
    x, _, y, z = graph(carrier)
    z.backward()
    before = float(x.grad), float(y.grad)
    again = way(z)
    again.backward()
    assert (float(x.grad), float(y.grad)) == before
    leaf = next(s.node for s in again.trace().steps if s.node.name == "x")
    assert leaf is not x
    assert float(leaf.grad) == 2 * before[0]
    assert float(again.grad) == 1.0


@both
@deep_ways
def test_a_parameter_in_a_model_and_in_a_graph_stays_one(carrier, way):
    x, w, _, z = graph(carrier)
    model, loss = way(({"x": x, "w": w}, z))
    leaves = {step.node for step in loss.trace() if step.node.is_leaf}
    assert set(model.values()) == leaves


def test_mixed_graphs_and_every_kind_of_parameter():
    v, x = Value(2.0), Tensor(np.arange(6.0).reshape(2, 3))
    y = np.stack([x[0, ::-1], x[1][[0, 0, 2]]], axis=1).T @ np.ones((3, 2)) * v
    y = TABLE["softmax"](y.reshape(-1), axis=0)
    loss = np.where(np.array([True, False, True, True]), y, 0.0).max() + x[..., None, :].mean()
    expected = list(loss.trace())
    for way in WAYS:
        for step, other in zip(way(loss).trace(), expected, strict=True):
            assert step.node.op == other.node.op
            np.testing.assert_array_equal(step.gradient, other.gradient)


@both
@ways
def test_a_gradient_that_is_a_node(carrier, way):
    """Under create_graph a leaf and its gradient lead to each other."""
    x = carrier(3.0)
    y = x * x * x
    y.backward(create_graph=True)
    again = way(x)
    assert float(again.grad.data) == 27.0
    way(y)


@both
@ways
def test_a_stale_graph_stays_stale(carrier, way):
    x = carrier(3.0)
    y = x * x
    x.data = 5.0
    with pytest.raises(StaleGraphError):
        way(y).backward()


@both
@deep_ways
def test_a_copy_is_watched_for_changes_too(carrier, way):
    x, again = way((x := carrier(3.0), x * x))
    x.data = 5.0
    with pytest.raises(StaleGraphError):
        again.backward()


@deep_ways
def test_an_array_of_values(way):
    x = ValueArray([[1.0, 2.0]], name="w")
    np.sum(x * x).backward()
    again = way(x)
    assert type(again) is ValueArray
    np.testing.assert_array_equal(again.data, x.data)
    np.testing.assert_array_equal(again.grad, x.grad)
    np.sum(again * 1.0).backward()
    np.testing.assert_array_equal(x.grad, [[2.0, 4.0]])
    assert again[0, 1].name == "w[0, 1]"


@ways
def test_inside_no_grad(way):
    x = Value(2.0)
    y = x * x
    with no_grad():
        again = way(y)
    again.backward()
    assert again.requires_grad


@both
@deep_ways
def test_losses_of_one_graph_stay_on_one_graph(carrier, way):
    x = carrier(0.5)
    shared = np.tanh(x * 3.0)
    losses = shared * 2.0, shared.exp(), shared, shared * x
    first, second, middle, last = again = way(losses)
    assert first.inputs[0] is second.inputs[0] is last.inputs[0] is middle
    sum(losses).backward()
    sum(again).backward()
    assert float(middle.grad) == float(shared.grad)
    assert float(last.inputs[1].grad) == float(x.grad)


@deep_ways
def test_copies_made_apart_are_apart(way):
    y = Value(2.0) * 3.0
    one, other = way(y), way(y)
    assert one is not other
    assert one.inputs[0] is not other.inputs[0]


@deep_ways
def test_an_array_of_computed_values_stays_on_one_graph(way):
    x, w = ValueArray([[1.0, 2.0]]), ValueArray(np.ones((2, 3)))
    y = np.tanh(np.tanh(x @ w) @ ValueArray(np.ones((3, 2))))
    again = way(y)
    assert len(np.sum(again).trace()) == len(np.sum(y).trace())


@both
@ways
def test_gradients_that_lead_back_to_their_own_nodes(carrier, way):
    """The gradient of m = x² in m² is 2m: a node on m, which holds it."""
    m = carrier(3.0) ** 2
    y = m * m
    y.backward(create_graph=True)
    again = way(y)
    middle = again.inputs[0]
    assert float(middle.grad.data) == 18.0
    middle.grad.backward()
    assert float(middle.inputs[0].grad) == 108.0 + 2 * 6.0


class Parameter(Tensor):
    """A subclass with an attribute of its own."""

    def __init__(self, data, frozen=False):
        super().__init__(data)
        self.frozen = frozen


class Weight(Value):
    __slots__ = ("decay",)

    def __init__(self, data, decay=0.0):
        super().__init__(data)
        self.decay = decay


@ways
def test_subclasses_keep_their_type_and_attributes(way):
    again = way(Parameter([1.0, 2.0], frozen=True))
    assert type(again) is Parameter
    assert again.frozen
    again = way(Weight(2.0, decay=0.1))
    assert type(again) is Weight
    assert again.decay == 0.1


def test_subclasses_on_a_graph():
    p, w = Parameter([1.0, 2.0]), Weight(3.0)
    y = (p * w * p).sum() + w * w
    y.backward()
    np.testing.assert_array_equal(p.grad, [6.0, 12.0])
    assert w.grad == 5.0 + 6.0
    assert type(w * 2.0) is Value
    assert type(2.0 * w) is Value
    assert type(p * 2.0) is Tensor
    assert type(np.exp(w)) is Value
    for node in (y, w * w):
        pickle.loads(pickle.dumps(node)).backward()


def test_names_of_primitives_are_looked_up():
    for primitive in TABLE.values():
        assert pickle.loads(pickle.dumps(primitive)) is primitive
        assert copy.deepcopy(primitive) is primitive

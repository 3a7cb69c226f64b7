"""Tests of backward(): graphs of every shape, repetition, higher orders, failures."""

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings

from autograd import Tensor, Value, ValueArray, no_grad
from tests.autograd.programs import programs

law = settings(derandomize=True, deadline=None, max_examples=60)
both = pytest.mark.parametrize("carrier", [Value, Tensor])


def gradient(x):
    return None if x.grad is None else float(x.grad)


# --- shapes of graphs ------------------------------------------------------------------------


@both
def test_fan_out(carrier):
    x = carrier(0.7)
    y = np.sin(np.sin(x) + np.sin(x))
    y.backward()
    assert gradient(x) == pytest.approx(math.cos(2 * math.sin(0.7)) * 2 * math.cos(0.7))


@both
def test_diamond(carrier):
    a = carrier(3.0)
    b = a + a
    c = b + b
    c.backward()
    assert (gradient(a), gradient(b), gradient(c)) == (4.0, 2.0, 1.0)


@both
@pytest.mark.parametrize("depth", [10, 60])
def test_a_ladder_of_diamonds_is_walked_once(carrier, depth):
    x = carrier(1.0)
    y = x
    for _ in range(depth):
        y = y + y
    y.backward()
    assert gradient(x) == 2.0**depth
    assert len(y.trace()) == depth + 1


@both
def test_paths_of_unequal_length_meet(carrier):
    x = carrier(2.0)
    long = ((x * 3.0) * 5.0) * 7.0
    y = x * long + x
    y.backward()
    assert gradient(x) == 2 * 2.0 * 105.0 + 1.0


@both
def test_shared_subgraph_of_two_roots(carrier):
    x = carrier(2.0)
    shared = x * x
    first, second = shared * 3.0, shared * 5.0
    first.backward()
    assert (gradient(x), gradient(shared)) == (12.0, 3.0)
    second.backward()
    # The leaf adds up; a computed node shows the last pass alone.
    assert (gradient(x), gradient(shared)) == (12.0 + 20.0, 5.0)
    assert gradient(first) == 1.0


@both
def test_unused_input(carrier):
    x, unused = carrier(2.0), carrier(3.0)
    aside = unused * x
    (x * x).backward()
    assert gradient(x) == 4.0
    assert unused.grad is None
    assert aside.grad is None


@both
def test_root_that_is_a_leaf(carrier):
    x = carrier(2.0)
    x.backward()
    assert gradient(x) == 1.0
    x.backward(3.0)
    assert gradient(x) == 4.0


@both
def test_the_same_node_in_both_slots(carrier):
    for f, slope in (
        (lambda x: x * x, 6.0),
        (lambda x: x + x, 2.0),
        (lambda x: x - x, 0.0),
        (lambda x: x / x, 0.0),
        (lambda x: np.maximum(x, x), 1.0),
        (lambda x: np.where(True, x, x), 1.0),
    ):
        x = carrier(3.0)
        f(x).backward()
        assert gradient(x) == slope


@both
def test_constants_in_either_slot(carrier):
    for f, slope in (
        (lambda x: x - 5, 1.0),
        (lambda x: 5 - x, -1.0),
        (lambda x: x / 4, 0.25),
        (lambda x: 8 / x, -2.0),
        (lambda x: x**3, 12.0),
        (lambda x: 2**x, 4 * math.log(2)),
        (lambda x: carrier(5.0, requires_grad=False) * x, 5.0),
        (lambda x: x * carrier(5.0).detach(), 5.0),
        (lambda x: np.float64(5) * x, 5.0),
        (lambda x: x * np.float32(5), 5.0),
        (lambda x: np.int64(5) * x * True, 5.0),
    ):
        x = carrier(2.0)
        f(x).backward()
        assert gradient(x) == pytest.approx(slope)


@both
def test_a_detached_operand_passes_nothing(carrier):
    x = carrier(3.0)
    (x * x.detach()).backward()
    assert gradient(x) == 3.0


def test_values_and_tensors_in_one_graph():
    v, x = Value(2.0), Tensor([1.0, -1.0, 3.0])
    y = ((v * x).sum() * v + np.exp(v) * x[0]) * 0.5
    y.backward()
    assert isinstance(v.grad, float)
    assert v.grad == pytest.approx(0.5 * (2 * 2.0 * 3.0 + math.exp(2)))
    np.testing.assert_allclose(x.grad, 0.5 * np.array([4.0 + math.exp(2), 4.0, 4.0]))


def test_a_value_in_a_float32_graph():
    v, x = Value(0.1), Tensor(np.ones((2, 2), np.float32))
    y = (x * v).sum()
    assert y.dtype == np.float32
    y.backward()
    assert v.grad == 4.0
    assert x.grad.dtype == np.float32


def test_a_broadcast_value_is_one_node_per_use():
    v = Value(3.0)
    y = np.ones((4, 5)) * v + np.ones(5) * v
    y.sum().backward()
    assert v.grad == 40.0


def test_gradients_through_arrays_without_axes():
    x = Tensor([1.0, 2.0])
    scalar = x.sum()
    (scalar * scalar * x).sum().backward()
    np.testing.assert_allclose(x.grad, 2 * 3.0 * 3.0 + 9.0)
    assert scalar.grad.shape == ()


@pytest.mark.parametrize("carrier", [Tensor, ValueArray])
def test_seeds_of_other_kinds(carrier):
    x = carrier([1.0, 2.0])
    y = x[0] * x[1]
    for seed in (2, 2.0, np.float32(2.0), np.array(2.0), Tensor(2.0), True + True):
        x.zero_grad()
        y.backward(seed)
        np.testing.assert_array_equal(x.grad, [4.0, 2.0])


def test_seeds_of_the_roots_shape():
    x = Tensor([[1.0, 2.0], [3.0, 4.0]])
    y = x * x
    for seed in (
        [[1, 0], [0, 1]],
        np.eye(2, dtype=np.float32),
        Tensor(np.eye(2)),
        np.eye(2, dtype=int),
    ):
        x.zero_grad()
        y.backward(seed)
        np.testing.assert_array_equal(x.grad, [[2.0, 0.0], [0.0, 8.0]])
        assert x.grad.dtype == np.float64


@pytest.mark.parametrize("shape", [(1,), (1, 1)])
def test_a_root_of_one_element_needs_no_seed(shape):
    x = Tensor(np.full(shape, 3.0))
    (x * x).backward()
    np.testing.assert_array_equal(x.grad, np.full(shape, 6.0))


@law
@given(programs(arrays=True))
def test_random_graphs_against_differences(program):
    """Along a random direction: the sum of all gradients times the direction."""
    rng = np.random.default_rng(len(program.lines))
    along = [rng.normal(size=np.shape(x)) for x in program.numbers]

    def loss(h):
        moved = [Tensor(x + h * a) for x, a in zip(program.numbers, along, strict=True)]
        return moved, np.sum(program.run(moved)[-1])

    h = 2.0**-12
    steps = [float(loss(k * h)[1]) for k in (-2, -1, 1, 2)]
    expected = (steps[0] - 8 * steps[1] + 8 * steps[2] - steps[3]) / (12 * h)
    coarse = (steps[3] - steps[0]) / (4 * h)
    assume(abs(coarse - expected) < 1e-4 * (1 + abs(expected)))  # no kink in between

    variables, root = loss(0.0)
    root.backward()
    reached = [(v, a) for v, a in zip(variables, along, strict=True) if v.grad is not None]
    found = sum(float(np.sum(v.grad * a)) for v, a in reached)
    assert found == pytest.approx(expected, rel=1e-6, abs=1e-6)


@law
@given(programs())
def test_values_and_tensors_agree_on_random_graphs(program):
    values = [Value(x) for x in program.numbers]
    tensors = [Tensor(x) for x in program.numbers]
    of_values, of_tensors = program.run(values)[-1], program.run(tensors)[-1]
    assert float(of_values) == pytest.approx(float(of_tensors), rel=1e-13, abs=1e-13)
    of_values.backward()
    of_tensors.backward()
    for value, tensor in zip(values, tensors, strict=True):
        assert (value.grad is None) == (tensor.grad is None)
        if value.grad is not None:
            assert value.grad == pytest.approx(float(tensor.grad), rel=1e-12, abs=1e-12)


# --- more than once --------------------------------------------------------------------------


@law
@given(programs(arrays=True))
def test_twice_accumulates_in_leaves_and_compounds_nothing(program):
    variables = [Tensor(x) for x in program.numbers]
    results = program.run(variables)
    root = np.sum(results[-1])
    root.backward()
    once = [None if v.grad is None else v.grad.copy() for v in variables]
    between = [None if r.grad is None else r.grad.copy() for r in results[len(variables) :]]
    root.backward()
    for variable, first in zip(variables, once, strict=True):
        if first is not None:
            np.testing.assert_array_equal(variable.grad, first + first)
    for result, first in zip(results[len(variables) :], between, strict=True):
        if first is not None:
            np.testing.assert_array_equal(result.grad, first)


@both
def test_zero_grad(carrier):
    x = carrier(3.0)
    y = x * x
    for _ in range(3):
        x.zero_grad()
        assert x.grad is None
        y.backward()
        assert gradient(x) == 6.0


@both
def test_a_user_may_set_grad_to_zero(carrier):
    x = carrier(3.0)
    x.grad = 0
    (x * x).backward()
    assert gradient(x) == 6.0


@both
def test_keep_leaves(carrier):
    x = carrier(3.0)
    y = x * x
    z = y * y
    z.backward(keep="leaves")
    assert gradient(x) == 4 * 27.0
    assert y.grad is None
    assert z.grad is None
    z.backward()
    old = gradient(y)
    (z * 2.0).backward(keep="leaves")
    assert gradient(y) == old


@law
@given(programs(arrays=True))
def test_keep_leaves_gives_the_same_gradients(program):
    first, second = ([Tensor(x) for x in program.numbers] for _ in range(2))
    np.sum(program.run(first)[-1]).backward()
    np.sum(program.run(second)[-1]).backward(keep="leaves")
    for a, b in zip(first, second, strict=True):
        np.testing.assert_array_equal(a.grad, b.grad)


@both
def test_a_shared_part_after_keep_leaves(carrier):
    x = carrier(2.0)
    shared = x * x
    (shared * 3.0).backward(keep="leaves")
    (shared * 5.0).backward()
    assert gradient(x) == 12.0 + 20.0


# --- higher orders ---------------------------------------------------------------------------


@both
def test_three_derivatives_of_a_nested_sine(carrier):
    x = carrier(0.4)
    y = np.sin(np.sin(x) + np.sin(x))
    found = []
    for _ in range(3):
        x.zero_grad()
        y.backward(create_graph=True)
        y = x.grad
        assert isinstance(y, carrier)
        found.append(float(y.data))

    s, c = math.sin(0.4), math.cos(0.4)
    inner, outer = math.sin(2 * s), math.cos(2 * s)
    first = outer * 2 * c
    second = -inner * 4 * c * c - outer * 2 * s
    third = -outer * 8 * c**3 + inner * 12 * s * c - outer * 2 * c
    assert found == pytest.approx([first, second, third], rel=1e-13)


@law
@given(programs(arrays=True, max_lines=6))
def test_create_graph_changes_no_number(program):
    first, second = ([Tensor(x) for x in program.numbers] for _ in range(2))
    np.sum(program.run(first)[-1]).backward()
    np.sum(program.run(second)[-1]).backward(create_graph=True)
    for a, b in zip(first, second, strict=True):
        assert (a.grad is None) == (b.grad is None)
        if a.grad is not None:
            assert isinstance(b.grad, Tensor)
            np.testing.assert_allclose(a.grad, b.grad.data, rtol=1e-13, atol=1e-13)


def test_mixed_second_derivative():
    x, y = Value(1.5), Value(-0.5)
    (x * x * y * y * y).backward(create_graph=True)
    of_x = x.grad
    x.zero_grad()
    y.zero_grad()
    of_x.backward()
    assert x.grad == pytest.approx(2 * (-0.5) ** 3)
    assert y.grad == pytest.approx(2 * 1.5 * 3 * 0.25)


def test_hessian_vector_product_of_arrays():
    rng = np.random.default_rng(0)
    a, v = rng.normal(size=(3, 3)), rng.normal(size=3)
    x = Tensor(rng.normal(size=3))
    (x @ a @ x).backward(create_graph=True)
    first = x.grad
    x.zero_grad()
    (first @ v).backward()
    np.testing.assert_allclose(x.grad, (a + a.T) @ v)


def test_a_constant_derivative_needs_no_gradient():
    x = Value(2.0)
    (x * 3.0).backward(create_graph=True)
    assert isinstance(x.grad, Value)
    assert not x.grad.requires_grad
    assert x.grad.data == 3.0


def test_a_seed_that_is_a_node_is_differentiated_too():
    x, u = Tensor([1.0, 2.0]), Tensor([0.5, -1.0])
    (x * x).backward(u, create_graph=True)
    pulled = x.grad
    pulled.sum().backward()
    np.testing.assert_array_equal(u.grad, [2.0, 4.0])


def test_accumulating_under_create_graph():
    x = Value(2.0)
    y = x * x
    y.backward()
    y.backward(create_graph=True)
    assert isinstance(x.grad, Value)
    assert x.grad.data == 8.0


def test_backward_inside_no_grad():
    x = Value(3.0)
    y = x * x
    with no_grad():
        y.backward()
    assert x.grad == 6.0

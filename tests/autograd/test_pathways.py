"""Tests of paths(): a gradient as the sum over all paths."""

import math
from collections import defaultdict

import numpy as np
import pytest

import autograd
from autograd import StaleGraphError, Tensor, Value, ValueArray, paths
from autograd.primitives import TABLE

relu, sigmoid, tanh = TABLE["relu"], TABLE["sigmoid"], TABLE["tanh"]


# --- against enumeration ----------------------------------------------------------------------


def random_graph(seed):
    """A root over a few variables: shared nodes, repeated operands, closed gates, zeros."""
    rng = np.random.default_rng(seed)
    nodes = [Value(float(rng.choice([-1.5, -1.0, 0.0, 0.5, 2.0])), name=f"x{i}") for i in range(3)]
    for _ in range(int(rng.integers(4, 13))):
        a, b = (nodes[int(i)] for i in rng.integers(max(0, len(nodes) - 5), len(nodes), 2))
        nodes.append(
            [
                lambda a, b: a + b,
                lambda a, b: a - b,
                lambda a, b: a * b,
                lambda a, b: a * a,
                lambda a, b: 0.5 * a + a,
                lambda a, b: relu(a),
                lambda a, b: tanh(a) * b,
                lambda a, b: np.maximum(a, b),
            ][int(rng.integers(8))](a, b)
        )
    return nodes[:3], nodes[-1]


def enumerate_paths(trace, w):
    """Every path as a tuple of (source, slot), and its product: by brute force."""
    leaving = defaultdict(list)
    for flow in trace.flows:
        leaving[flow.source].append(flow)
    found = []

    def walk(node, edges, product, length):
        if node is w:
            found.append((edges, product, length))
            return
        for flow in leaving[node]:
            longer = node.op not in ("add", "subtract")
            walk(
                flow.target,
                (*edges, (node, flow.slot)),
                product * float(flow.local),
                length + longer,
            )

    walk(trace.root, (), float(trace[trace.root].gradient), 0)
    return found


@pytest.mark.parametrize("block", range(8))
def test_equals_enumeration_on_random_graphs(block):
    compared = 0
    for seed in range(25 * block, 25 * block + 25):
        variables, root = random_graph(seed)
        trace = root.trace()
        for w in variables:
            if w not in trace:
                continue
            compared += 1
            every = enumerate_paths(trace, w)
            found = paths(trace, w, k=4)
            assert found.complete
            assert found.count == len(every)
            products = [product for _, product, _ in every]
            magnitude = math.fsum(map(abs, products))
            assert found.gradient == trace[w].gradient
            assert found.gradient == pytest.approx(math.fsum(products), abs=1e-12 * magnitude)
            assert found.magnitude == pytest.approx(magnitude, rel=1e-12)

            largest = sorted(map(abs, products), reverse=True)[:4]
            shown = [abs(path.contribution) for path in found.largest]
            assert shown == pytest.approx(largest, rel=1e-12)
            by_edges = {edges: product for edges, product, _ in every}
            keys = [tuple((f.source, f.slot) for f in path.factors) for path in found.largest]
            assert len(set(keys)) == len(keys)
            for key, path in zip(keys, found.largest, strict=True):
                assert path.contribution == pytest.approx(by_edges[key], rel=1e-12)
                steps = math.prod(f.value for f in path.factors) * path.seed
                assert path.contribution == pytest.approx(steps, rel=1e-12)
                assert path.factors == () or path.factors[-1].target is w

            if magnitude:
                assert found.cancellation == pytest.approx(abs(found.gradient) / magnitude)
                assert found.coverage == pytest.approx(sum(largest) / magnitude)
            for row in found.by_length:
                alike = [product for _, product, length in every if length == row.steps]
                assert row.count == len(alike)
                assert row.contribution == pytest.approx(math.fsum(alike), abs=1e-12 * magnitude)
                assert row.magnitude == pytest.approx(math.fsum(map(abs, alike)))
            assert sum(row.count for row in found.by_length) == found.count
    assert compared > 25


# --- worked numbers ---------------------------------------------------------------------------


def product_of(factors):
    """A chain in which each edge has the local derivative that is wanted."""
    w = h = Value(1.0, name="w")
    for factor in reversed(factors):
        h = h * factor
    return h, w


@pytest.mark.parametrize(
    ("factors", "product"),
    [((0.25, 0.15, 0.10, 0.05, 0.026), 4.875e-6), ((200, 125, 100), 2.5e6), ((0.2, 0.02), 0.004)],
)
def test_one_path_of_worked_factors(factors, product):
    loss, w = product_of(factors)
    found = paths(loss, w)
    (path,) = found.largest
    assert tuple(factor.value for factor in path.factors) == factors
    assert path.contribution == pytest.approx(product)
    assert found.gradient == pytest.approx(product)
    assert (found.count, path.share, path.weight) == (1, pytest.approx(1), pytest.approx(1))
    assert " × ".join(f"{factor:.4g}" for factor in factors) in str(found)


def test_a_weight_of_two_paths():
    x, w = Value(0.5, requires_grad=False), Value(0.8, name="w")
    hidden = sigmoid(w * x)
    first, second = sigmoid(1.5 * hidden), sigmoid(-2.0 * hidden)
    found = paths(0.7 * first + 0.3 * second, w)
    slope = hidden.data * (1 - hidden.data) * 0.5
    expected = [
        0.7 * first.data * (1 - first.data) * 1.5 * slope,
        0.3 * second.data * (1 - second.data) * -2.0 * slope,
    ]
    assert [path.contribution for path in found.largest] == pytest.approx(expected)
    assert found.gradient == pytest.approx(sum(expected))
    assert found.largest[1].share < 0
    assert found.signed_coverage == pytest.approx(1)


def test_one_closed_gate_kills_the_path():
    w = Value(-2.0, name="w")
    found = paths(relu(w * 1.0) * 1.0, w)
    (path,) = found.largest
    assert [(f.value, f.gate) for f in path.factors] == [(1, False), (0, True), (1, False)]
    assert found.count == 1
    assert found.gradient == 0.0
    assert path.bits == -math.inf
    assert math.isnan(found.cancellation)
    assert math.isnan(path.share)
    assert "gate closed" in str(found)
    assert "every path is 0" in str(found)


def test_two_slots_are_two_paths():
    x = Value(3.0, name="x")
    found = paths(x * x, x)
    assert found.count == 2
    assert [path.factors[0].slot for path in found.largest] == [0, 1]
    assert [path.contribution for path in found.largest] == [3.0, 3.0]


# --- many paths, long paths -------------------------------------------------------------------


def test_a_network_of_1024_squared_paths():
    rng = np.random.default_rng(0)
    matrices = [rng.normal(size=s) for s in [(1, 32), (32, 32), (32, 32), (32, 32), (32, 1)]]
    x = ValueArray([0.3], name="x")
    h = x
    jacobians = []
    for matrix in matrices:
        h = np.tanh(h @ ValueArray(matrix, requires_grad=False) / 4)
        jacobians.append(matrix / 4 * (1 - h.data**2))
    found = paths(np.sum(h), x, element=0)
    assert found.count == 1024**2
    assert found.gradient == pytest.approx(np.linalg.multi_dot(jacobians).item())
    sizes = np.linalg.multi_dot(list(map(np.abs, jacobians))).item()
    assert found.magnitude == pytest.approx(sizes)
    # The largest, by dynamic programming over the maximum instead of the sum.
    best = np.ones(1)
    for jacobian in jacobians:
        best = np.max(best[:, None] * np.abs(jacobian), axis=0)
    assert abs(found.largest[0].contribution) == pytest.approx(best.item())
    # However the sums of 32 terms were made, every path passes five layers alike.
    assert [row.count for row in found.by_length] == [1024**2]


def test_more_paths_than_floats_can_count():
    x = h = Value(1e-3, name="x")
    for _ in range(5000):
        h = 0.5 * h + 0.5 * h
    found = paths(h, x, k=3)
    assert found.count == 2**5000
    assert "paths" in str(found)
    assert "e+" not in str(found).splitlines()[0]
    assert "about 1.4e1505 paths" in str(found).replace("e+", "e")


def test_a_long_chain_needs_no_recursion():
    w = h = Value(0.5, name="w")
    for _ in range(100_000):
        h = -h
    h = h * 3.0
    found = paths(h, w)
    assert (found.count, found.gradient, len(found.largest[0].factors)) == (1, 3.0, 100_001)
    assert [row.steps for row in found.by_length] == [1]
    assert len(str(found)) < 5000


@pytest.mark.parametrize("depth", [1, 6, 20])
def test_share_by_length_of_a_residual_chain_is_binomial(depth):
    branch = 0.25
    w = h = Value(1.0, name="w")
    for _ in range(depth):
        h = h + branch * h
    found = paths(h, w)
    assert found.count == 2**depth
    assert [row.steps for row in found.by_length] == list(range(depth + 1))
    p = branch / (1 + branch)
    for n, row in enumerate(found.by_length):
        expected = math.comb(depth, n) * p**n * (1 - p) ** (depth - n)
        assert row.count == math.comb(depth, n)
        assert row.share == pytest.approx(expected)
        assert row.weight == pytest.approx(expected)


def test_products_that_underflow_are_still_ranked():
    w = Value(1.0, name="w")
    small, smaller = w, w
    for _ in range(40):
        small, smaller = small * 1e-10, smaller * 1e-20
    found = paths(smaller + small, w)
    assert [path.contribution for path in found.largest] == [0.0, 0.0]
    assert found.largest[0].bits == pytest.approx(-400 * math.log2(10))
    assert found.largest[1].bits == pytest.approx(-800 * math.log2(10))
    assert "out of the range of floats" in str(found)


# --- nan and infinities -----------------------------------------------------------------------


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_a_path_that_is_not_finite_comes_first_and_is_said(bad):
    w = Value(2.0, name="w")
    found = paths(1000.0 * w + w * bad + w, w, k=2)
    assert found.count == 3
    assert repr(found.largest[0].contribution) == repr(bad)
    assert found.largest[1].contribution == 1000.0
    assert repr(found.gradient) == repr(bad)
    assert math.isnan(found.cancellation)
    assert "not every path is finite" in str(found)


def test_zero_times_infinity_is_found_among_larger_paths():
    w = Value(0.0, name="w")
    root = np.sqrt(w)  # of infinite slope
    found = paths(root * 0.0 + w * 5.0, w, k=1)
    assert math.isnan(found.gradient)
    assert math.isnan(found.largest[0].contribution)
    assert found.count == 2


def test_a_closed_gate_stops_an_infinity_from_above_but_not_from_below():
    w = Value(-1.0, name="w")
    above = relu(w) * math.inf
    assert paths(above, w).largest[0].contribution == 0.0 == paths(above, w).gradient
    zero = Value(0.0)
    below = relu(np.sqrt(zero) - 1.0)
    assert math.isnan(paths(below, zero).largest[0].contribution)
    assert math.isnan(paths(below, zero).gradient)


# --- single numbers of tensors ----------------------------------------------------------------


def network(carrier, seed):
    rng = np.random.default_rng(seed)
    numbers = {
        "W": rng.normal(size=(3, 4)),
        "b": rng.normal(size=4),
        "V": rng.normal(size=(4, 4)) / 2,
        "s": rng.normal(size=()),
    }
    found = {name: carrier(data, name=name) for name, data in numbers.items()}
    h = np.tanh(rng.normal(size=(5, 3)) @ found["W"] + found["b"])
    h = h + relu(h @ found["V"]) * found["s"]
    picked = np.concatenate([h[:2], h[3:]])
    return found, np.sum(np.mean(picked * picked, axis=1))


@pytest.mark.parametrize(
    ("name", "element"), [("W", (1, -1)), ("b", 2), ("V", (0, 3)), ("s", ()), ("V", (3, 3))]
)
@pytest.mark.parametrize("seed", range(4))
def test_an_element_has_the_paths_of_its_scalar_node(name, element, seed):
    tensors, loss = network(Tensor, seed)
    values, scalar_loss = network(ValueArray, seed)
    found = paths(loss, tensors[name], k=7, element=element)
    same = paths(scalar_loss, values[name], k=7, element=element)
    assert found.count == same.count
    assert found.gradient == pytest.approx(same.gradient)
    assert found.magnitude == pytest.approx(same.magnitude)
    assert found.coverage == pytest.approx(same.coverage, nan_ok=True)
    for ours, theirs in zip(found.largest, same.largest, strict=True):
        assert abs(ours.contribution) == pytest.approx(abs(theirs.contribution))
    index = element if isinstance(element, tuple) else (element,)
    index = tuple(i % n for i, n in zip(index, tensors[name].shape, strict=True))
    assert found.element == index
    assert found.gradient == loss.trace()[tensors[name]].gradient[index]
    for path in found.largest:
        assert path.factors[-1].target_element == index
        product = math.prod(factor.value for factor in path.factors)
        assert path.contribution == pytest.approx(product)


def test_pulling_back_and_pushing_forward_find_the_same_jacobian(monkeypatch):
    tensors, loss = network(Tensor, 1)
    pushed = paths(loss, tensors["W"], k=9, element=(0, 1))
    monkeypatch.setattr("autograd.pathways.edges._has_fewer_columns", lambda *_: False)
    pulled = paths(loss, tensors["W"], k=9, element=(0, 1))
    assert pulled.count == pushed.count > 9
    for one, other in zip(pulled.largest, pushed.largest, strict=True):
        assert one.contribution == pytest.approx(other.contribution)


def test_operations_that_are_not_linear_are_followed_by_their_jacobian():
    x = Tensor([0.2, -1.0, 0.7], name="x")
    weights = np.array([1.0, -2.0, 3.0])
    found = paths(np.sum(weights * autograd_softmax(x)), x, element=1)
    p = np.exp(x.data) / np.exp(x.data).sum()
    row = p * (np.eye(3)[1] - p[1])  # ∂p/∂x[1]
    expected = sorted(weights * row, key=abs, reverse=True)
    assert [path.contribution for path in found.largest] == pytest.approx(expected)


def autograd_softmax(x):
    return np.exp(TABLE["log_softmax"](x, axis=-1))


def test_an_element_that_does_not_reach_the_loss_has_no_path():
    x = Tensor([1.0, 2.0, 3.0], name="x")
    found = paths(np.sum(x[1:] ** 2), x, element=0)
    assert (found.count, found.largest, found.by_length, found.gradient) == (0, (), (), 0.0)
    assert "0 paths" in str(found)


def test_a_value_that_enters_a_tensor():
    s = Value(2.0, name="s")
    x = np.array([1.0, -3.0])
    found = paths(np.sum(s * Tensor(x) ** 2), s)
    assert [path.contribution for path in found.largest] == [9.0, 1.0]
    assert found.gradient == 10.0


def test_too_many_numbers_are_refused_with_the_remedies():
    x = Tensor(np.ones(12_000), name="x")
    loss = np.sum(np.cumsum(np.cumsum(x)))
    with pytest.raises(ValueError, match=r"too many numbers.*to_values\(\).*leave out element="):
        paths(loss, x, element=0)
    dense = Tensor(np.ones((1100, 1)), name="x") @ Tensor(np.ones((1, 1000)))
    with pytest.raises(ValueError, match=r"1,000,000 edges"):
        paths(np.sum(dense @ np.ones((1000, 1000)) / 1e3), dense.inputs[1], element=(0, 0))


def test_complex_numbers_have_paths_of_tensors_only():
    z = Tensor([1.0 + 2.0j], name="z")
    loss = np.sum(np.abs(z * z))
    with pytest.raises(TypeError, match="leave out element="):
        paths(loss, z, element=0)
    found = paths(loss, z)
    np.testing.assert_allclose(sum(path.contribution for path in found.largest), found.gradient)


# --- from tensor to tensor --------------------------------------------------------------------


def residual(depth, seed=0):
    rng = np.random.default_rng(seed)
    w = h = Tensor(rng.normal(size=(4, 3)), name="w")
    for _ in range(depth):
        h = h + np.tanh(h @ rng.normal(size=(3, 3)))
    return np.mean(h * h), w


def test_contributions_of_tensor_paths_add_up_to_the_gradient():
    loss, w = residual(4)
    found = paths(loss, w, k=100)
    assert found.complete
    assert found.count == len(found.largest) == 2 * 2**4
    np.testing.assert_allclose(sum(p.contribution for p in found.largest), found.gradient)
    np.testing.assert_array_equal(found.gradient, loss.trace()[w].gradient)
    norms = [np.linalg.norm(p.contribution) for p in found.largest]
    assert norms == sorted(norms, reverse=True)
    assert found.magnitude == pytest.approx(sum(norms))
    assert found.cancellation == pytest.approx(np.linalg.norm(found.gradient) / sum(norms))
    assert sum(p.share for p in found.largest) == pytest.approx(1)
    for path, norm in zip(found.largest, norms, strict=True):
        assert path.seed * math.prod(f.value for f in path.factors) == pytest.approx(norm)
        assert path.bits == pytest.approx(math.log2(norm))


def test_one_block_of_tensors_by_hand():
    """loss = Σ (w + A·w) has a path for the skip and one for the branch."""
    matrix = np.array([[0.5, -1.0], [2.0, 0.25]])
    w = Tensor([1.0, 2.0], name="w")
    found = paths(np.sum(w + matrix @ w), w)
    ones = np.ones(2)
    by_length = {row.steps: row.contribution for row in found.by_length}
    np.testing.assert_allclose(by_length[0], ones)
    np.testing.assert_allclose(by_length[1], matrix.T @ ones)
    assert found.count == 2


@pytest.mark.parametrize("seed", range(5))
def test_bounds_hold_where_not_every_path_is_followed(seed, monkeypatch):
    loss, w = residual(5, seed)
    exact = paths(loss, w, k=2)
    monkeypatch.setattr("autograd.pathways.tensors.FOLLOWED", 4)
    bounded = paths(loss, w, k=2)
    assert exact.complete
    assert not bounded.complete
    assert bounded.count == exact.count
    assert bounded.magnitude <= exact.magnitude * (1 + 1e-12)
    assert bounded.cancellation >= exact.cancellation * (1 - 1e-12)
    assert bounded.coverage >= sum(
        np.linalg.norm(path.contribution) / exact.magnitude for path in bounded.largest
    ) * (1 - 1e-12)
    for one, other in zip(bounded.by_length, exact.by_length, strict=True):
        np.testing.assert_array_equal(one.contribution, other.contribution)
        assert one.magnitude <= other.magnitude * (1 + 1e-12)
        assert one.magnitude >= np.linalg.norm(one.contribution) * (1 - 1e-12)
        assert math.isnan(one.weight)
    np.testing.assert_allclose(sum(row.contribution for row in bounded.by_length), exact.gradient)
    text = str(bounded)
    assert "is a bound" in text
    assert "Σ‖paths‖ ≥" in text
    assert "is a bound" not in str(exact)


# --- where they start and end -----------------------------------------------------------------


def test_a_trace_with_a_gradient_of_its_own():
    x = Tensor([1.0, 2.0], name="x")
    y = x * x
    trace = y.trace(np.array([10.0, -100.0]))
    found = paths(trace, x, element=1)
    assert [path.contribution for path in found.largest] == [-200.0, -200.0]
    assert [path.seed for path in found.largest] == [-100.0, -100.0]
    assert found.gradient == -400.0
    np.testing.assert_array_equal(paths(trace, x).gradient, [20.0, -400.0])


def test_from_a_node_to_itself_leads_one_path_without_edges():
    for node in (Value(3.0), Tensor([3.0])):
        found = paths(node, node)
        (path,) = found.largest
        assert (found.count, path.factors) == (1, ())
        assert np.sum(path.contribution) == 1.0


def test_a_computed_node_may_be_the_end():
    x = Value(2.0)
    h = tanh(x)
    assert paths(h * h, h).gradient == 2 * h.data


def test_nothing_is_touched():
    loss, w = residual(2)
    before = w.data.copy()
    paths(loss, w)
    paths(loss, w, element=(0, 0))
    assert w.grad is None
    assert loss.grad is None
    np.testing.assert_array_equal(w.data, before)


def test_edges_for_drawing():
    x = Value(3.0, name="x")
    square, double = x * x, 2 * x
    root = square + double
    edges = paths(root, x).edges()
    assert edges == {
        (root, 0): pytest.approx(6 / 8),
        (root, 1): pytest.approx(2 / 8),
        (square, 0): pytest.approx(3 / 8),
        (square, 1): pytest.approx(3 / 8),
        (double, 1): pytest.approx(2 / 8),
    }
    dead = relu(-1.0 * x)
    assert set(paths(dead, x).edges().values()) == {1.0}


# --- what is printed --------------------------------------------------------------------------


def test_the_table():
    with autograd.scope("fc1"):
        w = Value(2.0, name="w")
        h = tanh(w)
        h.name = "h"
    found = paths(h * -3.0, w)
    slope = 1 - h.data**2
    text = str(found)
    assert repr(found) == text
    assert f"∂multiply/∂w = {-3 * slope:.4g}, the sum over 1 path\n" in text
    assert f"{-3 * slope:.4g} = (-3) × {slope:.4g}" in text
    assert "multiply" in text
    assert "\n   100 % of Σ|paths|, 100 % of the gradient\n" in text
    assert "h = tanh in fc1" in text
    assert "\x1b" not in text
    assert repr(found.largest[0]) == f"<Path {-3 * slope:.4g} = (-3) × {slope:.4g}>"
    assert "h = tanh in fc1" in repr(found.largest[0].factors[1])


def test_a_long_sum_takes_one_row():
    x = Value(1.0, name="x")
    total = x * 2.0
    for i in range(50):
        total = total + float(i)
    text = str(paths(total, x))
    assert "50 fixed factors" in text
    assert text.count("\n") < 15


def test_html_is_plain_and_safe():
    w = Value(2.0, name="<script>alert('&')</script>")
    html = paths(w * w, w)._repr_html_()
    assert "<script" not in html
    assert "&lt;script&gt;alert(&#x27;&amp;&#x27;)&lt;/script&gt;" in html
    assert html.count("<table>") == html.count("</table>") == 3
    assert html.count("<br>50 % of Σ|paths|, 50 % of the gradient</p>") == 2
    assert "style" not in html


# --- bad input --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "kind", "sentence"),
    [
        (lambda: (3.0, Value(1.0)), TypeError, "float was given; pass the loss itself"),
        (lambda: (Value(1.0), "w"), TypeError, "paths end at a Value.*str was given"),
        (lambda: (Value(1.0), Value(2.0), 0), ValueError, "at least 1, but 0"),
        (lambda: (Value(1.0), Value(2.0), 2.5), TypeError, "but 2.5 was given"),
        (lambda: (Value(1.0), Value(2.0), True), TypeError, "but True was given"),
        (lambda: (Value(1.0), Value(2.0)), KeyError, "no gradient flows"),
        (lambda: (Tensor([1.0]).sum(), Tensor([2.0])), KeyError, "no gradient flows"),
        (lambda: (Tensor([1.0, 2.0]), Tensor([2.0])), ValueError, "only a scalar has a gradient"),
        (lambda: (Value(1.0), ValueArray([2.0])), TypeError, "say which with element="),
    ],
)
def test_bad_arguments(arguments, kind, sentence):
    with pytest.raises(kind, match=sentence):
        paths(*arguments())


@pytest.mark.parametrize(
    ("element", "kind"),
    [
        ((2, 0), IndexError),
        ((0,), IndexError),
        (0, IndexError),
        ((0, 0, 0), IndexError),
        (slice(2), TypeError),
        ((0, 1.0), TypeError),
        (True, TypeError),
    ],
)
def test_bad_elements(element, kind):
    w = Tensor(np.ones((2, 2)))
    with pytest.raises(kind, match="element="):
        paths(w.sum(), w, element=element)


def test_data_changed_since_the_trace():
    w = Tensor(np.ones((2, 2)), name="w")
    x = Tensor(np.ones((2, 2)))
    trace = (x @ w).sum().trace()
    w.data = np.zeros((2, 2))
    with pytest.raises(StaleGraphError, match="run the forward pass again"):
        paths(trace, x, element=(0, 0))
    with pytest.raises(StaleGraphError, match="run the forward pass again"):
        paths(trace, x)

"""Tests of trace(): backpropagation as data, edge by edge."""

import math

import numpy as np
import pytest
from hypothesis import given, settings

from autograd import StaleGraphError, Tensor, Trace, Value, ValueArray
from autograd.trace import rms
from tests.autograd.programs import programs

law = settings(derandomize=True, deadline=None, max_examples=80)


def traced(program, carrier):
    variables = [carrier(x) for x in program.numbers]
    results = program.run(variables)
    root = results[-1] if carrier is Value else np.sum(results[-1])
    return variables, results, root


def bits(number):
    return np.asarray(number, dtype=float).tobytes()


LAWS = pytest.mark.parametrize(
    ("carrier", "source"), [(Value, programs()), (Tensor, programs(arrays=True))], ids=["V", "T"]
)


@LAWS
def test_gradients_are_those_of_backward_bit_for_bit(carrier, source):
    @law
    @given(source)
    def check(program):
        _, _, root = traced(program, carrier)
        trace = root.trace()
        root.backward()
        for step in trace:
            assert bits(step.gradient) == bits(step.node.grad)

    check()


@LAWS
def test_purity(carrier, source):
    @law
    @given(source)
    def check(program):
        variables, results, root = traced(program, carrier)
        before = [bits(r.data) for r in results]
        assert [r.grad for r in results] == [None] * len(results)
        first = root.trace()
        assert all(r.grad is None for r in results)
        for variable in variables:
            variable.grad = 7.0
        second = root.trace()
        assert all(v.grad == 7.0 for v in variables)
        assert [bits(r.data) for r in results] == before
        assert [s.node for s in first] == [s.node for s in second]
        for one, other in zip(first.flows, second.flows, strict=True):
            assert bits(one.contribution) == bits(other.contribution)

    check()


@LAWS
def test_the_structure_of_a_trace(carrier, source):
    """Topological order; a flow per slot; before + contribution = after; the sums."""

    @law
    @given(source)
    def check(program):
        _, _, root = traced(program, carrier)
        trace = root.trace()
        place = {step.node: i for i, step in enumerate(trace)}
        assert len(place) == len(trace)
        assert trace.steps[0].node is root
        last = {root: 1.0}
        sums = {}
        for step in trace:
            wanted = [
                (slot, node) for slot, node in enumerate(step.node.inputs) if node.requires_grad
            ]
            assert [(f.slot, f.target) for f in step.flows] == wanted
            for flow in step.flows:
                assert flow.source is step.node
                assert bits(flow.upstream) == bits(step.gradient)
                assert place[flow.target] > place[flow.source]
                assert np.shape(flow.contribution) == np.shape(flow.target.data)
                assert bits(flow.before) == bits(last.get(flow.target, 0.0))
                np.testing.assert_array_equal(flow.before + flow.contribution, flow.after)
                last[flow.target] = flow.after
                sums[flow.target] = sums.get(flow.target, 0.0) + flow.contribution
            assert step.node in trace
            assert trace[step.node] is step
        for step in trace.steps[1:]:
            assert bits(last[step.node]) == bits(step.gradient)
            np.testing.assert_array_equal(sums[step.node], step.gradient)

    check()


@LAWS
def test_contributions_are_upstream_times_local(carrier, source):
    @law
    @given(source)
    def check(program):
        _, _, root = traced(program, carrier)
        for flow in root.trace().flows:
            if flow.local is not None and np.shape(flow.contribution) == np.shape(flow.upstream):
                np.testing.assert_allclose(
                    flow.contribution, flow.upstream * np.asarray(flow.local, dtype=float)
                )

    check()


def test_two_slots_are_two_flows():
    x = Value(3.0, name="x")
    y = x * x
    first, second = y.trace().flows
    assert (first.slot, second.slot) == (0, 1)
    assert first.source is second.source is y
    assert first.target is second.target is x
    assert (first.local, second.local) == (3.0, 3.0)
    assert (first.before, first.after) == (0.0, 3.0)
    assert (second.before, second.after) == (3.0, 6.0)


def test_order_is_newest_first_and_variables_last():
    a, b = Value(1.0), Value(2.0)
    c = a * b
    d = c + a
    e = d * c
    assert [step.node for step in e.trace()][:3] == [e, d, c]
    assert {step.node for step in e.trace().steps[3:]} == {a, b}


def test_trace_of_a_leaf():
    x = Tensor([1.0, 2.0])
    trace = x.trace(np.array([3.0, 4.0]))
    assert isinstance(trace, Trace)
    assert len(trace) == 1
    assert trace.root is x
    assert trace.steps[0].flows == ()
    np.testing.assert_array_equal(trace[x].gradient, [3.0, 4.0])


def test_what_is_not_on_the_graph():
    x, other = Value(1.0), Value(2.0, name="w")
    trace = (x * 2.0).trace()
    assert other not in trace
    with pytest.raises(KeyError, match="'w'"):
        trace[other]


def test_constants_are_inputs_without_flows():
    x = Tensor([1.0, 2.0])
    y = (x * np.array([3.0, 4.0])).sum()
    product = y.inputs[0]
    assert [node.requires_grad for node in product.inputs] == [True, False]
    assert [flow.target for flow in y.trace().flows] == [product, x]
    v = Value(2.0) * 3.0
    assert v.inputs[1].data == 3.0
    assert v.inputs[1] is v.inputs[1]
    assert [flow.slot for flow in v.trace().flows] == [0]


def test_looking_at_the_inputs_changes_no_gradient():
    x = Value(-2.0)
    y = x**3.0 + 5.0 / x
    before = [(f.local, f.contribution) for f in y.trace().flows]
    stack = [y]
    while stack:
        stack.extend(stack.pop().inputs)
    assert [(f.local, f.contribution) for f in y.trace().flows] == before
    y.backward()
    assert x.grad == pytest.approx(3 * 4.0 - 5.0 / 4.0)


# --- gain, gates, nan ------------------------------------------------------------------------


def test_gain_of_elementwise_operations():
    x = Tensor([0.0, 0.0])
    y = x.sigmoid()
    (flow,) = y.trace(np.array([1.0, 1.0])).flows
    assert flow.gain == pytest.approx(0.25)
    assert flow.multiplicity == 1.0


@pytest.mark.parametrize("n", [1, 10, 640])
def test_a_mean_is_no_illness(n):
    x = Tensor(np.linspace(-1, 1, n))
    (flow,) = x.mean().trace().flows
    assert flow.multiplicity == pytest.approx(1 / n)
    assert flow.gain == pytest.approx(1.0)


@pytest.mark.parametrize(("axis", "size"), [(0, 4), (1, 5), (-1, 5), ((0, 1), 20), (None, 20)])
def test_a_mean_over_any_axis(axis, size):
    y = Tensor(np.ones((4, 5))).mean(axis=axis)
    (flow,) = y.trace(np.ones(y.shape)).flows
    assert flow.multiplicity == pytest.approx(1 / size)
    assert flow.gain == pytest.approx(1.0)


def test_a_sum_passes_unchanged():
    (flow,) = Tensor(np.ones(10)).sum().trace().flows
    assert (flow.gain, flow.multiplicity) == (1.0, 1.0)


def test_a_broadcast_bias_is_no_explosion():
    """Contributions of either sign add up like the steps of a random walk: √k of one."""
    b, x = Tensor(np.zeros(300)), Tensor(np.ones((50, 300)))
    upstream = np.random.default_rng(0).normal(size=(50, 300))
    of_x, of_b = (x + b).trace(upstream).flows
    assert (of_x.multiplicity, of_x.gain) == (1.0, 1.0)
    assert of_b.multiplicity == pytest.approx(math.sqrt(50))
    assert of_b.gain == pytest.approx(1.0, abs=0.1)
    np.testing.assert_array_equal(of_b.contribution, upstream.sum(axis=0))


def test_a_weight_that_serves_a_batch():
    rng = np.random.default_rng(0)
    x, w = Tensor(rng.normal(size=(200, 30))), Tensor(np.ones((30, 20)))
    of_x, of_w = (x @ w).trace(rng.normal(size=(200, 20))).flows
    assert of_x.multiplicity == 1.0
    assert of_w.multiplicity == pytest.approx(math.sqrt(200))
    assert of_w.gain == pytest.approx(1.0, abs=0.1)


def test_a_broadcast_value():
    v = Value(2.0)
    y = v * np.ones(9)
    product, lifted = y.trace(np.ones(9)).flows
    assert product.multiplicity == pytest.approx(3.0)
    assert product.gain == pytest.approx(3.0)  # all of one sign
    assert lifted.target is v
    assert lifted.gain == pytest.approx(1.0)


def test_closed_gate_and_nothing_arrived():
    x = Value(-1.0)
    y = x.relu()
    z = y * 2.0
    above, gate = z.trace().flows
    assert (above.closed, above.nothing_arrived) == (False, False)
    assert (gate.closed, gate.nothing_arrived, gate.local) == (True, False, False)
    assert gate.gain == 0.0

    w = Value(-1.0)
    chain = (w * 3.0).relu()
    _, below = chain.trace().flows
    assert (below.closed, below.nothing_arrived) == (False, True)
    assert math.isnan(below.gain)


def test_a_gate_of_an_array_is_closed_only_if_all_of_it_is():
    half = Tensor([-1.0, 1.0])
    assert not next(half.relu().trace(np.ones(2)).flows).closed
    none = Tensor([-1.0, -2.0])
    (flow,) = none.relu().trace(np.ones(2)).flows
    assert flow.closed
    assert flow.local.dtype == bool


@pytest.mark.parametrize("carrier", [Value, Tensor])
def test_a_gate_stops_infinity(carrier):
    x = carrier(-1.0)
    y = x.relu()
    y.backward(np.inf)
    assert float(x.grad) == 0.0
    (flow,) = y.trace(np.inf).flows
    assert flow.closed
    assert flow.finite


@pytest.mark.parametrize("carrier", [Value, Tensor])
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_bad_numbers_flow_on(carrier, bad):
    x, w = carrier(2.0), carrier(bad)
    y = x * w
    to_x, to_w = y.trace().flows
    assert not to_x.finite
    assert to_w.finite
    y.backward()
    np.testing.assert_array_equal(float(x.grad), bad)
    assert float(w.grad) == 2.0


def test_gains_of_extreme_numbers():
    x = Tensor([1.0, 1.0])
    for scale in (1e-300, 1e300, 5e-324):
        (flow,) = (x * 2.0).trace(np.full(2, scale)).flows
        assert flow.gain == pytest.approx(2.0)
    (flow,) = (x * 0.5).trace(np.array([np.inf, 1.0])).flows
    assert math.isnan(flow.gain)


def test_root_mean_square():
    assert rms([]) == 0.0
    assert rms(-3.0) == 3.0
    assert rms([3.0, 4.0]) == pytest.approx(math.sqrt(12.5))
    assert rms([1e300, 1e300]) == pytest.approx(1e300)
    assert math.isnan(rms([1.0, np.nan]))
    assert rms([1.0, -np.inf]) == math.inf
    assert math.isnan(rms([np.inf, np.nan]))


def test_empty_arrays_are_traced():
    x = Tensor(np.zeros((0, 3)))
    trace = (x * 2.0).sum().trace()
    assert trace[x].gradient.shape == (0, 3)
    for flow in trace.flows:
        assert flow.finite
        assert isinstance(flow.gain, float)


# --- a trace is a record -----------------------------------------------------------------------


def test_a_trace_does_not_change_with_the_parameters():
    x, w = Tensor([3.0, 4.0]), Tensor([1.0, 2.0])
    trace = (x * w).sum().trace()
    locals_before = [np.array(flow.local) for flow in trace.flows if flow.local is not None]
    w.data -= 0.5
    locals_after = [np.array(flow.local) for flow in trace.flows if flow.local is not None]
    for before, after in zip(locals_before, locals_after, strict=True):
        np.testing.assert_array_equal(before, after)


def test_backward_after_trace_and_trace_after_backward():
    x = Tensor([1.0, 2.0])
    y = (x * x).sum()
    trace = y.trace()
    y.backward()
    x.grad += 100.0
    np.testing.assert_array_equal(trace[x].gradient, [2.0, 4.0])
    np.testing.assert_array_equal(y.trace()[x].gradient, [2.0, 4.0])


def test_trace_refuses_what_backward_refuses():
    x = Tensor([1.0, 2.0])
    with pytest.raises(ValueError, match=r"\(2,\)"):
        (x * x).trace()
    with pytest.raises(ValueError, match=r"\(3,\)"):
        (x * x).trace(np.ones(3))
    y = (x * x).sum()
    x.data = [5.0, 6.0]
    with pytest.raises(StaleGraphError):
        y.trace()


def test_trace_of_an_array_of_values():
    x = ValueArray([1.0, 2.0])
    trace = np.sum(x * x).trace()
    assert [trace[v].gradient for v in x] == [2.0, 4.0]

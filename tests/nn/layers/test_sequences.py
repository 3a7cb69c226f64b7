"""Recurrent networks whose steps are one operation: the same numbers as step by step."""

import threading

import numpy as np
import pytest

import nn
from autograd import (
    Tensor,
    ValueArray,
    detect_anomaly,
    grad,
    jvp,
    no_grad,
    per_sample_grad,
    replay,
)
from nn.layers import sequences
from nn.layers.sequences import gru, lstm, rnn

RNG = np.random.default_rng(0)
STEPS, RECORDS, SIZE = 5, 3, 4


def normal(*shape):
    return RNG.normal(size=shape)


#: Operands of each operation, and its parameters.
OPERATIONS = {
    "tanh": (rnn, [normal(STEPS, RECORDS, SIZE), normal(SIZE, SIZE)], {"nonlinearity": "tanh"}),
    "relu": (rnn, [normal(STEPS, RECORDS, SIZE), normal(SIZE, SIZE)], {"nonlinearity": "relu"}),
    "gru": (
        gru,
        [normal(STEPS, RECORDS, 3 * SIZE), normal(3 * SIZE, SIZE), normal(3 * SIZE)],
        {},
    ),
    "lstm": (
        lstm,
        [
            normal(STEPS, RECORDS, 2),
            normal(4 * SIZE, 2),
            normal(4 * SIZE, SIZE),
            normal(4 * SIZE),
            normal(RECORDS, SIZE),
        ],
        {},
    ),
}
for _, operands, _ in OPERATIONS.values():
    operands.append(normal(RECORDS, SIZE))


@pytest.fixture(params=OPERATIONS)
def case(request):
    fused, operands, params = OPERATIONS[request.param]
    by_steps = fused.composite
    return (lambda *xs: fused(*xs, **params)), (lambda *xs: by_steps(*xs, **params)), operands


def loss_of(operation):
    return lambda *xs: np.sum(np.sin(operation(*xs)) ** 2)


def test_states_and_gradients_are_those_of_the_steps(case):
    fused, by_steps, operands = case
    np.testing.assert_allclose(fused(*operands), by_steps(*operands), rtol=1e-12, atol=1e-14)
    slots = range(len(operands))
    found = grad(loss_of(fused), slots)(*operands)
    expected = grad(loss_of(by_steps), slots)(*operands)
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-12)


def test_second_derivatives_are_those_of_the_steps(case):
    fused, by_steps, operands = case
    slots = range(len(operands))

    def of_gradients(operation):
        return lambda *xs: sum(np.sum(np.cos(g)) for g in grad(loss_of(operation), slots)(*xs))

    found = grad(of_gradients(fused), slots)(*operands)
    expected = grad(of_gradients(by_steps), slots)(*operands)
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-8, atol=1e-10)


def test_forward_mode_is_that_of_the_steps(case):
    fused, by_steps, operands = case
    direction = [np.cos(x) for x in operands]
    found, expected = (jvp(f, operands, direction) for f in (fused, by_steps))
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-12)


def test_some_operands_alone(case):
    """What the sweep does not ask for is not handed out to a later one."""
    fused, _, operands = case
    slots = range(len(operands))
    everything = grad(loss_of(fused), slots)(*operands)
    for slot in slots:
        alone = grad(loss_of(fused), slot)(*operands)
        np.testing.assert_array_equal(alone, everything[slot])


def test_a_rule_that_is_asked_again_reads_its_arrays_again(case):
    """Whoever runs the rules by themselves may use the same memory for other numbers."""
    fused, _, operands = case
    node = fused(*map(Tensor, operands))
    g, params = np.ones(node.shape), node.params
    first = [node._op.pull(k, g, operands, node.data, params)[1] for k in range(len(operands))]
    g *= 2
    again = [node._op.pull(k, g, operands, node.data, params)[1] for k in range(len(operands))]
    for a, b in zip(first, again, strict=True):
        np.testing.assert_allclose(2 * a, b, rtol=1e-12)


def test_nothing_that_is_given_is_written_into(case):
    fused, _, operands = case
    node = fused(*map(Tensor, operands))
    g, y = np.ones(node.shape), node.data.copy()
    before = [x.copy() for x in operands]
    for slot in range(len(operands)):
        node._op.pull(slot, g, operands, node.data, node.params)
    np.testing.assert_array_equal(g, 1)
    for a, b in zip([*operands, node.data], [*before, y], strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("double", range(4))
def test_operands_of_different_dtypes(case, double):
    fused, by_steps, operands = case
    mixed = [
        x.astype(np.float64 if slot == double else np.float32) for slot, x in enumerate(operands)
    ]
    slots = range(len(operands))
    y, expected = fused(*mixed), by_steps(*mixed)
    assert y.dtype == expected.dtype
    np.testing.assert_allclose(y, expected, rtol=1e-4, atol=1e-5)
    found, gradients = (grad(loss_of(f), slots)(*mixed) for f in (fused, by_steps))
    for a, b, x in zip(found, gradients, mixed, strict=True):
        assert a.dtype == x.dtype
        np.testing.assert_allclose(a, b, rtol=1e-3, atol=1e-4)


@pytest.fixture
def runs(monkeypatch):
    """How often a network with gates has run through a sequence."""
    counted = []
    for name in ("_run_gru", "_run_lstm"):
        run = getattr(sequences, name)
        monkeypatch.setattr(sequences, name, lambda *xs, run=run: counted.append(1) or run(*xs))
    return counted


@pytest.mark.parametrize("name", ["gru", "lstm"])
def test_the_way_back_takes_the_gates_and_finds_them_again(name, runs):
    fused, operands, _ = OPERATIONS[name]
    nodes = [Tensor(x) for x in operands]
    result = fused(*nodes)
    result.sum().backward()
    first = [x.grad.copy() for x in nodes]
    assert len(runs) == 1
    result.sum().backward()
    assert len(runs) == 2
    for x, once in zip(nodes, first, strict=True):
        np.testing.assert_array_equal(x.grad, 2 * once)


@pytest.mark.parametrize("name", ["gru", "lstm"])
def test_gates_are_kept_with_the_result_and_where_gradients_may_be_asked_for(name):
    fused, operands, _ = OPERATIONS[name]
    nodes = [Tensor(x) for x in operands]
    before = len(sequences._gates_of)
    result = fused(*nodes)
    assert len(sequences._gates_of) == before + 1
    del result
    assert len(sequences._gates_of) == before
    with no_grad():
        unrecorded = fused(*nodes)
    assert not unrecorded.requires_grad
    assert len(sequences._gates_of) == before


@pytest.mark.parametrize("name", ["GRU", "LSTM"])
def test_a_replay_takes_the_gates_too(name, runs):
    layer = getattr(nn, name)(3, 2, seed=0)
    f = replay(lambda x: layer(x)[0])
    x = normal(4, 5, 3).astype(np.float32)
    for _ in range(5):
        runs.clear()
        layer.zero_grad()
        y = f(x)
        y.backward(np.ones(y.shape))
        assert len(runs) == 1
    found = [parameter.grad for parameter in layer.parameters()]
    layer.zero_grad()
    layer(x)[0].sum().backward()
    for a, parameter in zip(found, layer.parameters(), strict=True):
        np.testing.assert_array_equal(a, parameter.grad)


def test_threads_do_not_disturb_each_other(case):
    fused, _, operands = case
    slots = range(len(operands))
    expected = grad(loss_of(fused), slots)(*operands)
    found = []

    def run():
        for _ in range(20):
            found.append(grad(loss_of(fused), slots)(*operands))

    threads = [threading.Thread(target=run) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 60
    for gradients in found:
        for a, b in zip(gradients, expected, strict=True):
            np.testing.assert_array_equal(a, b)


def test_a_closed_relu_stops_an_infinity():
    node = rnn(Tensor(np.full((2, 1, 1), -1.0)), np.ones((1, 1)), np.zeros((1, 1)),
                        nonlinearity="relu")  # fmt: skip
    net = node.inputs[0]
    node.backward(np.full((2, 1, 1), np.inf))
    np.testing.assert_array_equal(net.grad, np.zeros((2, 1, 1)))


def test_gates_that_are_shut_raise_no_warning():
    inputs = np.ones((3, 1, 1), np.float32), np.full((8, 1), -1000.0, np.float32)
    states = lstm(
        *inputs, np.zeros((8, 2), np.float32), np.zeros(8), np.ones((1, 2)), np.ones((1, 2))
    )
    np.testing.assert_array_equal(states, 0)


# --- the layers -----------------------------------------------------------------------------------

LAYERS = [
    lambda: nn.RNN(3, 2, 2, "relu", dtype=np.float64, seed=0),
    lambda: nn.RNN(3, 2, bias=False, bidirectional=True, dtype=np.float64, seed=0),
    lambda: nn.GRU(3, 2, 2, bidirectional=True, dtype=np.float64, seed=0),
    lambda: nn.GRU(3, 2, bias=False, batch_first=True, dtype=np.float64, seed=0),
    lambda: nn.LSTM(3, 2, 2, bidirectional=True, dtype=np.float64, seed=0),
    lambda: nn.LSTM(3, 2, bias=False, batch_first=True, dtype=np.float64, seed=0),
]


@pytest.mark.parametrize("layer", LAYERS)
@pytest.mark.parametrize("shape", [(4, 5, 3), (4, 3)])
def test_a_trace_shows_the_steps_and_the_same_gradients(layer, shape):
    model = layer()
    y, ends = model(normal(*shape))
    loss = sum(
        np.sum(np.sin(part)) for part in [y, *(ends if isinstance(ends, tuple) else (ends,))]
    )
    loss.backward()
    trace = loss.trace()
    steps = shape[1] if model.batch_first and len(shape) == 3 else shape[0]
    scopes = {step.node.scope for step in trace}
    assert {f"l0.t{t}" for t in range(steps)} <= scopes
    for parameter in model.parameters():
        np.testing.assert_allclose(
            trace[parameter].gradient, parameter.grad, rtol=1e-10, atol=1e-12
        )


def test_scalar_nodes_go_step_by_step():
    layer = nn.GRU(2, 1, dtype=np.float64, seed=0)
    x = normal(3, 1, 2)
    expected, _ = layer(x)
    y, _ = layer.to_values()(x)
    assert isinstance(y, ValueArray)
    np.testing.assert_allclose(y.data, expected.data, rtol=1e-12)


def test_a_projection_goes_step_by_step():
    y, _ = nn.LSTM(3, 4, proj_size=2, seed=0)(np.ones((12, 1, 3)))
    assert y.shape == (12, 1, 2)


def test_samples_have_their_own_gradients():
    layer = nn.LSTM(2, 3, batch_first=True, dtype=np.float64, seed=0)
    x = normal(3, 4, 2)

    def losses(weight, x):
        return np.sum(layer(x)[0] ** 2, axis=(1, 2))

    found = per_sample_grad(losses)(layer.weight_hh_l0, x)
    for own, sample in zip(found, x, strict=True):
        layer.zero_grad()
        losses(layer.weight_hh_l0, sample[None]).sum().backward()
        np.testing.assert_allclose(own, layer.weight_hh_l0.grad, atol=1e-12)


def test_anomalies_are_looked_for_in_it_too():
    layer = nn.RNN(2, 2, seed=0)
    with detect_anomaly():
        layer(np.ones((3, 1, 2)))[0].sum().backward()
    assert np.isfinite(layer.weight_hh_l0.grad).all()

"""Replayed functions do what the functions do."""

from __future__ import annotations

import copy
import itertools
import pickle
import threading

import numpy as np
import pytest

import nn
from autograd import ReplayError, StaleGraphError, Tensor, Value, ValueArray, no_grad, replay
from autograd.primitives import TABLE
from autograd.program import compiled, machines

RNG = np.random.default_rng


def gradients(nodes):
    return [np.array(node.grad) for node in nodes]


def steps_agree(function, variables, batches, exact=True):
    """Replayed or not, results and gradients are the same, call by call."""
    replayed = replay(function)
    for batch in batches:
        expected = function(*batch)
        for variable in variables:
            variable.zero_grad()
        expected.backward()
        want = gradients(variables)
        found = replayed(*batch)
        for variable in variables:
            variable.zero_grad()
        found.backward()
        compare = np.testing.assert_array_equal if exact else close
        compare(found.data, expected.data)
        for a, b in zip(gradients(variables), want, strict=True):
            compare(a, b)
        for variable in variables:
            variable.data -= 0.05 * variable.grad
    return replayed


def close(a, b):
    np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-12)


def draws(count, *shapes, seed=0):
    rng = RNG(seed)
    return [tuple(rng.normal(size=shape) for shape in shapes) for _ in range(count)]


FUNCTIONS = {
    "arithmetic": lambda w, x: np.sum((w * x + 2.0) ** 2 / (1.0 + x * x)),
    "broadcast": lambda w, x: np.mean(np.exp(-w) * x[:, None] + w[None, :, 0, None]),
    "product": lambda w, x: np.sum(np.tanh(x @ w) @ w.T),
    "gate": lambda w, x: np.sum(np.where(w > x, w * w, x * w)),
    "maximum": lambda w, x: np.sum(np.maximum(w, 0.0) * np.maximum(x, w)),
    "pieces": lambda w, x: np.sum(w[1:] * w[:-1]) + np.sum(np.concatenate([w, x])),
    "used twice": lambda w, x: (w * w).sum() * (w * x).mean() + (w * w).sum(),
    "axes": lambda w, x: np.sum(np.max(w * x, axis=0) - np.min(x - w, axis=1)),
    "inverse": lambda w, x: np.sum(np.linalg.inv(w @ w.T + 4 * np.eye(3)) * x),
    "constant part": lambda w, x: np.sum(w * (Tensor(x, requires_grad=False) * 2.0)),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_is_the_same_bit_for_bit_on_tensors(name):
    w = Tensor(RNG(1).normal(size=(3, 3)))
    function = FUNCTIONS[name]
    shapes = [(3,)] if name == "broadcast" else [(3, 3)]
    steps_agree(lambda x: function(w, x), [w], draws(5, *shapes))


def test_runs_the_function_only_while_it_learns():
    w, calls = Tensor([1.0, 2.0]), []

    def function(x):
        calls.append(x)
        return np.sum(w * x)

    replayed = replay(function)
    for batch in draws(6, 2):
        replayed(*batch)
    assert len(calls) == 2


def test_learns_each_shape_and_type_for_itself():
    w = Tensor([1.0, 2.0])
    replayed = replay(lambda x: np.sum(w * x))
    for rows in (3, 4, 3, 4, 3, 4):
        x = RNG(rows).normal(size=(rows, 2))
        assert replayed(x).item() == np.sum(w.data * x)
        assert replayed(x.astype(np.float32)).item() == np.sum(w.data * x.astype(np.float32))


def test_arguments_may_be_variables_and_containers():
    function = lambda parts, scale: np.sum(parts["a"] * parts["b"][0]) * scale  # noqa: E731
    replayed = replay(function)
    for seed in range(5):
        a, b = (Tensor(x) for x in draws(1, 3, 3, seed=seed)[0])
        replayed({"a": a, "b": [b]}, 2.0).backward()
        np.testing.assert_array_equal(a.grad, 2.0 * b.data)
        np.testing.assert_array_equal(b.grad, 2.0 * a.data)


def test_is_part_of_larger_graphs():
    w = Tensor([1.0, 2.0, 3.0])
    inner = replay(lambda x: np.tanh(w * x))
    for (x,) in draws(5, 3):
        w.zero_grad()
        (np.sum(inner(np.exp(x * w)) ** 2) + np.sum(w)).backward()
        found = w.grad
        w.zero_grad()
        (np.sum(np.tanh(w * np.exp(x * w)) ** 2) + np.sum(w)).backward()
        np.testing.assert_array_equal(found, w.grad)


def test_returns_containers_of_results():
    w = Tensor([1.0, 2.0])

    def function(x):
        y = w * x
        return {"loss": np.sum(y * y), "parts": (y, x)}

    replayed = replay(function)
    for (x,) in draws(5, 2):
        result = replayed(x)
        np.testing.assert_array_equal(result["parts"][0].data, w.data * x)
        assert np.shares_memory(result["parts"][1], x)
        w.zero_grad()
        result["loss"].backward()
        np.testing.assert_allclose(w.grad, 2 * w.data * x * x)


def test_two_results_add_up():
    w = Tensor([1.0, 2.0])
    replayed = replay(lambda x: (np.sum(w * x), np.sum(w * w)))
    for (x,) in draws(4, 2):
        w.zero_grad()
        a, b = replayed(x)
        (a + b).backward()
        np.testing.assert_allclose(w.grad, x + 2 * w.data)


# --- what a later run must not spoil ----------------------------------------------------------


def test_an_older_result_keeps_its_numbers_and_its_gradient():
    w = Tensor(RNG(0).normal(size=(4, 4)))
    replayed = replay(lambda x: np.sum(np.tanh(x @ w) ** 2))
    batches = draws(6, (5, 4))
    for batch in batches:
        replayed(*batch)
    first, second = replayed(*batches[0]), replayed(*batches[1])
    (first + 2 * second).backward()
    found = w.grad
    w.zero_grad()
    (replayed.function(*batches[0]) + 2 * replayed.function(*batches[1])).backward()
    np.testing.assert_allclose(found, w.grad, rtol=1e-14)


def test_results_and_gradients_are_nobody_elses_memory():
    w = Tensor(np.ones((2, 2)))
    replayed = replay(lambda x: (w + x).T)
    outs = [replayed(x).data for (x,) in draws(5, (2, 2))]
    expected = [(1.0 + x).T for (x,) in draws(5, (2, 2))]
    for out, want in zip(outs, expected, strict=True):
        np.testing.assert_array_equal(out, want)
    kept = []
    for _ in range(4):
        w.zero_grad()
        np.sum(replayed(np.ones((2, 2)))).backward()
        kept.append(w.grad)
    kept[0][:] = 7.0
    np.testing.assert_array_equal(kept[1], np.ones((2, 2)))


def test_a_stale_result_says_so():
    w = Tensor([1.0, 2.0])
    replayed = replay(lambda x: np.sum(np.exp(w) * x))
    for (x,) in draws(4, 2):
        loss = replayed(x)
    w.data = w.data * 2
    with pytest.raises(StaleGraphError, match="assigned to"):
        loss.backward()
    with pytest.raises(StaleGraphError, match="assigned to"):
        loss.trace()


# --- looking inside ---------------------------------------------------------------------------


def learned(function, batches):
    replayed = replay(function)
    for batch in batches:
        result = replayed(*batch)
    return result


def test_can_be_traced():
    w = Tensor([0.5, -0.3], name="w")
    function = lambda x: np.sum(np.tanh(w * x))  # noqa: E731
    (x,) = draws(1, 2)[0]
    want = [(f.source.op, f.target.op) for f in function(x).trace().flows]
    loss = learned(function, [(x + 1,), (x + 2,), (x,)])
    trace = loss.trace()
    assert [(f.source.op, f.target.op) for f in trace.flows] == want
    loss.backward()
    np.testing.assert_allclose(w.grad, trace[w].gradient)


def test_a_trace_shows_the_dropout_of_that_run():
    drop = nn.Dropout(0.5, seed=0)
    w = Tensor(np.ones(50))
    loss = learned(lambda x: np.sum(drop(w * x)), draws(4, 50))
    state = drop.generator.bit_generator.state
    loss.trace()
    assert drop.generator.bit_generator.state == state
    w.zero_grad()
    loss.backward()
    before = w.grad
    w.zero_grad()
    loss.trace()
    assert 0 < np.count_nonzero(before) < 50
    assert loss.item() == pytest.approx(float(np.sum(before)))


def test_can_be_differentiated_twice():
    w = Tensor([0.5, -0.3])
    loss = learned(lambda x: np.sum((w * x) ** 3), draws(4, 2))
    (x,) = draws(4, 2)[-1]
    loss.backward(create_graph=True)
    slope = w.grad
    w.zero_grad()
    np.sum(slope).backward()
    np.testing.assert_allclose(w.grad, 6 * w.data * x**3)


def test_can_be_pickled_and_copied():
    w = Tensor([0.5, -0.3])
    loss = learned(lambda x: np.sum(w * x), draws(4, 2))
    for twin in (pickle.loads(pickle.dumps(loss)), copy.deepcopy(loss)):
        assert twin.item() == loss.item()
        assert [step.node.op for step in twin.trace()] == [s.node.op for s in loss.trace()]


def test_without_gradients_it_gives_constants():
    w = Tensor([0.5, -0.3])
    replayed = replay(lambda x: np.sum(w * x))
    for (x,) in draws(4, 2):
        replayed(x)
    with no_grad():
        assert not replayed(x).requires_grad


def test_from_several_threads():
    w = Tensor(RNG(0).normal(size=(8, 8)))
    replayed = replay(lambda x: np.sum(np.tanh(x @ w), axis=1))
    batches = draws(40, (3, 8))
    found = [None] * len(batches)
    for batch in batches[:3]:
        replayed(*batch)

    def work(part):
        for i in range(part, len(batches), 4):
            found[i] = replayed(*batches[i]).data

    threads = [threading.Thread(target=work, args=(part,)) for part in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for (x,), out in zip(batches, found, strict=True):
        np.testing.assert_array_equal(out, np.sum(np.tanh(x @ w.data), axis=1))


# --- what is refused --------------------------------------------------------------------------


def refused(function, match, batches=None):
    replayed = replay(function)

    def train():
        for batch in batches or draws(6, 2):
            replayed(*batch)

    with pytest.raises(ReplayError, match=match):
        train()


def test_reading_a_number_is_refused_with_its_line():
    w = Tensor([0.5, -0.3])
    refused(lambda x: np.sum(w * float(np.sum(w * x))), r"item\(\).*test_replay.py:\d+")
    refused(lambda x: np.sum(w * w.data), r"the .data .*test_replay.py:\d+")
    refused(lambda x: np.sum(w) if np.sum(w * x) else np.sum(x * w), r"bool\(\)")
    refused(lambda x: np.sum(w * np.sum(w * x).item()), r"item\(\)")


def test_a_decision_by_the_data_is_refused():
    w = Tensor([0.5, -0.3])
    refused(
        lambda x: np.sum(w * x) if x[0] > 0 else np.sum(np.exp(w) * x),
        "did not do the same",
        [(np.array([1.0, 2.0]),), (np.array([-1.0, 2.0]),)] * 3,
    )


def test_numbers_from_outside_the_graph_are_refused():
    w, rng = Tensor([0.5, -0.3]), RNG(0)
    refused(lambda x: np.sum(w * x * rng.random(2)), "outside the graph")
    refused(lambda x: np.sum(w * x * float(rng.random())), "outside the graph")
    refused(lambda x: (np.sum(w * x), rng.random()), "what the function returns")


def test_what_is_computed_with_the_arguments_alone_is_replayed_too():
    w = Tensor([0.5, -0.3])
    steps_agree(lambda x: np.sum(w * np.sqrt(x / 255)), [w], [(x**2,) for (x,) in draws(6, 2)])


def test_a_variable_made_inside_is_refused():
    refused(lambda x: np.sum(Tensor([1.0, 2.0]) * x), "makes anew")


def test_values_and_tensors_together_are_refused():
    w, v = Tensor([0.5, -0.3]), Value(2.0)
    refused(lambda x: np.sum(w * x) * v, "Values and Tensors")


def test_too_many_kinds_of_arguments_are_refused():
    w = Tensor([0.5])
    lengths = [(np.ones(length),) for length in range(1, 70)]
    refused(lambda x: np.sum(w * x), "64 different kinds", lengths)


def test_constants_that_cannot_be_told_from_arguments_hold_for_these_arguments_alone():
    w = Tensor([0.5, -0.3])
    replayed = replay(lambda x: np.sum(w * (x / 2)))
    x = np.array([2.0, 4.0])
    for _ in range(4):
        assert replayed(x).item() == np.sum(w.data * x / 2)
    y = np.array([6.0, 4.0])
    assert replayed(y).item() == np.sum(w.data * y / 2)


# --- Values -----------------------------------------------------------------------------------

SCALAR_FUNCTIONS = {
    "sums of products": lambda a, b, c: (a * b + b * c + a) * c - (a - b) * 2 + (-c),
    "functions": lambda a, b, c: (a.exp() + (b * b + 1).log()).tanh() * c.sigmoid() + b.relu(),
    "quotients": lambda a, b, c: a / (b * b + 1) + (c * c + 1) ** -0.5 + (a * a + 1).sqrt(),
    "used twice": lambda a, b, c: (lambda d: d * d + d)(a * b) * (lambda e: e + e)(c),
    "softplus": lambda a, b, c: (a + b).softplus() * abs(c) + a.sin() * b.cos(),
    "maximum": lambda a, b, c: np.maximum(a, b) * c + np.minimum(b, c),
    "parameters": lambda a, b, c: nn.functional.leaky_relu(a, 0.2) * b + c,
}


@pytest.fixture(params=["products", "loop", "groups", "steps"])
def machine(request, monkeypatch):
    """Each of the ways in which instructions can run."""
    if request.param == "products":
        monkeypatch.setattr(machines, "_LARGE", 1)
    elif request.param != "loop":
        monkeypatch.setattr(machines, "find_spec", lambda name: None)
        monkeypatch.setattr(machines, "_WORTHWHILE", 0 if request.param == "groups" else np.inf)


@pytest.mark.parametrize("name", SCALAR_FUNCTIONS)
def test_is_the_same_on_values(name, machine):
    function = SCALAR_FUNCTIONS[name]
    w = [Value(x) for x in (0.3, -0.7, 1.1)]
    steps_agree(lambda: function(*w) + function(w[2], w[0], w[1]), w, [()] * 6, exact=False)


def test_a_network_of_values(machine):
    model = nn.MLP((3, 4, 4, 1), activation=nn.Tanh, seed=0, dtype=np.float64).to_values()
    variables = [v for p in model.parameters() for v in p.flat]
    replayed = steps_agree(
        lambda x, y: np.mean((model(x)[:, 0] - y) ** 2),
        variables,
        draws(6, (5, 3), 5),
        exact=False,
    )
    programs = [r.program for found in replayed._kinds.values() for r in found]
    assert any(program is not None for program in programs)


@pytest.mark.parametrize("neurons_first", [True, False])
@pytest.mark.parametrize("weight_first", [True, False])
def test_a_layer_of_neurons_is_a_product_of_matrices(neurons_first, weight_first, monkeypatch):
    monkeypatch.setattr(machines, "_LARGE", 1)
    rng = RNG(0)
    rows = rng.normal(size=(5, 3))
    weights = [[Value(v) for v in rng.normal(size=3)] for _ in range(4)]
    biases = [Value(v) for v in rng.normal(size=4)]

    def neuron(k, row):
        products = (w * x if weight_first else x * w for w, x in zip(weights[k], row, strict=True))
        return sum(products, biases[k]).tanh()

    def function():
        order = [(k, r) for k in range(4) for r in range(5)]
        if not neurons_first:
            order.sort(key=lambda pair: pair[1])
        hidden = {(k, r): neuron(k, rows[r].tolist()) for k, r in order}
        return sum(neuron(r % 4, [hidden[k, r] for k in range(3)]) for r in range(5))

    variables = [*biases, *(w for own in weights for w in own)]
    replayed = steps_agree(function, variables, [()] * 4, exact=False)
    ((recording,),) = replayed._kinds.values()
    first, *_ = recording.program._machines
    assert isinstance(first, machines._Product)
    assert first._shape == ((4, 5) if neurons_first else (5, 4))


def test_arguments_may_be_values(machine):
    replayed = replay(lambda a, b: a * b + a)
    for x, y in [(1.0, 2.0), (3.0, -1.0), (0.5, 4.0), (2.0, 2.0)]:
        a, b = Value(x), Value(y)
        replayed(a, b).backward()
        assert (a.grad, b.grad) == (y + 1, x)


def test_a_replayed_value_can_be_traced():
    w = Value(0.5, name="w")
    result = learned(lambda: (w * w + 3.0).tanh(), [()] * 4)
    want = (w * w + 3.0).tanh()
    assert [s.node.op for s in result.trace()] == [s.node.op for s in want.trace()]
    result.backward()
    found = w.grad
    w.zero_grad()
    want.backward()
    assert found == pytest.approx(w.grad, rel=1e-14)


@pytest.mark.parametrize("numba", [True, False])
def test_a_long_chain_of_values(numba, monkeypatch):
    if not numba:
        monkeypatch.setattr(machines, "find_spec", lambda name: None)
    x = Value(0.5)

    def function():
        y = x
        for _ in range(20_000):
            y = y * 1.0001 + 1e-6
        return y

    steps_agree(function, [x], [()] * 4, exact=False)


def test_value_arrays_come_back():
    w = ValueArray([1.0, 2.0])
    replayed = replay(lambda x: np.exp(w * x))
    for (x,) in draws(5, 2):
        out = replayed(x)
        np.testing.assert_allclose(out.data, np.exp(w.data * x), rtol=1e-14)
        w.zero_grad()
        np.sum(out).backward()
        np.testing.assert_allclose(w.grad, x * out.data, rtol=1e-13)


@pytest.mark.parametrize("name", sorted(compiled.CODES))
def test_the_compiled_loop_agrees_with_the_table(name):
    rng, entry, code = RNG(0), TABLE[name], compiled.CODES[name]
    special = [0.0, -0.0, 1.0, -1.0, 2.5, 1000.0, -1000.0, np.inf, -np.inf, np.nan]
    numbers = [*special, *rng.normal(size=20)]
    pairs = itertools.product(numbers, numbers if entry.arity == 2 else [0.0])
    for x, y in pairs:
        operands = (float(x), float(y))[: entry.arity]
        out = entry.on_floats(*operands)
        with np.errstate(all="ignore"):
            found = compiled.apply(code, float(x), float(y))
            slopes = compiled.derivatives(code, float(x), float(y), out)
            want = [entry.local_derivative(slot, operands, out, {}) for slot in range(entry.arity)]
        np.testing.assert_allclose(found, out, rtol=1e-14, err_msg=f"{name}{operands}")
        if name != "relu":  # a gate, which stands in the loop itself
            np.testing.assert_allclose(
                slopes[: entry.arity], want, rtol=1e-13, err_msg=f"derivative of {name}{operands}"
            )


def test_closed_gates_block_infinities(machine):
    x = Value(-1.0)
    replayed = replay(lambda: x.relu().sqrt() + x * 0.0)
    for _ in range(4):
        x.zero_grad()
        replayed().backward()
        assert x.grad == 0.0


# --- modules ----------------------------------------------------------------------------------


def test_the_mode_of_a_module_and_its_settings_are_noticed():
    model = nn.Sequential(nn.Linear(3, 4, seed=0), nn.Dropout(0.5, seed=0))
    x = RNG(0).normal(size=(2, 3))
    replayed = replay(lambda x: model(x).sum())
    for _ in range(3):
        replayed(x)
    model.eval()
    for _ in range(4):
        assert replayed(x).item() == model(x).sum().item()
    model[0].weight = nn.Parameter(np.ones((4, 3)))
    for _ in range(4):
        assert replayed(x).item() == model(x).sum().item()
    model.train()
    model[1].p = 0.0
    for _ in range(4):
        assert replayed(x).item() == model(x).sum().item()


def test_modes_may_alternate_from_the_first_call_on():
    model = nn.Sequential(nn.Linear(3, 4, seed=0), nn.BatchNorm1d(4))
    replayed = replay(lambda x: model(x).sum())
    for batch in draws(8, (5, 3)):
        for training in (True, False):
            model.train(training)
            expected = copy.deepcopy(model)(*batch).sum().item()
            assert replayed(*batch).item() == expected


def test_a_frozen_parameter_is_noticed():
    layer = nn.Linear(3, 1, seed=0)
    replayed = replay(lambda x: layer(x).sum())
    x = np.ones((2, 3))
    for frozen in (False, False, False, True, True, True, True):
        layer.weight.requires_grad = not frozen
        layer.zero_grad()
        replayed(x).backward()
        assert (layer.weight.grad is None) == frozen
        assert layer.bias.grad is not None


def test_a_module_that_changes_at_each_call_is_refused():
    class Counting(nn.Module):
        def __init__(self):
            self.weight = nn.Parameter(np.ones(2))
            self.calls = 1000

        def forward(self, x):
            self.calls += 1
            return self.weight * x

    model = Counting()
    refused(lambda x: model(x).sum(), "'calls' of Counting", [(np.ones(2),)] * 40)


@pytest.mark.parametrize("kind", ["RNN", "GRU", "LSTM"])
def test_fused_steps_are_seen_in_a_trace_of_a_replay(kind):
    network = getattr(nn, kind)(3, 4, seed=0, dtype=np.float64)
    last = network.weight_hh_l0
    loss = learned(lambda x: np.sum(network(x)[0] ** 2), draws(4, (12, 2, 3)))
    loss.backward()
    found = last.grad
    scopes = {step.node.scope for step in loss.trace()}
    assert {f"l0.t{t}" for t in range(12)} <= scopes
    last.zero_grad()
    loss.backward()
    np.testing.assert_allclose(last.grad, found, rtol=1e-12)


def test_an_older_result_of_a_computed_argument_ends_at_that_argument():
    w = Tensor([0.5, -0.3])
    inner = replay(lambda x: np.tanh(w * x))
    for (x,) in draws(4, 2):
        first = inner(Tensor(x))
    first = inner(w * 2.0)
    second = inner(first)  # takes the numbers of the first over
    w.zero_grad()
    np.sum(second).backward()
    found = w.grad
    w.zero_grad()
    np.sum(np.tanh(w * np.tanh(w * (w * 2.0)))).backward()
    np.testing.assert_allclose(found, w.grad, rtol=1e-14)

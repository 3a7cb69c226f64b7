"""Tests of recurrent networks: steps that can be seen, and what is computed at once."""

import numpy as np
import pytest

import nn

X = np.random.default_rng(0).normal(size=(4, 2, 3))


def nodes(output):
    """All computed nodes."""
    return [step.node for step in output.sum().trace() if step.node.op][1:]


@pytest.mark.parametrize("name", ["RNN", "GRU", "LSTM"])
def test_every_layer_and_every_time_step_has_a_scope(name):
    model = nn.Module()
    model.reader = getattr(nn, name)(3, 2, num_layers=2, bidirectional=True, seed=0)
    output, _ = model.reader(X)
    scopes = {node.scope for node in nodes(output)}
    parts = ["l0", "l0_reverse", "l1", "l1_reverse"]
    assert {f"reader.{part}.t{t}" for part in parts for t in range(4)} <= scopes
    assert scopes <= {"reader"} | {
        f"reader.{part}{step}" for part in parts for step in ("", ".t0", ".t1", ".t2", ".t3")
    }


@pytest.mark.parametrize("name", ["RNN", "GRU", "LSTM"])
def test_the_inputs_of_all_time_steps_are_multiplied_at_once(name):
    output, _ = getattr(nn, name)(3, 2, seed=0)(X)
    outside = [node.op for node in nodes(output) if node.scope == "l0"]
    assert outside.count("matmul") == 1
    inside = [node.op for node in nodes(output) if node.scope == "l0.t2"]
    assert inside.count("matmul") == 1


@pytest.mark.parametrize("name", ["RNN", "GRU", "LSTM"])
def test_a_network_is_its_cell_again_and_again(name):
    network = getattr(nn, name)(3, 2, dtype=np.float64, seed=0)
    cell = getattr(nn, f"{name}Cell")(3, 2, dtype=np.float64)
    cell.load_state_dict({key[:-3]: array for key, array in network.state_dict().items()})
    state, outputs = None, []
    for x in X:
        state = cell(x, state)
        outputs.append((state[0] if name == "LSTM" else state).data)
    np.testing.assert_allclose(network(X)[0].data, outputs, rtol=1e-13)


def test_backwards_is_forwards_on_what_is_reversed():
    network = nn.GRU(3, 2, bidirectional=True, dtype=np.float64, seed=0)
    forwards = nn.GRU(3, 2, dtype=np.float64)
    state = network.state_dict()
    forwards.load_state_dict(
        {key.removesuffix("_reverse"): state[key] for key in state if key.endswith("_reverse")}
    )
    output, last = network(X)
    again, end = forwards(X[::-1])
    np.testing.assert_allclose(output.data[..., 2:], again.data[::-1], rtol=1e-13)
    np.testing.assert_allclose(last.data[1], end.data[0], rtol=1e-13)


def test_dropout_stands_between_the_layers_in_training_only():
    one = nn.LSTM(3, 50, dropout=0.5, seed=0)
    np.testing.assert_array_equal(one(X)[0].data, one(X)[0].data)
    two = nn.LSTM(3, 50, num_layers=2, dropout=0.5, seed=0)
    assert not np.array_equal(two(X)[0].data, two(X)[0].data)
    two.eval()
    np.testing.assert_array_equal(two(X)[0].data, two(X)[0].data)


def test_its_text_shows_what_is_unusual():
    assert repr(nn.LSTM(3, 2)) == "LSTM(3, 2)"
    assert repr(nn.RNN(3, 2, 2, "relu", batch_first=True)) == (
        "RNN(3, 2, num_layers=2, nonlinearity='relu', batch_first=True)"
    )

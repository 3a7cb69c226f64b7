"""Training in replays: the same, and refused where it cannot be."""

import pickle

import numpy as np
import pytest

import nn
import viz
from autograd import ReplayError

RNG = np.random.default_rng


def records(count=48, seed=0):
    x = RNG(seed).normal(size=(count, 6)).astype(np.float32)
    return x, (x[:, 0] * x[:, 1] > 0).astype(int) + (x[:, 2] > 0.5)


def network(seed=0):
    return nn.Sequential(
        nn.Linear(6, 16, seed=seed),
        nn.BatchNorm1d(16),
        nn.ReLU(),
        nn.Dropout(0.3, seed=seed),
        nn.Linear(16, 3, seed=seed),
    )


def trained(model, loss=nn.functional.cross_entropy, **options):
    x, y = records()
    optimizer = nn.optim.Adam(model.parameters(), lr=0.01)
    options = {"epochs": 4, "batch_size": 20, "seed": 0, "progress": False} | options
    return nn.fit(model, x, y, loss=loss, optimizer=optimizer, **options)


def test_it_learns_the_same_bit_for_bit():
    replayed, plain, default = network(), network(), network()
    histories = [
        trained(replayed, replay=True, metrics=[nn.accuracy]),
        trained(plain, replay=False, metrics=[nn.accuracy]),
        trained(default, metrics=[nn.accuracy]),
    ]
    assert histories[0] == histories[1] == histories[2]
    for twin in (replayed, default):
        for key, value in plain.state_dict().items():
            np.testing.assert_array_equal(twin.state_dict()[key], value)


def test_by_default_known_layers_are_replayed_and_others_are_not():
    calls = []

    class Own(nn.Linear):
        def forward(self, input):
            calls.append(len(input))
            return super().forward(input)

    trained(nn.Sequential(Own(6, 3, seed=0)), batch_size=16)
    assert len(calls) == 4 * 3
    calls.clear()
    trained(nn.Sequential(Own(6, 3, seed=0)), batch_size=16, replay=True)
    assert len(calls) == 2


def test_what_cannot_be_replayed_is_refused_or_run_as_it_is():
    def by_the_data(output, target):
        factor = 1.0 if float(np.max(output.data)) > 0.1 else 2.0
        return nn.functional.cross_entropy(output, target) * factor

    with pytest.raises(ReplayError, match=r"test_replay\.py"):
        trained(network(), loss=by_the_data, replay=True)
    assert trained(network(), loss=by_the_data) == trained(
        network(), loss=by_the_data, replay=False
    )


def test_by_default_what_cannot_be_replayed_runs_once_a_step():
    def model():
        return nn.Sequential(
            nn.EmbeddingBag(10, 6, seed=0), nn.Dropout(0.5, seed=0), nn.Linear(6, 3, seed=0)
        )

    x, y = RNG(0).integers(0, 10, size=(48, 4)), RNG(1).integers(0, 3, size=48)
    histories = []
    for replay in (None, False):
        learner = model()
        optimizer = nn.optim.Adam(learner.parameters(), lr=0.01)
        histories.append(
            nn.fit(
                learner, x, y, loss=nn.functional.cross_entropy, optimizer=optimizer, epochs=3,
                batch_size=16, seed=0, progress=False, replay=replay,
            )
        )  # fmt: skip
    assert histories[0] == histories[1]


def test_callbacks_see_the_graph():
    histories = []
    for replay in (True, False):
        watcher = viz.GradientHistory()
        trained(network(), callbacks=[watcher], replay=replay)
        histories.append(watcher.to_dict())
    assert repr(histories[0]) == repr(histories[1])


def test_a_network_of_values_learns_in_replays():
    x = RNG(0).normal(size=(24, 2))
    y = np.sign(x[:, :1] * x[:, 1:])
    losses = []
    for replay in (True, False):
        model = nn.MLP((2, 6, 1), activation=nn.Tanh, seed=0, dtype=np.float64).to_values()
        history = nn.fit(
            model, x, y, loss=nn.functional.mse_loss, epochs=6, batch_size=24, seed=0,
            optimizer=nn.optim.SGD(model.parameters(), lr=0.1), progress=False, replay=replay,
        )  # fmt: skip
        losses.append(history["loss"])
    np.testing.assert_allclose(losses[0], losses[1], rtol=1e-12)


def test_the_error_of_a_loss_that_is_not_finite_pickles():
    model = network()
    model[4].weight.data = model[4].weight.data * np.nan
    with pytest.raises(nn.NonFiniteLossError) as caught:
        trained(model)
    twin = pickle.loads(pickle.dumps(caught.value))
    assert str(twin) == str(caught.value)
    assert twin.loss.op == caught.value.loss.op

"""Transfer learning: freeze what was learned, replace the head, then fine-tune all of it."""

import numpy as np
import pytest

import nn
from nn import models


@pytest.fixture
def pretrained():
    return models.SmallResNet(5, widths=(4, 8), seed=0)


X = np.random.default_rng(0).random((40, 1, 8, 8), dtype=np.float32)
Y = np.arange(40) % 3


def fit(model, parameters):
    return nn.fit(
        model,
        X,
        Y,
        loss=nn.functional.cross_entropy,
        optimizer=nn.optim.Adam(parameters, lr=1e-2),
        epochs=2,
        seed=0,
        progress=False,
    )


@pytest.mark.parametrize("all_parameters", [True, False])
def test_what_is_frozen_stays_and_the_new_head_learns(pretrained, all_parameters):
    """Whether or not the optimiser is given the frozen parameters too."""
    before = {name: p.data.copy() for name, p in pretrained.named_parameters()}
    pretrained.requires_grad_(False)
    pretrained.fc = nn.Linear(8, 3, seed=1)
    head = pretrained.fc.weight.data.copy()
    fit(pretrained, pretrained.parameters() if all_parameters else pretrained.fc.parameters())
    for name, p in pretrained.named_parameters():
        if not name.startswith("fc."):
            np.testing.assert_array_equal(p.data, before[name])
            assert p.grad is None
    assert np.all(pretrained.fc.weight.data != head)


def test_what_is_thawed_learns_again(pretrained):
    pretrained.requires_grad_(False)
    pretrained.fc = nn.Linear(8, 3, seed=1)
    pretrained.requires_grad_(True)
    before = pretrained.conv1.weight.data.copy()
    fit(pretrained, pretrained.parameters())
    assert np.all(pretrained.conv1.weight.data != before)


def test_a_frozen_body_records_nothing(pretrained):
    pretrained.requires_grad_(False)
    pretrained.fc = nn.Linear(8, 3, seed=1)
    trace = nn.functional.cross_entropy(pretrained(X), Y).trace()
    assert {step.node.scope.split(".")[0] for step in trace.steps if step.node.scope} == {"fc"}


def sectors(x, directions, count, turn):
    """Which sector of a plane a point in space stands over."""
    angle = np.arctan2(*(x @ directions).T) + np.pi + turn
    return (angle / (2 * np.pi) * count).astype(int) % count


def test_what_was_learned_before_replaces_records():
    """Two directions out of 30 matter; 30 records are too few to find them, but not to use them."""
    rng = np.random.default_rng(0)
    directions = np.linalg.qr(rng.normal(size=(30, 2)))[0]
    x = rng.normal(size=(3000, 30))
    before, after = sectors(x, directions, 8, 0.0), sectors(x, directions, 3, 0.3)

    def learn(model, learned, x, y, epochs):
        nn.fit(
            model,
            x,
            y,
            loss=nn.functional.cross_entropy,
            optimizer=nn.optim.Adam(learned.parameters(), lr=1e-2),
            epochs=epochs,
            seed=0,
            progress=False,
        )

    def accuracy(model):
        return nn.accuracy(nn.predict(model, x[2000:]), after[2000:])

    few = np.concatenate([np.flatnonzero(after[:2000] == label)[:10] for label in range(3)])
    fresh = nn.Sequential(nn.MLP((30, 32, 16), seed=0), nn.ReLU(), nn.Linear(16, 3, seed=0))
    learn(fresh, fresh, x[few], after[few], epochs=60)

    body = nn.MLP((30, 32, 16), seed=0)
    informed = nn.Sequential(body, nn.ReLU(), nn.Linear(16, 8, seed=0))
    learn(informed, informed, x[:2000], before[:2000], epochs=15)
    informed = nn.Sequential(body.requires_grad_(False), nn.ReLU(), nn.Linear(16, 3, seed=0))
    learn(informed, informed[2], x[few], after[few], epochs=60)

    assert accuracy(fresh) < 0.75
    assert accuracy(informed) > 0.85

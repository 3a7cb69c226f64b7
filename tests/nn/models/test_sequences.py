"""A tagger that needs both sides, and a translator that needs attention."""

import numpy as np
import pytest

import nn
from nn import models


def test_a_tagger_sees_both_sides():
    """The tag of a token says which one stands before it, and which one behind."""
    rng = np.random.default_rng(0)
    tokens = rng.integers(0, 3, (420, 6))
    before, behind = tokens[:, :-2], tokens[:, 2:]
    tags = np.full_like(tokens, -100)
    tags[:, 1:-1] = 3 * before + behind
    model = models.BiLSTMTagger(3, 9, 8, 16, seed=0)
    nn.fit(
        model,
        tokens[:320],
        tags[:320],
        loss=models.sequence_loss,
        optimizer=nn.optim.Adam(model.parameters(), lr=2e-2),
        epochs=8,
        seed=0,
        progress=False,
    )
    found = nn.predict(model, tokens[320:]).argmax(axis=-1)
    # Who reads in one direction only is right in a third of the places.
    assert np.mean(found[:, 1:-1] == tags[320:, 1:-1]) > 0.95


START = 0


@pytest.fixture(scope="module")
def reverser():
    """A translator that was trained to write a text backwards."""
    rng = np.random.default_rng(0)
    source = rng.integers(1, 6, (600, 4))
    target = np.column_stack([np.full(len(source), START), source[:, ::-1]])
    model = models.Translator(6, 6, 16, 32, seed=0)
    optimizer = nn.optim.Adam(model.parameters(), lr=1e-2)
    for _ in range(10):
        for xs, ys in nn.data.batches(source, target, 50, shuffle=True, seed=rng):
            loss = models.sequence_loss(model(xs, ys[:, :-1]), ys[:, 1:])
            optimizer.zero_grad()
            loss.backward(keep="leaves")
            optimizer.step()
    return model


def test_a_translator_writes_new_texts_backwards(reverser):
    source = np.random.default_rng(1).integers(1, 6, (100, 4))
    written = reverser.translate(source, START, 4)
    assert np.mean(np.all(written == source[:, ::-1], axis=1)) > 0.9


def test_attention_is_a_mean_over_the_source(reverser):
    source = np.random.default_rng(2).integers(1, 6, (100, 4))
    target = np.column_stack([np.full(100, START), source[:, :0:-1]])
    weights = reverser.attention(source, target)
    assert weights.shape == (100, 4, 4)
    np.testing.assert_allclose(weights.sum(axis=-1), 1, rtol=1e-5)


def test_what_is_written_later_changes_nothing_before(reverser):
    source = np.random.default_rng(3).integers(1, 6, (1, 5))
    target = np.array([[START, 1, 2, 3, 4]])
    changed = np.array([[START, 1, 2, 5, 5]])
    here, there = nn.metrics.numbers_of(reverser(source, target)), reverser(source, changed).data
    np.testing.assert_allclose(here[:, :3], there[:, :3], atol=1e-6)

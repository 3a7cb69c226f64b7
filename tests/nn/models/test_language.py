"""Language models on texts whose next token is known, so that what they cost is known too."""

import os
from pathlib import Path

import numpy as np
import pytest

import nn
from nn import models

#: Tokens 0 … 3 are what a text is about, 4 is filling.
SUBJECTS, FILLING = 4, 4


def trained(model, tokens, targets, lr, epochs):
    """The loss per epoch."""
    return nn.fit(
        model,
        tokens,
        targets,
        loss=models.sequence_loss,
        optimizer=nn.optim.Adam(model.parameters(), lr=lr),
        epochs=epochs,
        batch_size=32,
        seed=0,
        progress=False,
    )["loss"]


@pytest.mark.parametrize("kind", ["RNN", "GRU", "LSTM"])
def test_a_recurrent_network_remembers_what_a_text_began_with(kind):
    """A subject, three fillings, the subject again: without memory its cost is log 4."""
    rng = np.random.default_rng(0)
    subject = rng.integers(0, SUBJECTS, 512)
    text = np.full((512, 5), FILLING)
    text[:, 0] = text[:, 4] = subject
    targets = text[:, 1:].copy()
    targets[:, :3] = -100
    model = models.RecurrentLanguageModel(5, 8, 24, kind=kind, seed=0)
    losses = trained(model, text[:, :-1], targets, lr=1e-2, epochs=8)
    assert losses[0] > 0.5
    assert losses[-1] < 0.05
    every = np.column_stack([np.arange(SUBJECTS), np.full((SUBJECTS, 3), FILLING)])
    continued = model.generate(every, 1, temperature=0)
    np.testing.assert_array_equal(continued[:, -1], np.arange(SUBJECTS))


@pytest.fixture(scope="module")
def copier():
    """A GPT that was trained on random texts which are written twice, and its last loss."""
    rng = np.random.default_rng(0)
    half = rng.integers(0, 6, (512, 4))
    text = np.concatenate([half, half], axis=1)
    targets = text[:, 1:].copy()
    targets[:, :3] = -100  # nobody can know the first half
    model = models.GPT(6, 8, d_model=32, nhead=2, num_layers=1, seed=0)
    return model, trained(model, text[:, :-1], targets, lr=1e-2, epochs=10)[-1]


def test_gpt_learns_to_look_back(copier):
    model, loss = copier
    assert loss < 0.1  # log 6 = 1.8 without a look back
    half = np.random.default_rng(1).integers(0, 6, (50, 4))
    twice = model.generate(half, 4, temperature=0)
    assert np.mean(twice[:, 4:] == half) > 0.95


def test_gpt_does_not_see_what_comes():
    model = models.GPT(6, 8, d_model=16, nhead=2, num_layers=2, seed=0)
    rng = np.random.default_rng(0)
    one, other = rng.integers(0, 6, (2, 1, 8))
    other[:, :5] = one[:, :5]
    here, there = (nn.predict(model, tokens) for tokens in (one, other))
    np.testing.assert_allclose(here[:, :5], there[:, :5], atol=1e-6)
    assert np.abs(here[:, 5:] - there[:, 5:]).max() > 1e-3


def test_generation_is_seeded_and_leaves_the_mode_alone(copier):
    model, _ = copier
    start = np.zeros((20, 2), int)
    model.train()
    first, again, other = (model.generate(start, 10, seed=seed) for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert np.any(first != other)
    assert first.shape == (20, 12)
    assert model.training


def test_draws_follow_the_softmax():
    class Fixed(models.LanguageModel):
        def forward(self, tokens):
            return np.broadcast_to(np.log([0.1, 0.2, 0.3, 0.4]), (*tokens.shape, 4))

    def shares(**options):
        drawn = Fixed().generate(np.zeros((20_000, 1), int), 1, seed=0, **options)[:, 1]
        return np.bincount(drawn, minlength=4) / len(drawn)

    np.testing.assert_allclose(shares(), [0.1, 0.2, 0.3, 0.4], atol=0.015)
    np.testing.assert_allclose(shares(top_k=2), [0, 0, 3 / 7, 4 / 7], atol=0.015)
    np.testing.assert_allclose(shares(temperature=0.5), np.array([1, 4, 9, 16]) / 30, atol=0.015)
    np.testing.assert_array_equal(shares(temperature=0), [0, 0, 0, 1])
    np.testing.assert_array_equal(shares(top_k=1), [0, 0, 0, 1])


@pytest.mark.parametrize(
    ("tokens", "options", "message"),
    [
        (np.zeros((2, 0), int), {}, r"takes inputs of shape \(N, L\) with L > 0"),
        (np.zeros(3, int), {}, r"takes inputs of shape \(N, L\) with L > 0"),
        (np.zeros((1, 1), int), {"temperature": -1}, "temperature=-1"),
        (np.zeros((1, 1), int), {"top_k": 0}, "top_k=0"),
    ],
)
def test_what_cannot_be_continued_is_refused(tokens, options, message):
    with pytest.raises(ValueError, match=message):
        models.GPT(5, 4, 8, 2, 1, seed=0).generate(tokens, 1, **options)


def test_a_text_longer_than_the_context_is_refused():
    with pytest.raises(ValueError, match=r"with 0 < L ≤ 4, but got an array of shape \(1, 5\)"):
        models.GPT(5, 4, 8, 2, 1, seed=0)(np.zeros((1, 5), int))


def test_an_unknown_kind_of_network_is_refused():
    with pytest.raises(ValueError, match="'LSTM', 'GRU' or 'RNN', but 'TSTM' was given"):
        models.RecurrentLanguageModel(5, 4, 4, kind="TSTM")


def test_the_loss_passes_over_what_is_not_asked():
    logits = np.log([[[0.5, 0.25, 0.25], [0.1, 0.1, 0.8]], [[0.2, 0.6, 0.2], [0.3, 0.3, 0.4]]])
    loss = models.sequence_loss(logits, [[0, 2], [-100, -100]])
    assert loss == pytest.approx(-(np.log(0.5) + np.log(0.8)) / 2)


def test_the_loss_names_shapes_that_do_not_fit():
    with pytest.raises(ValueError, match=r"got \(2, 3, 4\) and \(3, 2\)"):
        models.sequence_loss(np.zeros((2, 3, 4)), np.zeros((3, 2), int))


# --- BERT -----------------------------------------------------------------------------------------

#: Letters 0 … 5, the gap and the token that stands for nothing.
GAP, PADDING = 6, 7


def test_bert_fills_gaps_from_both_sides():
    """In a text that is written twice, what is missing stands in the other half."""
    rng = np.random.default_rng(0)
    half = rng.integers(0, 6, (1000, 4))
    text = np.concatenate([half, half], axis=1)
    inputs, targets = models.mask_tokens(text[:800], GAP, 6, probability=0.25, seed=rng)
    model = models.BERT(8, 8, d_model=32, nhead=2, num_layers=1, seed=0)
    trained(model, inputs, targets, lr=1e-2, epochs=8)
    place = rng.integers(0, 8, 200)
    gaps = text[800:].copy()
    gaps[np.arange(200), place] = GAP
    found = nn.predict(model, gaps)[np.arange(200), place].argmax(axis=-1)
    assert np.mean(found == text[800:][np.arange(200), place]) > 0.9


def test_bert_does_not_see_padding():
    model = models.BERT(8, 8, d_model=16, nhead=2, num_layers=2, padding=PADDING, seed=0)
    short = np.random.default_rng(0).integers(0, 6, (3, 5))
    padded = np.pad(short, [(0, 0), (0, 3)], constant_values=PADDING)
    here, there = nn.predict(model, short), nn.predict(model, padded)[:, :5]
    np.testing.assert_allclose(here, there, atol=1e-5)


def test_gaps_are_as_many_and_of_the_kinds_that_the_paper_says():
    text = np.random.default_rng(0).integers(0, 100, (400, 100))
    text[:, 90:] = 101
    inputs, targets = models.mask_tokens(text, 100, 100, padding=101, seed=0)
    chosen = targets != -100
    assert not chosen[:, 90:].any()
    assert chosen[:, :90].mean() == pytest.approx(0.15, abs=0.005)
    np.testing.assert_array_equal(targets[chosen], text[chosen])
    np.testing.assert_array_equal(inputs[~chosen], text[~chosen])
    assert np.mean(inputs[chosen] == 100) == pytest.approx(0.8, abs=0.02)
    # A random token is by chance the right one once in a hundred.
    assert np.mean(inputs[chosen] == text[chosen]) == pytest.approx(0.101, abs=0.02)


# --- real names -----------------------------------------------------------------------------------


@pytest.mark.skipif(
    "GLASSGRAD_DATA" not in os.environ, reason="GLASSGRAD_DATA names no folder with names/ in it"
)
def test_a_short_training_on_names_beats_pairs_of_letters():
    """Counting which letter follows which costs 2.45 nats per character."""
    names = (Path(os.environ["GLASSGRAD_DATA"]) / "names" / "names.txt").read_text().split()
    order = np.random.default_rng(0).permutation(len(names))[:4000]
    length = max(map(len, names)) + 1
    tokens, targets = np.zeros((4000, length), int), np.full((4000, length), -100)
    for row, number in enumerate(order):
        letters = [ord(letter) - ord("a") + 1 for letter in names[number]]
        tokens[row, 1 : len(letters) + 1] = letters
        targets[row, : len(letters) + 1] = [*letters, 0]
    model = models.RecurrentLanguageModel(27, 16, 48, kind="GRU", seed=0)
    trained(model, tokens[:3500], targets[:3500], lr=1e-2, epochs=2)
    held_out = nn.evaluate(
        model, tokens[3500:], targets[3500:], loss=models.sequence_loss, batch_size=1000
    )
    assert held_out["loss"] < 2.4

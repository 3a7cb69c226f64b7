"""Words that keep the same company get vectors that point the same way."""

import numpy as np
import pytest

import nn
from nn import models

TOPICS, WORDS = 4, 5


def test_the_nearest_words_are_of_the_same_topic():
    rng = np.random.default_rng(0)
    # Each sentence is about one topic; words 0 … 4 are of topic 0, 5 … 9 of topic 1, and so on.
    topic = np.repeat(rng.integers(0, TOPICS, 200), 10)
    text = topic * WORDS + rng.integers(0, WORDS, topic.size)
    words, targets = models.skip_grams(text, window=3, seed=rng)
    model = models.SkipGram(TOPICS * WORDS, 8, seed=0)
    nn.fit(
        model,
        words,
        targets,
        loss=nn.BCEWithLogitsLoss(),
        optimizer=nn.optim.Adam(model.parameters(), lr=2e-2),
        epochs=3,
        batch_size=128,
        seed=0,
        progress=False,
    )
    for word in range(TOPICS * WORDS):
        nearest = [other for other, _ in model.most_similar(word, WORDS - 1)]
        assert {other // WORDS for other in nearest} == {word // WORDS}


def test_pairs_are_all_neighbours_within_the_window():
    text = np.array([3, 1, 4, 1, 5])
    words, targets = models.skip_grams(text, window=2, negatives=3, seed=0)
    expected = sorted((text[i], text[j]) for i in range(5) for j in range(5) if 0 < abs(i - j) <= 2)
    assert sorted(map(tuple, words[:, :2])) == expected
    np.testing.assert_array_equal(targets, [[1, 0, 0, 0]] * len(words))


def test_random_words_follow_the_power_of_their_number():
    text = np.repeat([0, 1], [160, 10])
    words, _ = models.skip_grams(text, window=1, negatives=50, seed=0)
    # (160/10)^¾ = 8
    assert np.mean(words[:, 2:] == 0) == pytest.approx(8 / 9, abs=0.01)


def test_a_logit_is_the_product_of_two_vectors():
    model = models.SkipGram(4, 3, seed=0)
    nn.init.normal_(model.context.weight, seed=1)
    word, context = model.embedding.weight.data, model.context.weight.data
    logits = model([[2, 0, 3]]).data
    np.testing.assert_allclose(logits, [[word[2] @ context[0], word[2] @ context[3]]], rtol=1e-6)


@pytest.mark.parametrize(
    ("text", "options", "message"),
    [
        ([7], {}, "a text of at least two words"),
        ([[1, 2]], {}, "a text of at least two words"),
        ([1, 2], {"window": 0}, "window=0"),
        ([1, 2], {"negatives": 0}, "negatives=0"),
    ],
)
def test_what_is_no_text_is_refused(text, options, message):
    with pytest.raises(ValueError, match=message):
        models.skip_grams(text, **options)

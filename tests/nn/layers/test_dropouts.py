"""Tests of dropout: what is dropped, what is scaled, and by whose numbers."""

import numpy as np
import pytest

import nn

ONES = np.ones((2000, 5))


def test_inverted_dropout_scales_what_it_keeps():
    y = nn.Dropout(0.2, seed=0)(ONES)
    assert set(np.unique(y)) == {0.0, 1.25}
    assert np.mean(y == 0) == pytest.approx(0.2, abs=0.02)
    assert nn.Dropout(0.2).eval()(ONES) is ONES


def test_the_first_form_scales_outside_training_instead():
    layer = nn.Dropout(0.2, inverted=False, seed=0)
    y = layer(ONES)
    assert set(np.unique(y)) == {0.0, 1.0}
    np.testing.assert_allclose(layer.eval()(ONES), 0.8)
    np.testing.assert_array_equal(y * 1.25, nn.Dropout(0.2, seed=0)(ONES))


def test_both_forms_train_the_same_function():
    """With W′ = (1 − p)W, and the learning rate scaled by (1 − p)² for the first form."""
    p, rng = 0.5, np.random.default_rng(0)
    x, y = rng.normal(size=(20, 4)), rng.normal(size=(20, 1))
    modern = nn.Linear(4, 1, bias=False, dtype=np.float64, seed=0)
    first = nn.Linear(4, 1, bias=False, dtype=np.float64)
    first.weight.data = modern.weight.data / (1 - p)
    drop, early = nn.Dropout(p, seed=1), nn.Dropout(p, inverted=False, seed=1)
    for _ in range(5):
        for layer, dropout, lr in ((modern, drop, 0.1), (first, early, 0.1 / (1 - p) ** 2)):
            layer.zero_grad()
            nn.functional.mse_loss(layer(dropout(x)), y).backward()
            layer.weight.data -= lr * layer.weight.grad
    np.testing.assert_allclose(modern.weight.data, (1 - p) * first.weight.data, rtol=1e-12)
    np.testing.assert_allclose(modern(drop.eval()(x)).data, first(early.eval()(x)).data)


@pytest.mark.parametrize(
    ("axes", "shape"), [(1, (5, 40, 3)), (2, (5, 40, 2, 3)), (3, (40, 2, 1, 3))]
)
def test_whole_channels_are_dropped(axes, shape):
    y = getattr(nn, f"Dropout{axes}d")(0.5, seed=0)(np.ones(shape))
    channels = y.reshape(-1, int(np.prod(shape[-axes:])))
    assert set(channels.min(axis=1)) == set(channels.max(axis=1)) == {0.0, 2.0}
    np.testing.assert_array_equal(channels.min(axis=1), channels.max(axis=1))


def test_alpha_dropout_keeps_mean_and_variance():
    x = np.random.default_rng(0).normal(size=(4000, 5))
    for layer in (nn.AlphaDropout(0.3, seed=0), nn.FeatureAlphaDropout(0.3, seed=0)):
        y = layer(x)
        assert np.mean(y) == pytest.approx(0.0, abs=0.03)
        assert np.var(y) == pytest.approx(1.0, abs=0.05)


def test_every_call_draws_anew_and_a_generator_may_be_shared():
    layer = nn.Dropout(seed=0)
    assert not np.array_equal(layer(ONES), layer(ONES))
    rng = np.random.default_rng(0)
    first, second = nn.Dropout(seed=rng), nn.Dropout(seed=rng)
    assert first.generator is second.generator is rng


def test_rrelu_draws_slopes_in_training_and_takes_their_mean_outside_it():
    layer, x = nn.RReLU(0.1, 0.3, seed=0), -np.ones(1000)
    slopes = -layer(x)
    assert 0.1 <= slopes.min() < 0.12 < 0.28 < slopes.max() <= 0.3
    np.testing.assert_allclose(layer.eval()(x), -0.2)

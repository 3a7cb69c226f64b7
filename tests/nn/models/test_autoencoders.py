"""Autoencoders against what the best description without a network would cost."""

import numpy as np
import pytest

import nn
from nn import models


def trained(model, x, loss, lr, epochs):
    """The loss per epoch."""
    return nn.fit(
        model,
        x,
        x,
        loss=loss,
        optimizer=nn.optim.Adam(model.parameters(), lr=lr),
        epochs=epochs,
        batch_size=64,
        seed=0,
        progress=False,
    )["loss"]


def test_a_linear_autoencoder_finds_the_principal_components():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(512, 6)) * [3.0, 2.0, 0.5, 0.4, 0.3, 0.2]
    x = (x - x.mean(axis=0)) @ np.linalg.qr(rng.normal(size=(6, 6)))[0]
    left_by_two = np.sum(np.linalg.svd(x, compute_uv=False)[2:] ** 2) / x.size
    model = models.Autoencoder((6, 2), nn.Identity, seed=0)
    trained(model, x, nn.MSELoss(), lr=1e-2, epochs=40)
    left = np.mean((nn.predict(model, x) - x.astype(np.float32)) ** 2)
    assert 0.999 < left / left_by_two < 1.05


def test_the_decoder_mirrors_the_encoder():
    model = models.Autoencoder((8, 5, 3), seed=0)
    shapes = [p.shape for name, p in model.named_parameters() if name.endswith("weight")]
    assert shapes == [(5, 8), (3, 5), (5, 3), (8, 5)]


@pytest.fixture(scope="module")
def drawn_digits():
    """Digits as pixels that are black or white."""
    images, _ = nn.data.load_digits()
    return (images > 0.5).astype(np.float32)


@pytest.fixture(scope="module")
def variational(drawn_digits):
    model = models.VariationalAutoencoder(64, 64, 6, seed=0)
    return model, trained(model, drawn_digits, models.negative_elbo, lr=5e-3, epochs=15)


def test_the_code_is_worth_its_price(variational, drawn_digits):
    # Without a code each pixel can only be described by how often it is white.
    p = np.clip(drawn_digits.mean(axis=0), 1e-9, 1 - 1e-9)
    without = -np.sum(p * np.log(p) + (1 - p) * np.log(1 - p))
    _, losses = variational
    assert losses[0] > without
    assert losses[-1] < without - 3


def test_samples_look_like_digits(variational, drawn_digits):
    """Few of 64 pixels differ from those of the nearest real digit."""
    model, _ = variational
    samples = model.sample(200, seed=1) > 0.5
    noise = np.random.default_rng(1).permuted(drawn_digits[:200], axis=1)

    def distance(pictures):
        differing = pictures[:, None, :] != drawn_digits[None]
        return differing.sum(axis=2).min(axis=1).mean()

    assert distance(samples) < 8 < distance(noise)


def test_reparameterised_samples_have_the_mean_and_deviation_asked_for():
    model = models.VariationalAutoencoder(4, 3, 2, seed=0)
    mean = nn.Parameter(np.full((20_000, 2), 1.5))
    log_variance = nn.Parameter(np.full((20_000, 2), 2 * np.log(0.5)))
    z = model.reparameterize(mean, log_variance)
    assert z.data.mean() == pytest.approx(1.5, abs=0.02)
    assert z.data.std() == pytest.approx(0.5, abs=0.01)
    np.sum(z).backward()
    np.testing.assert_array_equal(mean.grad, 1.0)
    # dz/d log σ² = σε/2 = (z − μ)/2
    np.testing.assert_allclose(log_variance.grad, (z.data - 1.5) / 2, rtol=1e-5, atol=1e-6)


def test_the_same_seed_gives_the_same_samples(drawn_digits):
    first, second = (models.VariationalAutoencoder(64, 8, 2, seed=3) for _ in range(2))
    for ours, theirs in zip(first(drawn_digits[:5]), second(drawn_digits[:5]), strict=True):
        np.testing.assert_array_equal(ours.data, theirs.data)


def test_in_evaluation_the_code_is_the_mean(drawn_digits):
    model = models.VariationalAutoencoder(64, 8, 2, seed=3).eval()
    logits, mean, _ = model(drawn_digits[:5])
    np.testing.assert_array_equal(logits.data, model.decoder(mean).data)


def test_the_divergence_is_the_closed_form():
    """Against the mean of log q(z)/p(z) over a fine grid."""
    mu, sigma = 0.7, 0.4
    z = np.linspace(-6, 6, 200_001)
    log_q = -0.5 * ((z - mu) / sigma) ** 2 - np.log(sigma)
    log_p = -0.5 * z**2
    q = np.exp(log_q) / np.sqrt(2 * np.pi)
    expected = np.sum(q * (log_q - log_p)) * (z[1] - z[0])
    output = np.full((1, 1), 50.0), np.full((1, 1), mu), np.full((1, 1), 2 * np.log(sigma))
    assert models.negative_elbo(output, np.ones((1, 1))) == pytest.approx(expected, abs=1e-6)

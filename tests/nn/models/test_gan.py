"""A generative adversarial network that learns where points lie."""

import numpy as np
import pytest

import nn
from nn import models


def trained(steps):
    """A generator, and the losses of the last step."""
    rng = np.random.default_rng(0)
    generator = models.Generator(2, (128,), 2, seed=rng)
    discriminator = models.Discriminator(2, (128,), seed=rng)
    optimizers = [
        nn.optim.Adam(model.parameters(), lr=4e-3, betas=(0.5, 0.9))
        for model in (generator, discriminator)
    ]
    losses = (0.0, 0.0)
    for _ in range(steps):
        real = ring(128, rng)
        losses = models.gan_step(generator, discriminator, *optimizers, real, seed=rng)
    return generator, losses


def ring(n, rng):
    """Points on a circle of radius 2 around (1, 0), a little blurred."""
    angle = 2 * np.pi * rng.random(n)
    return np.stack([1 + 2 * np.cos(angle), 2 * np.sin(angle)], axis=1) + rng.normal(0, 0.1, (n, 2))


def test_forgeries_lie_where_real_points_do():
    generator, losses = trained(steps=500)
    points = nn.predict(generator, generator.noise(2000, seed=1)) - [1, 0]
    radius = np.hypot(*points.T)
    assert np.mean(np.abs(radius - 2) < 0.5) > 0.7
    # All around, and not in one place.
    quarters = np.bincount((np.arctan2(points[:, 1], points[:, 0]) // (np.pi / 2)).astype(int) + 2)
    assert quarters.min() > 200
    # Near the point where nobody can tell them apart, log 4 and log 2.
    assert losses == pytest.approx((np.log(4), np.log(2)), abs=0.4)


def test_a_step_changes_both_networks_each_by_its_own_loss():
    generator, discriminator = (
        models.Generator(2, (4,), 3, seed=0),
        models.Discriminator(3, (4,), seed=1),
    )
    rates = nn.optim.SGD(generator.parameters(), 0.1), nn.optim.SGD(discriminator.parameters(), 0.1)
    before = generator.state_dict(), discriminator.state_dict()
    models.gan_step(generator, discriminator, *rates, np.ones((5, 3)), seed=0)
    for model, state in zip((generator, discriminator), before, strict=True):
        assert all(np.any(model.state_dict()[key] != state[key]) for key in state)


def test_the_discriminator_alone_learns_to_tell_them_apart():
    generator, discriminator = (
        models.Generator(2, (4,), 2, seed=0),
        models.Discriminator(2, (64,), seed=1),
    )
    idle = nn.optim.SGD(generator.parameters(), 1e-12)
    learning = nn.optim.Adam(discriminator.parameters(), 1e-2)
    rng = np.random.default_rng(0)
    for _ in range(150):
        loss, _ = models.gan_step(generator, discriminator, idle, learning, ring(64, rng), seed=rng)
    assert loss < 0.5

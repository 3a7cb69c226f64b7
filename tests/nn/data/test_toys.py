"""Tests of the sets in the plane."""

import numpy as np
import pytest

from nn import data

SETS = {
    "moons": (data.make_moons, 2),
    "circles": (data.make_circles, 2),
    "spirals": (data.make_spirals, 2),
    "xor": (data.make_xor, 2),
    "blobs": (data.make_blobs, 3),
}


@pytest.mark.parametrize("name", SETS)
def test_shapes_seeds_and_balance(name):
    make, classes = SETS[name]
    points, labels = make(90, seed=0)
    assert points.shape == (90, 2)
    assert points.dtype == np.float32
    assert np.bincount(labels).tolist() == [90 // classes] * classes
    np.testing.assert_array_equal(points, make(90, seed=np.random.default_rng(0))[0])
    assert not np.array_equal(points, make(90, seed=1)[0])
    assert len(make(91, seed=0)[0]) == 91


@pytest.mark.parametrize("name", SETS)
def test_noise_is_added(name):
    make, _ = SETS[name]
    still, shaken = (make(20_000, noise=noise, seed=0)[0] for noise in (0.0, 0.25))
    np.testing.assert_allclose(np.std(shaken - still, axis=0), 0.25, rtol=0.05)


def test_moons_lie_on_two_half_circles():
    points, labels = data.make_moons(100, noise=0.0, seed=0)
    upper, lower = points[labels == 0], points[labels == 1]
    np.testing.assert_allclose(np.hypot(*upper.T), 1, rtol=1e-6)
    np.testing.assert_allclose(np.hypot(*(lower - [1, 0.5]).T), 1, rtol=1e-6)
    assert upper[:, 1].min() >= 0
    assert lower[:, 1].max() <= 0.5


def test_circles():
    points, labels = data.make_circles(100, factor=0.3, noise=0.0, seed=0)
    np.testing.assert_allclose(np.hypot(*points.T), np.where(labels == 0, 1, 0.3), rtol=1e-6)


@pytest.mark.parametrize("classes", [2, 3])
def test_spirals_wind(classes):
    points, labels = data.make_spirals(300, classes=classes, turns=1.5, noise=0.0, seed=0)
    radius, angle = np.hypot(*points.T), np.arctan2(points[:, 1], points[:, 0])
    # The angle says where on its spiral a point is, and on which.
    unwound = angle / (2 * np.pi) - 1.5 * radius - labels / classes
    np.testing.assert_allclose(unwound, np.round(unwound), atol=1e-5)
    assert radius.max() <= 1


def test_xor_is_the_sign_of_the_product():
    points, labels = data.make_xor(200, seed=0)
    np.testing.assert_array_equal(labels, points.prod(axis=1) < 0)
    quarters = (points > 0) @ [1, 2]
    assert set(quarters) == {0, 1, 2, 3}


def test_blobs_lie_around_their_centres():
    points, labels = data.make_blobs(4000, classes=4, seed=0)
    centres = [points[labels == label].mean(axis=0) for label in range(4)]
    np.testing.assert_allclose(centres, [[1, 0], [0, 1], [-1, 0], [0, -1]], atol=0.05)


def test_bad_input():
    with pytest.raises(ValueError, match="n_samples=2 and 3 classes were given"):
        data.make_blobs(2)

"""Drawn shapes lie in the boxes that are said to hold them."""

import numpy as np
import pytest

from nn.data import make_shapes


def test_the_shape_fills_its_box_and_nothing_else():
    size = 48
    images, targets = make_shapes(60, size=size, noise=0, seed=0)
    assert images.shape == (60, 1, size, size)
    assert images.dtype == targets.dtype == np.float32
    for image, (_, x, y, width, height) in zip(images[:, 0], targets, strict=True):
        rows, columns = np.nonzero(image)
        for places, centre, extent in ((columns, x, width), (rows, y, height)):
            assert abs((places.min() + places.max() + 1) / 2 / size - centre) < 1 / size
            assert abs((places.max() - places.min() + 1) / size - extent) < 2.1 / size


def test_the_area_says_which_shape_it_is():
    images, targets = make_shapes(200, size=64, noise=0, seed=1)
    share = (images > 0).mean(axis=(1, 2, 3)) / (targets[:, 3] * targets[:, 4])
    expected = np.array([np.pi / 4, 1, 1 / 2])[targets[:, 0].astype(int)]
    np.testing.assert_allclose(share, expected, atol=0.08)


def test_each_class_is_drawn_and_stays_inside():
    _, targets = make_shapes(300, seed=2)
    assert np.bincount(targets[:, 0].astype(int)).min() > 70
    edges = targets[:, 1:3] - targets[:, 3:] / 2, targets[:, 1:3] + targets[:, 3:] / 2
    assert edges[0].min() >= 0
    assert edges[1].max() <= 1


def test_a_seed_gives_the_same_pictures():
    for first, second in zip(make_shapes(5, seed=3), make_shapes(5, seed=3), strict=True):
        np.testing.assert_array_equal(first, second)


@pytest.mark.parametrize("wrong", [{"n_samples": 0}, {"size": 11}])
def test_what_cannot_be_drawn_is_refused(wrong):
    with pytest.raises(ValueError, match="at least one sample and a size of at least 12"):
        make_shapes(**wrong)

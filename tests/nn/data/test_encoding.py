"""Tests of one-hot encoding and scaling."""

import numpy as np
import pytest

from nn.data import min_max_scale, one_hot


def test_one_hot_rows():
    np.testing.assert_array_equal(one_hot([0, 2, 1]), np.eye(3)[[0, 2, 1]])
    assert one_hot([0], 4).shape == (1, 4)
    assert one_hot([[0, 1], [1, 1]]).shape == (2, 2, 2)
    assert one_hot([1]).dtype == np.float32


def test_one_hot_refuses_what_is_no_class():
    with pytest.raises(TypeError, match="integer labels, but their dtype is float64"):
        one_hot([0.5])
    with pytest.raises(ValueError, match="from 0 to 2, but got 3"):
        one_hot([0, 3], 3)
    with pytest.raises(ValueError, match="but got -1"):
        one_hot([0, -1])
    with pytest.raises(ValueError, match="num_classes must be given"):
        one_hot(np.array([], dtype=int))


def test_pixels_become_0_to_1():
    pixels = np.array([[0, 51], [102, 255]], dtype=np.uint8)
    np.testing.assert_allclose(min_max_scale(pixels), [[0, 0.2], [0.4, 1]])
    np.testing.assert_allclose(min_max_scale(pixels, -1, 1), [[-1, -0.6], [-0.2, 1]])


def test_small_integers_do_not_wrap_around():
    np.testing.assert_allclose(
        min_max_scale(np.array([-128, 0, 127], dtype=np.int8)), [0, 128 / 255, 1]
    )


def test_features_one_by_one():
    np.testing.assert_allclose(
        min_max_scale([[1.0, 5.0, 3.0], [3.0, 5.0, 1.0]], axis=0), [[0, 0, 1], [1, 0, 0]]
    )


def test_float32_stays():
    assert min_max_scale(np.array([1, 2], dtype=np.float32)).dtype == np.float32

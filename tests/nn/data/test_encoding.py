"""Tests of one-hot encoding."""

import numpy as np
import pytest

from nn.data import one_hot


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

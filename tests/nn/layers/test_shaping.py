"""Tests of the layers that only move elements."""

import numpy as np
import pytest

import nn
from autograd import Tensor, ValueArray


@pytest.mark.parametrize("carrier", [np.array, Tensor, ValueArray])
def test_flatten_joins_all_axes_but_the_first(carrier):
    x = np.arange(24.0).reshape(2, 3, 4)
    flat = nn.Flatten()(carrier(x))
    np.testing.assert_array_equal(flat.data if carrier is not np.array else flat, x.reshape(2, 12))
    assert nn.Flatten(0, 1)(carrier(x)).shape == (6, 4)
    assert nn.Flatten(-2)(carrier(x)).shape == (2, 12)

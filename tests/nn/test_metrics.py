"""Tests of the metrics."""

import numpy as np
import pytest

import nn
from autograd import Tensor, ValueArray

SCORES = np.array([[1.0, 3.0], [2.0, 0.0], [0.0, 1.0], [5.0, 4.0]])


@pytest.mark.parametrize("carrier", [np.array, Tensor, ValueArray])
def test_accuracy_of_classes_and_one_hot_rows(carrier):
    assert nn.accuracy(carrier(SCORES), [1, 0, 0, 0]) == 0.75
    assert nn.accuracy(carrier(SCORES), np.eye(2)[[1, 0, 0, 0]]) == 0.75


def test_binary_accuracy_has_a_threshold():
    assert nn.binary_accuracy(np.array([0.9, 0.2, 0.6]), [1, 0, 0]) == pytest.approx(2 / 3)
    assert nn.binary_accuracy(Tensor([0.3, -0.2]), [1, 0], threshold=0.0) == 1.0


def test_shapes_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match=r"\(4, 2\) and \(3,\)"):
        nn.accuracy(SCORES, [1, 0, 0])
    with pytest.raises(ValueError, match="use binary_accuracy"):
        nn.accuracy(SCORES[:, :1].ravel(), [1, 0, 0, 1])
    with pytest.raises(ValueError, match=r"\(4, 1\) and \(4,\)"):
        nn.binary_accuracy(SCORES[:, :1], [1, 0, 0, 1])

"""Tests of the sets that come with other packages."""

import sys

import numpy as np
import pytest

import nn.data
from nn.data import load_digits


def test_digits():
    images, labels = load_digits()
    assert images.shape == (1797, 64)
    assert images.dtype == np.float32
    assert (images.min(), images.max()) == (0, 1)
    assert np.bincount(labels).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]


@pytest.mark.parametrize(
    ("name", "shape", "classes"),
    [
        ("iris", (150, 4), [50, 50, 50]),
        ("wine", (178, 13), [59, 71, 48]),
        ("breast_cancer", (569, 30), [212, 357]),
    ],
)
def test_sets_with_classes(name, shape, classes):
    features, labels = getattr(nn.data, f"load_{name}")()
    assert features.shape == shape
    assert features.dtype == np.float32
    assert np.bincount(labels).tolist() == classes


def test_diabetes():
    features, progress = nn.data.load_diabetes()
    assert features.shape == (442, 10)
    assert features.dtype == progress.dtype == np.float32
    assert (progress.min(), progress.max()) == (25, 346)


def test_without_scikit_learn_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    with pytest.raises(ImportError, match=r"pip install 'glassgrad\[data\]'"):
        load_digits()

"""Tests of the split."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nn.data import train_test_split, train_validation_test_split


@given(n=st.integers(2, 60), share=st.floats(0.1, 0.9), seed=st.integers(0, 5))
def test_every_record_is_in_one_part_with_its_target(n, share, seed):
    if not 0 < round(share * n) < n:
        return
    x, y = np.arange(n)[:, None], np.arange(n)
    x_train, x_test, y_train, y_test = train_test_split(x, y, test_size=share, seed=seed)
    assert len(y_test) == round(share * n)
    assert sorted([*y_train, *y_test]) == list(range(n))
    np.testing.assert_array_equal(x_train[:, 0], y_train)
    np.testing.assert_array_equal(x_test[:, 0], y_test)


@given(labels=st.lists(st.integers(0, 3), min_size=20, max_size=80), seed=st.integers(0, 5))
def test_a_stratified_split_keeps_the_shares(labels, seed):
    labels = np.array(labels)
    _, test = train_test_split(labels, test_size=0.3, stratify=labels, seed=seed)
    assert len(test) == round(0.3 * len(labels))
    for label in np.unique(labels):
        share = len(test) / len(labels) * np.count_nonzero(labels == label)
        assert abs(np.count_nonzero(test == label) - share) <= 1 + len(np.unique(labels)) / 2


@given(n=st.integers(20, 80), seed=st.integers(0, 5))
def test_three_parts(n, seed):
    x, y = np.arange(n)[:, None], np.arange(n)
    parts = train_validation_test_split(x, y, validation_size=0.2, test_size=5, seed=seed)
    assert [len(part) for part in parts] == [n - round(0.2 * n) - 5, round(0.2 * n), 5] * 2
    assert sorted(np.concatenate(parts[3:])) == list(range(n))
    for records, targets in zip(parts[:3], parts[3:], strict=True):
        np.testing.assert_array_equal(records[:, 0], targets)


def test_three_stratified_parts():
    labels = np.repeat([0, 1, 2], [60, 30, 10])
    parts = train_validation_test_split(labels, stratify=labels, test_size=0.2, seed=0)
    for part, size in zip(parts, (65, 15, 20), strict=True):
        assert len(part) == size
        np.testing.assert_allclose(np.bincount(part) / size, [0.6, 0.3, 0.1], atol=0.05)


def test_seeds_and_a_number_of_records():
    first, second, third = (
        train_test_split(np.arange(50), test_size=7, seed=seed)[1].tolist() for seed in (0, 0, 1)
    )
    assert first == second != third
    assert len(first) == 7


def test_bad_input():
    with pytest.raises(ValueError, match="theirs are 3, 2"):
        train_test_split([1, 2, 3], [1, 2])
    with pytest.raises(ValueError, match=r"test_size=1\.0 of 3 records makes 3"):
        train_test_split([1, 2, 3], test_size=1.0)
    with pytest.raises(ValueError, match="one label for each of 3 records"):
        train_test_split([1, 2, 3], stratify=[1, 2])
    with pytest.raises(ValueError, match=r"validation_size=5 .* makes 5 and test_size=0\.5 .* 5\."):
        train_validation_test_split(range(10), validation_size=5, test_size=0.5)
    with pytest.raises(ValueError, match=r"test_size=0\.01 of 10 records makes 0"):
        train_validation_test_split(range(10), test_size=0.01)

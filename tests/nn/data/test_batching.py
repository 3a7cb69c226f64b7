"""Tests of mini-batches."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nn.data import batches


@given(
    n=st.integers(1, 40), size=st.integers(1, 50), shuffle=st.booleans(), drop_last=st.booleans()
)
def test_every_record_comes_once_with_its_target(n, size, shuffle, drop_last):
    x, y = np.arange(n)[:, None] * 1.0, np.arange(n)
    parts = list(batches(x, y, size, shuffle=shuffle, seed=0, drop_last=drop_last))
    lengths = [len(ys) for _, ys in parts]
    assert all(length == size for length in lengths[:-1])
    assert sum(lengths) == (n - n % size if drop_last else n)
    seen = [int(label) for _, ys in parts for label in ys]
    assert len(set(seen)) == len(seen)
    assert shuffle or seen == sorted(seen)
    for xs, ys in parts:
        np.testing.assert_array_equal(xs[:, 0], ys)


def test_2000_records_at_200_make_10_iterations():
    assert len(list(batches(np.zeros(2000), np.zeros(2000), 200))) == 10


def test_seeds():
    def order(seed):
        return [ys.tolist() for _, ys in batches(range(9), range(9), 4, shuffle=True, seed=seed)]

    assert order(0) == order(0) != order(1)
    generator = np.random.default_rng(0)
    assert order(generator) != order(generator)


def test_bad_input_is_refused_before_the_first_batch():
    with pytest.raises(ValueError, match=r"shape \(3,\) and y has shape \(2,\)"):
        batches([1, 2, 3], [1, 2], 2)
    with pytest.raises(ValueError, match="there are no records"):
        batches([], [], 2)
    with pytest.raises(ValueError, match="batch_size must be at least 1, but 0"):
        batches([1], [1], 0)
    with pytest.raises(ValueError, match="every record needs one target"):
        batches(1.0, 1.0, 1)

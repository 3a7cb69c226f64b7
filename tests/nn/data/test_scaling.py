"""Tests of the scalers."""

import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from nn.data import MinMaxScaler, StandardScaler, min_max_scale

SCALERS = [StandardScaler(), MinMaxScaler(), MinMaxScaler(-2, 5)]
TABLES = hnp.arrays(
    np.float64,
    st.tuples(st.integers(1, 8), st.integers(1, 4)),
    elements=st.integers(-1000, 1000).map(lambda n: n / 8),
)


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


@pytest.mark.parametrize("scaler", SCALERS)
@given(x=TABLES)
def test_the_inverse_gives_back(scaler, x):
    np.testing.assert_allclose(
        scaler.inverse_transform(scaler.fit_transform(x)), x, rtol=1e-12, atol=1e-9
    )


@given(x=TABLES)
def test_mean_0_and_deviation_1(x):
    scaled = StandardScaler().fit_transform(x)
    np.testing.assert_allclose(scaled.mean(axis=0), 0, atol=1e-9)
    np.testing.assert_allclose(scaled.std(axis=0), np.where(np.ptp(x, axis=0) == 0, 0, 1))


@given(x=TABLES)
def test_smallest_and_largest(x):
    scaled = MinMaxScaler(-2, 5).fit_transform(x)
    np.testing.assert_allclose(scaled.min(axis=0), -2, atol=1e-12)
    np.testing.assert_allclose(scaled.max(axis=0), np.where(np.ptp(x, axis=0) == 0, -2, 5))


@pytest.mark.parametrize("scaler", SCALERS)
def test_new_records_are_scaled_by_the_old_ones(scaler):
    scaler.fit([[0.0, 10.0], [4.0, 30.0]])
    first, second = scaler.transform([[8.0, 20.0]]), scaler.transform([[8.0, 20.0], [0.0, 0.0]])
    np.testing.assert_array_equal(first[0], second[0])


def test_a_constant_column_is_no_division_by_0():
    # The standard deviation of three times 0.1 is not 0 in floating point.
    for scaler in SCALERS:
        scaled = scaler.fit_transform([[0.1, 1.0], [0.1, 2.0], [0.1, 3.0]])
        assert np.ptp(scaled[:, 0]) == 0
        np.testing.assert_allclose(scaled[:, 0], scaler.offset, atol=1e-12)
        assert abs(scaler.transform([[1.1, 2.0]])[0, 0] - scaled[0, 0]) > 0.9


def test_channels_of_images():
    images = np.random.default_rng(0).normal([[[[1.0]], [[5.0]]]], 2.0, (50, 2, 4, 4))
    scaled = StandardScaler(axis=(0, 2, 3)).fit_transform(images)
    np.testing.assert_allclose(scaled.mean(axis=(0, 2, 3)), 0, atol=1e-12)
    np.testing.assert_allclose(scaled.std(axis=(0, 2, 3)), 1)


def test_all_numbers_together():
    scaler = StandardScaler(axis=None).fit([[1.0, 2.0], [3.0, 4.0]])
    np.testing.assert_allclose(scaler.transform([2.5]), [0.0])


@pytest.mark.parametrize("scaler", SCALERS)
def test_float32_stays_and_is_measured_exactly(scaler):
    # In float32 alone the mean of so many records would be off.
    x = np.full((200_000, 1), 0.1, np.float32)
    x[0] = 0.2
    scaled = scaler.fit_transform(x)
    assert scaled.dtype == np.float32
    np.testing.assert_allclose(scaled, scaler.fit_transform(x.astype(np.float64)), rtol=1e-6)
    assert scaler.inverse_transform(scaled).dtype == np.float32


def test_a_scaler_can_be_kept():
    scaler = StandardScaler().fit([[1.0], [3.0]])
    assert pickle.loads(pickle.dumps(scaler)).transform([[5.0]]) == [[3.0]]


def test_bad_input():
    with pytest.raises(ValueError, match=r"StandardScaler has measured nothing yet; call fit\(x_"):
        StandardScaler().transform([[1.0]])
    with pytest.raises(ValueError, match=r"there are no records to measure: x has shape \(0, 3\)"):
        MinMaxScaler().fit(np.zeros((0, 3)))
    with pytest.raises(ValueError, match=r"2 of the numbers .* the first is x\[1, 0\]"):
        StandardScaler().fit([[1.0, 1.0], [np.nan, np.inf]])
    with pytest.raises(ValueError, match=r"features of shape \(1, 2\).* of shape \(1, 3\)"):
        MinMaxScaler().fit([[1.0, 2.0]]).transform([[1.0, 2.0, 3.0]])
    with pytest.raises(ValueError, match="low must be below high, but low=1 and high=1"):
        MinMaxScaler(1, 1)

"""Folding, unpooling, power pooling, and the exchange of channels and pixels."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import nn.functional as F  # noqa: N812 - the usual name
from autograd import Tensor

law = settings(derandomize=True, deadline=None, max_examples=40)
RNG = np.random.default_rng(0)
windows = st.fixed_dictionaries(
    {
        "kernel_size": st.tuples(st.integers(1, 3), st.integers(1, 3)),
        "dilation": st.integers(1, 2),
        "padding": st.tuples(st.integers(0, 2), st.integers(0, 2)),
        "stride": st.tuples(st.integers(1, 3), st.integers(1, 3)),
    }
)


@law
@given(how=windows)
def test_convolution_is_a_product_with_the_unfolded_image(how):
    x, w = RNG.normal(size=(2, 3, 6, 5)), RNG.normal(size=(4, 3, *how["kernel_size"]))
    rest = {key: value for key, value in how.items() if key != "kernel_size"}
    y = F.conv2d(x, w, **rest)
    columns = F.unfold(x, **how)
    np.testing.assert_allclose((w.reshape(4, -1) @ columns).reshape(y.shape), y, atol=1e-12)


@law
@given(how=windows)
def test_fold_is_the_transpose_of_unfold(how):
    x = RNG.normal(size=(2, 3, 6, 5))
    columns = F.unfold(x, **how)
    g = RNG.normal(size=columns.shape)
    back = F.fold(g, (6, 5), **how)
    np.testing.assert_allclose(np.sum(columns * g), np.sum(x * back), rtol=1e-10, atol=1e-10)
    node = Tensor(x)
    F.unfold(node, **how).backward(g)
    np.testing.assert_array_equal(node.grad, back)


@pytest.mark.parametrize("axes", [1, 2, 3])
def test_unpooling_puts_the_maxima_back(axes):
    pool, unpool = getattr(F, f"max_pool{axes}d"), getattr(F, f"max_unpool{axes}d")
    x = RNG.permutation(2 * 3 * 6**axes).reshape(2, 3, *(6,) * axes) + 1.0
    y, places = pool(x, 2, return_indices=True)
    back = unpool(y, places, 2)
    np.testing.assert_array_equal(pool(back, 2), y)
    np.testing.assert_array_equal(back[back > 0], x[back > 0])
    assert np.count_nonzero(back) == y.size


def test_unpooling_where_windows_share_a_maximum():
    x = np.array([[[1.0, 5.0, 2.0, 0.0]]])
    y, places = F.max_pool1d(x, 3, stride=1, return_indices=True)
    node = Tensor(y)
    back = F.max_unpool1d(node, places, 3, stride=1)
    np.testing.assert_array_equal(back.data, [[[0, 5, 0, 0]]])
    back.sum().backward()
    np.testing.assert_array_equal(node.grad, [[[0, 1]]])


def test_unpooling_to_a_size_that_the_windows_do_not_tell():
    y, places = F.max_pool1d(np.arange(5.0)[None], 2, return_indices=True)
    assert F.max_unpool1d(y, places, 2).shape == (1, 4)
    np.testing.assert_array_equal(F.max_unpool1d(y, places, 2, output_size=(5,)), [[0, 1, 0, 3, 0]])
    np.testing.assert_array_equal(
        F.max_unpool1d(y, places, 2, output_size=(1, 5)), [[0, 1, 0, 3, 0]]
    )


def test_power_pooling():
    x = np.array([[[3.0, 4.0, 0.0, 0.0]]])
    node = Tensor(x)
    y = F.lp_pool1d(node, 2.0, 2)
    np.testing.assert_allclose(y.data, [[[5.0, 0.0]]])
    y.sum().backward()
    np.testing.assert_allclose(node.grad, [[[0.6, 0.8, 0.0, 0.0]]])
    np.testing.assert_array_equal(F.lp_pool1d(-x, np.inf, 2), [[[4.0, 0.0]]])
    np.testing.assert_array_equal(F.lp_pool1d(-x, -np.inf, 2), [[[3.0, 0.0]]])


@law
@given(r=st.integers(1, 3), shape=st.tuples(*[st.integers(1, 3)] * 4))
def test_pixels_there_and_back(r, shape):
    n, c, h, w = shape
    x = RNG.normal(size=(n, c * r * r, h, w))
    shuffled = F.pixel_shuffle(x, r)
    assert shuffled.shape == (n, c, h * r, w * r)
    np.testing.assert_array_equal(F.pixel_unshuffle(shuffled, r), x)
    np.testing.assert_array_equal(shuffled[0, 0, :r, :r].ravel(), x[0, : r * r, 0, 0])


def test_channels_are_dealt_out():
    x = np.arange(6.0).reshape(1, 6, 1)
    np.testing.assert_array_equal(F.channel_shuffle(x, 2).ravel(), [0, 3, 1, 4, 2, 5])
    np.testing.assert_array_equal(F.channel_shuffle(F.channel_shuffle(x, 2), 3), x)


def test_pad_begins_with_the_last_axis():
    x = np.arange(6.0).reshape(2, 3)
    np.testing.assert_array_equal(F.pad(x, (1, -1)), [[0, 0, 1], [0, 3, 4]])
    np.testing.assert_array_equal(F.pad(x, (0, 0, 1, 0), value=9.0)[0], [9, 9, 9])
    np.testing.assert_array_equal(F.pad(x, (2, 0), mode="reflect")[0], [2, 1, 0, 1, 2])
    np.testing.assert_array_equal(F.pad(x, (1, 1), mode="circular")[0], [2, 0, 1, 2, 0])
    np.testing.assert_array_equal(F.pad(x, (1, 1), mode="replicate")[0], [0, 0, 1, 2, 2])


def test_local_response_norm_by_hand():
    x = np.array([1.0, 2.0, 3.0]).reshape(1, 3, 1)
    sums = np.array([1 + 4, 1 + 4 + 9, 4 + 9])
    np.testing.assert_allclose(
        F.local_response_norm(x, 3, alpha=3.0, beta=1.0, k=2.0).ravel(), [1, 2, 3] / (2 + sums)
    )

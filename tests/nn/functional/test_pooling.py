"""Pooling against a search of every window, and numbers at the edge."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import nn.functional as F  # noqa: N812 - the usual name
from autograd import Tensor
from autograd.rules import pooling

law = settings(derandomize=True, deadline=None, max_examples=60)
RNG = np.random.default_rng(0)


@law
@given(
    kernel=st.tuples(st.integers(1, 3), st.integers(1, 3)),
    stride=st.tuples(st.integers(1, 3), st.integers(1, 3)),
    dilation=st.integers(1, 2),
    padding=st.integers(0, 1),
    ceil_mode=st.booleans(),
    levels=st.integers(1, 9),
)
def test_max_pooling_goes_to_the_first_of_the_largest(
    kernel, stride, dilation, padding, ceil_mode, levels
):
    """Against a search of every window, among numbers many of which are equal."""
    padding = tuple(min(padding, k // 2) for k in kernel)
    x = RNG.integers(0, levels, (2, 2, 7, 6)).astype(np.float32)
    node = Tensor(x)
    y, places = F.max_pool2d(node, kernel, stride, padding, dilation, ceil_mode, True)
    g = RNG.normal(size=y.shape).astype(np.float32)
    expected = np.zeros_like(x)
    for n, c, i, j in np.ndindex(y.shape):
        rows, columns = (
            [at * s - p + d * dilation for d in range(k)]
            for at, s, p, k in zip((i, j), stride, padding, kernel, strict=True)
        )
        inside = [(r, q) for r in rows for q in columns if 0 <= r < 7 and 0 <= q < 6]
        first = max(inside, key=lambda place: x[n, c, *place])  # the first of equals
        assert y.data[n, c, i, j] == x[n, c, *first]
        assert places[n, c, i, j] == first[0] * 6 + first[1]
        expected[n, c, *first] += g[n, c, i, j]
    y.backward(g)
    np.testing.assert_allclose(node.grad, expected, atol=1e-6)


def test_max_pooling_of_what_is_not_finite():
    x = np.array([[[-np.inf, -np.inf, 1.0, np.nan, np.nan, 2.0]]])
    node = Tensor(x)
    y, places = F.max_pool1d(node, 3, padding=1, stride=2, return_indices=True)
    np.testing.assert_array_equal(y.data, [[[-np.inf, np.nan, np.nan]]])
    np.testing.assert_array_equal(places, [[[0, 3, 4]]])
    y.backward(np.ones(y.shape))
    np.testing.assert_array_equal(node.grad, [[[1, 0, 0, 1, 1, 0]]])
    np.testing.assert_array_equal(F.max_pool1d(np.array([[[3, 1, 2, 5]]]), 2), [[[3, 5]]])


@pytest.mark.parametrize("windows", [2, 4])
def test_max_pooling_of_windows_that_lie_apart(windows):
    """What is not the largest receives 0, even of an infinity; of nans, the last one counts."""
    x = np.array([[[1.0, 2.0, 3.0, 3.0, np.nan, 4.0, np.nan, np.nan]]])[..., : 2 * windows]
    node = Tensor(x)
    F.max_pool1d(node, 2).backward(np.array([[[np.inf, 7.0, 5.0, 2.0]]])[..., :windows])
    expected = [0, np.inf, 7, 0, 5, 0, 0, 2][: 2 * windows]
    np.testing.assert_array_equal(node.grad, [[expected]])


@law
@given(
    kernel=st.integers(1, 3),
    stride=st.integers(1, 3),
    padding=st.integers(0, 1),
    ceil_mode=st.booleans(),
)
def test_the_gradient_of_mean_pooling_is_its_transpose(kernel, stride, padding, ceil_mode):
    how = {"stride": stride, "padding": min(padding, kernel // 2), "ceil_mode": ceil_mode}
    x, v = Tensor(RNG.normal(size=(2, 3, 7))), RNG.normal(size=(2, 3, 7))
    y = F.avg_pool1d(x, kernel, **how)
    g = RNG.normal(size=y.shape)
    y.backward(g)
    expected = np.sum(g * F.avg_pool1d(v, kernel, **how))
    np.testing.assert_allclose(np.sum(x.grad * v), expected, rtol=1e-9, atol=1e-12)


def test_pooling_into_the_memory_of_a_replay():
    x = RNG.normal(size=(2, 3, 5))
    how = {"kernel": (3,), "stride": (2,), "padding": (1,), "dilation": (1,), "counts": (3,)}
    for pool in (pooling.max_pool, pooling.sum_pool):
        y = pool(x, **how)
        out = np.full_like(y, np.nan)
        assert pool.forward(x, **how, out=out) is out
        np.testing.assert_array_equal(out, y)

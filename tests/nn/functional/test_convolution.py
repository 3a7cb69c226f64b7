"""Convolution against its definition: all shapes, some samples at a time."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.lib.stride_tricks import sliding_window_view

import nn.functional as F  # noqa: N812 - the usual name
from autograd import Tensor, ValueArray, grad
from autograd.rules import windows

law = settings(derandomize=True, deadline=None, max_examples=60)
RNG = np.random.default_rng(0)


def correlated(x, w, stride, dilation, groups):
    """The definition: windows, and a sum over each."""
    kernel = [d * (k - 1) + 1 for d, k in zip(dilation, w.shape[2:], strict=True)]
    views = sliding_window_view(x, kernel, axis=(2, 3))
    views = views[:, :, :: stride[0], :: stride[1], :: dilation[0], :: dilation[1]]
    parts = [
        np.einsum("nchwij,ocij->nohw", v, k)
        for v, k in zip(np.split(views, groups, axis=1), np.split(w, groups), strict=True)
    ]
    return np.concatenate(parts, axis=1)


@pytest.mark.parametrize("cached", [1, 500, 2**18])
@law
@given(
    n=st.integers(1, 4),
    groups=st.integers(1, 3),
    channels=st.tuples(st.integers(1, 2), st.integers(1, 8)),
    kernel=st.tuples(st.integers(1, 3), st.integers(1, 3)),
    stride=st.sampled_from([(1, 1), (2, 1), (1, 3)]),
    dilation=st.sampled_from([(1, 1), (2, 1)]),
)
def test_convolution_and_its_derivatives(cached, n, groups, channels, kernel, stride, dilation):
    """Whatever fits the cache, and whichever way back is chosen."""
    how = {"stride": stride, "dilation": dilation, "groups": groups}
    c, o = channels
    x, w = RNG.normal(size=(n, c * groups, 7, 6)), RNG.normal(size=(o * groups, c, *kernel))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(windows, "_CACHED", cached)
        y = windows.correlate(x, w, **how)
        np.testing.assert_allclose(y, correlated(x, w, **how), rtol=1e-10, atol=1e-12)
        g = RNG.normal(size=y.shape)
        to_x, to_w = grad(lambda x, w: np.sum(g * windows.correlate(x, w, **how)), (0, 1))(x, w)
    # Both are linear, so the derivatives are the transposes.
    v, u = RNG.normal(size=x.shape), RNG.normal(size=w.shape)
    np.testing.assert_allclose(np.sum(to_x * v), np.sum(g * correlated(v, w, **how)), rtol=1e-8)
    np.testing.assert_allclose(np.sum(to_w * u), np.sum(g * correlated(x, u, **how)), rtol=1e-8)


def test_what_arrives_need_not_lie_in_one_piece():
    x, w = RNG.normal(size=(3, 2, 5, 5)), RNG.normal(size=(4, 2, 1, 1))
    how = {"stride": (1, 1), "dilation": (1, 1), "groups": 1}
    expected = windows.correlate(x, w, **how)
    turned = np.asfortranarray(x)
    np.testing.assert_allclose(windows.correlate(turned, w, **how), expected, rtol=1e-12)
    node = Tensor(x)
    windows.correlate(node, w, **how).mean().backward()
    np.testing.assert_allclose(node.grad[0, :, 0, 0], w.sum(axis=(0, 2, 3)) / expected.size)


def test_no_samples():
    x = Tensor(np.zeros((0, 2, 4, 4)))
    w = Tensor(np.ones((3, 2, 2, 2)))
    y = F.conv2d(x, w)
    assert y.shape == (0, 3, 3, 3)
    (y.sum() + F.max_pool2d(y, 2).sum() + F.avg_pool2d(y, 2).sum()).backward()
    np.testing.assert_array_equal(w.grad, np.zeros(w.shape))
    assert x.grad.shape == x.shape


def test_transposed_convolution_of_scalar_nodes_multiplies_no_border():
    y, w = ValueArray(np.ones((1, 1, 3))), ValueArray(np.ones((1, 1, 2)))
    products = [
        step for step in F.conv_transpose1d(y, w).sum().trace() if step.node.op == "multiply"
    ]
    assert len(products) == 3 * 2

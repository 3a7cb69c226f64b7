"""Convolution against its definition: all shapes, some samples at a time."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.lib.stride_tricks import sliding_window_view

import nn.functional as F  # noqa: N812 - the usual name
from autograd import Tensor, ValueArray, grad
from autograd.rules import columns, windows

law = settings(derandomize=True, deadline=None, max_examples=60)
RNG = np.random.default_rng(0)


def correlated(x, w, stride, dilation, groups, padding=(0, 0)):
    """The definition: windows, and a sum over each."""
    x = np.pad(x, [(0, 0), (0, 0), *((p, p) for p in padding)])
    kernel = [d * (k - 1) + 1 for d, k in zip(dilation, w.shape[2:], strict=True)]
    views = sliding_window_view(x, kernel, axis=(2, 3))
    views = views[:, :, :: stride[0], :: stride[1], :: dilation[0], :: dilation[1]]
    parts = [
        np.einsum("nchwij,ocij->nohw", v, k)
        for v, k in zip(np.split(views, groups, axis=1), np.split(w, groups), strict=True)
    ]
    return np.concatenate(parts, axis=1)


@pytest.mark.parametrize("cached", [1, 500, 2**18])
@pytest.mark.parametrize("small", [1, 100])
@pytest.mark.parametrize("kept", [0, 2**20])
@law
@given(
    n=st.integers(1, 4),
    groups=st.integers(1, 3),
    channels=st.tuples(st.integers(1, 2), st.integers(1, 8)),
    kernel=st.tuples(st.integers(1, 3), st.integers(1, 3)),
    stride=st.sampled_from([(1, 1), (2, 1), (1, 3)]),
    dilation=st.sampled_from([(1, 1), (2, 1)]),
    padding=st.sampled_from([(0, 0), (1, 0), (2, 3)]),
)
def test_convolution_and_its_derivatives(
    kept, small, cached, n, groups, channels, kernel, stride, dilation, padding
):
    """Whatever fits the cache, whichever images are merged, and whichever way back is chosen."""
    how = {"stride": stride, "dilation": dilation, "groups": groups, "padding": padding}
    c, o = channels
    x, w = RNG.normal(size=(n, c * groups, 7, 6)), RNG.normal(size=(o * groups, c, *kernel))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(columns, "_CACHED", cached)
        patch.setattr(columns, "_LEAST", min(cached, 256))
        patch.setattr(columns, "_SMALL", small)
        patch.setattr(columns, "_KEPT", kept)
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


def test_memory_that_is_used_again_changes_no_result():
    """Neither what an earlier convolution left there, nor what a replay gives for the output."""
    how = {"stride": (1, 1), "dilation": (1, 1), "groups": 1, "padding": (1, 1)}
    cases = [
        (RNG.normal(size=(n, 2, size, size)).astype(dtype), RNG.normal(size=(3, 2, 3, 3)))
        for n, size, dtype in [(9, 12, float), (2, 4, "f4"), (7, 4, float), (3, 12, "f4")]
    ]
    first = [windows.correlate(x, w, **how) for x, w in cases]
    for (x, w), y in zip(cases[::-1], first[::-1], strict=True):
        np.testing.assert_allclose(y, correlated(x, w, **how), rtol=1e-5, atol=1e-5)
        out = np.full_like(y, np.nan)
        assert windows.correlate.forward(x, w, **how, out=out) is out
        np.testing.assert_array_equal(out, y)


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

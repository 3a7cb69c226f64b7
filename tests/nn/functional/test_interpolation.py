"""Other sizes, and reading at any points."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import nn.functional as F  # noqa: N812 - the usual name
from autograd import Tensor

MODES = {"nearest": 2, "nearest-exact": 2, "linear": 1, "bilinear": 2, "bicubic": 2,
         "trilinear": 3, "area": 2}  # fmt: skip
LINES = ("linear", "bilinear", "bicubic", "trilinear")
law = settings(derandomize=True, deadline=None, max_examples=30)
RNG = np.random.default_rng(0)


@pytest.mark.parametrize("mode", MODES)
def test_the_same_size_is_the_same_image(mode):
    x = RNG.normal(size=(1, 2, 3, 4, 5)[: MODES[mode] + 2])
    np.testing.assert_allclose(F.interpolate(x, x.shape[2:], mode=mode), x, atol=1e-15)
    np.testing.assert_allclose(F.interpolate(x, scale_factor=1.0, mode=mode), x, atol=1e-15)


@pytest.mark.parametrize("mode", MODES)
@law
@given(size=st.integers(1, 9), n=st.integers(1, 6))
def test_a_constant_stays_one(mode, size, n):
    x = np.full((1, 1, *(n,) * MODES[mode]), 2.5)
    np.testing.assert_allclose(F.interpolate(x, size, mode=mode), 2.5, rtol=1e-14)


@pytest.mark.parametrize("mode", ["bilinear", "bicubic"])
@law
@given(size=st.integers(1, 9), n=st.integers(1, 9), corners=st.booleans())
def test_antialiased_weights_add_up_to_1(mode, size, n, corners):
    x = np.full((1, 1, n, n), 2.5)
    y = F.interpolate(x, size, mode=mode, align_corners=corners, antialias=True)
    np.testing.assert_allclose(y, 2.5, rtol=1e-14)


def test_a_line_stays_a_line_with_aligned_corners():
    x = np.linspace(0, 1, 4).reshape(1, 1, 4)
    y = F.interpolate(x, 10, mode="linear", align_corners=True)
    np.testing.assert_allclose(y[0, 0], np.linspace(0, 1, 10), atol=1e-15)


def test_worked_numbers():
    x = np.array([[[1.0, 2.0]]])
    np.testing.assert_array_equal(F.interpolate(x, 4), [[[1, 1, 2, 2]]])
    np.testing.assert_array_equal(F.interpolate(x, 4, mode="linear"), [[[1, 1.25, 1.75, 2]]])
    np.testing.assert_array_equal(F.interpolate(x, 1, mode="area"), [[[1.5]]])
    np.testing.assert_array_equal(F.upsample(x, scale_factor=1.5), [[[1, 1, 2]]])


def test_each_pixel_of_an_enlarged_image_hands_its_gradient_back():
    x = Tensor(np.zeros((1, 1, 2, 2)))
    F.interpolate(x, scale_factor=(2, 3)).sum().backward()
    np.testing.assert_array_equal(x.grad, np.full((1, 1, 2, 2), 6.0))


@pytest.mark.parametrize("align_corners", [False, True])
def test_the_identity_map_reads_the_image_itself(align_corners):
    x = RNG.normal(size=(2, 3, 4, 5))
    theta = np.tile([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]], (2, 1, 1))
    grid = F.affine_grid(theta, x.shape, align_corners)
    for mode in ("bilinear", "nearest", "bicubic"):
        y = F.grid_sample(x, grid, mode, align_corners=align_corners)
        np.testing.assert_allclose(y, x, atol=1e-14)


def test_sampling_is_interpolation_along_a_line():
    x = RNG.normal(size=(1, 1, 1, 6))
    points = np.linspace(-1, 1, 11)
    grid = np.stack([points, np.zeros(11)], axis=-1)[None, None]
    y = F.grid_sample(x, grid, align_corners=True)
    np.testing.assert_allclose(
        y.ravel(), np.interp(points, np.linspace(-1, 1, 6), x.ravel()), atol=1e-14
    )


def test_beyond_the_border():
    x = np.array([1.0, 2.0, 4.0]).reshape(1, 1, 1, 3)
    far = np.array([[[[5 / 3, 0.0], [np.inf, 0.0], [np.nan, 0.0]]]])  # one pixel further, …
    np.testing.assert_array_equal(F.grid_sample(x, far).ravel(), [0, 0, 0])
    y = F.grid_sample(x, far[:, :, :2], padding_mode="border")
    np.testing.assert_array_equal(y.ravel(), [4, 4])
    np.testing.assert_allclose(
        F.grid_sample(x, far[:, :, :1], padding_mode="reflection").ravel(), [3.0]
    )

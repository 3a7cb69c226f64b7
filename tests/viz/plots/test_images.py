"""Tests of the plots of filters and feature maps."""

from __future__ import annotations

import numpy as np
import pytest

import nn
import viz
from autograd import Tensor
from viz.plots.images import _in_rows

RNG = np.random.default_rng(0)


def images(figure):
    return [axes.images[0] for axes in figure.axes if axes.images]


def arrays(figure):
    return [np.asarray(image.get_array()) for image in images(figure)]


class TestFilters:
    def test_one_channel(self):
        weights = RNG.normal(size=(7, 1, 3, 3))
        figure = viz.plot_filters(weights)
        np.testing.assert_array_equal(arrays(figure), weights[:, 0])
        assert figure.get_suptitle() == "7 filters of 1 channel"

    def test_channels_stand_in_rows(self):
        weights = RNG.normal(size=(4, 2, 5, 2))
        figure = viz.plot_filters(nn.Parameter(weights, dtype=np.float64))
        np.testing.assert_array_equal(
            np.reshape(arrays(figure), (2, 4, 5, 2)), weights.swapaxes(0, 1)
        )
        titles = [axes.get_title() for axes in figure.axes if axes.images]
        assert titles[:5] == ["0 : 0", "1 : 0", "2 : 0", "3 : 0", "0 : 1"]

    def test_three_channels_are_colours(self):
        weights = RNG.normal(size=(5, 3, 4, 6))
        weights[2, 1] = 0.0
        weights[0, 0, 0, 0] = -4.0
        figure = viz.plot_filters(weights)
        drawn = np.array(arrays(figure))
        assert drawn.shape == (5, 4, 6, 3)
        np.testing.assert_allclose(drawn * 8 - 4, np.moveaxis(weights, 1, -1), atol=1e-12)
        assert np.all(drawn[2, :, :, 1] == 0.5)
        said = " ".join(figure.get_suptitle().split())
        assert said == "5 filters of 3 channels as red, green and blue from −4 to 4"

    @pytest.mark.parametrize("count", range(1, 65))
    def test_no_filter_is_left_alone(self, count):
        rows = _in_rows(np.zeros((count, 3, 3)))
        assert [label for row in rows for label, _ in row] == [str(i) for i in range(count)]
        assert {len(row) for row in rows[:-1]} <= {len(rows[0])}
        assert len(rows) <= len(rows[0])
        assert len(rows) == 1 or len(rows[-1]) > len(rows[0]) / 2

    @pytest.mark.parametrize("shape", [(1, 3, 3, 3), (2, 2, 3, 3), (3, 3, 1, 9), (70, 3, 11, 11)])
    def test_the_title_is_above_the_images_and_within_the_figure(self, shape):
        figure = viz.plot_filters(RNG.normal(size=shape))
        figure.draw_without_rendering()
        title = figure._suptitle.get_window_extent()
        assert title.x0 >= 0
        assert title.x1 <= figure.bbox.width
        labels = [axes.title.get_window_extent() for axes in figure.axes if axes.images]
        assert all(label.y1 <= title.y0 for label in labels)

    def test_a_layer_and_one_dimension(self):
        class Convolution(nn.Module):
            def __init__(self) -> None:
                self.weight = nn.Parameter(RNG.normal(size=(2, 2, 7)))

        layer = Convolution()
        drawn = np.reshape(arrays(viz.plot_filters(layer)), (2, 2, 7))
        np.testing.assert_array_equal(drawn, layer.weight.data.swapaxes(0, 1))

    def test_zero_is_in_the_middle_of_one_scale(self):
        weights = np.zeros((2, 1, 2, 2))
        weights[0, 0, 0, 0], weights[1, 0, 0, 0] = 0.5, -3.0
        assert {image.get_clim() for image in images(viz.plot_filters(weights))} == {(-3.0, 3.0)}

    def test_of_too_many_the_first_are_drawn(self):
        many = viz.plot_filters(RNG.normal(size=(100, 1, 2, 2)))
        assert len(images(many)) == 64
        assert many.get_suptitle() == "100 filters of 1 channel, 64 of 100 images drawn"
        deep = viz.plot_filters(RNG.normal(size=(20, 10, 2, 2)))
        assert len(images(deep)) == 16 * 8
        assert deep.get_suptitle().endswith("128 of 200 images drawn")

    def test_nan_and_zeros(self):
        weights = np.zeros((1, 1, 2, 2))
        weights[0, 0, 0, 0] = np.nan
        viz.plot_filters(weights)

    @pytest.mark.parametrize("shape", [(3, 3), (0, 1, 3, 3), (2, 2, 3, 3, 3)])
    def test_other_shapes_are_refused(self, shape):
        with pytest.raises(ValueError, match=r"the filters of a convolution have shape"):
            viz.plot_filters(np.zeros(shape))


class TestFeatureMaps:
    def test_a_record_of_a_batch(self):
        maps = RNG.normal(size=(2, 5, 4, 6))
        figure = viz.plot_feature_maps(Tensor(maps), record=1)
        np.testing.assert_array_equal(arrays(figure), maps[1])
        assert figure.get_suptitle() == "5 feature maps of 4 × 6"
        low, high = images(figure)[0].get_clim()
        assert low == -high == -np.abs(maps[1]).max()

    def test_behind_a_relu_the_scale_starts_at_zero(self):
        maps = np.maximum(RNG.normal(size=(3, 4, 4)), 0)
        assert images(viz.plot_feature_maps(maps))[0].get_clim() == (0, maps.max())

    def test_bad_input(self):
        with pytest.raises(ValueError, match=r"but these have \(4, 4\)"):
            viz.plot_feature_maps(np.zeros((4, 4)))
        with pytest.raises(IndexError):
            viz.plot_feature_maps(np.zeros((2, 1, 4, 4)), record=2)

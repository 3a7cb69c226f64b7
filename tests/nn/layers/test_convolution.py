"""Tests of convolutions as layers: worked numbers, and the text."""

import numpy as np

import nn


def test_a_vertical_edge():
    layer = nn.Conv2d(1, 1, 3, bias=False, dtype=np.float64)
    layer.weight.data = [[[[1, 0, -1], [2, 0, -2], [1, 0, -1]]]]
    image = np.repeat([[10.0, 10, 10, 0, 0, 0]], 6, axis=0)
    np.testing.assert_array_equal(layer(image[None]).data[0], [[0, 40, 40, 0]] * 4)


def test_its_text_shows_what_is_unusual():
    assert repr(nn.Conv2d(3, 8, 3)) == "Conv2d(3, 8, kernel_size=(3, 3), stride=(1, 1))"
    assert repr(nn.Conv1d(4, 8, 3, 2, 1, groups=2, bias=False)) == (
        "Conv1d(4, 8, kernel_size=(3,), stride=(2,), padding=(1,), groups=2, bias=False)"
    )
    assert repr(nn.ConvTranspose1d(4, 8, 3, output_padding=0)) == (
        "ConvTranspose1d(4, 8, kernel_size=(3,), stride=(1,))"
    )
    assert "padding='same', padding_mode='reflect'" in repr(
        nn.Conv1d(4, 8, 3, padding="same", padding_mode="reflect")
    )


def test_a_name_of_padding_that_pads_nothing():
    layer = nn.Conv1d(1, 1, 3, padding="valid", padding_mode="circular", seed=0)
    assert layer(np.ones((1, 5))).shape == (1, 3)

"""Widths and colours."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from viz.render.theme import DARK, LIGHT, style_sheet
from viz.scene.numbers import number, summarize
from viz.scene.style import STRONGEST, WIDTHS, gain_level, stroke_width

# Machado, Oliveira and Fernandes (2009), severity 1, on linear RGB.
CONFUSED = {
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}
TO_XYZ = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]


def linear(colour):
    srgb = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)


def lab(rgb):
    """CIE L*a*b* of linear RGB under D65."""
    xyz = TO_XYZ @ np.clip(rgb, 0, 1) / [0.9505, 1, 1.089]
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def contrast(a, b):
    """Contrast ratio as in WCAG."""
    bright, dark = sorted((float(np.dot(TO_XYZ[1], linear(c))) for c in (a, b)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("sight", ["normal", *CONFUSED])
def test_vanishing_neutral_and_exploding_differ_for_every_sight(palette, sight):
    matrix = np.array(CONFUSED.get(sight, np.eye(3)))
    half = STRONGEST // 2
    shades = [
        lab(matrix @ linear(palette.gain(k))) for k in (-STRONGEST, -half, 0, half, STRONGEST)
    ]
    for a, b in itertools.pairwise(shades):
        assert np.linalg.norm(a - b) > 10
    assert np.linalg.norm(shades[0] - shades[-1]) > 60


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_text_and_lines_stand_out_from_what_is_behind_them(palette):
    for background in (palette.paper, palette.box, palette.operand, palette.result):
        assert contrast(palette.ink, background) > 7
        assert contrast(palette.faint, background) > 3
    for level in range(-STRONGEST, STRONGEST + 1):
        assert contrast(palette.gain(level), palette.paper) > 2.2
    assert contrast(palette.broken, palette.paper) > 4.5


def test_dashes_differ():
    kinds = ("closed", "nothing", "constant", "unknown")
    dashes = [style_sheet().split(f".gg-{kind}{{stroke-dasharray:")[1] for kind in kinds]
    assert len({rest.split("}")[0].split(";")[0] for rest in dashes}) == len(kinds)


@given(st.floats(0, 1e300), st.floats(0, 1e300))
def test_width_grows_with_size(a, b):
    small, large = sorted((a, b))
    assert WIDTHS[0] <= stroke_width(small) <= stroke_width(large) <= WIDTHS[1]


def test_width_is_logarithmic():
    steps = np.diff([stroke_width(10.0**k) for k in range(-8, 5)])
    np.testing.assert_allclose(steps, steps[0], atol=0.011)


@pytest.mark.parametrize(
    ("gain", "level"),
    [
        (1, 0),
        (0.25, -2),
        (0.2, -2),
        (2, 1),
        (1e-9, -4),
        (0, -4),
        (1e9, 4),
        (math.inf, 4),
        (math.nan, 0),
    ],
)
def test_colour_is_log2_of_the_gain(gain, level):
    assert gain_level(gain) == level


@pytest.mark.parametrize(
    ("x", "text"),
    [
        (0.0, "0"),
        (-0.0, "0"),
        (-0.552, "−0.552"),
        (1.2e-7, "1.2e−7"),
        (1 / 3, "0.3333"),
        (-123456.0, "−1.235e5"),
        (math.nan, "NaN"),
        (math.inf, "∞"),
        (-math.inf, "−∞"),
    ],
)
def test_numbers_are_written_as_people_read_them(x, text):
    assert number(x) == text


def test_an_array_is_summed_up():
    summary = summarize(np.array([[3.0, 0.0], [-4.0, math.nan]]))
    assert (summary.shape, summary.zeros, summary.nonfinite) == ((2, 2), 1, 1)
    assert str(summarize(np.array([3.0, -4.0, 0.0, 0.0]))) == "RMS 2.5, −4 … 3, 2 of 4 exactly 0"
    assert str(summarize(np.zeros((0, 2)))) == "empty, shape (0, 2)"

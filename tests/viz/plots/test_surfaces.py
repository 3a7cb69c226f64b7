"""Tests of the paths of optimisers over a surface."""

from __future__ import annotations

import io

import numpy as np
import pytest

import viz
from nn.optim import SGD, Adam

BOX = {"start": (1.0, -2.0), "x_span": (-3, 3), "y_span": (-3, 3)}


def bowl(x, y):
    return x**2 + 2 * y**2


def paths(figure):
    """The places of each optimiser."""
    lines = [line for line in figure.axes[0].lines if len(line.get_xdata()) > 1]
    return [np.stack(line.get_data(), axis=1) for line in lines]


def test_the_path_of_gradient_descent():
    figure = viz.plot_optimizer_paths(bowl, [lambda p: SGD(p, lr=0.1)], steps=5, **BOX)
    (path,) = paths(figure)
    steps = np.arange(6)
    np.testing.assert_allclose(path[:, 0], 1.0 * 0.8**steps, rtol=1e-12)
    np.testing.assert_allclose(path[:, 1], -2.0 * 0.6**steps, rtol=1e-12)
    heights = figure.axes[1].lines[0].get_ydata()
    np.testing.assert_allclose(heights, bowl(*path.T), rtol=1e-12)


def test_several_race_under_names_of_their_own():
    figure = viz.plot_optimizer_paths(
        bowl, [Adam, lambda p: SGD(p, lr=0.1, momentum=0.9, nesterov=True)], steps=3, **BOX
    )
    adam, sgd = (text.get_text() for text in figure.axes[1].get_legend().get_texts())
    assert adam.startswith("Adam (lr 0.001): 8.9")
    assert adam.endswith(" after 3 steps")
    assert sgd.startswith("SGD (lr 0.1, mo")
    named = viz.plot_optimizer_paths(bowl, {"plain": lambda p: SGD(p, lr=0.1)}, steps=2, **BOX)
    assert named.axes[1].get_legend().get_texts()[0].get_text().startswith("plain: ")


def test_who_diverges_stops_and_stays_out_of_the_picture():
    makers = [lambda p: SGD(p, lr=1e3), lambda p: SGD(p, lr=0.1)]
    figure = viz.plot_optimizer_paths(lambda x, y: x**4 + y**4, makers, **BOX)
    wild, tame = paths(figure)
    assert len(wild) < len(tame) == 101
    assert figure.axes[0].get_xlim() == (-3, 3)
    assert figure.axes[1].get_ylim()[1] < 1e3


def test_contours_are_heights_of_the_surface():
    figure = viz.plot_optimizer_paths(bowl, [Adam], steps=1, **BOX)
    bands = next(c for c in figure.axes[0].collections if hasattr(c, "levels"))
    inner = bands.levels[1:-1]
    assert len(inner) > 8
    for low, high, path in zip(inner, inner[1:], bands.get_paths()[1:-1], strict=False):
        heights = bowl(*path.vertices.T)
        inside = np.all(np.abs(path.vertices) < 3, axis=1)
        off = np.minimum(np.abs(heights - low), np.abs(heights - high))
        assert off[inside].max() < 0.02


def test_a_picture_is_light():
    figure = viz.plot_optimizer_paths(bowl, [lambda p: SGD(p, lr=1e-3), Adam], steps=2000, **BOX)
    drawn = io.BytesIO()
    figure.savefig(drawn, format="svg")
    svg = drawn.getvalue().decode()
    assert len(svg) < 400_000
    assert svg.count("<image") == 1  # the contours
    plane = figure.axes[0]
    for line in plane.lines:
        count = len(line.get_xdata())
        assert count == 1 or 20 <= count / line.get_markevery() <= 30


@pytest.mark.parametrize(
    "f",
    [lambda x, y: x * y, lambda x, y: 0 * x + 0 * y, lambda x, y: np.log(x) + y, bowl],
    ids=["saddle", "flat", "undefined in part", "bowl"],
)
def test_surfaces_of_all_kinds(f):
    viz.plot_optimizer_paths(f, [Adam], steps=2, **BOX)


def test_bad_input():
    with pytest.raises(ValueError, match="f must work element by element"):
        viz.plot_optimizer_paths(lambda x, y: (x * y).sum(), [Adam], **BOX)
    with pytest.raises(ValueError, match="there is no optimiser"):
        viz.plot_optimizer_paths(bowl, [], **BOX)

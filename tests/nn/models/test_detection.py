"""A detector that finds drawn shapes."""

import numpy as np
import pytest

import nn
from nn import models


def test_it_finds_shapes_that_it_has_not_seen():
    images, targets = nn.data.make_shapes(1000, size=16, noise=0.05, seed=0)
    model = models.OneObjectDetector(3, 16, widths=(12, 24), seed=0)
    optimizer = nn.optim.Adam(model.parameters(), lr=5e-3)
    for lr in (5e-3, 1e-3):
        optimizer.param_groups[0]["lr"] = lr
        nn.fit(
            model,
            images[:800],
            targets[:800],
            loss=models.detection_loss,
            optimizer=optimizer,
            epochs=5,
            seed=0,
            progress=False,
        )
    output, held_out = nn.predict(model, images[800:]), targets[800:]
    assert nn.accuracy(output[:, :-4], held_out[:, 0].astype(int)) > 0.85
    assert models.intersection_over_union(output[:, -4:], held_out[:, 1:]).mean() > 0.6
    # Always to say the box that is best on the whole would not do.
    middle = np.broadcast_to(targets[:800, 1:].mean(axis=0), (200, 4))
    assert models.intersection_over_union(middle, held_out[:, 1:]).mean() < 0.4


def test_intersection_over_union_of_worked_boxes():
    unit = [0.5, 0.5, 1.0, 1.0]
    half = [0.5, 0.25, 1.0, 0.5]
    shifted = [1.0, 0.5, 1.0, 1.0]
    away = [3.0, 0.5, 1.0, 1.0]
    nothing = [0.5, 0.5, 0.0, 0.0]
    pairs = [(unit, unit, 1), (unit, half, 1 / 2), (unit, shifted, 1 / 3), (unit, away, 0)]
    pairs += [(unit, nothing, 0), (nothing, nothing, 0), ([0.5, 0.5, -1, -1], unit, 0)]
    boxes, others, expected = zip(*pairs, strict=True)
    got = models.intersection_over_union(np.array(boxes, float), np.array(others, float))
    np.testing.assert_allclose(got, expected, atol=1e-12)


def test_the_loss_is_0_for_a_certain_class_and_the_right_box():
    target = np.array([[1, 0.5, 0.4, 0.2, 0.2]], np.float32)
    output = np.array([[0, 99, 0, 0.5, 0.4, 0.2, 0.2]], np.float32)
    assert models.detection_loss(output, target) == pytest.approx(0, abs=1e-6)
    # Half a unit aside: |r| − β/2, a quarter of which is the mean over the box's numbers.
    output[0, 3] += 0.5
    assert models.detection_loss(output, target, 2.0) == pytest.approx(2 * 0.45 / 4, rel=1e-5)


def test_pictures_that_cannot_be_halved_are_refused():
    with pytest.raises(ValueError, match="halves its pictures 3 times, but image_size=28"):
        models.OneObjectDetector(3, 28)

"""Tests of the decision boundary and of the confusion matrix."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib import pyplot as plt

import nn
import viz
from autograd import Tensor

RNG = np.random.default_rng(0)
X = RNG.normal(size=(40, 2))
Y = (X[:, 0] > 0).astype(int)


def texts(axes):
    """The numbers in the cells of a confusion matrix."""
    classes = round(len(axes.texts) ** 0.5)
    return np.array([int(text.get_text()) for text in axes.texts]).reshape(classes, classes)


def boundary_points(axes):
    """The vertices of the lines between regions."""
    lines = [c for c in axes.collections if c.get_facecolor().size == 0]
    return np.concatenate([path.vertices for line in lines for path in line.get_paths()])


class TestDecisionBoundary:
    @pytest.mark.parametrize(
        "model",
        [
            lambda x: np.stack([-x[:, 0], x[:, 0]], axis=1),
            lambda x: 1 / (1 + np.exp(-x[:, :1])),
            lambda x: (x[:, 0] > 0).astype(int),
            lambda x: Tensor(x[:, 0] + 0.5),
        ],
        ids=["scores", "probabilities", "classes", "nodes"],
    )
    def test_the_line_is_where_the_classes_meet(self, model):
        axes = viz.plot_decision_boundary(model, X, Y)
        x = boundary_points(axes)[:, 0]
        assert np.abs(x).max() < 0.03
        assert axes.get_title(loc="left") == "40 records, 0 on the wrong side"

    def test_the_threshold_of_logits(self):
        axes = viz.plot_decision_boundary(lambda x: x[:, 0] - 1, X, Y, threshold=0)
        assert boundary_points(axes)[:, 0] == pytest.approx(1, abs=0.03)

    def test_a_model_in_evaluation_mode(self):
        model = nn.MLP((2, 4, 2), nn.Tanh, seed=0)
        axes = viz.plot_decision_boundary(model, X, Y, names=["left", "right" * 20])
        assert model.training
        wrong = int((nn.predict(model, X).argmax(axis=1) != Y).sum())
        assert axes.get_title(loc="left") == f"40 records, {wrong} on the wrong side"
        left, right = (text.get_text() for text in axes.get_legend().get_texts())
        assert left == "left"
        assert len(right) < 40

    def test_every_record_is_drawn_with_a_marker_of_its_class(self):
        _, axes = plt.subplots()
        classes = np.arange(40) % 10
        assert viz.plot_decision_boundary(lambda x: np.zeros(len(x), int), X, classes, axes=axes)
        points = [c for c in axes.collections if c.get_label().startswith("class ")]
        assert [len(c.get_offsets()) for c in points] == [4] * 10
        looks = {(tuple(c.get_facecolor()[0]), c.get_paths()[0].vertices.tobytes()) for c in points}
        assert len(looks) == 10

    def test_equal_records(self):
        viz.plot_decision_boundary(lambda x: x[:, 0], np.ones((3, 2)), [0, 1, 1])

    def test_bad_input(self):
        with pytest.raises(ValueError, match=r"shapes \(40, 3\) and \(40,\)"):
            viz.plot_decision_boundary(len, np.ones((40, 3)), Y)
        with pytest.raises(ValueError, match=r"shapes \(40, 2\) and \(39,\)"):
            viz.plot_decision_boundary(len, X, Y[:-1])
        with pytest.raises(ValueError, match="hold NaN or infinities"):
            viz.plot_decision_boundary(len, X * np.nan, Y)
        with pytest.raises(ValueError, match=r"one row for each record.*shape \(2,\)"):
            viz.plot_decision_boundary(lambda x: x[0], X, Y)
        with pytest.raises(ValueError, match=r"whole numbers, but there is 0\.5"):
            viz.plot_decision_boundary(lambda x: x[:, 0], X, Y / 2)


class TestConfusion:
    def test_counts(self):
        axes = viz.plot_confusion([0, 2, 2, 1, 1], [0, 1, 2, 1, 1])
        np.testing.assert_array_equal(texts(axes), [[1, 0, 0], [0, 2, 1], [0, 0, 1]])
        np.testing.assert_allclose(
            axes.images[0].get_array(), [[1, 0, 0], [0, 2 / 3, 1 / 3], [0, 0, 1]]
        )
        assert axes.get_title(loc="left") == "80.0% right"
        assert (axes.get_xlabel(), axes.get_ylabel()) == ("given", "true")

    def test_scores_probabilities_and_one_hot_targets(self):
        scores = Tensor([[0.9, 0.1], [0.2, 0.8], [0.3, 0.7]])
        wanted = [[1, 1], [0, 1]]
        np.testing.assert_array_equal(texts(viz.plot_confusion(scores, [0, 0, 1])), wanted)
        one_hot = [[1, 0], [1, 0], [0, 1]]
        np.testing.assert_array_equal(texts(viz.plot_confusion(scores, one_hot)), wanted)
        probabilities = scores.data[:, 1:]
        np.testing.assert_array_equal(texts(viz.plot_confusion(probabilities, [0, 0, 1])), wanted)
        logits = np.log(probabilities / (1 - probabilities))
        axes = viz.plot_confusion(logits, [0, 0, 1], threshold=0)
        np.testing.assert_array_equal(texts(axes), wanted)

    def test_names_and_a_class_that_never_occurs(self):
        axes = viz.plot_confusion([0, 1], [0, 1], names=["cat", "dog", "n" * 60])
        np.testing.assert_array_equal(texts(axes), [[1, 0, 0], [0, 1, 0], [0, 0, 0]])
        names = [label.get_text() for label in axes.get_yticklabels()]
        assert names[:2] == ["cat", "dog"]
        assert len(names[2]) < 40

    def test_many_classes(self):
        classes = np.arange(26)
        assert texts(viz.plot_confusion(classes, classes)).shape == (26, 26)

    def test_bad_input(self):
        with pytest.raises(ValueError, match=r"shapes \(2,\) and \(3,\)"):
            viz.plot_confusion([0, 1], [0, 1, 1])
        with pytest.raises(ValueError, match="counted from 0, but there is a class -1"):
            viz.plot_confusion([0, 1], [0, -1])
        with pytest.raises(ValueError, match="a class 2, but only 2 names"):
            viz.plot_confusion([0, 2], [0, 1], names=["a", "b"])

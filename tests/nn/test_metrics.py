"""Tests of the metrics, against scikit-learn's."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn import metrics as reference

import nn
from autograd import Tensor, ValueArray

SCORES = np.array([[1.0, 3.0], [2.0, 0.0], [0.0, 1.0], [5.0, 4.0]])
FOUR = np.arange(4)

RNG = np.random.default_rng(0)

CLASSES = st.integers(2, 5).flatmap(
    lambda count: st.integers(1, 30).flatmap(
        lambda n: st.tuples(
            st.just(count),
            arrays(int, n, elements=st.integers(0, count - 1)),
            arrays(int, n, elements=st.integers(0, count - 1)),
        )
    )
)


@pytest.mark.parametrize("carrier", [np.array, Tensor, ValueArray])
def test_accuracy_of_classes_and_one_hot_rows(carrier):
    assert nn.accuracy(carrier(SCORES), [1, 0, 0, 0]) == 0.75
    assert nn.accuracy(carrier(SCORES), np.eye(2)[[1, 0, 0, 0]]) == 0.75


def test_binary_accuracy_has_a_threshold():
    assert nn.binary_accuracy(np.array([0.9, 0.2, 0.6]), [1, 0, 0]) == pytest.approx(2 / 3)
    assert nn.binary_accuracy(Tensor([0.3, -0.2]), [1, 0], threshold=0.0) == 1.0


def test_shapes_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match=r"\(4, 2\) and \(3,\)"):
        nn.accuracy(SCORES, [1, 0, 0])
    with pytest.raises(ValueError, match="use binary_accuracy"):
        nn.accuracy(SCORES[:, :1].ravel(), [1, 0, 0, 1])
    with pytest.raises(ValueError, match=r"\(4, 1\) and \(4,\)"):
        nn.binary_accuracy(SCORES[:, :1], [1, 0, 0, 1])


class TestTopK:
    @pytest.mark.parametrize("k", [1, 2, 4, 6])
    def test_it_is_that_of_scikit_learn(self, k):
        scores, target = RNG.normal(size=(50, 6)), RNG.integers(0, 6, 50)
        expected = (
            reference.top_k_accuracy_score(target, scores, k=k, labels=range(6)) if k < 6 else 1
        )
        assert nn.top_k_accuracy(Tensor(scores), target, k=k) == expected
        assert nn.top_k_accuracy(scores, np.eye(6)[target], k=k) == expected

    def test_a_network_that_says_nothing_is_not_always_right(self):
        # All outputs are equal: the first k count, as argmax takes the first.
        assert nn.top_k_accuracy(np.zeros((4, 4)), FOUR, k=3) == 0.75
        assert nn.top_k_accuracy(np.zeros((4, 4)), FOUR, k=1) == nn.accuracy(np.zeros((4, 4)), FOUR)

    def test_what_is_refused(self):
        for k in (0, 3):
            with pytest.raises(ValueError, match=f"the number of classes, 2, but k={k}"):
                nn.top_k_accuracy(SCORES, FOUR % 2, k=k)
        with pytest.raises(ValueError, match=r"top_k_accuracy takes .* \(4, 2\) and \(3,\)"):
            nn.top_k_accuracy(SCORES, [1, 0, 0], k=1)


class TestConfusion:
    @given(CLASSES)
    def test_all_figures_are_those_of_scikit_learn(self, drawn):
        count, given_, true = drawn
        output = np.eye(count)[given_]
        np.testing.assert_array_equal(
            nn.confusion_matrix(output, true),
            reference.confusion_matrix(true, given_, labels=range(count)),
        )
        averages = ["macro", "micro", "weighted", *(["binary"] if count == 2 else [])]
        for average in averages:
            for ours, theirs in [
                (nn.precision, reference.precision_score),
                (nn.recall, reference.recall_score),
                (nn.f1_score, reference.f1_score),
            ]:
                expected = theirs(true, given_, average=average, zero_division=0)
                assert ours(output, true, average=average) == pytest.approx(expected, rel=1e-12)

    def test_forms_of_outputs_and_targets(self):
        expected = [[1, 1], [0, 2]]
        probabilities, target = np.array([0.2, 0.6, 0.9, 0.8]), np.array([0, 0, 1, 1])
        for output in (
            probabilities,
            probabilities[:, None],
            Tensor(probabilities),
            np.stack([1 - probabilities, probabilities], axis=1),
            np.array([0, 1, 1, 1]),
        ):
            for labels in (target, target[:, None], np.eye(2)[target], target.astype(float)):
                np.testing.assert_array_equal(nn.confusion_matrix(output, labels), expected)
        np.testing.assert_array_equal(
            nn.confusion_matrix(probabilities - 0.5, target, threshold=0.0), expected
        )
        assert nn.precision(probabilities, target, threshold=0.85) == 1.0
        assert nn.recall(probabilities, target, threshold=0.85) == 0.5
        assert nn.f1_score(probabilities, target, threshold=0.85) == pytest.approx(2 / 3)

    def test_what_is_refused(self):
        with pytest.raises(ValueError, match=r"shapes \(4, 2\) and \(3,\)"):
            nn.confusion_matrix(SCORES, [1, 0, 0])
        with pytest.raises(ValueError, match=r"shapes \(0, 2\) and \(0,\)"):
            nn.confusion_matrix(SCORES[:0], [])
        with pytest.raises(ValueError, match=r"but got an array of shape \(4, 2, 1\)"):
            nn.confusion_matrix(SCORES[..., None], FOUR)
        with pytest.raises(ValueError, match="labels of 2 classes run from 0 to 1, but got 3"):
            nn.precision(SCORES, FOUR)
        with pytest.raises(ValueError, match="classes are numbered 0, 1, 2 …, but got -1"):
            nn.recall(SCORES, FOUR - 1)
        with pytest.raises(ValueError, match=r"classes are numbered 0, 1, 2 …, but got 0\.5"):
            nn.f1_score(SCORES, FOUR / 2)
        with pytest.raises(ValueError, match="f1_score of 3 classes needs average='macro'"):
            nn.f1_score(np.eye(3), [0, 1, 2])
        with pytest.raises(ValueError, match=r"average of recall must be .* but 'mean' was given"):
            nn.recall(SCORES, FOUR % 2, average="mean")


class TestDistances:
    @pytest.mark.parametrize("shape", [(20,), (20, 3)])
    def test_they_are_those_of_scikit_learn(self, shape):
        output, target = RNG.normal(size=shape), RNG.normal(size=shape)
        for ours, theirs in [
            (nn.r2_score, reference.r2_score),
            (nn.mean_absolute_error, reference.mean_absolute_error),
        ]:
            assert ours(Tensor(output), target) == pytest.approx(theirs(target, output), rel=1e-12)
        # For several outputs scikit-learn averages the roots; this is the root of one mean.
        assert nn.root_mean_squared_error(output, target) == pytest.approx(
            reference.root_mean_squared_error(target.ravel(), output.ravel()), rel=1e-12
        )

    @pytest.mark.parametrize(
        ("output", "target"),
        [([1, 1], [1, 1]), ([1, 2], [1, 1]), ([[1, 2], [1, 3]], [[1, 2], [1, 2]])],
    )
    def test_equal_targets(self, output, target):
        output, target = np.array(output, float), np.array(target, float)
        assert nn.r2_score(output, target) == reference.r2_score(target, output)

    def test_nan_stays_nan(self):
        for output, target in [([np.nan, 1.0], [0.0, 1.0]), ([0.0, 1.0], [np.nan, 1.0])]:
            assert np.isnan(nn.r2_score(output, target))

    def test_unsigned_targets_do_not_wrap(self):
        assert nn.mean_absolute_error(np.uint8([1, 2]), np.uint8([3, 1])) == 1.5

    @pytest.mark.parametrize(
        "metric", [nn.r2_score, nn.mean_absolute_error, nn.root_mean_squared_error]
    )
    def test_numbers_are_not_broadcast(self, metric):
        with pytest.raises(ValueError, match=rf"{metric.__name__} .*\(4, 1\) and \(4,\)"):
            metric(np.zeros((4, 1)), np.zeros(4))


class TestPerplexity:
    def test_of_equal_logits_it_is_the_number_of_classes(self):
        assert nn.perplexity(np.zeros((3, 7)), [0, 3, 6]) == pytest.approx(7)
        assert nn.perplexity(Tensor(np.zeros((3, 7, 2))), np.zeros((3, 2), int)) == pytest.approx(7)

    def test_it_is_e_to_the_cross_entropy(self):
        logits, target = RNG.normal(size=(30, 5)), RNG.integers(0, 5, 30)
        odds = np.exp(logits)
        loss = reference.log_loss(target, odds / odds.sum(axis=1, keepdims=True), labels=range(5))
        assert nn.perplexity(logits, target) == pytest.approx(np.exp(loss), rel=1e-12)

    def test_what_is_hopeless_is_infinite(self):
        assert nn.perplexity(np.array([[0.0, 1e4]]), [0]) == np.inf

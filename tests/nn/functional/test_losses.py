"""Losses: worked numbers, weights, what is left out, and numbers of any size."""

import math

import numpy as np
import pytest

import nn.functional as F  # noqa: N812 - the usual name
from autograd import Tensor, Value, ValueArray, grad

SIGNS = np.array([1.0, -1.0, 1.0, -1.0])
LARGE = np.array([-1000.0, -1000.0, 1000.0, 1000.0])


class TestRegression:
    def test_huber_by_hand(self):
        x = Tensor([0.5, 1.0, 3.0, -3.0])
        y = F.huber_loss(x, np.zeros(4), "none", 1.0)
        np.testing.assert_array_equal(y.data, [0.125, 0.5, 2.5, 2.5])
        y.sum().backward()
        np.testing.assert_array_equal(x.grad, [0.5, 1, 1, -1])
        smooth = F.smooth_l1_loss(x, np.zeros(4), reduction="none", beta=2.0)
        np.testing.assert_array_equal(smooth.data, [0.0625, 0.25, 2, 2])

    def test_huber_lies_between_its_limits(self):
        x, zero = np.linspace(-3, 3, 13), np.zeros(13)
        np.testing.assert_allclose(F.huber_loss(x, zero, delta=10.0), F.mse_loss(x, zero) / 2)
        np.testing.assert_array_equal(F.smooth_l1_loss(x, zero, beta=0.0), F.l1_loss(x, zero))

    def test_a_single_value(self):
        x = Value(3.0)
        for loss in (F.l1_loss, F.huber_loss, F.smooth_l1_loss, F.soft_margin_loss):
            x.zero_grad()
            loss(x, 1.0).backward()
            assert abs(x.grad) > 0, loss

    def test_the_divergence_of_equal_distributions_is_0(self):
        p = np.array([[0.5, 0.5, 0.0], [0.2, 0.3, 0.5]])
        log_p = np.log(np.maximum(p, 1e-300))
        assert F.kl_div(log_p, p, reduction="sum") == pytest.approx(0, abs=1e-15)
        q = np.array([[0.25, 0.5, 0.25], [0.2, 0.3, 0.5]])
        expected = (0.5 * math.log(2)) / 2
        assert F.kl_div(np.log(q), p, reduction="batchmean") == pytest.approx(expected)
        each = F.kl_div(np.log(q), np.log(q + 0.1), reduction="none", log_target=True)
        np.testing.assert_allclose(each, (q + 0.1) * np.log((q + 0.1) / q))

    def test_a_count_of_0_has_a_finite_gradient_under_stirling(self):
        target = Tensor([0.0, 1.0, 5.0])
        F.poisson_nll_loss(np.ones(3), target, full=True).backward()
        assert np.isfinite(target.grad).all()

    def test_the_gaussian_likelihood(self):
        x, y, var = 1.0, 3.0, 4.0
        density = math.exp(-((y - x) ** 2) / (2 * var)) / math.sqrt(2 * math.pi * var)
        found = F.gaussian_nll_loss(np.array([x]), np.array([y]), var, full=True)
        assert found == pytest.approx(-math.log(density))

    def test_a_variance_raised_to_eps_keeps_its_gradient(self):
        var = Tensor([0.0])
        F.gaussian_nll_loss(np.array([0.0]), np.array([0.0]), var, eps=0.5).backward()
        np.testing.assert_allclose(var.grad, [1.0])


class TestClasses:
    def test_a_class_weight_counts_like_repeated_records(self):
        x = np.random.default_rng(0).normal(size=(3, 2))
        twice = F.cross_entropy(x[[0, 1, 1, 2]], [0, 1, 1, 0])
        weighted = F.cross_entropy(x, [0, 1, 0], np.array([1.0, 2.0]))
        assert weighted == pytest.approx(twice)

    def test_an_ignored_record_is_as_good_as_none(self):
        x = np.random.default_rng(0).normal(size=(4, 3))
        labels = np.array([0, -100, 2, -100])
        for smoothing in (0.0, 0.2):
            with_them = F.cross_entropy(x, labels, label_smoothing=smoothing)
            without = F.cross_entropy(x[[0, 2]], [0, 2], label_smoothing=smoothing)
            assert with_them == pytest.approx(without)
        g = grad(lambda x: F.cross_entropy(x, labels))(x)
        assert not g[[1, 3]].any()

    def test_an_ignored_record_may_be_infinite(self):
        x = Tensor([[0.0, 0.0], [-np.inf, 0.0]])
        loss = F.nll_loss(x, [0, 9], ignore_index=9)
        loss.backward()
        np.testing.assert_array_equal(x.grad, [[-1, 0], [0, 0]])

    def test_a_weight_of_a_class_has_a_gradient_too(self):
        weight = Tensor([1.0, 0.0])
        F.nll_loss(np.array([[-1.0, -2.0]] * 2), [0, 1], weight, reduction="sum").backward()
        np.testing.assert_array_equal(weight.grad, [1, 2])

    def test_smoothed_labels_are_probabilities(self):
        x = np.random.default_rng(0).normal(size=(2, 4))
        soft = np.eye(4)[[3, 1]] * 0.8 + 0.05
        smoothed = F.cross_entropy(x, [3, 1], label_smoothing=0.2)
        assert smoothed == pytest.approx(F.cross_entropy(x, soft))
        assert smoothed == pytest.approx(F.cross_entropy(x, np.eye(4)[[3, 1]], label_smoothing=0.2))

    def test_pos_weight_raises_the_price_of_missing(self):
        x = np.array([-2.0, -2.0])
        plain = F.binary_cross_entropy_with_logits(x, [1, 0], reduction="none")
        raised = F.binary_cross_entropy_with_logits(
            x, [1, 0], reduction="none", pos_weight=np.array([3.0, 3.0])
        )
        np.testing.assert_allclose(raised, plain * [3, 1])


class TestMargins:
    @pytest.mark.parametrize("carrier", [Tensor, ValueArray])
    @pytest.mark.parametrize(
        "loss",
        [
            lambda x: F.soft_margin_loss(x, SIGNS),
            lambda x: F.multilabel_soft_margin_loss(x, SIGNS > 0),
            lambda x: F.hinge_embedding_loss(x, SIGNS),
            lambda x: F.margin_ranking_loss(x, -x, SIGNS),
            lambda x: F.multi_margin_loss(x, 1, p=2),
            lambda x: F.multilabel_margin_loss(x, np.array([0, 2, -1, 1])),
            lambda x: F.binary_cross_entropy_with_logits(x, SIGNS > 0, pos_weight=SIGNS + 2),
            lambda x: F.cosine_embedding_loss(x, x[::-1], -1),
        ],
    )
    def test_finite_at_1000(self, loss, carrier):
        x = carrier(LARGE)
        y = loss(x)
        y.backward()
        assert np.isfinite(y.data)
        assert np.isfinite(x.grad).all()

    def test_soft_margin_of_1000(self):
        x = Tensor(LARGE)
        each = F.soft_margin_loss(x, SIGNS, reduction="none")
        np.testing.assert_array_equal(each.data, [1000, 0, 0, 1000])
        each.sum().backward()
        np.testing.assert_array_equal(x.grad, [-1, 0, 0, 1])

    def test_multi_margin_by_hand(self):
        x = np.array([[0.1, 0.2, 0.4, 0.8]])
        assert F.multi_margin_loss(x, [3]) == pytest.approx((0.3 + 0.4 + 0.6) / 4)

    def test_multilabel_margin_by_hand(self):
        x = np.array([[0.1, 0.2, 0.4, 0.8]])
        right, wrong = (0.8, 0.1), (0.2, 0.4)
        expected = sum(1 - (r - w) for r in right for w in wrong) / 4
        assert F.multilabel_margin_loss(x, np.array([[3, 0, -1, 1]])) == pytest.approx(expected)

    def test_at_the_margin_the_gradient_passes(self):
        x = Tensor([1.0])
        F.hinge_embedding_loss(x, [-1]).backward()
        np.testing.assert_array_equal(x.grad, [-1])

    def test_a_triplet_far_enough_costs_nothing(self):
        a, p, n = np.zeros((1, 2)), np.array([[0.0, 1.0]]), np.array([[3.0, 0.0]])
        assert F.triplet_margin_loss(a, p, n) == 0
        assert F.triplet_margin_loss(a, p, n, margin=3.0) == pytest.approx(1.0, abs=1e-5)
        near = np.array([[0.0, 1.5]])  # to the negative from the positive: 0.5
        swapped = F.triplet_margin_loss(a, p, near, swap=True)
        assert swapped == pytest.approx(1.5, abs=1e-5)

    def test_equal_vectors_have_a_gradient(self):
        x = Tensor(np.ones((1, 3)))
        F.triplet_margin_loss(x, np.ones((1, 3)), np.ones((1, 3))).backward()
        assert np.isfinite(x.grad).all()


class TestAlignment:
    def test_all_alignments_of_a_short_sequence(self):
        p = np.array([[0.2, 0.5, 0.3], [0.1, 0.7, 0.2], [0.6, 0.3, 0.1]])
        paths = [(1, 0, 0), (0, 1, 0), (0, 0, 1), (1, 1, 0), (0, 1, 1), (1, 1, 1)]
        total = sum(math.prod(p[t, k] for t, k in enumerate(path)) for path in paths)
        assert F.ctc_loss(np.log(p), [1], 3, 1) == pytest.approx(-math.log(total))

    def test_equal_neighbours_need_a_blank_between_them(self):
        p = np.log(np.full((2, 1, 3), 1 / 3))
        loss = F.ctc_loss(p, [[1, 1]], [2], [2], reduction="none")
        np.testing.assert_array_equal(loss, [np.inf])
        x = Tensor(p)
        free = F.ctc_loss(x, [[1, 1]], [2], [2], zero_infinity=True)
        free.backward()
        assert free.item() == 0
        assert not x.grad.any()

    def test_a_probability_of_0_is_no_obstacle(self):
        x = Tensor(np.log(np.array([[[0.5, 0.5]], [[1e-300, 1.0]]])))
        x = Tensor(np.where(x.data < -600, -np.inf, x.data))
        loss = F.ctc_loss(x, [[1]], [2], [1], reduction="sum")
        loss.backward()
        assert loss.item() == pytest.approx(0.0)
        assert np.isfinite(x.grad).all()

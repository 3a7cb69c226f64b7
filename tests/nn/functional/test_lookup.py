"""Attention, look-ups, distances, normalisation and the kinds of dropout."""

import numpy as np
import pytest

import nn.functional as F  # noqa: N812 - the usual name
from autograd import Tensor, ValueArray

RNG = np.random.default_rng(0)


class TestAttention:
    def test_one_that_matches_all_alike_takes_the_mean(self):
        v = RNG.normal(size=(4, 3))
        y = F.scaled_dot_product_attention(np.zeros((2, 5)), RNG.normal(size=(4, 5)), v)
        np.testing.assert_allclose(y, np.tile(v.mean(axis=0), (2, 1)))

    def test_a_causal_position_sees_none_after_it(self):
        q, k, v = RNG.normal(size=(3, 5, 4))
        v = Tensor(v)
        F.scaled_dot_product_attention(q, k, v, is_causal=True)[2].sum().backward()
        assert v.grad[:3].all()
        assert not v.grad[3:].any()

    def test_booleans_and_minus_infinity_are_one_mask(self):
        q, k, v = RNG.normal(size=(3, 4, 4))
        allowed = RNG.random((4, 4)) < 0.5
        allowed[0] = False
        numbers = np.where(allowed, 0.0, -np.inf)
        y = F.scaled_dot_product_attention(q, k, v, allowed)
        np.testing.assert_allclose(F.scaled_dot_product_attention(q, k, v, numbers), y)
        np.testing.assert_array_equal(y[0], 0)

    def test_a_row_without_anything_allowed_has_finite_gradients(self):
        q, k, v = (Tensor(x) for x in RNG.normal(size=(3, 2, 4)))
        F.scaled_dot_product_attention(q, k, v, np.zeros((2, 2), dtype=bool)).sum().backward()
        for x in (q, k, v):
            assert not x.grad.any()

    def test_scores_of_1000(self):
        q = 1000 * np.eye(3)
        np.testing.assert_allclose(
            F.scaled_dot_product_attention(q, np.eye(3), np.eye(3)), np.eye(3), atol=1e-15
        )

    def test_dropout_is_seeded(self):
        q, k, v = RNG.normal(size=(3, 4, 4))
        first, second = (
            F.scaled_dot_product_attention(q, k, v, dropout_p=0.5, seed=3) for _ in range(2)
        )
        np.testing.assert_array_equal(first, second)
        assert np.any(first != F.scaled_dot_product_attention(q, k, v))


class TestBags:
    def test_rows_and_offsets_are_the_same_bags(self):
        table, numbers = RNG.normal(size=(5, 3)), np.array([[0, 2], [4, 4], [1, 0]])
        for mode in ("sum", "mean", "max"):
            np.testing.assert_array_equal(
                F.embedding_bag(numbers, table, mode=mode),
                F.embedding_bag(numbers.ravel(), table, np.array([0, 2, 4]), mode=mode),
            )

    @pytest.mark.parametrize("mode", ["sum", "mean", "max"])
    @pytest.mark.parametrize("carrier", [Tensor, ValueArray])
    def test_an_empty_bag_is_0(self, mode, carrier):
        table = carrier(RNG.normal(size=(3, 2)))
        y = F.embedding_bag(np.array([1, 1]), table, np.array([0, 2]), mode=mode)
        np.testing.assert_array_equal(y.data[1], 0)

    def test_the_padding_counts_in_no_mean(self):
        table = np.array([[1.0], [3.0], [100.0]])
        y = F.embedding_bag(np.array([[0, 1, 2]]), table, padding_idx=-1)
        np.testing.assert_array_equal(y, [[2.0]])

    def test_one_hot(self):
        np.testing.assert_array_equal(F.one_hot(np.array([2, 0])), [[0, 0, 1], [1, 0, 0]])
        assert F.one_hot(np.zeros((2, 3), dtype=int), 4).shape == (2, 3, 4)


class TestDistances:
    def test_they_are_as_long_as_pythagoras_says(self):
        a, b = np.array([[3.0, 0.0]]), np.array([[0.0, 4.0]])
        np.testing.assert_allclose(F.pairwise_distance(a, b, eps=0.0), [5])
        np.testing.assert_allclose(F.pdist(np.concatenate([a, b, a])), [5, 0, 5])
        np.testing.assert_allclose(F.cosine_similarity(a, b), [0])
        np.testing.assert_allclose(F.cosine_similarity(a, 7 * a), [1])

    def test_a_zero_vector_stays_one_with_a_finite_gradient(self):
        x = Tensor(np.zeros((1, 3)))
        y = F.normalize(x)
        y.sum().backward()
        np.testing.assert_array_equal(y.data, 0)
        assert np.isfinite(x.grad).all()


class TestNormalisation:
    def test_instance_norm_keeps_running_numbers(self):
        x = RNG.normal(3.0, 2.0, size=(4, 2, 50))
        mean, var = np.zeros(2), np.ones(2)
        for _ in range(200):
            F.instance_norm(x, mean, var)
        np.testing.assert_allclose(mean, x.mean(axis=(0, 2)))
        np.testing.assert_allclose(var, x.var(axis=2, ddof=1).mean(axis=0))
        y = F.instance_norm(x, mean, var, use_input_stats=False)
        np.testing.assert_allclose(y, F.batch_norm(x, mean, var))

    def test_batch_norm_of_nothing_is_nothing(self):
        assert F.batch_norm(np.zeros((0, 3)), np.zeros(3), np.ones(3), training=True).shape == (
            0,
            3,
        )


class TestDropouts:
    @pytest.mark.parametrize("axes", [1, 2, 3])
    def test_whole_channels_fall(self, axes):
        x = np.ones((50, 40, *(2,) * axes))
        y = getattr(F, f"dropout{axes}d")(x, 0.25, seed=0)
        channels = y.reshape(2000, -1)
        assert np.all(channels == channels[:, :1])
        assert set(np.unique(channels)) == {0.0, 1 / 0.75}
        assert channels[:, 0].mean() == pytest.approx(1, abs=0.05)
        single = getattr(F, f"dropout{axes}d")(x[0], 0.25, seed=0)
        np.testing.assert_array_equal(single, y[0])

    def test_alpha_dropout_keeps_mean_and_variance(self):
        x = RNG.normal(size=(1000, 500))
        for function in (F.alpha_dropout, F.feature_alpha_dropout):
            y = function(x, 0.3, training=True, seed=0)
            assert y.mean() == pytest.approx(0, abs=0.01)
            assert y.var() == pytest.approx(1, abs=0.01)

    def test_the_features_of_alpha_dropout_fall_as_one(self):
        y = F.feature_alpha_dropout(np.zeros((20, 10, 3)), 0.5, training=True, seed=0)
        assert np.all(y == y[:, :, :1])
        assert len(np.unique(y)) == 2

    @pytest.mark.parametrize(
        "function",
        [F.dropout, F.dropout1d, F.alpha_dropout, F.feature_alpha_dropout],
    )
    def test_none_and_all(self, function):
        x = np.ones((2, 3, 4))
        assert function(x, 0.5, training=False) is x
        assert function(x, 0.0, training=True) is x
        np.testing.assert_array_equal(function(x, 1.0, training=True), 0)

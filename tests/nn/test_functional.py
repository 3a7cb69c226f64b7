"""Tests of the functions: one result on every carrier, safe at any size, clear about bad input."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from autograd import Tensor, Value, ValueArray
from nn import functional

SMOOTH = [
    functional.identity,
    functional.sigmoid,
    functional.logsigmoid,
    functional.tanh,
    functional.tanhshrink,
    functional.softsign,
    functional.elu,
    functional.celu,
    functional.selu,
    functional.softplus,
    functional.silu,
    functional.mish,
    functional.gelu,
]
IN_PIECES = [
    functional.step,
    functional.relu,
    functional.relu6,
    functional.leaky_relu,
    functional.rrelu,
    functional.hardtanh,
    functional.hardsigmoid,
    functional.hardswish,
    functional.hardshrink,
    functional.softshrink,
]
ALONG_AN_AXIS = [functional.softmax, functional.softmin, functional.log_softmax]
ACTIVATIONS = [*SMOOTH, *IN_PIECES, *ALONG_AN_AXIS]
numbers = st.floats(-1000, 1000)
batches = arrays(float, (2, 3), elements=numbers)


def backward(loss):
    """Gradients, wherever there is one to follow."""
    if loss.requires_grad:
        loss.backward()


def losses_of(x, labels, soft):
    """Every loss of logits x, as (name, result)."""
    p = functional.sigmoid(x)
    return {
        "mse": functional.mse_loss(x, soft),
        "bce": functional.binary_cross_entropy(p, soft),
        "bce_with_logits": functional.binary_cross_entropy_with_logits(x, soft),
        "cross_entropy": functional.cross_entropy(x, labels),
        "cross_entropy_soft": functional.cross_entropy(x, soft / soft.sum(axis=-1, keepdims=True)),
        "nll": functional.nll_loss(functional.log_softmax(x), labels),
    }


class TestCarriers:
    @pytest.mark.parametrize("function", ACTIVATIONS)
    @settings(derandomize=True, deadline=None, max_examples=25)
    @given(x=batches)
    def test_activations_agree(self, function, x):
        tensor, values = Tensor(x), ValueArray(x)
        plain = function(x)
        np.testing.assert_allclose(function(tensor).data, plain, rtol=1e-12)
        np.testing.assert_allclose(function(values).data, plain, rtol=1e-12, atol=1e-12)
        weights = np.arange(1.0, 7.0).reshape(2, 3)
        np.sum(weights * function(tensor)).backward()
        np.sum(weights * function(values)).backward()
        np.testing.assert_allclose(values.grad, tensor.grad, rtol=1e-9, atol=1e-12)

    @pytest.mark.parametrize("function", [*SMOOTH, *IN_PIECES])
    @settings(derandomize=True, deadline=None, max_examples=25)
    @given(number=numbers)
    def test_a_value_and_a_float_are_taken_too(self, function, number):
        value = Value(number)
        expected = float(function(np.array([number]))[0])
        assert function(value).data == pytest.approx(expected, rel=1e-12, abs=1e-300)
        assert function(number) == pytest.approx(expected, rel=1e-12, abs=1e-300)

    @given(
        x=arrays(float, (2, 3), elements=st.floats(-30, 30)),
        labels=arrays(int, (2,), elements=st.integers(0, 2)),
        soft=arrays(float, (2, 3), elements=st.floats(0.01, 1)),
    )
    def test_losses_agree(self, x, labels, soft):
        tensor, values = Tensor(x), ValueArray(x)
        on_arrays = losses_of(x, labels, soft)
        on_tensors = losses_of(tensor, labels, soft)
        on_values = losses_of(values, labels, soft)
        for name, plain in on_arrays.items():
            same = {"rtol": 1e-12, "atol": 1e-12, "err_msg": name}
            np.testing.assert_allclose(on_tensors[name].item(), plain, **same)
            np.testing.assert_allclose(on_values[name].item(), plain, **same)
            tensor.zero_grad()
            values.zero_grad()
            on_tensors[name].backward()
            on_values[name].backward()
            np.testing.assert_allclose(
                values.grad, tensor.grad, rtol=1e-9, atol=1e-12, err_msg=name
            )

    def test_a_single_value_is_a_prediction_too(self):
        x = Value(0.5)
        for loss in (
            functional.mse_loss,
            functional.binary_cross_entropy,
            functional.binary_cross_entropy_with_logits,
        ):
            x.zero_grad()
            node = loss(x, 1.0)
            node.backward()
            assert node.data > 0 > x.grad

    @pytest.mark.parametrize("function", ACTIVATIONS)
    def test_float32_stays_float32(self, function):
        assert function(Tensor(np.ones((2, 3), dtype=np.float32))).dtype == np.float32

    def test_a_plain_target_takes_the_dtype_of_the_prediction(self):
        p = Tensor(np.full((2, 3), 0.5, dtype=np.float32))
        for loss in (
            functional.mse_loss,
            functional.binary_cross_entropy,
            functional.binary_cross_entropy_with_logits,
            functional.cross_entropy,
        ):
            assert loss(p, np.ones((2, 3))).dtype == np.float32, loss


class TestActivations:
    @pytest.mark.parametrize("function", ACTIVATIONS)
    @pytest.mark.parametrize("carrier", [Tensor, ValueArray])
    def test_finite_at_1000(self, function, carrier):
        x = carrier(np.array([-1000.0, 0.0, 1000.0]))
        y = function(x)
        backward(np.sum(y))
        assert np.isfinite(y.data).all()
        assert x.grad is None or np.isfinite(x.grad).all()

    def test_softmax_sums_to_one_and_ignores_a_shift(self):
        x = np.array([[1.0, 2.0, 3.0], [-1e3, 0.0, 1e3]])
        np.testing.assert_allclose(functional.softmax(x).sum(axis=-1), 1, rtol=1e-15)
        np.testing.assert_allclose(functional.softmax(x + 100), functional.softmax(x), rtol=1e-12)
        np.testing.assert_allclose(functional.softmax(x, dim=0).sum(axis=0), 1, rtol=1e-15)

    def test_softplus_with_beta(self):
        np.testing.assert_allclose(functional.softplus(2.0, beta=3.0), math.log1p(math.exp(6)) / 3)

    def test_prelu_has_one_slope_or_one_per_channel(self):
        x = np.full((2, 3, 4), -1.0)
        np.testing.assert_array_equal(functional.prelu(x, np.array([0.5])), 0.5 * x)
        slopes = np.array([0.1, 0.2, 0.3])
        np.testing.assert_allclose(functional.prelu(x, slopes), x * slopes[:, None])
        np.testing.assert_allclose(functional.prelu(x[:, :, 0], slopes), x[:, :, 0] * slopes)


class TestReduction:
    def test_mean_sum_and_none(self):
        x, y = np.array([[1.0, 2.0], [3.0, 4.0]]), np.zeros((2, 2))
        assert functional.mse_loss(x, y) == 7.5
        assert functional.mse_loss(x, y, reduction="sum") == 30
        np.testing.assert_array_equal(
            functional.mse_loss(x, y, reduction="none"), [[1, 4], [9, 16]]
        )

    def test_the_mean_of_cross_entropy_is_over_records(self):
        x = np.zeros((4, 10))
        assert functional.cross_entropy(x, np.arange(4)) == pytest.approx(math.log(10))
        assert functional.cross_entropy(x, np.full((4, 10), 0.1)) == pytest.approx(math.log(10))

    def test_an_unknown_one_is_refused(self):
        with pytest.raises(ValueError, match="'mean', 'sum' or 'none', but 'avg' was given"):
            functional.mse_loss(np.ones(2), np.ones(2), reduction="avg")


class TestCrossEntropy:
    def test_classes_and_one_hot_rows_agree(self):
        x = np.random.default_rng(0).normal(size=(3, 4))
        one_hot = np.eye(4)[[0, 3, 2]]
        assert functional.cross_entropy(x, [0, 3, 2]) == pytest.approx(
            functional.cross_entropy(x, one_hot)
        )

    def test_one_record_and_further_axes(self):
        x = np.random.default_rng(0).normal(size=(2, 3, 4, 5))
        labels = np.random.default_rng(1).integers(0, 3, (2, 4, 5))
        each = functional.cross_entropy(x, labels, reduction="none")
        assert each.shape == (2, 4, 5)
        assert each[1, 2, 3] == pytest.approx(
            functional.cross_entropy(x[1, :, 2, 3], labels[1, 2, 3])
        )

    def test_a_hopeless_prediction_costs_a_finite_amount(self):
        x = Tensor([[-1000.0, 1000.0]])
        loss = functional.cross_entropy(x, [0])
        loss.backward()
        assert loss.item() == 2000
        np.testing.assert_array_equal(x.grad, [[-1.0, 1.0]])


class TestBinaryCrossEntropy:
    def test_logits_of_any_size(self):
        x = Tensor([-1000.0, 1000.0, -1000.0, 1000.0])
        each = functional.binary_cross_entropy_with_logits(x, [0, 1, 1, 0], reduction="none")
        np.testing.assert_array_equal(each.data, [0, 0, 1000, 1000])
        each.sum().backward()
        np.testing.assert_array_equal(x.grad, [0, 0, -1, 1])

    def test_a_small_loss_keeps_its_digits_in_float32(self):
        x = Tensor(np.array([-10, 10], dtype=np.float32))
        each = functional.binary_cross_entropy_with_logits(x, [0, 1], reduction="none")
        np.testing.assert_allclose(each.data, math.log1p(math.exp(-10)), rtol=1e-6)

    @pytest.mark.parametrize("carrier", [Tensor, ValueArray])
    def test_certain_and_wrong_costs_100(self, carrier):
        p = carrier([0.0, 1.0])
        each = functional.binary_cross_entropy(p, [1, 0], reduction="none")
        np.testing.assert_array_equal(each.data, [100, 100])
        np.sum(each).backward()
        np.testing.assert_allclose(p.grad, [-1e12, 1e12])

    def test_the_target_has_a_gradient_too(self):
        target = Tensor([0.25])
        functional.binary_cross_entropy(np.array([0.8]), target).backward()
        np.testing.assert_allclose(target.grad, [math.log(0.2) - math.log(0.8)])
        target.zero_grad()
        functional.binary_cross_entropy_with_logits(np.array([3.0]), target).backward()
        np.testing.assert_allclose(target.grad, [-3.0])


class TestBadInput:
    def test_shapes_that_would_broadcast(self):
        with pytest.raises(ValueError, match=r"mse_loss .* \(3, 1\) and the target \(3,\)"):
            functional.mse_loss(np.ones((3, 1)), np.ones(3))

    def test_labels_out_of_range(self):
        for label in (-1, 3):
            with pytest.raises(ValueError, match=f"labels of 3 classes run from 0 to 2.*{label}"):
                functional.cross_entropy(np.ones((2, 3)), [0, label])

    def test_labels_of_another_type_or_shape(self):
        with pytest.raises(TypeError, match="integers, but their dtype is float64"):
            functional.cross_entropy(np.ones((2, 3)), [0.0, 1.0])
        with pytest.raises(ValueError, match=r"\(2, 3\) need integer labels of shape \(2,\)"):
            functional.cross_entropy(np.ones((2, 3)), [0, 1, 2])

    def test_probabilities_out_of_range(self):
        with pytest.raises(ValueError, match=r"every input in \[0, 1\], but got 1\.5; for logits"):
            functional.binary_cross_entropy(np.array([0.5, 1.5]), [0, 1])
        with pytest.raises(ValueError, match=r"every target in \[0, 1\], but got -1"):
            functional.binary_cross_entropy_with_logits(np.array([0.5, 1.5]), [0, -1])

    def test_nan_is_carried_on(self):
        assert math.isnan(functional.mse_loss(np.array([math.nan]), np.zeros(1)))
        assert math.isnan(functional.binary_cross_entropy(np.array([math.nan]), np.zeros(1)))
        assert math.isnan(functional.cross_entropy(Tensor([[math.nan, 1.0]]), [0]).item())

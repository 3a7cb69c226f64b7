"""The worked numbers of the course that networks have to reproduce: neuron and chain rule."""

import numpy as np
import pytest

import nn
from autograd import Tensor
from nn import functional

STUDENTS = np.array([(95, 4), (100, 5), (95, 2)])  # intelligence quotient, hours of study


@pytest.fixture(params=["tensor", "values"])
def neuron(request):
    """The neuron of the notes, with w = (0.01, 0.02) and b = 0.001, at both zooms."""
    neuron = nn.Neuron(2, nn.Sigmoid, dtype=np.float64)
    neuron.weight.data, neuron.bias.data = (0.01, 0.02), 0.001
    return neuron.to_values() if request.param == "values" else neuron


class TestNeuron:
    def test_net_sums(self, neuron):
        np.testing.assert_allclose(neuron.net_sum(STUDENTS).data, [1.031, 1.101, 0.991], rtol=1e-12)

    def test_outputs(self, neuron):
        np.testing.assert_allclose(neuron(STUDENTS).data, [0.737, 0.750, 0.729], atol=5e-4)

    def test_one_student(self, neuron):
        assert neuron(STUDENTS[0]).item() == pytest.approx(1 / (1 + np.exp(-1.031)), rel=1e-14)

    def test_the_third_is_the_first_error_to_learn_from(self):
        perceptron = nn.Perceptron(2, dtype=np.float64)
        perceptron.weight.data, perceptron.bias.data = (0.01, 0.02), 0.001
        assert perceptron.predict(STUDENTS).tolist() == [1, 1, 1]
        errors = [
            perceptron.update(x, t, lr=0.01) for x, t in zip(STUDENTS, (1, 1, 0), strict=True)
        ]
        assert errors == [0, 0, -1]
        # w ← w + η (t − y) x with η = 0.01 and x = (95, 2).
        np.testing.assert_allclose(perceptron.weight.data, [0.01 - 0.95, 0.02 - 0.02], atol=1e-15)
        assert perceptron.bias.data == pytest.approx(0.001 - 0.01)


def test_without_activations_a_2_2_1_network_is_one_line():
    model = nn.MLP((2, 2, 1), nn.Identity, dtype=np.float64, seed=0)
    (w1, w2), (w3, w4) = model.fc1.weight.data
    ((w5, w6),) = model.fc2.weight.data
    (b1, b2), (b3,) = model.fc1.bias.data, model.fc2.bias.data
    a, b, c = w5 * w1 + w6 * w3, w5 * w2 + w6 * w4, w5 * b1 + w6 * b2 + b3
    x = Tensor(np.random.default_rng(0).normal(size=(5, 2)))
    output = model(x)
    np.testing.assert_allclose(
        output.data[:, 0], a * x.data[:, 0] + b * x.data[:, 1] + c, rtol=1e-12
    )
    functional.mse_loss(output, np.zeros((5, 1))).backward()
    # ∂ŷ/∂x is (A, B) for both, and ∂L/∂w₁ = w₅·∂L/∂A by the chain rule.
    dl_dy = 2 * output.data[:, 0] / 5
    np.testing.assert_allclose(x.grad, dl_dy[:, None] * [a, b], rtol=1e-12)
    dl_da = np.sum(dl_dy * x.data[:, 0])
    np.testing.assert_allclose(model.fc1.weight.grad[0, 0], w5 * dl_da, rtol=1e-12)


def test_the_digit_reader_has_13_002_parameters():
    model = nn.MLP((784, 16, 16, 10))
    assert model.count_parameters() == 784 * 16 + 16 + 16 * 16 + 16 + 16 * 10 + 10 == 13_002


class TestSoftmaxWithLogLoss:
    P = np.array([0.2, 0.3, 0.5])

    def test_loss_and_gradient_at_the_logits(self):
        z = Tensor(np.log(self.P))
        loss = functional.cross_entropy(z, 0)
        loss.backward()
        assert loss.item() == pytest.approx(-np.log(0.2), rel=1e-14)
        np.testing.assert_allclose(z.grad, [-0.8, 0.3, 0.5], rtol=1e-14)

    def test_gradients_of_the_layer_before(self):
        rng = np.random.default_rng(0)
        x, y = rng.normal(size=(300, 2)), rng.integers(0, 3, 300)
        layer = nn.Linear(2, 3, dtype=np.float64, seed=0)
        z = layer(x)
        loss = functional.cross_entropy(z, y, reduction="sum")
        loss.backward()
        dz = functional.softmax(z.data) - nn.data.one_hot(y, 3)
        assert (x.T.shape, dz.shape) == ((2, 300), (300, 3))
        np.testing.assert_allclose(z.grad, dz, rtol=1e-12, atol=1e-15)
        np.testing.assert_allclose(layer.weight.grad.T, x.T @ dz, rtol=1e-12)
        np.testing.assert_allclose(layer.bias.grad, dz.sum(axis=0), rtol=1e-12)


def test_softmax_of_four_scores():
    np.testing.assert_allclose(
        functional.softmax([40, 30, 10, 5]), [0.9999546, 4.54e-5, 9.36e-14, 6.30e-16], rtol=1e-3
    )


def test_an_update_goes_against_the_slope():
    # A negative slope raises w and a positive one lowers it: w ← w − η ∂L/∂w.
    for slope, expected in ((-2.0, 1.2), (2.0, 0.8)):
        w = nn.Parameter([1.0], dtype=np.float64)
        np.sum(slope * w).backward()
        nn.optim.SGD([w], lr=0.1).step()
        np.testing.assert_allclose(w.data, [expected])


def test_a_vanished_gradient_hardly_moves_the_weight():
    # 0.2 × 0.02 = 0.004 and w = 2.5 − 1·0.004 = 2.496.
    w = nn.Parameter([2.5], dtype=np.float64)
    np.sum(0.2 * (0.02 * w)).backward()
    nn.optim.SGD([w], lr=1.0).step()
    np.testing.assert_allclose(w.data, [2.496], rtol=1e-14)

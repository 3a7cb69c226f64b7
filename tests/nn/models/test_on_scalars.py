"""Every kind of model, small, on scalar nodes: the same loss and gradients as on arrays."""

import numpy as np
import pytest

import nn
from nn import models

RNG = np.random.default_rng(0)
TOKENS = RNG.integers(0, 5, (2, 3))
DOUBLE = {"dtype": np.float64, "seed": 0}


def image(channels, size):
    return RNG.normal(size=(2, channels, size, size))


#: A model, its inputs, a loss, and the target.
MODELS = {
    "ResNet": lambda: (
        models.SmallResNet(2, widths=(2, 3), **DOUBLE),
        (image(1, 4),),
        nn.functional.cross_entropy,
        [0, 1],
    ),
    "Autoencoder": lambda: (
        models.Autoencoder((4, 3, 2), **DOUBLE),
        (x := RNG.random((3, 4)),),
        nn.functional.mse_loss,
        x,
    ),
    "VariationalAutoencoder": lambda: (
        models.VariationalAutoencoder(4, 3, 2, **DOUBLE),
        (x := RNG.random((3, 4)),),
        models.negative_elbo,
        x,
    ),
    "Generator": lambda: (
        models.Generator(2, (3,), 2, **DOUBLE),
        (RNG.normal(size=(3, 2)),),
        nn.functional.mse_loss,
        np.zeros((3, 2)),
    ),
    "SkipGram": lambda: (
        models.SkipGram(5, 3, **DOUBLE),
        (RNG.integers(0, 5, (4, 3)),),
        nn.functional.binary_cross_entropy_with_logits,
        np.array([[1.0, 0.0]] * 4),
    ),
    **{
        kind: lambda kind=kind: (
            models.RecurrentLanguageModel(5, 2, 3, kind=kind, **DOUBLE),
            (TOKENS,),
            models.sequence_loss,
            [[1, 2, -100], [0, -100, -100]],
        )
        for kind in ("RNN", "GRU", "LSTM")
    },
    "BiLSTMTagger": lambda: (
        models.BiLSTMTagger(5, 3, 2, 2, **DOUBLE),
        (TOKENS,),
        models.sequence_loss,
        TOKENS % 3,
    ),
    "Translator": lambda: (
        models.Translator(5, 5, 2, 3, **DOUBLE),
        (TOKENS, TOKENS[:, :2]),
        models.sequence_loss,
        TOKENS[:, 1:],
    ),
    "GPT": lambda: (models.GPT(5, 3, 4, 2, 1, **DOUBLE), (TOKENS,), models.sequence_loss, TOKENS),
    "BERT": lambda: (
        models.BERT(5, 3, 4, 2, 1, padding=4, **DOUBLE),
        (TOKENS,),
        models.sequence_loss,
        TOKENS,
    ),
    "OneObjectDetector": lambda: (
        models.OneObjectDetector(2, 4, widths=(2, 2), **DOUBLE),
        (image(1, 4),),
        models.detection_loss,
        np.array([[0, 0.5, 0.5, 0.2, 0.3], [1, 0.4, 0.3, 0.2, 0.2]]),
    ),
}


def loss_and_gradients(model, inputs, loss, target):
    node = loss(model(*inputs), target)
    node.backward()
    gradients = {name: parameter.grad for name, parameter in model.named_parameters()}
    return node.item(), gradients


@pytest.mark.parametrize("name", MODELS)
def test_the_same_loss_and_gradients(name):
    model, *work = MODELS[name]()
    loss, gradients = loss_and_gradients(model.to_values(), *work)
    expected_loss, expected = loss_and_gradients(model, *work)
    assert loss == pytest.approx(expected_loss, rel=1e-12)
    assert gradients.keys() == expected.keys()
    for key, gradient in expected.items():
        found = np.asarray(gradients[key], float)
        np.testing.assert_allclose(found, gradient, rtol=1e-9, atol=1e-11, err_msg=key)

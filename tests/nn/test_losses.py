"""Tests of the losses as modules: each is its function, with the settings it was given."""

import numpy as np
import pytest

import nn
from nn import functional

RNG = np.random.default_rng(0)
LOGITS, LABELS, SOFT = RNG.normal(size=(4, 3)), RNG.integers(0, 3, 4), RNG.random((4, 3))
WEIGHT = RNG.random(3)


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize(
    ("layer", "function", "input", "target"),
    [
        (nn.MSELoss, functional.mse_loss, LOGITS, SOFT),
        (nn.L1Loss, functional.l1_loss, LOGITS, SOFT),
        (nn.HuberLoss, functional.huber_loss, LOGITS, SOFT),
        (nn.BCELoss, functional.binary_cross_entropy, functional.sigmoid(LOGITS), SOFT),
        (nn.BCEWithLogitsLoss, functional.binary_cross_entropy_with_logits, LOGITS, SOFT),
        (nn.CrossEntropyLoss, functional.cross_entropy, LOGITS, LABELS),
        (nn.NLLLoss, functional.nll_loss, functional.log_softmax(LOGITS), LABELS),
    ],
)
def test_a_module_is_its_function(layer, function, input, target, reduction):
    expected = function(input, target, reduction=reduction)
    np.testing.assert_array_equal(layer(reduction=reduction)(input, target), expected)


def test_weights_are_the_first_argument_and_a_buffer():
    loss = nn.CrossEntropyLoss(WEIGHT)
    np.testing.assert_array_equal(
        loss(LOGITS, LABELS), functional.cross_entropy(LOGITS, LABELS, WEIGHT)
    )
    assert list(loss.state_dict()) == ["weight"]
    assert not list(loss.parameters())
    assert list(nn.BCEWithLogitsLoss([1, 2], pos_weight=3.0).state_dict()) == [
        "weight",
        "pos_weight",
    ]
    assert not nn.CrossEntropyLoss().state_dict()


def test_a_float32_prediction_stays_float32_under_weights():
    logits = nn.Parameter(LOGITS)
    assert nn.CrossEntropyLoss(WEIGHT)(logits, LABELS).dtype == np.float32


def test_its_text_tells_the_settings():
    assert repr(nn.MSELoss(reduction="sum")) == "MSELoss(reduction='sum')"
    assert repr(nn.HuberLoss(delta=2.0)) == "HuberLoss(reduction='mean', delta=2.0)"


@pytest.mark.parametrize("layer", [nn.MSELoss, nn.CrossEntropyLoss, nn.CTCLoss, nn.KLDivLoss])
def test_an_unknown_reduction_is_refused_at_once(layer):
    with pytest.raises(ValueError, match=r"mean, sum, none.*but 'average' was given"):
        layer(reduction="average")


def test_only_the_divergence_has_a_mean_of_batches():
    log_p, p = functional.log_softmax(LOGITS), SOFT / SOFT.sum(axis=1, keepdims=True)
    total = nn.KLDivLoss(reduction="sum")(log_p, p)
    np.testing.assert_allclose(nn.KLDivLoss(reduction="batchmean")(log_p, p), total / 4)
    with pytest.raises(ValueError, match="'batchmean' was given"):
        nn.MSELoss(reduction="batchmean")


def test_a_linear_layer_within_a_loss_learns():
    loss = nn.LinearCrossEntropyLoss(3, 5, out_features=(2,), bias=True, seed=0)
    targets = RNG.integers(0, 5, (4, 2))
    loss(LOGITS, targets).backward()
    assert {key: p.grad.shape for key, p in loss.named_parameters()} == {
        "linear.weight": (10, 3),
        "linear.bias": (10,),
    }
    with pytest.raises(ValueError, match=r"LinearCrossEntropyLoss takes inputs of shape \(…, 3\)"):
        loss(np.ones((4, 2)), targets)


def test_a_reduction_in_the_place_of_weights_is_found_out():
    with pytest.raises(
        TypeError, match=r"weight is an array .* 'sum' was given; .*reduction='sum'"
    ):
        nn.CrossEntropyLoss("sum")

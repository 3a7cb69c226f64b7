"""Tests of the losses as modules: each is its function, with the reduction it was given."""

import numpy as np
import pytest

import nn
from nn import functional

RNG = np.random.default_rng(0)
LOGITS, LABELS, SOFT = RNG.normal(size=(4, 3)), RNG.integers(0, 3, 4), RNG.random((4, 3))


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize(
    ("layer", "function", "input", "target"),
    [
        (nn.MSELoss, functional.mse_loss, LOGITS, SOFT),
        (nn.BCELoss, functional.binary_cross_entropy, functional.sigmoid(LOGITS), SOFT),
        (nn.BCEWithLogitsLoss, functional.binary_cross_entropy_with_logits, LOGITS, SOFT),
        (nn.CrossEntropyLoss, functional.cross_entropy, LOGITS, LABELS),
        (nn.NLLLoss, functional.nll_loss, functional.log_softmax(LOGITS), LABELS),
    ],
)
def test_a_module_is_its_function(layer, function, input, target, reduction):
    expected = function(input, target, reduction=reduction)
    np.testing.assert_array_equal(layer(reduction)(input, target), expected)
    np.testing.assert_array_equal(layer(reduction=reduction)(input, target), expected)


def test_its_text_tells_the_reduction():
    assert repr(nn.MSELoss("sum")) == "MSELoss(reduction='sum')"

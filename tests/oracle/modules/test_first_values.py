"""The first values of parameters are drawn from PyTorch's distributions, shapes and all."""

import inspect

import numpy as np
import pytest
import torch
from scipy.stats import ks_2samp

import nn

pytestmark = [
    pytest.mark.oracle,
    pytest.mark.filterwarnings("ignore:enable_nested_tensor"),
]

#: Layers large enough that their first values tell a distribution.
LAYERS = {
    "Linear": (40, 60),
    "Bilinear": (20, 10, 15),
    "Conv1d": (20, 30, 5),
    "Conv2d": (12, 20, 3),
    "Conv3d": (6, 15, 3),
    "ConvTranspose1d": (20, 30, 5),
    "ConvTranspose2d": (12, 20, 3),
    "ConvTranspose3d": (6, 15, 3),
    "PReLU": (5,),
    "BatchNorm2d": (5,),
    "LayerNorm": (5,),
    "GroupNorm": (2, 4),
    "RMSNorm": (5,),
    "Embedding": (40, 50, 3),
    "EmbeddingBag": (40, 50),
    "RNN": (30, 40, 2),
    "GRU": (20, 30, 2),
    "LSTM": (20, 30, 2),
    "RNNCell": (30, 50),
    "GRUCell": (30, 40),
    "LSTMCell": (30, 40),
    "MultiheadAttention": (40, 4),
    "TransformerEncoderLayer": (30, 3, 50),
    "TransformerDecoderLayer": (30, 3, 50),
    "Transformer": (30, 3, 1, 1, 50),
}
OPTIONS = {
    "Conv2d": {"groups": 4},
    "ConvTranspose2d": {"groups": 4},
    "LSTM": {"bidirectional": True, "proj_size": 10},
    "MultiheadAttention": {"kdim": 30, "vdim": 20, "add_bias_kv": True},
}


@pytest.mark.parametrize("name", LAYERS)
def test_first_values(name):
    torch.manual_seed(0)
    theirs = getattr(torch.nn, name)(*LAYERS[name], **OPTIONS.get(name, {}))
    kind = getattr(nn, name)
    seed = {"seed": 0} if "seed" in inspect.signature(kind).parameters else {}
    ours = kind(*LAYERS[name], **OPTIONS.get(name, {}), **seed)
    expected = {key: tensor.numpy() for key, tensor in theirs.state_dict().items()}
    found = ours.state_dict()
    assert list(found) == list(expected)
    for key, array in found.items():
        other = expected[key]
        assert (array.shape, array.dtype) == (other.shape, other.dtype), key
        if np.ptp(other) == 0:
            np.testing.assert_array_equal(array, other, err_msg=key)
        else:
            assert_same_distribution(key, array.ravel(), other.ravel())


def assert_same_distribution(key, ours, theirs):
    assert ks_2samp(ours, theirs).pvalue > 1e-3, key
    # The spread tells scales apart that the test above takes for one.
    assert np.std(ours) == pytest.approx(np.std(theirs), rel=4 / np.sqrt(len(ours))), key


def test_a_wrong_scale_is_found_out():
    rng = np.random.default_rng(0)
    right, wrong = rng.uniform(-1, 1, 2000), rng.uniform(-1.15, 1.15, 2000)
    with pytest.raises(AssertionError, match="weight"):
        assert_same_distribution("weight", right, wrong)

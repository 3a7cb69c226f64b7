"""Wrong inputs: one sentence names the layer with its path, what it takes and what it got."""

import numpy as np
import pytest

import nn
from tests.nn.layers.examples import BY_AXES

ONES = {n: np.ones(shape) for n, shape in enumerate([(), (7,), (2, 7), (2, 7, 7), (2, 7, 7, 7)])}


def refused(layer, *inputs):
    """The message for a wrong input to a layer that is part of a model."""
    model = nn.Module()
    model.part = layer
    with pytest.raises((ValueError, TypeError, IndexError)) as caught:
        model.part(*inputs)
    message = str(caught.value)
    assert message.startswith(f"{type(layer).__name__} 'part' ")
    assert message.endswith(".")
    return message


@pytest.mark.parametrize(
    ("layer", "input", "expected"),
    [
        (nn.Conv1d(3, 2, 2), ONES[3], "(N, 3, L) or (3, L)"),
        (nn.Conv2d(3, 2, 2), ONES[4], "(N, 3, H, W) or (3, H, W)"),
        (nn.Conv3d(3, 2, 2), ONES[4], "(N, 3, D, H, W) or (3, D, H, W)"),
        (nn.ConvTranspose2d(3, 2, 2), ONES[4], "(N, 3, H, W) or (3, H, W)"),
        (nn.MaxPool2d(2), ONES[2], "(N, C, H, W) or (C, H, W)"),
        (nn.AdaptiveAvgPool1d(2), ONES[4], "(N, C, L) or (C, L)"),
        (nn.ZeroPad2d(2), ONES[2], "(N, C, H, W) or (C, H, W)"),
        (nn.BatchNorm1d(3), ONES[3], "(N, 3) or (N, 3, L)"),
        (nn.BatchNorm2d(3), ONES[4], "(N, 3, H, W)"),
        (nn.InstanceNorm2d(3), ONES[4], "(N, 3, H, W) or (3, H, W)"),
        (nn.GroupNorm(1, 3), ONES[2], "(N, 3, …)"),
        (nn.LayerNorm(3), ONES[2], "(…, 3)"),
        (nn.RMSNorm((2, 3)), ONES[2], "(…, 2, 3)"),
        (nn.PReLU(3), ONES[2], "(N, 3, …)"),
        (nn.Softmax2d(), ONES[2], "(N, C, H, W) or (C, H, W)"),
        (nn.RNN(3, 4), ONES[3], "(L, N, 3)"),
        (nn.GRU(3, 4, batch_first=True), ONES[3], "(N, L, 3)"),
        (nn.LSTM(3, 4), ONES[2], "(L, 3)"),
        (nn.GRUCell(3, 4), ONES[2], "(…, 3)"),
        (nn.SinusoidalPositions(3), ONES[3], "(…, 3)"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, nn.Module) else "",
)
def test_shapes(layer, input, expected):
    message = refused(layer, input)
    assert f"takes inputs of shape {expected}, but got an array of shape {input.shape}" in message


def test_attention_names_all_three():
    layer = nn.MultiheadAttention(4, 2, kdim=3, batch_first=True)
    message = refused(layer, np.ones((2, 5, 4)), np.ones((2, 6, 3)), np.ones((2, 7, 4)))
    assert "(N, L, 4), (N, S, 3), (N, S, 4), but got (2, 5, 4), (2, 6, 3), (2, 7, 4)" in message


def test_masks_of_attention():
    layer, x = nn.MultiheadAttention(4, 2), np.ones((3, 2, 4))
    mask = np.zeros((2, 2), bool)
    message = refused(layer, x, x, x, None, True, mask)
    assert "takes an attn_mask of shape (3, 3) or (4, 3, 3) here, but got one of shape (2, 2)" in (
        message
    )
    message = refused(layer, x, x, x, np.zeros((3, 2), bool))
    assert "takes a key_padding_mask of shape (2, 3) here, but got one of shape (3, 2)" in message


def test_states_of_recurrent_networks():
    message = refused(nn.LSTM(3, 4), np.ones((5, 2, 3)), (np.ones((1, 2, 3)), np.ones((1, 2, 4))))
    assert "a first state of shape (1, 2, 4), but got one of shape (1, 2, 3)" in message
    message = refused(nn.RNNCell(3, 4), np.ones((2, 3)), np.ones((3, 4)))
    assert "a state of shape (2, 4) with an input of shape (2, 3), but got one of shape (3, 4)" in (
        message
    )


def test_row_numbers():
    layer = nn.Embedding(3, 2)
    assert "has the rows 0 … 2, but got number 3" in refused(layer, [0, 3])
    assert "takes integers, but got an array of dtype float64" in refused(layer, [0.0, 1.0])


def test_output_sizes():
    layer = nn.ConvTranspose1d(2, 2, 2, stride=3)
    assert "leads from (6,) to (17,), or to less than a stride more, but output_size=(20,)" in (
        refused(layer, BY_AXES[1], (20,))
    )


def test_unflatten_names_the_axis():
    message = refused(nn.Unflatten(1, (2, 4)), np.ones((3, 6)))
    assert "cuts axis 1 up into (2, 4), but got an array of shape (3, 6) with 6 elements" in message


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: nn.Conv2d(3, 4, 2, groups=2), "in_channels=3 and out_channels=4 have no 2 such"),
        (lambda: nn.Conv2d(0, 4, 2), "needs channels on each side, but got in_channels=0"),
        (lambda: nn.Conv2d(1, 4, 0), "needs kernel_size of at least 1, but got 0"),
        (lambda: nn.Conv2d(1, 4, (1, 2, 3)), "kernel_size needs one number or 2"),
        (lambda: nn.Conv2d(1, 4, 2, 2, "same"), "only with stride 1, but stride=2"),
        (lambda: nn.Conv2d(1, 4, 2, padding="all"), "one of same, valid, but 'all' was given"),
        (
            lambda: nn.Conv2d(1, 4, 2, padding_mode="wrap"),
            "reflect, replicate, circular, but 'wrap'",
        ),
        (lambda: nn.Bilinear(2, 0, 3), "at least one feature everywhere, but got in1_features=2"),
        (lambda: nn.ReflectionPad2d((1, 2)), r"takes one width or 4, but \(1, 2\)"),
        (lambda: nn.GroupNorm(2, 3), "cannot cut 3 channels into 2 equal groups"),
        (lambda: nn.BatchNorm1d(0), "needs a feature"),
        (lambda: nn.Dropout(1.5), r"Dropout needs a probability in \[0, 1\], but p=1.5"),
        (lambda: nn.Embedding(3, 2, 3), "padding_idx is one of 3 rows, but 3 was given"),
        (lambda: nn.Embedding(0, 2), "a row and a column at least, but got num_embeddings=0"),
        (lambda: nn.Embedding.from_pretrained([1.0]), r"\(rows, features\), but got shape \(1,\)"),
        (lambda: nn.RNN(2, 3, nonlinearity="elu"), "'tanh' or 'relu', but 'elu' was given"),
        (lambda: nn.LSTM(2, 0), "sizes of at least 1, but got hidden_size=0"),
        (lambda: nn.LSTM(2, 3, proj_size=3), "less than hidden_size=3.*proj_size=3 was given"),
        (lambda: nn.GRU(2, 3, dropout=2), r"dropout in \[0, 1\], but dropout=2"),
        (lambda: nn.MultiheadAttention(5, 2), "embed_dim=5 has no 2 such heads"),
        (lambda: nn.TransformerEncoderLayer(4, 2, activation="elu"), "'gelu' or a function, but"),
        (lambda: nn.Upsample(), "takes a size or a scale_factor, but size=None"),
        (lambda: nn.Hardtanh(1.0, -1.0), "min_val < max_val, but got min_val=1.0"),
    ],
)
def test_settings_that_make_no_sense(make, message):
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize("layer", [nn.LSTM(3, 4), nn.LSTMCell(3, 4)])
def test_the_state_of_an_lstm_is_a_pair(layer):
    message = refused(layer, np.ones((2, 2, 3)[-2 - isinstance(layer, nn.LSTM) :]), np.ones((2, 4)))
    assert "takes the state as a pair (h, c) of arrays, but got ndarray" in message

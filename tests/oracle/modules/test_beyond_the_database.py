"""Modules and options that PyTorch's database leaves out, judged in the same way."""

import numpy as np
import pytest
import torch

import nn
from tests.oracle.modules.harness import compare

pytestmark = [
    pytest.mark.oracle,
    pytest.mark.filterwarnings("ignore:enable_nested_tensor"),
    pytest.mark.filterwarnings("ignore:Support for mismatched"),
    pytest.mark.filterwarnings("ignore:Using padding='same'"),
]

RNG = np.random.default_rng(0)


def x(*shape):
    return torch.from_numpy(RNG.normal(size=shape)).requires_grad_()


def whole(high, *shape):
    return torch.from_numpy(RNG.integers(0, high, shape))


def case(name, *args, call, label="", **kwargs):
    """A module made with arguments, and called with others, the named ones last as a dictionary."""
    called = (call[:-1], call[-1]) if isinstance(call[-1], dict) else (call, {})
    return pytest.param(name, (args, kwargs), called, id=f"{name} {label}".strip())


SIGNAL, IMAGE, VOLUME = (2, 4, 9), (2, 4, 7, 8), (1, 4, 5, 6, 4)
MAXIMA, PLACES = torch.nn.MaxPool2d(2, return_indices=True)(x(2, 3, 6, 4).detach())
BAGS = {"offsets": torch.tensor([0, 2, 2, 5])}
ADDED = torch.from_numpy(RNG.normal(size=(4, 5)))
FORBIDDEN = torch.from_numpy(np.triu(np.ones((4, 4), dtype=bool), 1))
PADDING = torch.tensor([[False, False, True, False, True], [False, True, True, False, False]])

CASES = [
    # activations; PyTorch's derivative of Hardsigmoid has single precision only
    *(case(name, call=(x(3, 4),)) for name in ("Identity", "RReLU", "Hardswish")),
    case("Hardtanh", -0.5, 0.7, call=(x(3, 4),)),
    case("GELU", "tanh", call=(x(3, 4),)),
    case("Softplus", 2.0, 1.0, call=(x(3, 4),)),
    case("PReLU", 4, call=(x(3, 4, 2),)),
    case("Softmax2d", call=(x(3, 2, 2),), label="without a batch"),
    # convolutions
    *(
        case(
            "Conv2d",
            4,
            6,
            3,
            padding=p,
            padding_mode=mode,
            dilation=2,
            call=(x(*IMAGE),),
            label=f"{mode} {p}",
        )
        for mode in ("zeros", "reflect", "replicate", "circular")
        for p in ("same", "valid", 1, (2, 1))
    ),
    case("Conv1d", 4, 6, 3, 2, 1, 2, 2, False, call=(x(*SIGNAL),), label="all options"),
    case("Conv2d", 4, 6, (3, 2), (2, 1), (1, 0), (1, 2), 2, call=(x(*IMAGE),), label="per axis"),
    case("Conv3d", 4, 4, 2, 2, groups=4, call=(x(*VOLUME),), label="depthwise"),
    case("ConvTranspose1d", 4, 6, 3, 2, 1, 1, 2, False, 2, call=(x(*SIGNAL),), label="all options"),
    case(
        "ConvTranspose2d", 4, 6, (3, 2), (2, 3), (1, 0), (1, 2), call=(x(*IMAGE),), label="per axis"
    ),
    case(
        "ConvTranspose2d",
        4,
        3,
        3,
        stride=2,
        padding=1,
        call=(x(*IMAGE), [14, 16]),
        label="output size",
    ),
    case("ConvTranspose3d", 4, 2, 2, stride=2, groups=2, call=(x(*VOLUME),)),
    # pooling
    *(
        case(f"MaxPool{n}d", 3, 2, 1, return_indices=True, ceil_mode=True, call=(x(*shape),))
        for n, shape in ((1, SIGNAL), (2, IMAGE), (3, VOLUME))
    ),
    case("MaxPool2d", 2, dilation=2, call=(x(*IMAGE),), label="dilation"),
    case("AvgPool2d", 3, 2, 1, True, False, call=(x(*IMAGE),), label="padding not counted"),
    case("AvgPool2d", 2, divisor_override=3, call=(x(*IMAGE),), label="divisor"),
    case("LPPool2d", 2, 3, 2, True, call=(x(*IMAGE),), label="ceil mode"),
    case("AdaptiveAvgPool2d", (None, 3), call=(x(*IMAGE),), label="an axis kept"),
    case("AdaptiveMaxPool2d", (3, None), True, call=(x(*IMAGE),), label="places"),
    case("MaxUnpool2d", 2, call=(MAXIMA.clone().requires_grad_(), PLACES)),
    case(
        "MaxUnpool2d",
        2,
        call=(MAXIMA.clone().requires_grad_(), PLACES, [7, 5]),
        label="output size",
    ),
    # shapes
    case("Flatten", call=(x(*IMAGE),)),
    case("Flatten", 0, -2, call=(x(*IMAGE),), label="other axes"),
    case("Unflatten", 1, (2, 2), call=(x(*IMAGE),)),
    case("PixelShuffle", 2, call=(x(*IMAGE),)),
    case("PixelUnshuffle", 2, call=(x(2, 3, 4, 6),)),
    case("ChannelShuffle", 2, call=(x(*IMAGE),)),
    case("Unfold", (2, 3), 2, 1, 2, call=(x(*IMAGE),)),
    case("Fold", (4, 5), 2, call=(x(2, 8, 12),)),
    case("Upsample", (9, 5), mode="bilinear", call=(x(*IMAGE),)),
    case("Upsample", scale_factor=1.5, mode="nearest", call=(x(*SIGNAL),), label="nearest"),
    case("Upsample", scale_factor=2, mode="trilinear", align_corners=True, call=(x(*VOLUME),)),
    case("UpsamplingNearest2d", scale_factor=2, call=(x(*IMAGE),)),
    case("UpsamplingBilinear2d", (5, 9), call=(x(*IMAGE),)),
    case("CosineSimilarity", call=(x(3, 4), x(3, 4))),
    case("PairwiseDistance", 1.0, keepdim=True, call=(x(3, 4), x(3, 4))),
    case("CircularPad2d", (1, 2, -1, 0), call=(x(*IMAGE),), label="cut off"),
    # normalisation
    *(
        case(
            "BatchNorm2d",
            4,
            momentum=None,
            affine=a,
            track_running_stats=t,
            call=(x(*IMAGE),),
            label=f"{a} {t}",
        )
        for a in (True, False)
        for t in (True, False)
    ),
    case("BatchNorm1d", 4, bias=False, call=(x(5, 4),), label="no bias"),
    case("InstanceNorm2d", 4, momentum=None, track_running_stats=True, call=(x(*IMAGE),)),
    case("GroupNorm", 2, 4, bias=False, call=(x(*IMAGE),), label="no bias"),
    case("LayerNorm", (7, 8), bias=False, call=(x(*IMAGE),), label="no bias"),
    # embeddings
    case("Embedding", 6, 3, 2, call=(torch.tensor([[2, 0], [5, 2]]),), label="padding"),
    *(
        case(
            "EmbeddingBag",
            6,
            3,
            mode=mode,
            padding_idx=p,
            call=(whole(6, 7), BAGS),
            label=f"{mode} {p}",
        )
        for mode in ("sum", "mean", "max")
        for p in (None, 1)
    ),
    case("EmbeddingBag", 6, 3, mode="sum", call=(whole(6, 2, 4), {"per_sample_weights": x(2, 4)})),
    # sequences
    *(
        case(
            name,
            3,
            4,
            2,
            bias=bias,
            batch_first=first,
            bidirectional=both,
            call=(x(3, 5, 3),),
            label=f"{bias} {first} {both}",
        )
        for name in ("RNN", "GRU", "LSTM")
        for bias in (True, False)
        for first in (True, False)
        for both in (True, False)
    ),
    case("GRU", 3, 4, 2, call=(x(5, 2, 3), x(2, 2, 4)), label="first state"),
    case(
        "LSTM",
        3,
        4,
        2,
        proj_size=2,
        call=(x(5, 2, 3), (x(2, 2, 2), x(2, 2, 4))),
        label="first state",
    ),
    case("RNNCell", 3, 4, False, "relu", call=(x(2, 3),), label="no state"),
    case("GRUCell", 3, 4, call=(x(2, 3), x(2, 4)), label="batch"),
    case("LSTMCell", 3, 4, call=(x(2, 3),), label="no state"),
    # attention
    *(
        case(
            "MultiheadAttention",
            4,
            2,
            kdim=3,
            vdim=5,
            batch_first=True,
            add_zero_attn=zero,
            add_bias_kv=zero,
            call=(x(2, 4, 4), x(2, 5, 3), x(2, 5, 5), {"need_weights": w, **masks}),
            label=f"{zero} {w} {list(masks)}",
        )
        for zero in (True, False)
        for w in (True, False)
        for masks in (
            {},
            {"attn_mask": ADDED},
            {"key_padding_mask": PADDING},
            {"attn_mask": ADDED, "key_padding_mask": PADDING},
            {"attn_mask": ADDED.repeat(4, 1, 1)},
        )
    ),
    case(
        "MultiheadAttention",
        4,
        2,
        call=(*[x(4, 3, 4)] * 3, {"average_attn_weights": False}),
        label="each head",
    ),
    case(
        "MultiheadAttention",
        4,
        2,
        call=(*[x(4, 3, 4)] * 3, {"attn_mask": FORBIDDEN, "is_causal": True}),
    ),
    case(
        "TransformerDecoder",
        torch.nn.TransformerDecoderLayer(4, 2, 5, 0.0, dtype=torch.float64),
        2,
        call=(x(4, 2, 4), x(3, 2, 4), {"tgt_mask": FORBIDDEN}),
    ),
    case(
        "Transformer",
        4,
        2,
        1,
        2,
        5,
        0.0,
        "gelu",
        norm_first=True,
        call=(x(3, 2, 4), x(4, 2, 4), {"tgt_mask": FORBIDDEN}),
    ),
    # losses
    *(
        case(name, reduction=r, call=(x(3, 4), x(3, 4), x(3, 4)), label=r)
        for name in ("TripletMarginLoss", "TripletMarginWithDistanceLoss")
        for r in ("mean", "sum", "none")
    ),
    case("TripletMarginLoss", 0.5, 1.0, swap=True, call=(x(3, 4), x(3, 4), x(3, 4)), label="swap"),
    case("SmoothL1Loss", beta=0.5, call=(x(3, 4), x(3, 4)), label="beta"),
    # nothing is dropped
    *(case(name, 0.0, call=(x(*IMAGE),)) for name in ("Dropout", "Dropout2d", "AlphaDropout")),
]


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize(("name", "made", "called"), CASES)
def test_module(name, made, called, training):
    if name == "RReLU" and training:
        made = ((0.2, 0.2), {})  # slopes that are not random
    rng = np.random.default_rng(0)
    assert compare(name, getattr(nn, name), made, called, training, rng) is None


@pytest.mark.parametrize("name", ["Dropout", "Dropout1d", "Dropout2d", "Dropout3d", "AlphaDropout"])
def test_outside_training_nothing_is_dropped(name):
    shape = {"Dropout1d": SIGNAL, "Dropout3d": VOLUME}.get(name, IMAGE)
    rng = np.random.default_rng(0)
    assert compare(name, getattr(nn, name), ((), {}), ((x(*shape),), {}), False, rng) is None

"""A small example of every public layer and loss. Not a test module."""

import inspect
from dataclasses import dataclass
from typing import Any

import numpy as np

import nn

RNG = np.random.default_rng(0)


@dataclass(frozen=True)
class Example:
    """How a layer is made, and what it is called with; nothing where it is never called."""

    args: tuple[Any, ...] = ()
    kwargs: dict[str, Any] | None = None
    inputs: tuple[Any, ...] = ()


def example(*args, inputs=None, **kwargs):
    return Example(args, kwargs, inputs if isinstance(inputs, tuple) else (inputs,))


def x(*shape):
    """Distinct numbers, none of them where an activation has a kink."""
    return RNG.normal(size=shape) + 0.01


def chances(*shape):
    return RNG.uniform(0.1, 0.9, size=shape)


def labels(classes, *shape):
    return RNG.integers(0, classes, shape)


def signs(*shape):
    return RNG.choice([-1.0, 1.0], size=shape)


def make(name, dtype=np.float64, seed=0):
    """The layer of an example, with what it takes of dtype and seed."""
    kind, how = getattr(nn, name), EXAMPLES[name]
    accepted = inspect.signature(kind).parameters
    options = {"dtype": dtype, "seed": seed}
    given = {key: option for key, option in options.items() if key in accepted}
    args = [arg(**options) if callable(arg) else arg for arg in how.args]
    return kind(*args, **how.kwargs, **given)


def linear(dtype, seed):
    return nn.Linear(3, 3, dtype=dtype, seed=seed)


def parameter(dtype, seed):
    return nn.Parameter(np.random.default_rng(seed).normal(size=2), dtype)


SIGNAL, IMAGE, VOLUME = x(2, 2, 6), x(2, 2, 4, 4), x(1, 2, 4, 4, 4)
BY_AXES = {1: SIGNAL, 2: IMAGE, 3: VOLUME}
LENGTHS = ([4, 3], [2, 1])


def pooled(axes):
    """What max pooling leaves, and where it was."""
    return getattr(nn, f"MaxPool{axes}d")(2, return_indices=True)(BY_AXES[axes])


ACTIVATIONS = (
    *("Identity", "Step", "Sigmoid", "LogSigmoid", "Tanh", "Tanhshrink", "Softsign", "ReLU"),
    *("ReLU6", "SELU", "SiLU", "Swish", "Mish", "Hardsigmoid", "Hardswish", "LeakyReLU", "PReLU"),
    *("RReLU", "ELU", "CELU", "GELU", "Softplus", "Hardtanh", "Hardshrink", "Softshrink"),
    *("Softmax", "Softmin", "LogSoftmax"),
)

EXAMPLES: dict[str, Example] = {
    **{name: example(inputs=x(3, 4)) for name in ACTIVATIONS},
    "Threshold": example(0.1, 2.0, inputs=x(3, 4)),
    "GLU": example(inputs=x(3, 4)),
    "Softmax2d": example(inputs=IMAGE),
    # linear
    "Linear": example(3, 2, inputs=x(4, 3)),
    "Bilinear": example(3, 2, 2, inputs=(x(4, 3), x(4, 2))),
    "Neuron": example(3, inputs=x(4, 3)),
    "Perceptron": example(3, inputs=x(4, 3)),
    "MLP": example((3, 4, 2), inputs=x(4, 3)),
    # convolution, pooling, padding
    **{f"Conv{n}d": example(2, 3, 2, inputs=BY_AXES[n]) for n in BY_AXES},
    **{f"ConvTranspose{n}d": example(2, 2, 2, stride=2, inputs=BY_AXES[n]) for n in BY_AXES},
    **{f"MaxPool{n}d": example(2, inputs=BY_AXES[n]) for n in BY_AXES},
    **{f"AvgPool{n}d": example(2, inputs=BY_AXES[n]) for n in BY_AXES},
    **{f"LPPool{n}d": example(2, 2, inputs=abs(BY_AXES[n])) for n in BY_AXES},
    **{f"AdaptiveAvgPool{n}d": example(2, inputs=BY_AXES[n]) for n in BY_AXES},
    **{f"AdaptiveMaxPool{n}d": example(2, inputs=BY_AXES[n]) for n in BY_AXES},
    **{f"MaxUnpool{n}d": example(2, inputs=pooled(n)) for n in BY_AXES},
    **{f"ConstantPad{n}d": example(1, 2.0, inputs=BY_AXES[n]) for n in BY_AXES},
    **{
        f"{kind}Pad{n}d": example(1, inputs=BY_AXES[n])
        for n in BY_AXES
        for kind in ("Zero", "Reflection", "Replication", "Circular")
    },
    # shapes
    "Flatten": example(inputs=IMAGE),
    "Unflatten": example(1, (2, -1), inputs=x(3, 6)),
    "PixelShuffle": example(2, inputs=x(1, 4, 2, 2)),
    "PixelUnshuffle": example(2, inputs=IMAGE),
    "ChannelShuffle": example(2, inputs=x(1, 4, 2)),
    "Unfold": example(2, inputs=IMAGE),
    "Fold": example(3, 2, inputs=x(1, 8, 4)),
    "Upsample": example(scale_factor=2, mode="bilinear", inputs=IMAGE),
    "UpsamplingNearest2d": example(6, inputs=IMAGE),
    "UpsamplingBilinear2d": example(6, inputs=IMAGE),
    "CosineSimilarity": example(inputs=(x(3, 4), x(3, 4))),
    "PairwiseDistance": example(inputs=(x(3, 4), x(3, 4))),
    # normalisation and dropout
    **{f"BatchNorm{n}d": example(2, inputs=BY_AXES[n]) for n in BY_AXES},
    **{f"InstanceNorm{n}d": example(2, affine=True, inputs=BY_AXES[n]) for n in BY_AXES},
    "LayerNorm": example(4, inputs=x(3, 4)),
    "RMSNorm": example(4, inputs=x(3, 4)),
    "GroupNorm": example(2, 4, inputs=x(2, 4, 3)),
    "LocalResponseNorm": example(2, inputs=IMAGE),
    "Dropout": example(inputs=x(5, 5)),
    **{f"Dropout{n}d": example(inputs=BY_AXES[n]) for n in BY_AXES},
    "AlphaDropout": example(inputs=x(5, 5)),
    "FeatureAlphaDropout": example(inputs=x(4, 4, 2)),
    # tables, sequences, attention
    "Embedding": example(5, 2, padding_idx=1, inputs=labels(5, 2, 4)),
    "EmbeddingBag": example(5, 2, inputs=labels(5, 2, 4)),
    "RNNCell": example(2, 3, inputs=(x(2, 2), x(2, 3))),
    "GRUCell": example(2, 3, inputs=(x(2, 2), x(2, 3))),
    "LSTMCell": example(2, 3, inputs=(x(2, 2), (x(2, 3), x(2, 3)))),
    **{
        name: example(2, 3, num_layers=2, dropout=0.3, bidirectional=True, inputs=x(3, 2, 2))
        for name in ("RNN", "GRU", "LSTM")
    },
    "MultiheadAttention": example(
        4, 2, 0.3, add_bias_kv=True, inputs=(x(2, 1, 4), x(3, 1, 4), x(3, 1, 4))
    ),
    "SinusoidalPositions": example(4, 0.3, inputs=x(3, 2, 4)),
    "TransformerEncoderLayer": example(4, 2, 3, inputs=x(3, 1, 4)),
    "TransformerDecoderLayer": example(4, 2, 3, inputs=(x(2, 1, 4), x(3, 1, 4))),
    "TransformerEncoder": example(
        lambda **options: nn.TransformerEncoderLayer(4, 2, 3, **options), 2, inputs=x(3, 1, 4)
    ),
    "TransformerDecoder": example(
        lambda **options: nn.TransformerDecoderLayer(4, 2, 3, **options),
        2,
        inputs=(x(2, 1, 4), x(3, 1, 4)),
    ),
    "Transformer": example(4, 2, 1, 1, 3, inputs=(x(2, 1, 4), x(3, 1, 4))),
    # containers
    "Sequential": example(linear, linear, inputs=x(2, 3)),
    "Residual": example(linear, inputs=x(2, 3)),
    "ModuleList": Example((lambda **options: [linear(**options)],), {}),
    "ModuleDict": Example((lambda **options: {"fc": linear(**options)},), {}),
    "ParameterList": Example((lambda **options: [parameter(**options)],), {}),
    "ParameterDict": Example((lambda **options: {"w": parameter(**options)},), {}),
    # losses
    **{
        name: example(inputs=(x(3, 2), x(3, 2)))
        for name in ("MSELoss", "L1Loss", "HuberLoss", "SmoothL1Loss")
    },
    "KLDivLoss": example(inputs=(np.log(chances(3, 2)), chances(3, 2))),
    "PoissonNLLLoss": example(inputs=(x(3, 2), chances(3, 2))),
    "GaussianNLLLoss": example(inputs=(x(3, 2), x(3, 2), chances(3, 2))),
    "BCELoss": example(chances(2), inputs=(chances(3, 2), chances(3, 2))),
    "BCEWithLogitsLoss": example(pos_weight=chances(2), inputs=(x(3, 2), chances(3, 2))),
    "NLLLoss": example(chances(4), inputs=(x(3, 4), labels(4, 3))),
    "CrossEntropyLoss": example(label_smoothing=0.1, inputs=(x(3, 4), labels(4, 3))),
    "LinearCrossEntropyLoss": example(2, 4, inputs=(x(3, 2), labels(4, 3))),
    "CTCLoss": example(inputs=(np.log(chances(4, 2, 3)), np.array([[1, 2], [2, 0]]), *LENGTHS)),
    "HingeEmbeddingLoss": example(inputs=(x(3, 2), signs(3, 2))),
    "SoftMarginLoss": example(inputs=(x(3, 2), signs(3, 2))),
    "MarginRankingLoss": example(inputs=(x(3), x(3), signs(3))),
    "MultiMarginLoss": example(inputs=(x(3, 4), labels(4, 3))),
    "MultiLabelMarginLoss": example(inputs=(x(2, 3), np.array([[2, 0, -1], [1, -1, 0]]))),
    "MultiLabelSoftMarginLoss": example(inputs=(x(3, 4), labels(2, 3, 4))),
    "CosineEmbeddingLoss": example(inputs=(x(3, 4), x(3, 4), labels(2, 3) * 2 - 1)),
    "TripletMarginLoss": example(inputs=(x(3, 4), x(3, 4), x(3, 4))),
    "TripletMarginWithDistanceLoss": example(inputs=(x(3, 4), x(3, 4), x(3, 4))),
}

#: Layers that hold others, and are never called themselves.
HOLDERS = {"ModuleList", "ModuleDict", "ParameterList", "ParameterDict"}
CALLED = sorted(EXAMPLES.keys() - HOLDERS)

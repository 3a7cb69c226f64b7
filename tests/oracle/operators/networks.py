"""Operators of networks: what `torch.nn.functional` has, by the same names in `nn.functional`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import nn.functional as F  # noqa: N812 - PyTorch's usual name for it
from autograd import grad


def table_first(function: Callable[..., Any]) -> Callable[..., Any]:
    """Look-ups: the database has the table first, since it is what has a gradient."""
    return lambda weight, numbers, **kwargs: function(numbers, weight, **kwargs)


def distance_between(anchor: Any, *others: Any, distance_function: Any, **kwargs: Any) -> Any:
    """The samples' distance is a module of PyTorch's, of which ours is the same function."""
    return F.triplet_margin_with_distance_loss(
        anchor, *others, distance_function=F.pairwise_distance, **kwargs
    )


def linear_cross_entropy(
    input: Any, *args: Any, ignore_index: int = -100, options: Any = None, **kwargs: Any
) -> Any:
    """Options choose how PyTorch cuts the computation into pieces, not what is computed."""
    return F.linear_cross_entropy(input, *args, ignore_index=ignore_index, **kwargs)


def max_pool_backward(input: Any, *, return_indices: bool, **kwargs: Any) -> Any:
    """The gradient of max pooling, whose own derivative is 0 everywhere."""
    return grad(lambda x: np.sum(F.max_pool2d(x, **kwargs)))(input)


MODES, PADDINGS = ("bilinear", "nearest", "bicubic"), ("zeros", "border", "reflection")


def numbered_grid_sample(
    input: Any, grid: Any, mode: int, padding: int, align_corners: bool
) -> Any:
    """The same function as `grid_sample`, with numbers for the names of its modes."""
    return F.grid_sample(input, grid, MODES[mode], PADDINGS[padding], align_corners)


def softmax_backward(g: Any, y: Any, dim: int, dtype: Any) -> Any:
    return y * (g - np.sum(g * y, axis=dim, keepdims=True))


NAMES = (
    # affine maps, windows
    "linear", "bilinear", "conv1d", "conv2d", "conv3d",
    "conv_transpose1d", "conv_transpose2d", "conv_transpose3d", "unfold",
    "max_pool1d", "max_pool2d", "max_pool3d", "avg_pool1d", "avg_pool2d", "avg_pool3d",
    "adaptive_avg_pool1d", "adaptive_avg_pool2d", "adaptive_avg_pool3d",
    "adaptive_max_pool1d", "adaptive_max_pool2d", "adaptive_max_pool3d",
    # normalisation
    "batch_norm", "layer_norm", "rms_norm", "group_norm", "instance_norm", "local_response_norm",
    # activations
    "relu6", "celu", "selu", "gelu", "mish", "hardtanh", "hardsigmoid", "hardswish", "hardshrink",
    "softshrink", "tanhshrink", "softsign", "softplus", "logsigmoid", "threshold", "glu",
    "softmin",
    # losses
    "mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss", "kl_div", "poisson_nll_loss",
    "gaussian_nll_loss", "binary_cross_entropy", "binary_cross_entropy_with_logits", "nll_loss",
    "cross_entropy", "hinge_embedding_loss", "margin_ranking_loss", "multi_margin_loss",
    "multilabel_margin_loss", "multilabel_soft_margin_loss", "soft_margin_loss",
    "cosine_embedding_loss", "triplet_margin_loss",
    # images
    "pixel_shuffle", "pixel_unshuffle", "channel_shuffle", "upsample_nearest", "upsample_bilinear",
    "grid_sample",
)  # fmt: skip

OPERATORS = {
    **{f"nn.functional.{name}": getattr(F, name) for name in NAMES},
    **{
        f"nn.functional.interpolate.{mode}": F.interpolate
        for mode in (
            "nearest", "nearest-exact", "linear", "bilinear", "bicubic", "trilinear", "area",
        )
    },
    **{
        f"nn.functional.max_unpool{axes}d.grad": getattr(F, f"max_unpool{axes}d")
        for axes in (1, 2, 3)
    },
    "softmax": F.softmax,
    "softmax.with_dtype": F.softmax,
    "nn.functional.softmin.with_dtype": F.softmin,
    "log_softmax": F.log_softmax,
    "log_softmax.with_dtype": F.log_softmax,
    "_softmax_backward_data": softmax_backward,
    "max_pool2d_with_indices_backward": max_pool_backward,
    "nn.functional.linear_cross_entropy": linear_cross_entropy,
    "nn.functional.linear_cross_entropy.chunked": linear_cross_entropy,
    "nn.functional.linear_cross_entropy.chunked_none": linear_cross_entropy,
    "nn.functional.triplet_margin_with_distance_loss": distance_between,
    "grid_sampler_2d": numbered_grid_sample,
    "grid_sampler_3d": numbered_grid_sample,
    "nn.functional.embedding": table_first(F.embedding),
    "nn.functional.embedding_bag": table_first(F.embedding_bag),
    "nn.functional.feature_alpha_dropout.without_train": F.feature_alpha_dropout,
}  # fmt: skip

TOLERANCES = {
    "nn.functional.hardsigmoid": (1e-7, "PyTorch multiplies gradients by 1/6 in single precision"),
}

RANDOM = "draws random numbers: no two generators agree"
INTERNAL = "is PyTorch's inner form of {}, which has more results; that is run under its own name"
REPEATED = (
    "where windows overlap, PyTorch hands the gradient of one place to several elements, of which "
    "only one is there; the samples without overlap are run as .grad"
)
LEFT_OUT = {
    **dict.fromkeys(
        (
            "nn.functional.dropout",
            "nn.functional.dropout2d",
            "nn.functional.dropout3d",
            "nn.functional.alpha_dropout",
            "nn.functional.feature_alpha_dropout.with_train",
            "nn.functional.fractional_max_pool2d",
            "nn.functional.fractional_max_pool3d",
            "nn.functional.scaled_dot_product_attention",
            "nn.functional.multi_head_attention_forward",
        ),
        RANDOM,
    ),
    **{f"nn.functional.max_unpool{axes}d": REPEATED for axes in (1, 2, 3)},
    "native_group_norm": INTERNAL.format("group_norm"),
    "native_layer_norm": INTERNAL.format("layer_norm"),
    "native_batch_norm": INTERNAL.format("batch_norm"),
    "_native_batch_norm_legit": INTERNAL.format("batch_norm"),
    "_batch_norm_with_update": INTERNAL.format("batch_norm"),
    "native_dropout_backward": "is the product of its arguments, and nobody's function",
    "torch.ops.aten._safe_softmax.default": "is an inner part of attention, and nobody's function",
    "_upsample_bilinear2d_aa": (
        "is PyTorch's inner form of interpolate with antialias, which takes a size and another "
        "factor at once"
    ),
    "nn.functional.ctc_loss": (
        "PyTorch's gradient has the exponential of its argument added, which is right only where "
        "that comes from log_softmax; the samples' does not"
    ),
}

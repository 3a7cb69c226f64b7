"""Operators of convolutional networks: convolution, pooling, normalisation, embedding."""

from __future__ import annotations

from typing import Any

import nn.functional as F  # noqa: N812 - PyTorch's usual name for it


def pooled(function: Any) -> Any:
    def adapter(input: Any, *args: Any, **kwargs: Any) -> Any:
        return function(input, *args, **kwargs)

    return adapter


def embedding(weight: Any, idx: Any, **kwargs: Any) -> Any:
    return F.embedding(idx, weight, kwargs.get("padding_idx"))


def instance_norm(input: Any, *stats: Any, **kwargs: Any) -> Any:
    return F.instance_norm(input, kwargs.get("weight"), kwargs.get("bias"), kwargs.get("eps", 1e-5))


NAMES = (
    "conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d",
    "max_pool1d", "max_pool2d", "max_pool3d", "avg_pool1d", "avg_pool2d", "avg_pool3d",
    "adaptive_avg_pool1d", "adaptive_avg_pool2d", "adaptive_avg_pool3d",
    "adaptive_max_pool1d", "adaptive_max_pool2d", "adaptive_max_pool3d",
    "layer_norm", "rms_norm", "group_norm",
)  # fmt: skip

OPERATORS = {
    **{f"nn.functional.{name}": pooled(getattr(F, name)) for name in NAMES},
    "nn.functional.instance_norm": instance_norm,
    "nn.functional.embedding": embedding,
}

LEFT_OUT = {
    "nn.functional.batch_norm": "two samples have one axis only, and no channels",
    "nn.functional.dropout": "draws random numbers: no two generators agree",
}

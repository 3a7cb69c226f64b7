"""How a call of PyTorch's modules is written here, and what is left out."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

import nn

#: Modules of the database that are not here, and why.
LEFT_OUT: dict[str, str] = {
    **{
        f"Lazy{kind}{axes}d": "guesses its number of input channels at the first call, and is "
        f"nn.{kind}{axes}d from then on"
        for kind in ("Conv", "ConvTranspose")
        for axes in (1, 2, 3)
    },
    **{
        f"FractionalMaxPool{axes}d": "pools windows at random places, which nn.functional lacks"
        for axes in (2, 3)
    },
}

#: Arguments that change nothing that could be compared: where PyTorch computes, whether it
#: overwrites its input, and in how many chunks it computes a loss.
_WITHOUT_EFFECT = ("device", "options")


def our_arguments(
    name: str, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[list[Any], dict[str, Any]]:
    """The arguments with which our module of this name is made, in float64."""
    ours = {key: _ours(value) for key, value in kwargs.items() if key not in _WITHOUT_EFFECT}
    if _takes_dtype(getattr(nn, name)):
        ours["dtype"] = np.float64
    return [_ours(value) for value in args], ours


def _takes_dtype(kind: type) -> bool:
    return "dtype" in inspect.signature(kind).parameters


def _ours(value: Any) -> Any:
    if isinstance(value, torch.Tensor):
        return value.detach().numpy()
    if isinstance(value, torch.nn.TransformerEncoderLayer | torch.nn.TransformerDecoderLayer):
        return _layer(value)
    if value is torch.nn.functional.gelu:
        return nn.functional.gelu
    if value is torch.nn.functional.relu:
        return nn.functional.relu
    return value


def _layer(layer: Any) -> nn.Module:
    """The layer of which a stack makes copies; its numbers come with the stack's state."""
    return getattr(nn, type(layer).__name__)(
        layer.linear1.in_features,
        layer.self_attn.num_heads,
        layer.linear1.out_features,
        layer.dropout.p,
        _ours(layer.activation),
        layer.norm1.eps,
        layer.self_attn.batch_first,
        layer.norm_first,
        layer.linear1.bias is not None,
        dtype=np.float64,
    )


def prepared(
    name: str, log_softmax: Callable[..., Any], module: Callable[..., Any], call: Any
) -> Any:
    """Call a module; log-probabilities come from log_softmax, as PyTorch's CTCLoss assumes.

    Its gradient has the exponential of its argument added, which is right only behind log_softmax.
    """
    args, kwargs = call
    if name == "CTCLoss":
        args = (log_softmax(args[0], -1), *args[1:])
    return module(*args, **kwargs)

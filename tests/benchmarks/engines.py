"""One description of a network, built on each engine's own layers, with the same numbers in it."""

from __future__ import annotations

import itertools
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]

#: Builds a network from the layers of a module, such as `nn` or `torch.nn`, which agree on names.
Build = Callable[[Any], Any]


@dataclass(frozen=True)
class Stack:
    """Layers after each other: names of classes, and what they are made with.

    Since it is only a description, an engine without such classes can run it too. Convolutions
    are given with channels, extent, stride and padding.
    """

    layers: tuple[tuple[Any, ...], ...]

    def __call__(self, module: Any) -> Any:
        return module.Sequential(
            *(getattr(module, name)(*arguments) for name, *arguments in self.layers)
        )


def mlp(*sizes: int) -> Stack:
    """Linear maps with relus between them."""
    layers: list[tuple[Any, ...]] = []
    for pair in itertools.pairwise(sizes):
        layers += [("Linear", *pair), ("ReLU",)]
    return Stack(tuple(layers[:-1]))


def lenet() -> Stack:
    """LeNet-5 with relus and max pooling, for images of 28 × 28 pixels."""
    return Stack(
        (
            ("Conv2d", 1, 6, 5, 1, 2), ("ReLU",), ("MaxPool2d", 2),
            ("Conv2d", 6, 16, 5, 1, 0), ("ReLU",), ("MaxPool2d", 2), ("Flatten",),
            ("Linear", 400, 120), ("ReLU",), ("Linear", 120, 84), ("ReLU",), ("Linear", 84, 10),
        )
    )  # fmt: skip


def initial(name: str, shape: tuple[int, ...], dtype: Any = np.float32) -> Array | None:
    """The first numbers of a parameter, by its name; None where those of the layers are the same.

    Those are the scales of normalisations: 1 everywhere.
    """
    rng = np.random.default_rng(zlib.crc32(name.encode()))
    if len(shape) > 1:
        fan_in = np.prod(shape[1:])
        return rng.normal(scale=(2 / fan_in) ** 0.5, size=shape).astype(dtype)
    if name.endswith("weight"):
        return None
    return rng.normal(scale=0.1, size=shape).astype(dtype)


def glassgrad(build: Build) -> Any:
    """A network of ours."""
    import nn

    model = build(nn)
    for name, parameter in model.named_parameters():
        start = initial(name, parameter.shape)
        if start is not None:
            parameter.data = start
    return model


def pytorch(build: Build) -> Any:
    """PyTorch's."""
    import torch

    model = build(torch.nn)
    for name, parameter in model.named_parameters():
        start = initial(name, tuple(parameter.shape))
        if start is not None:
            parameter.data = torch.from_numpy(start)
    return model


class MyGrad:
    """MyGrad has functions but no modules, so that it reads the description itself.

    Parameters
    ----------
    stack : Stack
    """

    def __init__(self, stack: Stack) -> None:
        self._layers = stack.layers
        self.parameters: list[Any] = []
        for number, (kind, *arguments) in enumerate(stack.layers):
            if kind == "Linear":
                n_in, n_out = arguments
                self._add(number, (n_out, n_in))
            elif kind == "Conv2d":
                n_in, n_out, kernel, *_ = arguments
                self._add(number, (n_out, n_in, kernel, kernel))

    def _add(self, number: int, shape: tuple[int, ...]) -> None:
        from mygrad import tensor

        self.parameters += [
            tensor(initial(f"{number}.weight", shape)),
            tensor(initial(f"{number}.bias", shape[:1])),
        ]

    def __call__(self, x: Any) -> Any:
        from mygrad.nnet.activations import relu
        from mygrad.nnet.layers import conv_nd, max_pool

        parameters = iter(self.parameters)
        for kind, *arguments in self._layers:
            if kind == "Linear":
                x = x @ next(parameters).T + next(parameters)
            elif kind == "Conv2d":
                stride, padding = arguments[3:5]
                x = conv_nd(x, next(parameters), stride=stride, padding=padding)
                x = x + next(parameters).reshape(1, -1, 1, 1)
            elif kind == "MaxPool2d":
                (size,) = arguments
                x = max_pool(x, (size, size), size)
            elif kind == "Flatten":
                x = x.reshape(x.shape[0], -1)
            else:
                assert kind == "ReLU", kind
                x = relu(x)
        return x

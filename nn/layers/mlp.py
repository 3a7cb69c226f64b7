"""The multi-layer perceptron."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from nn.aliases import DTypeLike, Seed, Variable
from nn.init import zeros_
from nn.layers.activations import ReLU
from nn.layers.containers import Sequential
from nn.layers.linear import Linear
from nn.module import Module


class MLP(Sequential):
    """Fully connected layers with an activation between them.

    The children are called ``fc1``, ``act1``, ``fc2``, ``act2`` … in the order in which they run.

    Parameters
    ----------
    sizes : sequence of int
        Units from the input to the output, such as ``(784, 16, 16, 10)``.
    activation : type of Module, default ReLU
        Called without arguments, once for every hidden layer.
    output_activation : type of Module, optional
        The same after the last layer. None gives logits, or the values of a regression.
    init : callable, optional
        ``init(weight, seed=generator)`` fills each weight, as `nn.init.kaiming_normal_` does;
        biases then start at 0. By default weights and biases are those of `Linear`.
    dtype : dtype, default float32
        Of the parameters.
    seed : int or Generator, optional
        Where the first weights come from.

    Examples
    --------
    >>> from nn import MLP
    >>> MLP((784, 16, 16, 10)).count_parameters()
    13002
    """

    def __init__(
        self,
        sizes: Sequence[int],
        activation: Callable[[], Module] = ReLU,
        output_activation: Callable[[], Module] | None = None,
        *,
        init: Callable[..., Variable] | None = None,
        dtype: DTypeLike | None = None,
        seed: Seed = None,
    ) -> None:
        if len(sizes) < 2:
            raise ValueError(
                f"MLP needs the sizes of its input and output at least, but got {sizes!r}."
            )
        for factory in (activation, output_activation):
            if isinstance(factory, Module):
                raise TypeError(
                    f"MLP makes an activation for every layer, so it needs the class, as in "
                    f"activation=nn.{type(factory).__name__}, and not one object of it."
                )
        rng = np.random.default_rng(seed)
        depth = len(sizes) - 1
        children: dict[str, Module] = {}
        for i in range(1, depth + 1):
            layer = Linear(sizes[i - 1], sizes[i], dtype=dtype, seed=rng)
            if init is not None:
                init(layer.weight, seed=rng)
                zeros_(layer.bias)
            children[f"fc{i}"] = layer
            act = activation if i < depth else output_activation
            if act is not None:
                children[f"act{i}"] = act()
        super().__init__(children)

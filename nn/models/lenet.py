"""LeNet-5, the first convolutional network that was put to use."""

from __future__ import annotations

import numpy as np

from nn.aliases import ArrayOrNode, DTypeLike, Seed
from nn.layers import AvgPool2d, Conv2d, Flatten, Linear, Tanh
from nn.module import Module


class LeNet5(Module):
    """LeNet-5 for digits of 28 × 28 pixels: 61 706 parameters (LeCun et al., 1998).

    As it is built today: its second convolution sees all channels, pooling learns nothing, and
    the output is linear.

    Parameters
    ----------
    num_classes : int, default 10
        Outputs, as logits.
    dtype : dtype, default float32
        Of the parameters.
    seed : int or Generator, optional
        Where the first weights come from.
    """

    def __init__(
        self, num_classes: int = 10, *, dtype: DTypeLike | None = None, seed: Seed = None
    ) -> None:
        rng = np.random.default_rng(seed)
        # The padding makes of 28 × 28 pixels the 32 × 32 of the paper.
        self.conv1 = Conv2d(1, 6, 5, padding=2, dtype=dtype, seed=rng)
        self.conv2 = Conv2d(6, 16, 5, dtype=dtype, seed=rng)
        self.fc1 = Linear(16 * 5 * 5, 120, dtype=dtype, seed=rng)
        self.fc2 = Linear(120, 84, dtype=dtype, seed=rng)
        self.fc3 = Linear(84, num_classes, dtype=dtype, seed=rng)
        self.pool = AvgPool2d(2)
        self.flatten = Flatten()
        self.tanh = Tanh()

    def forward(self, x: ArrayOrNode) -> ArrayOrNode:
        """Map images (N, 1, 28, 28) to logits (N, num_classes)."""
        x = self.pool(self.tanh(self.conv1(x)))
        x = self.pool(self.tanh(self.conv2(x)))
        x = self.tanh(self.fc1(self.flatten(x)))
        return self.fc3(self.tanh(self.fc2(x)))

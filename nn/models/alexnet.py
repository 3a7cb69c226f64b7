"""AlexNet, with which deep learning won the ImageNet challenge of 2012."""

from __future__ import annotations

import numpy as np

from nn.aliases import ArrayOrNode, DTypeLike, Seed
from nn.layers import (
    AdaptiveAvgPool2d,
    Conv2d,
    Dropout,
    Flatten,
    Linear,
    MaxPool2d,
    ReLU,
    Sequential,
)
from nn.module import Module


class AlexNet(Module):
    """AlexNet for images of 224 × 224 pixels: 61 100 840 parameters with 1 000 classes.

    The form for one processor (Krizhevsky, 2014), with torchvision's state-dict keys. Images may
    have any size from 63 × 63 pixels.

    Parameters
    ----------
    num_classes : int, default 1000
        Outputs, as logits.
    dropout : float, default 0.5
        Probability before the first two fully connected layers, in training.
    dtype : dtype, default float32
        Of the parameters.
    seed : int or Generator, optional
        Where the first weights and dropout come from.
    """

    def __init__(
        self,
        num_classes: int = 1000,
        dropout: float = 0.5,
        *,
        dtype: DTypeLike | None = None,
        seed: Seed = None,
    ) -> None:
        rng = np.random.default_rng(seed)
        self.features = Sequential(
            Conv2d(3, 64, 11, stride=4, padding=2, dtype=dtype, seed=rng),
            ReLU(),
            MaxPool2d(3, 2),
            Conv2d(64, 192, 5, padding=2, dtype=dtype, seed=rng),
            ReLU(),
            MaxPool2d(3, 2),
            Conv2d(192, 384, 3, padding=1, dtype=dtype, seed=rng),
            ReLU(),
            Conv2d(384, 256, 3, padding=1, dtype=dtype, seed=rng),
            ReLU(),
            Conv2d(256, 256, 3, padding=1, dtype=dtype, seed=rng),
            ReLU(),
            MaxPool2d(3, 2),
        )
        self.avgpool = AdaptiveAvgPool2d(6)
        self.flatten = Flatten()
        self.classifier = Sequential(
            Dropout(dropout, seed=rng),
            Linear(256 * 6 * 6, 4096, dtype=dtype, seed=rng),
            ReLU(),
            Dropout(dropout, seed=rng),
            Linear(4096, 4096, dtype=dtype, seed=rng),
            ReLU(),
            Linear(4096, num_classes, dtype=dtype, seed=rng),
        )

    def forward(self, x: ArrayOrNode) -> ArrayOrNode:
        """Map images (N, 3, H, W) to logits (N, num_classes)."""
        return self.classifier(self.flatten(self.avgpool(self.features(x))))

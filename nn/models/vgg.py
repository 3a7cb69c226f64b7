"""VGG16: many small convolutions above each other."""

from __future__ import annotations

import numpy as np

from nn import init
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

#: Channels of the convolutions, stage by stage; each stage ends with a pooling.
_STAGES = ((64, 64), (128, 128), (256, 256, 256), (512, 512, 512), (512, 512, 512))


class VGG16(Module):
    """VGG16 for images of 224 × 224 pixels: 138 357 544 parameters with 1 000 classes.

    Configuration D of Simonyan and Zisserman (2015), with torchvision's state-dict keys. Images
    may have any size from 32 × 32 pixels.

    Parameters
    ----------
    num_classes : int, default 1000
        Outputs, as logits.
    dropout : float, default 0.5
        Probability after the first two fully connected layers, in training.
    dtype : dtype, default float32
        Of the parameters.
    seed : int or Generator, optional
        Where the first weights and dropout come from: those of convolutions from
        `nn.init.kaiming_normal_` over what they feed, as in torchvision.
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
        layers: list[Module] = []
        channels = 3
        for stage in _STAGES:
            for width in stage:
                conv = Conv2d(channels, width, 3, padding=1, dtype=dtype, seed=rng)
                init.kaiming_normal_(conv.weight, mode="fan_out", nonlinearity="relu", seed=rng)
                init.zeros_(conv.bias)
                layers += [conv, ReLU()]
                channels = width
            layers.append(MaxPool2d(2))
        self.features = Sequential(*layers)
        self.avgpool = AdaptiveAvgPool2d(7)
        self.flatten = Flatten()
        self.classifier = Sequential(
            Linear(512 * 7 * 7, 4096, dtype=dtype, seed=rng),
            ReLU(),
            Dropout(dropout, seed=rng),
            Linear(4096, 4096, dtype=dtype, seed=rng),
            ReLU(),
            Dropout(dropout, seed=rng),
            Linear(4096, num_classes, dtype=dtype, seed=rng),
        )

    def forward(self, x: ArrayOrNode) -> ArrayOrNode:
        """Map images (N, 3, H, W) to logits (N, num_classes)."""
        return self.classifier(self.flatten(self.avgpool(self.features(x))))

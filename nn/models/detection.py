"""Detection: what is in a picture, and where."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from nn import functional
from nn.aliases import Array, ArrayOrNode, DTypeLike, Seed
from nn.layers import BatchNorm2d, Conv2d, Flatten, Linear, MaxPool2d, ReLU, Sequential
from nn.metrics import numbers_of
from nn.module import Module


class OneObjectDetector(Module):
    """A convolutional network with two heads: the class of the one object, and its box.

    Train it on `nn.data.make_shapes`, with ``loss=nn.models.detection_loss``.

    Parameters
    ----------
    num_classes : int
        Kinds of objects.
    image_size : int
        Height and width of the pictures, divisible by 2 for each width.
    in_channels : int, default 1
        Of the pictures.
    widths : sequence of int, default (8, 16, 32)
        Channels of the convolutions; after each the extent is halved.
    dtype : dtype, default float32
        Of the parameters.
    seed : int or Generator, optional
        Where the first weights come from.

    Raises
    ------
    ValueError
        If the pictures cannot be halved so often.
    """

    def __init__(
        self,
        num_classes: int,
        image_size: int,
        in_channels: int = 1,
        *,
        widths: Sequence[int] = (8, 16, 32),
        dtype: DTypeLike | None = None,
        seed: Seed = None,
    ) -> None:
        side, rest = divmod(image_size, 2 ** len(widths))
        if side < 1 or rest:
            raise ValueError(
                f"OneObjectDetector halves its pictures {len(widths)} times, but image_size="
                f"{image_size} cannot be."
            )
        rng = np.random.default_rng(seed)
        layers: list[Module] = []
        channels = in_channels
        for width in widths:
            conv = Conv2d(channels, width, 3, padding=1, bias=False, dtype=dtype, seed=rng)
            layers += [conv, BatchNorm2d(width, dtype=dtype), ReLU(), MaxPool2d(2)]
            channels = width
        self.features = Sequential(*layers, Flatten())
        self.classifier = Linear(channels * side**2, num_classes, dtype=dtype, seed=rng)
        self.box = Linear(channels * side**2, 4, dtype=dtype, seed=rng)

    def forward(self, images: ArrayOrNode) -> ArrayOrNode:
        """Map images (N, in_channels, size, size) to (N, num_classes + 4): logits, then the box.

        A box is its centre x, y, its width and its height, as shares of the picture.
        """
        x = self.features(images)
        return np.concatenate([self.classifier(x), self.box(x)], axis=1)


def detection_loss(output: ArrayOrNode, target: Any, box_weight: float = 10.0) -> ArrayOrNode:
    """Cross-entropy of the class plus the smooth L1 loss of the box (Girshick, 2015).

    Parameters
    ----------
    output : (N, num_classes + 4)
        As from `OneObjectDetector`.
    target : (N, 5)
        The class, then the box.
    box_weight : float, default 10
        How much the box counts.
    """
    target = np.asarray(target)
    classes = functional.cross_entropy(output[:, :-4], target[:, 0].astype(int))
    boxes = functional.smooth_l1_loss(output[:, -4:], target[:, 1:], beta=0.1)
    return classes + box_weight * boxes


def intersection_over_union(boxes: Any, others: Any) -> Array:
    """How well boxes agree, pair by pair: 1 if they are the same, 0 if they do not meet.

    Parameters
    ----------
    boxes, others : (N, 4)
        Centre x, y, width and height.

    Returns
    -------
    (N,)
        The area that both share, divided by the area that either covers.
    """
    (low, high), (low_, high_) = (
        (array[:, :2] - array[:, 2:] / 2, array[:, :2] + array[:, 2:] / 2)
        for array in (numbers_of(boxes), numbers_of(others))
    )
    shared = np.clip(np.minimum(high, high_) - np.maximum(low, low_), 0, None).prod(axis=1)
    areas = np.clip(high - low, 0, None).prod(axis=1) + np.clip(high_ - low_, 0, None).prod(axis=1)
    covered = areas - shared
    share: Array = np.divide(shared, covered, out=np.zeros_like(shared), where=covered > 0)
    return share

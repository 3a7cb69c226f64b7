"""Residual networks: every block learns what to add to its input (He et al., 2016)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from nn import init
from nn.aliases import ArrayOrNode, DTypeLike, Seed
from nn.layers import (
    AdaptiveAvgPool2d,
    BatchNorm2d,
    Conv2d,
    Flatten,
    Identity,
    Linear,
    MaxPool2d,
    ReLU,
    Sequential,
)
from nn.module import Module


class BasicBlock(Module):
    """Two 3 × 3 convolutions, and a way past them; torchvision's state-dict keys.

    Parameters
    ----------
    in_channels, out_channels : int
        Channels of the input and of the result.
    stride : int, default 1
        Of the first convolution. Where it or the channels change the shape, the way past is a
        1 × 1 convolution, ``downsample``.
    dtype : dtype, default float32
        Of the parameters.
    seed : int or Generator, optional
        Where the first weights come from.
    """

    downsample: Sequential | None

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        stride: int = 1,
        *,
        dtype: DTypeLike | None = None,
        seed: Seed = None,
    ) -> None:
        rng = np.random.default_rng(seed)
        self.conv1 = _convolution(in_channels, out_channels, 3, stride, 1, dtype, rng)
        self.bn1 = BatchNorm2d(out_channels, dtype=dtype)
        self.relu = ReLU()
        self.conv2 = _convolution(out_channels, out_channels, 3, 1, 1, dtype, rng)
        self.bn2 = BatchNorm2d(out_channels, dtype=dtype)
        self.downsample = None
        if stride != 1 or in_channels != out_channels:
            self.downsample = Sequential(
                _convolution(in_channels, out_channels, 1, stride, 0, dtype, rng),
                BatchNorm2d(out_channels, dtype=dtype),
            )

    def forward(self, x: ArrayOrNode) -> ArrayOrNode:
        """Map (N, in_channels, H, W) to (N, out_channels, H/stride, W/stride)."""
        x = self._cast(x, self.conv1.weight)
        branch = self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x)))))
        return self.relu(branch + (x if self.downsample is None else self.downsample(x)))


class ResNet(Module):
    """A stem, stages of basic blocks, the mean over all places, and a linear head.

    Each stage after the first halves the extent of the image. The state-dict keys are those of
    torchvision.

    Parameters
    ----------
    widths : sequence of int
        Channels of each stage.
    blocks : sequence of int
        How many blocks each stage has.
    num_classes : int
        Outputs, as logits.
    in_channels : int, default 3
        Channels of the images.
    small_images : bool, default False
        Whether the stem is a 3 × 3 convolution that keeps the extent, as for CIFAR and MNIST;
        otherwise a 7 × 7 convolution and a pooling divide it by four.
    dtype : dtype, default float32
        Of the parameters.
    seed : int or Generator, optional
        Where the first weights come from: those of convolutions from `nn.init.kaiming_normal_`
        over what they feed, as in torchvision.

    Raises
    ------
    ValueError
        Unless every stage has a width and a number of blocks.
    """

    def __init__(
        self,
        widths: Sequence[int],
        blocks: Sequence[int],
        num_classes: int,
        *,
        in_channels: int = 3,
        small_images: bool = False,
        dtype: DTypeLike | None = None,
        seed: Seed = None,
    ) -> None:
        if not widths or len(widths) != len(blocks):
            raise ValueError(
                "ResNet needs one width and one number of blocks for each stage, but got "
                f"widths={widths!r} and blocks={blocks!r}."
            )
        rng = np.random.default_rng(seed)
        kernel, stride, padding = (3, 1, 1) if small_images else (7, 2, 3)
        self.conv1 = _convolution(in_channels, widths[0], kernel, stride, padding, dtype, rng)
        self.bn1 = BatchNorm2d(widths[0], dtype=dtype)
        self.relu = ReLU()
        self.maxpool = Identity() if small_images else MaxPool2d(3, 2, 1)
        channels, self.stages = widths[0], len(widths)
        for stage, (width, count) in enumerate(zip(widths, blocks, strict=True), start=1):
            strides = [1 if stage == 1 else 2] + [1] * (count - 1)
            ins = [channels] + [width] * (count - 1)
            layer = [
                BasicBlock(i, width, s, dtype=dtype, seed=rng)
                for i, s in zip(ins, strides, strict=True)
            ]
            setattr(self, f"layer{stage}", Sequential(*layer))
            channels = width
        self.avgpool = AdaptiveAvgPool2d(1)
        self.flatten = Flatten()
        self.fc = Linear(channels, num_classes, dtype=dtype, seed=rng)

    def forward(self, x: ArrayOrNode) -> ArrayOrNode:
        """Map images (N, in_channels, H, W) to logits (N, num_classes)."""
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        for stage in range(1, self.stages + 1):
            x = getattr(self, f"layer{stage}")(x)
        return self.fc(self.flatten(self.avgpool(x)))


class ResNet18(ResNet):
    """ResNet-18 for images of 224 × 224 pixels: 11 689 512 parameters with 1 000 classes.

    Parameters
    ----------
    num_classes : int, default 1000
        Outputs, as logits.
    dtype, seed
        As for `ResNet`.
    """

    def __init__(
        self, num_classes: int = 1000, *, dtype: DTypeLike | None = None, seed: Seed = None
    ) -> None:
        super().__init__((64, 128, 256, 512), (2, 2, 2, 2), num_classes, dtype=dtype, seed=seed)


class SmallResNet(ResNet):
    """The ResNet for small images, with 6n + 2 layers; it trains within minutes.

    Section 4.2 of the paper, but with 1 × 1 convolutions where shapes change: n = 3 is its
    ResNet-20.

    Parameters
    ----------
    num_classes : int, default 10
        Outputs, as logits.
    in_channels : int, default 1
        Channels of the images: 1 for MNIST, 3 for CIFAR.
    n : int, default 1
        How many blocks each of the three stages has.
    widths : sequence of int, default (16, 32, 64)
        Their channels.
    dtype, seed
        As for `ResNet`.
    """

    def __init__(
        self,
        num_classes: int = 10,
        in_channels: int = 1,
        n: int = 1,
        *,
        widths: Sequence[int] = (16, 32, 64),
        dtype: DTypeLike | None = None,
        seed: Seed = None,
    ) -> None:
        super().__init__(
            widths,
            (n,) * len(widths),
            num_classes,
            in_channels=in_channels,
            small_images=True,
            dtype=dtype,
            seed=seed,
        )


def _convolution(
    in_channels: int,
    out_channels: int,
    kernel: int,
    stride: int,
    padding: int,
    dtype: DTypeLike | None,
    rng: np.random.Generator,
) -> Conv2d:
    """A convolution before a normalisation, which makes a bias superfluous."""
    conv = Conv2d(
        in_channels, out_channels, kernel, stride, padding, bias=False, dtype=dtype, seed=rng
    )
    init.kaiming_normal_(conv.weight, mode="fan_out", nonlinearity="relu", seed=rng)
    return conv

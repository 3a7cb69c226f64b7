"""Convolutional, recurrent, residual and attentive networks, drawn at random."""

from __future__ import annotations

from typing import Any

import numpy as np

import nn
from autograd import Node
from nn import functional as F  # noqa: N812 - PyTorch's custom
from tests.viz.patients import ACTIVATIONS, cost, draw_data, size
from tests.viz.patients_modules import (
    GRU,
    LSTM,
    AvgPool,
    Cell,
    Convolution,
    Dropout,
    GlobalMean,
    MaxPool,
    Norm,
    Recurrent,
    Residual,
    Transformer,
)

Rng = np.random.Generator


def cnn(rng: Rng, activation: str, depth: int, *, norm: str = "", first: int = 8) -> nn.Sequential:
    """Layers conv1, (norm1), act1, … head, for images of 16×16."""
    kind, init = ACTIVATIONS[activation]
    parts: dict[str, nn.Module] = {}
    channels, width, extent = int(rng.choice([1, 3])), size(rng, first, 24), 16
    for i in range(1, depth + 1):
        parts[f"conv{i}"] = Convolution(channels, width, init, rng)
        if norm:
            parts[f"norm{i}"] = Norm(norm, width)
        parts[f"act{i}"] = kind()
        channels = width
        if extent > 4 and rng.random() < 0.4:
            parts[f"pool{i}"] = MaxPool() if rng.random() < 0.7 else AvgPool()
            extent //= 2
    features = channels
    if rng.random() < 0.5:
        parts["mean"] = GlobalMean()
    else:
        parts["flat"], features = nn.Flatten(), channels * extent**2
    if rng.random() < 0.3:
        parts["drop"] = Dropout(0.5, rng)
    parts["head"] = nn.Linear(features, size(rng, 2, 10), seed=rng)
    return nn.Sequential(parts)


def images(rng: Rng, model: nn.Sequential) -> Any:
    channels = model[0].weight.shape[1]  # type: ignore[union-attr]
    x = draw_data(rng, 256 * channels, size(rng, 2, 12))
    return x.reshape(-1, channels, 16, 16)


def resnet(
    rng: Rng, blocks: int, *, norm: str = "layer", scale: float = 1.0, last: float = 1.0
) -> nn.Sequential:
    """Layers stem, block1 … head, each block with a branch of fc1, (norm1), act1, fc2, (norm2)."""
    activation = str(rng.choice(["relu", "leaky", "silu"]))
    kind, init = ACTIVATIONS[activation]
    width = size(rng, 16, 48)
    parts: dict[str, nn.Module] = {"stem": nn.Linear(20, width, seed=rng)}
    for i in range(1, blocks + 1):
        fc1, fc2 = nn.Linear(width, width, seed=rng), nn.Linear(width, width, seed=rng)
        init(fc1.weight, seed=rng)
        nn.init.xavier_normal_(fc2.weight, seed=rng)
        branch: dict[str, nn.Module] = {"fc1": fc1, "act1": kind(), "fc2": fc2}
        if norm and rng.random() < 0.5:
            branch = {"norm1": Norm(norm, width), **branch}
        elif norm:
            branch = {"fc1": fc1, "norm1": Norm(norm, width), "act1": kind(), "fc2": fc2,
                      "norm2": Norm(norm, width, last)}  # fmt: skip
        elif last == 0:
            fc2.weight.data *= 0
        parts[f"block{i}"] = Residual(nn.Sequential(branch), scale)
    if norm:
        parts["norm"] = Norm(norm, width)
    parts["head"] = nn.Linear(width, size(rng, 1, 10), seed=rng)
    return nn.Sequential(parts)


def transformer(rng: Rng, *, act: str = "") -> Transformer:
    return Transformer(
        size(rng, 1, 5),
        int(rng.choice([16, 32])),
        act or str(rng.choice(["relu", "gelu"])),
        bool(rng.random() < 0.7),
        [None, 0.02][rng.integers(2)],
        rng,
    )


def tokens(rng: Rng, model: Transformer) -> Node:
    x = rng.integers(0, 20, (size(rng, 1, 8), size(rng, 4, 20)))
    return F.cross_entropy(model(x), rng.integers(0, 20, x.size))


def recurrent(rng: Rng, kind: str, *, gain: float = 1.0, layers: int = 1) -> Recurrent:
    features, units = size(rng, 2, 10), size(rng, 12, 40)
    cells: list[Any] = []
    for inputs in [features, units, units][:layers]:
        if kind == "lstm":
            cells.append(LSTM(inputs, units, float(rng.choice([1.0, 2.0])), rng))
        elif kind == "gru":
            cells.append(GRU(inputs, units, rng))
        else:
            cells.append(Cell(inputs, units, gain, kind, rng))
    return Recurrent(cells, units, size(rng, 2, 5), bool(rng.random() < 0.4), rng)


def sequences(rng: Rng, model: Recurrent, steps: int, strength: float = 1.0) -> Node:
    features = model.rnn1.weight_ih.shape[1]
    x = rng.normal(size=(size(rng, 2, 24), steps, features)).astype(np.float32)
    return cost(rng, model(x * np.float32(strength)))

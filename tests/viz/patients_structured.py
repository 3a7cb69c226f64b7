"""Convolutional, recurrent, residual, normalised and attentive patients."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

import nn
from autograd import scope
from nn import functional as F  # noqa: N812 - PyTorch's custom
from tests.viz.patients import ACTIVATIONS, Patient, cost, draw_data, mlp, size
from tests.viz.patients_architectures import (
    cnn,
    images,
    recurrent,
    resnet,
    sequences,
    tokens,
    transformer,
)
from tests.viz.patients_modules import Convolution, Dropout, Embedding, Norm, Residual
from tests.viz.patients_training import healthy_training, huge_learning_rate

Rng = np.random.Generator


# --- healthy ----------------------------------------------------------------------------------


def healthy_cnn(rng: Rng) -> Patient:
    activation = str(rng.choice(["relu", "leaky", "tanh", "elu"]))
    model = cnn(rng, activation, size(rng, 1, 6))
    return Patient(cost(rng, model(images(rng, model))), model, f"cnn {activation}")


def normalised_cnn(rng: Rng) -> Patient:
    activation, norm = (
        str(rng.choice(["relu", "leaky", "silu"])),
        str(rng.choice(["batch", "layer"])),
    )
    model = cnn(rng, activation, size(rng, 1, 8), norm=norm)
    return Patient(cost(rng, model(images(rng, model))), model, f"cnn {activation} {norm}")


def healthy_resnet(rng: Rng) -> Patient:
    norm, blocks = str(rng.choice(["", "layer", "batch", "rms"])), size(rng, 2, 24)
    scale = 1.0 if norm else float(1 / np.sqrt(blocks))
    last = float(rng.choice([0.0, 1.0]))
    model = resnet(rng, blocks, norm=norm, scale=scale, last=last)
    x = draw_data(rng, 20, size(rng, 8, 128))
    return Patient(cost(rng, model(x)), model, f"resnet {norm!r} of {blocks}, last norm {last}")


def normalised_mlp(rng: Rng) -> Patient:
    activation, norm = str(rng.choice(list(ACTIVATIONS))), str(rng.choice(["batch", "layer"]))
    kind, init = ACTIVATIONS[activation]
    depth = 3 if activation == "sigmoid" else size(rng, 1, 16)
    widths = [20, *[size(rng, 16, 64)] * depth]
    parts: dict[str, nn.Module] = {}
    for i, (n, m) in enumerate(pairwise(widths), 1):
        parts[f"fc{i}"] = nn.Linear(n, m, seed=rng)
        init(parts[f"fc{i}"].weight, seed=rng)
        parts |= {f"norm{i}": Norm(norm, m), f"act{i}": kind()}
        if rng.random() < 0.2:
            parts[f"drop{i}"] = Dropout(float(rng.uniform(0.1, 0.5)), rng)
    parts["head"] = nn.Linear(widths[-1], size(rng, 1, 10), seed=rng)
    model = nn.Sequential(parts)
    x = draw_data(rng, 20, size(rng, 8, 500))
    return Patient(cost(rng, model(x)), model, f"{norm} mlp {activation} ×{depth}")


def healthy_transformer(rng: Rng) -> Patient:
    model = transformer(rng)
    return Patient(tokens(rng, model), model, f"transformer of {model.blocks}")


def healthy_recurrent(rng: Rng) -> Patient:
    kind = str(rng.choice(["tanh", "relu", "lstm", "gru"]))
    # ReLU lets half of the gradient through.
    gain = float(np.sqrt(2)) if kind == "relu" else 1.0
    model = recurrent(rng, kind, gain=gain, layers=int(rng.integers(1, 3)))
    steps = size(rng, 2, 30)
    strength = 0.5 if kind == "tanh" else 1.0
    return Patient(sequences(rng, model, steps, strength), model, f"{kind} over {steps} steps")


def text_classifier(rng: Rng) -> Patient:
    """An embedding, its mean over the words, two layers."""
    width = size(rng, 8, 32)
    model = nn.Sequential({
        "embedding": Embedding(100, width, float(rng.choice([0.1, 1.0])), rng),
        "fc1": nn.Linear(width, 16, seed=rng), "act1": nn.ReLU(),
        "head": nn.Linear(16, 4, seed=rng),
    })  # fmt: skip
    h = model[0](rng.integers(0, 100, (size(rng, 2, 64), size(rng, 1, 30))))
    h = np.mean(h, axis=1)
    for part in list(model)[1:]:
        h = part(h)
    return Patient(cost(rng, h), model, "embedding")


def autoencoder(rng: Rng) -> Patient:
    bottleneck, width = size(rng, 2, 6), size(rng, 32, 300)
    activation = str(rng.choice(["tanh", "leaky", "elu"]))
    kind, init = ACTIVATIONS[activation]
    model = nn.MLP([40, width, bottleneck, width, 40], kind, init=init, seed=rng)
    x = draw_data(rng, 40, size(rng, 4, 200))
    return Patient(F.mse_loss(model(x), x.astype(np.float32)), model, f"autoencoder {bottleneck}")


# --- ill --------------------------------------------------------------------------------------


def vanishing_cnn(rng: Rng) -> Patient:
    model = cnn(rng, "sigmoid", size(rng, 4, 8))
    expected = frozenset({("vanishing", "conv1"), ("vanishing", "conv2")})
    return Patient(cost(rng, model(images(rng, model))), model, "cnn sigmoid", expected)


def big_weights_structured(rng: Rng) -> Patient:
    """One layer's weights 100 to 2000 times too large, somewhere."""
    model, loss = _structured(rng)
    names = [
        name for name, module in model.named_modules()
        if isinstance(module, nn.Linear | Convolution) and name != "head"
    ]  # fmt: skip
    name = str(rng.choice(names))
    factor = float(10 ** rng.uniform(2, 3.3))
    dict(model.named_parameters())[f"{name}.weight"].data *= factor
    expected = frozenset({("exploding", name)})
    return Patient(loss(model), model, f"{type(model).__name__} {name} × {factor:.0f}", expected)


def dead_structured(rng: Rng) -> Patient:
    """Biases far below 0 before a ReLU, for most or all of the units."""
    way = str(rng.choice(["cnn", "resnet", "transformer", "small"]))
    share = float(rng.choice([1.0, rng.uniform(0.7, 1.0)]))
    if way == "cnn":
        depth = size(rng, 1, 5)
        i = int(rng.integers(1, depth + 1))
        model: Any = cnn(rng, "relu", depth)
        bias, act, x = getattr(model, f"conv{i}").bias, f"act{i}", images(rng, model)
    elif way == "resnet":
        blocks = size(rng, 2, 8)
        width = 24
        parts: dict[str, nn.Module] = {"stem": nn.Linear(20, width, seed=rng)}
        for k in range(1, blocks + 1):
            branch = {"norm1": Norm("layer", width), "fc1": nn.Linear(width, width, seed=rng),
                      "act1": nn.ReLU(), "fc2": nn.Linear(width, width, seed=rng)}  # fmt: skip
            parts[f"block{k}"] = Residual(nn.Sequential(branch))
        parts["head"] = nn.Linear(width, 3, seed=rng)
        model, i = nn.Sequential(parts), int(rng.integers(1, blocks + 1))
        bias = dict(model.named_parameters())[f"block{i}.branch.fc1.bias"]
        act, x = f"block{i}.branch.act1", draw_data(rng, 20, size(rng, 8, 64))
    elif way == "transformer":
        model = transformer(rng, act="relu")
        i = int(rng.integers(1, model.blocks + 1))
        bias, act = getattr(model, f"block{i}").feed.up.bias, f"block{i}.feed.act"
        x = None
    else:
        model = nn.MLP(
            [4, size(rng, 3, 12), size(rng, 3, 12), 2], init=nn.init.kaiming_normal_, seed=rng
        )
        i = int(rng.integers(1, 3))
        bias, act = getattr(model, f"fc{i}").bias, f"act{i}"
        x = draw_data(rng, 4, size(rng, 8, 64))
    units = bias.shape[0]
    dead = rng.permutation(units) < max(round(share * units), 1)
    bias.data = np.where(dead, -float(10 ** rng.uniform(1.5, 4)), bias.data)
    loss = tokens(rng, model) if x is None else cost(rng, model(x))
    about = f"{way}: {act}, {dead.sum()} of {units} dead"
    return Patient(loss, model, about, frozenset({("dead", act)}))


def saturated_structured(rng: Rng) -> Patient:
    depth = size(rng, 1, 5)
    model = cnn(rng, "tanh", depth)
    i, factor = int(rng.integers(1, depth + 1)), float(10 ** rng.uniform(1.2, 2.5))
    layer: Any = getattr(model, f"conv{i}")
    if rng.random() < 0.5:
        layer.weight.data *= factor
    else:
        layer.bias.data = factor * rng.choice([-1.0, 1.0], layer.bias.shape)
    expected = frozenset({("saturated", f"act{i}")})
    return Patient(
        cost(rng, model(images(rng, model))), model, f"cnn tanh {i} × {factor:.0f}", expected
    )


def zero_structured(rng: Rng) -> Patient:
    """A layer that is all 0 where nothing leads around it."""
    if rng.random() < 0.5:
        depth = size(rng, 2, 5)
        model: Any = cnn(rng, str(rng.choice(["relu", "tanh", "leaky"])), depth)
        name, run = (
            f"conv{rng.integers(1, depth + 1)}",
            lambda: cost(rng, model(images(rng, model))),
        )
    elif rng.random() < 0.5:
        model = resnet(rng, size(rng, 2, 12))
        name = (
            "stem" if rng.random() < 0.3 else f"block{rng.integers(1, len(model) - 2)}.branch.fc1"
        )
        run = lambda: cost(rng, model(draw_data(rng, 20, 32)))  # noqa: E731
    else:
        model = transformer(rng)
        inner = str(rng.choice(["feed.up", "attention.value"]))
        name, run = f"block{rng.integers(1, model.blocks + 1)}.{inner}", lambda: tokens(rng, model)
    dict(model.named_parameters())[f"{name}.weight"].data *= 0
    return Patient(run(), model, f"zero {name}", frozenset({("zero init", name)}))


def nan_structured(rng: Rng) -> Patient:
    way = str(rng.choice(["probability", "masked row", "norm"]))
    if way == "masked row":
        model: Any = transformer(rng)
        out = model(rng.integers(0, 20, (2, 6)))
        with scope("pool"):
            mask = np.full(out.shape, -np.inf, np.float32)
            mask[1:] = 0
            loss = np.mean(F.softmax(out + mask) ** 2)
    else:
        model = cnn(rng, "relu", size(rng, 1, 4))
        out = model(images(rng, model))
        with scope("pool"):
            if way == "probability":
                loss = -np.mean(
                    np.log(F.softmax(np.float32(300) * (out - out.data.mean()) / out.data.std()))
                )
            else:
                gap = out - out.data
                loss = np.mean(np.sqrt(np.sum(gap * gap, axis=1)))
    return Patient(loss, model, way, frozenset({("non-finite", "pool")}))


def vanishing_recurrent(rng: Rng) -> Patient:
    kind = str(rng.choice(["tanh", "relu"]))
    gain, steps = float(10 ** rng.uniform(-1.5, -0.25)), size(rng, 15, 50)
    model = recurrent(rng, kind, gain=gain)
    expected = frozenset({("vanishing", "rnn1")})
    loss = sequences(rng, model, steps)
    return Patient(loss, model, f"{kind} gain {gain:.2f}, {steps} steps", expected)


def exploding_recurrent(rng: Rng) -> Patient:
    gain, steps = float(rng.uniform(2.5, 5.0)), size(rng, 15, 40)
    model = recurrent(rng, "relu", gain=gain)
    expected = frozenset({("exploding", "rnn1")})
    loss = sequences(rng, model, steps)
    return Patient(loss, model, f"relu gain {gain:.2f}, {steps} steps", expected)


def unnormalised(rng: Rng) -> Patient:
    """Raw inputs; or a deep residual net from which the normalisation was left out."""
    if rng.random() < 0.5:
        model: Any = resnet(rng, size(rng, 18, 32), norm="")
        loss = cost(rng, model(draw_data(rng, 20, size(rng, 8, 64))))
        names = [name for name, m in model.named_modules() if isinstance(m, nn.Linear)]
        expected = frozenset(("unnormalised", name) for name in names)
        return Patient(loss, model, f"resnet of {len(model) - 2} without norm", expected)
    factor = float(10 ** rng.uniform(2, 4))
    if rng.random() < 0.5:
        model = cnn(rng, str(rng.choice(["relu", "tanh"])), size(rng, 1, 4))
        x, first = factor * images(rng, model), "conv1"
    else:
        model = mlp(rng, str(rng.choice(["relu", "tanh", "leaky"])), size(rng, 1, 4))
        x, first = factor * draw_data(rng, model[0].in_features, size(rng, 4, 64)), "fc1"
        x = x + 10 * factor * (rng.random() < 0.3)
    expected = frozenset({("unnormalised", first)})
    return Patient(cost(rng, model(x)), model, f"inputs × {factor:.0f}", expected)


def unused_structured(rng: Rng) -> Patient:
    model, loss = _structured(rng)
    model.forgotten = Norm("layer", 4) if rng.random() < 0.5 else Embedding(5, 3, 1.0, rng)
    if isinstance(model, nn.Sequential):
        model = nn.Sequential({"body": nn.Sequential(dict(model.named_children()))})
        extra = model.body.forgotten
        del model.body.__dict__["forgotten"]
        model = _Holder(model.body, extra)
    expected = frozenset({("unused", "forgotten.weight")})
    return Patient(loss(model), model, "unused", expected)


class _Holder(nn.Module):
    def __init__(self, body: nn.Module, forgotten: nn.Module) -> None:
        self.body, self.forgotten = body, forgotten

    def forward(self, x: Any) -> Any:
        return self.body(x)


def _structured(rng: Rng) -> tuple[Any, Any]:
    """A healthy network with structure, and what makes a loss of it."""
    way = rng.integers(3)
    if way == 0:
        made = cnn(
            rng,
            str(rng.choice(["relu", "leaky"])),
            size(rng, 1, 5),
            norm=str(rng.choice(["", "batch"])),
        )
        x = images(rng, made)
        return made, lambda model: cost(rng, model(x))
    if way == 1:
        made = resnet(rng, size(rng, 2, 10), norm=str(rng.choice(["layer", "batch"])))
        x = draw_data(rng, 20, size(rng, 8, 64))
        return made, lambda model: cost(rng, model(x))
    return transformer(rng), lambda model: tokens(rng, model)


HEALTHY = [
    healthy_cnn, normalised_cnn, healthy_resnet, normalised_mlp, healthy_transformer,
    healthy_recurrent, text_classifier, autoencoder, healthy_training,
]  # fmt: skip
ILL = [
    vanishing_cnn, big_weights_structured, dead_structured, saturated_structured, zero_structured,
    nan_structured, vanishing_recurrent, exploding_recurrent, unnormalised, unused_structured,
    huge_learning_rate,
]  # fmt: skip

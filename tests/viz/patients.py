"""Networks drawn at random, healthy or with a planted illness, to measure `viz.diagnose` on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

import nn
from autograd import Node, Tensor, scope
from nn import functional as F  # noqa: N812 - PyTorch's custom

Rng = np.random.Generator


@dataclass
class Patient:
    """A loss, its model, and what a diagnosis should find: any of these (illness, layer) pairs."""

    loss: Node
    model: nn.Module | None
    about: str
    expected: frozenset[tuple[str, str]] = frozenset()
    history: Any = None


def draw_data(rng: Rng, features: int, records: int) -> np.ndarray:
    kind = rng.choice(["gauss", "pixels", "sparse"])
    if kind == "gauss":
        return rng.normal(size=(records, features))
    x = rng.random((records, features))
    if kind == "sparse":
        x[:, 1:] *= rng.random((records, features - 1)) < 0.5
    return x


def size(rng: Rng, low: int, high: int) -> int:
    """Log-uniform between the two, both included."""
    return round(float(np.exp(rng.uniform(np.log(low), np.log(high)))))


def cost(rng: Rng, output: Any, *, rescale: bool = True) -> Node:
    """A loss of random kind and scale with random targets."""
    records, classes = output.shape
    kind = rng.choice(["cross_entropy", "mse", "sum", "bce"])
    if kind == "cross_entropy" and classes > 1:
        loss = F.cross_entropy(output, rng.integers(0, classes, records))
    elif kind == "bce":
        loss = F.binary_cross_entropy_with_logits(output, rng.integers(0, 2, output.shape))
    else:
        reduction = "sum" if kind == "sum" else "mean"
        loss = F.mse_loss(output, rng.normal(size=output.shape), reduction=reduction)
    return loss * float(10 ** rng.uniform(-8, 3)) if rescale and rng.random() < 0.5 else loss


ACTIVATIONS: dict[str, tuple[type[nn.Module], Callable[..., Any]]] = {
    "relu": (nn.ReLU, nn.init.kaiming_normal_),
    "leaky": (nn.LeakyReLU, nn.init.kaiming_uniform_),
    "tanh": (nn.Tanh, nn.init.xavier_uniform_),
    "elu": (nn.ELU, nn.init.kaiming_normal_),
    "silu": (nn.SiLU, nn.init.kaiming_normal_),
    "sigmoid": (nn.Sigmoid, nn.init.xavier_normal_),
}


def mlp(rng: Rng, activation: str, hidden: int, *, narrowest: int = 16, **options: Any) -> nn.MLP:
    kind, init = ACTIVATIONS[activation]
    same = size(rng, narrowest, 128)
    widths = [same if rng.random() < 0.7 else size(rng, narrowest, 128) for _ in range(hidden)]
    sizes = [size(rng, 2, 100), *widths, size(rng, 1, 12)]
    dtype = rng.choice([np.float32, np.float64])
    return nn.MLP(sizes, kind, init=options.pop("init", init), dtype=dtype, seed=rng, **options)


def run(rng: Rng, model: nn.MLP, *, records: int | None = None) -> Node:
    count = size(rng, 1, 256) if records is None else records
    x = draw_data(rng, model[0].in_features, count)
    return cost(rng, model(x))


# --- healthy ----------------------------------------------------------------------------------


def deep(rng: Rng) -> Patient:
    activation = str(rng.choice(["relu", "leaky", "tanh", "elu"]))
    model = mlp(rng, activation, size(rng, 1, 20))
    return Patient(run(rng, model), model, f"deep {activation}")


def shallow(rng: Rng) -> Patient:
    activation = str(rng.choice(["relu", "tanh", "sigmoid", "silu"]))
    model = mlp(
        rng, activation, 1, narrowest=3, init=rng.choice([None, ACTIVATIONS[activation][1]])
    )
    return Patient(run(rng, model), model, f"shallow {activation}")


def default_init(rng: Rng) -> Patient:
    activation = str(rng.choice(["relu", "tanh", "leaky"]))
    model = mlp(rng, activation, size(rng, 1, 4), init=None)
    return Patient(run(rng, model), model, f"default init {activation}")


def trained(rng: Rng) -> Patient:
    activation = str(rng.choice(["relu", "tanh", "leaky", "elu"]))
    hidden = 1 if rng.random() < 0.3 else size(rng, 1, 5)
    if hidden == 1 and rng.random() < 0.5:
        activation = "sigmoid"
    model = mlp(rng, activation, hidden)
    classes = max(2, model[len(model) - 1].out_features)
    sizes = [m.in_features for m in model if isinstance(m, nn.Linear)]
    model = nn.MLP(
        [*sizes, classes], ACTIVATIONS[activation][0], init=ACTIVATIONS[activation][1], seed=rng
    )
    centres = rng.normal(size=(classes, sizes[0]))
    labels = rng.integers(0, classes, 200)
    x = centres[labels] + rng.uniform(0.1, 1.0) * rng.normal(size=(200, sizes[0]))
    optimiser = nn.optim.Adam(model.parameters(), lr=3e-3)
    nn.fit(
        model, x, labels, loss=F.cross_entropy, optimizer=optimiser,
        epochs=size(rng, 2, 12), batch_size=50, progress=False, seed=0,
    )  # fmt: skip
    loss = F.cross_entropy(model(x[:64]), labels[:64])
    return Patient(loss, model, f"trained {activation}, {hidden} hidden")


def residual(rng: Rng) -> Patient:
    blocks, width = size(rng, 4, 24), size(rng, 16, 64)
    records = size(rng, 2, 128)
    x = draw_data(rng, 20, records)
    named = rng.random() < 0.5
    weights = [
        Tensor(rng.normal(size=(m, n)) * np.sqrt(1 / m), name=f"W{i}")
        for i, (m, n) in enumerate([(20, width), *[(width, width)] * blocks, (width, 5)])
    ]
    h: Any = x @ weights[0]
    for i, w in enumerate(weights[1:-1]):
        with scope(f"block{i}" if named else ""):
            h = h + (h @ w).relu() / np.sqrt(blocks)
    with scope("head" if named else ""):
        out = h @ weights[-1]
    return Patient(cost(rng, out), None, f"residual, {blocks} blocks, named={named}")


def neuron(rng: Rng) -> Patient:
    kind = [nn.Sigmoid, nn.Tanh][rng.integers(2)]
    model = nn.Neuron(size(rng, 1, 20), kind, seed=rng)
    if rng.random() < 0.5:
        model = model.to_values()
    x = rng.normal(size=(size(rng, 1, 20), model.n_in))
    out = model(x)
    return Patient(F.mse_loss(out, rng.random(len(x))), model, "neuron")


def scalar(rng: Rng) -> Patient:
    activation = str(rng.choice(["relu", "tanh"]))
    kind, init = ACTIVATIONS[activation]
    widths = [size(rng, 3, 8) for _ in range(rng.integers(1, 4))]
    model = nn.MLP([3, *widths, 2], kind, init=init, seed=rng).to_values()
    loss = F.cross_entropy(model(rng.normal(size=(8, 3))), rng.integers(0, 2, 8))
    return Patient(loss, model, f"scalar {activation}")


def unscoped(rng: Rng) -> Patient:
    depth, width = size(rng, 2, 10), size(rng, 16, 64)
    h: Any = rng.normal(size=(size(rng, 2, 64), width))
    for _ in range(depth):
        h = np.tanh(h @ Tensor(rng.normal(size=(width, width)) / np.sqrt(width)))
    loss = cost(rng, h @ Tensor(rng.normal(size=(width, 3)) / np.sqrt(width)))
    return Patient(loss, None, "unscoped tanh")


HEALTHY = [deep, deep, shallow, default_init, trained, residual, neuron, scalar, unscoped]


# --- ill --------------------------------------------------------------------------------------


def vanishing(rng: Rng) -> Patient:
    hidden = size(rng, 5, 14)
    init = [
        ACTIVATIONS["sigmoid"][1],
        None,
        lambda w, seed: nn.init.normal_(w, std=0.1, seed=seed),
    ][rng.integers(3)]
    model = mlp(rng, "sigmoid", hidden, init=init)
    expected = {("vanishing", "fc1"), ("vanishing", "fc2")}
    return Patient(run(rng, model), model, f"sigmoid ×{hidden}", frozenset(expected))


def vanishing_unscoped(rng: Rng) -> Patient:
    width = size(rng, 8, 64)
    h: Any = rng.normal(size=(size(rng, 1, 64), width))
    for _ in range(size(rng, 5, 12)):
        w = Tensor(rng.normal(size=(width, width)) / np.sqrt(width))
        h = (h @ w + Tensor(np.zeros(width))).sigmoid()
    loss = cost(rng, h @ Tensor(rng.normal(size=(width, 3)) / np.sqrt(width)))
    return Patient(loss, None, "unscoped sigmoid", frozenset({("vanishing", "layer 1")}))


def vanishing_scalar(rng: Rng) -> Patient:
    hidden = int(rng.integers(5, 9))
    sizes = [2, *[4] * hidden, 1]
    model = nn.MLP(sizes, nn.Sigmoid, init=nn.init.xavier_normal_, seed=rng).to_values()
    x = rng.normal(size=(size(rng, 1, 8), 2))
    expected = frozenset({("vanishing", "fc1"), ("vanishing", "fc2")})
    return Patient(cost(rng, model(x)), model, "scalar sigmoid", expected)


def big_weights(rng: Rng) -> Patient:
    activation = str(rng.choice(["relu", "leaky", "tanh", "sigmoid"]))
    hidden = 1 if activation == "sigmoid" else size(rng, 1, 8)
    model = mlp(rng, activation, hidden)
    factor = float(10 ** rng.uniform(2, 3.3))
    i = int(rng.integers(1, hidden + 2))
    for k in range(1, hidden + 2) if rng.random() < 0.2 else [i]:
        getattr(model, f"fc{k}").weight.data *= factor
    about = f"{activation}, fc{i} of {hidden + 1} × {factor:.0f}"
    expected = frozenset({("exploding", f"fc{i}"), ("saturated", f"act{i}")})
    return Patient(run(rng, model), model, about, expected)


def dead(rng: Rng) -> Patient:
    hidden = size(rng, 1, 8)
    model = mlp(rng, "relu", hidden)
    i, share = int(rng.integers(1, hidden + 1)), float(rng.choice([1.0, rng.uniform(0.8, 1.0)]))
    layer = getattr(model, f"fc{i}")
    chosen = rng.random(layer.out_features) < share
    layer.bias.data = np.where(chosen, -float(10 ** rng.uniform(1.5, 4)), layer.bias.data)
    about = f"act{i} of {hidden}, {chosen.mean():.0%} of {len(chosen)} dead"
    return Patient(run(rng, model), model, about, frozenset({("dead", f"act{i}")}))


def saturated(rng: Rng) -> Patient:
    hidden = size(rng, 1, 8)
    model = mlp(rng, "tanh", hidden)
    i, factor = int(rng.integers(1, hidden + 1)), float(10 ** rng.uniform(1.2, 2.5))
    layer = getattr(model, f"fc{i}")
    way = rng.choice(["weights", "bias", "inputs"])
    x = draw_data(rng, model.fc1.in_features, size(rng, 2, 128))
    if way == "weights":
        layer.weight.data *= factor
    elif way == "bias":
        layer.bias.data = factor * rng.choice([-1.0, 1.0], layer.out_features)
    else:
        i, x = 1, 255 * x
    about = f"act{i} of {hidden} by {way} × {factor:.0f}"
    expected = frozenset({("saturated", f"act{i}")})
    return Patient(cost(rng, model(x)), model, about, expected)


def zero(rng: Rng) -> Patient:
    activation = str(rng.choice(["relu", "tanh", "sigmoid", "leaky"]))
    hidden = size(rng, 1, 3 if activation == "sigmoid" else 8)
    model = mlp(rng, activation, hidden)
    i = int(rng.integers(1, hidden + 1))
    for k in range(1, hidden + 2) if rng.random() < 0.5 else [i]:
        getattr(model, f"fc{k}").weight.data *= 0
    expected = frozenset({("zero init", f"fc{i}")})
    return Patient(run(rng, model), model, f"{activation}, fc{i} of {hidden + 1}", expected)


def constant(rng: Rng) -> Patient:
    activation = str(rng.choice(["relu", "tanh", "leaky"]))
    number = float(rng.uniform(0.05, 0.2))
    hidden = size(rng, 2, 4)
    model = mlp(rng, activation, hidden, init=lambda w, seed: nn.init.constant_(w, number))
    expected = {("symmetric", f"fc{i}") for i in range(1, hidden + 1)}
    return Patient(run(rng, model), model, f"{activation}, all {number:.2f}", frozenset(expected))


def nan(rng: Rng) -> Patient:
    activation = str(rng.choice(["relu", "tanh"]))
    model = mlp(rng, activation, size(rng, 1, 5))
    out = model(draw_data(rng, model[0].in_features, size(rng, 2, 64)))
    with scope("head"):
        way = rng.choice(["log of 0", "log of negative", "sqrt of 0", "where"])
        if way == "log of 0":
            kept = rng.random(out.shape) < 0.7
            kept.flat[0] = False
            p = out.relu() * kept
            p = np.log(p * 0.0) if rng.random() < 0.3 else np.log(p)
        elif way == "log of negative":
            p = np.log(out - np.max(out.data) - 1.0)
        elif way == "sqrt of 0":
            p = np.sqrt(np.square(out - out.data.flat[0] * 1.0).sum() * 0.0)
        else:
            p = np.where(out.data > np.min(out.data), np.log(out - np.min(out.data)), 0.0)
        loss = p.mean()
    return Patient(loss, model, str(way), frozenset({("non-finite", "head")}))


def unused(rng: Rng) -> Patient:
    model = mlp(rng, str(rng.choice(["relu", "tanh"])), size(rng, 1, 5))
    model.forgotten = nn.Linear(3, 4, bias=bool(rng.integers(2)), seed=rng)
    x = draw_data(rng, model.fc1.in_features, size(rng, 2, 64))
    h: Any = x
    for name, child in model.named_children():
        h = h if name == "forgotten" else child(h)
    expected = frozenset({("unused", "forgotten.weight")})
    return Patient(cost(rng, h), model, "unused layer", expected)


ILL = [
    vanishing, vanishing_unscoped, vanishing_scalar, big_weights, dead, saturated, zero, constant,
    nan, unused,
]  # fmt: skip

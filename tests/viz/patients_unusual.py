"""Networks of less usual shape, and illnesses that came by other ways than a factor."""

from __future__ import annotations

from typing import Any

import numpy as np

import nn
from autograd import Tensor, scope
from nn import functional as F  # noqa: N812 - PyTorch's custom
from tests.viz.patients import ACTIVATIONS, Patient, cost, draw_data, mlp, run, size
from tests.viz.patients_architectures import cnn, images, recurrent, resnet, sequences
from tests.viz.patients_modules import GRU, LSTM, Cell, Recurrent

Rng = np.random.Generator


# --- healthy ----------------------------------------------------------------------------------


def two_towers(rng: Rng) -> Patient:
    """Two inputs, each with layers of its own, and a head on both; one tower may be wide only."""
    left, right = mlp(rng, "relu", size(rng, 1, 4)), mlp(rng, "tanh", size(rng, 1, 4))
    left, right = (
        nn.MLP([10, *[m.out_features for m in tower if isinstance(m, nn.Linear)][:-1], 8],
               kind, init=init, seed=rng)
        for tower, (kind, init) in ((left, ACTIVATIONS["relu"]), (right, ACTIVATIONS["tanh"]))
    )  # fmt: skip
    head = nn.Linear(16, 3, seed=rng)
    records = size(rng, 1, 100)
    with scope("left"):
        a = left(rng.normal(size=(records, 10)))
    with scope("right"):
        b = right(rng.normal(size=(records, 10)))
    with scope("head"):
        out = head(np.concatenate([a, b], axis=1))
    return Patient(cost(rng, out), None, "two towers")


def dense_net(rng: Rng) -> Patient:
    """Every layer sees all layers before."""
    seen: Any = Tensor(rng.normal(size=(size(rng, 2, 64), 12)), requires_grad=False)
    for i in range(size(rng, 3, 12)):
        width = seen.shape[1]
        with scope(f"layer{i}"):
            w = Tensor(rng.normal(size=(width, 8)) * np.sqrt(2 / width))
            seen = np.concatenate([seen, F.relu(seen @ w)], axis=1)
    with scope("head"):
        out = seen @ Tensor(rng.normal(size=(seen.shape[1], 4)) / np.sqrt(seen.shape[1]))
    return Patient(cost(rng, out), None, "dense net")


def tied_autoencoder(rng: Rng) -> Patient:
    """The decoder uses the encoder's weights, turned round."""
    width, code = 30, size(rng, 4, 20)
    w = Tensor(rng.normal(size=(width, code)) / np.sqrt(width), name="W")
    x = draw_data(rng, width, size(rng, 2, 100))
    with scope("encoder"):
        h = np.tanh(x @ w)
    with scope("decoder"):
        out = h @ w.T
    return Patient(F.mse_loss(out, x), None, "tied autoencoder")


def decayed(rng: Rng) -> Patient:
    """A penalty on the weights is part of the loss."""
    model = mlp(rng, "relu", size(rng, 1, 5))
    loss: Any = cost(rng, model(draw_data(rng, model[0].in_features, 32)), rescale=False)
    for parameter in model.parameters():
        loss = loss + 1e-4 * np.sum(parameter * parameter)
    return Patient(loss, model, "with weight decay")


def hinge(rng: Rng) -> Patient:
    """Some margins are kept already."""
    model = mlp(rng, "relu", size(rng, 1, 3))
    x = draw_data(rng, model[0].in_features, size(rng, 2, 64))
    out = model(x)
    sign = np.where(rng.random(out.shape) < 0.9, np.sign(out.data + 1e-9), 1.0)
    margin = 1 - float(10 ** rng.uniform(0, 2)) * out * sign.astype(out.dtype)
    return Patient(np.mean(np.maximum(margin, 0.0)), model, "hinge")


def huge_batch(rng: Rng) -> Patient:
    activation = str(rng.choice(["relu", "tanh"]))
    model = mlp(rng, activation, size(rng, 1, 4))
    x = draw_data(rng, model[0].in_features, size(rng, 1000, 5000))
    loss = cost(rng, model(x), rescale=False) * float(10 ** rng.uniform(-15, 0))
    return Patient(loss, model, f"batch of {len(x)}")


def small_values(rng: Rng) -> Patient:
    """Convolution and recurrence on scalar nodes."""
    if rng.random() < 0.5:
        model: Any = nn.Sequential({
            **dict(cnn(rng, "relu", 1, first=3).named_children()),
        })  # fmt: skip
        net = model.to_values()
        x = rng.normal(size=(2, model[0].weight.shape[1], 5, 5))
        with scope("conv1"):
            h = F.relu(net.conv1(x))
        with scope("head"):
            out = np.mean(h, axis=(2, 3))
        return Patient(F.mse_loss(out, rng.normal(size=out.shape)), None, "values cnn")
    cell = Cell(2, 4, 1.0, "tanh", rng).to_values()
    h, x = cell.start(2).astype(float), rng.normal(size=(2, size(rng, 4, 8), 2)) * 0.5
    with scope("rnn"):
        for t in range(x.shape[1]):
            h = cell(x[:, t], h)
    return Patient(F.mse_loss(h, rng.normal(size=h.shape)), None, f"values rnn {x.shape[1]} steps")


def trained_cnn(rng: Rng) -> Patient:
    model = cnn(rng, "relu", size(rng, 1, 3), norm=str(rng.choice(["", "batch"])))
    x = images(rng, model)
    labels = rng.integers(0, model.head.out_features, len(x))
    optimizer = nn.optim.Adam(model.parameters(), lr=2e-3)
    for _ in range(size(rng, 3, 20)):
        optimizer.zero_grad()
        F.cross_entropy(model(x), labels).backward(keep="leaves")
        optimizer.step()
    return Patient(F.cross_entropy(model(x), labels), model, "trained cnn")


def trained_recurrent(rng: Rng) -> Patient:
    cells: list[Any] = [LSTM(4, 16, 1.0, rng), GRU(4, 16, rng), Cell(4, 16, 1.0, "tanh", rng)]
    model = Recurrent([cells[rng.integers(3)]], 16, 2, bool(rng.random() < 0.3), rng)
    x = 0.5 * rng.normal(size=(16, size(rng, 5, 15), 4)).astype(np.float32)
    labels = np.resize((x[:, -3:].sum(axis=(1, 2)) > 0).astype(int), model(x).shape[0])
    optimizer = nn.optim.Adam(model.parameters(), lr=5e-3)
    for _ in range(size(rng, 3, 30)):
        optimizer.zero_grad()
        F.cross_entropy(model(x), labels).backward(keep="leaves")
        optimizer.step()
    return Patient(F.cross_entropy(model(x), labels), model, f"trained {type(model.rnn1).__name__}")


def frozen_backbone(rng: Rng) -> Patient:
    """Transfer learning: only the head learns."""
    model = mlp(rng, "relu", size(rng, 2, 5))
    for name, parameter in model.named_parameters():
        parameter.requires_grad = name.startswith(f"fc{(len(model) + 1) // 2}")
    x = draw_data(rng, model[0].in_features, 32)
    return Patient(cost(rng, model(x)), model, "frozen")


def low_rank(rng: Rng) -> Patient:
    """A frozen layer with a learned difference of low rank, which starts at 0."""
    width, h = 24, Tensor(rng.normal(size=(size(rng, 1, 64), 24)), requires_grad=False)
    for i in range(size(rng, 1, 4)):
        with scope(f"layer{i}"):
            w = Tensor(rng.normal(size=(width, width)) * np.sqrt(2 / width))
            a = Tensor(rng.normal(size=(width, 4)) / np.sqrt(width))
            h = F.relu(h @ w + h @ a @ Tensor(np.zeros((4, width))))
    with scope("head"):
        out = h @ Tensor(rng.normal(size=(width, 3)) / np.sqrt(width))
    return Patient(cost(rng, out), None, "low rank")


def squeezing(rng: Rng) -> Patient:
    """Inverted bottlenecks: convolutions per channel, and channels weighed by their means."""

    def kernel(*shape: int) -> Tensor:
        return Tensor(rng.normal(size=shape) * np.sqrt(2 / np.prod(shape[1:])))

    def normalised(x: Any) -> Any:
        return F.batch_norm(x, None, None, Tensor(np.ones(x.shape[1])), training=True)

    h: Any = rng.normal(size=(size(rng, 4, 16), 8, 8, 8))
    for i in range(size(rng, 1, 6)):
        with scope(f"block{i}"):
            y = F.relu(normalised(F.conv2d(h, kernel(24, 8, 1, 1))))
            y = F.relu(normalised(F.conv2d(y, kernel(24, 1, 3, 3), padding=1, groups=24)))
            with scope("squeeze"):
                weigh = F.relu(np.mean(y, axis=(2, 3)) @ kernel(6, 24).T)
            with scope("excite"):
                weigh = F.sigmoid(weigh @ kernel(24, 6).T)
            h = h + normalised(F.conv2d(y * weigh.reshape(-1, 24, 1, 1), kernel(8, 24, 1, 1)))
    with scope("head"):
        out = np.mean(h, axis=(2, 3)) @ Tensor(0.3 * rng.normal(size=(8, 5)))
    return Patient(cost(rng, out), None, "inverted bottlenecks")


def unet(rng: Rng) -> Patient:
    """Down and up again, with what was seen on the way down beside it."""

    def block(name: str, x: Any, channels: int) -> Any:
        with scope(name):
            fan_in = 9 * x.shape[1]
            w = Tensor(rng.normal(size=(channels, x.shape[1], 3, 3)) * np.sqrt(2 / fan_in))
            return F.relu(F.conv2d(x, w, padding=1))

    x = rng.normal(size=(size(rng, 1, 4), 1, 16, 16))
    top = block("down1", x, 8)
    low = block("down2", F.max_pool2d(top, 2), 16)
    with scope("up"):
        w = Tensor(rng.normal(size=(16, 8, 2, 2)) * np.sqrt(2 / 16))
        up = F.relu(F.conv_transpose2d(low, w, stride=2))
    both = block("joined", np.concatenate([up, top], axis=1), 8)
    with scope("out"):
        out = F.conv2d(both, Tensor(rng.normal(size=(1, 8, 1, 1)) / np.sqrt(8)))
    return Patient(cost(rng, out.reshape(-1, 1)), None, "u-net")


# --- ill --------------------------------------------------------------------------------------


def timid_init(rng: Rng) -> Patient:
    """Initial weights so small that signal and gradient fade."""
    std, hidden = float(10 ** rng.uniform(-3, -1.7)), size(rng, 3, 8)
    activation = str(rng.choice(["relu", "tanh", "leaky"]))
    model = mlp(
        rng, activation, hidden, init=lambda w, seed: nn.init.normal_(w, std=std, seed=seed)
    )
    expected = {("vanishing", "fc1"), ("vanishing", "fc2")}
    x = draw_data(rng, model[0].in_features, size(rng, 2, 64))
    return Patient(cost(rng, model(x)), model, f"{activation}, std {std:.4f}", frozenset(expected))


def killed_by_a_step(rng: Rng) -> Patient:
    """ReLUs that died of one step that was far too large."""
    model = mlp(rng, "relu", size(rng, 1, 4))
    x = rng.random((64, model[0].in_features))
    out = model(x)
    F.mse_loss(out, np.full(out.shape, -100.0, out.dtype)).backward()
    for parameter in model.parameters():
        parameter.data = parameter.data - parameter.grad.dtype.type(10) * parameter.grad
    named = [f"act{i}" for i in range(1, 6)]
    expected = frozenset(
        (illness, layer)
        for illness in ("dead", "exploding", "unnormalised")
        for layer in [*named, *(f"fc{i}" for i in range(1, 6))]
    )
    return Patient(cost(rng, model(x)), model, "killed by a step", expected)


def closed_gates(rng: Rng) -> Patient:
    """An LSTM that forgets at once."""
    cell = LSTM(4, 16, -float(rng.uniform(4, 8)), rng)
    model = Recurrent([cell], 16, 2, bool(rng.random() < 0.4), rng)
    x = rng.normal(size=(8, size(rng, 10, 40), 4)).astype(np.float32)
    expected = frozenset({("vanishing", "rnn1")})
    return Patient(cost(rng, model(x)), model, "LSTM that forgets", expected)


def all_zero(rng: Rng) -> Patient:
    """Every weight 0, in networks of all kinds."""
    way = int(rng.integers(3))
    if way == 0:
        model: Any = cnn(rng, str(rng.choice(["relu", "tanh"])), size(rng, 1, 4))
        x, layer = images(rng, model), "conv1"
    elif way == 1:
        model, layer = resnet(rng, size(rng, 1, 6)), "stem"
        x = draw_data(rng, 20, 16)
    else:
        model, layer = recurrent(rng, "tanh"), "rnn1"
        x = rng.normal(size=(4, 6, model.rnn1.weight_ih.shape[1])).astype(np.float32)
    for name, parameter in model.named_parameters():
        if "norm" not in name:
            parameter.data *= 0
    return Patient(cost(rng, model(x)), model, f"all 0, {way}", frozenset({("zero init", layer)}))


def copies(rng: Rng) -> Patient:
    """Every kernel of a convolution is the same."""
    model = cnn(rng, str(rng.choice(["relu", "tanh"])), size(rng, 2, 4))
    value = float(rng.uniform(0.02, 0.1))
    for name, parameter in model.named_parameters():
        if name.endswith("weight"):
            nn.init.constant_(parameter, value)
    expected = frozenset({("symmetric", "conv1"), ("symmetric", "conv2")})
    return Patient(cost(rng, model(images(rng, model))), model, f"all {value:.2f}", expected)


def big_recurrent(rng: Rng) -> Patient:
    kind = str(rng.choice(["lstm", "gru", "tanh"]))
    model = recurrent(rng, kind)
    which = str(rng.choice(["weight_ih", "weight_hh"]))
    factor = float(10 ** rng.uniform(2.3, 3))
    getattr(model.rnn1, which).data *= np.float32(factor)
    expected = frozenset({("exploding", "rnn1"), ("saturated", "rnn1")})
    loss = sequences(rng, model, size(rng, 4, 20))
    return Patient(loss, model, f"{kind} {which} × {factor:.0f}", expected)


def inherited_init(rng: Rng) -> Patient:
    """Uniform within ±1/√fan_in, the frameworks' default, in a network too deep for it."""
    activation = str(rng.choice(["relu", "leaky", "tanh"]))
    hidden = size(rng, 10, 20) if activation == "tanh" else size(rng, 7, 16)
    model = mlp(rng, activation, hidden, init=None)
    expected = frozenset({("vanishing", "fc1"), ("vanishing", "fc2")})
    return Patient(run(rng, model), model, f"default init {activation} ×{hidden}", expected)


HEALTHY = [
    squeezing, unet, two_towers, dense_net, tied_autoencoder, decayed, hinge, huge_batch,
    small_values, trained_cnn, trained_recurrent, frozen_backbone, low_rank,
]  # fmt: skip
ILL = [
    timid_init, killed_by_a_step, closed_gates, all_zero, copies, big_recurrent, inherited_init,
]  # fmt: skip

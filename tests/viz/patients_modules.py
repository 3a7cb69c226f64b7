"""The parts of which convolutional, recurrent, residual and attentive patients are made."""

from __future__ import annotations

from typing import Any

import numpy as np

import nn
from autograd import scope
from nn import functional as F  # noqa: N812 - PyTorch's custom
from nn.aliases import Variable

Rng = np.random.Generator


class Convolution(nn.Module):
    """A 3×3 convolution that keeps the extent, with weights by `init`."""

    weight: Variable
    bias: Variable

    def __init__(self, inputs: int, outputs: int, init: Any, seed: Rng) -> None:
        self.weight = init(nn.Parameter(np.zeros((outputs, inputs, 3, 3))), seed=seed)
        self.bias = nn.Parameter(np.zeros(outputs))

    def forward(self, x: Any) -> Any:
        return F.conv2d(self._cast(x, self.weight), self.weight, self.bias, padding=1)


class Norm(nn.Module):
    """Layer, batch or RMS normalisation with a scale and a shift."""

    weight: Variable
    bias: Variable

    def __init__(self, kind: str, features: int, scale: float = 1.0) -> None:
        self.kind = kind
        self.weight = nn.Parameter(np.full(features, scale))
        if kind != "rms":
            self.bias = nn.Parameter(np.zeros(features))

    def forward(self, x: Any) -> Any:
        features = self.weight.shape
        if self.kind == "batch":
            return F.batch_norm(x, None, None, self.weight, self.bias, training=True)
        if self.kind == "rms":
            return F.rms_norm(x, features, self.weight)
        if x.ndim == 4:
            return F.group_norm(x, 1, self.weight, self.bias)
        return F.layer_norm(x, features, self.weight, self.bias)


class MaxPool(nn.Module):
    def forward(self, x: Any) -> Any:
        return F.max_pool2d(x, 2)


class AvgPool(nn.Module):
    def forward(self, x: Any) -> Any:
        return F.avg_pool2d(x, 2)


class GlobalMean(nn.Module):
    def forward(self, x: Any) -> Any:
        return np.mean(x, axis=(2, 3))


class Dropout(nn.Module):
    def __init__(self, p: float, seed: Rng) -> None:
        self.p, self.draw = p, int(seed.integers(1 << 30))

    def forward(self, x: Any) -> Any:
        return F.dropout(x, self.p, seed=self.draw)


class Embedding(nn.Module):
    weight: Variable

    def __init__(self, rows: int, features: int, std: float, seed: Rng) -> None:
        self.weight = nn.Parameter(std * seed.normal(size=(rows, features)))

    def forward(self, x: Any) -> Any:
        return F.embedding(x, self.weight)


class Residual(nn.Module):
    """x + scale · branch(x)."""

    branch: nn.Module

    def __init__(self, branch: nn.Module, scale: float = 1.0) -> None:
        self.branch = branch
        self.scale = scale

    def forward(self, x: Any) -> Any:
        return x + self.scale * self.branch(x)


def orthogonal(rng: Rng, n: int, gain: float) -> nn.Parameter:
    return nn.Parameter(gain * np.linalg.qr(rng.normal(size=(n, n)))[0])


class Cell(nn.Module):
    """A plain recurrent cell."""

    weight_ih: Variable
    weight_hh: Variable
    bias: Variable

    def __init__(self, inputs: int, units: int, gain: float, act: str, seed: Rng) -> None:
        self.act = act
        self.weight_ih = nn.Parameter(seed.normal(size=(units, inputs)) / np.sqrt(inputs))
        self.weight_hh = orthogonal(seed, units, gain)
        self.bias = nn.Parameter(np.zeros(units))

    def start(self, records: int) -> Any:
        return np.zeros((records, self.weight_hh.shape[0]), dtype=np.float32)

    def forward(self, x: Any, h: Any) -> Any:
        z = x @ self.weight_ih.T + h @ self.weight_hh.T + self.bias
        return np.tanh(z) if self.act == "tanh" else F.relu(z)

    def output(self, state: Any) -> Any:
        return state


class GRU(Cell):
    def __init__(self, inputs: int, units: int, seed: Rng) -> None:
        super().__init__(inputs, units, 1.0, "tanh", seed)
        self.gates_ih = nn.Parameter(seed.normal(size=(2 * units, inputs)) / np.sqrt(inputs))
        self.gates_hh = nn.Parameter(seed.normal(size=(2 * units, units)) / np.sqrt(units))

    def forward(self, x: Any, h: Any) -> Any:
        n = self.weight_hh.shape[0]
        gates = F.sigmoid(x @ self.gates_ih.T + h @ self.gates_hh.T)
        reset, update = gates[:, :n], gates[:, n:]
        new = np.tanh(x @ self.weight_ih.T + (reset * h) @ self.weight_hh.T + self.bias)
        return update * h + (1 - update) * new


class LSTM(nn.Module):
    weight_ih: Variable
    weight_hh: Variable
    bias: Variable

    def __init__(self, inputs: int, units: int, forget: float, seed: Rng) -> None:
        bound = 1 / np.sqrt(units)
        self.units = units
        self.weight_ih = nn.Parameter(seed.uniform(-bound, bound, size=(4 * units, inputs)))
        self.weight_hh = nn.Parameter(seed.uniform(-bound, bound, size=(4 * units, units)))
        self.bias = nn.Parameter(np.repeat([0.0, forget, 0.0, 0.0], units))

    def start(self, records: int) -> Any:
        return (np.zeros((records, self.units), np.float32),) * 2

    def forward(self, x: Any, state: Any) -> Any:
        h, c = state
        z = x @ self.weight_ih.T + h @ self.weight_hh.T + self.bias
        i, f, g, o = (z[:, k * self.units : (k + 1) * self.units] for k in range(4))
        c = F.sigmoid(f) * c + F.sigmoid(i) * np.tanh(g)
        return F.sigmoid(o) * np.tanh(c), c

    def output(self, state: Any) -> Any:
        return state[0]


class Recurrent(nn.Module):
    """Cells on top of one another, run over (records, steps, features), and a head."""

    head: nn.Module

    def __init__(self, cells: list[Any], units: int, outputs: int, every: bool, seed: Rng) -> None:
        self.count, self.every = len(cells), every
        for i, cell in enumerate(cells, 1):
            setattr(self, f"rnn{i}", cell)
        self.head = nn.Linear(units, outputs, seed=seed)

    def forward(self, x: Any) -> Any:
        sequence = [x[:, t] for t in range(x.shape[1])]
        for i in range(1, self.count + 1):
            cell = getattr(self, f"rnn{i}")
            state, made = cell.start(len(x)), []
            for item in sequence:
                state = cell(item, state)
                made.append(cell.output(state))
            sequence = made
        if not self.every:
            return self.head(sequence[-1])
        return self.head(np.concatenate(sequence))


class Attention(nn.Module):
    """Self-attention with several heads."""

    def __init__(self, width: int, heads: int, init: Any, seed: Rng) -> None:
        self.heads = heads
        for name in ("query", "key", "value", "out"):
            layer = nn.Linear(width, width, seed=seed)
            init(layer.weight, seed=seed)
            setattr(self, name, layer)

    def forward(self, x: Any) -> Any:
        n, t, d = x.shape
        q, k, v = (
            getattr(self, name)(x).reshape(n, t, self.heads, -1).transpose(0, 2, 1, 3)
            for name in ("query", "key", "value")
        )
        scores = q @ k.swapaxes(-1, -2) / np.float32(np.sqrt(d / self.heads))
        scores = np.where(np.tril(np.ones((t, t), dtype=bool)), scores, -np.inf)
        mixed = F.softmax(scores) @ v
        return self.out(mixed.transpose(0, 2, 1, 3).reshape(n, t, d))  # type: ignore[operator]


def gelu(x: Any) -> Any:
    """The approximation of Hendrycks and Gimpel (2016)."""
    return 0.5 * x * (1 + np.tanh(float(np.sqrt(2 / np.pi)) * (x + 0.044715 * x * x * x)))


class FeedForward(nn.Module):
    def __init__(self, width: int, act: str, init: Any, seed: Rng) -> None:
        self.gelu = act == "gelu"
        self.up = nn.Linear(width, 4 * width, seed=seed)
        self.act = nn.ReLU()
        self.down = nn.Linear(4 * width, width, seed=seed)
        init(self.up.weight, seed=seed)
        init(self.down.weight, seed=seed)

    def forward(self, x: Any) -> Any:
        up = self.up(x)
        with scope("act"):
            middle = gelu(up) if self.gelu else F.relu(up)
        return self.down(middle)


class Block(nn.Module):
    """A block of a transformer, normalised before or after each branch."""

    def __init__(self, width: int, heads: int, act: str, pre: bool, init: Any, seed: Rng) -> None:
        self.pre = pre
        self.attention = Attention(width, heads, init, seed)
        self.feed = FeedForward(width, act, init, seed)
        self.norm1, self.norm2 = Norm("layer", width), Norm("layer", width)

    def forward(self, x: Any) -> Any:
        if self.pre:
            x = x + self.attention(self.norm1(x))
            return x + self.feed(self.norm2(x))
        x = self.norm1(x + self.attention(x))
        return self.norm2(x + self.feed(x))


class Transformer(nn.Module):
    """Tokens to logits for every token."""

    def __init__(
        self, blocks: int, width: int, act: str, pre: bool, std: float | None, seed: Rng
    ) -> None:
        def init(weight: Variable, seed: Rng) -> Variable:
            if std is None:
                return nn.init.xavier_uniform_(weight, seed=seed)
            return nn.init.normal_(weight, std=std, seed=seed)

        self.blocks = blocks
        self.embedding = Embedding(20, width, 0.02 if std else 1.0, seed)
        self.positions = nn.Parameter((0.02 if std else 0.3) * seed.normal(size=(32, width)))
        for i in range(1, blocks + 1):
            setattr(self, f"block{i}", Block(width, 2, act, pre, init, seed))
        self.norm = Norm("layer", width)
        self.head = nn.Linear(width, 20, bias=False, seed=seed)

    def forward(self, x: Any) -> Any:
        h = self.embedding(x) + self.positions[: x.shape[1]]
        for i in range(1, self.blocks + 1):
            h = getattr(self, f"block{i}")(h)
        return self.head(self.norm(h)).reshape(-1, 20)

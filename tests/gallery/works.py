"""The graphs of the gallery and of the browser's tests: the same each time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import nn
from autograd import Node, Tensor, Value, scope
from nn import functional as F  # noqa: N812 - PyTorch's custom
from tests.viz.patients_modules import (
    LSTM,
    Block,
    Cell,
    Convolution,
    MaxPool,
    Norm,
    Recurrent,
    Residual,
)


def _rng() -> np.random.Generator:
    return np.random.default_rng(0)


def _normal(*shape: int) -> Any:
    return _rng().normal(size=shape).astype(np.float32)


def scalar_mlp(*sizes: int) -> Node:
    """One record through a network of single numbers."""
    model = nn.MLP(sizes, activation=nn.Tanh, seed=0).to_values()
    return np.mean(np.square(model(_rng().normal(size=(1, sizes[0]))) - 1.0))


def neuron() -> Node:
    x, w, b = Value(1.5, name="x"), Value(-0.7, name="w"), Value(0.3, name="b")
    return ((w * x + b).tanh() - 1.0) ** 2


def mlp(*sizes: int, activation: Any = nn.ReLU) -> Node:
    model = nn.MLP(sizes, activation=activation, seed=0)
    return F.cross_entropy(model(_normal(8, sizes[0])), np.arange(8) % sizes[-1])


def deep_mlp() -> Node:
    return mlp(*[16] * 24, 4, activation=nn.Sigmoid)


def cnn() -> Node:
    rng = _rng()
    model = nn.Sequential(
        {
            "conv1": Convolution(1, 4, nn.init.kaiming_normal_, rng),
            "act1": nn.ReLU(),
            "pool1": MaxPool(),
            "conv2": Convolution(4, 8, nn.init.kaiming_normal_, rng),
            "act2": nn.ReLU(),
            "pool2": MaxPool(),
            "flat": nn.Flatten(),
            "head": nn.Linear(8 * 7 * 7, 10, seed=rng),
        }
    )
    return F.cross_entropy(model(_normal(4, 1, 28, 28)), np.arange(4))


def recurrent(cell: Any, units: int, steps: int) -> Node:
    model = Recurrent([cell], units, 3, False, _rng())
    return F.cross_entropy(model(_normal(5, steps, 4)), np.arange(5) % 3)


def rnn() -> Node:
    return recurrent(Cell(4, 6, 0.5, "tanh", _rng()), 6, 12)


def lstm() -> Node:
    return recurrent(LSTM(4, 6, 1.0, _rng()), 6, 8)


def unrolled() -> Node:
    """A recurrent layer, each step of which is a module; only the last output is used."""
    rng = _rng()

    def variable(*shape: int, name: str) -> Tensor:
        return Tensor(rng.normal(size=shape) * 0.4, name=name)

    w_in, w_state, bias = (
        variable(6, 4, name="w_in"),
        variable(6, 6, name="w_state"),
        variable(6, name="bias"),
    )
    with scope("rnn"):
        x = rng.normal(size=(24, 5, 4)) @ w_in.T + bias
        state, outputs = np.zeros((5, 6)), []
        for k in range(24):
            with scope(f"t{k}"):
                state = np.tanh(x[k] + state @ w_state.T)
                outputs.append(state)
        last = np.stack(outputs)[-1]
    return F.cross_entropy(last, np.arange(5))


def transformer() -> Node:
    block = Block(16, 2, "gelu", True, nn.init.xavier_uniform_, _rng())
    return np.mean(np.square(block(_normal(2, 6, 16))))


def residual() -> Node:
    rng = _rng()

    def branch() -> nn.Module:
        parts: dict[str, nn.Module] = {
            "norm": Norm("layer", 16),
            "fc1": nn.Linear(16, 16, seed=rng),
            "act": nn.ReLU(),
            "fc2": nn.Linear(16, 16, seed=rng),
        }
        return Residual(nn.Sequential(parts))

    model = nn.Sequential(
        {f"block{i}": branch() for i in range(1, 5)} | {"head": nn.Linear(16, 4, seed=rng)}
    )
    return F.cross_entropy(model(_normal(8, 16)), np.arange(8) % 4)


def broken() -> Node:
    """NaN, ∞, closed gates, and edges where nothing arrives."""
    x, w = Value(0.0, name="x"), Value(-1.0, name="w")
    gate = F.relu(w * 2.0)
    return np.log(x) * 0.0 + x * 3.0 + gate * w + np.sqrt(x) * w


def terms(count: int) -> Node:
    """One long sum: four nodes for each of its terms."""
    total = Value(0.0, name="x0")
    for i in range(1, count):
        total = total + Value(float(i), name=f"x{i}") * 2.0
    return total


WORKS: dict[str, Callable[[], Node]] = {
    "neuron": neuron,
    "scalar-100": lambda: scalar_mlp(2, 4, 3, 1),
    "scalar-1000": lambda: scalar_mlp(3, 16, 15, 1),
    "scalar-10000": lambda: scalar_mlp(8, 50, 55, 1),
    "mlp": lambda: mlp(8, 16, 16, 4),
    "deep-mlp": deep_mlp,
    "cnn": cnn,
    "rnn": rnn,
    "lstm": lstm,
    "unrolled": unrolled,
    "transformer": transformer,
    "residual": residual,
    "broken": broken,
}

"""Networks seen in training: what `diagnose` reads of a history."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

import nn
from autograd import Node
from nn import functional as F  # noqa: N812 - PyTorch's custom
from tests.viz.patients import ACTIVATIONS, Patient, size

Rng = np.random.Generator


@dataclass
class Recorded:
    """What `diagnose` reads of a history: a loss per step, and ratios per parameter."""

    loss: list[float] = field(default_factory=list)
    update_ratio: dict[str, list[float]] = field(default_factory=dict)


def train(rng: Rng, model: Any, optimizer: Any, steps: int) -> tuple[Recorded, Node]:
    """Train on blobs by hand, and write down what a `GradientHistory` would."""
    features, classes = model[0].in_features, 3
    centres = rng.normal(size=(classes, features))
    history = Recorded()
    named = dict(model.named_parameters())
    for _ in range(steps):
        labels = rng.integers(0, classes, 32)
        x = centres[labels] + 0.5 * rng.normal(size=(32, features))
        loss = F.cross_entropy(model(x), labels)
        history.loss.append(loss.item())
        optimizer.zero_grad()
        loss.backward()
        before = {name: np.array(p.data) for name, p in named.items()}
        optimizer.step()
        with np.errstate(divide="ignore", invalid="ignore"):
            for name, p in named.items():
                step = np.sqrt(np.mean((p.data - before[name]) ** 2, dtype=float))
                ratio = step / np.sqrt(np.mean(before[name] ** 2, dtype=float))
                history.update_ratio.setdefault(name, []).append(float(ratio))
    return history, F.cross_entropy(model(x), labels)


def healthy_training(rng: Rng) -> Patient:
    activation = str(rng.choice(["relu", "tanh", "leaky"]))
    model = _classifier(rng, activation)
    adam = rng.random() < 0.5
    lr = 10 ** (rng.uniform(-4, -2.3) if adam else rng.uniform(-3, -1))
    make = nn.optim.Adam if adam else nn.optim.SGD
    history, loss = train(rng, model, make(model.parameters(), lr=lr), size(rng, 5, 40))
    return Patient(loss, model, f"{activation} {make.__name__} lr {lr:.1e}", history=history)


def huge_learning_rate(rng: Rng) -> Patient:
    activation = str(rng.choice(["relu", "tanh", "leaky"]))
    model = _classifier(rng, activation)
    adam = rng.random() < 0.5
    lr = 10 ** (rng.uniform(0, 2) if adam else rng.uniform(1.3, 3))
    make = nn.optim.Adam if adam else nn.optim.SGD
    history, loss = train(rng, model, make(model.parameters(), lr=lr), size(rng, 5, 40))
    names = [name for name, part in model.named_children() if isinstance(part, nn.Linear)]
    expected = frozenset(("learning rate", name) for name in names)
    return Patient(loss, model, f"{activation} {make.__name__} lr {lr:.1e}", expected, history)


def _classifier(rng: Rng, activation: str) -> nn.MLP:
    kind, init = ACTIVATIONS[activation]
    widths = [size(rng, 16, 48)] * size(rng, 1, 4)
    return nn.MLP([size(rng, 3, 20), *widths, 3], kind, init=init, seed=rng)

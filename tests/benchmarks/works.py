"""The works that are compared. Each takes what it needs from the peer when it is run."""

from __future__ import annotations

import itertools
import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from tests.benchmarks.harness import Row, Step, compare


def micrograd_demo(value_class: type[Any]) -> Step:
    """One training step of micrograd's published demo, on any class of scalars.

    Two moons of 100 samples, a network of 2-16-16-1 relu neurons, the max-margin loss with L2
    regularisation, full-batch gradient descent with a falling learning rate.
    """
    from sklearn.datasets import make_moons

    class Neuron:
        def __init__(self, n_in: int, nonlinear: bool) -> None:
            self.w = [value_class(random.uniform(-1, 1)) for _ in range(n_in)]
            self.b = value_class(0)
            self.nonlinear = nonlinear

        def __call__(self, x: list[Any]) -> Any:
            z = sum((w * x for w, x in zip(self.w, x, strict=True)), self.b)
            return z.relu() if self.nonlinear else z

    random.seed(1337)
    features, labels = make_moons(n_samples=100, noise=0.1, random_state=1337)
    rows = features.tolist()
    signs = (labels * 2 - 1).tolist()
    sizes = (2, 16, 16, 1)
    layers = [
        [Neuron(n_in, nonlinear=n_out > 1) for _ in range(n_out)]
        for n_in, n_out in itertools.pairwise(sizes)
    ]
    parameters = [p for layer in layers for neuron in layer for p in (*neuron.w, neuron.b)]
    steps = iter(range(10**6))

    def forward(x: list[Any]) -> Any:
        for layer in layers:
            x = [neuron(x) for neuron in layer]
        return x[0]

    def step() -> float:
        scores = [forward(list(map(value_class, row))) for row in rows]
        losses = [(1 + -y * score).relu() for y, score in zip(signs, scores, strict=True)]
        loss = sum(losses) * (1.0 / len(losses)) + 1e-4 * sum(p * p for p in parameters)
        for p in parameters:
            p.grad = 0
        loss.backward()
        rate = max(0.1, 1.0 - 0.9 * next(steps) / 100)
        for p in parameters:
            p.data -= rate * p.grad
        return float(loss.data)

    return step


def scalar_step() -> Row:
    """Micrograd's demo, bare loops."""
    from micrograd.engine import Value as Peer

    from autograd import Value

    return compare(
        "scalar moons MLP 2-16-16-1, 100 samples",
        "micrograd",
        micrograd_demo(Value),
        micrograd_demo(Peer),
        tolerance=1e-9,
        repeats=9,
        collect=True,
    )


def mlp_step(sizes: tuple[int, ...], batch: int) -> Row:
    """A step of Adam on cross-entropy, float32, against PyTorch's default optimiser."""
    import torch

    import nn

    rng = np.random.default_rng(0)
    x = rng.normal(size=(batch, sizes[0])).astype(np.float32)
    y = rng.integers(0, sizes[-1], size=batch)

    ours = nn.MLP(sizes, activation=nn.ReLU, seed=0)
    optimizer = nn.optim.Adam(ours.parameters(), lr=1e-3)
    linears = [torch.nn.Linear(a, b) for a, b in itertools.pairwise(sizes)]
    weights = list(ours.parameters())
    with torch.no_grad():
        for i, linear in enumerate(linears):
            linear.weight.copy_(torch.from_numpy(weights[2 * i].data))
            linear.bias.copy_(torch.from_numpy(weights[2 * i + 1].data))
    modules = [m for linear in linears for m in (linear, torch.nn.ReLU())][:-1]
    theirs = torch.nn.Sequential(*modules)
    peer_optimizer = torch.optim.Adam(theirs.parameters(), lr=1e-3)
    tx, ty = torch.from_numpy(x), torch.from_numpy(y)

    def our_step() -> float:
        loss = nn.functional.cross_entropy(ours(x), y)
        optimizer.zero_grad()
        loss.backward(keep="leaves")
        optimizer.step()
        return loss.item()

    def peer_step() -> float:
        loss = torch.nn.functional.cross_entropy(theirs(tx), ty)
        peer_optimizer.zero_grad()
        loss.backward()
        peer_optimizer.step()
        return float(loss.item())

    name = "MLP " + "-".join(map(str, sizes)) + f", batch {batch}, Adam, float32"
    return compare(name, "PyTorch", our_step, peer_step, tolerance=1e-3, repeats=201)


def import_time() -> Row:
    """``import autograd, nn, viz`` against ``import numpy``, each in a fresh process."""

    def process(code: str) -> Step:
        def step() -> float:
            subprocess.run([sys.executable, "-c", code], check=True)
            return 0.0

        return step

    return compare(
        "import autograd, nn, viz",
        "import numpy",
        process("import autograd, nn, viz"),
        process("import numpy"),
        repeats=11,
        warm_up=2,
    )


def all_works() -> Iterator[Callable[[], Row]]:
    """Every comparison, the quick ones first."""
    yield import_time
    yield scalar_step
    yield lambda: mlp_step((64, 32, 10), 64)
    yield lambda: mlp_step((64, 128, 10), 64)
    yield lambda: mlp_step((784, 128, 10), 128)

"""Handwritten digits: MNIST by convolutions and without, and 8 × 8 pixels number by number."""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import numpy as np

import nn
from nn.data import augmentation
from tests.scores.harness import Task, data_folder
from tests.scores.training import train

#: What is held out of the 10 000 images, and of the 1 797 of 8 × 8 pixels.
HELD_OUT = 1000


def tasks() -> list[Task]:
    all_ten = "MNIST-10k, 9 000/1 000"
    ten_of_each = "MNIST-10k, ten of each digit 5 … 9/their rest"
    small = "digits 8 × 8, 797/1 000"
    return [
        Task("convolutional network", all_ten, cnn, 0.988, minutes=3),
        Task("MLP 784-256-128-10", all_ten, mlp, 0.97),
        Task("MLP 64-16-10, every weight a `Value`", small, scalars, 0.9),
        Task("transfer from digits 0 … 4 (bar: from scratch)", ten_of_each, transfer, from_scratch),
    ]


@cache
def mnist() -> tuple[Any, Any]:
    """The 10 000 test images, (10000, 1, 28, 28), and their labels."""
    images, labels = nn.data.load_mnist(data_folder("mnist"), "test")
    return images[:, None], labels


def shaken(images: Any, rng: np.random.Generator) -> Any:
    """Digits as somebody else might have written them."""
    images = augmentation.rotate(images, 12, seed=rng)
    images = augmentation.scale(images, 0.88, 1.12, seed=rng)
    return augmentation.translate(images, 2, seed=rng)


def learn(
    model: nn.Module, x: Any, y: Any, *, epochs: int, lr: float, seed: int, batch_size: int = 64
) -> None:
    """Train on images that are shaken anew each time."""
    steps = math.ceil(len(x) / batch_size)
    options = {"batch_size": batch_size, "augment": shaken}
    train(model, x, y, epochs=epochs, steps=steps, lr=lr, seed=seed, **options)


def held_out_accuracy(model: nn.Module, *, epochs: int, lr: float, seed: int) -> float:
    images, labels = mnist()
    x, x_held_out, y, y_held_out = nn.data.train_test_split(
        images, labels, test_size=HELD_OUT, stratify=labels, seed=seed
    )
    learn(model, x, y, epochs=epochs, lr=lr, seed=seed)
    return nn.accuracy(nn.predict(model, x_held_out), y_held_out)


# --- all ten digits -------------------------------------------------------------------------------


def body(channels: tuple[int, int], features: int, rng: np.random.Generator) -> nn.Sequential:
    """Images to so many features, by two convolutions with so many channels."""
    one, two = channels
    return nn.Sequential(
        nn.Conv2d(1, one, 5, bias=False, seed=rng),
        nn.BatchNorm2d(one),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(one, two, 5, bias=False, seed=rng),
        nn.BatchNorm2d(two),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Dropout(0.3, seed=rng),
        nn.Linear(two * 4 * 4, features, bias=False, seed=rng),
        nn.BatchNorm1d(features),
        nn.ReLU(),
    )


def cnn(seed: int) -> float:
    rng = np.random.default_rng(seed)
    model = nn.Sequential(body((12, 32), 96, rng), nn.Linear(96, 10, seed=rng))
    return held_out_accuracy(model, epochs=12, lr=4e-3, seed=seed)


def mlp(seed: int) -> float:
    rng = np.random.default_rng(seed)
    model = nn.Sequential(
        nn.Flatten(),
        nn.Linear(784, 256, bias=False, seed=rng),
        nn.BatchNorm1d(256),
        nn.ReLU(),
        nn.Linear(256, 128, bias=False, seed=rng),
        nn.BatchNorm1d(128),
        nn.ReLU(),
        nn.Linear(128, 10, seed=rng),
    )
    return held_out_accuracy(model, epochs=16, lr=3e-3, seed=seed)


def scalars(seed: int) -> float:
    images, labels = nn.data.load_digits()
    x, x_held_out, y, y_held_out = nn.data.train_test_split(
        images, labels, test_size=HELD_OUT, stratify=labels, seed=seed
    )
    model = nn.MLP((64, 16, 10), seed=seed).to_values()
    steps = math.ceil(len(x) / 16)
    train(model, x, y, epochs=3, steps=steps, lr=3e-2, seed=seed, batch_size=16)
    return nn.accuracy(nn.predict(model, x_held_out), y_held_out)


# --- the digits 5 … 9, from ten images of each ----------------------------------------------------


def ten_each(seed: int) -> tuple[Any, Any, Any, Any]:
    """Ten images of each digit to learn from, all others to judge by, and the labels of both."""
    images, labels = mnist()
    order = np.random.default_rng(seed).permutation(len(labels))
    order = order[labels[order] >= 5]
    chosen = np.concatenate([order[labels[order] == digit][:10] for digit in range(5, 10)])
    others = np.setdiff1d(order, chosen)
    return images[chosen], images[others], labels[chosen] - 5, labels[others] - 5


def with_new_head(features: nn.Module, rng: np.random.Generator) -> nn.Sequential:
    return nn.Sequential(features, nn.Linear(192, 5, seed=rng))


def from_scratch(seed: int) -> float:
    rng = np.random.default_rng(seed)
    x, x_held_out, y, y_held_out = ten_each(seed)
    model = with_new_head(body((16, 48), 192, rng), rng)
    learn(model, x, y, epochs=200, lr=4e-3, seed=seed, batch_size=25)
    return nn.accuracy(nn.predict(model, x_held_out), y_held_out)


def transfer(seed: int) -> float:
    """As many steps on the ten images, by a network that knows the digits 0 … 4."""
    rng = np.random.default_rng(seed)
    images, labels = mnist()
    known = labels < 5
    features = body((16, 48), 192, rng)
    model = with_new_head(features, rng)
    learn(model, images[known], labels[known], epochs=12, lr=4e-3, seed=seed)

    x, x_held_out, y, y_held_out = ten_each(seed)
    features.requires_grad_(False)
    model = with_new_head(features, rng)
    learn(model, x, y, epochs=50, lr=1e-2, seed=seed, batch_size=25)
    features.requires_grad_(True)
    learn(model, x, y, epochs=150, lr=2e-3, seed=seed, batch_size=25)
    return nn.accuracy(nn.predict(model, x_held_out), y_held_out)

"""First names, letter by letter: what a letter costs a language model."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import numpy as np

import nn
from nn import models
from tests.scores.harness import Task, data_folder
from tests.scores.training import train

#: The letters a … z, and 0 for the beginning and the end.
TOKENS = 27
BATCH = 64


def tasks() -> list[Task]:
    data = "32 032 names, 9/10 to 1/10"
    return [
        Task("GPT, 3 layers of 64", data, gpt, 2.0, minutes=10, nats=True),
        Task("LSTM of 192", data, lstm, 2.03, minutes=10, nats=True),
    ]


@cache
def names() -> tuple[Any, Any]:
    """Whole names: what is read, (32032, 16), and what comes next; −100 after the end."""
    lines = (data_folder("names") / "names.txt").read_text().split()
    letters = np.zeros((len(lines), max(map(len, lines)) + 2), int)
    for row, line in zip(letters, lines, strict=True):
        row[1 : len(line) + 1] = np.frombuffer(line.encode(), np.uint8) - (ord("a") - 1)
    tokens, following = letters[:, :-1], letters[:, 1:]
    after_end = np.arange(tokens.shape[1]) > np.count_nonzero(letters, axis=1)[:, None]
    return tokens, np.where(after_end, -100, following)


def cost(model: nn.Module, *, epochs: int, lr: float, seed: int) -> float:
    """Train a model, and give nats per letter (the end is one) of names that are held out."""
    tokens, following = names()
    x, x_held_out, y, y_held_out = nn.data.train_test_split(
        tokens, following, test_size=0.1, seed=seed
    )
    train(
        model,
        trimmed(x, y),
        epochs=epochs,
        steps=len(x) // BATCH,
        lr=lr,
        seed=seed,
        loss=models.sequence_loss,
    )
    return float(models.sequence_loss(nn.predict(model, x_held_out), y_held_out))


def trimmed(x: Any, y: Any) -> Callable[[np.random.Generator], Iterator[tuple[Any, Any]]]:
    """Batches no longer than their longest name."""

    def batches(rng: np.random.Generator) -> Iterator[tuple[Any, Any]]:
        for xs, ys in nn.data.batches(x, y, BATCH, shuffle=True, seed=rng, drop_last=True):
            longest = int((ys != -100).sum(axis=1).max())
            yield xs[:, :longest], ys[:, :longest]

    return batches


def gpt(seed: int) -> float:
    model = models.GPT(TOKENS, names()[0].shape[1], d_model=64, nhead=4, num_layers=3, seed=seed)
    return cost(model, epochs=8, lr=3e-3, seed=seed)


def lstm(seed: int) -> float:
    model = models.RecurrentLanguageModel(TOKENS, 32, 192, dropout=0.2, seed=seed)
    return cost(model, epochs=7, lr=4e-3, seed=seed)

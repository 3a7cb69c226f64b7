"""How the models are trained: AdamW, with a learning rate that rises once and falls."""

from __future__ import annotations

from typing import Any

import nn


def train(
    model: nn.Module,
    x: Any,
    y: Any = None,
    *,
    epochs: int,
    steps: int,
    lr: float,
    seed: int,
    loss: Any = nn.functional.cross_entropy,
    **options: Any,
) -> None:
    """Call `nn.fit`, with its options, for epochs of so many steps; `lr` is the highest rate."""
    optimizer = nn.optim.AdamW(model.parameters(), lr=lr)
    schedule = nn.optim.lr_scheduler.OneCycleLR(
        optimizer, lr, epochs * steps, pct_start=0.25, cycle_momentum=False
    )
    nn.fit(
        model,
        x,
        y,
        loss=loss,
        optimizer=optimizer,
        epochs=epochs,
        callbacks=[nn.Schedule(schedule, "batch")],
        seed=seed,
        progress=False,
        **options,
    )

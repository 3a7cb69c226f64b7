"""What several callbacks require of their arguments."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

from nn.training.run import Run

#: What callbacks count in.
Unit: TypeAlias = Literal["epoch", "batch"]


def require_unit(owner: Any, unit: str) -> None:
    """Raise ValueError unless a unit is an epoch or a batch."""
    if unit not in ("epoch", "batch"):
        raise ValueError(
            f"unit of {type(owner).__name__} must be 'epoch' or 'batch', but {unit!r} was given."
        )


def require_figure(owner: Any, name: str, run: Run) -> None:
    """Raise ValueError unless a figure that somebody watches is measured in every epoch."""
    if name not in run.figures:
        missing = "validation" if name.startswith("val_") else "metrics"
        raise ValueError(
            f"{type(owner).__name__} watches {name!r}, but this training measures "
            f"{', '.join(run.figures)}; monitor one of these, or pass {missing}= to fit."
        )

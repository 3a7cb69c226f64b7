"""What the losses share."""

from __future__ import annotations

import numpy as np

from nn.aliases import Array, ArrayOrNode
from nn.functional import Reduction
from nn.module import Module

_REDUCTIONS = ("mean", "sum", "none")


class Loss(Module):
    """A loss as a module: it holds the settings, and `nn.functional` has the mathematics.

    Parameters
    ----------
    reduction : {"mean", "sum", "none"}, default "mean"
        What becomes of the losses of the records.
    """

    reduction: Reduction

    def __init__(self, *, reduction: Reduction = "mean") -> None:
        require_reduction(reduction, _REDUCTIONS)
        self.reduction = reduction


class WeightedLoss(Loss):
    """A loss with weights, which are a buffer, as in PyTorch.

    Parameters
    ----------
    weight : array, optional
        Factors of the losses.
    reduction : {"mean", "sum", "none"}, default "mean"
        What becomes of the losses of the records.
    """

    weight: Array | None

    def __init__(self, weight: ArrayOrNode | None = None, *, reduction: Reduction = "mean") -> None:
        super().__init__(reduction=reduction)
        self.keep("weight", weight)

    def keep(self, name: str, factors: ArrayOrNode | None) -> None:
        """Keep factors, if there are any, as a buffer."""
        if isinstance(factors, str):
            raise TypeError(
                f"{name} is an array of numbers, but {factors!r} was given; a reduction is given "
                f"by its name, as in reduction={factors!r}."
            )
        if factors is None:
            setattr(self, name, None)
        else:
            self.register_buffer(name, np.multiply(factors, 1.0))  # integers become floating


def require_reduction(reduction: str, known: tuple[str, ...]) -> None:
    """Raise ValueError if there is no such reduction."""
    if reduction not in known:
        raise ValueError(
            f"reduction must be one of {', '.join(known)}, but {reduction!r} was given."
        )

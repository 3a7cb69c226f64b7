"""Rprop: only the signs of the gradient count."""

from __future__ import annotations

import numpy as np

from nn.aliases import Array
from nn.optim.block import Block
from nn.optim.optimizer import Optimizer, Params


class Rprop(Optimizer):
    """Resilient backpropagation: w ← w − Δ·sign(g), with a step size Δ for every weight.

    For full batches: where the sign of g depends on the batch, it means little.

    Parameters
    ----------
    params : iterable of Parameter, or of dict
        See `Optimizer`.
    lr : float, default 1e-2
        The first step size.
    etas : (float, float), default (0.5, 1.2)
        What Δ is multiplied by where the sign has changed (and no step is taken), and where it
        has stayed.
    step_sizes : (float, float), default (1e-6, 50)
        The smallest and the largest Δ.
    maximize : bool, default False
        Climb instead of descending.

    Notes
    -----
    Riedmiller and Braun 1993, without going back after a change of sign (Igel and Hüsken 2000,
    iRprop−).
    """

    def __init__(
        self,
        params: Params,
        lr: float = 1e-2,
        etas: tuple[float, float] = (0.5, 1.2),
        step_sizes: tuple[float, float] = (1e-6, 50.0),
        *,
        maximize: bool = False,
    ) -> None:
        super().__init__(params, lr=lr, etas=etas, step_sizes=step_sizes, maximize=maximize)

    def _change(self, grad: Array, block: Block) -> Array:
        group = block.group
        block.count()
        shrink, grow = group["etas"]
        before = block.kept("prev")
        size = block.kept("step_size", start=group["lr"])
        agreement = grad * before
        size *= np.where(agreement > 0, grow, np.where(agreement < 0, shrink, 1.0))
        np.clip(size, *group["step_sizes"], out=size)
        np.copyto(before, grad)
        before[agreement < 0] = 0
        change: Array = np.sign(before) * size
        return change

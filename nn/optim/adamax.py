"""Adamax: Adam with the largest gradient in the place of the mean square."""

from __future__ import annotations

import numpy as np

from nn.aliases import Array
from nn.optim.block import Block
from nn.optim.optimizer import Optimizer, Params


class Adamax(Optimizer):
    """Adamax: m as in `Adam`, u ← max(β₂ u, |g| + ε), w ← w − η m/((1 − β₁ᵗ) u).

    Parameters
    ----------
    params : iterable of Parameter, or of dict
        See `Optimizer`.
    lr : float, default 2e-3
        The learning rate η.
    betas : (float, float), default (0.9, 0.999)
        β₁ of the mean and β₂ of the largest gradient.
    eps : float, default 1e-8
        ε.
    weight_decay : float, default 0
        The L2 penalty; see `Optimizer`.
    l1_decay : float, default 0
        The L1 penalty; see `Optimizer`.
    maximize : bool, default False
        Climb instead of descending.

    Notes
    -----
    Kingma and Ba 2015, algorithm 2.
    """

    def __init__(
        self,
        params: Params,
        lr: float = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        *,
        l1_decay: float = 0.0,
        maximize: bool = False,
    ) -> None:
        super().__init__(
            params,
            lr=lr,
            betas=betas,
            eps=eps,
            weight_decay=weight_decay,
            l1_decay=l1_decay,
            maximize=maximize,
        )

    def _change(self, grad: Array, block: Block) -> Array:
        group, step = block.group, block.count()
        beta1, beta2 = group["betas"]
        mean = block.average("exp_avg", grad, beta1)
        largest = block.kept("exp_inf")
        largest *= beta2
        block.maximum("exp_inf", np.abs(grad) + group["eps"])
        change: Array = mean / largest
        change *= group["lr"] / (1 - beta1**step)
        return change

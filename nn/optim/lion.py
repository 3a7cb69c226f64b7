"""Lion: the sign of the momentum."""

from __future__ import annotations

import numpy as np

from nn.aliases import Array
from nn.optim.block import Block
from nn.optim.optimizer import Optimizer, Params


class Lion(Optimizer):
    """Lion: w ← w − η (sign(β₁ m + (1 − β₁) g) + λ w), then m ← β₂ m + (1 − β₂) g.

    Every weight moves by η, so η is to be 3 to 10 times smaller than for `AdamW`, and λ larger
    by as much.

    Parameters
    ----------
    params : iterable of Parameter, or of dict
        See `Optimizer`.
    lr : float, default 1e-4
        The learning rate η.
    betas : (float, float), default (0.9, 0.99)
        β₁ of the step and β₂ of the momentum.
    weight_decay : float, default 0
        λ, the L2 penalty, decoupled; see `Optimizer`.
    l1_decay : float, default 0
        The L1 penalty, decoupled; see `Optimizer`.
    maximize : bool, default False
        Climb instead of descending.

    Notes
    -----
    Chen et al. 2023, algorithm 2. PyTorch has no Lion; names and defaults are the paper's.
    """

    def __init__(
        self,
        params: Params,
        lr: float = 1e-4,
        betas: tuple[float, float] = (0.9, 0.99),
        weight_decay: float = 0.0,
        *,
        l1_decay: float = 0.0,
        maximize: bool = False,
    ) -> None:
        super().__init__(
            params,
            lr=lr,
            betas=betas,
            weight_decay=weight_decay,
            l1_decay=l1_decay,
            maximize=maximize,
            decoupled_weight_decay=True,
        )

    def _change(self, grad: Array, block: Block) -> Array:
        beta1, beta2 = block.group["betas"]
        mean = block.kept("exp_avg")
        change: Array = np.sign(beta1 * mean + (1 - beta1) * grad)
        change *= block.group["lr"]
        block.average("exp_avg", grad, beta2)
        return change

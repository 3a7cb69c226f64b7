"""RAdam: Adam that waits until it knows the variance of the gradient."""

from __future__ import annotations

import math

from nn.aliases import Array
from nn.optim.block import Block
from nn.optim.optimizer import Optimizer, Params
from nn.optim.roots import root


class RAdam(Optimizer):
    """Rectified Adam: w ← w − η m̂ in the first steps, later w ← w − η r m̂/√v̂.

    Parameters
    ----------
    params : iterable of Parameter, or of dict
        See `Optimizer`.
    lr : float, default 1e-3
        The learning rate η.
    betas : (float, float), default (0.9, 0.999)
        As for `Adam`: m̂ and v̂ are the same.
    eps : float, default 1e-8
        Added to √v.
    weight_decay : float, default 0
        The L2 penalty; see `Optimizer`.
    decoupled_weight_decay : bool, default False
        Let the penalties act on the weights themselves, as in `AdamW`.
    l1_decay : float, default 0
        The L1 penalty; see `Optimizer`.
    maximize : bool, default False
        Climb instead of descending.

    Notes
    -----
    Liu et al. 2020, algorithm 2. The length of the average behind v, ρ, says when v is to be
    trusted: from ρ > 5 on (the paper has 4), with the rectification r that grows to 1.
    """

    def __init__(
        self,
        params: Params,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        decoupled_weight_decay: bool = False,
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
            decoupled_weight_decay=decoupled_weight_decay,
            l1_decay=l1_decay,
            maximize=maximize,
        )

    def _change(self, grad: Array, block: Block) -> Array:
        group, step = block.group, block.count()
        beta1, beta2 = group["betas"]
        mean = block.average("exp_avg", grad, beta1)
        square = block.average("exp_avg_sq", grad * grad, beta2)
        correction2 = 1 - beta2**step
        change: Array = mean * (group["lr"] / (1 - beta1**step))
        longest = 2 / (1 - beta2) - 1
        length = longest - 2 * step * beta2**step / correction2
        if length > 5:
            change *= math.sqrt(correction2) * _rectification(length, longest)
            change /= root(square, group["eps"])
        return change


def _rectification(length: float, longest: float) -> float:
    """How far v can be trusted, from the length of its average: 1 in the end."""
    return math.sqrt(
        ((length - 4) * (length - 2) * longest) / ((longest - 4) * (longest - 2) * length)
    )

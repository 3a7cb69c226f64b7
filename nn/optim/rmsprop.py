"""RMSprop: the gradient divided by the root of its mean square."""

from __future__ import annotations

import numpy as np

from nn.aliases import Array
from nn.optim.block import Block
from nn.optim.optimizer import Optimizer, Params
from nn.optim.roots import root


class RMSprop(Optimizer):
    """RMSprop: v ← α v + (1 − α) g², w ← w − η g/(√v + ε).

    Parameters
    ----------
    params : iterable of Parameter, or of dict
        See `Optimizer`.
    lr : float, default 1e-2
        The learning rate η.
    alpha : float, default 0.99
        How slowly the average of squares moves, α.
    eps : float, default 1e-8
        ε.
    weight_decay : float, default 0
        The L2 penalty; see `Optimizer`.
    momentum : float, default 0
        μ: b ← μ b + g/(√v + ε), w ← w − η b.
    centered : bool, default False
        Take the squared mean of g off v, which leaves its variance.
    eps_in_root : bool, default False
        Divide by √(v + ε), as textbooks do, instead of √v + ε, as PyTorch does.
    l1_decay : float, default 0
        The L1 penalty; see `Optimizer`.
    maximize : bool, default False
        Climb instead of descending.

    Notes
    -----
    Tieleman and Hinton 2012, lecture 6.5; centered: Graves 2013, eq. 38-45.
    """

    def __init__(
        self,
        params: Params,
        lr: float = 1e-2,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        momentum: float = 0.0,
        centered: bool = False,
        *,
        eps_in_root: bool = False,
        l1_decay: float = 0.0,
        maximize: bool = False,
    ) -> None:
        super().__init__(
            params,
            lr=lr,
            alpha=alpha,
            eps=eps,
            weight_decay=weight_decay,
            momentum=momentum,
            centered=centered,
            eps_in_root=eps_in_root,
            l1_decay=l1_decay,
            maximize=maximize,
        )

    def _change(self, grad: Array, block: Block) -> Array:
        group, alpha = block.group, block.group["alpha"]
        block.count()
        square = block.average("square_avg", grad * grad, alpha)
        if group["centered"]:
            square = square - np.square(block.average("grad_avg", grad, alpha))
        change = grad / root(square, group["eps"], group["eps_in_root"])
        if group["momentum"]:
            velocity = block.kept("momentum_buffer")
            velocity *= group["momentum"]
            velocity += change
            np.copyto(change, velocity)
        change *= group["lr"]
        return change

"""Adadelta: steps in the unit of the weights, without a learning rate to choose."""

from __future__ import annotations

from nn.aliases import Array
from nn.optim.block import Block
from nn.optim.optimizer import Optimizer, Params
from nn.optim.roots import root


class Adadelta(Optimizer):
    """Adadelta: Δ = g·√(u + ε)/√(v + ε), w ← w − η Δ.

    Parameters
    ----------
    params : iterable of Parameter, or of dict
        See `Optimizer`.
    lr : float, default 1
        The learning rate η, which the paper does without.
    rho : float, default 0.9
        v ← ρ v + (1 − ρ) g², and then u ← ρ u + (1 − ρ) Δ².
    eps : float, default 1e-6
        ε.
    weight_decay : float, default 0
        The L2 penalty; see `Optimizer`.
    l1_decay : float, default 0
        The L1 penalty; see `Optimizer`.
    maximize : bool, default False
        Climb instead of descending.

    Notes
    -----
    Zeiler 2012, algorithm 1. The simpler form w ← w − η g/√(v + ε), which is taught under this
    name too, is `RMSprop` with ``alpha=0.95, eps_in_root=True``.
    """

    def __init__(
        self,
        params: Params,
        lr: float = 1.0,
        rho: float = 0.9,
        eps: float = 1e-6,
        weight_decay: float = 0.0,
        *,
        l1_decay: float = 0.0,
        maximize: bool = False,
    ) -> None:
        super().__init__(
            params,
            lr=lr,
            rho=rho,
            eps=eps,
            weight_decay=weight_decay,
            l1_decay=l1_decay,
            maximize=maximize,
        )

    def _change(self, grad: Array, block: Block) -> Array:
        rho, eps = block.group["rho"], block.group["eps"]
        block.count()
        square = block.average("square_avg", grad * grad, rho)
        change = grad * root(block.kept("acc_delta"), eps, eps_in_root=True)
        change /= root(square, eps, eps_in_root=True)
        block.average("acc_delta", change * change, rho)
        change *= block.group["lr"]
        return change

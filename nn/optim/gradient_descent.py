"""Gradient descent as it is defined: against the gradient, and nothing else."""

from __future__ import annotations

from nn.aliases import Array
from nn.optim.block import Block
from nn.optim.optimizer import Optimizer, Params


class GradientDescent(Optimizer):
    """Gradient descent w ← w − η ∂L/∂w, for the loss over all records (batch gradient descent).

    It is full-batch because each step is given all records: ``fit(..., batch_size=len(x))``. The
    same rule on one record or a few is stochastic gradient descent, `SGD`, which adds momentum.

    Parameters
    ----------
    params : iterable of Parameter, or of dict
        See `Optimizer`.
    lr : float, default 1e-3
        The learning rate η.
    weight_decay, l1_decay : float, default 0
        The L2 and the L1 penalty; see `Optimizer`.
    maximize : bool, default False
        Climb instead of descending.
    """

    def __init__(
        self,
        params: Params,
        lr: float = 1e-3,
        weight_decay: float = 0.0,
        *,
        l1_decay: float = 0.0,
        maximize: bool = False,
    ) -> None:
        super().__init__(
            params, lr=lr, weight_decay=weight_decay, l1_decay=l1_decay, maximize=maximize
        )

    def _change(self, grad: Array, block: Block) -> Array:
        return grad * float(block.group["lr"])

"""Adagrad: a learning rate for every weight, which shrinks as gradients add up."""

from __future__ import annotations

from nn.aliases import Array
from nn.optim.block import Block
from nn.optim.optimizer import Optimizer, Params
from nn.optim.roots import root


class Adagrad(Optimizer):
    """Adagrad: α ← α + g², w ← w − η g/(√α + ε).

    Parameters
    ----------
    params : iterable of Parameter, or of dict
        See `Optimizer`.
    lr : float, default 1e-2
        The learning rate η.
    lr_decay : float, default 0
        Divides η by 1 + (t − 1)·lr_decay in step t.
    weight_decay : float, default 0
        The L2 penalty; see `Optimizer`.
    initial_accumulator_value : float, default 0
        Where α starts.
    eps : float, default 1e-10
        ε.
    eps_in_root : bool, default False
        Divide by √(α + ε), as textbooks do, instead of √α + ε, as PyTorch does.
    l1_decay : float, default 0
        The L1 penalty; see `Optimizer`.
    maximize : bool, default False
        Climb instead of descending.

    Notes
    -----
    Duchi, Hazan and Singer 2011.
    """

    def __init__(
        self,
        params: Params,
        lr: float = 1e-2,
        lr_decay: float = 0.0,
        weight_decay: float = 0.0,
        initial_accumulator_value: float = 0.0,
        eps: float = 1e-10,
        *,
        eps_in_root: bool = False,
        l1_decay: float = 0.0,
        maximize: bool = False,
    ) -> None:
        super().__init__(
            params,
            lr=lr,
            lr_decay=lr_decay,
            weight_decay=weight_decay,
            initial_accumulator_value=initial_accumulator_value,
            eps=eps,
            eps_in_root=eps_in_root,
            l1_decay=l1_decay,
            maximize=maximize,
        )

    def _change(self, grad: Array, block: Block) -> Array:
        group = block.group
        rate = group["lr"] / (1 + (block.count() - 1) * group["lr_decay"])
        total = block.kept("sum", start=group["initial_accumulator_value"])
        total += grad * grad
        change: Array = grad / root(total, group["eps"], group["eps_in_root"])
        change *= rate
        return change

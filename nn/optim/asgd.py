"""Averaged stochastic gradient descent."""

from __future__ import annotations

from nn.aliases import Array
from nn.optim.block import Block
from nn.optim.optimizer import Optimizer, Params


class ASGD(Optimizer):
    """Averaged SGD: w ← (1 − λη) w − η g with a falling η; the average of w is kept beside it.

    Parameters
    ----------
    params : iterable of Parameter, or of dict
        See `Optimizer`.
    lr : float, default 1e-2
        The first learning rate η₀.
    lambd : float, default 1e-4
        The decay λ; also in η = η₀/(1 + λη₀t)^α.
    alpha : float, default 0.75
        The power α.
    t0 : float, default 1e6
        The step from which on the weights are averaged; before it, the average follows them.
    weight_decay : float, default 0
        The L2 penalty; see `Optimizer`.
    l1_decay : float, default 0
        The L1 penalty; see `Optimizer`.
    maximize : bool, default False
        Climb instead of descending.

    Notes
    -----
    Polyak and Juditsky 1992, with the schedule of Bottou's SGD. The averages are in
    `state_dict`, under ``ax``.
    """

    def __init__(
        self,
        params: Params,
        lr: float = 1e-2,
        lambd: float = 1e-4,
        alpha: float = 0.75,
        t0: float = 1e6,
        weight_decay: float = 0.0,
        *,
        l1_decay: float = 0.0,
        maximize: bool = False,
    ) -> None:
        super().__init__(
            params,
            lr=lr,
            lambd=lambd,
            alpha=alpha,
            t0=t0,
            weight_decay=weight_decay,
            l1_decay=l1_decay,
            maximize=maximize,
        )

    def _change(self, grad: Array, block: Block) -> Array:
        group, state, step = block.group, block.state, block.count()
        lambd, lr = group["lambd"], group["lr"]
        rate, share = state.get("eta", lr), state.get("mu", 1.0)
        weights = block.weights
        change: Array = grad + lambd * weights
        change *= rate
        average = block.kept("ax")
        average += share * (weights - change - average)
        state["eta"] = lr / (1 + lambd * lr * step) ** group["alpha"]
        state["mu"] = 1 / max(1, step - group["t0"])
        return change

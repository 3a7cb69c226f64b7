"""Adam: momentum and a step size for every weight."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from nn.aliases import Array, Variable
from nn.optim.optimizer import Group, Optimizer, State


class Adam(Optimizer):
    """Adam: moving averages m of the gradient and v of its square; w ← w − η m̂/(√v̂ + ε).

    Parameters
    ----------
    params : iterable of Parameter, or of dict
        See `Optimizer`.
    lr : float, default 1e-3
        The learning rate η.
    betas : (float, float), default (0.9, 0.999)
        m ← β₁ m + (1 − β₁) g and v ← β₂ v + (1 − β₂) g².
    eps : float, default 1e-8
        ε, outside the root.
    weight_decay : float, default 0
        Adds weight_decay·w to the gradient g: the L2 penalty.

    Notes
    -----
    Kingma and Ba 2015, algorithm 1: m̂ = m/(1 − β₁ᵗ) and v̂ = v/(1 − β₂ᵗ) in step t make up for
    averages that start at 0.
    """

    def __init__(
        self,
        params: Iterable[Variable | Mapping[str, Any]],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(params, lr=lr, betas=betas, eps=eps, weight_decay=weight_decay)

    def _check_group(self, group: Group) -> None:
        super()._check_group(group)
        if not all(0 <= beta < 1 for beta in group["betas"]):
            raise ValueError(
                f"the betas of Adam must lie in [0, 1), but betas={group['betas']} was given."
            )
        if not group["eps"] >= 0:
            raise ValueError(f"eps of Adam cannot be negative, but eps={group['eps']} was given.")

    def _change(self, param: Variable, grad: Array, state: State, group: Group) -> Array:
        beta1, beta2 = group["betas"]
        if group["weight_decay"]:
            grad = grad + group["weight_decay"] * param.data
        if not state:
            state.update(step=0, mean=np.zeros_like(grad), square=np.zeros_like(grad))
        state["step"] += 1
        mean, square = state["mean"], state["square"]
        mean *= beta1
        mean += (1 - beta1) * grad
        square *= beta2
        square += (1 - beta2) * grad * grad
        # Both corrections as numbers: m̂/(√v̂ + ε) = (m/c₁)/(√v/√c₂ + ε).
        correction1 = 1 - beta1 ** state["step"]
        correction2 = math.sqrt(1 - beta2 ** state["step"])
        change = np.sqrt(square)
        change /= correction2
        change += group["eps"]
        return mean * (group["lr"] / correction1) / change  # type: ignore[no-any-return]

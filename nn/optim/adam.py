"""Adam, momentum and a step size for every weight; and AdamW, with its own weight decay."""

from __future__ import annotations

import math

import numpy as np

from nn.optim.block import Block
from nn.optim.optimizer import Optimizer, Params
from nn.optim.rule import Number, Numbers, Rule


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
        The L2 penalty; see `Optimizer`.
    amsgrad : bool, default False
        Use the largest v so far, so that no step size grows again (Reddi, Kale and Kumar 2018).
    l1_decay : float, default 0
        The L1 penalty; see `Optimizer`.
    maximize : bool, default False
        Climb instead of descending.
    decoupled_weight_decay : bool, default False
        Let the penalties act on the weights themselves: `AdamW`.

    Notes
    -----
    Kingma and Ba 2015, algorithm 1: m̂ = m/(1 − β₁ᵗ) and v̂ = v/(1 − β₂ᵗ) in step t make up for
    averages that start at 0.
    """

    def __init__(
        self,
        params: Params,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        amsgrad: bool = False,
        *,
        l1_decay: float = 0.0,
        maximize: bool = False,
        decoupled_weight_decay: bool = False,
    ) -> None:
        super().__init__(
            params,
            lr=lr,
            betas=betas,
            eps=eps,
            weight_decay=weight_decay,
            amsgrad=amsgrad,
            l1_decay=l1_decay,
            maximize=maximize,
            decoupled_weight_decay=decoupled_weight_decay,
        )

    def _rule(self, block: Block) -> Rule:
        group, step = block.group, block.count()
        beta1, beta2 = group["betas"]
        # The corrections as numbers: m̂/(√v̂ + ε) = (m·√c₂/c₁)/(√v + ε·√c₂).
        correction1, correction2 = 1 - beta1**step, math.sqrt(1 - beta2**step)
        rate, eps = group["lr"] * correction2 / correction1, group["eps"] * correction2
        numbers = beta1, 1 - beta1, beta2, 1 - beta2, rate, eps
        if group["amsgrad"]:
            return Rule(_amsgrad, ("exp_avg", "exp_avg_sq", "max_exp_avg_sq"), numbers)
        return Rule(_adam, ("exp_avg", "exp_avg_sq"), numbers)


def _adam(
    numbers: Numbers, grad: Number, mean: Number, square: Number
) -> tuple[Number, Number, Number]:
    mean, square = _averages(numbers, grad, mean, square)
    return _ratio(numbers, mean, square), mean, square


def _amsgrad(
    numbers: Numbers, grad: Number, mean: Number, square: Number, largest: Number
) -> tuple[Number, Number, Number, Number]:
    mean, square = _averages(numbers, grad, mean, square)
    largest = np.maximum(largest, square)
    return _ratio(numbers, mean, largest), mean, square, largest


def _averages(
    numbers: Numbers, grad: Number, mean: Number, square: Number
) -> tuple[Number, Number]:
    beta1, rest1, beta2, rest2, _, _ = numbers
    mean *= beta1
    mean += rest1 * grad
    square *= beta2
    square += rest2 * (grad * grad)
    return mean, square


def _ratio(numbers: Numbers, mean: Number, square: Number) -> Number:
    _, _, _, _, rate, eps = numbers
    divisor = np.sqrt(square)
    divisor += eps
    change = mean / divisor
    change *= rate
    return change


class AdamW(Adam):
    """Adam with decoupled weight decay: w ← w − η m̂/(√v̂ + ε) − η λ w.

    The parameters are those of `Adam`, but for ``weight_decay``, λ, which is 0.01 by default.

    Notes
    -----
    Loshchilov and Hutter 2019, algorithm 2. In Adam the penalty passes through the division by
    √v̂, so that weights with large gradients decay less; here all decay alike.
    """

    def __init__(
        self,
        params: Params,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
        amsgrad: bool = False,
        *,
        l1_decay: float = 0.0,
        maximize: bool = False,
    ) -> None:
        super().__init__(
            params,
            lr,
            betas,
            eps,
            weight_decay,
            amsgrad,
            l1_decay=l1_decay,
            maximize=maximize,
            decoupled_weight_decay=True,
        )

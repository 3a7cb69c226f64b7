"""Stochastic gradient descent."""

from __future__ import annotations

from typing import Literal

from nn.optim.block import Block, Group
from nn.optim.optimizer import Optimizer, Params
from nn.optim.rule import Number, Numbers, Rule

MomentumForm = Literal["pytorch", "classical", "average"]


class SGD(Optimizer):
    """Stochastic gradient descent w ← w − η ∂L/∂w, with momentum.

    Parameters
    ----------
    params : iterable of Parameter, or of dict
        See `Optimizer`.
    lr : float, default 1e-3
        The learning rate η.
    momentum : float, default 0
        How much of its last velocity the parameter keeps, γ.
    dampening : float, default 0
        Takes this share away from the gradient, from the second step on; only in PyTorch's form.
    weight_decay : float, default 0
        The L2 penalty; see `Optimizer`.
    nesterov : bool, default False
        Step along the velocity one step ahead.
    momentum_form : {"pytorch", "classical", "average"}
        How the velocity v, which starts at 0, takes up the gradient g:

        - "pytorch": v ← γ v + g and w ← w − η v (the first step is not dampened);
        - "classical": v ← γ v + η g and w ← w − v, where a change of η leaves the velocity that
          is there (Polyak 1964; Sutskever et al. 2013);
        - "average": v ← γ v + (1 − γ) g and w ← w − η v, the exponentially weighted average.

        While η stays the same, the first two take the same steps, and the third takes 1 − γ of
        them.
    l1_decay : float, default 0
        The L1 penalty; see `Optimizer`.
    maximize : bool, default False
        Climb instead of descending.
    """

    def __init__(
        self,
        params: Params,
        lr: float = 1e-3,
        momentum: float = 0.0,
        dampening: float = 0.0,
        weight_decay: float = 0.0,
        nesterov: bool = False,
        *,
        momentum_form: MomentumForm = "pytorch",
        l1_decay: float = 0.0,
        maximize: bool = False,
    ) -> None:
        super().__init__(
            params,
            lr=lr,
            momentum=momentum,
            dampening=dampening,
            weight_decay=weight_decay,
            nesterov=nesterov,
            momentum_form=momentum_form,
            l1_decay=l1_decay,
            maximize=maximize,
        )

    def _check_group(self, group: Group) -> None:
        super()._check_group(group)
        form = group["momentum_form"]
        if form not in ("pytorch", "classical", "average"):
            raise ValueError(
                "momentum_form of SGD must be 'pytorch', 'classical' or 'average', but "
                f"{form!r} was given."
            )
        if group["dampening"] and form != "pytorch":
            raise ValueError(
                f"dampening belongs to PyTorch's form of momentum, but momentum_form={form!r} was "
                "given."
            )
        if group["nesterov"] and (group["momentum"] == 0 or group["dampening"] != 0):
            raise ValueError("Nesterov's step needs a momentum above 0 and a dampening of 0.")

    def _rule(self, block: Block) -> Rule:
        group = block.group
        momentum, lr, form = group["momentum"], group["lr"], group["momentum_form"]
        if momentum == 0:
            return Rule(_descent, (), (lr,))
        share, rate = {"pytorch": (1, lr), "classical": (lr, 1), "average": (1 - momentum, lr)}[
            form
        ]
        if "momentum_buffer" in block.state:
            share *= 1 - group["dampening"]
        rule = _nesterov if group["nesterov"] else _momentum
        return Rule(rule, ("momentum_buffer",), (momentum, share, rate))


def _descent(numbers: Numbers, grad: Number) -> tuple[Number]:
    (rate,) = numbers
    return (grad * rate,)


def _momentum(numbers: Numbers, grad: Number, velocity: Number) -> tuple[Number, Number]:
    momentum, share, rate = numbers
    if share != 1:
        grad = share * grad
    velocity *= momentum
    velocity += grad
    return velocity * rate, velocity


def _nesterov(numbers: Numbers, grad: Number, velocity: Number) -> tuple[Number, Number]:
    momentum, share, rate = numbers
    if share != 1:
        grad = share * grad
    velocity *= momentum
    velocity += grad
    return (grad + momentum * velocity) * rate, velocity

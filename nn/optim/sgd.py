"""Stochastic gradient descent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from nn.aliases import Array, Variable
from nn.optim.optimizer import Group, Optimizer, State


class SGD(Optimizer):
    """Stochastic gradient descent w ← w − η ∂L/∂w, with momentum; PyTorch's form.

    Parameters
    ----------
    params : iterable of Parameter, or of dict
        See `Optimizer`.
    lr : float, default 1e-3
        The learning rate η.
    momentum : float, default 0
        How much of its last velocity the parameter keeps: v ← momentum·v + g, w ← w − η v.
    dampening : float, default 0
        v ← momentum·v + (1 − dampening)·g, from the second step on.
    weight_decay : float, default 0
        Adds weight_decay·w to the gradient g: the L2 penalty.
    nesterov : bool, default False
        Step along g + momentum·v, the velocity one step ahead.
    """

    def __init__(
        self,
        params: Iterable[Variable | Mapping[str, Any]],
        lr: float = 1e-3,
        momentum: float = 0.0,
        dampening: float = 0.0,
        weight_decay: float = 0.0,
        nesterov: bool = False,
    ) -> None:
        super().__init__(
            params,
            lr=lr,
            momentum=momentum,
            dampening=dampening,
            weight_decay=weight_decay,
            nesterov=nesterov,
        )

    def _check_group(self, group: Group) -> None:
        super()._check_group(group)
        if not group["momentum"] >= 0:
            raise ValueError(
                f"the momentum of SGD cannot be negative, but momentum={group['momentum']} was "
                "given."
            )
        if group["nesterov"] and (group["momentum"] == 0 or group["dampening"] != 0):
            raise ValueError("Nesterov's step needs a momentum above 0 and a dampening of 0.")

    def _change(self, param: Variable, grad: Array, state: State, group: Group) -> Array:
        momentum = group["momentum"]
        if group["weight_decay"]:
            grad = grad + group["weight_decay"] * param.data
        if momentum:
            velocity = state.get("velocity")
            if velocity is None:
                velocity = state["velocity"] = np.array(grad)
            else:
                velocity *= momentum
                velocity += grad if group["dampening"] == 0 else (1 - group["dampening"]) * grad
            grad = grad + momentum * velocity if group["nesterov"] else velocity
        return group["lr"] * grad  # type: ignore[no-any-return]

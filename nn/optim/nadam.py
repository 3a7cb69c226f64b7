"""NAdam: Adam with Nesterov's look ahead."""

from __future__ import annotations

from nn.aliases import Array
from nn.optim.block import Block
from nn.optim.optimizer import Optimizer, Params
from nn.optim.roots import root


class NAdam(Optimizer):
    """NAdam: w ← w − η (μₜ₊₁ m/(1 − Πμₜ₊₁) + (1 − μₜ) g/(1 − Πμₜ))/(√v̂ + ε).

    Parameters
    ----------
    params : iterable of Parameter, or of dict
        See `Optimizer`.
    lr : float, default 2e-3
        The learning rate η.
    betas : (float, float), default (0.9, 0.999)
        As for `Adam`: m, v and v̂ are the same.
    eps : float, default 1e-8
        ε.
    weight_decay : float, default 0
        The L2 penalty; see `Optimizer`.
    momentum_decay : float, default 4e-3
        ψ in the momentum of step t, μₜ = β₁ (1 − ½·0.96^(tψ)), which grows; Πμₜ = μ₁·…·μₜ.
    decoupled_weight_decay : bool, default False
        Let the penalties act on the weights themselves, as in `AdamW`.
    l1_decay : float, default 0
        The L1 penalty; see `Optimizer`.
    maximize : bool, default False
        Climb instead of descending.

    Notes
    -----
    Dozat 2016.
    """

    def __init__(
        self,
        params: Params,
        lr: float = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        momentum_decay: float = 4e-3,
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
            momentum_decay=momentum_decay,
            decoupled_weight_decay=decoupled_weight_decay,
            l1_decay=l1_decay,
            maximize=maximize,
        )

    def _change(self, grad: Array, block: Block) -> Array:
        group, step = block.group, block.count()
        beta1, beta2 = group["betas"]
        now, ahead = (
            beta1 * (1 - 0.5 * 0.96 ** (t * group["momentum_decay"])) for t in (step, step + 1)
        )
        product = block.state.get("mu_product", 1.0) * now
        block.state["mu_product"] = product
        mean = block.average("exp_avg", grad, beta1)
        square = block.average("exp_avg_sq", grad * grad, beta2)
        change: Array = (1 - now) / (1 - product) * grad
        change += ahead / (1 - product * ahead) * mean
        change /= root(square / (1 - beta2**step), group["eps"])
        change *= group["lr"]
        return change

"""The losses of regression, and of distributions, as modules."""

from __future__ import annotations

from typing import Literal

from nn import functional
from nn.aliases import ArrayOrNode
from nn.functional import Reduction
from nn.losses.base import Loss, require_reduction


class MSELoss(Loss):
    """Mean squared error; see `nn.functional.mse_loss`."""

    def forward(self, input: ArrayOrNode, target: ArrayOrNode) -> ArrayOrNode:
        """The loss of a prediction."""
        return functional.mse_loss(input, target, reduction=self.reduction)


class L1Loss(Loss):
    """Mean absolute error; see `nn.functional.l1_loss`."""

    def forward(self, input: ArrayOrNode, target: ArrayOrNode) -> ArrayOrNode:
        """The loss of a prediction."""
        return functional.l1_loss(input, target, reduction=self.reduction)


class HuberLoss(Loss):
    """Squared error near the target, absolute error from `delta` on.

    See `nn.functional.huber_loss`.
    """

    delta: float

    def __init__(self, reduction: Reduction = "mean", delta: float = 1.0) -> None:
        super().__init__(reduction=reduction)
        self.delta = delta

    def forward(self, input: ArrayOrNode, target: ArrayOrNode) -> ArrayOrNode:
        """The loss of a prediction."""
        return functional.huber_loss(input, target, self.reduction, self.delta)


class SmoothL1Loss(Loss):
    """`HuberLoss` divided by `beta`, where its parabola ends.

    See `nn.functional.smooth_l1_loss`.
    """

    beta: float

    def __init__(self, *, reduction: Reduction = "mean", beta: float = 1.0) -> None:
        super().__init__(reduction=reduction)
        self.beta = beta

    def forward(self, input: ArrayOrNode, target: ArrayOrNode) -> ArrayOrNode:
        """The loss of a prediction."""
        return functional.smooth_l1_loss(input, target, reduction=self.reduction, beta=self.beta)


class KLDivLoss(Loss):
    """Kullback-Leibler divergence of log-probabilities from probabilities.

    See `nn.functional.kl_div`.

    Parameters
    ----------
    reduction : {"mean", "sum", "none", "batchmean"}
        The divergence itself is the sum; "batchmean" divides it by the number of records.
    log_target : bool, default False
        Whether targets are logarithms too.
    """

    reduction: Literal["mean", "sum", "none", "batchmean"]  # type: ignore[assignment]
    log_target: bool

    def __init__(
        self,
        *,
        reduction: Literal["mean", "sum", "none", "batchmean"] = "mean",
        log_target: bool = False,
    ) -> None:
        require_reduction(reduction, ("mean", "sum", "none", "batchmean"))
        self.reduction = reduction
        self.log_target = log_target

    def forward(self, input: ArrayOrNode, target: ArrayOrNode) -> ArrayOrNode:
        """The loss of a prediction."""
        return functional.kl_div(
            input, target, reduction=self.reduction, log_target=self.log_target
        )


class PoissonNLLLoss(Loss):
    """Negative log-likelihood of counts; see `nn.functional.poisson_nll_loss`.

    Parameters
    ----------
    log_input : bool, default True
        Whether predictions are logarithms of means.
    full : bool, default False
        Whether to add Stirling's approximation of what does not depend on the prediction.
    eps : float
        Added to a mean in its logarithm.
    reduction : {"mean", "sum", "none"}
        What becomes of the losses.
    """

    log_input: bool
    full: bool
    eps: float

    def __init__(
        self,
        log_input: bool = True,
        full: bool = False,
        *,
        eps: float = 1e-8,
        reduction: Reduction = "mean",
    ) -> None:
        super().__init__(reduction=reduction)
        self.log_input = log_input
        self.full = full
        self.eps = eps

    def forward(self, input: ArrayOrNode, target: ArrayOrNode) -> ArrayOrNode:
        """The loss of a prediction."""
        return functional.poisson_nll_loss(
            input, target, self.log_input, self.full, eps=self.eps, reduction=self.reduction
        )


class GaussianNLLLoss(Loss):
    """Negative log-likelihood of numbers with a predicted mean and variance.

    See `nn.functional.gaussian_nll_loss`.

    Parameters
    ----------
    full : bool, default False
        Whether to add what does not depend on the prediction.
    eps : float
        The least variance.
    reduction : {"mean", "sum", "none"}
        What becomes of the losses.
    """

    full: bool
    eps: float

    def __init__(
        self, *, full: bool = False, eps: float = 1e-6, reduction: Reduction = "mean"
    ) -> None:
        super().__init__(reduction=reduction)
        self.full = full
        self.eps = eps

    def forward(
        self, input: ArrayOrNode, target: ArrayOrNode, var: ArrayOrNode | float
    ) -> ArrayOrNode:
        """The loss of a prediction."""
        return functional.gaussian_nll_loss(input, target, var, self.full, self.eps, self.reduction)

"""Losses as modules: they hold the reduction, and `nn.functional` has the mathematics."""

from __future__ import annotations

from nn import functional
from nn.aliases import ArrayOrNode
from nn.functional import Reduction
from nn.module import Module


class _Loss(Module):
    """What the losses share.

    Parameters
    ----------
    reduction : {"mean", "sum", "none"}, default "mean"
        What becomes of the losses of the records.
    """

    reduction: Reduction

    def __init__(self, reduction: Reduction = "mean") -> None:
        self.reduction = reduction


class MSELoss(_Loss):
    """Mean squared error; see `nn.functional.mse_loss`."""

    def forward(self, input: ArrayOrNode, target: ArrayOrNode) -> ArrayOrNode:
        """The loss of a prediction."""
        return functional.mse_loss(input, target, reduction=self.reduction)


class BCELoss(_Loss):
    """Binary cross-entropy of probabilities; see `nn.functional.binary_cross_entropy`."""

    def forward(self, input: ArrayOrNode, target: ArrayOrNode) -> ArrayOrNode:
        """The loss of a prediction."""
        return functional.binary_cross_entropy(input, target, reduction=self.reduction)


class BCEWithLogitsLoss(_Loss):
    """Binary cross-entropy of logits; see `nn.functional.binary_cross_entropy_with_logits`."""

    def forward(self, input: ArrayOrNode, target: ArrayOrNode) -> ArrayOrNode:
        """The loss of a prediction."""
        return functional.binary_cross_entropy_with_logits(input, target, reduction=self.reduction)


class CrossEntropyLoss(_Loss):
    """Softmax and log-loss of logits; see `nn.functional.cross_entropy`."""

    def forward(self, input: ArrayOrNode, target: ArrayOrNode) -> ArrayOrNode:
        """The loss of a prediction."""
        return functional.cross_entropy(input, target, reduction=self.reduction)


class NLLLoss(_Loss):
    """Negative log-likelihood of log-probabilities; see `nn.functional.nll_loss`."""

    def forward(self, input: ArrayOrNode, target: ArrayOrNode) -> ArrayOrNode:
        """The loss of a prediction."""
        return functional.nll_loss(input, target, reduction=self.reduction)

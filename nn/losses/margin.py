"""The losses that are 0 beyond a margin, and their smooth relatives, as modules."""

from __future__ import annotations

from collections.abc import Callable

from nn import functional
from nn.aliases import Array, ArrayOrNode
from nn.functional import Reduction
from nn.losses.base import Loss, WeightedLoss

# --- scores ---------------------------------------------------------------------------------------


class HingeEmbeddingLoss(Loss):
    """Loss of distances of what is alike or not; see `nn.functional.hinge_embedding_loss`."""

    margin: float

    def __init__(self, margin: float = 1.0, *, reduction: Reduction = "mean") -> None:
        super().__init__(reduction=reduction)
        self.margin = margin

    def forward(self, input: ArrayOrNode, target: ArrayOrNode) -> ArrayOrNode:
        """The loss of distances, for targets ±1."""
        return functional.hinge_embedding_loss(input, target, self.margin, reduction=self.reduction)


class SoftMarginLoss(Loss):
    """The logistic loss of scores, for targets ±1; see `nn.functional.soft_margin_loss`."""

    def forward(self, input: ArrayOrNode, target: ArrayOrNode) -> ArrayOrNode:
        """The loss of scores."""
        return functional.soft_margin_loss(input, target, reduction=self.reduction)


class MarginRankingLoss(Loss):
    """Loss of two scores in the wrong order; see `nn.functional.margin_ranking_loss`."""

    margin: float

    def __init__(self, margin: float = 0.0, *, reduction: Reduction = "mean") -> None:
        super().__init__(reduction=reduction)
        self.margin = margin

    def forward(self, input1: ArrayOrNode, input2: ArrayOrNode, target: ArrayOrNode) -> ArrayOrNode:
        """The loss of pairs of scores, for targets ±1."""
        return functional.margin_ranking_loss(
            input1, input2, target, self.margin, reduction=self.reduction
        )


class MultiMarginLoss(WeightedLoss):
    """Hinge loss of the scores of many classes; see `nn.functional.multi_margin_loss`.

    Parameters
    ----------
    p : {1, 2}
        Power of what is less than the margin.
    margin : float, default 1
        By how much the right class is to win.
    weight : (C,), optional
        A factor for each class.
    reduction : {"mean", "sum", "none"}
        What becomes of the losses of the records.
    """

    p: int
    margin: float

    def __init__(
        self,
        p: int = 1,
        margin: float = 1.0,
        weight: ArrayOrNode | None = None,
        *,
        reduction: Reduction = "mean",
    ) -> None:
        super().__init__(weight, reduction=reduction)
        self.p = p
        self.margin = margin

    def forward(self, input: ArrayOrNode, target: Array) -> ArrayOrNode:
        """The loss of scores (N, C), for the right classes (N,)."""
        return functional.multi_margin_loss(
            input, target, self.p, self.margin, self.weight, reduction=self.reduction
        )


class MultiLabelMarginLoss(Loss):
    """Hinge loss with several right classes; see `nn.functional.multilabel_margin_loss`."""

    def forward(self, input: ArrayOrNode, target: Array) -> ArrayOrNode:
        """The loss of scores (N, C), for the right classes (N, C), which −1 ends."""
        return functional.multilabel_margin_loss(input, target, reduction=self.reduction)


class MultiLabelSoftMarginLoss(WeightedLoss):
    """The logistic loss of each class; see `nn.functional.multilabel_soft_margin_loss`."""

    def forward(self, input: ArrayOrNode, target: ArrayOrNode) -> ArrayOrNode:
        """The loss of scores (N, C), for 1 or 0 for each."""
        return functional.multilabel_soft_margin_loss(
            input, target, self.weight, reduction=self.reduction
        )


# --- vectors --------------------------------------------------------------------------------------


class CosineEmbeddingLoss(Loss):
    """Loss of the angle of what is alike or not; see `nn.functional.cosine_embedding_loss`."""

    margin: float

    def __init__(self, margin: float = 0.0, *, reduction: Reduction = "mean") -> None:
        super().__init__(reduction=reduction)
        self.margin = margin

    def forward(self, input1: ArrayOrNode, input2: ArrayOrNode, target: ArrayOrNode) -> ArrayOrNode:
        """The loss of pairs of vectors, for targets ±1."""
        return functional.cosine_embedding_loss(
            input1, input2, target, self.margin, reduction=self.reduction
        )


class TripletMarginLoss(Loss):
    """Loss of an anchor nearer to the negative than to the positive.

    See `nn.functional.triplet_margin_loss`.

    Parameters
    ----------
    margin : float, default 1
        By how much the positive is to be nearer.
    p, eps : float
        Order of the norm, and what is added to each difference.
    swap : bool, default False
        Whether the positive's distance from the negative counts where it is smaller.
    reduction : {"mean", "sum", "none"}
        What becomes of the losses of the triplets.
    """

    margin: float
    p: float
    eps: float
    swap: bool

    def __init__(
        self,
        margin: float = 1.0,
        p: float = 2.0,
        eps: float = 1e-6,
        swap: bool = False,
        *,
        reduction: Reduction = "mean",
    ) -> None:
        super().__init__(reduction=reduction)
        self.margin = margin
        self.p = p
        self.eps = eps
        self.swap = swap

    def forward(
        self, anchor: ArrayOrNode, positive: ArrayOrNode, negative: ArrayOrNode
    ) -> ArrayOrNode:
        """The loss of triplets of vectors."""
        return functional.triplet_margin_loss(
            anchor,
            positive,
            negative,
            self.margin,
            self.p,
            self.eps,
            self.swap,
            reduction=self.reduction,
        )


class TripletMarginWithDistanceLoss(Loss):
    """`TripletMarginLoss` with any distance: a function of two arrays of vectors."""

    distance_function: Callable[[ArrayOrNode, ArrayOrNode], ArrayOrNode]
    margin: float
    swap: bool

    def __init__(
        self,
        *,
        distance_function: Callable[[ArrayOrNode, ArrayOrNode], ArrayOrNode] | None = None,
        margin: float = 1.0,
        swap: bool = False,
        reduction: Reduction = "mean",
    ) -> None:
        super().__init__(reduction=reduction)
        self.distance_function = distance_function or functional.pairwise_distance
        self.margin = margin
        self.swap = swap

    def forward(
        self, anchor: ArrayOrNode, positive: ArrayOrNode, negative: ArrayOrNode
    ) -> ArrayOrNode:
        """The loss of triplets of vectors."""
        return functional.triplet_margin_with_distance_loss(
            anchor,
            positive,
            negative,
            distance_function=self.distance_function,
            margin=self.margin,
            swap=self.swap,
            reduction=self.reduction,
        )

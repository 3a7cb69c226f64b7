"""The losses of classification as modules."""

from __future__ import annotations

import math
from collections.abc import Sequence

from nn import functional
from nn.aliases import Array, ArrayOrNode, DTypeLike, Seed
from nn.functional import Reduction
from nn.layers.linear import Linear
from nn.losses.base import Loss, WeightedLoss

# --- two classes ----------------------------------------------------------------------------------


class BCELoss(WeightedLoss):
    """Binary cross-entropy of probabilities; see `nn.functional.binary_cross_entropy`."""

    def forward(self, input: ArrayOrNode, target: ArrayOrNode) -> ArrayOrNode:
        """The loss of a prediction."""
        return functional.binary_cross_entropy(input, target, self.weight, reduction=self.reduction)


class BCEWithLogitsLoss(WeightedLoss):
    """Binary cross-entropy of logits; see `nn.functional.binary_cross_entropy_with_logits`.

    Parameters
    ----------
    weight : array, optional
        Factors of the losses.
    reduction : {"mean", "sum", "none"}
        What becomes of the losses.
    pos_weight : array, optional
        Factors of the losses of the class 1 alone.
    """

    pos_weight: Array | None

    def __init__(
        self,
        weight: ArrayOrNode | None = None,
        *,
        reduction: Reduction = "mean",
        pos_weight: ArrayOrNode | None = None,
    ) -> None:
        super().__init__(weight, reduction=reduction)
        self.keep("pos_weight", pos_weight)

    def forward(self, input: ArrayOrNode, target: ArrayOrNode) -> ArrayOrNode:
        """The loss of a prediction."""
        return functional.binary_cross_entropy_with_logits(
            input, target, self.weight, reduction=self.reduction, pos_weight=self.pos_weight
        )


# --- many classes ---------------------------------------------------------------------------------


class NLLLoss(WeightedLoss):
    """Negative log-likelihood of log-probabilities; see `nn.functional.nll_loss`.

    Parameters
    ----------
    weight : (C,), optional
        A factor for each class.
    ignore_index : int
        A label whose records do not count.
    reduction : {"mean", "sum", "none"}
        What becomes of the losses of the records.
    """

    ignore_index: int

    def __init__(
        self,
        weight: ArrayOrNode | None = None,
        *,
        ignore_index: int = -100,
        reduction: Reduction = "mean",
    ) -> None:
        super().__init__(weight, reduction=reduction)
        self.ignore_index = ignore_index

    def forward(self, input: ArrayOrNode, target: ArrayOrNode) -> ArrayOrNode:
        """The loss of a prediction."""
        return functional.nll_loss(
            input,
            target,
            self.weight,
            ignore_index=self.ignore_index,
            reduction=self.reduction,
        )


class CrossEntropyLoss(WeightedLoss):
    """Softmax and log-loss of logits; see `nn.functional.cross_entropy`.

    Parameters
    ----------
    weight : (C,), optional
        A factor for each class.
    ignore_index : int
        A label whose records do not count.
    reduction : {"mean", "sum", "none"}
        What becomes of the losses of the records.
    label_smoothing : float in [0, 1]
        Share of every target that is spread evenly over all classes.
    """

    ignore_index: int
    label_smoothing: float

    def __init__(
        self,
        weight: ArrayOrNode | None = None,
        *,
        ignore_index: int = -100,
        reduction: Reduction = "mean",
        label_smoothing: float = 0.0,
    ) -> None:
        super().__init__(weight, reduction=reduction)
        self.ignore_index = ignore_index
        self.label_smoothing = label_smoothing

    def forward(self, input: ArrayOrNode, target: ArrayOrNode) -> ArrayOrNode:
        """The loss of a prediction."""
        return functional.cross_entropy(
            input,
            target,
            self.weight,
            ignore_index=self.ignore_index,
            reduction=self.reduction,
            label_smoothing=self.label_smoothing,
        )


class LinearCrossEntropyLoss(WeightedLoss):
    """A Linear layer and the cross-entropy of its logits; see `nn.functional.linear_cross_entropy`.

    Parameters
    ----------
    in_features, num_classes : int
        Features of a record, and classes C.
    out_features : sequence of int
        Places of which each has a class: targets are (N, *out_features).
    bias : bool, default False
        Whether the layer has a bias.
    reduction, weight, ignore_index, label_smoothing
        As for `CrossEntropyLoss`; no label is ignored if `ignore_index` is None.
    dtype : dtype, default float32
        Of the parameters; plain arrays that come in are converted to it.
    seed : int or Generator, optional
        Where the first weights come from.
    """

    num_classes: int
    out_features: tuple[int, ...]
    ignore_index: int | None
    label_smoothing: float
    linear: Linear

    def __init__(
        self,
        in_features: int,
        num_classes: int,
        *,
        out_features: Sequence[int] = (),
        bias: bool = False,
        reduction: Reduction = "mean",
        weight: ArrayOrNode | None = None,
        ignore_index: int | None = None,
        label_smoothing: float = 0.0,
        dtype: DTypeLike | None = None,
        seed: Seed = None,
    ) -> None:
        super().__init__(weight, reduction=reduction)
        self.num_classes = num_classes
        self.out_features = tuple(out_features)
        self.ignore_index = ignore_index
        self.label_smoothing = label_smoothing
        rows = num_classes * math.prod(out_features)
        self.linear = Linear(in_features, rows, bias, dtype=dtype, seed=seed)

    def forward(self, input: ArrayOrNode, target: ArrayOrNode) -> ArrayOrNode:
        """The loss of records (N, in_features) or (in_features,)."""
        x = self._cast(input, self.linear.weight)
        self._require_features(x, self.linear.in_features)
        rows = (self.num_classes, *self.out_features)
        bias = self.linear.bias
        return functional.linear_cross_entropy(
            x,
            self.linear.weight.reshape(*rows, self.linear.in_features),
            target,
            linear_bias=None if bias is None else bias.reshape(rows),
            weight=self.weight,
            reduction=self.reduction,
            ignore_index=-100 if self.ignore_index is None else self.ignore_index,
            label_smoothing=self.label_smoothing,
        )


# --- sequences ------------------------------------------------------------------------------------


class CTCLoss(Loss):
    """Loss of label sequences of unknown alignment; see `nn.functional.ctc_loss`.

    Parameters
    ----------
    blank : int, default 0
        The class of no label.
    reduction : {"mean", "sum", "none"}
        The mean is over the sequences, each divided by its number of labels.
    zero_infinity : bool, default False
        Whether a sequence too short for its labels costs 0 instead of infinity.
    """

    blank: int
    zero_infinity: bool

    def __init__(
        self, blank: int = 0, reduction: Reduction = "mean", zero_infinity: bool = False
    ) -> None:
        super().__init__(reduction=reduction)
        self.blank = blank
        self.zero_infinity = zero_infinity

    def forward(
        self,
        log_probs: ArrayOrNode,
        targets: Array,
        input_lengths: Sequence[int] | Array,
        target_lengths: Sequence[int] | Array,
    ) -> ArrayOrNode:
        """The loss of log-probabilities (T, N, C) or (T, C)."""
        return functional.ctc_loss(
            log_probs,
            targets,
            input_lengths,
            target_lengths,
            self.blank,
            self.reduction,
            self.zero_infinity,
        )

"""The losses of regression, and of distributions, under PyTorch's names."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np

from autograd.primitives import data_of
from autograd.recording import again
from nn.aliases import Array, ArrayOrNode
from nn.functional.arguments import (
    Reduction,
    broadcasts,
    given,
    like,
    pair,
    reduce,
    reduce_weighted,
    shape_of,
    times,
)

# --- the difference of prediction and target ----------------------------------------------------


def mse_loss(
    input: ArrayOrNode,
    target: ArrayOrNode,
    *,
    reduction: Reduction = "mean",
    weight: ArrayOrNode | None = None,
) -> ArrayOrNode:
    """Squared error (ŷ − y)², by default its mean over all elements.

    Parameters
    ----------
    input, target : arrays of one shape
        Prediction ŷ and target y. A plain target takes the dtype of the prediction.
    reduction : {"mean", "sum", "none"}
        What becomes of the elements.
    weight : of that shape, optional
        Factors of the losses; a mean is divided by their sum.

    Raises
    ------
    ValueError
        If the shapes differ: (n, 1) against (n,) would compare everything with everything.
    """
    input, target = pair("mse_loss", input, target, weight)
    return _reduce_times(np.square(input - target), weight, reduction)


def l1_loss(
    input: ArrayOrNode,
    target: ArrayOrNode,
    *,
    reduction: Reduction = "mean",
    weight: ArrayOrNode | None = None,
) -> ArrayOrNode:
    """Absolute error |ŷ − y|; its derivative where both are equal is 0.

    Parameters
    ----------
    input, target, reduction, weight
        As for `mse_loss`.
    """
    input, target = pair("l1_loss", input, target, weight)
    return _reduce_times(np.abs(input - target), weight, reduction)


def huber_loss(
    input: ArrayOrNode,
    target: ArrayOrNode,
    reduction: Reduction = "mean",
    delta: float = 1.0,
    weight: ArrayOrNode | None = None,
) -> ArrayOrNode:
    """½d² for a difference |d| ≤ delta, beyond it the tangent delta·(|d| − ½delta) (Huber, 1964).

    Parameters
    ----------
    input, target, reduction
        As for `mse_loss`.
    delta : float
        Where the parabola ends; positive.
    weight : of the same shape, optional
        Factors of the losses.
    """
    if delta <= 0:
        raise ValueError(f"huber_loss needs a positive delta, but delta={delta} was given.")
    input, target = pair("huber_loss", input, target, weight)
    return reduce(times(_huber(input - target, delta), weight), reduction)


def smooth_l1_loss(
    input: ArrayOrNode, target: ArrayOrNode, *, reduction: Reduction = "mean", beta: float = 1.0
) -> ArrayOrNode:
    """½d²/beta for a difference |d| < beta, else |d| − ½beta (Girshick, 2015).

    Parameters
    ----------
    input, target, reduction
        As for `mse_loss`.
    beta : float
        Where the parabola ends; at 0 this is `l1_loss`.
    """
    if beta < 0:
        raise ValueError(f"smooth_l1_loss needs beta ≥ 0, but beta={beta} was given.")
    input, target = pair("smooth_l1_loss", input, target)
    difference = input - target
    return reduce(_huber(difference, beta) / beta if beta else np.abs(difference), reduction)


def _huber(difference: ArrayOrNode, delta: float) -> ArrayOrNode:
    """c·(d − ½c), with c the difference d limited to ±delta: its derivative is c."""
    limited = np.clip(difference, -delta, delta)
    return limited * (difference - 0.5 * limited)


def _reduce_times(
    losses: ArrayOrNode, weight: ArrayOrNode | None, reduction: Reduction
) -> ArrayOrNode:
    if weight is not None:
        weight = like(losses, given(weight))
    return reduce_weighted(times(losses, weight), weight, reduction)


# --- the likelihood of the target ---------------------------------------------------------------


def kl_div(
    input: ArrayOrNode,
    target: ArrayOrNode,
    *,
    reduction: Literal["mean", "sum", "none", "batchmean"] = "mean",
    log_target: bool = False,
) -> ArrayOrNode:
    """Kullback-Leibler divergence y·(log y − log p), element by element.

    Parameters
    ----------
    input : array
        Logarithms of the predicted probabilities p.
    target : array of that shape
        Probabilities y, of which 0 contributes 0; or their logarithms.
    reduction : {"mean", "sum", "none", "batchmean"}
        The mean is over all elements; the divergence itself is the sum, and "batchmean" divides
        that by the number of records.
    log_target : bool
        Whether `target` are logarithms.
    """
    input, target = pair("kl_div", input, target)
    if log_target:
        losses = np.exp(target) * (target - input)
    else:
        losses = target * _log_or_zero(target) - target * input
    if reduction == "batchmean":
        return np.sum(losses) / (shape_of(input)[0] if shape_of(input) else 1)
    return reduce(losses, reduction)


def poisson_nll_loss(
    input: ArrayOrNode,
    target: ArrayOrNode,
    log_input: bool = True,
    full: bool = False,
    *,
    eps: float = 1e-8,
    reduction: Reduction = "mean",
) -> ArrayOrNode:
    """λ − y·log λ, the negative log-likelihood of a count y with the mean λ, but for log y!.

    Parameters
    ----------
    input, target : arrays of one shape
        The predicted log λ (or λ), and counts y.
    log_input : bool
        Whether `input` is log λ.
    full : bool
        Whether to add Stirling's y·log y − y + ½log(2πy) for log y!, where y > 1.
    eps : float
        Added to λ in its logarithm, if `input` is λ.
    reduction : {"mean", "sum", "none"}
        What becomes of the elements.
    """
    input, target = pair("poisson_nll_loss", input, target)
    mean, log_mean = (np.exp(input), input) if log_input else (input, np.log(input + eps))
    losses = mean - target * log_mean
    if full:
        large = again(np.greater, data_of(target), 1)
        count = np.where(large, target, 1.0)
        stirling = (count + 0.5) * np.log(count) - count + 0.5 * math.log(2 * math.pi)
        losses = losses + np.where(large, stirling, 0.0)
    return reduce(losses, reduction)


def gaussian_nll_loss(
    input: ArrayOrNode,
    target: ArrayOrNode,
    var: ArrayOrNode | float,
    full: bool = False,
    eps: float = 1e-6,
    reduction: Reduction = "mean",
) -> ArrayOrNode:
    """½(log σ² + (ŷ − y)²/σ²), the negative log-likelihood of y, but for a constant.

    Parameters
    ----------
    input : array
        The predicted mean ŷ.
    target : broadcast to `input`
        y.
    var : broadcast to `input`, or of its shape without the last axis
        The predicted variance σ², at least eps; what is raised to eps keeps its gradient.
    full : bool
        Whether to add the constant ½log 2π.
    eps : float
        The least variance.
    reduction : {"mean", "sum", "none"}
        What becomes of the elements.

    Raises
    ------
    ValueError
        If the shapes do not fit, or a variance is negative.
    """
    input = given(input)
    target, var = like(input, target), like(input, given(var))
    shape = shape_of(input)
    if shape_of(var) and shape_of(var) == shape[:-1]:
        var = var.reshape(*shape_of(var), 1)
    if not (broadcasts(target, shape) and broadcasts(var, shape)):
        raise ValueError(
            f"gaussian_nll_loss of predictions of shape {shape} takes targets and variances that "
            "broadcast to it, or a variance for each row, but theirs are "
            f"{shape_of(target)} and {shape_of(var)}."
        )
    var = var + again(_lacking, data_of(var), eps)
    losses = 0.5 * (np.log(var) + np.square(input - target) / var)
    return reduce(losses + 0.5 * math.log(2 * math.pi) if full else losses, reduction)


def _lacking(variance: Array, least: float) -> Array:
    """What variances lack of the least one that is divided by."""
    if np.any(variance < 0):
        raise ValueError(
            f"a variance is not negative, but gaussian_nll_loss got {np.min(variance):g}."
        )
    return np.maximum(least - variance, 0.0)


def _log_or_zero(x: ArrayOrNode) -> ArrayOrNode:
    """Log x, and 0 where x is 0."""
    return np.log(np.where(again(np.equal, data_of(x), 0), 1.0, x))

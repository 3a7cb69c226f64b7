"""The loss of sequences whose alignment is unknown, as PyTorch defines it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from autograd.primitives import data_of
from autograd.recording import again
from autograd.rules import activations
from nn.aliases import Array, ArrayOrNode
from nn.functional.arguments import Reduction, like, reduce

#: The logarithm of what cannot be; finite, so that sums of such have a derivative.
_NEVER = -1e30


def ctc_loss(
    log_probs: ArrayOrNode,
    targets: Array,
    input_lengths: Sequence[int] | Array,
    target_lengths: Sequence[int] | Array,
    blank: int = 0,
    reduction: Reduction = "mean",
    zero_infinity: bool = False,
) -> ArrayOrNode:
    """Connectionist temporal classification (Graves et al., 2006): −log P(labels).

    P adds up all alignments: ways to stretch the labels over the time steps, with blanks between
    them. The gradient is that of this sum. PyTorch's has eˣ added to it, which a `log_softmax`
    before it makes no difference to.

    Parameters
    ----------
    log_probs : (T, N, C) or (T, C)
        Log-probabilities of C classes at T time steps.
    targets : (N, S) or (sum of `target_lengths`,) of int
        The labels of each sequence, padded, or of all of them one after the other.
    input_lengths, target_lengths : (N,) or () of int
        How many steps, and how many labels, each sequence has.
    blank : int
        The class of no label.
    reduction : {"mean", "sum", "none"}
        The mean is over the sequences, each divided by its number of labels.
    zero_infinity : bool
        Whether a sequence too short for its labels costs 0 instead of infinity.

    Raises
    ------
    ValueError
        If lengths and shapes do not fit, or a label is the blank or no class.
    """
    single = log_probs.ndim == 2
    if single:
        log_probs = log_probs.reshape(log_probs.shape[0], 1, log_probs.shape[1])
    steps, records, _ = log_probs.shape
    lengths = np.reshape(input_lengths, -1)
    counts = np.reshape(target_lengths, -1)
    labels = _padded(np.asarray(targets), counts, records)
    _require(log_probs.shape, labels, lengths, counts, blank)
    states = np.full((records, 2 * labels.shape[1] + 1), blank)
    states[:, 1::2] = np.where(np.arange(labels.shape[1]) < counts[:, None], labels, blank)
    # From state to state, over a blank if the labels beside it differ.
    over = np.zeros(states.shape, dtype=bool)
    over[:, 3::2] = labels[:, 1:] != labels[:, :-1]

    rows = np.arange(records)
    emitted = log_probs[np.arange(steps)[:, None, None], rows[:, None], states]
    emitted = np.clip(emitted, _NEVER, None)
    reached = np.where(np.arange(states.shape[1]) < 2, emitted[0], _NEVER)
    for t in range(1, steps):
        before = np.pad(reached, [(0, 0), (2, 0)], constant_values=_NEVER)
        ways = [reached, before[:, 1:-1], np.where(over, before[:, :-2], _NEVER)]
        moved = activations.logsumexp(np.stack(ways), axis=0) + emitted[t]
        reached = np.where((t < lengths)[:, None], moved, reached)
    ends = np.stack([2 * counts, np.maximum(2 * counts - 1, 0)])
    last = np.where((counts == 0) & [[False], [True]], _NEVER, reached[rows, ends])
    losses = -activations.logsumexp(last, axis=0)
    possible = again(np.less, data_of(losses), -_NEVER / 2)
    losses = np.where(possible, losses, 0.0 if zero_infinity else np.inf)
    if reduction == "mean":
        losses = losses / like(log_probs, np.maximum(counts, 1))
    return reduce(losses[0] if single else losses, reduction)


def _padded(targets: Array, counts: Array, records: int) -> Array:
    """The labels of each sequence as a row; what is beyond its end is read by nobody."""
    if targets.ndim == 2:
        return targets
    if len(counts) != records or counts.sum() != targets.size:
        raise ValueError(
            f"ctc_loss of {records} sequences takes as many target_lengths, with the sum of all "
            f"labels ({targets.size}), but got {counts.tolist()}."
        )
    labels = np.zeros((records, max(counts, default=0)), dtype=int)
    labels[np.arange(labels.shape[1]) < counts[:, None]] = targets.reshape(-1)
    return labels


def _require(
    shape: tuple[int, ...], labels: Array, lengths: Array, counts: Array, blank: int
) -> None:
    steps, records, classes = shape
    if not len(labels) == len(lengths) == len(counts) == records:
        raise ValueError(
            f"ctc_loss of log_probs of shape {shape} takes targets and lengths of {records} "
            f"sequences, but got {len(labels)} targets, {len(lengths)} input_lengths and "
            f"{len(counts)} target_lengths."
        )
    if not (np.all((lengths > 0) & (lengths <= steps)) and np.all(counts <= labels.shape[1])):
        raise ValueError(
            f"ctc_loss has {steps} time steps and up to {labels.shape[1]} labels, but "
            f"input_lengths {lengths.tolist()} and target_lengths {counts.tolist()} were given."
        )
    used = labels[np.arange(labels.shape[1]) < counts[:, None]]
    wrong = (used < 0) | (used >= classes) | (used == blank)
    if wrong.any():
        raise ValueError(
            f"ctc_loss has the labels 0 … {classes - 1} but for the blank {blank}, but got "
            f"{used[wrong][0]}."
        )

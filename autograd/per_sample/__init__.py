"""Per-sample gradients: those of every loss of a batch by itself, from one run of the batch."""

from autograd.per_sample.batch import per_sample_grad

__all__ = ["per_sample_grad"]

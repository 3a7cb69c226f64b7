"""Data: mini-batches, splits, encodings and sets to train on."""

from nn.data.batching import batches
from nn.data.datasets import load_digits
from nn.data.encoding import min_max_scale, one_hot
from nn.data.splitting import train_test_split

__all__ = ["batches", "load_digits", "min_max_scale", "one_hot", "train_test_split"]

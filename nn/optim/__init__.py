"""Optimisers: they change parameters by what the gradients say."""

from nn.optim.adam import Adam
from nn.optim.optimizer import Optimizer
from nn.optim.sgd import SGD

__all__ = ["SGD", "Adam", "Optimizer"]

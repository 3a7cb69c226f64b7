"""Callbacks that tell other tools how training goes: Optuna and TensorBoard."""

from nn.integrations.pruning import OptunaPruning
from nn.integrations.tensorboard import TensorBoard

__all__ = ["OptunaPruning", "TensorBoard"]

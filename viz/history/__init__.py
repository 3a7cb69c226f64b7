"""What happens to gradients while a network is trained."""

from viz.history.recorder import GradientHistory

__all__ = ["GradientHistory"]

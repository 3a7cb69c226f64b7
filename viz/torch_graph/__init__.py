"""torch_graph: PyTorch's own autograd graph, read into a `Trace` like that of our nodes."""

from viz.torch_graph.conversion import from_torch, watch_torch

__all__ = ["from_torch", "watch_torch"]

"""pathways: a gradient as the sum over all paths from a result back to a number."""

from autograd.pathways.query import paths
from autograd.pathways.result import Factor, Length, Path, Paths

__all__ = ["Factor", "Length", "Path", "Paths", "paths"]

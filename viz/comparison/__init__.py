"""compare(): two graphs side by side, and what became of every gradient between them."""

from viz.comparison.result import Comparison, compare

__all__ = ["Comparison", "compare"]

"""The plots that people expect, on matplotlib (``pip install 'glassgrad[plots]'``)."""

from viz.plots.classification import plot_confusion, plot_decision_boundary
from viz.plots.curves import plot_activation, plot_history
from viz.plots.distributions import plot_histograms
from viz.plots.images import plot_feature_maps, plot_filters
from viz.plots.surfaces import plot_optimizer_paths

__all__ = [
    "plot_activation",
    "plot_confusion",
    "plot_decision_boundary",
    "plot_feature_maps",
    "plot_filters",
    "plot_histograms",
    "plot_history",
    "plot_optimizer_paths",
]

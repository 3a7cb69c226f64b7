"""viz: pictures of the graph and of what flows in it. Its parts are loaded when first used."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from viz.assertions import Check, check
    from viz.comparison import Comparison, compare
    from viz.drawing import graph, step
    from viz.health import Culprit, Diagnosis, Explanation, Finding, diagnose, why
    from viz.history import GradientHistory
    from viz.network_view import network
    from viz.picture import Picture
    from viz.plots import (
        plot_activation,
        plot_confusion,
        plot_decision_boundary,
        plot_feature_maps,
        plot_filters,
        plot_histograms,
        plot_history,
        plot_optimizer_paths,
    )
    from viz.torch_graph import from_torch, watch_torch

#: Each public name and the module that defines it.
_HOMES = {
    "Check": "viz.assertions",
    "Comparison": "viz.comparison",
    "Culprit": "viz.health",
    "Diagnosis": "viz.health",
    "Explanation": "viz.health",
    "Finding": "viz.health",
    "GradientHistory": "viz.history",
    "Picture": "viz.picture",
    "check": "viz.assertions",
    "compare": "viz.comparison",
    "diagnose": "viz.health",
    "from_torch": "viz.torch_graph",
    "graph": "viz.drawing",
    "network": "viz.network_view",
    "plot_activation": "viz.plots",
    "plot_confusion": "viz.plots",
    "plot_decision_boundary": "viz.plots",
    "plot_feature_maps": "viz.plots",
    "plot_filters": "viz.plots",
    "plot_histograms": "viz.plots",
    "plot_history": "viz.plots",
    "plot_optimizer_paths": "viz.plots",
    "step": "viz.drawing",
    "watch_torch": "viz.torch_graph",
    "why": "viz.health",
}

__all__ = [
    "Check",
    "Comparison",
    "Culprit",
    "Diagnosis",
    "Explanation",
    "Finding",
    "GradientHistory",
    "Picture",
    "check",
    "compare",
    "diagnose",
    "from_torch",
    "graph",
    "network",
    "plot_activation",
    "plot_confusion",
    "plot_decision_boundary",
    "plot_feature_maps",
    "plot_filters",
    "plot_histograms",
    "plot_history",
    "plot_optimizer_paths",
    "step",
    "watch_torch",
    "why",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'viz' has no attribute {name!r}")
    # nn checks that `autograd` is glassgrad's own, and says so if it is not.
    import_module("nn")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOMES])

"""viz: pictures of the graph and of what flows in it. Its parts are loaded when first used."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from viz.drawing import graph
    from viz.health import Diagnosis, Finding, diagnose
    from viz.network_view import network
    from viz.picture import Picture

#: Each public name and the module that defines it.
_HOMES = {
    "Diagnosis": "viz.health",
    "Finding": "viz.health",
    "Picture": "viz.picture",
    "diagnose": "viz.health",
    "graph": "viz.drawing",
    "network": "viz.network_view",
}

__all__ = ["Diagnosis", "Finding", "Picture", "diagnose", "graph", "network"]


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

"""autograd: numbers that remember how they were made, and reverse-mode differentiation on them."""

from typing import TYPE_CHECKING, Any

from autograd.installation import GLASSGRAD, warn_if_name_is_shared
from autograd.node import Node, StaleGraphError
from autograd.primitive import Primitive
from autograd.recording import is_recording, no_grad, scope
from autograd.tensor import Tensor
from autograd.value import Value
from autograd.valuearray import ValueArray

if TYPE_CHECKING:
    from autograd.trace import Flow, Step, Trace

__glassgrad__ = GLASSGRAD

__all__ = [
    "Flow",
    "Node",
    "Primitive",
    "StaleGraphError",
    "Step",
    "Tensor",
    "Trace",
    "Value",
    "ValueArray",
    "is_recording",
    "no_grad",
    "scope",
]


def __getattr__(name: str) -> Any:
    """Load on first use what an import of the package need not wait for."""
    if name not in ("Flow", "Step", "Trace"):
        raise AttributeError(f"module 'autograd' has no attribute {name!r}")
    import autograd.trace

    return getattr(autograd.trace, name)


warn_if_name_is_shared()

"""autograd: numbers that remember how they were made, and reverse-mode differentiation on them."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from autograd.installation import GLASSGRAD, warn_if_name_is_shared
from autograd.node import Node, StaleGraphError
from autograd.observing import AnomalyError, detect_anomaly, record_source
from autograd.primitives import Primitive
from autograd.recording import is_recording, no_grad, scope
from autograd.tensor import Tensor
from autograd.value import Value
from autograd.valuearray import ValueArray

if TYPE_CHECKING:
    from autograd.checking import assert_gradients, gradcheck
    from autograd.custom import primitive
    from autograd.pathways import paths
    from autograd.per_sample import per_sample_grad
    from autograd.program import Replayed, ReplayError, checkpoint, replay
    from autograd.trace import Flow, Step, Trace
    from autograd.transforms import grad, hessian, hvp, jacobian, jvp, value_and_grad, vjp

__glassgrad__ = GLASSGRAD

__all__ = [
    "AnomalyError",
    "Flow",
    "Node",
    "Primitive",
    "ReplayError",
    "Replayed",
    "StaleGraphError",
    "Step",
    "Tensor",
    "Trace",
    "Value",
    "ValueArray",
    "assert_gradients",
    "checkpoint",
    "detect_anomaly",
    "grad",
    "gradcheck",
    "hessian",
    "hvp",
    "is_recording",
    "jacobian",
    "jvp",
    "no_grad",
    "paths",
    "per_sample_grad",
    "primitive",
    "record_source",
    "replay",
    "scope",
    "value_and_grad",
    "vjp",
]

#: What is loaded on first use, because an import of the package need not wait for it.
_HOMES = {
    "autograd.checking": ("assert_gradients", "gradcheck"),
    "autograd.custom": ("primitive",),
    "autograd.pathways": ("paths",),
    "autograd.per_sample": ("per_sample_grad",),
    "autograd.program": ("ReplayError", "Replayed", "checkpoint", "replay"),
    "autograd.trace": ("Flow", "Step", "Trace"),
    "autograd.transforms": ("grad", "hessian", "hvp", "jacobian", "jvp", "value_and_grad", "vjp"),
}


def __getattr__(name: str) -> Any:
    for home, names in _HOMES.items():
        if name in names:
            return getattr(import_module(home), name)
    raise AttributeError(f"module 'autograd' has no attribute {name!r}")


warn_if_name_is_shared()

"""autograd: numbers that remember how they were made, and reverse-mode differentiation on them."""

from autograd.installation import GLASSGRAD, warn_if_name_is_shared
from autograd.node import Node, StaleGraphError
from autograd.primitive import Primitive
from autograd.recording import is_recording, no_grad, scope
from autograd.tensor import Tensor
from autograd.trace import Flow, Step, Trace
from autograd.value import Value
from autograd.valuearray import ValueArray

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

warn_if_name_is_shared()

"""Gradient clipping: between the backward pass and the step."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from autograd import Node, ValueArray
from nn.aliases import Array, Variable


def clip_grad_norm_(
    parameters: Variable | Iterable[Variable],
    max_norm: float,
    norm_type: float = 2.0,
    error_if_nonfinite: bool = False,
) -> float:
    """Shorten the gradient, all parameters together, to a length of at most `max_norm`.

    Parameters
    ----------
    parameters : Parameter or iterable of Parameter
        Those without a gradient are passed over.
    max_norm : float
        The greatest length that is left as it is.
    norm_type : float, default 2
        p of the p-norm; ``math.inf`` takes the largest element.
    error_if_nonfinite : bool, default False
        Refuse a gradient with nan or infinity, which otherwise becomes nan or 0 as a whole.

    Returns
    -------
    float
        The length before.

    Raises
    ------
    FloatingPointError
        If the length is not finite, under `error_if_nonfinite`; no gradient is changed.
    ValueError
        If `max_norm` is negative.

    Notes
    -----
    PyTorch's: every gradient is multiplied by max_norm/(norm + 1e-6) where that is below 1
    (Pascanu, Mikolov and Bengio 2013).
    """
    _require_bound("max_norm", max_norm)
    params = _with_gradient(parameters)
    with np.errstate(all="ignore"):  # nan and infinities are values here
        norms = [np.linalg.norm(np.ravel(_gradient(param)), norm_type) for param in params]
        norm = float(np.linalg.norm(norms, norm_type)) if norms else 0.0
        if error_if_nonfinite and not np.isfinite(norm):
            raise FloatingPointError(
                f"the gradient has the norm {norm} and cannot be clipped; viz.diagnose(loss) "
                "finds where it began, and error_if_nonfinite=False clips it all the same."
            )
        factor = max_norm / (norm + 1e-6)
        if not factor >= 1:  # nan as well
            for param in params:
                param.grad = param.grad * factor
    return norm


def clip_grad_value_(parameters: Variable | Iterable[Variable], clip_value: float) -> None:
    """Limit every element of the gradients to [−clip_value, clip_value].

    Raises
    ------
    ValueError
        If `clip_value` is negative.
    """
    _require_bound("clip_value", clip_value)
    for param in _with_gradient(parameters):
        param.grad = np.clip(param.grad, -clip_value, clip_value)


def _require_bound(name: str, bound: float) -> None:
    if not bound >= 0:
        raise ValueError(f"{name} must be 0 or more, but {name}={bound} was given.")


def _with_gradient(parameters: Variable | Iterable[Variable]) -> list[Variable]:
    single = isinstance(parameters, Node | ValueArray)
    params: list[Variable] = [parameters] if single else list(parameters)
    return [param for param in params if param.grad is not None]


def _gradient(param: Variable) -> Array:
    """The numbers of a gradient, which is a node after backward(create_graph=True)."""
    return np.asarray(param.grad.data if isinstance(param.grad, Node) else param.grad)

"""What the rules share: talking about operands, axes and shapes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np


def as_operand(x: Any) -> Any:
    """A node as it is; numbers and lists as an array."""
    return x if hasattr(x, "_rank") else np.asanyarray(x)


def along(axis: int, index: Any, ndim: int) -> tuple[Any, ...]:
    """The index that selects `index` along one axis, and everything along the others."""
    return (slice(None),) * (axis % ndim) + (index,)


def outline(x: Any) -> Any:
    """An array of the shape of x, without memory of its own: for asking numpy about shapes."""
    return np.broadcast_to(np.False_, np.shape(x))


def ask(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """What numpy makes of outlines. What it would refuse of the arrays, it refuses of them.

    Raises
    ------
    ValueError
        In numpy's words, with the name of the function and the shapes.
    """
    try:
        return function(*args, **kwargs)
    except ValueError as error:
        shapes = " and ".join(str(arg.shape) for arg in args if isinstance(arg, np.ndarray))
        given = f" of shape {shapes}" if shapes else ""
        raise ValueError(f"{function.__name__}{given}: {error}") from error

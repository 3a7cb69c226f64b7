"""What the rules that move elements share: talking about axes and shapes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np


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


def plain(x: Any) -> Any:
    """The numbers of a node, for arguments to which no gradient flows; all else as it is."""
    return getattr(x, "_raw", x)

"""How numpy's own functions find the table of derivatives when they meet a node.

numpy asks its operands before it acts: ufuncs through ``__array_ufunc__`` (NEP 13), other
functions through ``__array_function__`` (NEP 18). Both look the function up in
`autograd.primitives.NUMPY_FUNCTIONS`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, NoReturn

import numpy as np

from autograd.primitives import NUMPY_FUNCTIONS
from autograd.rules import special

#: The functions behind ``ufunc.reduce``, as in ``np.add.reduce(x)``.
_REDUCTIONS: dict[Any, Callable[..., Any]] = {
    np.add: np.sum,
    np.maximum: np.max,
    np.minimum: np.min,
    np.multiply: np.prod,
}


def ufunc_method(ufunc: np.ufunc, method: str) -> Callable[..., Any]:
    """The function in the table that ``ufunc.reduce``, ``ufunc.accumulate`` and so on stand for."""
    own: Callable[..., Any] = getattr(ufunc, method)
    return _REDUCTIONS.get(ufunc, own) if method == "reduce" else own


class NumpyOperand:
    """Mixin: numpy's functions accept the carrier, and none of them detaches it silently."""

    __slots__ = ()

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        for operand in inputs:
            refuse_mask(operand)
        if kwargs.get("out") is not None:
            raise TypeError(
                f"np.{ufunc.__name__} cannot write a node into an existing array: it would lose "
                "its gradient; write x = x + y instead of x += y, and leave out= away."
            )
        kwargs.pop("out", None)
        if method == "__call__":
            return call_numpy(ufunc, inputs, kwargs)
        if method == "reduce":
            kwargs.setdefault("axis", 0)
        return call_numpy(ufunc_method(ufunc, method), inputs, kwargs)

    def __array_function__(
        self,
        function: Callable[..., Any],
        types: Any,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
    ) -> Any:
        return call_numpy(function, args, kwargs)


def call_numpy(function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Call what the table has for a numpy function.

    Raises
    ------
    TypeError
        If the table has nothing for it, or nothing for these arguments.
    """
    rule = find_rule(function)
    if rule is None:
        refuse(function)
    try:
        return rule(*args, **kwargs)
    except TypeError as error:
        if error.__traceback__ is None or error.__traceback__.tb_next is not None:
            raise  # from inside the rule; Python raises here if the arguments do not fit
        asked = _without_defaults(function, rule, kwargs)
        if len(asked) == len(kwargs):
            raise TypeError(_what_it_takes(function, rule, args, kwargs)) from None
    return call_numpy(function, args, asked)


def _without_defaults(
    function: Callable[..., Any], rule: Callable[..., Any], kwargs: dict[str, Any]
) -> dict[str, Any]:
    """The keywords without those that a rule does not know and that ask for numpy's default."""
    try:
        theirs = dict(inspect.signature(function).parameters)
    except ValueError:  # some of what is written in C has none
        theirs = {}
    ours = inspect.signature(rule).parameters
    default = {name: theirs[name].default if name in theirs else None for name in kwargs}
    # Compared as text, because arrays do not compare to one truth.
    return {name: x for name, x in kwargs.items() if name in ours or repr(x) != repr(default[name])}


def _what_it_takes(
    function: Callable[..., Any],
    rule: Callable[..., Any],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
) -> str:
    """One sentence about arguments that do not fit."""
    signature = inspect.signature(rule)
    names = [p.replace(annotation=p.empty) for p in signature.parameters.values()]
    takes = signature.replace(parameters=names, return_annotation=signature.empty)
    given = [f"{len(args)} argument{'' if len(args) == 1 else 's'}"] if args else []
    given += [f"{name}=" for name in kwargs]
    return f"{_name_of(function)} of a node takes {takes}, but was given {', '.join(given)}."


def find_rule(function: Callable[..., Any]) -> Callable[..., Any] | None:
    """What the table has for a function of numpy or scipy.special; None if nothing."""
    rule = NUMPY_FUNCTIONS.get(function)
    return special.find(function) if rule is None and isinstance(function, np.ufunc) else rule


def refuse(function: Callable[..., Any]) -> NoReturn:
    """Say that a numpy function has no derivative here, and what to do about it."""
    raise TypeError(
        f"{_name_of(function)} has no derivative in the table, so it would cut the graph here; "
        "write it with functions that have one, or pass x.data where no gradient is wanted."
    )


def _name_of(function: Callable[..., Any]) -> str:
    """A function as users write it: ``np.linalg.svd``, ``np.add.reduceat``."""
    name = getattr(function, "__name__", str(function))
    if isinstance(ufunc := getattr(function, "__self__", None), np.ufunc):
        name = f"{ufunc.__name__}.{name}"
    own = isinstance(function, np.ufunc) and getattr(np, name, None) is not function
    module = "scipy.special" if own else getattr(function, "__module__", None) or "numpy"
    return f"{module.replace('numpy', 'np', 1)}.{name}"


def refuse_mask(operand: Any) -> None:
    """Raise TypeError for a masked array: its mask would be lost."""
    if hasattr(operand, "mask") and isinstance(operand, np.ma.MaskedArray):
        raise TypeError(
            "a masked array cannot be combined with nodes, which have no mask; use "
            "np.where(mask, a, b) with plain arrays."
        )


def to_array(node: Any, dtype: Any, copy: bool | None) -> np.ndarray[Any, Any]:
    """``np.asarray(node)``: the data of a constant; refused where it would lose a gradient.

    Raises
    ------
    TypeError
        If the node requires a gradient.
    """
    if node.requires_grad:
        raise TypeError(
            f"turning {node._label()} into a plain array would cut it out of the graph; use "
            ".data for its numbers, .detach() for a constant, np.stack to join several Tensors, or "
            "ValueArray for several Values."
        )
    return np.array(node.data, dtype=dtype, copy=copy)

"""Operations that users add to the table of derivatives."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any, overload

from autograd.primitives import VJP, Derivative, Primitive


@overload
def primitive(f: Callable[..., Any]) -> Primitive: ...
@overload
def primitive(
    f: None = None,
    *,
    derivative: Derivative | Sequence[Derivative] | None = None,
    vjp: VJP | Sequence[VJP] | None = None,
    linear: bool = False,
) -> Callable[[Callable[..., Any]], Primitive]: ...
def primitive(
    f: Callable[..., Any] | None = None,
    *,
    derivative: Derivative | Sequence[Derivative] | None = None,
    vjp: VJP | Sequence[VJP] | None = None,
    linear: bool = False,
) -> Any:
    """Make an operation of a function of arrays, with a derivative of your own.

    It then works like the built-in ones: on both carriers, in `backward`, in traces, drawings and
    gradient checks, and to any order if its derivative is written with operators and functions
    that nodes accept.

    Parameters
    ----------
    f : callable
        Computes with plain numbers and arrays. Its positional arguments are the operands, its
        keyword-only arguments are parameters and are not differentiated.
    derivative : callable or float, or a sequence of them
        For a function that works element by element: ∂out/∂in for each operand, as a function of
        ``(*operands, out, **parameters)``. Of bool type, it passes the gradient or blocks it.
    vjp : callable, or a sequence of them
        For any other function: the contribution to each operand, as a function of
        ``(gradient, *operands, out, **parameters)``.
    linear : bool
        Whether `f` is linear in each operand, so that forward mode can use it as it is.

    Returns
    -------
    Primitive
        Called like `f`. Without a derivative it computes as well, and fails, naming itself, only
        when it is differentiated.

    Raises
    ------
    TypeError
        If both kinds of derivative are given, or not one for each operand.

    Examples
    --------
    >>> from autograd import Value, primitive
    >>> @primitive(derivative=lambda x, y: 3 * x**2)
    ... def cube(x):
    ...     return x**3
    >>> x = Value(2.0)
    >>> cube(x).backward()
    >>> x.grad
    12.0
    """
    if f is None:
        return lambda function: _declare(function, derivative, vjp, linear)
    return _declare(f, derivative, vjp, linear)


def _declare(f: Callable[..., Any], derivative: Any, vjp: Any, linear: bool) -> Primitive:
    operands, params = _arguments(f)
    if derivative is not None and vjp is not None:
        raise TypeError(
            f"primitive {f.__name__!r} was given derivative= and vjp=; give one of them."
        )
    given = derivative if derivative is not None else vjp
    rules = tuple(given) if isinstance(given, list | tuple) else (given,)
    if given is None:
        rules = tuple(_missing(f.__name__) for _ in operands)
    if len(rules) != len(operands):
        raise TypeError(
            f"primitive {f.__name__!r} has {len(operands)} operands ({', '.join(operands)}), but "
            f"{len(rules)} derivatives were given; give one for each, or make an argument "
            "keyword-only if it is a parameter."
        )
    by_element = derivative is not None
    made = Primitive(
        f.__name__,
        f,
        arity=len(operands),
        scalar=_on_float(f) if by_element else None,
        derivatives=tuple(map(_constant, rules)) if by_element else (),
        vjps=() if by_element else rules,
        params=params,
        linear=linear,
        key=f"{f.__module__}.{f.__qualname__}",
    )
    made.__doc__ = f.__doc__
    return made


def _arguments(f: Callable[..., Any]) -> tuple[list[str], tuple[str, ...]]:
    """Names of the operands and of the parameters of a function."""
    parameters = inspect.signature(f).parameters.values()
    operands = [
        p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)
    ]
    return operands, tuple(p.name for p in parameters if p.kind == p.KEYWORD_ONLY)


def _constant(rule: Any) -> Derivative:
    """A derivative that is a plain number, as the float that the table wants."""
    return rule if callable(rule) else float(rule)


def _on_float(f: Callable[..., Any]) -> Callable[..., float]:
    return lambda *operands, **params: float(f(*operands, **params))


def _missing(name: str) -> VJP:
    def refuse(*_: Any, **__: Any) -> Any:
        raise NotImplementedError(
            f"primitive {name!r} was declared without a derivative, so nothing can flow back "
            "through it; declare it with derivative= or vjp=, or call it on .data."
        )

    return refuse

"""Primitive: one entry in the table of derivatives.

A primitive states what it computes and what its derivative is, and nothing else. It knows no
carrier: `evaluate` runs it on plain numbers and arrays, and calling it on nodes hands it to
their carrier, which records it. Derivatives are written with operators, methods and other
primitives, all of which nodes accept too; so a rule that is run on nodes is recorded in turn,
and second and higher derivatives need no code of their own.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any, TypeVar

import numpy as np

from autograd.containers import map_leaves
from autograd.recording import again

_F = TypeVar("_F", bound=Callable[..., Any])

#: Derivative of an elementwise primitive in one argument: a constant, or a function of
#: ``(*inputs, output, **params)``.
Derivative = float | Callable[..., Any]

#: Contribution of a primitive to one argument: a function of
#: ``(gradient, *inputs, output, **params)``.
VJP = Callable[..., Any]

#: Every primitive, by name.
TABLE: dict[str, Primitive] = {}

#: What stands in for a numpy function when it meets a node: called with its arguments.
NUMPY_FUNCTIONS: dict[Callable[..., Any], Callable[..., Any]] = {}


_BOOL = np.dtype(bool)

#: Floating dtypes, and integers of as many bits.
_BITS = {np.dtype(f"f{size}"): np.dtype(f"i{size}") for size in (2, 4, 8)}


class Primitive:
    """An operation with a derivative. Made by `elementwise`, `primitive` or `variadic`.

    Attributes
    ----------
    name : str
        The name under which it stands in `TABLE`, on nodes and in messages.
    forward : callable
        The operation on arrays: a numpy function, or one written with numpy.
    scalar : callable or None
        The operation on Python floats, for elementwise primitives. It may raise where floats do
        (``1/0``, ``log(0)``); `on_floats` then asks `forward`, which follows IEEE 754.
    derivatives : tuple of Derivative
        One local derivative ∂out/∂in per argument slot; empty if not elementwise.
    vjps : tuple of VJP
        One vector-Jacobian product per argument slot; empty if elementwise.
    params : tuple of str
        Names of the arguments that are not operands, in the order numpy gives them.
    key : str
        Where it stands in `TABLE`: its name, or for a user's own operation its full path.
    linear : bool
        Whether it is linear in each argument (all arguments together, if variadic).
    composite : callable or None
        The same function written with other primitives, for arrays of scalar nodes.
    """

    __slots__ = (
        "__dict__",  # for the docstring of a user's operation
        "arity",
        "composite",
        "derivatives",
        "forward",
        "key",
        "linear",
        "multiplicity",
        "name",
        "params",
        "scalar",
        "scalar_derivatives",
        "vjps",
    )

    def __init__(
        self,
        name: str,
        forward: Callable[..., Any],
        *,
        arity: int | None,
        scalar: Callable[..., float] | None = None,
        derivatives: tuple[Derivative, ...] = (),
        vjps: tuple[VJP, ...] = (),
        params: tuple[str, ...] = (),
        composite: Callable[..., Any] | None = None,
        multiplicity: Callable[..., float] | None = None,
        linear: bool = False,
        key: str = "",
    ) -> None:
        self.name = name
        self.key = key or name
        self.forward = forward
        self.arity = arity
        self.scalar = scalar
        self.derivatives = derivatives
        self.vjps = vjps
        self.params = params
        self.composite = composite
        self.multiplicity = multiplicity
        self.linear = linear
        # What the sweep over scalars may use without asking further; see autograd.sweep.
        plain = scalar is not None and not params and 1 <= len(derivatives) <= 2
        if plain and not all(isinstance(d, float) for d in derivatives):
            derivatives = tuple(_as_function(d) for d in derivatives)
        self.scalar_derivatives: tuple[Any, Any] = (
            (derivatives[0], derivatives[-1]) if plain else (None, None)
        )
        TABLE[self.key] = self
        NUMPY_FUNCTIONS[forward] = self

    def __repr__(self) -> str:
        return f"<primitive {self.name}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return _look_up, (self.key,)

    def __call__(self, *args: Any, **params: Any) -> Any:
        """Apply to numbers, arrays or nodes; what comes back is of the same kind.

        Raises
        ------
        TypeError
            If a numpy argument is given that has no derivative rule, such as ``out=``.
        """
        if self.arity is not None and len(args) != self.arity:
            args, params = self._arrange(args, params)
        carrier = find_carrier(args)
        if carrier is None:
            return self.evaluate(args, params)
        if params:
            params = self._check_params(params)
        return carrier(self, args, params)

    def _arrange(
        self, args: tuple[Any, ...], params: dict[str, Any]
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """The operands by position and all else by name, as numpy's signature names them."""
        import inspect

        try:
            names = list(inspect.signature(self.forward).parameters)
        except ValueError:  # a ufunc, whose operands have no names
            names = []
        named = dict(zip(names, args, strict=False)) | params
        operands = tuple(named.pop(name) for name in names[: self.arity] if name in named)
        if len(operands) != self.arity or len(args) > len(names):
            raise TypeError(
                f"{self.name} takes {self.arity} operand{'' if self.arity == 1 else 's'}, but was "
                f"given {len(args)}{''.join(f', {name}=' for name in params)}."
            )
        return operands, named

    def _check_params(self, params: dict[str, Any]) -> dict[str, Any]:
        extra = [name for name in params if name not in self.params]
        for name in extra:
            if params[name] is not None and params[name] is not np._NoValue:
                raise TypeError(
                    f"{self.name} of a node does not take {name}=; "
                    + (
                        "results are new nodes, so drop it."
                        if name == "out"
                        else f"it takes {', '.join(self.params) or 'no keywords'}."
                    )
                )
        return {
            name: value
            for name, value in params.items()
            if name not in extra and value is not np._NoValue
        }

    def evaluate(self, args: Sequence[Any], params: dict[str, Any]) -> Any:
        """Compute on plain numbers and arrays; floats give a float."""
        if (
            self.scalar is not None
            and all(arg.__class__ is float for arg in args)
            and not any(isinstance(param, np.ndarray) for param in params.values())
        ):
            return self.on_floats(*args, **params)
        return self.forward(*args, **params)

    def on_floats(self, *args: float, **params: Any) -> float:
        """Compute on floats, with ±inf and nan where Python's own floats would raise."""
        assert self.scalar is not None
        try:
            return self.scalar(*args, **params)
        except (ArithmeticError, ValueError):
            return ieee(self.forward, *args, **params)

    def local_derivative(
        self, slot: int, inputs: Sequence[Any], out: Any, params: dict[str, Any]
    ) -> Any:
        """∂out/∂inputs[slot] of an elementwise primitive, elementwise; bool means a gate."""
        derivative = self.derivatives[slot]
        if isinstance(derivative, float):
            return derivative
        try:
            return derivative(*inputs, out, **params)
        except (ArithmeticError, ValueError):
            if out.__class__ is float:
                return ieee(derivative, *inputs, out, **params)
            # A plain number among the operands raised where numpy's numbers do not.
            numbers = [np.float64(x) if isinstance(x, int | float) else x for x in inputs]
            return derivative(*numbers, out, **params)

    def pull(
        self, slot: int, gradient: Any, inputs: Sequence[Any], out: Any, params: dict[str, Any]
    ) -> tuple[Any, Any]:
        """Carry the gradient of the output back to one argument.

        Returns
        -------
        local : float, array, Node or None
            The local derivative; None if the primitive is not elementwise.
        contribution : float, array or Node
            The product of both, of the output's shape if elementwise: broadcasting is undone
            by the sweep.
        """
        if self.derivatives:
            local = self.local_derivative(slot, inputs, out, params)
            return local, apply_local(gradient, local)
        if self.arity is None:
            return None, self.vjps[0](slot, gradient, inputs, out, **params)
        return None, self.vjps[slot](gradient, *inputs, out, **params)


def _as_function(derivative: Derivative) -> Callable[..., Any]:
    return derivative if callable(derivative) else lambda *_: derivative


def apply_local(gradient: Any, local: Any) -> Any:
    """Multiply upstream gradient and local derivative.

    A local derivative of True and False is a gate: it passes the gradient or blocks it, and what
    it blocks is exactly 0, even where an infinity arrives.
    """
    if local.__class__ is float:
        return gradient if local == 1.0 else gradient * local
    if local.__class__ is bool or getattr(local, "dtype", None) is _BOOL:
        if gradient.__class__ is np.ndarray and gradient.ndim > 0 and local.__class__ is np.ndarray:
            return _gated(gradient, local)
        return TABLE["where"](gradient, 0.0, condition=local)
    if local.__class__ is complex or getattr(local, "dtype", _BOOL).kind == "c":
        # The derivative of a holomorphic function, in the convention that `Tensor` states.
        return gradient * (local.conjugate() if local.__class__ is complex else local.conj())
    return gradient * local


def _gated(gradient: Any, passes: Any) -> Any:
    """The gradient where it may pass, and else 0, by their bits: all of them or none.

    That is ten times as fast as `numpy.where`, whose branches nobody can predict.
    """
    bits = _BITS.get(gradient.dtype)
    if bits is None or gradient.shape != passes.shape:
        return np.where(passes, gradient, gradient.dtype.type(0))
    all_or_none = np.negative(passes.view(np.int8))
    return np.bitwise_and(gradient.view(bits), all_or_none).view(gradient.dtype)


def ieee(function: Callable[..., Any], *args: float, **params: Any) -> float:
    """Evaluate a function of floats in numpy's arithmetic, which never raises."""
    with np.errstate(all="ignore"):
        result = function(*map(np.float64, args), **params)
    return math.nan if isinstance(result, complex) else float(result)


def find_carrier(args: Sequence[Any]) -> Callable[..., Any] | None:
    """The function that records an operation on these operands; None if none is a node."""
    best: Any = None
    for arg in args:
        rank = getattr(arg, "_rank", 0)
        if rank and (best is None or rank > best._rank):
            best = arg
    return None if best is None else best._record


def _look_up(key: str) -> Primitive:
    if key not in TABLE:
        # A user's own operation stands in the table once its module is imported.
        import_module(key.rpartition(".")[0])
    return TABLE[key]


def elementwise(
    name: str,
    forward: Callable[..., Any],
    *derivatives: Derivative,
    scalar: Callable[..., float] | None = None,
    params: tuple[str, ...] = (),
) -> Primitive:
    """Declare a primitive that works element by element, with a local derivative per argument.

    Parameters
    ----------
    name : str
        Name in the table.
    forward : callable
        On arrays, with numpy's broadcasting.
    *derivatives : float or callable
        ∂out/∂in for each argument, as a number or as a function of
        ``(*inputs, output, **params)``; of bool type if it is a gate. Never multiplied by the
        upstream gradient: only the sweep multiplies.
    scalar : callable, optional
        The same on Python floats, usually from `math`.
    params : tuple of str
        Names of keyword arguments that are not operands.
    """
    return Primitive(
        name,
        forward,
        arity=len(derivatives),
        scalar=scalar or _through_numpy(forward),
        derivatives=derivatives,
        params=params,
    )


def _through_numpy(forward: Callable[..., Any]) -> Callable[..., float]:
    def scalar(*args: float, **params: Any) -> float:
        return ieee(forward, *args, **params)

    return scalar


def primitive(
    name: str,
    forward: Callable[..., Any],
    *vjps: VJP,
    params: tuple[str, ...] = (),
    composite: Callable[..., Any] | None = None,
    multiplicity: Callable[..., float] | None = None,
    linear: bool = False,
) -> Primitive:
    """Declare a primitive by one vector-Jacobian product per argument.

    Parameters
    ----------
    name, forward, params
        As for `elementwise`.
    *vjps : callable
        The contribution to each argument, as a function of
        ``(gradient, *inputs, output, **params)``. It may have the shape of a broadcast
        argument: broadcasting is undone by the sweep.
    composite : callable, optional
        The same function written with elementwise operations, for arrays of scalar nodes; where
        it is missing, numpy runs `forward` on the objects.
    multiplicity : callable, optional
        ``(slot, inputs, output, params)`` → how many times larger the contribution is than a
        single element's for the mere reason of size: 1/n for a mean over n.
    linear : bool
        Whether it is linear in each argument, as a sum or a matrix product is: its derivative
        along a direction is then the operation itself.
    """
    return Primitive(
        name,
        forward,
        arity=len(vjps),
        vjps=vjps,
        params=params,
        composite=composite,
        multiplicity=multiplicity,
        linear=linear,
    )


def variadic(
    name: str,
    forward: Callable[..., Any],
    vjp: VJP,
    params: tuple[str, ...] = (),
    linear: bool = False,
) -> Primitive:
    """Declare a primitive of any number of arguments.

    Parameters
    ----------
    name, forward, params
        As for `primitive`.
    vjp : callable
        Contribution to argument `slot`: ``(slot, gradient, inputs, output, **params)``.
    linear : bool
        Whether it is linear in all arguments together, as a concatenation is.
    """
    return Primitive(name, forward, arity=None, vjps=(vjp,), params=params, linear=linear)


def implements(*functions: Callable[..., Any]) -> Callable[[_F], _F]:
    """Let a function stand in for numpy functions that meet a node.

    Examples
    --------
    >>> @implements(np.square)          # doctest: +SKIP
    ... def square(x):
    ...     return x * x
    """

    def register(function: _F) -> _F:
        for numpy_function in functions:
            NUMPY_FUNCTIONS[numpy_function] = function
        return function

    return register


def without_gradient(*functions: Callable[..., Any]) -> None:
    """Let numpy functions that have no gradient (comparisons, argmax) run on a node's data."""
    for function in functions:
        NUMPY_FUNCTIONS[function] = _OnData(function)


#: Functions that look at no numbers: a replay, which is for one shape, need not ask them again.
_OF_SHAPES = (np.shape, np.ndim, np.size)


class _OnData:
    """A numpy function applied to the data of the nodes among its arguments."""

    __slots__ = ("function",)

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        args, kwargs = map_leaves(data_of, args), map_leaves(data_of, kwargs)
        if self.function in _OF_SHAPES:
            return self.function(*args, **kwargs)
        return again(self.function, *args, **kwargs)


def data_of(argument: Any) -> Any:
    """The plain numbers of a node; anything else as it is."""
    return argument.data if getattr(argument, "_rank", 0) else argument

"""Derivatives of functions: `grad` and its kin, in JAX's form, ``grad(f, argnums=0)(*args)``.

A transform replaces the numbers and arrays in an argument by fresh variables, calls the function,
and sweeps from its result back to those variables and no further. An argument that is a node
already enters as a fresh node made from it; so transforms nest, and what they return is a node
wherever it still depends on one that was there before.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

import numpy as np

from autograd.containers import leaves, map_leaves, rebuild
from autograd.forward import push_forward
from autograd.node import Node
from autograd.primitives import data_of
from autograd.recording import recording
from autograd.rules.arithmetic import positive
from autograd.sweep import depends_on_older, derivatives
from autograd.tensor import Tensor
from autograd.value import Value

Argnums = int | Sequence[int]


def grad(f: Callable[..., Any], argnums: Argnums = 0) -> Callable[..., Any]:
    """The gradient of a scalar-valued function, as a function.

    Parameters
    ----------
    f : callable
        Returns a scalar: a Value, a Tensor of one element, or a number. Its arguments may be
        numbers, arrays, nodes, and nested lists, tuples and dicts of them.
    argnums : int or sequence of int, default 0
        Which positional arguments to differentiate with respect to.

    Returns
    -------
    callable
        Takes what `f` takes and returns ∂f/∂argument in the form of the argument; a tuple of
        them if `argnums` is a sequence.

    Raises
    ------
    ValueError
        If `f` does not return a scalar, or there is no argument of that number.
    TypeError
        If an argument holds something that has no derivative.

    Examples
    --------
    >>> from autograd import grad
    >>> grad(lambda x: x**3)(2.0)
    12.0
    >>> grad(grad(lambda x: x**3))(2.0)
    12.0
    """
    both = value_and_grad(f, argnums)

    @wraps(f)
    def gradient(*args: Any, **kwargs: Any) -> Any:
        return both(*args, **kwargs)[1]

    return gradient


def value_and_grad(f: Callable[..., Any], argnums: Argnums = 0) -> Callable[..., Any]:
    """Like `grad`, but the function returns the pair (value of f, gradient)."""

    @wraps(f)
    def both(*args: Any, **kwargs: Any) -> tuple[Any, Any]:
        call = _Call(f, args, kwargs, argnums)
        if np.size(data_of(call.out)) != 1 or isinstance(call.out, list | tuple | dict):
            raise ValueError(
                f"grad takes a function that returns a scalar, but {name_of(f)} returned "
                f"{describe(call.out)}; reduce it, or use jacobian."
            )
        return call.value(), call.pull(call.out, None)

    return both


def vjp(f: Callable[..., Any], *primals: Any) -> tuple[Any, Callable[[Any], tuple[Any, ...]]]:
    """The value of a function, and the map from a gradient of it to gradients of its arguments.

    Parameters
    ----------
    f : callable
        Returns a number or an array, as a node.
    *primals : number, array, node or container
        Its arguments; all are differentiated with respect to.

    Returns
    -------
    out : number, array or node
        f(*primals).
    pullback : callable
        Takes a gradient (cotangent) of the shape of `out` and returns a tuple with the
        vector-Jacobian product for each argument. It may be called again.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd import vjp
    >>> out, pullback = vjp(np.sin, np.array([0.0, np.pi]))
    >>> pullback(np.array([1.0, 1.0]))
    (array([ 1., -1.]),)
    """
    call = _Call(f, primals, {}, range(len(primals)))
    return call.value(), lambda gradient: call.pull(call.out, gradient)


def jvp(f: Callable[..., Any], primals: Sequence[Any], tangents: Sequence[Any]) -> tuple[Any, Any]:
    """The value of a function and its derivative along a direction (forward mode).

    Parameters
    ----------
    f : callable
        Returns a number or an array, as a node.
    primals : sequence
        Its arguments.
    tangents : sequence
        The direction, of the form and shapes of `primals`.

    Returns
    -------
    out, tangent : number, array or node
        f(*primals), and the Jacobian-vector product, of the same shape.

    Raises
    ------
    ValueError
        If a tangent differs from its argument in form or shape.

    Notes
    -----
    One pass over the recorded graph, oldest node first: local derivatives multiply the tangents
    of elementwise operations, linear ones are applied to them, and the few others are
    differentiated through their own vector-Jacobian product, which is linear in the gradient.
    """
    call = _Call(f, tuple(primals), {}, range(len(primals)))
    directions = leaves(tuple(tangents))
    shapes = [np.shape(data_of(variable)) for variable in call.variables]
    given = [np.shape(data_of(direction)) for direction in directions]
    if shapes != given:
        raise ValueError(
            f"jvp needs one tangent of the same shape for each argument: the arguments of "
            f"{name_of(f)} have the shapes {shapes}, the tangents {given}."
        )
    if not isinstance(call.out, Node):
        return call.out, np.zeros_like(call.out)
    tangent = push_forward(call.out, call.variables, directions)
    return call.value(), tangent


def jacobian(f: Callable[..., Any], argnums: Argnums = 0) -> Callable[..., Any]:
    """All first derivatives of an array-valued function, as a function.

    Parameters
    ----------
    f, argnums
        As for `grad`, but `f` may return an array, or a container of arrays.

    Returns
    -------
    callable
        Returns an array of shape ``out.shape + argument.shape`` for each output and argument, in
        the form of the output, then of the argument. One sweep per element of the output.
    """

    @wraps(f)
    def derivative(*args: Any, **kwargs: Any) -> Any:
        call = _Call(f, args, kwargs, argnums)
        return map_leaves(call.jacobian_of, call.out)

    return derivative


def hessian(f: Callable[..., Any], argnums: Argnums = 0) -> Callable[..., Any]:
    """All second derivatives of a scalar-valued function: the Jacobian of its gradient.

    Returns
    -------
    callable
        Returns an array of shape ``argument.shape + argument.shape``; for containers, one such
        array per pair of leaves.
    """
    return jacobian(grad(f, argnums), argnums)


def hvp(f: Callable[..., Any], argnums: Argnums = 0) -> Callable[..., Any]:
    """The product of the Hessian of a scalar-valued function with a vector.

    Returns
    -------
    callable
        Takes the arguments of `f` and, last, the vector, in the form of what `grad` returns;
        returns the product in the same form. Costs a few evaluations of `f`, however large the
        Hessian is (Pearlmutter, 1994).
    """

    @wraps(f)
    def product(*args_and_vector: Any, **kwargs: Any) -> Any:
        *args, vector = args_and_vector

        def along(*inner: Any) -> Any:
            pairs = zip(leaves(grad(f, argnums)(*inner, **kwargs)), leaves(vector), strict=True)
            return sum((np.sum(gradient * part) for gradient, part in pairs), 0.0)

        return grad(along, argnums)(*args)

    return product


class _Call:
    """A function called on fresh variables, ready to be swept back."""

    def __init__(
        self, f: Callable[..., Any], args: tuple[Any, ...], kwargs: Any, argnums: Argnums
    ) -> None:
        self.single = isinstance(argnums, int)
        numbers = argument_numbers(f, args, argnums)
        with recording():
            fresh = list(args)
            for number in numbers:
                fresh[number] = map_leaves(variable, args[number])
            self.out = f(*fresh, **kwargs)
        self.arguments = [fresh[number] for number in numbers]
        self.variables = leaves(self.arguments)

    def value(self) -> Any:
        """What the function returned; numbers and arrays if that depends on nothing older."""
        return map_leaves(self._plain, self.out)

    def _plain(self, out: Any) -> Any:
        if not isinstance(out, Node) or depends_on_older(out, self.variables):
            return out
        return out.data if out.data.__class__ is float or out.data.ndim else out.data[()]

    def pull(self, out: Any, gradient: Any) -> Any:
        """Gradients of the arguments, in their form."""
        if isinstance(out, Node) and out.requires_grad:
            found = derivatives(out, gradient, self.variables)
        else:
            found = [np.zeros(np.shape(v.data)) for v in self.variables]
        return self._in_form(found)

    def _in_form(self, found: list[Any]) -> Any:
        forms = rebuild(self.arguments, iter(found))
        return forms[0] if self.single else tuple(forms)

    def jacobian_of(self, out: Any) -> Any:
        """The derivatives of one output with respect to every argument."""
        shape = np.shape(data_of(out))
        rows = []
        for place in np.ndindex(shape):
            unit = np.zeros(shape)
            unit[place] = 1.0
            rows.append(leaves(self.pull(out, unit)))
        columns = zip(*rows, strict=True) if rows else [()] * len(self.variables)
        return self._in_form(
            [
                _stacked(list(column), shape + np.shape(variable.data))
                for column, variable in zip(columns, self.variables, strict=True)
            ]
        )


def _stacked(rows: list[Any], shape: tuple[int, ...]) -> Any:
    """Rows of a Jacobian as one array (a number for 0-d), or as a Tensor if they are nodes."""
    if any(isinstance(row, Node) for row in rows):
        return np.concatenate([np.reshape(row * np.ones(1), (-1,)) for row in rows]).reshape(shape)
    return np.array(rows, dtype=float).reshape(shape)[()]


def argument_numbers(f: Callable[..., Any], args: tuple[Any, ...], argnums: Argnums) -> list[int]:
    """The places of the arguments to differentiate with respect to.

    Raises
    ------
    ValueError
        If there is no argument at one of them.
    """
    numbers = [argnums] if isinstance(argnums, int) else list(argnums)
    for number in numbers:
        if not -len(args) <= number < len(args):
            raise ValueError(
                f"{name_of(f)} cannot be differentiated with respect to argument {number}: it "
                f"was called with {len(args)} positional arguments."
            )
    return numbers


def variable(argument: Any) -> Node:
    """A fresh variable for a number, an array or a node."""
    if isinstance(argument, Node):
        if argument.requires_grad:
            linked: Node = positive(argument)
            return linked
        argument = argument.data
    if isinstance(argument, bool | int | float | np.floating | np.integer):
        return Value(argument)
    if isinstance(argument, np.ndarray | complex):
        return Tensor(argument)
    raise TypeError(
        f"an argument holds a {type(argument).__name__}, which has no derivative; "
        "differentiate with respect to numbers and arrays only (argnums=)."
    )


def name_of(f: Callable[..., Any]) -> str:
    """What a function is called in messages."""
    return getattr(f, "__name__", "the function")


def describe(out: Any) -> str:
    """What a function returned, in messages."""
    shape = np.shape(data_of(out)) if not isinstance(out, list | tuple | dict) else None
    return f"a {type(out).__name__}" + (f" of shape {shape}" if shape else "")

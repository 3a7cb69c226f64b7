"""Value: a scalar that remembers how it was made.

An operation on Values is Python at its leanest, because a network of scalars makes them by the
hundred thousand: the node is allocated without `__init__`, its slots are filled one by one, an
operand that is a plain number stays one, and what is rarely needed (a name, parameters) is not
stored at all. The arithmetic itself, and its derivative, come from the table.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from autograd.allocation import BlankNodes
from autograd.dispatch import NumpyOperand, refuse_mask, to_array
from autograd.node import CONSTANT, Node
from autograd.observing import observe
from autograd.primitives import Primitive
from autograd.recording import (
    current_scope,
    is_recording,
    next_serial,
    observation,
    reading,
    scope_name,
)
from autograd.rules import activations, arithmetic, ufuncs

if TYPE_CHECKING:

    def _binary_method(self: Value, other: Any) -> Value: ...
    def _unary_method(self: Value) -> Value: ...


class Value(NumpyOperand, Node):
    """A real number on the graph, as a Python float.

    Parameters
    ----------
    data : float
        Anything that `float` accepts, except strings.
    requires_grad : bool, default True
        Whether gradients flow to it. False makes a constant.
    name : str, optional
        Shown in drawings and messages.

    Raises
    ------
    TypeError
        If `data` is not a real number.

    Notes
    -----
    Arithmetic follows IEEE 754, as numpy's does: 1/0, log 0 and exp 1000 give ±inf, (−8)**(1/3)
    gives nan; nothing raises and nothing becomes complex.

    Examples
    --------
    >>> from autograd import Value
    >>> x = Value(3.0, name="x")
    >>> y = x * x + 2 * x
    >>> y.backward()
    >>> x.grad
    8.0
    """

    # An operation has one or two operands, each a Value or, if it was a plain number, a float
    # (until somebody asks for `inputs`); _b is None for an operation of one operand.
    __slots__ = ("_a", "_b")

    _rank: ClassVar[int] = 1

    _a: Any
    _b: Any
    _raw: float

    def __init__(self, data: Any, requires_grad: bool = True, name: str = "") -> None:
        self._init_leaf(self._convert_data(data), requires_grad, name)

    def _convert_data(self, data: Any) -> float:
        number = not isinstance(data, str | bytes | list | tuple | Node) and not np.iscomplexobj(
            data
        )
        if not number or data is None or np.ndim(data):
            raise TypeError(
                f"A Value holds one real number, but {_describe(data)} was given; "
                "use Tensor for arrays and .data for the number in a node."
            )
        return float(data)

    @property
    def inputs(self) -> tuple[Node, ...]:
        """The operands, one per argument slot; plain numbers among them as constant Values."""
        if self.is_leaf:
            return ()
        if self._a.__class__ is float:
            self._a = Value(self._a, requires_grad=False)
        if self._b is None:
            return (self._a,)
        if self._b.__class__ is float:
            self._b = Value(self._b, requires_grad=False)
        return (self._a, self._b)

    @staticmethod
    def _record(primitive: Primitive, args: tuple[Any, ...], params: dict[str, Any]) -> Node:
        """Apply a primitive to operands of which at least one is a Value and none a Tensor."""
        if any(isinstance(arg, np.ndarray | list | tuple) for arg in args):
            from autograd.tensor import Tensor

            return Tensor._record(primitive, args, params)
        if primitive.scalar is None or any(isinstance(p, np.ndarray) for p in params.values()):
            from autograd.tensor import through_tensors

            result: Node = through_tensors(primitive, args, params)
            return result
        for arg in args:
            if np.iscomplexobj(getattr(arg, "_raw", arg)):
                raise TypeError(
                    f"{primitive.name} was given the complex number {arg!r} and a Value, which "
                    "is real; use Tensor for complex numbers."
                )
        operands = tuple(arg if isinstance(arg, Value) else float(arg) for arg in args)
        numbers = [arg._raw if isinstance(arg, Value) else arg for arg in operands]
        out = object.__new__(Value)
        out._raw = primitive.on_floats(*numbers, **params)
        out.grad = out._cotangent = None
        out._serial = next_serial()
        out._scope = scope_name()
        if is_recording() and any(
            isinstance(arg, Value) and arg._op is not CONSTANT for arg in operands
        ):
            out._op = primitive
            out._a, out._b = operands if len(operands) == 2 else (*operands, None)
            if params:
                out._note("params", params)
        else:
            out._op = CONSTANT
        if observed := observation():
            observe(out, observed, primitive, operands, params)
        return out

    def detach(self) -> Value:
        """A constant of the same number."""
        return Value(self._raw, requires_grad=False, name=self.name)

    def item(self) -> float:
        """The number, as a Python float."""
        return float(reading(self, "item()"))

    def __repr__(self) -> str:
        parts = [f"{self._raw:.6g}"]
        if self.name:
            parts.append(f"name={self.name!r}")
        if self.grad is not None:
            parts.append(f"grad={float(self.grad):.6g}")
        if not self.requires_grad:
            parts.append("requires_grad=False")
        return f"Value({', '.join(parts)})"

    def __format__(self, spec: str) -> str:
        return format(self._raw, spec) if spec else repr(self)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray[Any, Any]:
        return to_array(self, dtype, copy)

    def __float__(self) -> float:
        """The number, detached: for ``array[0] = v`` too, which numpy does by this very call."""
        return float(reading(self, "float()"))

    def __int__(self) -> int:
        return int(float(self))

    def __bool__(self) -> bool:
        return bool(reading(self, "bool()"))

    def __eq__(self, other: object) -> Any:
        return _compare(operator.eq, self, other)

    def __ne__(self, other: object) -> Any:
        return _compare(operator.ne, self, other)

    def __lt__(self, other: Any) -> Any:
        return _compare(operator.lt, self, other)

    def __le__(self, other: Any) -> Any:
        return _compare(operator.le, self, other)

    def __gt__(self, other: Any) -> Any:
        return _compare(operator.gt, self, other)

    def __ge__(self, other: Any) -> Any:
        return _compare(operator.ge, self, other)

    __hash__ = Node.__hash__

    if TYPE_CHECKING:  # installed below, from the table
        __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = _binary_method
        __truediv__ = __rtruediv__ = __pow__ = __rpow__ = _binary_method
        __floordiv__ = __rfloordiv__ = __mod__ = __rmod__ = _binary_method
        __neg__ = __pos__ = __abs__ = _unary_method
        exp = log = sqrt = sin = cos = tanh = abs = sigmoid = relu = softplus = _unary_method


def _compare(comparison: Callable[[float, float], bool], value: Value, other: Any) -> Any:
    """A comparison of numbers; what else a Value is compared with may say itself."""
    reading(value, "a comparison")
    if isinstance(other, Value):
        other = other._raw
    elif not isinstance(other, int | float | np.number):
        return NotImplemented
    return comparison(value._raw, float(other))


def _describe(data: Any) -> str:
    kind = type(data).__name__
    try:
        shape = np.shape(data) if isinstance(data, np.ndarray | list | tuple) else ()
    except ValueError:
        return f"a {kind} with rows of different lengths"
    return f"{kind} of shape {shape}" if shape else f"{kind} {data!r}"


#: Where the operations below get their results from.
blanks = BlankNodes(Value)
take_blank = blanks.take


def _binary(primitive: Primitive) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """The methods for ``Value ∘ other`` and ``other ∘ Value``."""
    forward = primitive.scalar
    assert forward is not None

    def method(self: Value, other: Any) -> Any:
        kind = other.__class__
        if kind is Value:
            number = other._raw
        elif kind is float:
            number = other
        elif kind is int:
            number = other = float(other)
        else:
            return _general(primitive, self, other, swapped=False)
        scope = current_scope()
        if scope is None or self._op is CONSTANT:
            return Value._record(primitive, (self, other), {})
        try:
            out = take_blank()
        except IndexError:
            out = blanks.refill()
        try:
            out._raw = forward(self._raw, number)
        except (ArithmeticError, ValueError):
            out._raw = primitive.on_floats(self._raw, number)
        out.grad = out._cotangent = None
        out._op = primitive
        out._a = self
        out._b = other
        out._scope = scope
        out._serial = next_serial()
        return out

    def reflected(self: Value, other: Any) -> Any:
        if other.__class__ is int:
            other = float(other)
        elif other.__class__ is not float:
            return _general(primitive, self, other, swapped=True)
        return Value._record(primitive, (other, self), {})

    return method, reflected


def _general(primitive: Primitive, self: Value, other: Any, swapped: bool) -> Any:
    """An operation with an operand that is neither a Value nor a plain number, or refuse it."""
    refuse_mask(other)
    real = Value | int | float | np.floating | np.integer | np.bool_
    if not isinstance(other, real):
        return NotImplemented
    if not isinstance(other, Value):
        other = float(other)
    return Value._record(primitive, (other, self) if swapped else (self, other), {})


def _unary(primitive: Primitive) -> Callable[[Value], Any]:
    forward = primitive.scalar
    assert forward is not None

    def method(self: Value) -> Any:
        scope = current_scope()
        if scope is None or self._op is CONSTANT:
            return Value._record(primitive, (self,), {})
        try:
            out = take_blank()
        except IndexError:
            out = blanks.refill()
        try:
            out._raw = forward(self._raw)
        except (ArithmeticError, ValueError):
            out._raw = primitive.on_floats(self._raw)
        out.grad = out._cotangent = None
        out._op = primitive
        out._a = self
        out._b = None
        out._scope = scope
        out._serial = next_serial()
        return out

    method.__name__ = method.__qualname__ = primitive.name
    method.__doc__ = f"{primitive.name} of the number."
    return method


for _name, _primitive in {
    "add": arithmetic.add,
    "sub": arithmetic.subtract,
    "mul": arithmetic.multiply,
    "truediv": arithmetic.divide,
    "pow": arithmetic.power,
    "floordiv": ufuncs.floor_divide,
    "mod": ufuncs.remainder,
}.items():
    _method, _reflected = _binary(_primitive)
    setattr(Value, f"__{_name}__", _method)
    setattr(Value, f"__r{_name}__", _reflected)

#: Functions that are methods too, of Values and, element by element, of ValueArrays.
ELEMENTWISE_METHODS = {
    "abs": arithmetic.absolute,
    "exp": arithmetic.exp,
    "log": arithmetic.log,
    "sqrt": arithmetic.sqrt,
    "sin": arithmetic.sin,
    "cos": arithmetic.cos,
    "tanh": arithmetic.tanh,
    "sigmoid": activations.sigmoid,
    "relu": activations.relu,
    "softplus": activations.softplus,
}

_OPERATORS = {
    "__neg__": arithmetic.negative,
    "__pos__": arithmetic.positive,
    "__abs__": arithmetic.absolute,
}
for _name, _primitive in (_OPERATORS | ELEMENTWISE_METHODS).items():
    setattr(Value, _name, _unary(_primitive))

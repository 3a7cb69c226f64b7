"""Tensor: a numpy array that remembers how it was made."""

from __future__ import annotations

import operator
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, ClassVar, cast

import numpy as np

from autograd.dispatch import NumpyOperand, refuse_mask, to_array
from autograd.methods import ArrayMethods
from autograd.node import CONSTANT, Node
from autograd.observing import observe
from autograd.primitives import Primitive, data_of, primitive
from autograd.recording import (
    again,
    current_scope,
    is_recording,
    next_serial,
    observation,
    reading,
    scope_name,
)
from autograd.rules import arithmetic, indexing, linalg, ufuncs
from autograd.value import Value

if TYPE_CHECKING:
    from numpy.typing import DTypeLike, NDArray

_new = object.__new__


class Tensor(NumpyOperand, ArrayMethods, Node):
    """An array of numbers on the graph; numpy's functions and operators accept it.

    Parameters
    ----------
    data : array_like
        Copied. Numbers and lists become floating.
    dtype : dtype, optional
        A floating dtype; by default that of `data`.
    requires_grad : bool, default True
        Whether gradients flow to it. Plain arrays are constants, so False is seldom needed.
    name : str, optional
        Shown in drawings and messages.

    Raises
    ------
    TypeError
        If an array of integers or booleans is to have a gradient, or if it holds no numbers.

    Notes
    -----
    The gradient of a real result with respect to a complex z = x + iy is ∂L/∂x + i ∂L/∂y, the
    direction of steepest ascent: PyTorch's convention.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd import Tensor
    >>> w = Tensor([1.0, 2.0], name="w")
    >>> loss = np.sum(w * w)
    >>> loss.backward()
    >>> w.grad
    array([2., 4.])
    """

    # _args    the operands as they were given: nodes, and plain numbers and arrays as constants
    #          (a Python float among them must stay one, or float32 would become float64).
    # _inputs  the same as nodes, once somebody has asked.
    __slots__ = ("_args", "_inputs", "_params")

    _rank: ClassVar[int] = 2

    _args: tuple[Any, ...]
    _inputs: tuple[Node, ...]
    _params: dict[str, Any]
    _raw: NDArray[Any]

    def __init__(
        self,
        data: Any,
        dtype: DTypeLike | None = None,
        requires_grad: bool = True,
        name: str = "",
    ) -> None:
        array = again(_floating, _plain_data(data), dtype)
        if requires_grad:
            self._require_floating(array)
        self._init_leaf(array, requires_grad, name)

    @staticmethod
    def _require_floating(data: NDArray[Any]) -> None:
        if data.dtype.kind not in "fc":
            raise TypeError(
                f"A Tensor that needs a gradient must be floating, but its dtype is "
                f"{data.dtype}; use Tensor(x, dtype=float), or requires_grad=False "
                "for a constant."
            )

    def _convert_data(self, data: Any) -> NDArray[Any]:
        array: NDArray[Any] = np.asarray(data, dtype=self._raw.dtype)
        if array.shape != self._raw.shape:
            raise ValueError(
                f"{self._label()} has shape {self._raw.shape}, but data of shape {array.shape} "
                "was assigned; make a new Tensor to change the shape."
            )
        return array

    # --- on the graph -------------------------------------------------------------------------

    @property
    def inputs(self) -> tuple[Node, ...]:
        """The operands, one per argument slot; plain numbers and arrays as constant Tensors."""
        if self.is_leaf:
            return ()
        try:
            return self._inputs
        except AttributeError:
            self._inputs = tuple(
                arg if isinstance(arg, Node) else constant(np.asarray(arg)) for arg in self._args
            )
            return self._inputs

    @property
    def params(self) -> dict[str, Any]:
        """Arguments of the operation that are not operands, such as ``{"axis": 0}``."""
        return {} if self.is_leaf else self._params

    @staticmethod
    def _record(primitive: Primitive, args: tuple[Any, ...], params: dict[str, Any]) -> Tensor:
        """Apply a primitive to operands of which at least one is a node, and remember them."""
        arrays = []
        recorded = False
        for arg in args:
            if isinstance(arg, Tensor):
                arrays.append(arg._raw)
                recorded = recorded or arg._op is not CONSTANT
            elif isinstance(arg, Value):
                return Tensor._record(primitive, _lift_values(args), params)
            else:
                arrays.append(_plain_operand(arg))
        try:
            data = primitive.forward(*arrays, **params)
        except np.linalg.LinAlgError as error:
            shapes = " and ".join(str(np.shape(array)) for array in arrays)
            raise np.linalg.LinAlgError(
                f"{primitive.name} of operands of shape {shapes} failed: {error}."
            ) from error
        except (ValueError, IndexError) as error:
            kind = ValueError if isinstance(error, ValueError) else IndexError
            raise kind(_explain(primitive, arrays, params)) from error
        if data.__class__ is not np.ndarray:
            data = np.asarray(data)
        scope = current_scope()
        observed = None
        if scope is None:
            observed = observation()
            recorded = recorded and observed is not None
        if not recorded and observed is None:
            return constant(data)
        operands = tuple(
            arg if isinstance(arg, Tensor) else array
            for arg, array in zip(args, arrays, strict=True)
        )
        if recorded:
            out = computed(primitive, data, operands, params, scope or scope_name())
        else:
            out = constant(data)
        if observed:
            observe(out, observed, primitive, operands, params)
        return out

    def detach(self) -> Tensor:
        """A constant with a copy of this array: no gradient flows through it."""
        return constant(self._raw.copy(), self.name)

    # --- as an array --------------------------------------------------------------------------

    @property
    def shape(self) -> tuple[int, ...]:
        """Lengths of the axes."""
        return self._raw.shape

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return self._raw.ndim

    @property
    def size(self) -> int:
        """Number of elements."""
        return self._raw.size

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the elements."""
        return self._raw.dtype

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        return to_array(self, dtype, copy)

    def __len__(self) -> int:
        return len(self._raw)

    def __iter__(self) -> Iterator[Tensor]:
        return (self[i] for i in range(len(self)))

    def __bool__(self) -> bool:
        return bool(reading(self, "bool()"))

    def __float__(self) -> float:
        """The only element, detached: for ``array[0] = x`` too, which numpy does by this call."""
        return float(self.item())

    def __int__(self) -> int:
        return int(self.item())

    def item(self) -> Any:
        """The only element, as a Python number.

        Raises
        ------
        ValueError
            If there is not exactly one.
        """
        return reading(self, "item()").item()

    def tolist(self) -> Any:
        """The elements as nested lists of Python numbers."""
        return reading(self, "tolist()").tolist()

    def __repr__(self) -> str:
        body = np.array2string(self._raw, separator=", ", prefix="Tensor(", threshold=100)
        parts = [body]
        if self.name:
            parts.append(f"name={self.name!r}")
        if self.dtype != np.float64:
            parts.append(f"dtype={self.dtype}")
        if not self.requires_grad:
            parts.append("requires_grad=False")
        elif self.op:
            parts.append(f"op={self.op!r}")
        return f"Tensor({', '.join(parts)})"

    def __format__(self, spec: str) -> str:
        return format(self.item(), spec) if spec else repr(self)

    # --- comparison: plain arrays of bool, without a gradient ---------------------------------

    def __eq__(self, other: object) -> Any:
        return again(operator.eq, self, other)

    def __ne__(self, other: object) -> Any:
        return again(operator.ne, self, other)

    def __lt__(self, other: Any) -> Any:
        return again(operator.lt, self, other)

    def __le__(self, other: Any) -> Any:
        return again(operator.le, self, other)

    def __gt__(self, other: Any) -> Any:
        return again(operator.gt, self, other)

    def __ge__(self, other: Any) -> Any:
        return again(operator.ge, self, other)

    __hash__ = Node.__hash__

    # --- arithmetic ---------------------------------------------------------------------------

    def __add__(self, other: Any) -> Tensor:
        return _apply(arithmetic.add, self, other)

    def __radd__(self, other: Any) -> Tensor:
        return _apply(arithmetic.add, other, self)

    def __sub__(self, other: Any) -> Tensor:
        return _apply(arithmetic.subtract, self, other)

    def __rsub__(self, other: Any) -> Tensor:
        return _apply(arithmetic.subtract, other, self)

    def __mul__(self, other: Any) -> Tensor:
        return _apply(arithmetic.multiply, self, other)

    def __rmul__(self, other: Any) -> Tensor:
        return _apply(arithmetic.multiply, other, self)

    def __truediv__(self, other: Any) -> Tensor:
        return _apply(arithmetic.divide, self, other)

    def __rtruediv__(self, other: Any) -> Tensor:
        return _apply(arithmetic.divide, other, self)

    def __pow__(self, other: Any) -> Tensor:
        return _apply(arithmetic.power, self, other)

    def __rpow__(self, other: Any) -> Tensor:
        return _apply(arithmetic.power, other, self)

    def __matmul__(self, other: Any) -> Tensor:
        return _apply(linalg.matmul, self, other)

    def __rmatmul__(self, other: Any) -> Tensor:
        return _apply(linalg.matmul, other, self)

    def __floordiv__(self, other: Any) -> Tensor:
        return _apply(ufuncs.floor_divide, self, other)

    def __rfloordiv__(self, other: Any) -> Tensor:
        return _apply(ufuncs.floor_divide, other, self)

    def __mod__(self, other: Any) -> Tensor:
        return _apply(ufuncs.remainder, self, other)

    def __rmod__(self, other: Any) -> Tensor:
        return _apply(ufuncs.remainder, other, self)

    def __neg__(self) -> Tensor:
        return Tensor._record(arithmetic.negative, (self,), {})

    def __pos__(self) -> Tensor:
        return Tensor._record(arithmetic.positive, (self,), {})

    def __abs__(self) -> Tensor:
        return self.abs()

    # --- selection ----------------------------------------------------------------------------

    def __getitem__(self, index: Any) -> Tensor:
        return Tensor._record(indexing.getitem, (self,), {"index": _plain_index(index)})


# --- making tensors without asking twice ------------------------------------------------------


def _plain_data(data: Any) -> Any:
    """What a new variable is made from: anything but a node."""
    if isinstance(data, Node):
        raise TypeError(
            f"Tensor() makes a new variable, but {data._label()} is on a graph already; use its "
            ".data or .detach(), or operate on it directly."
        )
    refuse_mask(data)
    return data


def _floating(data: Any, dtype: DTypeLike | None) -> NDArray[Any]:
    """A copy of array-like data; numbers and lists become floating, arrays keep their dtype."""
    try:
        array = np.array(data, dtype=dtype)
    except ValueError as error:
        raise ValueError(
            f"A Tensor needs numbers, in rows of one length, but {data!r:.60} was given."
        ) from error
    if array.dtype.kind not in "fiubc":
        raise TypeError(
            f"A Tensor holds numbers, but {type(data).__name__} gives dtype {array.dtype}; "
            "convert it to float first."
        )
    is_array = isinstance(data, np.ndarray | np.generic) or hasattr(data, "__array__")
    if is_array or dtype is not None or array.dtype.kind == "c":
        return array
    return array.astype(float, copy=False)


def constant(data: NDArray[Any], name: str = "") -> Tensor:
    """A Tensor that needs no gradient, over the array itself."""
    out = _new(Tensor)
    out._init_leaf(data, requires_grad=False, name=name)
    return out


def computed(
    op: Any, data: NDArray[Any], operands: tuple[Any, ...], params: Any, scope: str
) -> Tensor:
    """A Tensor that an operation has made."""
    out = _new(Tensor)
    out._raw = data
    out._op = op
    out._args = operands
    out._params = params
    out._scope = scope
    out._serial = next_serial()
    out._cotangent = None
    out.grad = None
    return out


def _plain_operand(arg: Any) -> Any:
    """A constant operand: a number, or an array of numbers."""
    if isinstance(arg, list | tuple):
        arg = np.asarray(arg)
    if isinstance(arg, np.ndarray):
        if arg.dtype == object:
            raise TypeError(
                "an object array cannot be combined with a Tensor; use numeric arrays, or "
                "ValueArray for scalar nodes."
            )
        refuse_mask(arg)
    return arg


def _apply(op: Primitive, left: Any, right: Any) -> Tensor:
    """A binary operator; operands that are no numbers are left to the other side."""
    for other in (left, right):
        if not isinstance(other, _OPERANDS) or getattr(other, "_rank", 0) > Tensor._rank:
            return cast("Tensor", NotImplemented)
    return Tensor._record(op, (left, right), {})


#: What the operators of a Tensor accept on the other side.
_OPERANDS = (Node, np.ndarray, np.generic, int, float, complex, list, tuple)


def _plain_index(index: Any) -> Any:
    """An index with the data of the Tensors in it: what selects has no gradient."""
    if isinstance(index, tuple):
        return tuple(map(data_of, index))
    return data_of(index)


def _explain(op: Primitive, arrays: list[Any], params: dict[str, Any]) -> str:
    """What went wrong in numpy, in terms of the operation and its shapes."""
    shapes = " and ".join(
        f"{np.shape(array)}{'' if np.size(array) else ' (empty)'}" for array in arrays
    )
    given = "".join(
        f", {name} of shape {value.shape}"
        if isinstance(value, np.ndarray)
        else f", {name}={value!r}"
        for name, value in params.items()
    )
    scope = scope_name()
    return (
        f"{op.name}{f' in {scope!r}' if scope else ''} does not fit operands of shape "
        f"{shapes}{given}."
    )


# --- between the carriers ---------------------------------------------------------------------

_FROM_VALUE = primitive("from_value", np.asarray, lambda g, x, y: to_value(g))
_TO_VALUE = primitive("to_value", float, lambda g, x, y: from_value(g))


def _lift_values(args: tuple[Any, ...]) -> tuple[Any, ...]:
    """Turn the Values among operands into Tensors of the dtype that a Python float would take."""
    others = [getattr(arg, "_raw", arg) for arg in args if not isinstance(arg, Value)]
    arrays = [np.asarray(arg) if isinstance(arg, list | tuple) else arg for arg in others]
    dtype = np.result_type(*arrays, 0.0)
    return tuple(from_value(arg, dtype) if isinstance(arg, Value) else arg for arg in args)


def from_value(value: Any, dtype: DTypeLike = np.float64) -> Any:
    """A Value as a Tensor without axes, through which its gradient flows (a float: an array)."""
    if isinstance(value, Tensor):  # a gradient in forward mode
        return value
    if not isinstance(value, Value):
        return np.asarray(value, dtype=dtype)
    data = np.asarray(value._raw, dtype=dtype)
    if not (is_recording() and value.requires_grad):
        return constant(data, value.name)
    out = computed(_FROM_VALUE, data, (value,), {}, scope_name())
    if observed := observation():
        observe(out, observed, _FROM_VALUE, (value,), {})
    return out


def to_value(tensor: Any) -> Any:
    """A Tensor of one element as a Value, through which its gradient flows (an array: a float)."""
    if not isinstance(tensor, Tensor):
        return float(tensor)
    out = Value(tensor.item(), requires_grad=False)
    if is_recording() and tensor.requires_grad:
        out._op, out._a, out._b = _TO_VALUE, tensor, None
        if observed := observation():
            observe(out, observed, _TO_VALUE, (tensor,), {})
    return out


def through_tensors(op: Primitive, args: tuple[Any, ...], params: dict[str, Any]) -> Any:
    """Apply an operation on arrays to Values, and give a scalar result back as a Value."""
    result = Tensor._record(op, args, params)
    return to_value(result) if result.ndim == 0 else result

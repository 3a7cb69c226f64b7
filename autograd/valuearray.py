"""ValueArray: an array whose elements are Values, so that array code runs node by node.

numpy can hold any object in an array, but its functions slip plain numbers in (`np.where`,
`np.pad`), call methods that do not exist, or raise. Here every function goes through the table
of derivatives, element by element, and every element of the result is a Value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from autograd.containers import map_leaves
from autograd.dispatch import call_numpy, find_rule, refuse, ufunc_method
from autograd.primitives import Primitive
from autograd.rules import arithmetic, reductions
from autograd.rules.reductions import reduced_size
from autograd.tensor import Tensor
from autograd.value import ELEMENTWISE_METHODS, Value

if TYPE_CHECKING:
    from numpy.typing import NDArray

_ObjectArray = np.ndarray[Any, np.dtype[Any]]


class ValueArray(_ObjectArray):
    """An array of Values: the same functions as on a Tensor, recorded scalar by scalar.

    Parameters
    ----------
    data : array_like of float or Value
        Numbers become new Values; Values are taken as they are.
    requires_grad : bool, default True
        Whether gradients flow to the Values that are made from numbers.
    name : str, optional
        Names the Values that are made: ``w`` gives ``w[0, 1]``.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd import ValueArray
    >>> w = ValueArray([1.0, 2.0], name="w")
    >>> np.sum(w * w).backward()
    >>> w.grad
    array([2., 4.])
    """

    _rank: ClassVar[int] = 3

    def __new__(  # noqa: D102 - described above
        cls, data: Any, requires_grad: bool = True, name: str = ""
    ) -> ValueArray:
        elements, shape = _flatten(data)
        for i, (element, place) in enumerate(zip(elements, np.ndindex(shape), strict=True)):
            if not isinstance(element, Value):
                label = f"{name}{list(place) if place else ''}" if name else ""
                elements[i] = Value(element, requires_grad, label)
        return assemble(elements, shape)

    @property  # type: ignore[override]  # ndarray's is a buffer, which objects do not have
    def data(self) -> NDArray[np.float64]:
        """The numbers, as a new float array. May be assigned, element by element."""
        return _collect(self, lambda value: value._raw)

    @data.setter
    def data(self, data: Any) -> None:
        for value, number in zip(self.flat, np.broadcast_to(data, self.shape).flat, strict=True):
            value.data = float(number)

    @property
    def grad(self) -> NDArray[np.float64] | None:
        """The gradients as a new float array; None where no backward pass has reached any.

        A Value that has none counts as 0 beside others that have one. May be assigned.
        """
        if all(value.grad is None for value in self.flat):
            return None
        return _collect(self, lambda value: 0.0 if value.grad is None else float(value.grad))

    @grad.setter
    def grad(self, grad: Any) -> None:
        if grad is None:
            self.zero_grad()
            return
        for value, number in zip(self.flat, np.broadcast_to(grad, self.shape).flat, strict=True):
            value.grad = float(number)

    @property
    def requires_grad(self) -> bool:
        """Whether gradients flow to any of the Values."""
        return any(value.requires_grad for value in self.flat)

    def zero_grad(self) -> None:
        """Forget the gradient of every Value."""
        for value in self.flat:
            value.grad = None

    def detach(self) -> ValueArray:
        """Constants with the same numbers."""
        return ValueArray(self.data, requires_grad=False)

    def backward(self, gradient: Any = None, **options: Any) -> None:
        """`Value.backward` of the only element, with the same arguments.

        Raises
        ------
        ValueError
            If there is not exactly one.
        """
        if self.size != 1:
            raise ValueError(
                f"only a scalar has a gradient of its own, but this ValueArray has shape "
                f"{self.shape}; reduce it first, as in y.sum().backward()."
            )
        seed = None if gradient is None else np.reshape(gradient, (-1,))[0]
        self.flat[0].backward(seed, **options)

    def __setitem__(self, index: Any, value: Any) -> None:
        raise TypeError(
            "a ValueArray cannot be assigned to in place, because its Values may be on a graph; "
            "build a new array with np.where(mask, new, x) or np.concatenate, or assign to the "
            "numbers with x.data = numbers."
        )

    # --- methods that numpy's loops over objects do not give --------------------------------

    def astype(self, dtype: Any, *args: Any, **kwargs: Any) -> Any:
        """Refused: it would cut the Values out of their graph."""
        raise TypeError(
            f"astype({dtype!r}) would cut a ValueArray out of its graph; use .data for its numbers."
        )

    def mean(self, axis: Any = None, keepdims: bool = False) -> Any:  # type: ignore[override]
        """Mean of the elements along `axis`."""
        return np.sum(self, axis=axis, keepdims=keepdims) / reduced_size(self.shape, axis)

    def max(self, axis: Any = None, keepdims: bool = False) -> Any:  # type: ignore[override]
        """Largest element along `axis`; where k of them tie, each has the derivative 1/k."""
        return reductions.max(self, axis=axis, keepdims=keepdims)

    def min(self, axis: Any = None, keepdims: bool = False) -> Any:  # type: ignore[override]
        """Smallest element along `axis`; where k of them tie, each has the derivative 1/k."""
        return reductions.min(self, axis=axis, keepdims=keepdims)

    def clip(self, min: Any = None, max: Any = None) -> Any:  # type: ignore[override]
        """Each element limited to [min, max]."""
        return arithmetic.clip(self, min, max)

    def __getattr__(self, name: str) -> Any:
        """The elementwise functions that are methods of a Value: ``x.relu()``, ``x.exp()``."""
        function = ELEMENTWISE_METHODS.get(name)
        if function is None:
            raise AttributeError(f"a ValueArray has no attribute {name!r}.")
        return lambda: function(self)

    # --- numpy's protocols --------------------------------------------------------------------

    def __array_finalize__(self, made_from: Any) -> None:
        """Nothing to carry over: all that there is, is in the elements."""

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        if kwargs.get("out") is not None:
            raise TypeError(
                f"np.{ufunc.__name__} cannot write into a ValueArray: its Values are on a graph; "
                "write x = x + y instead of x += y, and leave out= away."
            )
        if method == "__call__" and ufunc is not np.matmul:
            return call_numpy(ufunc, inputs, kwargs)
        function = ufunc_method(ufunc, method)
        if find_rule(function) and ufunc not in (np.add, np.multiply):
            kwargs.setdefault("axis", 0)
            return call_numpy(function, inputs, kwargs)
        # numpy's own loops over objects: sums, products, sums of products.
        return _wrap(getattr(ufunc, method)(*map(_as_objects, inputs), **kwargs))

    def __array_function__(
        self,
        function: Callable[..., Any],
        types: Any,
        args: Iterable[Any],
        kwargs: Mapping[str, Any],
    ) -> Any:
        if find_rule(function):
            return call_numpy(function, tuple(args), dict(kwargs))
        # What only moves elements, or is written with ufuncs, works on objects as it is.
        try:
            return _wrap(function(*map_leaves(_as_objects, list(args)), **kwargs))
        except (AttributeError, TypeError) as error:
            if isinstance(error, TypeError) and "no derivative" in str(error):
                raise
            return refuse(function)

    @staticmethod
    def _record(primitive: Primitive, args: tuple[Any, ...], params: dict[str, Any]) -> Any:
        """Apply a primitive element by element, or through its composite form."""
        for arg in args:
            if isinstance(arg, Tensor):
                raise TypeError(
                    f"{primitive.name} was given a Tensor and a ValueArray; use one carrier: "
                    ".data of either gives its numbers, and ValueArray(x) makes scalar nodes."
                )
        if primitive.composite is not None:
            return _wrap(primitive.composite(*map(_as_values, args), **params))
        if primitive.derivatives:
            return _wrap(_over_elements(primitive, args, params))
        return _wrap(primitive.forward(*map(_as_objects, args), **params))


def _over_elements(primitive: Primitive, args: tuple[Any, ...], params: dict[str, Any]) -> Any:
    """An elementwise primitive on every element; array parameters are broadcast along."""
    names = [name for name, value in params.items() if isinstance(value, np.ndarray)]
    fixed = {name: value for name, value in params.items() if name not in names}

    def on_element(*operands: Any) -> Any:
        numbers, varying = operands[: len(args)], operands[len(args) :]
        own = {name: _plain(value) for name, value in zip(names, varying, strict=True)}
        return primitive(*map(_number, numbers), **fixed, **own)

    arrays = [*map(_as_objects, args), *(params[name].astype(object) for name in names)]
    with np.errstate(all="ignore"):  # Values follow IEEE 754 without a warning
        return np.frompyfunc(on_element, len(arrays), 1)(*arrays)


def _number(operand: Any) -> Any:
    return operand if isinstance(operand, Value) else float(operand)


def _plain(parameter: Any) -> Any:
    return parameter.item() if isinstance(parameter, np.generic) else parameter


def _as_objects(arg: Any) -> Any:
    """A plain object array (or the number itself), which numpy treats by its own rules."""
    if isinstance(arg, ValueArray):
        return arg.view(np.ndarray)
    if isinstance(arg, Value):
        boxed = np.empty((), dtype=object)
        boxed[()] = arg
        return boxed
    if isinstance(arg, list | tuple):
        return ValueArray(arg, requires_grad=False).view(np.ndarray)
    return arg.astype(object) if isinstance(arg, np.ndarray) else arg


def _as_values(arg: Any) -> Any:
    return arg if isinstance(arg, ValueArray) else ValueArray(arg, requires_grad=False)


def _wrap(result: Any) -> Any:
    """Make every element of a result a Value; a single one is returned as itself."""
    if isinstance(result, list | tuple):
        return type(result)(map(_wrap, result))
    if isinstance(result, Value):
        return result
    if isinstance(result, np.ndarray) and result.dtype == object:
        if result.ndim == 0:
            return _wrap(result.item())
        if any(not isinstance(element, Value) for element in result.flat):
            return ValueArray(result.view(np.ndarray), requires_grad=False)
        return _as_value_array(result)
    if isinstance(result, float | int) and not isinstance(result, bool):
        return Value(result, requires_grad=False)  # the sum of nothing, for instance
    return result


def _as_value_array(objects: Any) -> ValueArray:
    """An array of Values as what it is; no function of numpy may write into it."""
    array = objects.view(ValueArray)
    array.flags.writeable = False
    return array  # type: ignore[no-any-return]


def assemble(values: list[Value], shape: tuple[int, ...]) -> ValueArray:
    """Values, in order, as an array of a shape."""
    array = np.empty(len(values), dtype=object)
    for i, value in enumerate(values):  # at once, numpy would turn the Values into numbers
        array[i] = value
    return _as_value_array(array.reshape(shape))


def _flatten(data: Any) -> tuple[list[Any], tuple[int, ...]]:
    """The elements of nested lists or arrays in order, and their shape."""
    if isinstance(data, np.ndarray):
        return list(data.reshape(-1).tolist()), data.shape
    if isinstance(data, Tensor):
        raise TypeError(
            "a ValueArray of a Tensor would cut it out of its graph; use ValueArray(x.data)."
        )
    if not isinstance(data, list | tuple):
        return [data], ()
    parts = [_flatten(part) for part in data]
    shapes = {shape for _, shape in parts}
    if len(shapes) > 1:
        raise ValueError(
            f"a ValueArray needs rows of one shape, but got {', '.join(map(str, sorted(shapes)))}."
        )
    elements = [element for part, _ in parts for element in part]
    return elements, (len(parts), *(shapes.pop() if shapes else ()))


def _collect(values: ValueArray, read: Callable[[Value], float]) -> NDArray[np.float64]:
    numbers = np.fromiter(map(read, values.flat), dtype=float, count=values.size)
    return numbers.reshape(values.shape)

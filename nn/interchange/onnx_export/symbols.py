"""Symbol: an array that tells a tape of everything that is done with it.

A model is exported by running it on symbols. Unlike a graph of Tensors, the tape also notes what
has no gradient: comparisons, masks, the integers that select elements. A symbol holds numbers,
too, so that shapes and dtypes are numpy's own; but nobody may look at them, because what follows
from them would hold for this example only.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NoReturn

import numpy as np

from autograd.containers import leaves, map_leaves
from autograd.folding import Fused
from autograd.primitives import NUMPY_FUNCTIONS, Primitive
from autograd.recording import scope_name
from autograd.rules import arithmetic, indexing, linalg, ufuncs
from nn.aliases import Array
from nn.parameter import Parameter


@dataclass(frozen=True)
class Step:
    """One operation on a tape.

    Attributes
    ----------
    op : str
        The name of a primitive, of a numpy function, or of a layer that is kept whole.
    inputs : tuple
        Symbols, and plain numbers and arrays as constants.
    params : dict
        What else it was given.
    outputs : tuple of Symbol
    scope : str
        The module in which it was done.
    """

    op: str
    inputs: tuple[Any, ...]
    params: dict[str, Any]
    outputs: tuple[Symbol, ...]
    scope: str


@dataclass
class Tape:
    """The operations on symbols, in order."""

    steps: list[Step] = field(default_factory=list)
    symbols: int = 0

    def symbol(self, numbers: Array, key: str = "", varies: bool = False) -> Symbol:
        """A new symbol; a parameter or buffer has a key, and an input varies."""
        made = object.__new__(Symbol)
        made._init_leaf(numbers, requires_grad=False, name="")
        made.tape, made.number, made.key, made.varies = self, self.symbols, key, varies
        self.symbols += 1
        return made

    def note(
        self, op: str, inputs: tuple[Any, ...], params: dict[str, Any], results: Any
    ) -> Symbol | tuple[Symbol, ...]:
        """Add an operation; its results as symbols."""
        inputs, params = map_leaves(_constant, inputs), map_leaves(_constant, params)
        varies = any(symbol.varies for symbol in symbols_in((inputs, params)))
        several = isinstance(results, tuple)
        outputs = tuple(
            self.symbol(np.asarray(result), varies=varies)
            for result in (results if several else (results,))
        )
        self.steps.append(Step(op, inputs, params, outputs, scope_name()))
        return outputs if several else outputs[0]

    def apply(self, op: str, function: Callable[..., Any], *inputs: Any, **params: Any) -> Any:
        """Do something with the numbers of symbols, and note it."""
        with np.errstate(all="ignore"):
            results = function(*concrete(inputs), **concrete(params))
        return self.note(op, inputs, params, results)


def _operators(primitive: Callable[..., Any]) -> Any:
    """An operator and its reflection."""
    return (lambda a, b: primitive(a, b)), (lambda a, b: primitive(b, a))


def _noted(ufunc: np.ufunc) -> Callable[..., Any]:
    """A ufunc without a gradient."""
    return lambda *operands: _tape_of(operands).apply(ufunc.__name__, ufunc, *operands)


class Symbol(Parameter):
    """An array on a tape; layers and numpy take it for a Tensor."""

    __slots__ = ("key", "number", "numbers", "tape", "varies")

    _rank = 4  # above all carriers: what meets a symbol is noted

    tape: Tape
    number: int
    numbers: Array
    key: str
    varies: bool

    @property
    def _raw(self) -> Any:
        """The symbol itself: what is computed from its numbers has to be noted, too."""
        return self

    @_raw.setter
    def _raw(self, numbers: Array) -> None:
        self.numbers = numbers

    @property
    def data(self) -> Any:
        """The symbol itself."""
        return self

    @data.setter
    def data(self, data: Any) -> NoReturn:
        self._refuse("assigns to its numbers")

    def detach(self) -> Symbol:
        """The symbol itself, which has no gradient."""
        return self

    @staticmethod
    def _record(primitive: Primitive, args: tuple[Any, ...], params: dict[str, Any]) -> Any:
        if isinstance(primitive, Fused) and primitive.composite is not None:
            return primitive.composite(*args, **params)
        if primitive.name == "where":
            return _where(params["condition"], *args)
        return _tape_of(args).apply(primitive.name, primitive.forward, *args, **params)

    # --- what is no secret ------------------------------------------------------------------------

    @property
    def shape(self) -> tuple[int, ...]:
        """Lengths of the axes."""
        lengths: tuple[int, ...] = self.numbers.shape
        return lengths

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return self.numbers.ndim

    @property
    def size(self) -> int:
        """Number of elements."""
        return self.numbers.size

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the elements."""
        return self.numbers.dtype

    def __len__(self) -> int:
        return len(self.numbers)

    # --- operators --------------------------------------------------------------------------------

    __add__, __radd__ = _operators(arithmetic.add)
    __sub__, __rsub__ = _operators(arithmetic.subtract)
    __mul__, __rmul__ = _operators(arithmetic.multiply)
    __truediv__, __rtruediv__ = _operators(arithmetic.divide)
    __pow__, __rpow__ = _operators(arithmetic.power)
    __matmul__, __rmatmul__ = _operators(linalg.matmul)
    __floordiv__, __rfloordiv__ = _operators(ufuncs.floor_divide)
    __mod__, __rmod__ = _operators(ufuncs.remainder)
    __and__, __rand__ = _operators(_noted(np.bitwise_and))
    __or__, __ror__ = _operators(_noted(np.bitwise_or))
    __xor__, __rxor__ = _operators(_noted(np.bitwise_xor))
    __eq__, __ne__ = _noted(np.equal), _noted(np.not_equal)
    __lt__, __gt__ = _noted(np.less), _noted(np.greater)
    __le__, __ge__ = _noted(np.less_equal), _noted(np.greater_equal)
    __invert__ = _noted(np.invert)
    __hash__ = Parameter.__hash__

    def __neg__(self) -> Any:
        return arithmetic.negative(self)

    def __pos__(self) -> Any:
        return self

    # --- numpy's functions ------------------------------------------------------------------------

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        if method == "__call__" and ufunc in _PLAIN_UFUNCS and not kwargs:
            return _noted(ufunc)(*inputs)
        self._require_rule(ufunc)
        return super().__array_ufunc__(ufunc, method, *inputs, **kwargs)

    def __array_function__(
        self,
        function: Callable[..., Any],
        types: Any,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
    ) -> Any:
        if function in _PLAIN_FUNCTIONS:
            return _PLAIN_FUNCTIONS[function](*args, **kwargs)
        self._require_rule(function)
        return super().__array_function__(function, types, args, kwargs)

    def _require_rule(self, function: Any) -> None:
        """Refuse a function that would look at numbers."""
        if isinstance(NUMPY_FUNCTIONS.get(function), _WITHOUT_GRADIENT):
            self._refuse(f"calls np.{function.__name__}, which is not translated")

    def __getitem__(self, index: Any) -> Any:
        return self.tape.apply("getitem", indexing.getitem.forward, self, index=index)

    def __setitem__(self, index: object, value: object) -> None:
        self._refuse("assigns to elements; use np.where or np.concatenate")

    def any(self, axis: Any = None, keepdims: bool = False) -> Any:
        """Whether any element is true."""
        return self.tape.apply("any", np.any, self, axis=axis, keepdims=keepdims)

    def all(self, axis: Any = None, keepdims: bool = False) -> Any:
        """Whether all elements are true."""
        return self.tape.apply("all", np.all, self, axis=axis, keepdims=keepdims)

    def argmax(self, axis: int | None = None) -> Any:
        """Index of the largest element."""
        return self.tape.apply("argmax", np.argmax, self, axis=axis)

    def argmin(self, axis: int | None = None) -> Any:
        """Index of the smallest element."""
        return self.tape.apply("argmin", np.argmin, self, axis=axis)

    # --- looking at numbers -----------------------------------------------------------------------

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        return self._look("turns it into a plain array").astype(dtype or self.dtype)

    def __bool__(self) -> bool:
        return bool(self._look("decides by its numbers what to do"))

    def __float__(self) -> float:
        return float(self._look("turns it into a Python number"))

    def __int__(self) -> int:
        return int(self._look("turns it into a Python number"))

    __index__ = __int__

    def item(self) -> Any:
        """The only element, where it is the same for all inputs."""
        return self._look("turns it into a Python number").item()

    def tolist(self) -> Any:
        """The elements, where they are the same for all inputs."""
        return self._look("turns it into a list").tolist()

    def _look(self, how: str) -> Any:
        if self.varies:
            self._refuse(how)
        return self.numbers

    def _refuse(self, how: str) -> NoReturn:
        scope = scope_name()
        raise TypeError(
            f"to_onnx cannot follow an array that depends on the inputs: {_place(scope)} {how}, so "
            "that the file would be right for this example only."
        )


def _place(scope: str) -> str:
    return f"what runs in {scope!r}" if scope else "the model"


def symbols_in(tree: Any) -> list[Symbol]:
    """The symbols in nested tuples, lists and dicts."""
    return [leaf for leaf in leaves(tree) if isinstance(leaf, Symbol)]


def concrete(tree: Any) -> Any:
    """The numbers of the nodes in nested tuples, lists and dicts."""
    return map_leaves(_numbers, tree)


def _numbers(leaf: Any) -> Any:
    return leaf.numbers if isinstance(leaf, Symbol) else getattr(leaf, "_raw", leaf)


def _constant(leaf: Any) -> Any:
    """What an operation is noted with: symbols as they are, the numbers of other nodes."""
    return leaf if isinstance(leaf, Symbol) else _numbers(leaf)


def _tape_of(tree: Any) -> Tape:
    return symbols_in(tree)[0].tape


# --- functions without a gradient -----------------------------------------------------------------

#: What the table has for functions that it runs on the numbers of nodes.
_WITHOUT_GRADIENT = type(NUMPY_FUNCTIONS[np.argsort])

_PLAIN_UFUNCS = {
    np.equal, np.not_equal, np.less, np.less_equal, np.greater, np.greater_equal,
    np.logical_and, np.logical_or, np.logical_xor, np.logical_not,
    np.bitwise_and, np.bitwise_or, np.bitwise_xor, np.invert,
    np.isnan, np.isinf,
}  # fmt: skip


def _where(condition: Any, *branches: Any) -> Any:
    tape = _tape_of((condition, *branches))
    return tape.apply("where", np.where, condition, *branches)


def _reduction(name: str) -> Callable[..., Any]:
    return lambda a, axis=None, **options: getattr(a, name)(axis, **options)


def _outline(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function that asks for shape and dtype only."""
    return lambda a, *args, **options: function(a.numbers, *args, **options)


_PLAIN_FUNCTIONS: dict[Any, Callable[..., Any]] = {
    **{
        function: _outline(function)
        for function in (
            *(np.shape, np.ndim, np.size),
            *(np.zeros_like, np.ones_like, np.full_like, np.empty_like),
        )
    },
    np.where: _where,
    np.any: _reduction("any"),
    np.all: _reduction("all"),
    np.argmax: _reduction("argmax"),
    np.argmin: _reduction("argmin"),
}

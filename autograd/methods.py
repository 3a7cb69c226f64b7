"""The methods that Tensors share with numpy's arrays, and the common activations."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd.dispatch import call_numpy
from autograd.rules import activations, arithmetic, reductions, shaping

if TYPE_CHECKING:
    from numpy.typing import DTypeLike, NDArray

    from autograd.primitives import Primitive
    from autograd.tensor import Tensor

#: One axis, several, or None for all.
Axis = int | tuple[int, ...] | None


class ArrayMethods:
    """Mixin: each method is the numpy function of its name, with numpy's arguments."""

    __slots__ = ()

    if TYPE_CHECKING:
        _raw: NDArray[Any]
        requires_grad: bool

        @staticmethod
        def _record(
            primitive: Primitive, args: tuple[Any, ...], params: dict[str, Any]
        ) -> Tensor: ...
        def _label(self) -> str: ...

    def _call(self, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Tensor:
        """What the table has for a numpy function, applied to this array."""
        result: Tensor = call_numpy(function, (self, *args), kwargs)
        return result

    # --- elementwise functions ----------------------------------------------------------------

    def exp(self) -> Tensor:
        """Exponential of each element."""
        return self._record(arithmetic.exp, (self,), {})

    def log(self) -> Tensor:
        """Natural logarithm of each element."""
        return self._record(arithmetic.log, (self,), {})

    def sqrt(self) -> Tensor:
        """Square root of each element."""
        return self._record(arithmetic.sqrt, (self,), {})

    def sin(self) -> Tensor:
        """Sine of each element."""
        return self._record(arithmetic.sin, (self,), {})

    def cos(self) -> Tensor:
        """Cosine of each element."""
        return self._record(arithmetic.cos, (self,), {})

    def tanh(self) -> Tensor:
        """Hyperbolic tangent of each element."""
        return self._record(arithmetic.tanh, (self,), {})

    def abs(self) -> Tensor:
        """Absolute value of each element; its derivative at 0 is 0."""
        return self._record(arithmetic.absolute, (self,), {})

    def sigmoid(self) -> Tensor:
        """1/(1 + e⁻ˣ) of each element."""
        return self._record(activations.sigmoid, (self,), {})

    def relu(self) -> Tensor:
        """max(x, 0) of each element; its derivative at 0 is 0."""
        return self._record(activations.relu, (self,), {})

    def softplus(self) -> Tensor:
        """log(1 + eˣ) of each element."""
        return self._record(activations.softplus, (self,), {})

    def clip(self, min: Any = None, max: Any = None) -> Tensor:
        """Each element limited to [min, max]."""
        result: Tensor = arithmetic.clip(self, min, max)
        return result

    def astype(self, dtype: DTypeLike) -> Tensor:
        """The same numbers in another floating dtype.

        Raises
        ------
        TypeError
            If the dtype is not floating: such numbers have no gradient.
        """
        if self.requires_grad and np.dtype(dtype).kind not in "fc":
            raise TypeError(
                f"astype to {np.dtype(dtype)} would lose the gradient of {self._label()}: take a "
                "floating dtype, or .data.astype(...) where no gradient is wanted."
            )
        return self._record(arithmetic.astype, (self,), {"dtype": np.dtype(dtype)})

    # --- reductions ---------------------------------------------------------------------------

    def sum(self, axis: Axis = None, keepdims: bool = False) -> Tensor:
        """Sum of the elements along `axis` (None: of all)."""
        return self._record(reductions.sum, (self,), {"axis": axis, "keepdims": keepdims})

    def mean(self, axis: Axis = None, keepdims: bool = False) -> Tensor:
        """Mean of the elements along `axis` (None: of all)."""
        return self._record(reductions.mean, (self,), {"axis": axis, "keepdims": keepdims})

    def max(self, axis: Axis = None, keepdims: bool = False) -> Tensor:
        """Largest element along `axis`; where k of them tie, each has the derivative 1/k."""
        return self._record(reductions.max, (self,), {"axis": axis, "keepdims": keepdims})

    def min(self, axis: Axis = None, keepdims: bool = False) -> Tensor:
        """Smallest element along `axis`; where k of them tie, each has the derivative 1/k."""
        return self._record(reductions.min, (self,), {"axis": axis, "keepdims": keepdims})

    def prod(self, axis: Axis = None, keepdims: bool = False) -> Tensor:
        """Product of the elements along `axis`, with the right derivative beside zeros."""
        return self._call(np.prod, axis=axis, keepdims=keepdims)

    def var(self, axis: Axis = None, ddof: int = 0, keepdims: bool = False) -> Tensor:
        """Variance along `axis`, divided by n − `ddof`."""
        return self._call(np.var, axis=axis, ddof=ddof, keepdims=keepdims)

    def std(self, axis: Axis = None, ddof: int = 0, keepdims: bool = False) -> Tensor:
        """Standard deviation along `axis`; its derivative for equal elements is 0."""
        return self._call(np.std, axis=axis, ddof=ddof, keepdims=keepdims)

    def cumsum(self, axis: int | None = None) -> Tensor:
        """Running sums along `axis` (None: of all elements in one axis)."""
        return self._call(np.cumsum, axis=axis)

    def cumprod(self, axis: int | None = None) -> Tensor:
        """Running products along `axis` (None: of all elements in one axis)."""
        return self._call(np.cumprod, axis=axis)

    def argmax(self, axis: int | None = None) -> Any:
        """Index of the largest element: plain integers, without a gradient."""
        return self._raw.argmax(axis=axis)

    def argmin(self, axis: int | None = None) -> Any:
        """Index of the smallest element: plain integers, without a gradient."""
        return self._raw.argmin(axis=axis)

    # --- complex numbers ----------------------------------------------------------------------

    @property
    def real(self) -> Tensor:
        """Real part of each element."""
        return self._record(arithmetic.real, (self,), {})

    @property
    def imag(self) -> Tensor:
        """Imaginary part of each element."""
        return self._record(arithmetic.imag, (self,), {})

    def conj(self) -> Tensor:
        """Complex conjugate of each element."""
        return self._record(arithmetic.conjugate, (self,), {})

    # --- shape and selection ------------------------------------------------------------------

    def reshape(self, *shape: Any) -> Tensor:
        """The same elements in another shape."""
        wanted = shape[0] if len(shape) == 1 else shape
        return self._record(shaping.reshape, (self,), {"shape": wanted})

    def transpose(self, *axes: Any) -> Tensor:
        """Permute the axes (none given: reverse them)."""
        wanted = axes[0] if len(axes) == 1 else axes or None
        return self._record(shaping.transpose, (self,), {"axes": wanted})

    def swapaxes(self, axis1: int, axis2: int) -> Tensor:
        """Exchange two axes."""
        result: Tensor = shaping.swapaxes(self, axis1, axis2)
        return result

    def ravel(self) -> Tensor:
        """All elements in one axis."""
        result: Tensor = shaping.ravel(self)
        return result

    flatten = ravel

    def squeeze(self, axis: Axis = None) -> Tensor:
        """Remove axes of length 1."""
        result: Tensor = shaping.squeeze(self, axis)
        return result

    @property
    def T(self) -> Tensor:  # noqa: N802 - numpy's name
        """The array with its axes reversed."""
        return self._record(shaping.transpose, (self,), {})

    @property
    def mT(self) -> Tensor:  # noqa: N802 - numpy's name
        """The array with its last two axes exchanged."""
        return self.swapaxes(-1, -2)

    def repeat(self, repeats: Any, axis: int | None = None) -> Tensor:
        """Each element several times."""
        return self._call(np.repeat, repeats, axis=axis)

    def take(self, indices: Any, axis: int | None = None) -> Tensor:
        """Elements at the given places along `axis`."""
        return self._call(np.take, indices, axis=axis)

    def dot(self, other: Any) -> Tensor:
        """Inner product of vectors, product of matrices, as `np.dot`."""
        return self._call(np.dot, other)

    def diagonal(self, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Tensor:
        """The diagonal of two axes, as the last axis."""
        return self._call(np.diagonal, offset=offset, axis1=axis1, axis2=axis2)

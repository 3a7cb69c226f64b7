"""Node: what the two carriers, `Value` and `Tensor`, have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

from autograd.recording import last_write, next_serial, observation, reading, scope_name

if TYPE_CHECKING:
    from autograd.trace import Trace


class _Constant:
    """What stands in for the operation of a node to which no gradient flows."""

    name = ""

    def __reduce__(self) -> str:
        return "CONSTANT"


#: In `Node._op`: the node needs no gradient.
CONSTANT: Any = _Constant()


class StaleGraphError(RuntimeError):
    """A number was changed after an operation had read it, so its derivatives are gone."""


class Node:
    """A number, or an array of numbers, that remembers how it was made.

    Attributes
    ----------
    grad : float, ndarray, Node or None
        ∂(output)/∂(this node), written by `backward`. None until a backward pass reaches the
        node, and again after `zero_grad`; a Node only after ``backward(create_graph=True)``.

    Notes
    -----
    A node made by an operation holds that operation and its inputs, and nothing points from an
    input to what was made of it: a dropped graph is freed by reference counting alone.
    """

    # _op        the Primitive that made this node; None for a variable that was not made by
    #            one; CONSTANT where no gradient is wanted.
    # _cotangent the gradient while a sweep is under way (see autograd.sweep); never read elsewhere.
    # _notes     a dictionary of what few nodes have: their name, the parameters of a Value's
    #            operation, the serial of the last assignment to `data`. Unset until needed: an
    #            operation on scalars costs little more than filling its slots, and the garbage
    #            collector visits each of them again and again.
    __slots__ = (
        "__weakref__",
        "_cotangent",
        "_notes",
        "_op",
        "_raw",
        "_scope",
        "_serial",
        "grad",
    )

    #: Which carrier an operation on several of them belongs to: the highest rank wins.
    _rank: ClassVar[int]

    _raw: Any
    _op: Any
    _notes: dict[str, Any]
    _scope: str
    _serial: int
    _cotangent: Any
    grad: Any

    def _init_leaf(self, data: Any, requires_grad: bool, name: str) -> None:
        self._raw = data
        self._op = None if requires_grad else CONSTANT
        self._scope = scope_name()
        self._serial = next_serial()
        self._cotangent = None
        self.grad = None
        if name:
            self.name = name

    def _note(self, key: str, value: Any) -> None:
        try:
            self._notes[key] = value
        except AttributeError:
            self._notes = {key: value}

    def _noted(self, key: str, default: Any) -> Any:
        notes = getattr(self, "_notes", None)  # without raising: few nodes have any
        return default if notes is None else notes.get(key, default)

    @property
    def data(self) -> Any:
        """The number itself: a float (`Value`) or an ndarray (`Tensor`). May be assigned.

        Assigning to it, also by ``x.data -= step``, is noticed by every graph that has read the
        old number: its `backward` raises `StaleGraphError`. A write through the array
        (``x.data[0] = 1``) is not noticed.
        """
        return self._raw if observation() is None else reading(self, "the .data")

    @data.setter
    def data(self, data: Any) -> None:
        is_float = data.__class__ is float is self._raw.__class__
        self._raw = data if is_float else self._convert_data(data)
        last_write.serial = written = next_serial()
        try:  # not by `_note`: a network of Values is updated number by number
            self._notes["written"] = written
        except AttributeError:
            self._notes = {"written": written}

    def _convert_data(self, data: Any) -> Any:
        raise NotImplementedError

    @staticmethod
    def _require_floating(data: Any) -> None:
        """Raise TypeError if a gradient with respect to such data makes no sense."""

    @property
    def inputs(self) -> tuple[Node, ...]:
        """The operands of the operation that made this node, one per argument slot.

        Plain numbers and arrays among them appear as constant nodes.
        """
        raise NotImplementedError

    @property
    def op(self) -> str:
        """Name of the operation that made this node; empty for a variable or a constant."""
        return "" if self._op is None else str(self._op.name)

    @property
    def name(self) -> str:
        """The name given by the user; empty if there is none. May be assigned."""
        return self._noted("name", "")  # type: ignore[no-any-return]

    @name.setter
    def name(self, name: str) -> None:
        self._note("name", name)

    @property
    def scope(self) -> str:
        """Dotted name of the module in which this node was made; empty outside any module."""
        return self._scope

    @property
    def source(self) -> str:
        """``file:line`` of the statement that made this node, under `record_source`; else empty."""
        return self._noted("source", "")  # type: ignore[no-any-return]

    @property
    def params(self) -> dict[str, Any]:
        """Arguments of the operation that are not operands, such as ``{"axis": 0}``."""
        return self._noted("params", {})  # type: ignore[no-any-return]

    @property
    def is_leaf(self) -> bool:
        """Whether the node was given rather than computed (a variable or a constant)."""
        return self._op is None or self._op is CONSTANT

    @property
    def requires_grad(self) -> bool:
        """Whether gradients flow to this node. May be assigned on a variable or constant."""
        return self._op is not CONSTANT

    @requires_grad.setter
    def requires_grad(self, requires_grad: bool) -> None:
        if not self.is_leaf:
            raise RuntimeError(
                f"requires_grad of {self._label()} follows from its inputs; use .detach() for a "
                "copy that needs no gradient."
            )
        if requires_grad:
            self._require_floating(self._raw)
        self._op = None if requires_grad else CONSTANT

    def zero_grad(self) -> None:
        """Forget the gradient: `grad` becomes None."""
        self.grad = None

    def backward(
        self,
        gradient: Any = None,
        create_graph: bool = False,
        keep: Literal["all", "leaves"] = "all",
    ) -> None:
        """Compute the derivative of this node with respect to everything that led to it.

        Variables *add* what arrives to their `grad`, as in PyTorch; nodes computed on the way
        show the gradient of this pass alone. Calling it twice compounds nothing.

        Parameters
        ----------
        gradient : float, array or Node, optional
            The gradient of the final result with respect to this node, of this node's shape;
            1 if the node is a scalar.
        create_graph : bool, default False
            Record the derivatives themselves, so that `grad` is a node that can be
            differentiated again.
        keep : {"all", "leaves"}, default "all"
            ``"leaves"`` leaves `grad` of computed nodes as it was and frees what flowed.

        Raises
        ------
        ValueError
            If this node is not a scalar and no `gradient` is given, or its shape differs.
        StaleGraphError
            If data that the graph has read was assigned to since.
        """
        from autograd.sweep import backward

        backward(self, gradient, create_graph=create_graph, keep=keep)

    def trace(self, gradient: Any = None) -> Trace:
        """Follow backpropagation from this node edge by edge, without touching any `grad`.

        Parameters
        ----------
        gradient : float or array, optional
            As in `backward`.

        Returns
        -------
        Trace
            One `Step` per node, from this node back to the variables, each with one `Flow` per
            argument slot.
        """
        from autograd.trace import trace

        return trace(self, gradient)

    def detach(self) -> Self:
        """A constant with a copy of the data: no gradient flows through it."""
        raise NotImplementedError

    def _label(self) -> str:
        """How messages call this node: carrier, name or operation, scope, source."""
        what = f" {self.name!r}" if self.name else f" made by {self.op!r}" if self.op else ""
        where = f" in {self._scope!r}" if self._scope else ""
        line = f" at {self.source}" if self.source else ""
        return f"{type(self).__name__}{what}{where}{line}"

    def __setitem__(self, index: object, value: object) -> None:
        raise TypeError(
            f"{self._label()} cannot be assigned to in place, because the graph still needs the "
            "old elements; build a new array with np.where(mask, new, x) or np.concatenate, or, "
            "outside any graph, assign to x.data[...]."
        )

    __hash__ = object.__hash__

    def __reduce_ex__(self, protocol: object) -> tuple[Any, ...]:
        from autograd.copying import reduce_node

        return reduce_node(self)

    def __setstate__(self, state: Any) -> None:
        from autograd.copying import restore_leaf

        restore_leaf(self, state)

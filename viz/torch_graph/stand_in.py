"""Stand-ins: nodes of our own for what PyTorch has recorded, so that every view can read them."""

from __future__ import annotations

from typing import Any, ClassVar, NoReturn

from autograd import Node
from autograd.node import CONSTANT


class TorchOperation:
    """What a function of PyTorch's graph is called; it cannot be run from here."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name


class TorchNode(Node):
    """Stands for a tensor that a function of PyTorch's graph has made, or for a leaf.

    Its `data` is None where PyTorch did not keep it: not computed, which is not 0.
    """

    # As in a Tensor: the stand-ins of the operands, and parameters of the operation.
    __slots__ = ("_args", "_params")

    # Above all carriers: an operation on a stand-in is refused, whatever the other operand is.
    _rank: ClassVar[int] = 3

    _args: tuple[TorchNode, ...]
    _params: dict[str, Any]

    def __init__(self, op: Any, data: Any, scope: str = "", name: str = "") -> None:
        self._init_leaf(data, requires_grad=True, name=name)
        self._op = op
        self._scope = scope
        self._args = ()
        self._params = {}

    @classmethod
    def variable(cls, data: Any, scope: str, name: str) -> TorchNode:
        """A leaf that requires a gradient."""
        return cls(None, data, scope, name)

    @classmethod
    def constant(cls, data: Any) -> TorchNode:
        """An operand that requires no gradient."""
        return cls(CONSTANT, data)

    @classmethod
    def computed(
        cls, op: str, data: Any, operands: tuple[TorchNode, ...], scope: str, **params: Any
    ) -> TorchNode:
        """What an operation has made."""
        node = cls(TorchOperation(op), data, scope)
        node._args, node._params = operands, params
        return node

    @property
    def inputs(self) -> tuple[Node, ...]:
        """The operands, one per argument slot up to the last that requires a gradient."""
        return self._args

    @property
    def params(self) -> dict[str, Any]:
        """Arguments of the operation that are not operands."""
        return self._params

    def trace(self, gradient: Any = None) -> NoReturn:
        """Refuse: PyTorch has gone back through its graph, and only PyTorch can."""
        raise RuntimeError(
            f"{self._label()} stands for a tensor of PyTorch, from which only PyTorch can go back; "
            "the gradients are in the Trace that viz.from_torch returned: pass that."
        )

    def backward(self, *args: Any, **options: Any) -> NoReturn:
        """Refuse, as `trace` does."""
        self.trace()

    def _convert_data(self, data: Any) -> NoReturn:
        raise TypeError(f"{self._label()} shows what PyTorch computed; its data cannot be changed.")

    @staticmethod
    def _record(primitive: Any, args: Any, params: Any) -> NoReturn:
        raise TypeError(
            f"{primitive.name} was given a node that stands for a tensor of PyTorch; it can be "
            "looked at, but not calculated with: use its .data, or the tensor itself."
        )

    def detach(self) -> TorchNode:
        """A constant with the same data."""
        return TorchNode(CONSTANT, self._raw, self._scope, self.name)

    def __repr__(self) -> str:
        return f"<{self._label()}>"

"""Receptive fields: on how much of the input an element depends, read from the graph."""

from __future__ import annotations

from typing import Any, NamedTuple

from autograd import Node
from nn.functional.sizes import per_axis
from nn.layers.convolution import Conv1d, Conv2d, Conv3d
from nn.layers.pooling import (
    AvgPool1d,
    AvgPool2d,
    AvgPool3d,
    LPPool1d,
    LPPool2d,
    LPPool3d,
    MaxPool1d,
    MaxPool2d,
    MaxPool3d,
)
from nn.module import Module

_CONVOLUTIONS = (Conv1d, Conv2d, Conv3d)
_POOLINGS = (
    *(MaxPool1d, MaxPool2d, MaxPool3d),
    *(AvgPool1d, AvgPool2d, AvgPool3d),
    *(LPPool1d, LPPool2d, LPPool3d),
)

#: Operations that are not element by element, and keep what lies side by side together.
_KEEPS_PLACES = {"concatenate", "pad"}


class _Field(NamedTuple):
    """Along each axis: how many elements of the input, and how far neighbours are apart."""

    size: tuple[int, ...]
    step: tuple[int, ...]


#: Of the input itself, whatever axes it has; of what does not depend on it; of what depends on it
#: in a way that is not known.
_ORIGIN, _NONE, _UNKNOWN = _Field((), ()), None, _Field((0,), (0,))


def is_window(module: Module) -> bool:
    """Whether a module moves a window over its input: a convolution or pooling."""
    return isinstance(module, _CONVOLUTIONS + _POOLINGS)


class Fields:
    """The receptive fields of nodes.

    Parameters
    ----------
    inputs : list
        What the model is called with.
    """

    def __init__(self, inputs: list[Any]) -> None:
        self._known: dict[int, _Field | None] = {id(x): _ORIGIN for x in inputs}
        # Nodes that are known must live: ids of dead ones are given anew.
        self._alive: list[Any] = list(inputs)

    def of(self, output: Any) -> tuple[int, ...]:
        """The size along each axis; empty where it is not known or there was no window."""
        field = self._find(output) if isinstance(output, Node) else _NONE
        return () if field in (_NONE, _UNKNOWN) else field.size

    def widen(self, window: Module, input: Any, output: Any) -> None:
        """Note what a convolution or pooling made of its input."""
        self._note(output, _widened(self._find(input), window))

    def _note(self, node: Any, field: _Field | None) -> None:
        self._known[id(node)] = field
        self._alive.append(node)

    def _find(self, output: Any) -> _Field | None:
        """The field of a node, from what is known before it in the graph."""
        stack = [output]
        while stack:
            node = stack[-1]
            waiting = [
                before
                for before in getattr(node, "inputs", ())
                if id(node) not in self._known and id(before) not in self._known
            ]
            if waiting:
                stack.extend(waiting)
                continue
            stack.pop()
            if id(node) not in self._known:
                fields = [self._known[id(before)] for before in getattr(node, "inputs", ())]
                self._note(node, _joined(fields, _keeps_places(node)))
        return self._known[id(output)]


def _widened(field: _Field | None, window: Any) -> _Field | None:
    if field in (_NONE, _UNKNOWN):
        return field
    axes = window._axes
    kernel, stride, dilation = (
        per_axis(name, getattr(window, name, 1), axes)
        for name in ("kernel_size", "stride", "dilation")
    )
    sizes, steps = field.size or (1,) * axes, field.step or (1,) * axes
    return _Field(
        tuple(
            size + (k - 1) * d * step
            for size, step, k, d in zip(sizes, steps, kernel, dilation, strict=True)
        ),
        tuple(step * s for step, s in zip(steps, stride, strict=True)),
    )


def _joined(fields: list[_Field | None], keeps_places: bool) -> _Field | None:
    """The field of what is computed from several things."""
    there = [field for field in fields if field is not _NONE]
    if not there:
        return _NONE
    wide = [field for field in there if field != _ORIGIN]
    if not keeps_places or _UNKNOWN in wide or len({len(field.size) for field in wide}) > 1:
        return _UNKNOWN
    if not wide:
        return _ORIGIN
    return _Field(
        tuple(map(max, zip(*(field.size for field in wide), strict=True))),
        tuple(map(max, zip(*(field.step for field in wide), strict=True))),
    )


def _keeps_places(node: Node) -> bool:
    return bool(getattr(node._op, "derivatives", ())) or node.op in _KEEPS_PLACES

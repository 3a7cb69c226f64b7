"""Summaries: the layers of a model, what they give, and how many numbers they learn."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from html import escape
from typing import Any, TypeAlias

import numpy as np

from autograd import Node, Tensor, ValueArray, no_grad
from nn.aliases import DTypeLike
from nn.module import Module
from nn.parameter import Parameter
from nn.receptive_fields import Fields, is_window

#: A shape, or a tuple of shapes where a module gives several arrays.
Shapes: TypeAlias = tuple[Any, ...]


@dataclass
class Layer:
    """A row of a summary.

    Attributes
    ----------
    path : str
        The dotted name of the module; empty for the model itself.
    kind : str
        Its class.
    parameters, frozen : int
        How many numbers it learns itself, without the modules inside, and how many it does not
        because they are frozen. What is shared is counted where it stands first.
    output_shape : tuple or None
        Of what it gave when it was called last; None if it was not called.
    calls : int
        How often it was called.
    receptive_field : tuple of int
        Elements of the input, along each spatial axis, on which one element of its output
        depends; empty where that is not known, or everything.
    """

    path: str
    kind: str
    parameters: int
    frozen: int
    output_shape: Shapes | None = None
    calls: int = 0
    receptive_field: tuple[int, ...] = ()

    def cells(self) -> list[str]:
        """What stands in the columns after the first."""
        shape = "-" if self.output_shape is None else str(self.output_shape)
        counts = [f"{self.parameters:,}"] if self.parameters else []
        counts += [f"{self.frozen:,} frozen"] if self.frozen else []
        return [
            shape + (f" × {self.calls}" if self.calls > 1 else ""),
            " + ".join(counts),
            " × ".join(map(str, self.receptive_field)),
        ]


class Summary:
    """The layers of a model as a table, printed or shown in a notebook.

    Attributes
    ----------
    layers : list of Layer
        The model and all modules inside.
    parameters, frozen : int
        How many numbers are learned, and how many are frozen.
    parameter_bytes, output_bytes : int
        Memory of parameters and buffers, and of the outputs of all innermost layers for this
        input. Training takes about as much again for the gradients of each, and what the
        optimiser keeps.
    """

    def __init__(self, layers: list[Layer], parameter_bytes: int, output_bytes: int) -> None:
        self.layers = layers
        self.parameters = sum(layer.parameters for layer in layers)
        self.frozen = sum(layer.frozen for layer in layers)
        self.parameter_bytes = parameter_bytes
        self.output_bytes = output_bytes

    def _head(self) -> list[str]:
        has_fields = any(layer.receptive_field for layer in self.layers)
        return ["layer", "output shape", "parameters", *["receptive field"] * has_fields]

    def _rows(self) -> Iterator[tuple[int, list[str]]]:
        """How deep each layer lies, and its cells."""
        columns = len(self._head())
        for layer in self.layers:
            name = layer.path.rpartition(".")[2]
            label = f"{name} ({layer.kind})" if name else layer.kind
            depth = layer.path.count(".") + 1 if layer.path else 0
            yield depth, [label, *layer.cells()][:columns]

    def _totals(self) -> str:
        frozen = f" and {self.frozen:,} frozen" if self.frozen else ""
        return (
            f"{self.parameters:,} parameters to learn{frozen}; "
            f"{_memory(self.parameter_bytes)} of parameters and buffers, "
            f"{_memory(self.output_bytes)} of outputs"
        )

    def __str__(self) -> str:
        rows = [["  " * depth + label, *cells] for depth, (label, *cells) in self._rows()]
        table = [self._head(), *rows]
        widths = [max(map(len, column)) for column in zip(*table, strict=True)]
        # Numbers of parameters stand right, under each other.
        lines = [
            "  ".join(
                f"{cell:>{width}}" if column == 2 else f"{cell:<{width}}"
                for column, (cell, width) in enumerate(zip(row, widths, strict=True))
            ).rstrip()
            for row in table
        ]
        return "\n".join([*lines, self._totals()])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        head = "".join(f"<th>{name}</th>" for name in self._head())
        body = "".join(
            f'<tr><td style="text-align:left;padding-left:{depth + 0.5}em">{escape(label)}</td>'
            + "".join(f"<td>{escape(cell)}</td>" for cell in cells)
            + "</tr>"
            for depth, (label, *cells) in self._rows()
        )
        return (
            f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
            f"<p>{self._totals()}</p>"
        )


def summary(
    model: Module,
    input_shape: tuple[int, ...] | Sequence[tuple[int, ...]],
    *,
    dtype: DTypeLike | None = None,
) -> Summary:
    """Run a model once on zeros, in evaluation mode, and list its layers.

    The model is as before afterwards: a copy runs, which shares its parameters.

    Parameters
    ----------
    model : Module
        With all its layers.
    input_shape : tuple of int
        The shape of the array with which the model is called, batch included, as of ``x[:1]``:
        ``(1, 1, 28, 28)``. A list of shapes for a model that is called with several.
    dtype : dtype, optional
        Of the zeros: an integer one for a model that begins with an `Embedding`. By default that
        of the parameters.

    Returns
    -------
    Summary
        To be printed, or shown in a notebook.

    Raises
    ------
    ValueError
        If that is no shape, or the model cannot be called with it; the sentence names the layer.

    Notes
    -----
    Receptive fields follow r ← r + (k − 1)·d·s, where s is how far apart neighbouring outputs lie
    in the input (Araujo, Norris and Sim 2019). They pass through convolutions, poolings, and
    element-by-element operations, along the longest way where there are several.

    Examples
    --------
    >>> from nn import Conv2d, Flatten, Linear, MaxPool2d, ReLU, Sequential
    >>> model = Sequential(Conv2d(1, 4, 3), ReLU(), MaxPool2d(2), Flatten(), Linear(36, 10))
    >>> print(model.summary((1, 1, 8, 8)))
    layer            output shape  parameters  receptive field
    Sequential       (1, 10)
      0 (Conv2d)     (1, 4, 6, 6)          40  3 × 3
      1 (ReLU)       (1, 4, 6, 6)              3 × 3
      2 (MaxPool2d)  (1, 4, 3, 3)              4 × 4
      3 (Flatten)    (1, 36)
      4 (Linear)     (1, 10)              370
    410 parameters to learn; 1.6 KiB of parameters and buffers, 1.45 KiB of outputs
    """
    shapes = _checked(input_shape)
    twin = copy.deepcopy(model, {id(p): p for p in model.parameters()}).eval()
    windows = any(is_window(module) for module in twin.modules())
    inputs = [_zeros(shape, dtype, twin) for shape in shapes]
    watch = _Watch(twin, inputs)
    # Receptive fields are found in the graph; where there are none, it is not recorded.
    with nullcontext() if windows else no_grad(), np.errstate(all="ignore"):
        twin(*inputs)
    arrays = [*{id(p): p.data for p in twin.parameters()}.values(), *twin.buffers()]
    return Summary(watch.layers, sum(np.asarray(a).nbytes for a in arrays), watch.output_bytes)


class _Watch:
    """Takes notes in the rows while a model runs."""

    def __init__(self, model: Module, inputs: list[Any]) -> None:
        self.layers: list[Layer] = []
        self.output_bytes = 0
        self._fields = Fields(inputs)
        counted: set[int] = set()
        for path, module in model.named_modules():
            parameters = [p for p in _own(module) if id(p) not in counted]
            counted |= {id(p) for p in parameters}
            learned = sum(p.size for p in parameters if p.requires_grad)
            frozen = sum(p.size for p in parameters) - learned
            layer = Layer(path, type(module).__name__, learned, frozen)
            self.layers.append(layer)
            vars(module)["forward"] = self._noting(module, layer)

    def _noting(self, module: Module, layer: Layer) -> Callable[..., Any]:
        forward = module.forward
        innermost = next(module.children(), None) is None

        def noting(*args: Any, **kwargs: Any) -> Any:
            output = forward(*args, **kwargs)
            layer.calls += 1
            layer.output_shape = _shapes(output)
            if is_window(module) and args:
                # Max pooling may give places, too.
                largest = output[0] if isinstance(output, tuple) else output
                self._fields.widen(module, args[0], largest)
            layer.receptive_field = self._fields.of(output)
            if innermost:
                self.output_bytes += _bytes(output)
            return output

        return noting


def _checked(input_shape: Any) -> list[tuple[int, ...]]:
    """The shapes of the inputs."""
    several = isinstance(input_shape, list)
    shapes = input_shape if several else [input_shape]
    for shape in shapes:
        if not isinstance(shape, tuple) or not all(
            isinstance(length, int | np.integer) and length > 0 for length in shape
        ):
            raise ValueError(
                "input_shape is the shape of the array with which the model is called, a tuple "
                f"such as (1, 1, 28, 28) with the batch in front, but {input_shape!r} was given."
            )
    return list(shapes)


def _zeros(shape: tuple[int, ...], dtype: DTypeLike | None, model: Module) -> Any:
    """An input: a variable where that is possible, so that what is made of it is recorded."""
    parameter = next(model.parameters(), None)
    on_tensors = not isinstance(parameter, ValueArray)
    if dtype is None:
        dtype = parameter.dtype if isinstance(parameter, Parameter) else np.float32
    zeros = np.zeros(shape, dtype)
    return Tensor(zeros) if on_tensors and zeros.dtype.kind == "f" else zeros


def _own(module: Module) -> Iterator[Any]:
    """The parameters that a module has itself."""
    return (value for value in vars(module).values() if isinstance(value, Parameter | ValueArray))


def _shapes(output: Any) -> Shapes:
    if isinstance(output, tuple | list):
        return tuple(_shapes(part) for part in output if part is not None)
    return tuple(np.shape(output.data if isinstance(output, Node) else output))


def _bytes(output: Any) -> int:
    if isinstance(output, tuple | list):
        return sum(_bytes(part) for part in output if part is not None)
    return math.prod(_shapes(output)) * np.asarray(getattr(output, "data", output)).itemsize


def _memory(count: int) -> str:
    size = float(count)
    for unit in ("bytes", "KiB", "MiB"):
        if size < 1000:
            return f"{size:.3g} {unit}"
        size /= 1024
    return f"{size:.3g} GiB"

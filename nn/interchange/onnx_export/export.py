"""Writing a model as an ONNX file."""

from __future__ import annotations

import inspect
import warnings
from typing import Any

import numpy as np

from autograd import ValueArray
from autograd.containers import leaves, map_leaves
from autograd.primitives import data_of
from nn.aliases import Array
from nn.interchange.onnx_export.graph import Graph
from nn.interchange.onnx_export.layers import find_whole
from nn.interchange.onnx_export.operators import TRANSLATIONS
from nn.interchange.onnx_export.recording import (
    Differs,
    Dim,
    Recording,
    merge,
    record,
)
from nn.interchange.onnx_export.symbols import Step
from nn.module import Module
from nn.serialization import Path, write_whole

#: The version of the operators, and the oldest of the file that has them.
_OPSET, _IR = 20, 9

#: What the encoding of the file can hold.
_LARGEST = 2**31

#: How the number of records is called in the file.
_RECORDS = "N"


def to_onnx(model: Module, example: Any, path: Path, *, batch_axis: int | None = 0) -> None:
    """Write what a model computes, in eval mode, as an ONNX file.

    The model runs on the example, and once more on other numbers and another number of records:
    what is the same both times goes into the file. Its parameters and buffers are there under
    their keys in the state dict, and numbers are of the dtype that they have in the model.

    Parameters
    ----------
    model : Module
        Made of any layers of `nn`, or with a forward() written with numpy's functions and those
        of `nn.functional`. It stays as it is.
    example : array_like, or tuple of them
        What the model is called with; several arguments, or such as a pair (h, c), as tuples.
        Floating numbers take the dtype of the parameters.
    path : str or PathLike
        Where to. The file appears under its name only when it is complete.
    batch_axis : int or None, default 0
        The axis of every input along which the file shall take any number of records. None
        fixes all lengths.

    Notes
    -----
    The file has the operators of opset 20, which ONNX Runtime runs from version 1.17 on. In a
    model of doubles, those which that has in single precision only (convolutions, recurrent
    layers, erf …) stand between casts.

    Raises
    ------
    ImportError
        If the package onnx is not installed.
    TypeError
        If the model decides by the numbers in its input what to do, or does something with them
        that ONNX has no operator for; operation and module are named.

    Warns
    -----
    UserWarning
        If the file takes as many records as the example has only, and why.

    Examples
    --------
    >>> import numpy as np                                          # doctest: +SKIP
    >>> nn.to_onnx(model, np.zeros((1, 1, 28, 28)), "model.onnx")   # doctest: +SKIP
    """
    onnx = _import_onnx()
    if not isinstance(model, Module):
        raise TypeError(f"to_onnx writes an nn.Module, but {type(model).__name__} was given.")
    if any(isinstance(parameter, ValueArray) for parameter in model.parameters()):
        raise TypeError("to_onnx writes a model on arrays; this one works on scalar nodes.")
    inputs = _prepared(model, example)
    graph = _graph(model, inputs, batch_axis)
    write_whole(path, [_file(onnx, graph, type(model).__name__)])


def _import_onnx() -> Any:
    try:
        import onnx
    except ImportError as error:
        raise ImportError(
            "to_onnx needs the package onnx: pip install 'glassgrad[export]'."
        ) from error
    return onnx


# --- inputs ---------------------------------------------------------------------------------------


def _prepared(model: Module, example: Any) -> tuple[Any, ...]:
    """The arguments as arrays; floating ones in the dtype of the parameters."""
    kinds = [parameter.dtype for parameter in model.parameters()]

    def prepared(given: Any) -> Array:
        array: Array = np.array(data_of(given))
        return array.astype(kinds[0]) if array.dtype.kind == "f" and kinds else array

    arguments = example if isinstance(example, tuple) else (np.asarray(example),)
    found: tuple[Any, ...] = map_leaves(prepared, arguments)
    return found


def _input_names(model: Module, inputs: tuple[Any, ...]) -> list[str]:
    """Named as the arguments of forward(); numbered, where one consists of several."""
    parameters = list(inspect.signature(model.forward).parameters)
    names = []
    for i, given in enumerate(inputs):
        name = parameters[i] if i < len(parameters) else f"input_{i}"
        many = len(leaves(given))
        names += [name] if many == 1 else [f"{name}_{j}" for j in range(many)]
    return names


# --- from the model to the graph ------------------------------------------------------------------


def _graph(model: Module, inputs: tuple[Any, ...], batch_axis: int | None) -> Graph:
    """The graph of what the model does with the example, as far as it holds for others too."""
    records = None if batch_axis is None else _records(inputs, batch_axis)
    first = record(model, inputs)
    names = _input_names(model, inputs)
    why = ""
    if batch_axis is not None and records is not None:
        more = map_leaves(lambda array: _longer(array, batch_axis), inputs)
        try:
            return _translated(merge(first, record(model, _otherwise(more)), records), names)
        except Differs as error:
            why = f"their number enters {error}."
        except (ValueError, IndexError) as error:
            why = f"with one record more the model says: {error}"
    try:
        # Equal numbers of records: whatever differs depends on the numbers in the inputs.
        merged = merge(first, record(model, _otherwise(inputs)), (1, 1))
    except Differs as error:
        raise TypeError(
            f"to_onnx cannot follow an array that depends on the inputs: {error} would be right "
            "for this example only."
        ) from None
    graph = _translated(merged, names)
    if why:
        warnings.warn(
            f"the ONNX file takes only as many records as the example has, because {why}",
            stacklevel=3,
        )
    return graph


def _records(inputs: tuple[Any, ...], axis: int) -> tuple[int, int]:
    """How many records the example has, and how many its longer version."""
    shapes = [array.shape for array in leaves(inputs)]
    counts = {shape[axis] for shape in shapes if len(shape) > axis}
    if len(counts) != 1 or 0 in counts:
        raise ValueError(
            f"to_onnx needs inputs with the same number of records along axis {axis}, but the "
            f"example has the shapes {', '.join(map(str, shapes))}; pass batch_axis=None to fix "
            "them."
        )
    return (count := counts.pop()), count + 1


def _longer(array: Array, axis: int) -> Array:
    """The same with one record more."""
    if array.ndim <= axis:
        return array
    longer: Array = np.take(array, np.arange(array.shape[axis] + 1) % array.shape[axis], axis)
    return longer


def _otherwise(inputs: tuple[Any, ...]) -> tuple[Any, ...]:
    """Other numbers of the same kind: backwards, and floating ones moved a little."""

    def other(array: Array) -> Array:
        backwards = array.reshape(-1)[::-1].reshape(array.shape)
        if array.dtype.kind != "f":
            return backwards
        noise = np.random.default_rng(0).uniform(0.05, 0.1, array.shape)
        return (backwards + noise).astype(array.dtype)

    found: tuple[Any, ...] = map_leaves(other, inputs)
    return found


def _translated(recording: Recording, names: list[str]) -> Graph:
    """The graph of a recording, with names for the inputs."""
    graph = Graph(recording)
    for name, symbol in zip(names, recording.inputs, strict=True):
        graph.name(symbol, name)
    for step in recording.steps:
        _translate(graph, step)
    graph.scope = ""
    return graph


def _translate(graph: Graph, step: Step) -> None:
    graph.scope = step.scope
    where = f"in {step.scope!r}" if step.scope else "in the model"
    try:
        if "layer" in step.params:
            layer = step.params["layer"]
            whole = find_whole(layer)
            assert whole is not None
            names = whole.translate(graph, step, layer, *step.inputs)
        elif step.op in TRANSLATIONS:
            names = [TRANSLATIONS[step.op](graph, step)]
        else:
            raise NotImplementedError
    except Differs as error:
        raise Differs(f"{step.op} {where} ({error})") from None
    except NotImplementedError:
        raise TypeError(
            f"to_onnx has no translation for {step.op} {where} with operands of shape "
            f"{' and '.join(str(np.shape(x)) for x in step.inputs)}."
        ) from None
    for symbol, name in zip(step.outputs, names, strict=True):
        graph.name(symbol, name)


# --- writing --------------------------------------------------------------------------------------


def _file(onnx: Any, graph: Graph, title: str) -> bytes:
    """The bytes of the file, checked."""
    helper, to_type = onnx.helper, onnx.helper.np_dtype_to_tensor_dtype
    outputs = _named(graph, graph.recording.outputs)
    for node in graph.nodes:
        if node["op_type"] == "Cast":
            node["to"] = to_type(node["to"])

    def described(name: str, dtype: Any, shape: tuple[int, ...]) -> Any:
        return helper.make_tensor_value_info(name, to_type(dtype), [_length(n) for n in shape])

    if sum(array.nbytes for array in graph.initializers.values()) >= _LARGEST:
        raise ValueError("the model has 2 GB of numbers or more, which one ONNX file cannot hold.")
    made = helper.make_graph(
        [helper.make_node(**node) for node in graph.nodes],
        title,
        [
            described(graph.value(symbol), symbol.dtype, graph.shape(symbol))
            for symbol in graph.recording.inputs
        ],
        [described(name, graph.dtype(name), graph.shape(out)) for name, out in outputs],
        [onnx.numpy_helper.from_array(array, name) for name, array in graph.initializers.items()],
    )
    model = helper.make_model(
        made,
        producer_name="glassgrad",
        ir_version=_IR,
        opset_imports=[helper.make_opsetid("", _OPSET)],
    )
    onnx.checker.check_model(model, full_check=True)
    content: bytes = model.SerializeToString()
    return content


def _named(graph: Graph, outputs: list[Any]) -> list[tuple[str, Any]]:
    """The outputs with their names."""
    names = ["output"] if len(outputs) == 1 else [f"output_{i}" for i in range(len(outputs))]
    return [
        (graph.rename(graph.value(output), name), output)
        for name, output in zip(names, outputs, strict=True)
    ]


def _length(length: int) -> int | str:
    if not isinstance(length, Dim):
        return int(length)
    return _RECORDS if length.times == 1 else f"{length.times}*{_RECORDS}"

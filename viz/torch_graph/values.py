"""What PyTorch still knows of the forward pass: values that functions saved, and notes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from viz.torch_graph.backpropagation import Function
from viz.torch_graph.notes import note_of

#: A function, and the number of one of its outputs.
Output = tuple[Function, int]

#: Functions that give the numbers they are given in another shape or type, and how; the second
#: argument says what was made. What they make is seldom saved.
_SHAPED: dict[str, Callable[[Any, Any], Any]] = {
    "TBackward0": lambda x, made: x.t(),
    "ToCopyBackward0": lambda x, made: x.to(made.dtype),
    "UnsafeViewBackward0": lambda x, made: x.reshape(made.shape),
    "ViewBackward0": lambda x, made: x.reshape(made.shape),
}


def shaped(function: Function, operand: Any) -> Any:
    """What a function made of an operand, if it only changes its shape or type; else None."""
    shape = _SHAPED.get(function.name())
    return None if shape is None else shape(operand, function._input_metadata[0])


#: Under which name functions save an operand, slot by slot. One that requires no gradient is known
#: from this alone.
_OPERANDS = {
    "AddmmBackward0": ("", "mat1", "mat2"),
    "BmmBackward0": ("self", "mat2"),
    "ConvolutionBackward0": ("input", "weight"),
    "DivBackward0": ("self", "other"),
    "DotBackward0": ("self", "tensor"),
    "MmBackward0": ("self", "mat2"),
    "MulBackward0": ("self", "other"),
    "MvBackward0": ("self", "vec"),
}


def saved_operand(function: Function, slot: int) -> Any:
    """The operand in a slot, if the function saved it; else None."""
    name = dict(enumerate(_OPERANDS.get(function.name(), ()))).get(slot)
    if not name or is_recomputed(function):
        return None
    return getattr(function, f"_saved_{name}")


def known_values(functions: Sequence[Function], leaves: Iterable[Function]) -> dict[Output, Any]:
    """The tensors that functions made, as far as they are still known.

    Parameters
    ----------
    functions : sequence of Function
        Of the graph.
    leaves : iterable of Function
        What hands gradients to the variables.
    """
    known = {(leaf, 0): leaf.variable.detach().clone() for leaf in leaves}
    for function in functions:
        for tensor in saved_tensors(function):
            # A saved tensor still knows which function made it.
            if tensor.grad_fn is not None:
                known[tensor.grad_fn, tensor.output_nr] = tensor
    for function in functions:
        note = note_of(function)
        if note is not None:
            known.update({(function, i): value for i, value in note.values.items()})
    return known


def saved_tensors(function: Function) -> Iterator[Any]:
    """What a function saved for its derivative, except what has to be computed again first."""
    if is_recomputed(function):
        return
    for name in _raw_names(function):
        # A function written in Python has one attribute for all that it saved.
        name = "saved_tensors" if name == "_raw_saved_tensors" else name.removeprefix("_raw")
        yield from (item for item in _listed(getattr(function, name)) if hasattr(item, "grad_fn"))


def is_recomputed(function: Function) -> bool:
    """Whether looking at what a function saved runs code of the user's, such as a checkpoint."""
    saved = (item for name in _raw_names(function) for item in _listed(getattr(function, name)))
    return any(getattr(item, "unpack_hook", None) is not None for item in saved)


def _raw_names(function: Function) -> list[str]:
    """The attributes that hold what a function saved, as it was packed."""
    return [name for name in dir(function) if name.startswith("_raw_saved_")]


def _listed(saved: Any) -> Iterable[Any]:
    return saved if isinstance(saved, list | tuple) else (saved,)

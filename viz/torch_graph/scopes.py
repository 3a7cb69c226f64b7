"""Which module of a model each function of PyTorch's graph belongs to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import takewhile

from viz.torch_graph.backpropagation import Function
from viz.torch_graph.notes import Note, note_of
from viz.torch_graph.operations import SHAPING, operation_name


def scopes_of(functions: Sequence[Function], leaves: Mapping[Function, str]) -> dict[Function, str]:
    """Scopes of functions: as noted while the model ran, else as the parameters suggest.

    Parameters
    ----------
    functions : sequence of Function
        Each after its operands.
    leaves : mapping of Function to str
        The module of every named parameter.
    """
    noted = {f: note for f in functions if (note := note_of(f)) is not None}
    return _from_notes(functions, noted) if noted else _from_parameters(functions, leaves)


def _from_notes(
    functions: Sequence[Function], noted: Mapping[Function, Note]
) -> dict[Function, str]:
    """A function without a note was called by the one that uses what it made: inside PyTorch."""
    scopes: dict[Function, str] = {}
    for function in reversed(functions):
        if function in noted:
            scopes[function] = noted[function].scope
        scope = scopes.setdefault(function, "")
        for operand in _operands(function):
            scopes[operand] = scope
    return scopes


def _from_parameters(
    functions: Sequence[Function], leaves: Mapping[Function, str]
) -> dict[Function, str]:
    """A function of parameters is in their module, any other around the module that feeds it."""
    scopes: dict[Function, str] = dict(leaves)
    parameters = set(leaves)  # also reshaped or cast
    layers: set[Function] = set()  # what parameters were used in
    place = {function: i for i, function in enumerate(functions)}
    for function in functions:
        operands = [operand for operand in _operands(function) if operand in scopes]
        owners = [operand for operand in operands if operand in parameters]
        feeding = [operand for operand in operands if operand in layers]
        if owners:
            scopes[function] = _common(scopes[operand] for operand in owners)
            shaped = operation_name(function) in SHAPING
            (parameters if shaped else layers).add(function)
        elif feeding:
            scopes[function] = _common(_around(scopes[operand]) for operand in feeding)
        else:
            newest = max(operands, key=place.__getitem__, default=None)
            scopes[function] = "" if newest is None else scopes[newest]
    return scopes


def _operands(function: Function) -> Iterable[Function]:
    return (operand for operand, _ in function.next_functions if operand is not None)


def _around(scope: str) -> str:
    """The module that contains a module."""
    return scope.rpartition(".")[0]


def _common(scopes: Iterable[str]) -> str:
    """The innermost module that contains all of these."""
    paths = sorted(scope.split(".") for scope in scopes)
    # What the first and the last in order share, all between them share.
    pairs = zip(paths[0], paths[-1], strict=False)
    return ".".join(a for a, _ in takewhile(lambda pair: pair[0] == pair[1], pairs))

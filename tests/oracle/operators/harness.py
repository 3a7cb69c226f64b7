"""PyTorch's operator database run through the numpy-named functions that correspond to it.

A module of this folder maps operators to adapters: ``OPERATORS[name](input, *args, **kwargs)``
calls what a numpy user would call. It gets the arguments of a sample with every tensor that
requires a gradient as `autograd.Tensor`, every other one as an array, and every dtype as numpy's.
``LEFT_OUT[name]`` says why there is no adapter; ``TOLERANCES[name]`` may give a relative
tolerance, and the reason, where PyTorch itself is less exact than `RTOL`.

PyTorch is loaded when the first operator is examined, so that tests can be collected without it.
"""

from __future__ import annotations

import importlib
import pkgutil
import warnings
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from autograd import Tensor
from tests.oracle.operators.aliases import COPIES

RTOL = 1e-9
ATOL = 1e-11


@dataclass(frozen=True)
class Verdict:
    """How an operator fared: its failures by sample, nothing where all are right."""

    name: str
    samples: int
    failures: dict[int, str]

    @property
    def right(self) -> bool:
        return self.samples > 0 and not self.failures


# --- what is mapped ---------------------------------------------------------------------------


@cache
def families() -> dict[str, Any]:
    """The modules of this folder that map operators, by name."""
    names = [module.name for module in pkgutil.iter_modules([str(Path(__file__).parent)])]
    modules = {
        name: importlib.import_module(f"tests.oracle.operators.{name}")
        for name in names
        if name != "__main__"
    }
    return {name: module for name, module in modules.items() if hasattr(module, "OPERATORS")}


@cache
def tables() -> dict[str, dict[str, Any]]:
    """What the families state, merged: OPERATORS, LEFT_OUT and TOLERANCES."""
    merged: dict[str, dict[str, Any]] = {"OPERATORS": {}, "LEFT_OUT": {}, "TOLERANCES": {}}
    for name, module in families().items():
        for table, entries in merged.items():
            stated = getattr(module, table, {})
            if twice := entries.keys() & stated.keys():
                raise ValueError(f"{table} of {name}.py repeats {', '.join(sorted(twice))}.")
            entries.update(stated)
    return merged


@cache
def database() -> dict[str, Any]:
    """PyTorch's operators that are differentiable in float64, by name and variant."""
    with _quiet():
        import torch
        from torch.testing._internal.common_methods_invocations import op_db

        torch.set_num_threads(1)
        return {
            f"{op.name}.{op.variant_test_name}" if op.variant_test_name else op.name: op
            for op in op_db
            if op.supports_autograd and torch.float64 in op.dtypes
        }


@contextmanager
def _quiet() -> Iterator[None]:
    """PyTorch's own warnings (deprecations, sparse layouts in beta) are none of ours."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


# --- one operator -----------------------------------------------------------------------------


@cache
def examine(name: str) -> Verdict:
    """The verdict on an operator's adapter."""
    known = tables()
    rtol, _ = known["TOLERANCES"].get(name, (RTOL, ""))
    return judge(name, known["OPERATORS"][name], rtol)


def judge(name: str, adapter: Callable[..., Any], rtol: float = RTOL) -> Verdict:
    """Run every sample of an operator, forward and backward, on both engines."""
    import torch
    from torch.testing._internal.common_utils import set_rng_seed

    operator = database()[name]
    rng = np.random.default_rng(zlib.crc32(name.encode()))
    with _quiet():
        set_rng_seed(0)  # PyTorch's, numpy's and Python's: samples draw from all three
        samples = list(operator.sample_inputs("cpu", torch.float64, requires_grad=True))
    failures = {}
    for number, sample in enumerate(samples):
        given = (sample.input, sample.args, sample.kwargs)
        theirs = convert(given, once(_torch_variable))
        ours = convert(theirs, once(_our_argument))
        variables = _variables(theirs, ours)
        try:
            found = _run_ours(adapter, ours, sample.output_process_fn_grad)
            expected = _run_torch(operator, theirs, sample.output_process_fn_grad)
            complaint = _compare_all(found, expected, variables, rng, rtol)
        except Exception as error:  # whatever an adapter raises is its verdict
            complaint = f"{type(error).__name__}: {error}"
        if complaint:
            failures[number] = f"sample {number} ({_describe(given)}): {complaint}"
    return Verdict(name, len(samples), failures)


@dataclass(frozen=True)
class Variable:
    """An argument with a gradient, in both engines."""

    label: str
    theirs: Any
    ours: Tensor


@dataclass(frozen=True)
class Outputs:
    """Outputs in PyTorch's tensors, and the nodes of ours from which they were lifted."""

    tensors: list[Any]
    nodes: list[tuple[Any, Tensor]]


def _run_torch(operator: Any, arguments: Any, process: Callable[[Any], Any]) -> Outputs:
    input_, args, kwargs = arguments
    with _quiet():
        outputs = process(operator(input_, *args, **kwargs))
    return Outputs([tensor for _, tensor in leaves(outputs)], [])


def _run_ours(adapter: Any, arguments: Any, process: Callable[[Any], Any]) -> Outputs:
    """Our outputs as tensors, processed like PyTorch's own.

    The sample's processing takes from a result what is defined: not the sign of an eigenvector.
    """
    import torch

    nodes = []

    def lift(output: Any) -> Any:
        data = output.data if isinstance(output, Tensor) else output
        tensor = torch.from_numpy(np.array(data, order="C"))
        if isinstance(output, Tensor) and output.requires_grad:
            tensor.requires_grad_()
            nodes.append((tensor, output))
        return tensor

    input_, args, kwargs = arguments
    with np.errstate(all="ignore"):
        lifted = convert(adapter(input_, *args, **kwargs), lift)
    with _quiet():
        return Outputs([tensor for _, tensor in leaves(process(lifted))], nodes)


def _compare_all(
    found: Outputs, expected: Outputs, variables: list[Variable], rng: Any, rtol: float
) -> str | None:
    """The first difference between two runs, in outputs or gradients."""
    if len(found.tensors) != len(expected.tensors):
        return f"{len(found.tensors)} outputs instead of {len(expected.tensors)}"
    for i, pair in enumerate(zip(found.tensors, expected.tensors, strict=True)):
        if complaint := _compare(*map(_numbers, pair), rtol):
            return f"output {i}: {complaint}"
    cotangents = [_cotangent(tensor, rng) for tensor in expected.tensors]
    gradients = _pull_torch(expected, cotangents, [variable.theirs for variable in variables])
    _pull_ours(found, cotangents)
    for variable, gradient in zip(variables, gradients, strict=True):
        ours = variable.ours.grad
        if complaint := _compare(
            np.zeros(variable.ours.shape) if ours is None else np.asarray(ours),
            np.zeros(variable.ours.shape) if gradient is None else _numbers(gradient),
            rtol,
        ):
            return f"gradient of {variable.label}: {complaint}"
    return None


def _cotangent(output: Any, rng: Any) -> Any:
    """A random gradient for an output; None if it has none."""
    import torch

    if not output.requires_grad:
        return None
    numbers = rng.normal(size=tuple(output.shape))
    if output.is_complex():
        numbers = numbers + 1j * rng.normal(size=tuple(output.shape))
    return torch.from_numpy(np.array(numbers)).to(output.dtype)


def _pull_torch(outputs: Outputs, cotangents: list[Any], inputs: list[Any]) -> list[Any]:
    """Vector-Jacobian products by PyTorch; None where nothing arrives."""
    import torch

    seeded = [
        (tensor, cotangent)
        for tensor, cotangent in zip(outputs.tensors, cotangents, strict=True)
        if cotangent is not None and tensor.requires_grad
    ]
    if not seeded or not inputs:
        return [None] * len(inputs)
    with _quiet():
        tensors, seeds = zip(*seeded, strict=True)
        gradients = torch.autograd.grad(tensors, inputs, seeds, allow_unused=True)
    return list(gradients)


def _pull_ours(outputs: Outputs, cotangents: list[Any]) -> None:
    """The same by our sweep, which adds up in `grad`; PyTorch goes back through the processing."""
    pulled = _pull_torch(outputs, cotangents, [tensor for tensor, _ in outputs.nodes])
    for (_, node), cotangent in zip(outputs.nodes, pulled, strict=True):
        if cotangent is not None:
            node.backward(_numbers(cotangent))


def _compare(ours: Any, theirs: Any, rtol: float) -> str | None:
    """What is wrong with an array, if anything."""
    if ours.shape != theirs.shape:
        return f"shape {ours.shape} instead of {theirs.shape}"
    exact = theirs.dtype.kind in "biu"
    if ours.dtype.kind != theirs.dtype.kind or not (exact or ours.dtype == theirs.dtype):
        return f"dtype {ours.dtype} instead of {theirs.dtype}"
    if exact:
        wrong = ours != theirs
    else:
        wrong = ~np.isclose(ours, theirs, rtol=rtol, atol=ATOL, equal_nan=True)
    if not wrong.any():
        return None
    with np.errstate(all="ignore"):
        distance = np.abs(np.subtract(ours, theirs, dtype=np.result_type(ours, float)))
    distance = np.where(wrong, np.nan_to_num(distance, nan=np.inf), -1.0)
    place = np.unravel_index(np.argmax(distance), distance.shape)
    return (
        f"{np.count_nonzero(wrong)} of {wrong.size} elements differ, by up to "
        f"{distance[place]:.3g}: {ours[place]} instead of {theirs[place]} at "
        f"{tuple(map(int, place))}"
    )


# --- arguments --------------------------------------------------------------------------------


def convert(tree: Any, leaf: Callable[[Any], Any]) -> Any:
    """Nested lists, tuples and dicts with a function applied to what they hold."""
    if isinstance(tree, dict):
        return {key: convert(part, leaf) for key, part in tree.items()}
    if isinstance(tree, list | tuple):
        return (list if isinstance(tree, list) else tuple)(convert(part, leaf) for part in tree)
    return leaf(tree)


def leaves(tree: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """What nested lists, tuples and dicts hold, each with the path to it."""
    if isinstance(tree, dict):
        for key, part in tree.items():
            yield from leaves(part, f"{path}[{key!r}]")
    elif isinstance(tree, list | tuple):
        for i, part in enumerate(tree):
            yield from leaves(part, f"{path}[{i}]")
    else:
        yield path, tree


def once(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """A function that maps the same object to the same result, so that x + x stays that."""
    known: dict[int, Any] = {}

    def remembering(x: Any) -> Any:
        if id(x) not in known:
            known[id(x)] = function(x)
        return known[id(x)]

    return remembering


def _torch_variable(argument: Any) -> Any:
    """A tensor as a variable of its own, whatever the database computed it from."""
    import torch

    if not isinstance(argument, torch.Tensor):
        return argument
    return argument.detach().requires_grad_(argument.requires_grad)


def _our_argument(argument: Any) -> Any:
    import torch

    if isinstance(argument, torch.dtype):
        return torch.empty(0, dtype=argument).numpy().dtype
    if not isinstance(argument, torch.Tensor):
        return argument
    array = np.array(_numbers(argument))
    return Tensor(array) if argument.requires_grad else array


def _numbers(tensor: Any) -> Any:
    return tensor.numpy(force=True)  # also of a conjugate view, or of zeros that have no memory


def _variables(theirs: Any, ours: Any) -> list[Variable]:
    pairs = zip(leaves(theirs), leaves(ours), strict=True)
    variables = {
        id(node): Variable(_argument_name(path), tensor, node)
        for (path, tensor), (_, node) in pairs
        if isinstance(node, Tensor)
    }
    return list(variables.values())


def _argument_name(path: str) -> str:
    """``[0]`` is the input of a sample, ``[1][2]`` its args[2], ``[2]['dim']`` its dim."""
    kind, rest = path[1], path[3:]
    return ("input", "args", "kwargs")[int(kind)] + rest


def _describe(given: Any) -> str:
    """The arguments of a sample on one line, arrays as their shapes."""
    return ", ".join(
        f"{_argument_name(path)}={tuple(leaf.shape) if hasattr(leaf, 'shape') else repr(leaf)}"
        for path, leaf in leaves(given)
    )


# --- the score --------------------------------------------------------------------------------


def score() -> str:
    """How many operators are right, in one line."""
    verdicts = [examine(name) for name in tables()["OPERATORS"]]
    right = [verdict.name for verdict in verdicts if verdict.right]
    copies = len(right) - len({_original(name) for name in right})
    samples = sum(verdict.samples for verdict in verdicts)
    wrong = sum(len(verdict.failures) for verdict in verdicts)
    return (
        f"operators right: {len(right)} of {len(verdicts)} tried (aliases of others: {copies}); "
        f"samples: {samples - wrong} of {samples}; differentiable operators in PyTorch's "
        f"database: {len(database())}"
    )


def _original(name: str) -> str:
    """The operator of which this one is another name."""
    return next((original for original, copies in COPIES.items() if name in copies), name)


def missing() -> dict[str, str]:
    """Every operator of the database that has no adapter, and why."""
    known = tables()
    return {
        name: known["LEFT_OUT"].get(name, "not mapped")
        for name in database()
        if name not in known["OPERATORS"]
    }

"""PyTorch's module database run through the modules of the same names.

Every case makes a module and calls it, in training and outside it. Here the same is done with
`nn`: the parameters and buffers are PyTorch's, under PyTorch's keys, and outputs, gradients of
all inputs and of all parameters, and buffers afterwards have to agree. Where a case differs only
in what cannot matter here, such as the device, `arguments` says so.
"""

from __future__ import annotations

import inspect
import warnings
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import torch

import nn
from autograd import Tensor
from tests.oracle.modules.arguments import LEFT_OUT, our_arguments, prepared
from tests.oracle.operators.harness import convert, leaves, once

#: Relative and absolute tolerance of all comparisons.
RTOL = ATOL = 1e-10

#: Positional and named arguments.
Call = tuple[tuple[Any, ...], dict[str, Any]]


@dataclass(frozen=True)
class Verdict:
    """How a module fared: its failures by case, nothing where all are right."""

    name: str
    cases: int
    failures: dict[str, str]

    @property
    def whole(self) -> bool:
        return self.cases > 0 and not self.failures


# --- the database -----------------------------------------------------------------------------


@contextmanager
def _quiet() -> Iterator[None]:
    """PyTorch's own warnings (deprecations, padding to keep an extent) are none of ours."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@cache
def database() -> dict[str, Any]:
    """PyTorch's entries by the names of the modules."""
    with _quiet():
        from torch.testing._internal.common_modules import module_db

        torch.set_num_threads(1)
        return {entry.name.removeprefix("nn."): entry for entry in module_db}


def cases(name: str) -> Iterator[tuple[str, bool, Any]]:
    """A label, whether it is in training, and PyTorch's input, for every case of a module."""
    from torch.testing._internal.common_utils import set_rng_seed

    entry = database()[name]
    for training in (True, False):
        set_rng_seed(0)  # PyTorch's, numpy's and Python's: cases draw from all three
        with _quiet():
            inputs = entry.module_inputs_func(
                entry, device="cpu", dtype=torch.float64, requires_grad=True, training=training
            )
        for number, case in enumerate(inputs):
            yield f"{'train' if training else 'eval'} {number} {case.desc}".strip(), training, case


# --- one module -------------------------------------------------------------------------------


@cache
def examine(name: str) -> Verdict:
    """The verdict on the module of this name."""
    return judge(name, getattr(nn, name))


def judge(name: str, make: Callable[..., nn.Module]) -> Verdict:
    """Run every case of PyTorch's module of this name, with what `make` makes in our place."""
    rng = np.random.default_rng(zlib.crc32(name.encode()))
    failures, count = {}, 0
    for label, training, case in cases(name):
        count += 1
        try:
            # Numbers out of range are among the cases: both answer with NaN.
            with _quiet(), np.errstate(all="ignore"):
                complaint = compare(name, make, *_calls(case), training, rng)
        except Exception as error:  # whatever a module raises is its verdict
            complaint = f"{type(error).__name__}: {error}"
        if complaint:
            failures[label] = f"{label}: {complaint}"
    return Verdict(name, count, failures)


def _calls(case: Any) -> tuple[Call, Call]:
    """With what a module is made, and with what it is called."""
    made, called = case.constructor_input, case.forward_input
    return (made.args, made.kwargs), (called.args, called.kwargs)


def compare(
    name: str,
    make: Callable[..., nn.Module],
    given: Call,
    call: Call,
    training: bool,
    rng: np.random.Generator,
) -> str | None:
    """The first difference between both modules of a name, in whatever can be seen of them."""
    kind = getattr(torch.nn, name)
    theirs = kind(*given[0], **given[1], **_in_float64(name, given[1]))
    args, kwargs = our_arguments(name, *given)
    ours = make(*args, **kwargs)
    theirs.train(training)
    ours.train(training)
    if complaint := _same_keys(ours, theirs):
        return complaint
    _copy_state(ours, theirs)

    torch_call = convert(call, once(_own_variable))
    our_call = convert(torch_call, once(_our_argument))
    expected = _arrays(prepared(name, torch.log_softmax, theirs, torch_call))
    found = _arrays(prepared(name, nn.functional.log_softmax, ours, our_call))
    if complaint := _same_outputs(found, expected):
        return complaint
    _pull(found, expected, rng)
    return (
        _same_input_gradients(our_call, torch_call)
        or _same_parameter_gradients(ours, theirs)
        or _same_buffers(ours, theirs)
    )


def _in_float64(name: str, kwargs: dict[str, Any]) -> dict[str, Any]:
    """PyTorch's modules with parameters take a dtype; a stack of copies takes that of its layer."""
    kind = getattr(torch.nn, name)
    if "dtype" in kwargs or name in ("TransformerEncoder", "TransformerDecoder"):
        return {}
    accepted = inspect.signature(kind.__init__).parameters
    recurrent = issubclass(kind, torch.nn.RNNBase)
    return {"dtype": torch.float64} if "dtype" in accepted or recurrent else {}


# --- what is compared -------------------------------------------------------------------------


def _same_keys(ours: nn.Module, theirs: Any) -> str | None:
    found, expected = list(ours.state_dict()), list(theirs.state_dict())
    return None if found == expected else f"state keys {found} instead of {expected}"


def _copy_state(ours: nn.Module, theirs: Any) -> None:
    """PyTorch's state, with numbers that are not all 1 or 0 where they started so."""
    with torch.no_grad():
        for key, tensor in theirs.named_parameters():
            noise = np.random.default_rng(zlib.crc32(key.encode())).normal(size=tensor.shape)
            tensor += 0.1 * torch.from_numpy(np.asarray(noise))
    ours.load_state_dict({key: tensor.numpy() for key, tensor in theirs.state_dict().items()})


def _same_outputs(found: list[Any], expected: list[Any]) -> str | None:
    if len(found) != len(expected):
        return f"{len(found)} outputs instead of {len(expected)}"
    for number, (node, tensor) in enumerate(zip(found, expected, strict=True)):
        if complaint := _compare(_array(node), tensor.detach().numpy()):
            return f"output {number}: {complaint}"
        if isinstance(node, Tensor) and node.requires_grad != tensor.requires_grad:
            return f"output {number} requires_grad={node.requires_grad}"
    return None


def _pull(found: list[Any], expected: list[Any], rng: Any) -> None:
    """Random cotangents, pulled back through both."""
    seeded = [
        (node, tensor, np.asarray(rng.normal(size=tuple(tensor.shape))))
        for node, tensor in zip(found, expected, strict=True)
        if tensor.requires_grad
    ]
    if not seeded:
        return
    torch.autograd.backward(
        [tensor for _, tensor, _ in seeded], [torch.from_numpy(seed) for *_, seed in seeded]
    )
    # One sweep for all outputs, as there.
    sum(np.sum(node * seed) for node, _, seed in seeded).backward()


def _same_input_gradients(our_call: Any, torch_call: Any) -> str | None:
    for (path, node), (_, tensor) in zip(leaves(our_call), leaves(torch_call), strict=True):
        if not isinstance(node, Tensor):
            continue
        if complaint := _compare(_gradient(node), _torch_gradient(tensor)):
            return f"gradient of input {path}: {complaint}"
    return None


def _same_parameter_gradients(ours: nn.Module, theirs: Any) -> str | None:
    expected = dict(theirs.named_parameters())
    for key, parameter in ours.named_parameters():
        if complaint := _compare(_gradient(parameter), _torch_gradient(expected[key])):
            return f"gradient of {key}: {complaint}"
    return None


def _same_buffers(ours: nn.Module, theirs: Any) -> str | None:
    expected = dict(theirs.named_buffers())
    for key, buffer in ours.named_buffers():
        if complaint := _compare(buffer, expected[key].numpy()):
            return f"buffer {key}: {complaint}"
    return None


def _compare(ours: Any, theirs: Any) -> str | None:
    """What is wrong with an array, if anything."""
    if ours.shape != theirs.shape:
        return f"shape {ours.shape} instead of {theirs.shape}"
    if ours.dtype != theirs.dtype:
        return f"dtype {ours.dtype} instead of {theirs.dtype}"
    if np.allclose(ours, theirs, rtol=RTOL, atol=ATOL, equal_nan=True):
        return None
    with np.errstate(all="ignore"):
        return f"differs by up to {np.nanmax(np.abs(ours - theirs)):.3g}"


# --- arrays of both ---------------------------------------------------------------------------


def _own_variable(argument: Any) -> Any:
    """A tensor as a variable of its own, whatever the database computed it from."""
    if not isinstance(argument, torch.Tensor):
        return argument
    return argument.detach().requires_grad_(argument.requires_grad)


def _our_argument(argument: Any) -> Any:
    if not isinstance(argument, torch.Tensor):
        return argument
    array = np.array(argument.detach().numpy())
    return Tensor(array) if argument.requires_grad else array


def _arrays(outputs: Any) -> list[Any]:
    """What a module gives, without what it leaves out."""
    return [array for _, array in leaves(outputs) if array is not None]


def _array(node: Any) -> Any:
    return np.asarray(node.data if isinstance(node, Tensor) else node)


def _gradient(node: Any) -> Any:
    return np.zeros(node.shape) if node.grad is None else np.asarray(node.grad)


def _torch_gradient(tensor: Any) -> Any:
    return np.zeros(tuple(tensor.shape)) if tensor.grad is None else tensor.grad.numpy()


# --- the score --------------------------------------------------------------------------------


def tried() -> list[str]:
    """The modules of the database that are not left out."""
    return [name for name in database() if name not in LEFT_OUT]


def score() -> str:
    """How many modules are whole, in one line."""
    verdicts = [examine(name) for name in tried()]
    whole = sum(verdict.whole for verdict in verdicts)
    total = sum(verdict.cases for verdict in verdicts)
    wrong = sum(len(verdict.failures) for verdict in verdicts)
    return (
        f"modules whole: {whole} of {len(database())} in PyTorch's database "
        f"({len(LEFT_OUT)} left out); cases: {total - wrong} of {total} tried"
    )

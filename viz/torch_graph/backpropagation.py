"""PyTorch's backward pass, run once and overheard at every function of its graph."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

#: A function of PyTorch's graph: what `grad_fn` of a tensor is.
Function = Any


@dataclass(slots=True)
class Passage:
    """What a function was given and what it handed on; None where PyTorch passed nothing: 0.

    Attributes
    ----------
    arrived : tuple of torch.Tensor or None
        The gradient of each of its outputs.
    handed_on : tuple of torch.Tensor or None
        The contribution to each of its operands, before contributions are added up.
    """

    arrived: tuple[Any, ...]
    handed_on: tuple[Any, ...]


@dataclass(slots=True)
class BackwardPass:
    """A backward pass.

    Attributes
    ----------
    passages : dict of Function to Passage
        In the order in which PyTorch ran them: each after all that use what it made.
    leaves : dict of Function to torch.Tensor or None
        The gradient that reached each leaf, by the function that would add it to `grad`.
    """

    passages: dict[Function, Passage]
    leaves: dict[Function, Any]


def backpropagate(loss: Any, gradient: Any) -> BackwardPass:
    """Run PyTorch's backward pass from a tensor; its graph and every `grad` stay as they are.

    Raises
    ------
    RuntimeError
        If the graph was freed, or holds a part that cannot be run this way.
    """
    import torch
    from torch.autograd.graph import GradientEdge

    functions = _functions(loss.grad_fn)
    leaves = [function for function in functions if not function.next_functions]
    passages: dict[Function, Passage] = {}
    with ExitStack() as hooks, _retained_grads(set(functions)):
        for function in functions:
            if function.next_functions:
                handle = function.register_hook(_listener(function, passages))
                hooks.callback(handle.remove)
        # nan is what we look for: it must not stop the sweep.
        hooks.enter_context(torch.autograd.set_detect_anomaly(False))
        try:
            # Asked for by edges, the gradients of leaves are returned, and not added to `grad`.
            gradients = torch.autograd.grad(
                loss,
                [GradientEdge(leaf, 0) for leaf in leaves],
                gradient,
                retain_graph=True,
                allow_unused=True,
            )
        except RuntimeError as error:
            if explained := _explain(str(error)):
                raise RuntimeError(explained) from error
            raise
    return BackwardPass(passages, dict(zip(leaves, gradients, strict=True)))


def _functions(root: Function) -> list[Function]:
    """Every function from which `root` was computed, and itself."""
    found = {root: None}
    stack = [root]
    while stack:
        function = stack.pop()
        if function.name() == "CheckpointFunctionBackward":
            raise RuntimeError(
                "this graph has a checkpoint that writes to the grad of your parameters when it "
                "is run; call checkpoint(..., use_reentrant=False), and run the forward pass again."
            )
        for operand, _ in function.next_functions:
            if operand is not None and operand not in found:
                found[operand] = None
                stack.append(operand)
    return list(found)


def _listener(function: Function, passages: dict[Function, Passage]) -> Callable[[Any, Any], None]:
    def listen(handed_on: tuple[Any, ...], arrived: tuple[Any, ...]) -> None:
        passages[function] = Passage(arrived, handed_on)

    return listen


@contextmanager
def _retained_grads(functions: set[Function]) -> Iterator[None]:
    """Keep the `grad` of computed tensors for which `retain_grad` was called.

    PyTorch would add to them, and does not tell which they are: so all tensors are looked at.
    """
    import torch

    tensors = (x for x in gc.get_objects() if issubclass(type(x), torch.Tensor))
    retained = [(x, x.grad) for x in tensors if x.grad_fn in functions and x.retains_grad]
    for tensor, _ in retained:
        tensor.grad = None
    try:
        yield
    finally:
        for tensor, grad in retained:
            tensor.grad = grad


def _explain(message: str) -> str:
    """What went wrong in PyTorch, and what to do about it; empty if PyTorch says it best."""
    if "second time" in message:
        return (
            "this graph was freed by an earlier backward(): call viz.from_torch(loss) before it, "
            "or loss.backward(retain_graph=True)."
        )
    if "donated buffer" in message:
        return (
            "this graph was compiled to run backward only once: set "
            "torch._functorch.config.donated_buffer = False before compiling, or run the model "
            "without torch.compile."
        )
    return ""

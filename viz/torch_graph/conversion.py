"""from_torch() and watch_torch(): PyTorch's own graph as a `Trace`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from autograd import Trace
from autograd.recording import ScopeName


def from_torch(loss: Any, model: Any = None, gradient: Any = None) -> Trace:
    """Follow backpropagation through a graph that PyTorch recorded, edge by edge.

    PyTorch's own backward pass is run once and listened to. Afterwards the graph can still be
    used, and no `grad` has changed; hooks of yours on tensors and functions are run.

    Parameters
    ----------
    loss : torch.Tensor
        A result that requires a gradient.
    model : torch.nn.Module, optional
        Gives names to the parameters, and the modules as scopes. Without `watch_torch`, a
        function without parameters counts as part of the module around the layer that feeds it.
    gradient : torch.Tensor or array_like, optional
        The gradient of the final result with respect to `loss`, of its shape; 1 if it is a scalar.

    Returns
    -------
    Trace
        One `Step` per tensor that takes part, each standing for one output of a function of
        PyTorch's graph (a compiled model is one function); all views of a `Trace` accept it.

    Raises
    ------
    ImportError
        If PyTorch is not installed.
    TypeError
        If `loss` is no tensor, or `model` no module, of PyTorch.
    ValueError
        If `loss` is no real scalar and no `gradient` is given, or its shape differs.
    RuntimeError
        If `loss` has no graph, or one that was freed, or one that cannot be run this way.

    Notes
    -----
    PyTorch keeps only those values that its derivatives need; what a linear layer or a convolution
    made is computed again from them. Of other tensors, and of those that a checkpoint computes
    again, `data` is None, unless `watch_torch` has seen them; so it is of most constants.
    A linear layer is shown as the product and the sum that it is. `Flow.local` is known of the
    usual elementwise functions. Half precision is shown in single precision.

    Examples
    --------
    >>> loss = criterion(model(x), y)  # doctest: +SKIP
    >>> viz.graph(viz.from_torch(loss, model))  # doctest: +SKIP
    """
    _require_torch("viz.from_torch")
    _require_loss(loss)
    if model is not None:
        _require_module("viz.from_torch", model)
    from viz.torch_graph.backpropagation import backpropagate
    from viz.torch_graph.building import Builder
    from viz.torch_graph.scopes import scopes_of
    from viz.torch_graph.values import known_values

    backward = backpropagate(loss, _seed(loss, gradient))
    functions = list(reversed(backward.passages))
    root = loss.grad_fn, loss.output_nr
    names = _names(backward.leaves, model)
    scopes = scopes_of(functions, {leaf: scope for leaf, (scope, _) in names.items()})
    modules = _modules(model)
    scopes = {function: modules.get(scope, scope) for function, scope in scopes.items()}
    values = known_values(functions, backward.leaves) | {root: loss}
    return Builder(backward, root, values, scopes, names).trace()


@contextmanager
def watch_torch(model: Any) -> Iterator[None]:
    """Note, while a PyTorch model runs, what it computes and where, for `from_torch`.

    PyTorch itself keeps only those intermediate values that its derivatives need, and does not
    know which module computed them. The notes are kept with the graph, and go when it goes.

    Parameters
    ----------
    model : torch.nn.Module
        Its modules give the scopes, under the names of ``model.named_modules()``.

    Raises
    ------
    ImportError
        If PyTorch is not installed.
    TypeError
        If `model` is no module of PyTorch.

    Notes
    -----
    Intermediate tensors are copied, so that what is later written in place does not matter: until
    the graph is dropped, activations take twice the memory. Inside the block, a model under
    `torch.compile` runs uncompiled.

    Examples
    --------
    >>> with viz.watch_torch(model):  # doctest: +SKIP
    ...     loss = criterion(model(x), y)
    >>> viz.diagnose(viz.from_torch(loss, model))  # doctest: +SKIP
    """
    _require_torch("viz.watch_torch")
    _require_module("viz.watch_torch", model)
    from viz.torch_graph.recorder import Recorder

    with Recorder(model):
        yield


def _names(leaves: Any, model: Any) -> dict[Any, tuple[str, str]]:
    """For each leaf that is a parameter of the model: its module, and its name there."""
    if model is None:
        return {}
    paths = {id(parameter): path for path, parameter in model.named_parameters()}
    found = {}
    for leaf in leaves:
        path = paths.get(id(leaf.variable))
        if path is not None:
            scope, _, name = path.rpartition(".")
            found[leaf] = scope, name
    return found


def _modules(model: Any) -> dict[str, str]:
    """The modules of a model by their paths, as scopes that tell their classes."""
    found = {"": ""}
    for path, module in () if model is None else model.named_modules():
        if path:
            outer = path.rpartition(".")[0]
            found[path] = ScopeName(path, type(module).__name__, found.get(outer, outer))
    return found


def _require_torch(function: str) -> None:
    try:
        import torch  # noqa: F401
    except ImportError as error:
        raise ImportError(
            f"{function} reads graphs of PyTorch, which is not installed: "
            "pip install 'glassgrad[torch]'."
        ) from error


def _require_module(function: str, model: Any) -> None:
    import torch

    if not isinstance(model, torch.nn.Module):
        raise TypeError(
            f"{function} takes a torch.nn.Module as model, but {type(model).__name__} was given."
        )


def _require_loss(loss: Any) -> None:
    import torch

    if not isinstance(loss, torch.Tensor):
        raise TypeError(
            f"viz.from_torch reads the graph of a torch.Tensor, but {type(loss).__name__} was "
            "given; pass the loss itself, not loss.item() or a list."
        )
    if loss.grad_fn is None:
        reason = (
            "it is a variable that nothing was computed into"
            if loss.requires_grad
            else "it was made without parameters that require a gradient, by detach(), or inside "
            "torch.no_grad()"
        )
        raise RuntimeError(f"this tensor has no graph, because {reason}; pass a loss that has.")
    if loss.is_meta:
        raise RuntimeError(
            "this tensor is on the device 'meta', where there are shapes and no numbers; run the "
            "model on 'cpu' or 'cuda'."
        )


def _seed(loss: Any, gradient: Any) -> Any:
    """The gradient that the backward pass starts with, as PyTorch wants it."""
    import torch

    shape = tuple(loss.shape)
    if gradient is None:
        if loss.numel() != 1 or loss.is_complex():
            what = "is complex" if loss.is_complex() else f"has shape {shape}"
            raise ValueError(
                f"this tensor {what}, and only a real scalar has a gradient of its own: reduce it "
                "first, as in y.sum(), or pass the gradient of the result with respect to it, as "
                "in viz.from_torch(y, gradient=torch.ones_like(y))."
            )
        return None
    gradient = torch.as_tensor(gradient, dtype=loss.dtype, device=loss.device).detach()
    if tuple(gradient.shape) != shape:
        raise ValueError(
            f"the gradient given to viz.from_torch has shape {tuple(gradient.shape)}, but must "
            f"have the shape of the tensor itself, {shape}."
        )
    return gradient

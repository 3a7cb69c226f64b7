"""Recorder: takes notes while a PyTorch model runs. Importing it imports PyTorch."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from typing import Any, Self

import torch
from torch.overrides import TorchFunctionMode
from torch.utils._pytree import tree_leaves

from viz.torch_graph.notes import take_note


class Recorder(TorchFunctionMode):  # type: ignore[misc]
    """Sees every function of PyTorch that is called in its block, and in which module."""

    def __init__(self, model: Any) -> None:
        super().__init__()
        self._model = model
        self._scopes = [""]
        self._hooks = ExitStack()

    def __enter__(self) -> Self:
        for name, module in self._model.named_modules():
            enter = module.register_forward_pre_hook(self._entering(name))
            leave = module.register_forward_hook(self._leave, always_call=True)
            self._hooks.callback(enter.remove)
            self._hooks.callback(leave.remove)
        super().__enter__()
        return self

    def __exit__(self, *exc: object) -> None:
        self._hooks.close()
        super().__exit__(*exc)

    def __torch_function__(
        self, function: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        result = function(*args, **(kwargs or {}))
        self._note(result)
        return result

    def _entering(self, name: str) -> Callable[[Any, Any], None]:
        def enter(module: Any, args: Any) -> None:
            self._scopes.append(name)

        return enter

    def _leave(self, module: Any, args: Any, result: Any) -> None:
        # A torch.autograd.Function is not announced: one that ends a module is noted here.
        self._note(result)
        self._scopes.pop()

    def _note(self, result: Any) -> None:
        for tensor in tree_leaves(result):
            if isinstance(tensor, torch.Tensor) and tensor.grad_fn is not None:
                take_note(tensor, self._scopes[-1])

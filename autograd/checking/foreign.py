"""Functions of PyTorch and of JAX: their own reverse mode claims."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd.checking.inputs import Input


def is_torch(argument: Any) -> bool:
    """Whether it is a tensor of PyTorch; PyTorch is not imported to find out."""
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(argument, torch.Tensor)


def is_jax(argument: Any) -> bool:
    """Whether it is an array of JAX; JAX is not imported to find out."""
    jax = sys.modules.get("jax")
    return jax is not None and isinstance(argument, jax.Array)


def plain(argument: Any) -> Any:
    """The numbers of a foreign tensor as an ndarray; anything else as it is."""
    if is_torch(argument):
        return argument.detach().cpu().numpy()
    return np.asarray(argument) if is_jax(argument) else argument


class OfTorch:
    """A function of torch tensors."""

    claimant = "PyTorch"
    by_hand = False

    def __init__(self, f: Callable[..., Any], inputs: Sequence[Input]) -> None:
        self.f = f

    def value(self, arrays: Sequence[np.ndarray[Any, Any]]) -> Any:
        """What the function returns, as an ndarray."""
        import torch

        with torch.no_grad():
            return plain(self.f(*(torch.from_numpy(np.array(x)) for x in arrays)))

    def gradients(
        self, arrays: Sequence[np.ndarray[Any, Any]], cotangents: Sequence[Any]
    ) -> list[Any]:
        """For each cotangent one gradient per input; None for an unused one."""
        import torch

        leaves = [torch.from_numpy(np.array(x)).requires_grad_() for x in arrays]
        out = self.f(*leaves)
        found = []
        for cotangent in cotangents:
            weights = torch.as_tensor(np.asarray(cotangent), dtype=out.dtype).reshape(out.shape)
            parts = (
                torch.autograd.grad(out, leaves, weights, retain_graph=True, allow_unused=True)
                if out.requires_grad
                else [None] * len(leaves)
            )
            found.append([None if part is None else plain(part) for part in parts])
        return found


class OfJax:
    """A function of JAX arrays."""

    claimant = "JAX"
    by_hand = False

    def __init__(self, f: Callable[..., Any], inputs: Sequence[Input]) -> None:
        self.f = f

    def value(self, arrays: Sequence[np.ndarray[Any, Any]]) -> Any:
        """What the function returns, as an ndarray."""
        import jax.numpy

        return plain(self.f(*map(jax.numpy.asarray, arrays)))

    def gradients(
        self, arrays: Sequence[np.ndarray[Any, Any]], cotangents: Sequence[Any]
    ) -> list[Any]:
        """For each cotangent one gradient per input; None for an unused one."""
        import jax

        out, pull = jax.vjp(self.f, *map(jax.numpy.asarray, arrays))
        return [
            [
                plain(part)
                for part in pull(jax.numpy.asarray(cotangent, out.dtype).reshape(out.shape))
            ]
            for cotangent in cotangents
        ]

"""The layers that PyTorch lacks, written for it: what `to_torch` makes of them.

Their names, arguments and state keys are those of `nn.layers`, which say what they compute.
"""

from __future__ import annotations

# mypy knows nothing of torch, and so forbids to subclass what it has.
import torch
from torch import nn


class Residual(nn.Module):  # type: ignore[misc]
    """``nn.Residual`` in PyTorch: x + branch(x)."""

    def __init__(self, branch: nn.Module, shortcut: nn.Module | None = None) -> None:
        super().__init__()
        self.branch = branch
        self.shortcut = shortcut

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        """The sum of both ways."""
        past = input if self.shortcut is None else self.shortcut(input)
        return past + self.branch(input)


class Step(nn.Module):  # type: ignore[misc]
    """``nn.Step`` in PyTorch: 1 where x > 0, else 0."""

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        """One number for each."""
        return (input > 0).to(input.dtype)


class Neuron(nn.Module):  # type: ignore[misc]
    """``nn.Neuron`` in PyTorch: activation(w·x + b)."""

    def __init__(self, n_in: int) -> None:
        super().__init__()
        self.n_in = n_in
        self.weight = nn.Parameter(torch.zeros(n_in))
        self.bias = nn.Parameter(torch.zeros(()))
        self.activation: nn.Module = nn.Sigmoid()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The neuron's output, of (n_in,) or (batch, n_in)."""
        return self.activation(x @ self.weight + self.bias)


class SinusoidalPositions(nn.Module):  # type: ignore[misc]
    """``nn.SinusoidalPositions`` in PyTorch: x + sines and cosines of positions."""

    def __init__(self, d_model: int, dropout: float = 0.0, batch_first: bool = False) -> None:
        super().__init__()
        self.d_model = d_model
        self.batch_first = batch_first
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The sum of sequences (L, N, d_model), or (L, d_model), and of their positions."""
        along = 1 if self.batch_first and x.ndim == 3 else 0
        feature = torch.arange(self.d_model, dtype=torch.float64)
        place = torch.arange(x.shape[along], dtype=torch.float64)[:, None]
        angle = place / 10000 ** (feature // 2 * 2 / self.d_model)
        waves = torch.where(feature % 2 == 0, angle.sin(), angle.cos()).to(x.dtype)
        return self.dropout(x + (waves if along or x.ndim == 2 else waves[:, None]))

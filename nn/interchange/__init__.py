"""Models in other libraries' hands: PyTorch modules in and out, and ONNX files."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nn.interchange.onnx_export.export import to_onnx
    from nn.interchange.pytorch import from_torch, to_torch

__all__ = ["from_torch", "to_onnx", "to_torch"]

_HOMES = {"from_torch": "pytorch", "to_onnx": "onnx_export.export", "to_torch": "pytorch"}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'nn.interchange' has no attribute {name!r}")
    return getattr(import_module(f"nn.interchange.{_HOMES[name]}"), name)

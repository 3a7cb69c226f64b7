"""Tensors of PyTorch as numpy arrays."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray


def to_array(tensor: Any) -> NDArray[Any]:
    """The numbers of a tensor, wherever it lives; it shares the memory of one on the CPU.

    Half precision and smaller becomes single precision, in which nothing is lost: numpy has no
    bfloat16, and squares of float16 underflow.
    """
    import torch

    tensor = tensor.detach()
    if tensor.layout != torch.strided:
        tensor = tensor.to_dense()
    if tensor.dtype.itemsize < torch.float32.itemsize and not tensor.is_complex():
        tensor = tensor.float()
    elif tensor.dtype == torch.complex32:
        tensor = tensor.cfloat()
    array: NDArray[Any] = tensor.resolve_conj().resolve_neg().cpu().numpy()
    return array

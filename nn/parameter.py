"""Parameter: what a module learns."""

from __future__ import annotations

from typing import Any, Self

import numpy as np

from autograd import Tensor
from nn.aliases import DTypeLike


class Parameter(Tensor):
    """A Tensor that a `Module` learns.

    Parameters
    ----------
    data : array_like
        Copied.
    dtype : dtype, default float32
        A floating dtype.
    requires_grad : bool, default True
        False freezes it.
    name : str, optional
        By default the name of the attribute to which it is assigned.
    """

    __slots__ = ()

    def __init__(
        self,
        data: Any,
        dtype: DTypeLike | None = None,
        requires_grad: bool = True,
        name: str = "",
    ) -> None:
        super().__init__(data, np.float32 if dtype is None else dtype, requires_grad, name)

    def to(self, dtype: DTypeLike) -> Self:
        """Take another floating dtype, in place, and forget the gradient."""
        self._require_floating(np.empty(0, dtype))
        self._raw = self._raw.astype(dtype)
        self.data = self._raw  # an assignment, which older graphs notice
        self.zero_grad()
        return self

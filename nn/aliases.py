"""Type aliases that the package shares."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

if TYPE_CHECKING:  # slow to import, and needed by no program
    from numpy.typing import DTypeLike as DTypeLike
else:
    DTypeLike = Any

#: What a layer or a function takes and gives: a `Tensor`, `ValueArray`, `Value` or plain array.
ArrayOrNode: TypeAlias = Any

#: What optimisers work on: a `Tensor` (above all a `Parameter`), `ValueArray` or `Value`.
Variable: TypeAlias = Any

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]

#: Where randomness comes from: a seed, a generator to draw from, or None for a fresh one.
#: Nothing here reads or changes numpy's global random state.
Seed: TypeAlias = "int | np.random.Generator | None"

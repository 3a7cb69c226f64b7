"""In which precision a function computes, and what that allows its derivative to be off by.

Extended precision comes in where float64 leaves something in doubt; the complex step does not. On
91 functions with offsets up to 1e16, oscillations up to 1e12 and ill-conditioned matrices it would
have confirmed 40 of the 393 elements, those that are inconclusive, but also 15 claims that lack a
term such as 1e-3 |x|, of which it sees nothing: that it agrees within a bar too wide to tell proves
nothing unless f is analytic, which no number shows.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd.checking.subjects import Subject, as_array

Array = np.ndarray[Any, Any]

#: Eighty bits on most machines; on some no more than float64.
EXTENDED = np.dtype(np.longdouble)

#: How far round-off may carry a right derivative, relative to it, by the size of a number: about
#: the product of some hundred operations. A derivative computed in the next lower precision is
#: off by more.
RELATIVE = {2: 1e-2, 4: 1e-5, 8: 1e-9}


def working_point(
    subject: Subject, arrays: Sequence[Array]
) -> tuple[list[Array], Array, np.dtype[Any]]:
    """The point, what the function returns there, and the precision it computes in.

    Code for float32 is run in float64 if it can be: then differences are sharp.
    """
    dtype = np.result_type(*arrays)
    if dtype != np.float64:
        wide = [x.astype(np.float64) for x in arrays]
        try:
            out = as_array(subject.value(wide))
        except Exception:
            pass  # It insists on its own precision; so be it.
        else:
            if out.dtype == np.float64:
                return wide, out, out.dtype
    out = as_array(subject.value(arrays))
    return list(arrays), out, min(out.dtype, dtype, key=lambda d: d.itemsize)


def wider_point(subject: Subject, arrays: Sequence[Array], shape: tuple[int, ...]) -> Array | None:
    """What the function returns in extended precision; None if it does not compute in it."""
    if EXTENDED.itemsize == 8 or any(x.dtype != np.float64 for x in arrays):
        return None
    try:
        out = as_array(subject.value([x.astype(EXTENDED) for x in arrays]))
    except Exception:
        return None  # as of linear algebra, which has no such routines
    return out if out.dtype == EXTENDED and out.shape == shape else None


def quantum(array: Array) -> Array:
    """The place value of the last bit that is not 0; inf for 0.

    A number that was left over from a difference has few significant bits: its last one tells how
    large the terms were.
    """
    mantissa, exponent = np.frexp(array.astype(np.float64))
    whole = (np.nan_to_num(mantissa) * 2.0**53).astype(np.int64)
    last = (whole & -whole).astype(float)
    return np.where(whole == 0, np.inf, np.ldexp(last, exponent - 53))


def cancellation(gradient: Array, typical: float, epsilon: float) -> Array:
    """How far a difference of terms of the typical size of a gradient may be off."""
    room = np.minimum(quantum(gradient), 4 * epsilon * typical)
    return np.asarray(np.where(np.isfinite(gradient), 8 * room, 0.0))

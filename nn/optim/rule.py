"""Rules of optimisers: functions that run on arrays in numpy, or compiled on number after number.

In numpy every operation of a rule is a pass over arrays. A compiled loop (numba, extra `fast`)
takes each number into a register, does all of the rule there, and needs no arrays in between. It
is made of the same function, so that no rule stands here twice; and as it does the same operations
in the same order, it comes to the same numbers bit for bit.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import cache
from importlib.util import find_spec
from types import FunctionType
from typing import Any, NamedTuple, TypeAlias, cast

import numpy as np

#: A number, or an array of such: rules are written for both.
Number: TypeAlias = Any

Numbers: TypeAlias = tuple[Number, ...]


class Rule(NamedTuple):
    """How parameters change in a step.

    Attributes
    ----------
    function : function
        Given the numbers, a gradient, and what is kept for the parameter, it returns what is
        subtracted from the parameter, and what is to be kept. It goes element by element with
        what Python does both to arrays and to single numbers. Arrays that are kept may be changed
        in place; the gradient may not. It may call functions that stand beside it.
    kept : tuple of str
        The names under which that is kept, from 0 on.
    numbers : tuple of float
        Rounded to the precision of the parameters.
    """

    function: Callable[..., tuple[Number, ...]]
    kept: tuple[str, ...]
    numbers: tuple[float, ...]


def can_compile(dtype: np.dtype[Any]) -> bool:
    """Whether there can be compiled loops over numbers of a dtype."""
    return dtype.char in "fdFD" and find_spec("numba") is not None


@cache
def loop_of(function: Any) -> Callable[..., None]:
    """The compiled loop of a rule's function.

    It is given the array for new parameters, that of old ones, the factors of the L2 penalty,
    coupled and decoupled, and what the function is given. numba stores the machine code beside
    the file of the function, until that changes.
    """
    import numba
    from numba.extending import register_jitable

    code = function.__code__
    for it in (function, *map(function.__globals__.get, code.co_names)):
        if isinstance(it, FunctionType):
            register_jitable(it)
    kept = code.co_varnames[2 : code.co_argcount]
    elements = "".join(f", {name}[i]" for name in kept)
    source = f"""
def {function.__name__}_loop({", ".join(["new", "old", "l2", "decay", "numbers", "grads", *kept])}):
    for i in range(len(new)):
        weight, grad = old[i], grads[i]
        if l2:
            grad += l2 * weight
        if decay:
            weight -= decay * weight
        change{elements or ","} = rule(numbers, grad{elements})
        new[i] = weight - change
"""
    scope: dict[str, Any] = {"rule": function, "__name__": function.__module__}
    exec(compile(source, code.co_filename, "exec"), scope)
    loop = numba.njit(error_model="numpy")(scope[f"{function.__name__}_loop"])
    with suppress(RuntimeError):  # there is nowhere to store it
        loop.enable_caching()
    return cast("Callable[..., None]", loop)

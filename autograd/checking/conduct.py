"""What a derivative has to do besides being right: keep its hands off, be one function, fit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd.checking.inputs import Input

Array = np.ndarray[Any, Any]


def in_form(raw: Any, count: int) -> list[Any] | None:
    """What a claimant returned, one entry per input; None if it is another number of them."""
    if isinstance(raw, tuple) or (isinstance(raw, list) and (count > 1 or len(raw) == 1)):
        return list(raw) if len(raw) == count else None
    return [raw] if count == 1 else None


def misfit(gradient: Any, given: Input, number: int, out_dtype: Any) -> str:
    """What is wrong with the form of one gradient, in a sentence; empty if nothing is."""
    array = np.asarray(gradient)
    name = f"the gradient of input {number}"
    if array.dtype.kind == "c":
        return f"{name} is complex ({array.dtype}); the input is real."
    if array.dtype.kind not in "fiub":
        return f"{name} is no array of numbers but {type(gradient).__name__}."
    if array.shape != given.array.shape:
        return f"{name} has shape {array.shape}, but the input has {given.array.shape}."
    if not isinstance(gradient, np.ndarray | np.generic):
        return ""  # A plain number takes any precision.
    if array.dtype.kind != "f":
        return f"{name} has dtype {array.dtype}; a gradient must be floating."
    expected, found = given.array.dtype, array.dtype
    if found.itemsize < expected.itemsize:
        return f"{name} has dtype {found}, but the input has {expected}: precision was lost."
    wider = found.itemsize > max(expected.itemsize, np.dtype(out_dtype).itemsize)
    if wider and array.ndim:
        return f"{name} has dtype {found}, but the input and the output of f have {expected}."
    return ""


def aliases(gradients: Sequence[Any], arguments: Sequence[Any]) -> list[str]:
    """Gradients that share memory with an input or with each other."""
    found = []
    for i, gradient in enumerate(gradients):
        if not isinstance(gradient, np.ndarray) or not gradient.size:
            continue
        for j, argument in enumerate(arguments):
            if isinstance(argument, np.ndarray) and np.shares_memory(gradient, argument):
                found.append(
                    f"the gradient of input {i} shares memory with input {j}: whoever changes one "
                    "changes the other; return a copy."
                )
        for j, other in enumerate(gradients[:i]):
            if isinstance(other, np.ndarray) and np.shares_memory(gradient, other):
                found.append(
                    f"the gradients of inputs {j} and {i} share memory: adding to one changes the "
                    "other; return a copy."
                )
    return found


def changed(before: Sequence[Array], after: Sequence[Any], who: str, what: str) -> list[str]:
    """Arguments that a call has overwritten."""
    return [
        f"{who} changes its {what}{f' {i}' if len(before) > 1 or what == 'input' else ''} in place."
        for i, (x, y) in enumerate(zip(before, after, strict=True))
        if isinstance(y, np.ndarray) and not np.array_equal(x, y, equal_nan=True)
    ]


def differs(one: Array, other: Array, epsilon: float) -> float:
    """By how much two results of the same call differ; 0.0 if by round-off at most.

    Sums that several threads share may be rounded in another order from call to call.
    """
    if one.shape != other.shape:
        return np.inf
    both = np.isfinite(one) & np.isfinite(other)
    if not np.array_equal(both, np.isfinite(one) | np.isfinite(other)):
        return np.inf
    off = np.abs(one - other)[both]
    size = np.maximum(np.abs(one), np.abs(other))[both]
    if not off.size or (off <= 64 * epsilon * size.max()).all():
        return 0.0
    return float(off.max())


def not_linear(
    pull: Callable[[Any], list[Array] | None],
    first: Any,
    second: Any,
    epsilon: float,
    scales: Sequence[float],
) -> str:
    """Whether a vjp is linear in the cotangent; if not, a sentence.

    `pull` gives gradients for a cotangent, or None if they have not the right form; `scales` are
    sizes of gradients, one for each input, of which round-off may leave its part in any element.
    """
    one, two = pull(first), pull(second)
    both, turned, part = pull(first + second), pull(-3 * first), pull(0.7 * first)
    if one is None or two is None or both is None or turned is None or part is None:
        return ""
    moves = any((np.isfinite(x) & (x != 0)).any() for x in one)
    if moves and all(np.array_equal(a, b) for a, b in zip(one, turned, strict=True)):
        return "vjp ignores its cotangent: another cotangent gives the same gradient."
    worst = 0.0
    for a, b, total, times, share, scale in zip(one, two, both, turned, part, scales, strict=True):
        finite = np.isfinite(a + b + total + times + share)
        size = np.max(np.abs(a) + np.abs(b), initial=0.0, where=finite)
        off = np.maximum(np.abs(total - a - b), np.abs(times + 3 * a))
        off = np.maximum(off, np.abs(share - 0.7 * a))
        off = np.maximum(off - 100 * epsilon * scale, 0.0)
        worst = max(worst, np.max(off, initial=0.0, where=finite) / size if size else 0.0)
    if worst <= max(2e-9, 1e3 * epsilon):
        return ""
    if worst < 3e-7:
        return (
            f"vjp rounds its cotangent: sums of cotangents and of gradients differ by {worst:.0e} "
            "of the gradient. Is it computed in float32?"
        )
    return (
        "vjp is not linear in its cotangent: the gradient for a sum or a multiple of cotangents is "
        "not the sum or the multiple of their gradients."
    )

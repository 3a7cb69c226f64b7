"""Whoever claims a derivative: what is claimed, in the form of arrays, and how they behave."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd.checking import conduct
from autograd.checking.directions import in_a_row, typical_size
from autograd.checking.inputs import Input
from autograd.checking.sampling import Outputs
from autograd.checking.subjects import Subject, as_array

Array = np.ndarray[Any, Any]


class Claimant:
    """The derivative of a subject.

    Attributes
    ----------
    misfits : set of int
        Inputs whose gradient has not their shape; known after `behave`.
    is_erratic : bool
        Whether its numbers mean nothing, since it is no linear function of the cotangent; known
        after `behave`.
    """

    def __init__(
        self,
        subject: Subject,
        inputs: Sequence[Input],
        shape: tuple[int, ...],
        grain: np.dtype[Any],
        epsilon: float,
    ) -> None:
        self.subject = subject
        self.inputs = inputs
        self.shape = shape
        self.grain = grain
        self.epsilon = epsilon
        self.misfits: set[int] = set()
        self.is_erratic = False

    def behave(self, arrays: Sequence[Array], centre: Array, weights: Array) -> list[str]:
        """What is wrong with the claimant besides its numbers, in sentences.

        Parameters
        ----------
        arrays : sequence of ndarray
            The point.
        centre : (size,) array
            What f returns there.
        weights : (2, size) array
            Two random cotangents.
        """
        problems = self._check_form(self._as_cotangent(weights[0])) if self.subject.by_hand else []
        complaint = self._complaint(arrays, centre, weights)
        self.is_erratic = bool(complaint)
        return [*problems, complaint] if complaint else problems

    def _complaint(self, arrays: Sequence[Array], centre: Array, weights: Array) -> str:
        """Whether the claim is a linear function of the cotangent; if not, a sentence."""
        first, second = (self._as_cotangent(w) for w in weights)
        one, two = (self.gradients(arrays, [first])[0] for _ in range(2))
        if one is None or two is None:
            return ""
        off = max(conduct.differs(a, b, self.epsilon) for a, b in zip(one, two, strict=True))
        if off:
            return (
                f"{self.subject.claimant} is not deterministic: two calls at the same point differ "
                f"by {off:.2g}."
            )
        if not self.subject.by_hand or self.subject.claimant != "vjp":
            return ""
        size = float(np.abs(weights[0]) @ np.abs(centre).astype(float))
        return conduct.not_linear(
            lambda u: self.gradients(arrays, [u])[0],
            first,
            second,
            self.epsilon,
            [size / (typical_size(x) or 1.0) for x in arrays],
        )

    def _check_form(self, cotangent: Any) -> list[str]:
        """Shapes, dtypes, memory, arguments: of the claim in the user's own precision."""
        subject: Any = self.subject
        own = [i.array for i in self.inputs]
        out = as_array(subject.value(own))
        arguments = subject.arguments(own)
        if subject.vjp is None:
            raw = subject.gradient(*arguments)
        else:
            handed = np.asarray(cotangent, out.dtype)
            kept = handed.copy()
            raw = subject.vjp(handed[()], *arguments)
            changed = conduct.changed([kept], [handed], "vjp", "cotangent")
            if changed:
                return changed
        problems = conduct.changed(own, arguments, self.subject.claimant, "input")
        gradients = conduct.in_form(raw, len(own))
        if gradients is None:
            count = len(raw) if isinstance(raw, tuple | list) else 1
            return [
                *problems,
                f"{self.subject.claimant} returned {count} gradient{'s' * (count != 1)} for "
                f"{len(own)} inputs; it has to return one for each, in order.",
            ]
        for i, gradient in enumerate(gradients):
            if gradient is not None:
                complaint = conduct.misfit(gradient, self.inputs[i], i, out.dtype)
                if complaint:
                    problems.append(complaint)
                if np.shape(gradient) != own[i].shape:
                    self.misfits.add(i)
        return problems + conduct.aliases(gradients, arguments)

    def cotangents(self, outputs: Outputs) -> list[Any]:
        """One cotangent of the shape of the output for each of those looked at."""
        return [self._as_cotangent(w) for w in outputs.cotangents]

    def _as_cotangent(self, weights: Array) -> Any:
        if self.subject.claimant == "gradient":
            return np.float64(1.0)
        return weights.reshape(self.shape).astype(self.grain)[()]

    def gradients(
        self, arrays: Sequence[Array], cotangents: Sequence[Any]
    ) -> list[list[Array] | None]:
        """Claims of the right form; nan in place of a gradient that has not the input's shape."""
        found: list[list[Array] | None] = []
        for raw in self.subject.gradients(arrays, cotangents):
            entries = conduct.in_form(raw, len(self.inputs))
            found.append(
                None
                if entries is None
                else [_fitted(g, x.shape) for g, x in zip(entries, arrays, strict=True)]
            )
        return found

    def claimed(self, arrays: Sequence[Array], outputs: Outputs) -> Array:
        """Claims for all outputs looked at, one row each; nan where the form is wrong."""
        found = self.gradients(arrays, self.cotangents(outputs))
        size = sum(x.size for x in arrays)
        rows = [np.full(size, np.nan) if g is None else in_a_row(g) for g in found]
        return np.array(rows).reshape(len(rows), size)


def _fitted(gradient: Any, shape: tuple[int, ...]) -> Array:
    if gradient is None:
        return np.zeros(shape)
    array = np.asarray(gradient)
    if array.shape != shape or array.dtype.kind not in "fiub":
        return np.full(shape, np.nan)
    return array.astype(float)

"""The numbers of one flow, as its sentences need them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd import Flow
from viz.scene.numbers import Summary, number, summarize


@dataclass(frozen=True, slots=True)
class Arrival:
    """Which of the contributions to its target a flow is.

    Attributes
    ----------
    number, expected : int
        The third of five, say.
    """

    number: int
    expected: int

    @property
    def last(self) -> bool:
        """Whether it completes the gradient of the target."""
        return self.number == self.expected


@dataclass(frozen=True, slots=True)
class Figures:
    """The numbers of one `Flow`, under the same names.

    Attributes
    ----------
    scalar : bool
        Whether all of them are single real numbers.
    repeated : bool
        Whether an elementwise operation used elements of the target several times.
    """

    upstream: Summary
    local: Summary | None
    contribution: Summary
    before: Summary
    after: Summary
    gain: float
    scalar: bool
    repeated: bool


def figures_of(flow: Flow) -> Figures:
    """Summarize the numbers of a flow."""
    local = None if flow.local is None else figure(flow.local)
    return Figures(
        figure(flow.upstream),
        local,
        figure(flow.contribution),
        figure(flow.before),
        figure(flow.after),
        flow.gain,
        all(map(_is_number, (flow.upstream, flow.contribution, flow.local))),
        flow.local is not None and np.size(flow.upstream) > np.size(flow.contribution),
    )


def _is_number(data: Any) -> bool:
    if data is None or data.__class__ is float:
        return True
    return not np.ndim(data) and not np.iscomplexobj(data)


def figure(data: Any) -> Summary:
    """The summary of a number or an array; of complex numbers, that of their magnitudes."""
    if data.__class__ is not float and np.iscomplexobj(data):
        data = np.abs(np.atleast_1d(data))
    return summarize(data)


def short(summary: Summary, digits: int = 4) -> str:
    """A number, or the RMS of an array and that it is one."""
    text = number(summary.value, digits)
    return f"RMS {text}" if summary.shape else text


def extent(summary: Summary) -> str:
    """The smallest and the largest element: 0.003 … 0.98."""
    if not summary.shape or summary.low == summary.high or math.isnan(summary.low):
        return number(summary.low)
    return f"{number(summary.low, 3)} … {number(summary.high, 3)}"


def dimensions(summary: Summary) -> str:
    """How large it is: 64×10, 3 elements, a number."""
    shape = summary.shape
    if len(shape) == 1:
        return f"{shape[0]} element{'' if shape[0] == 1 else 's'}"
    return "×".join(map(str, shape)) or "a number"


def bracketed(text: str) -> str:
    """A negative number as it stands in a product."""
    return f"({text})" if text.startswith("−") else text

"""Paths from tensor to tensor: a gradient pulled back along each path alone."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from autograd.node import Node
from autograd.pathways.edges import is_fixed, pull
from autograd.pathways.measures import norm
from autograd.pathways.result import Factor, Paths, assemble
from autograd.trace import Flow, Trace

#: How many partial paths are followed beyond each tensor: those of largest norm.
FOLLOWED = 64


class _Partial:
    """A path from the root to a tensor, and the gradient pulled back along it."""

    __slots__ = ("before", "flow", "gradient", "length", "size")

    def __init__(
        self, gradient: Any, before: _Partial | None = None, flow: Flow | None = None
    ) -> None:
        self.gradient = gradient
        self.size = norm(gradient)
        self.before = before
        self.flow = flow
        self.length = 0
        if before is not None and flow is not None:
            self.length = before.length + _longer(flow)

    def over(self, flow: Flow) -> _Partial:
        """The same path and one more edge."""
        return _Partial(pull(flow, self.gradient), self, flow)

    def route(self) -> tuple[tuple[Factor, ...], float, Any]:
        """Its factors from the root on, the norm it starts with, and what it contributes."""
        factors = []
        here = self
        while here.before is not None and here.flow is not None:
            growth = here.size / here.before.size if here.before.size else 0.0
            flow = here.flow
            factors.append(Factor(flow.source, flow.slot, flow.target, growth))
            here = here.before
        return tuple(reversed(factors)), here.size, self.gradient


@dataclass(frozen=True, slots=True)
class _Sum:
    """All the paths of one length from the root to a tensor."""

    count: int
    gradient: Any


def tensor_paths(trace: Trace, w: Node, k: int) -> Paths:
    """The paths from the root of a trace to a tensor."""
    gradient = trace[w].gradient
    leading = _leading_to(w, trace)
    partials: dict[Node, list[_Partial]] = {node: [] for node in leading}
    sums: dict[Node, dict[int, _Sum]] = {node: {} for node in leading}
    most = max(k, FOLLOWED)
    seed = trace[trace.root].gradient
    partials[trace.root].append(_Partial(seed))
    sums[trace.root][0] = _Sum(1, seed)
    for step in trace.steps:
        if step.node is w:
            break
        if step.node not in leading:
            continue
        here = _strongest(partials.pop(step.node), most)
        by_length = sums.pop(step.node)
        for flow in step.flows:
            if flow.target in leading:
                partials[flow.target] += [partial.over(flow) for partial in here]
                _hand_on(by_length, flow, sums[flow.target])
        for partial in here:
            partial.gradient = None  # handed on; the path itself is still needed
    arrived = _strongest(partials[w], most)
    count = sum(one.count for one in sums[w].values())
    return assemble(
        trace.root,
        w,
        None,
        gradient,
        routes=[partial.route() for partial in arrived[:k]],
        lengths={length: _measured(length, one, arrived) for length, one in sums[w].items()},
        complete=count == len(arrived),
    )


def _leading_to(w: Node, trace: Trace) -> set[Node]:
    """The nodes from which edges lead to w."""
    leading = {w}
    for step in reversed(trace.steps):
        if any(flow.target in leading for flow in step.flows):
            leading.add(step.node)
    return leading


def _strongest(partials: list[_Partial], most: int) -> list[_Partial]:
    """Those of largest norm, largest first; a norm that is nan comes before all others."""
    return sorted(partials, key=_strength, reverse=True)[:most]


def _strength(partial: _Partial) -> float:
    return partial.size if partial.size == partial.size else math.inf


def _longer(flow: Flow) -> int:
    """By how much an edge makes a path longer."""
    return int(not is_fixed(flow.source, flow.slot))


def _hand_on(by_length: dict[int, _Sum], flow: Flow, sums: dict[int, _Sum]) -> None:
    """Pull what arrived over the paths of each length over one more edge."""
    for length, one in by_length.items():
        reached = length + _longer(flow)
        part = pull(flow, one.gradient)
        before = sums.get(reached)
        sums[reached] = (
            _Sum(one.count, part)
            if before is None
            else _Sum(before.count + one.count, before.gradient + part)
        )


def _measured(length: int, one: _Sum, arrived: list[_Partial]) -> tuple[int, Any, float]:
    """Number, contribution and Σ‖paths‖ of the paths of one length.

    Those that were not followed have at least the norm of their sum.
    """
    followed = [partial for partial in arrived if partial.length == length]
    size = sum(partial.size for partial in followed)
    if len(followed) < one.count:
        size += norm(one.gradient - sum(partial.gradient for partial in followed))
    return one.count, one.gradient, size

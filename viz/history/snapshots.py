"""Small summaries of a `Trace`, all on the same nodes and edges."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd import Flow, Node, Trace
from viz.scene.numbers import magnitude
from viz.scene.parts import State
from viz.scene.reader import state_of
from viz.scene.recording import Recording, record

#: The states of an edge, as `Frame.states` counts them.
_STATES: tuple[State, ...] = ("flowing", "closed", "nothing", "broken", "constant")


@dataclass(frozen=True)
class Structure:
    """Which nodes a graph has, and which fills which slot of which: all but the numbers.

    Attributes
    ----------
    nodes : list of dict
        ``op``, ``name``, ``scope``, ``shape`` and ``requires_grad`` of every node, in the order
        of `viz.scene.recording.record`.
    links : list of [operand, consumer, slot]
        By the numbers of the nodes.
    """

    nodes: list[dict[str, Any]]
    links: list[list[int]]

    @classmethod
    def of(cls, recording: Recording) -> Structure:
        """The structure of a recorded graph."""
        return cls([_facts(node) for node in recording.nodes], [list(x) for x in recording.links])

    def difference(self, other: Structure) -> str:
        """How another structure differs, in words; empty if it is the same but for the shapes."""
        if len(self.nodes) != len(other.nodes) or len(self.links) != len(other.links):
            return (
                f"it has {len(other.nodes)} nodes and {len(other.links)} edges instead of "
                f"{len(self.nodes)} and {len(self.links)}"
            )
        for i, (own, its) in enumerate(zip(self.nodes, other.nodes, strict=True)):
            if own["op"] != its["op"] or own["requires_grad"] != its["requires_grad"]:
                return f"its node {i} is {_kind(its)} instead of {_kind(own)}"
        return "" if self.links == other.links else "its edges connect other nodes"


@dataclass(frozen=True)
class Frame:
    """How large everything was at one step.

    Attributes
    ----------
    loss : float
        The loss.
    edges : ndarray (links, 2)
        Magnitude of the contribution, and gain; nan on the way to a constant.
    states : ndarray of uint8 (links,)
        Places in the list of states.
    nodes : ndarray (nodes, 2)
        RMS of the value and of the gradient; nan where there is no gradient.
    """

    loss: float
    edges: NDArray[np.float64]
    states: NDArray[np.uint8]
    nodes: NDArray[np.float64]

    @classmethod
    def of(cls, trace: Trace, recording: Recording, loss: float) -> Frame:
        """What a trace has to tell about a recorded graph."""
        flows = {(id(flow.source), flow.slot): flow for flow in trace.flows}
        measured = [
            _measure(flows.get((id(recording.nodes[link.consumer]), link.slot)))
            for link in recording.links
        ]
        return cls(
            loss=loss,
            edges=np.array([edge[:2] for edge in measured], dtype=float).reshape(-1, 2),
            states=np.array([_STATES.index(edge[2]) for edge in measured], dtype=np.uint8),
            nodes=np.array([_size(node, trace) for node in recording.nodes]),
        )

    def to_dict(self) -> dict[str, Any]:
        """As in `GradientHistory.frames`, without the step."""
        states = [_STATES[i] for i in self.states.tolist()]
        return {
            "loss": self.loss,
            "edges": [[*edge, s] for edge, s in zip(self.edges.tolist(), states, strict=True)],
            "nodes": self.nodes.tolist(),
        }

    @classmethod
    def from_dict(cls, state: Mapping[str, Any]) -> Frame:
        """The reverse of `to_dict`."""
        edges = state["edges"]
        return cls(
            loss=float(state["loss"]),
            edges=np.array([edge[:2] for edge in edges], dtype=float).reshape(-1, 2),
            states=np.array([_STATES.index(edge[2]) for edge in edges], dtype=np.uint8),
            nodes=np.array(state["nodes"], dtype=float),
        )


def take(trace: Trace, loss: float) -> tuple[Structure, Frame]:
    """Structure and frame of a trace."""
    recording = record(trace.root)
    return Structure.of(recording), Frame.of(trace, recording, loss)


def _facts(node: Any) -> dict[str, Any]:
    if not isinstance(node, Node):
        shape, blank = list(np.shape(node)), ""
        return {"op": blank, "name": blank, "scope": blank, "shape": shape, "requires_grad": False}
    return {
        "op": node.op,
        "name": node.name,
        "scope": node.scope,
        "shape": list(np.shape(node.data)),
        "requires_grad": node.requires_grad,
    }


def _kind(facts: Mapping[str, Any]) -> str:
    if facts["op"]:
        return f"made by {facts['op']!r}"
    return "a variable" if facts["requires_grad"] else "a constant"


def _measure(flow: Flow | None) -> tuple[float, float, State]:
    """Magnitude, gain and state of an edge."""
    if flow is None:
        return math.nan, math.nan, "constant"
    size = magnitude(flow.contribution)
    return size, flow.gain, state_of(flow, size)


def _size(node: Any, trace: Trace) -> tuple[float, float]:
    """RMS of the value and of the gradient of a node."""
    if not isinstance(node, Node):
        return magnitude(node), math.nan
    return magnitude(node.data), magnitude(trace[node].gradient) if node in trace else math.nan

"""Which layer each node of a graph belongs to, and which unit of that layer."""

from __future__ import annotations

import re
from collections.abc import Hashable
from typing import Any

import numpy as np

from autograd import Flow, Node, Step, Trace, Value
from autograd.history import operands_of
from autograd.primitives import data_of

#: Operations that only add up or rescale what they are given.
_SUMS = {"add", "subtract", "negative", "positive", "sum", "mean", "concatenate", "to_value"}
_SCALING = {"multiply", "divide"}
#: Operations that a weight may pass before it meets the signal.
_SHAPING = {"reshape", "transpose", "broadcast_to", "astype", "getitem", "from_value"}
#: Operations that sum up products of a signal and weights.
CONVOLUTIONS = {"correlate", "correlate_input"}
CONTRACTIONS = {"matmul", "einsum", *CONVOLUTIONS}

#: Scope of a module; or, where there are no scopes, how many multiplications by weights lie on the
#: way to the node, and whether something other than a sum follows the last of them.
Place = tuple[str | int, bool]

#: What a signal is made of, as bits: data, rows looked up in a table; and, higher, the layers.
DATA, LOOKUP = 1, 2

#: A time step of a recurrent layer, as in ``rnn.l0_reverse.t3``: all of them are one layer.
_TIME_STEP = re.compile(r"(\bl\d+(?:_reverse)?)\.t\d+$")


class Places:
    """Where the computed nodes of a graph belong.

    Attributes
    ----------
    of : dict of Node to Place
        In forward order.
    weight : dict of Node to Flow
        For each product of a signal with weights, the edge over which the weights enter. A scale
        per element, as that of a normalisation, counts only where there are no other weights.
    layer : dict of Node to int
        For each product its weight layer, named by a bit of its own, in forward order. A layer is
        one variable, however often it is used; or a place, if the graph is one of scalars.
    below : dict of Node to int
        The bits of the layers that a gradient meets first on its way down from the node.
    fed : dict of int to int
        For each layer the bits of what its input is made of.
    consumers : dict of Node to list of Node
        What was made of each node.
    unit : dict of Node to int
        A number for the neuron that a scalar belongs to, the same for every record: scalar nodes
        of a batch that share their weights belong to one neuron.
    """

    def __init__(self, trace: Trace) -> None:
        self.of: dict[Node, Place] = {}
        self.weight: dict[Node, Flow] = {}
        self.layer: dict[Node, int] = {}
        self.below: dict[Node, int] = {}
        self.fed: dict[int, int] = {}
        self.consumers: dict[Node, list[Node]] = {}
        self.unit: dict[Node, int] = {}
        leaves = [step.node for step in trace.steps if step.node.is_leaf]
        steps = [step for step in reversed(trace.steps) if not step.node.is_leaf]
        for step in steps:
            for flow in step.flows:
                self.consumers.setdefault(flow.target, []).append(step.node)
        self._scoped = any(step.node.scope for step in steps)
        #: Nodes that are a variable, or one in another shape; and the variable.
        self._variable: dict[Node, Node] = {leaf: leaf for leaf in leaves}
        self._bits: dict[Hashable, int] = {}
        self._first_place: dict[Node, Place] = {}
        self.unit.update((leaf, i) for i, leaf in enumerate(leaves))
        self._find_weights(steps)
        for step in steps:
            self._settle(step)
        for step in reversed(steps):
            self._tell_operands(step)

    def _find_weights(self, steps: list[Step]) -> None:
        scales: dict[Node, Flow] = {}
        for step in steps:
            if step.node.op in _SHAPING and not is_lookup(step.node):
                variables = [self._variable.get(flow.target) for flow in step.flows]
                if variables and variables[0] is not None:
                    self._variable[step.node] = variables[0]
            flow = self._weight_flow(step)
            if flow is not None:
                (scales if self._is_scale(step, flow) else self.weight)[step.node] = flow
        self.weight = self.weight or scales

    def _weight_flow(self, step: Step) -> Flow | None:
        """The edge over which weights enter a product; None if the step is no such product."""
        op, flows = step.node.op, step.flows
        if op != "multiply" and op not in CONTRACTIONS:
            return None
        if len(flows) == 2 and flows[0].target is flows[1].target:
            return None
        candidates = [flow for flow in flows if flow.target in self._variable]
        if not candidates:
            return None
        # Where the signal is a variable too: x @ w, but w * x.
        return candidates[0] if op == "multiply" else candidates[-1]

    def _is_scale(self, step: Step, weight: Flow) -> bool:
        """Whether every element of the signal has a weight of its own, and nothing is summed."""
        if step.node.op != "multiply":
            return False
        if isinstance(step.node, Value):
            # The scale of a normalisation stands behind a division.
            return any(flow.target.op == "divide" for flow in step.flows if flow is not weight)
        return any(node.op != "sum" for node in self.consumers.get(step.node, ()))

    def _settle(self, step: Step) -> None:
        node = step.node
        weight = self.weight.get(node)
        scope = _TIME_STEP.sub(r"\1", node.scope)
        self.of[node] = (scope, False) if self._scoped else self._count(step, weight)
        if weight is None:
            self.unit[node] = min(self.unit[flow.target] for flow in step.flows)
            looked_up = is_lookup(node) and step.flows[0].target in self._variable
            self.below[node] = self._below(step.flows) | (LOOKUP if looked_up else 0)
            return
        self.unit[node] = self.unit[weight.target]
        place = self.of[node]
        key = place if isinstance(node, Value) else (place, self.variable(node))
        bit = self._bits.setdefault(key, 4 << len(self._bits))
        self.layer[node] = self.below[node] = bit
        self.fed[bit] = self.fed.get(bit, 0) | self._signal_bits(step, weight)

    def _below(self, flows: tuple[Flow, ...]) -> int:
        bits = 0
        for flow in flows:
            bits |= self.below.get(flow.target, 0)
        return bits

    def _signal_bits(self, step: Step, weight: Flow) -> int:
        if any(np.any(data_of(x)) for x in signals_of(step.node, weight) if not _varies(x)):
            return DATA | self._below(step.flows)
        signal = [flow.target for flow in step.flows if flow is not weight]
        return self._below(step.flows) | (DATA if any(x in self._variable for x in signal) else 0)

    def _count(self, step: Step, weight: Flow | None) -> Place:
        if weight is not None and (known := self._first_place.get(self._variable[weight.target])):
            return known
        reached = [self.of[flow.target] for flow in step.flows if flow.target in self.of]
        layer, beyond = max(reached, default=(0, False))
        if weight is not None:
            place: Place = (int(layer) + 1, False)
            self._first_place[self._variable[weight.target]] = place
            return place
        # A product of two signals is not linear; one with a constant merely rescales.
        linear = _SUMS | _SHAPING | (_SCALING if len(step.flows) == 1 else set())
        return layer, beyond or step.node.op not in linear

    def _tell_operands(self, step: Step) -> None:
        """Give the summands of a neuron the number of their sum."""
        if step.node.op in ("add", "sum") and step.node not in self.weight:
            for flow in step.flows:
                if self.of.get(flow.target) == self.of[step.node]:
                    self.unit[flow.target] = self.unit[step.node]

    def variable(self, product: Node) -> Node:
        """The variable that holds the weights of a product."""
        return self._variable[self.weight[product].target]

    def name(self, place: Place) -> str:
        """How messages call a place."""
        where, _ = place
        if self._scoped:
            return str(where) or "(no scope)"
        entering = (flow for node, flow in self.weight.items() if self.of[node] == (where, False))
        names = (self.variable(flow.source).name.partition("[")[0] for flow in entering)
        known = ", ".join(dict.fromkeys(name for name in names if name))
        return f"layer {where}" + (f" ({known})" if known else "")


def is_lookup(node: Node) -> bool:
    """Whether rows of a table are looked up by their numbers, as in an embedding."""
    index = node.params.get("index")
    return node.op == "getitem" and isinstance(index, np.ndarray) and index.dtype.kind in "iu"


def signals_of(product: Node, weight: Flow) -> list[Any]:
    """The operands of a product that are not its weights: nodes, numbers or arrays."""
    return [
        x if isinstance(x, Node) else np.asarray(x)
        for slot, x in enumerate(operands_of(product))
        if slot != weight.slot
    ]


def _varies(x: Any) -> bool:
    return isinstance(x, Node) and x.requires_grad

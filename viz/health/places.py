"""Which layer each node of a graph belongs to, and which unit of that layer."""

from __future__ import annotations

from autograd import Flow, Node, Step, Trace

#: Operations that only add up or rescale what they are given.
_SUMS = {"add", "subtract", "negative", "positive", "sum", "mean", "concatenate", "to_value"}
_SCALING = {"multiply", "divide"}
#: Operations that a weight may pass before it meets the signal.
_SHAPING = {"reshape", "transpose", "broadcast_to", "astype", "getitem", "from_value"}

#: Scope of a module; or, where there are no scopes, how many multiplications by weights lie on the
#: way to the node, and whether something other than a sum follows the last of them.
Place = tuple[str | int, bool]


class Places:
    """Where the computed nodes of a graph belong.

    Attributes
    ----------
    of : dict of Node to Place
        In forward order.
    weight : dict of Node to Flow
        For each product of a signal with weights, the edge over which the weights enter.
    unit : dict of Node to int
        A number for the neuron that a scalar belongs to, the same for every record: scalar nodes
        of a batch that share their weights belong to one neuron.
    """

    def __init__(self, trace: Trace) -> None:
        self.of: dict[Node, Place] = {}
        self.weight: dict[Node, Flow] = {}
        self.unit: dict[Node, int] = {}
        leaves = [step.node for step in trace.steps if step.node.is_leaf]
        steps = [step for step in reversed(trace.steps) if not step.node.is_leaf]
        self._scoped = any(step.node.scope for step in steps)
        plain = set(leaves)
        self.unit.update((leaf, i) for i, leaf in enumerate(leaves))
        for step in steps:
            if step.node.op in _SHAPING and all(flow.target in plain for flow in step.flows):
                plain.add(step.node)
            self._settle(step, plain)
        for step in reversed(steps):
            self._tell_operands(step)

    def _settle(self, step: Step, plain: set[Node]) -> None:
        node = step.node
        weight = _weight_flow(step, plain)
        if weight is None:
            self.unit[node] = min(self.unit[flow.target] for flow in step.flows)
        else:
            self.weight[node] = weight
            self.unit[node] = self.unit[weight.target]
        self.of[node] = (node.scope, False) if self._scoped else self._count(step, weight)

    def _count(self, step: Step, weight: Flow | None) -> Place:
        reached = [self.of[flow.target] for flow in step.flows if flow.target in self.of]
        layer, beyond = max(reached, default=(0, False))
        if weight is not None:
            return int(layer) + 1, False
        # A product of two signals is not linear; one with a constant merely rescales.
        linear = _SUMS | _SHAPING | (_SCALING if len(step.flows) == 1 else set())
        return layer, beyond or step.node.op not in linear

    def _tell_operands(self, step: Step) -> None:
        """Give the summands of a neuron the number of their sum."""
        if step.node.op in ("add", "sum") and step.node not in self.weight:
            for flow in step.flows:
                if self.of.get(flow.target) == self.of[step.node]:
                    self.unit[flow.target] = self.unit[step.node]

    def name(self, place: Place) -> str:
        """How messages call a place."""
        where, _ = place
        if self._scoped:
            return str(where) or "(no scope)"
        entering = (flow for node, flow in self.weight.items() if self.of[node] == (where, False))
        names = (flow.target.name.partition("[")[0] for flow in entering)
        known = ", ".join(dict.fromkeys(name for name in names if name))
        return f"layer {where}" + (f" ({known})" if known else "")


def _weight_flow(step: Step, plain: set[Node]) -> Flow | None:
    """The edge over which weights enter a product; None if the step is no such product."""
    if step.node.op not in ("multiply", "matmul"):
        return None
    if len(step.flows) == 2 and step.flows[0].target is step.flows[1].target:
        return None
    candidates = [flow for flow in step.flows if flow.target in plain]
    if not candidates:
        return None
    # Where the signal is a variable too: x @ w, but w * x.
    return candidates[-1] if step.node.op == "matmul" else candidates[0]

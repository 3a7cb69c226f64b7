"""A `Trace` of stand-ins, from a backward pass of PyTorch."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd import Flow, Step, Trace
from viz.torch_graph.arrays import to_array
from viz.torch_graph.backpropagation import BackwardPass, Function, Passage
from viz.torch_graph.layers import Layer, layer_of
from viz.torch_graph.operations import ELEMENTWISE, GATES, multiplicity, operation_name
from viz.torch_graph.stand_in import TorchNode
from viz.torch_graph.values import Output, is_recomputed, saved_operand, shaped

#: What an output of a function with several is: the function made them all at once.
_PART = "getitem"


class Builder:
    """Makes a stand-in for every output of every function, and a step for every stand-in.

    A function that made several tensors has a node for all of them together, as one flat array,
    and each of them is a part of it.
    """

    def __init__(
        self,
        backward: BackwardPass,
        root: Output,
        values: dict[Output, Any],
        scopes: dict[Function, str],
        names: dict[Function, tuple[str, str]],
    ) -> None:
        self._root = root
        self._values = values
        self._scopes = scopes
        self._passages = backward.passages
        self._leaves = backward.leaves
        self._nodes: dict[Output, TorchNode] = {}
        self._whole: dict[Function, TorchNode] = {}
        self._sums: dict[TorchNode, Any] = {}
        self._used = _used_outputs(root, backward)
        for leaf in backward.leaves:
            scope, name = names.get(leaf, ("", ""))
            self._nodes[leaf, 0] = TorchNode.variable(_data(values[leaf, 0]), scope, name)
        # Oldest first, so that the stand-ins are as old, one against the other, as the tensors.
        for function in reversed(backward.passages):
            self._stand_in(function)

    def trace(self) -> Trace:
        """The steps, in the order of the backward pass, and those of the leaves."""
        steps = [step for f, passage in self._passages.items() for step in self._steps(f, passage)]
        for leaf, gradient in self._leaves.items():
            steps.append(Step(self._nodes[leaf, 0], _array(gradient, leaf, 0), ()))
        root = self._nodes[self._root]
        return Trace(root, tuple(steps), {step.node: step for step in steps})

    # --- nodes --------------------------------------------------------------------------------

    def _stand_in(self, function: Function) -> None:
        op, scope, layer = operation_name(function), self._scopes[function], layer_of(function)
        operands = self._operands(function)
        if layer is not None:
            product = self._multiply(function, layer)
            if layer.bias is not None:
                factors = tuple(operands[slot] for slot in layer.factors)
                node = TorchNode.computed(layer.op, _data(product), factors, scope)
                op, operands = "add", (node, operands[layer.bias])
        elif (value := self._value(function, 0)) is not None:
            self._learn(function, shaped(function, value))
        self._whole[function] = self._outputs(function, op, operands, scope)

    def _outputs(
        self, function: Function, op: str, operands: tuple[TorchNode, ...], scope: str
    ) -> TorchNode:
        """The node for all that a function made, which has parts if this is several tensors."""
        used = self._used[function]
        data = [_data(self._values.get((function, number))) for number in used]
        if len(used) == 1:
            whole = TorchNode.computed(op, data[0], operands, scope)
            self._nodes[function, used[0]] = whole
            return whole
        known = [array.ravel() for array in data if array is not None]
        together = np.concatenate(known) if len(known) == len(data) else None
        whole = TorchNode.computed(op, together, operands, scope)
        for number, array in zip(used, data, strict=True):
            part = TorchNode.computed(_PART, array, (whole,), scope, index=number)
            self._nodes[function, number] = part
        return whole

    def _operands(self, function: Function) -> tuple[TorchNode, ...]:
        """The operands, slot by slot.

        Of the last slots, those that are empty are left out, since nothing may have been given
        for them; but not the bias of a layer, of which that is known.
        """
        nodes = [
            TorchNode.constant(_data(saved_operand(function, slot)))
            if operand is None
            else self._nodes[operand, number]
            for slot, (operand, number) in enumerate(function.next_functions)
        ]
        if (layer := layer_of(function)) is None or layer.bias is None:
            while not nodes[-1].requires_grad and nodes[-1].data is None:
                nodes.pop()
        return tuple(nodes)

    # --- values -------------------------------------------------------------------------------

    def _value(self, function: Function, slot: int) -> Any:
        """An operand, if it is known."""
        edge = function.next_functions[slot]
        value = saved_operand(function, slot) if edge[0] is None else self._values.get(edge)
        return None if value is None else value.detach()

    def _learn(self, function: Function, value: Any) -> None:
        """Take note of what a function made, unless it is known already."""
        if value is not None:
            self._values.setdefault((function, 0), value)

    def _multiply(self, function: Function, layer: Layer) -> Any:
        """The product inside a layer, if its factors are known; with it, what the layer made."""
        if layer.bias is None and (function, 0) in self._values:
            return None
        signal, weights = (self._value(function, slot) for slot in layer.factors)
        if signal is None or weights is None:
            return None
        product = layer.product(signal, weights)
        if layer.bias is None:
            self._learn(function, product)
        elif (bias := self._value(function, layer.bias)) is not None:
            self._learn(function, product + bias.reshape(layer.bias_shape))
        return product

    # --- steps --------------------------------------------------------------------------------

    def _steps(self, function: Function, passage: Passage) -> list[Step]:
        used, whole = self._used[function], self._whole[function]
        arrived = [_array(passage.arrived[number], function, number) for number in used]
        layer = layer_of(function)
        if layer is not None and layer.bias is not None:
            return self._layer_steps(function, layer, layer.bias, passage, arrived[0])
        if len(used) == 1:
            return [Step(whole, arrived[0], self._flows(function, passage, arrived[0]))]
        steps = []
        together = np.concatenate([gradient.ravel() for gradient in arrived])
        start = 0
        for number, gradient in zip(used, arrived, strict=True):
            contribution = np.zeros_like(together)
            contribution[start : start + gradient.size] = gradient.ravel()
            start += gradient.size
            # A part of the elements passes as it is: only the size makes its RMS a smaller one.
            size = (gradient.size / together.size) ** 0.5 if gradient.size else 1.0
            part = self._nodes[function, number]
            flow = self._flow(part, whole, 0, gradient, None, contribution, size)
            steps.append(Step(part, gradient, (flow,)))
        return [*steps, Step(whole, together, self._flows(function, passage, together))]

    def _layer_steps(
        self,
        function: Function,
        layer: Layer,
        bias: int,
        passage: Passage,
        gradient: Any,
    ) -> list[Step]:
        """Those of the sum, which hands the gradient on as it is, and of the product."""
        whole = self._whole[function]
        product = whole._args[0]
        flows = [self._flow(whole, product, 0, gradient, 1.0, gradient, 1.0)]
        if function.next_functions[bias][0] is not None:
            # Elements of both meet as numpy would let them, unless the bias is one of channels.
            local = 1.0 if layer.op == "matmul" else None
            flows.append(self._edge(function, bias, passage, whole, 1, gradient, local))
        below = [
            self._edge(function, slot, passage, product, place, gradient, None)
            for place, slot in enumerate(layer.factors)
            if function.next_functions[slot][0] is not None
        ]
        return [Step(whole, gradient, tuple(flows)), Step(product, gradient, tuple(below))]

    def _flows(self, function: Function, passage: Passage, gradient: Any) -> tuple[Flow, ...]:
        node = self._whole[function]
        locals_ = _local_derivatives(function, node.op, gradient)
        return tuple(
            self._edge(function, slot, passage, node, slot, gradient, locals_.get(slot))
            for slot, (operand, _) in enumerate(function.next_functions)
            if operand is not None
        )

    def _edge(
        self,
        function: Function,
        slot: int,
        passage: Passage,
        source: TorchNode,
        place: int,
        gradient: Any,
        local: Any,
    ) -> Flow:
        """The flow over an edge of PyTorch's, which leads from slot `place` of a stand-in."""
        operand, number = function.next_functions[slot]
        contribution = _array(passage.handed_on[slot], operand, number)
        size = multiplicity(source.op, function, place, gradient.shape, contribution.shape)
        target = self._nodes[operand, number]
        return self._flow(source, target, place, gradient, local, contribution, size)

    def _flow(
        self,
        source: TorchNode,
        target: TorchNode,
        slot: int,
        gradient: Any,
        local: Any,
        contribution: Any,
        size: float,
    ) -> Flow:
        before = self._sums.get(target, 0.0)
        after = contribution if target not in self._sums else before + contribution
        self._sums[target] = after
        return Flow(source, target, slot, gradient, local, contribution, before, after, size)


def _used_outputs(root: Output, backward: BackwardPass) -> dict[Function, list[int]]:
    """The outputs of each function on which the root depends."""
    used: dict[Function, set[int]] = {root[0]: {root[1]}}
    for function in backward.passages:
        for operand, number in function.next_functions:
            if operand is not None:
                used.setdefault(operand, set()).add(number)
    return {function: sorted(numbers) for function, numbers in used.items()}


def _data(value: Any) -> NDArray[Any] | None:
    return None if value is None else to_array(value)


def _array(gradient: Any, function: Function, number: int) -> NDArray[Any]:
    """A gradient with respect to an output of a function; where PyTorch passed none it is 0."""
    if gradient is not None:
        return to_array(gradient)
    import torch

    made = function._input_metadata[number]
    return to_array(torch.zeros(made.shape, dtype=made.dtype))


def _local_derivatives(function: Function, op: str, gradient: NDArray[Any]) -> dict[int, Any]:
    """By slot: the derivatives of an elementwise function; it hands them on if given ones."""
    if op not in ELEMENTWISE or gradient.dtype.kind != "f" or is_recomputed(function):
        return {}
    import torch

    made = function._input_metadata[0]
    shape = tuple(made.shape)
    one = torch.ones((), dtype=made.dtype, device=made.device)
    with torch.no_grad():
        handed_on = function(one.expand(shape))
    found = {}
    for slot, local in enumerate(handed_on if isinstance(handed_on, tuple) else (handed_on,)):
        if local is None or local.shape != shape:
            continue
        if not any(local.stride()) and local.numel():
            found[slot] = local.flatten()[0].item()
        else:
            array = to_array(local)
            found[slot] = array.astype(bool) if op in GATES else array
    return found

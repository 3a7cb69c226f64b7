"""diagnose(): look at a loss, say what is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from autograd import Node, Trace
from viz.health import illnesses
from viz.health.diagnosis import Diagnosis, Finding
from viz.health.nonfinite import find_nonfinite
from viz.health.survey import Survey, survey

if TYPE_CHECKING:
    from nn import Module


def diagnose(loss: Node | Trace, model: Module | None = None) -> Diagnosis:
    """Say in plain words which layer of a network is ill, how badly, and what usually helps.

    Parameters
    ----------
    loss : Node or Trace
        A scalar `Value` or `Tensor`, or its trace. No `backward` is needed before, and no `grad`
        is touched.
    model : Module, optional
        Tells which parameters there are, so that the unused ones are found too.

    Returns
    -------
    Diagnosis
        Its `findings`, worst first (none for a healthy network); prints as sentences and a table.

    Raises
    ------
    TypeError
        If `loss` is no node.
    RuntimeError, ValueError, StaleGraphError
        As `Node.trace` does.

    Notes
    -----
    Every threshold is relative, layer against layer: neither the size of the loss nor that of the
    batch matters.
    """
    if not isinstance(loss, Node | Trace):
        raise TypeError(
            f"diagnose looks at a loss that was computed with Values or Tensors, but "
            f"{type(loss).__name__} was given; pass the loss itself, not its .data."
        )
    trace = loss if isinstance(loss, Trace) else loss.trace()
    measured = survey(trace)
    found = [*_find(trace, measured), *(_unused(trace, model) if model is not None else ())]
    found.sort(key=lambda finding: finding.severity != "severe")
    return Diagnosis(tuple(found), measured)


def _find(trace: Trace, measured: Survey) -> Iterator[Finding]:
    spoilt = list(find_nonfinite(trace))
    if spoilt:
        # NaN spreads, so of the other figures only those of the weights mean anything.
        yield from spoilt
        yield from illnesses.find_large_weights(measured)
        return
    loss = float(trace.root.data)
    found = [
        *illnesses.find_symmetry(measured),
        *illnesses.find_dead(measured, loss),
        *illnesses.find_saturated(measured),
        *illnesses.find_large_weights(measured),
        *illnesses.find_growth(measured),
        *illnesses.find_vanishing(measured),
    ]
    yield from found or illnesses.find_silence(measured, loss)


def _unused(trace: Trace, model: Module) -> Iterator[Finding]:
    for name, parameter in model.named_parameters():
        if parameter.requires_grad and not any(node in trace for node in _nodes(parameter)):
            yield Finding(
                "unused",
                name,
                "mild",
                "the loss does not depend on this parameter, so it never learns.",
                "use it in forward(), or remove it; detach() or .data cut a graph.",
                (name,),
            )


def _nodes(parameter: Any) -> Iterator[Node]:
    """The node, or the Values of a ValueArray."""
    if isinstance(parameter, Node):
        yield parameter
    else:
        yield from parameter.flat

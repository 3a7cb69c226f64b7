"""diagnose(): look at a loss, say what is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd import Node, Trace, ValueArray
from viz.health import gates, initialisation, propagation, scale
from viz.health.diagnosis import Diagnosis, Finding
from viz.health.learning import Recorded, find_large_steps
from viz.health.nonfinite import find_nonfinite
from viz.health.survey import Survey, survey

if TYPE_CHECKING:
    from nn import Module


def diagnose(
    loss: Node | Trace, model: Module | None = None, history: Recorded | Any = None
) -> Diagnosis:
    """Say in plain words which layer of a network is ill, how badly, and what usually helps.

    Parameters
    ----------
    loss : Node or Trace
        A scalar `Value` or `Tensor`, or its trace. No `backward` is needed before, and no `grad`
        is touched.
    model : Module, optional
        Tells which parameters there are, so that the unused ones are found too.
    history : optional
        Tells how training went, so that a learning rate that is too large is found too: a
        `viz.GradientHistory`, or anything with ``loss``, a sequence with the loss of every step,
        and ``update_ratio``, a mapping from the name of a parameter to a sequence with the RMS of
        every step's change over the RMS of the parameter. The losses of an `nn.History` help too.

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
    # What is NaN or infinite is a finding, no reason for a warning.
    with np.errstate(all="ignore"):
        measured = survey(trace)
        illnesses = list(_find(trace, measured))
    found = [
        # First: too large a step makes most other illnesses.
        *(find_large_steps(history) if history is not None else ()),
        *illnesses,
        *(_unused(trace, model) if model is not None else ()),
    ]
    found.sort(key=lambda finding: finding.severity != "severe")
    return Diagnosis(tuple(found), measured)


def _find(trace: Trace, measured: Survey) -> Iterator[Finding]:
    spoilt = list(find_nonfinite(trace))
    if spoilt:
        # NaN spreads, so of the other figures only those of the weights mean anything.
        yield from spoilt
        yield from propagation.find_large_weights(measured)
        yield from propagation.find_through_time(measured)
        return
    loss = float(trace.root.data)
    raw_inputs = list(scale.find_raw_inputs(measured))
    through_time = list(propagation.find_through_time(measured))
    growth = [*propagation.find_large_weights(measured), *propagation.find_growth(measured)]
    found = [
        *initialisation.find_zero_weights(measured),
        *initialisation.find_symmetry(measured),
        *growth,
        *through_time,
        *gates.find_dead(measured, loss),
        *gates.find_saturated(measured),
        *propagation.find_vanishing(measured),
        *raw_inputs,
    ]
    if not (growth or raw_inputs or through_time):
        # Else it is known already why the signal grows.
        found += scale.find_growing_signal(measured)
    yield from found or initialisation.find_silence(measured, loss)


def _unused(trace: Trace, model: Module) -> Iterator[Finding]:
    names = {f"{step.node.scope}.{step.node.name}".lstrip(".") for step in trace}
    for name, parameter in model.named_parameters():
        # A parameter of PyTorch is in the trace as a node of its name.
        ours = isinstance(parameter, Node | ValueArray)
        used = any(node in trace for node in _nodes(parameter)) if ours else name in names
        if parameter.requires_grad and not used:
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

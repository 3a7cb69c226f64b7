"""why(): what makes one gradient tiny, huge, zero or NaN."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from autograd import Flow, Node, Trace, ValueArray
from autograd.primitives import data_of
from autograd.trace import rms
from viz.health.culprits import Site, describe, describe_stop
from viz.health.explanation import Culprit, Explanation, Verdict
from viz.health.nonfinite import find_nonfinite, handed_on
from viz.health.places import CONTRACTIONS, Place, Places, signals_of
from viz.health.sizes import flat, norm

#: A gradient is tiny or huge beyond so many powers of two; a culprit counts from so many.
_REMARKABLE, _LEAST = 10.0, 0.5
#: Operations that choose or arrange elements: what they leave out receives 0, the others all.
_SELECTIONS = {"getitem", "concatenate", "stack", "pad", "max", "min", "sort", "reshape"}


def why(loss: Node | Trace, parameter: Node | ValueArray) -> Explanation:
    """Say why a gradient is tiny, huge, zero or NaN: which operations made it so.

    The gradient is followed from the parameter back to the loss, on every path with the share of
    it that came over that path, and every operation is charged with the bits (powers of two) that
    it costs or adds. What a mean or a large batch does is mere size and is nobody's fault.

    Parameters
    ----------
    loss : Node or Trace
        A scalar `Value` or `Tensor`, or its trace. No `backward` is needed before, and no `grad`
        is touched.
    parameter : Node or ValueArray
        Whose gradient: a parameter, or anything else on the way.

    Returns
    -------
    Explanation
        Its `culprits`, what matters most first, each with the node; prints as sentences, and is a
        table in a notebook.

    Raises
    ------
    TypeError
        If one of the two is no node.
    RuntimeError, ValueError, StaleGraphError
        As `Node.trace` does.

    Examples
    --------
    >>> import viz
    >>> from autograd import Value
    >>> w = Value(6.0, name="w")
    >>> [culprit.kind for culprit in viz.why((w * 1.0).tanh(), w).culprits]
    ['saturated']
    """
    if not isinstance(loss, Node | Trace):
        raise TypeError(
            f"why looks at a loss that was computed with Values or Tensors, but "
            f"{type(loss).__name__} was given; pass the loss itself, not its .data."
        )
    if not isinstance(parameter, Node | ValueArray):
        raise TypeError(
            f"why explains the gradient of a node, but {type(parameter).__name__} was given; pass "
            "the parameter itself, as model.fc1.weight."
        )
    trace = loss if isinstance(loss, Trace) else loss.trace()
    # What is NaN or infinite is explained, no reason for a warning.
    with np.errstate(all="ignore"):
        return _explain(trace, parameter)


def _explain(trace: Trace, parameter: Node | ValueArray) -> Explanation:
    nodes = [parameter] if isinstance(parameter, Node) else list(parameter.flat)
    targets = [node for node in nodes if node in trace]
    name = _name(trace, nodes)
    if not targets:
        return Explanation(name, "unreached", math.nan, math.nan, ())
    gradient = rms(flat(trace[node].gradient for node in targets))
    above = _above(trace, targets)
    if not math.isfinite(gradient):
        return _nonfinite(name, trace, above, gradient)
    places = Places(trace)
    if gradient == 0:
        stops = tuple(_stops(trace, places, above))
        return Explanation(name, "zero", gradient, -math.inf, stops)
    sites = _charge(trace, places, targets, above)
    bits = sum(site.bits for site in sites)
    culprits = [describe(site, places) for site in sites if abs(site.bits) >= _LEAST]
    verdict: Verdict = (
        "tiny" if bits < -_REMARKABLE else "huge" if bits > _REMARKABLE else "ordinary"
    )
    order = {"tiny": lambda c: c.bits, "huge": lambda c: -c.bits}
    culprits.sort(key=order.get(verdict, lambda c: -abs(c.bits)))
    return Explanation(name, verdict, gradient, bits, tuple(culprits))


def _name(trace: Trace, nodes: list[Any]) -> str:
    """The name of a parameter, below the module that uses it."""
    node = nodes[0]
    user = next((f.source for f in trace.flows if f.target is node), node)
    name = node.name if len(nodes) == 1 else node.name.partition("[")[0]
    name = name or (f"what {node.op} makes" if node.op else "this variable")
    return f"{user.scope}.{name}" if node.is_leaf and node.name and user.scope else name


def _above(trace: Trace, targets: list[Node]) -> set[Node]:
    """The targets, and everything made of them."""
    found = set(targets)
    for step in reversed(trace.steps):
        if any(flow.target in found for flow in step.flows):
            found.add(step.node)
    return found


def _nonfinite(name: str, trace: Trace, above: set[Node], gradient: float) -> Explanation:
    """The first operation to make a NaN or ∞, and those that handed it on."""
    culprits = [
        Culprit("non-finite", node.scope, node.op, math.nan, found.sentence, found.advice, node)
        for found in find_nonfinite(trace, above)
        if (node := found.node) is not None
    ]
    at_fault = {culprit.node for culprit in culprits}
    passed_on = tuple(node for node in handed_on(trace, above) if node not in at_fault)
    return Explanation(name, "non-finite", gradient, math.nan, tuple(culprits), passed_on)


def _stops(trace: Trace, places: Places, above: set[Node]) -> Iterator[Culprit]:
    """What lets exactly nothing of the gradient through, largest gradient lost first."""
    sites: dict[Any, Site] = {}
    for step in trace:
        if step.node not in above or not np.any(step.gradient):
            continue
        for flow in step.flows:
            if flow.target in above and flow.closed:
                _site(sites, places, flow).add(flow, 1.0, -math.inf)
    stops = sorted(sites.values(), key=lambda s: norm(f.upstream for f in s.flows), reverse=True)
    for site in stops:
        yield from _causes(trace, places, sites, site)
        yield describe_stop(site, places)


def _causes(trace: Trace, places: Places, sites: dict[Any, Site], site: Site) -> Iterator[Culprit]:
    """What made the zeros that a site is given, if it is closed for no other reason."""
    worst = site.worst
    given = worst.target if site.what != "input" else signals_of(worst.source, worst)[0]
    if not isinstance(given, Node) or np.any(given.data) or given not in trace:
        return
    for flow in trace[_source_of_zeros(given)].flows:
        place, what = key = _site_key(places, flow)
        if what != "input" and key not in sites:
            sites[key] = cause = Site(what, place)
            cause.add(flow, 1.0, -math.inf)
            yield describe_stop(cause, places)


def _source_of_zeros(node: Node) -> Node:
    """The operation that makes zeros of what is not 0, below a node that is 0 everywhere."""
    while True:
        zero = [x for x in node.inputs if not x.is_leaf and not np.any(x.data)]
        if not zero:
            return node
        node = zero[0]


def _charge(trace: Trace, places: Places, targets: list[Node], above: set[Node]) -> list[Site]:
    """Charge the operations with the bits that they cost, weighted by the shares of the paths."""
    incoming: dict[Node, list[Flow]] = {}
    for flow in trace.flows:
        if flow.target in above and np.any(flow.contribution):
            incoming.setdefault(flow.target, []).append(flow)
    whole = norm(trace[node].gradient for node in targets)
    shares = {node: norm([trace[node].gradient]) / whole for node in targets}
    total = sum(shares.values())
    shares = {node: share / total for node, share in shares.items()}
    sites: dict[Any, Site] = {}
    for step in reversed(trace.steps):
        share, flows = shares.get(step.node, 0.0), incoming.get(step.node, [])
        if not share or not flows:
            continue
        sizes = [norm([flow.contribution]) for flow in flows]
        parts = [size / sum(sizes) for size in sizes]
        _charge_meeting(sites, places, step.node, share, flows, parts, norm([step.gradient]))
        for flow, part in zip(flows, parts, strict=True):
            shares[flow.source] = shares.get(flow.source, 0.0) + share * part
            _site(sites, places, flow).add(flow, share * part, _bits(flow, places))
    return list(sites.values())


def _charge_meeting(
    sites: dict[Any, Site],
    places: Places,
    node: Node,
    share: float,
    flows: list[Flow],
    parts: list[float],
    together: float,
) -> None:
    """Charge what becomes of contributions that meet: they add up, or cancel."""
    if len(flows) < 2:
        return
    alone = sum(p * math.log2(norm([f.contribution])) for f, p in zip(flows, parts, strict=True))
    bits = (math.log2(together) if together else -1074.0) - alone
    if node.is_leaf:
        # So much would random contributions of a batch add up to: mere size.
        bits -= 0.5 * math.log2(len(flows))
    if all(flow.source in places.weight and not _is_weight(flow, places) for flow in flows):
        # The products of a layer of scalars: their sum belongs to the layer.
        _site(sites, places, flows[0]).add(flows[0], share, bits)
    else:
        key = (places.of.get(node), "meeting")
        site = sites.setdefault(key, Site("meeting", places.of.get(node)))
        site.add(flows[0], share, bits)


def _site(sites: dict[Any, Site], places: Places, flow: Flow) -> Site:
    """What an edge is charged to."""
    place, what = key = _site_key(places, flow)
    return sites.setdefault(key, Site(what, place))


def _site_key(places: Places, flow: Flow) -> tuple[Place, str]:
    """The weights or the input of a layer, or an operation; and its place."""
    what = flow.source.op
    if flow.source in places.weight:
        what = "input" if _is_weight(flow, places) else "weights"
    return places.of[flow.source], what


def _is_weight(flow: Flow, places: Places) -> bool:
    """Whether the gradient of the weights of a product goes over an edge."""
    return places.weight.get(flow.source) is flow


def _bits(flow: Flow, places: Places) -> float:
    """log₂ of the size of what an edge passes over that of what arrives, mere size apart.

    Of a product with weights, and where elements are selected, the L2 norm is compared: with
    initial weights of the usual size it is kept, however wide the layer.
    """
    if _is_weight(flow, places):
        # ∂L/∂w is made of the upstream gradient and the input.
        return _log2(rms(flat(data_of(x) for x in signals_of(flow.source, flow))))
    if flow.source.op in CONTRACTIONS or flow.source.op in _SELECTIONS:
        return _log2(norm([flow.contribution]) / norm([flow.upstream]))
    return _log2(flow.gain)


def _log2(x: float) -> float:
    return math.log2(x) if x > 0 else -1074.0

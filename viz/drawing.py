"""graph() and step(): the computation graph as a picture, with what flows on every edge."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from autograd import Node, Trace
from autograd.allocation import collector_paused
from autograd.history import stale_operands
from autograd.pathways.result import Paths
from viz.page.assemble import interactive_page
from viz.page.payload import MOST_LINKS, payload, to_json
from viz.picture import Picture
from viz.render.dot import to_dot
from viz.render.svg import to_svg
from viz.scene.chart import View, look
from viz.scene.scene import AT_A_GLANCE, compose
from viz.stepping.records import records
from viz.stepping.stepper import Stepper

#: How many edges a page steps through that was made for something else.
_MOST_BESIDE = 2_000


def graph(
    loss: Node | Trace,
    *,
    gradients: bool = True,
    names: Mapping[str, Any] | None = None,
    title: str | None = None,
    depth: int | None = None,
    paths: Paths | None = None,
) -> Picture:
    """Draw the computation graph of a result, and how the gradient flows back through it.

    Every argument slot is one edge: ``x * x`` has two. Its width is log₁₀ of the contribution,
    its colour what the edge does to the gradient (see `autograd.Flow.gain`). No `backward` is
    needed, and no `grad` is touched.

    Parameters
    ----------
    loss : Value, Tensor or Trace
        What is drawn. A Tensor that is no scalar has no gradient of its own: pass its
        ``y.trace(gradient)``, or ``gradients=False``.
    gradients : bool, default True
        False draws the forward pass alone; every edge then says "not computed".
    names : mapping of str to node, optional
        Names for nodes that have none, such as ``dict(w=w)``, ``dict(model.named_parameters())``
        or ``locals()``: what is no node is passed over, and so are names with an underscore first.
    title : str, optional
        Heading of the picture.
    depth : int, optional
        How many levels of boxes are open at first: modules, and what a graph is divided into where
        it is large. 0 shows the outermost boxes; by default as many as can be read are open.
    paths : Paths, optional
        What `autograd.paths` found: these stand out, and the page lists them.

    Returns
    -------
    Picture
        Shows itself in a notebook; its `save` writes .svg, .html, .dot, .png or .pdf.

    Raises
    ------
    TypeError
        If `loss` is neither a node nor a trace.
    ValueError
        If `depth` is negative; or as `Node.trace` does.
    RuntimeError, StaleGraphError
        As `Node.trace` does.

    Examples
    --------
    >>> from autograd import Value
    >>> x = Value(3.0, name="x")
    >>> graph(x * x).save("square.svg")  # doctest: +SKIP
    """
    _require_drawable("graph", loss, depth)

    def tools() -> dict[str, Any]:
        more: dict[str, Any] = {}
        if paths is not None:
            more["folds"] = {"Paths": paths._repr_html_()}
        if _can_be_stepped(view):
            more["steps"] = _steps(view, names)
        return more

    with collector_paused():
        view = look(loss, gradients, names, paths)
        return draw(view, title, depth, tools)


def step(
    loss: Node | Trace,
    *,
    names: Mapping[str, Any] | None = None,
    title: str | None = None,
    depth: int | None = None,
) -> Picture:
    """Step through backpropagation, one application of the chain rule at a time.

    The picture's page opens at the beginning, where only the result has a gradient. Each step
    takes one edge, forwards or backwards, and says what it does as a formula, in numbers and in
    words; breakpoints stop where the gradient vanishes or turns to NaN, and a quiz asks before it
    tells. ``glassgrad step script.py:loss`` does the same in a terminal.

    Parameters
    ----------
    loss, names, title, depth
        As for `graph`.

    Returns
    -------
    Picture
        Shows itself in a notebook; `save` it as .html to open it elsewhere.

    Raises
    ------
    TypeError
        If `loss` is neither a node nor a trace.
    ValueError
        If the graph has more than 20 000 edges; or as `graph` does.
    """
    _require_drawable("step", loss, depth)
    trace = loss if isinstance(loss, Trace) else loss.trace()
    view = look(trace, names=names)
    if len(view.reader.recording.links) > MOST_LINKS:
        raise ValueError(
            f"viz.step shows up to {MOST_LINKS} edges, but this graph has "
            f"{len(view.reader.recording.links)}; step through a smaller case, such as one sample, "
            "or in a terminal with `glassgrad step script.py:loss`."
        )
    tools = {"steps": _steps(view, names), "open": "step"}
    return draw(view, title, depth, lambda: tools)


def draw(
    view: View,
    title: str | None = None,
    depth: int | None = None,
    tools: Callable[[], dict[str, Any]] = dict,
) -> Picture:
    """Picture of what has been read from a graph; `title` and `depth` as for `graph`.

    `tools` gives data for the page, as for `interactive_page`, when that is asked for.
    """
    scene = compose(view, title, depth)
    return Picture(
        to_svg(scene),
        title=scene.title,
        alt=scene.summary,
        page=lambda: interactive_page(
            compose(view, title, depth, comfortable=AT_A_GLANCE), **tools()
        ),
        dot=lambda: to_dot(scene),
        data=lambda: to_json(payload(scene)),
    )


def _steps(view: View, names: Mapping[str, Any] | None) -> dict[str, Any]:
    assert view.reader.trace is not None
    return records(Stepper(view.reader.trace, names), view.reader.recording.nodes)


def _can_be_stepped(view: View) -> bool:
    """Whether a page can have the steps too: of small graphs, as long as no number has changed."""
    trace, recording = view.reader.trace, view.reader.recording
    if trace is None or len(recording.links) > _MOST_BESIDE:
        return False
    computed = [step.node for step in reversed(trace.steps) if not step.node.is_leaf]
    return not any(stale_operands(computed))


def _require_drawable(function: str, loss: Any, depth: int | None) -> None:
    if not isinstance(loss, Node | Trace):
        raise TypeError(
            f"viz.{function} takes a Value, a Tensor or a Trace, but {type(loss).__name__} was "
            "given; pass the loss itself."
        )
    if depth is not None and depth < 0:
        raise ValueError(f"depth says how many levels of boxes are open: 0 or more, not {depth}.")

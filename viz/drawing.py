"""graph(): the computation graph as a picture, with what flows on every edge."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from autograd import Node, Trace
from viz.page.assemble import interactive_page
from viz.page.payload import to_json
from viz.picture import Picture
from viz.render.dot import to_dot
from viz.render.svg import to_svg
from viz.scene.chart import View, look
from viz.scene.scene import AT_A_GLANCE, compose


def graph(
    loss: Node | Trace,
    *,
    gradients: bool = True,
    names: Mapping[str, Any] | None = None,
    title: str | None = None,
    depth: int | None = None,
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
    if not isinstance(loss, Node | Trace):
        raise TypeError(
            f"viz.graph draws a Value, a Tensor or a Trace, but {type(loss).__name__} was given; "
            "pass the loss itself."
        )
    if depth is not None and depth < 0:
        raise ValueError(f"depth says how many levels of boxes are open: 0 or more, not {depth}.")
    return draw(look(loss, gradients, names), title, depth)


def draw(view: View, title: str | None = None, depth: int | None = None) -> Picture:
    """Picture of what has been read from a graph; `title` and `depth` as for `graph`."""
    scene = compose(view, title, depth)
    return Picture(
        to_svg(scene),
        title=scene.title,
        alt=scene.summary,
        page=lambda: interactive_page(compose(view, title, depth, comfortable=AT_A_GLANCE)),
        dot=lambda: to_dot(scene),
        data=lambda: to_json(scene),
    )

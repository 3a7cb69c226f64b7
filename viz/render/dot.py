"""A scene as source for Graphviz, through the package graphviz; no program is called."""

from __future__ import annotations

from viz.render.theme import LIGHT
from viz.scene.scene import Scene
from viz.scene.style import gain_level, stroke_width
from viz.scene.view import Edge
from viz.scene.words import about_edge, about_vertex, edge_labels

_SHAPES = {
    "variable": {"shape": "box", "style": "rounded,filled", "fillcolor": LIGHT.operand},
    "constant": {"shape": "octagon", "style": "dashed"},
    "operation": {"shape": "box", "style": "filled", "fillcolor": LIGHT.box},
    "loss": {"shape": "box", "style": "filled", "fillcolor": LIGHT.result, "peripheries": "2"},
    "group": {"shape": "box3d", "style": "filled", "fillcolor": LIGHT.box},
}
_LINES = {
    "closed": {"style": "dashed", "color": LIGHT.ink},
    "nothing": {"style": "dotted", "color": LIGHT.faint},
    "broken": {"style": "bold", "color": LIGHT.broken},
    "constant": {"style": "dotted", "color": LIGHT.faint},
    "unknown": {"style": "dotted", "color": LIGHT.faint},
}


def to_dot(scene: Scene) -> str:
    """The same boxes, edges, labels and colours in the DOT language."""
    import graphviz

    graph = graphviz.Digraph(
        graph_attr={"rankdir": "LR", "label": graphviz.escape(scene.title), "labelloc": "t"},
        node_attr={"fontname": "sans-serif", "fontsize": "10", "color": LIGHT.faint},
        edge_attr={"fontname": "sans-serif", "fontsize": "9"},
    )
    view = scene.view
    for i, (vertex, box) in enumerate(zip(view.vertices, scene.boxes, strict=True)):
        graph.node(
            f"n{i}",
            graphviz.escape("\n".join([f"{box.title}  {box.corner}".strip(), *box.lines])),
            tooltip=graphviz.escape(about_vertex(vertex, view)),
            **_SHAPES[vertex.kind],
        )
    for edge in view.edges:
        graph.edge(
            f"n{edge.operand}",
            f"n{edge.consumer}",
            graphviz.escape("\n".join(filter(None, edge_labels(edge)))),
            tooltip=graphviz.escape(about_edge(edge, view)),
            **_line(edge),
        )
    return str(graph.source)


def _line(edge: Edge) -> dict[str, str]:
    if edge.state != "flowing":
        return _LINES[edge.state]
    return {
        "color": LIGHT.gain(gain_level(edge.gain)),
        "penwidth": str(stroke_width(edge.magnitude)),
    }

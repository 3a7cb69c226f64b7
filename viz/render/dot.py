"""A scene as source for Graphviz, through the package graphviz; no program is called."""

from __future__ import annotations

from typing import Any

from viz.render.theme import LIGHT
from viz.scene.parts import Edge
from viz.scene.scene import Scene, Sheet
from viz.scene.style import gain_level, stroke_width
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
    _Writer(scene).write(graph, scene.sheet, "n")
    return str(graph.source)


class _Writer:
    """Writes sheets into graphs; an open box is a cluster, and a port a point in it."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene

    def write(self, graph: Any, sheet: Sheet, prefix: str) -> list[str]:
        """Write a sheet, and return what its boxes and ports are called."""
        import graphviz

        chart = sheet.chart
        names = [f"{prefix}{k}" for k in range(len(sheet.boxes))]
        ports: dict[int, list[str]] = {}
        for k, (vertex, box) in enumerate(zip(chart.vertices, sheet.boxes, strict=True)):
            if k in sheet.opened:
                inner = sheet.inside[k]
                with graph.subgraph(name=f"cluster_{names[k]}") as cluster:
                    cluster.attr(label=graphviz.escape(box.title), style="rounded")
                    ports[k] = self.write(cluster, inner, f"{names[k]}_")[len(inner.boxes) :]
                continue
            graph.node(
                names[k],
                graphviz.escape("\n".join([f"{box.title}  {box.corner}".strip(), *box.lines])),
                tooltip=graphviz.escape(
                    about_vertex(vertex, self._scene.root, self._scene.computed)
                ),
                **_SHAPES[vertex.kind],
            )
        for k in range(len(names), len(names) + len(chart.entries) + len(chart.exits)):
            names.append(f"{prefix}{k}")
            graph.node(names[k], "", shape="point", width="0.04")
        for e, edge in enumerate(chart.edges):
            operand, consumer = names[edge.operand], names[edge.consumer]
            if edge.operand in ports:
                inner_chart = chart.inside[edge.operand]
                port = len(inner_chart.entries) + inner_chart.exits.index(e)
                operand = ports[edge.operand][port]
            if edge.consumer in ports:
                consumer = ports[edge.consumer][chart.inside[edge.consumer].entries.index(e)]
            labelled = edge.consumer < len(sheet.boxes)
            graph.edge(
                operand,
                consumer,
                graphviz.escape("\n".join(filter(None, edge_labels(edge)))) if labelled else "",
                tooltip=graphviz.escape(about_edge(edge, self._scene.root)),
                **_line(edge),
            )
        return names


def _line(edge: Edge) -> dict[str, str]:
    if edge.state != "flowing":
        return _LINES[edge.state]
    return {
        "color": LIGHT.gain(gain_level(edge.gain)),
        "penwidth": str(stroke_width(edge.magnitude)),
    }

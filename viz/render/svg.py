"""A scene as SVG: one self-contained element, without ids, so that any number share a page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from html import escape
from textwrap import wrap

from viz.render.legend import legend_beside
from viz.render.paths import Piece, joint, length_to_joint, path, zigzag
from viz.render.shapes import dashed, edge_class, edge_width, outline
from viz.render.theme import style_sheet
from viz.scene.parts import Edge, Vertex
from viz.scene.scene import HEAD, SIDE, Box, Scene, Sheet
from viz.scene.words import about_edge, about_vertex, edge_facts, edge_labels, vertex_facts

_MARGIN = 16
_TOP = 48.0
_LINE = 14
#: Mean width of a letter in the summary.
_LETTER = 5.8
#: Above a graph higher than this the legend comes first, or nobody would find it.
_TALL = 900


def to_svg(scene: Scene) -> str:
    """The whole picture: title, graph, legend.

    Every edge (class ``gg-edge``) and box (``gg-node``) carries its numbers as ``data-`` attributes
    and as a ``<title>``, which browsers show when it is pointed at.
    """
    layout = scene.sheet.layout
    legend, legend_width, legend_height = legend_beside(scene, layout.width, layout.height)
    width = max(layout.width, legend_width, 9 * len(scene.title)) + 2 * _MARGIN
    said = wrap(scene.summary, int((width - 2 * _MARGIN) / _LETTER))
    top = _TOP + _LINE * len(said)
    if layout.height < _TALL:
        graph_top, legend_top = top, top + layout.height + 24
    else:
        graph_top, legend_top = top + legend_height + 24, top
    height = top + layout.height + 24 + legend_height + _MARGIN
    left = _MARGIN + (width - 2 * _MARGIN - layout.width) / 2
    title, summary = escape(scene.title), escape(scene.summary)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="gg" role="img" '
        f'width="{width:.0f}" height="{height:.0f}" viewBox="0 0 {width:.0f} {height:.0f}">',
        f"<title>{title}</title><desc>{summary}</desc><style>{style_sheet()}</style>",
        '<rect class="gg-paper" width="100%" height="100%"/>',
        f'<text class="gg-title" x="{_MARGIN}" y="24">{title}</text>',
        *(
            f'<text class="gg-faint" x="{_MARGIN}" y="{42 + _LINE * k}">{escape(line)}</text>'
            for k, line in enumerate(said)
        ),
        f'<g transform="translate({left:.0f} {graph_top:.0f})">',
    ]
    parts += _sheet(scene, scene.sheet)
    parts.append("</g>")
    parts.append(f'<g transform="translate({_MARGIN} {legend_top:.0f})">{legend}</g>')
    parts.append("</svg>")
    return "\n".join(parts)


def _faded(drawn: Edge | Vertex) -> str:
    return " gg-faded" if drawn.faded else ""


def _raw(facts: dict[str, str]) -> str:
    # Escaping all values in one go takes half the time. None contains a control character.
    values = escape("\x1f".join(facts.values())).split("\x1f")
    return "".join(f' data-{key}="{value}"' for key, value in zip(facts, values, strict=True))


def _sheet(scene: Scene, sheet: Sheet) -> Iterator[str]:
    """Edges, then boxes, and what is in the open ones."""
    chart, layout = sheet.chart, sheet.layout
    joining = Counter(point for point, _ in {(joint(r), r[0]) for r in layout.routes})
    for edge, route in zip(chart.edges, layout.routes, strict=True):
        # Dashes that lie over each other in a trunk must not fill each other's gaps.
        phase = length_to_joint(route) if joining[joint(route)] > 1 and dashed(edge) else 0.0
        whole = _to_frame(route, edge, sheet)
        yield _edge(scene, edge, whole, edge.consumer < len(sheet.boxes), phase)
    for k, (vertex, box) in enumerate(zip(chart.vertices, sheet.boxes, strict=True)):
        if k not in sheet.opened:
            yield _node(scene, vertex, box, layout.corners[k])
            continue
        yield _frame(scene, vertex, box, layout.corners[k], sheet.sizes[k])
        yield f'<g transform="translate({SIDE} {HEAD})">'
        yield from _sheet(scene, sheet.inside[k])
        yield "</g></g>"


def _to_frame(route: list[Piece], edge: Edge, sheet: Sheet) -> list[Piece]:
    """A route whose ports are at the frame around the sheet."""
    boxes, frame = len(sheet.boxes), sheet.layout.width + SIDE
    start = [(-SIDE, route[0][1])] if edge.operand >= boxes else []
    end = [(frame, route[-1][-1])] if edge.consumer >= boxes else []
    return [*start, *route, *end]


def _frame(
    scene: Scene,
    vertex: Vertex,
    box: Box,
    corner: tuple[float, float],
    size: tuple[float, float],
) -> str:
    """The beginning of an open box; what is in it follows."""
    return (
        f'<g class="gg-open" transform="translate({corner[0]} {corner[1]})"'
        f"{_raw(vertex_facts(vertex))}>"
        f'<rect class="gg-frame" width="{size[0]}" height="{size[1]}" rx="6"/>'
        f"<g><title>{escape(about_vertex(vertex, scene.root, scene.computed))}</title>"
        f'<text class="gg-name" x="12" y="18">{escape(box.title)}</text></g>'
    )


def _edge(scene: Scene, edge: Edge, route: Sequence[Piece], labelled: bool, phase: float) -> str:
    width = edge_width(edge)
    end_x, end_y = route[-1][-2:]
    line = zigzag(route) if edge.state == "broken" else path(route)
    above, below = edge_labels(edge) if labelled else ("", "")
    alarm = " gg-alarm" if edge.state == "broken" else ""
    dashes = f' stroke-dashoffset="{-phase:.1f}"' if phase else ""
    # Words have letters that reach below the line they stand on; numbers have none.
    lift = 3.5 if dashed(edge) and not below else 2.0
    x, shift = end_x - 8, max(width / 2, 1.5) if edge.state != "broken" else 5.0
    return (
        f'<g class="gg-edge{_faded(edge)}"{_raw(edge_facts(edge))}>'
        f"<title>{escape(about_edge(edge, scene.root))}</title>"
        f'<path class="{edge_class(edge)}" stroke-width="{width}"{dashes} d="{line}"/>'
        f'<text class="gg-end{alarm}" x="{x}" y="{end_y - shift - lift:.1f}">{above}</text>'
        + (
            f'<text class="gg-end" x="{x}" y="{end_y + shift + 9:.1f}">{below}</text>'
            if below
            else ""
        )
        + "</g>"
    )


def _node(scene: Scene, vertex: Vertex, box: Box, corner: tuple[float, float]) -> str:
    x, y = corner
    texts = [f'<text class="gg-name" x="12" y="17">{escape(box.title)}</text>']
    if box.corner:
        texts.append(
            f'<text class="gg-end gg-faint" x="{box.width - 12}" y="17">{escape(box.corner)}</text>'
        )
    for k, line in enumerate(box.lines):
        texts.append(f'<text x="12" y="{32 + 13 * k}">{escape(line)}</text>')
    style = f"gg-node{_faded(vertex)}"
    return (
        f'<g class="{style}" transform="translate({x} {y})"{_raw(vertex_facts(vertex))}>'
        f"<title>{escape(about_vertex(vertex, scene.root, scene.computed))}</title>"
        f"{outline(vertex.kind, box.width, box.height, vertex.broken)}{''.join(texts)}</g>"
    )

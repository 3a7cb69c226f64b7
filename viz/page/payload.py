"""A scene as plain data, for the script in the page."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from viz.page.whatif import program
from viz.render.shapes import edge_class, edge_width
from viz.scene.layout import PORT, Piece
from viz.scene.parts import Edge
from viz.scene.scene import FOOT, HEAD, SIDE, Scene, Sheet
from viz.scene.words import about_edge, about_vertex, edge_labels

#: Of how many argument slots a page has the numbers.
MOST_LINKS = 20_000


def payload(scene: Scene) -> dict[str, Any]:
    """Everything that the page can show, as numbers, texts, lists and dicts.

    Sheets, nodes and links are referred to by number: sheets in the order of the list, outermost
    first, nodes and links as in the recording. A sheet is a `viz.scene.scene.Sheet`, with its
    boxes as they are closed (``size``) and as they were laid out (``base``: left, top, width,
    height). Of a box that cannot be opened, ``contents`` says what the nodes in it can be found by.
    """
    recorded = scene.view.reader.recording.links
    if len(recorded) > MOST_LINKS:
        # Nobody steps through them or asks "what if", so their numbers are of no use.
        recorded = []
    sheets = list(_sheets(scene.sheet))
    number = {id(sheet): k for k, sheet in enumerate(sheets)}
    return {
        "title": scene.title,
        "summary": scene.summary,
        "computed": scene.computed,
        "room": {"head": HEAD, "foot": FOOT, "side": SIDE, "port": PORT},
        "sheets": [_sheet(scene, sheet, number, bool(recorded)) for sheet in sheets],
        "links": [list(link) for link in recorded],
        "whatif": program(scene.view),
    }


def to_json(data: dict[str, Any]) -> str:
    """Plain data as text."""
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def _sheets(outermost: Sheet) -> Iterator[Sheet]:
    waiting = [outermost]
    for sheet in waiting:
        yield sheet
        waiting += sheet.inside.values()


def _sheet(scene: Scene, sheet: Sheet, number: dict[int, int], traced: bool) -> dict[str, Any]:
    chart, layout = sheet.chart, sheet.layout
    boxes = []
    for k, (vertex, box) in enumerate(zip(chart.vertices, sheet.boxes, strict=True)):
        member = chart.members[k]
        inner = sheet.inside.get(k)
        sealed = None if isinstance(member, int) or inner else member
        boxes.append(
            {
                "kind": vertex.kind,
                "label": vertex.label,
                "title": box.title,
                "corner": box.corner,
                "lines": box.lines,
                "about": about_vertex(vertex, scene.root, scene.computed),
                "broken": vertex.broken,
                "op": vertex.op,
                "scope": vertex.scope,
                "size": [box.width, box.height],
                "base": [*layout.corners[k], *sheet.sizes[k]],
                "node": member if isinstance(member, int) else -1,
                "sealed": [*sealed.nodes()] if sealed and traced else [],
                "contents": scene.view.reader.contents(sealed) if sealed else [],
                "inside": -1 if inner is None else number[id(inner)],
                "spreads": [spread and asdict(spread) for spread in vertex.spreads],
                "source": vertex.source,
                "faded": vertex.faded,
            }
        )
    return {
        "boxes": boxes,
        "edges": [
            _edge(scene, edge, route, traced)
            for edge, route in zip(chart.edges, layout.routes, strict=True)
        ],
        "entries": chart.entries,
        "exits": chart.exits,
        "ports": [y for _, y in layout.corners[len(boxes) :]],
        "columns": [[c.row, c.left, c.width, c.items] for c in layout.columns],
        "size": [layout.width, layout.height],
        "open": sorted(sheet.opened),
    }


def _edge(scene: Scene, edge: Edge, route: list[Piece], traced: bool) -> dict[str, Any]:
    return {
        "from": edge.operand,
        "to": edge.consumer,
        "links": list(edge.links) if traced else [],
        "look": edge_class(edge),
        "width": edge_width(edge),
        "labels": edge_labels(edge),
        "about": about_edge(edge, scene.root),
        "route": route,
        "faded": edge.faded,
    }

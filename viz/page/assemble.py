"""Puts style, script and data together into one page, or one output of a notebook."""

from __future__ import annotations

import base64
import zlib
from functools import cache
from html import escape
from importlib.resources import files

from viz.page.payload import to_json
from viz.render.legend import draw_legend
from viz.render.theme import DARK, LIGHT, Palette, style_sheet
from viz.scene.scene import Scene

#: The parts of the script share one scope and are read in this order.
_SCRIPTS = ("geometry.js", "drawing.js", "page.js")

_BODY = """\
<div class="gg-page" lang="en">
<header class="gg-top">
<h1>{title}</h1>
<span class="gg-found" role="status"></span>
<input type="search" placeholder="Search  /" aria-label="Search boxes by name, operation or module">
<button data-do="open-all" title="Open boxes, as many as can be shown">Open all</button>
<button data-do="close-all" title="Close every box">Close all</button>
<button data-do="zoom-out" aria-label="Zoom out">−</button>
<button data-do="zoom-in" aria-label="Zoom in">+</button>
<button data-do="fit" title="Show the whole (0)">Fit</button>
</header>
<div class="gg-middle">
<svg class="gg gg-canvas" tabindex="0" role="application" aria-label="{about}"><g></g></svg>
</div>
<noscript>This page needs JavaScript. The picture can be saved as .svg, too.</noscript>
<aside class="gg-details" hidden></aside>
<footer class="gg-bottom">
<p class="gg-silent" aria-live="polite"></p>
<span class="gg-faint-text">{summary}</span>
<details class="gg-legend-fold"><summary>Legend</summary>{legend}</details>
<details class="gg-table"><summary>Table</summary><table><thead><tr><th>What</th><th>Module</th>\
<th>Figures</th></tr></thead><tbody></tbody></table></details>
</footer>
<div class="gg-tip" hidden></div>
</div>"""

_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<style>html,body{{height:100%;margin:0}}{style}</style>
</head>
<body>
{body}
<script>{script}</script>
</body>
</html>
"""
_KEYS = "Arrow keys move, Enter opens, / searches, + and − zoom, 0 shows the whole."


def interactive_page(scene: Scene) -> str:
    """A self-contained HTML page in which a scene can be explored; it loads nothing."""
    legend, width, height = draw_legend(scene, 1200)
    body = _BODY.format(
        title=escape(scene.title),
        about=escape(f"{scene.title}. {scene.summary} {_KEYS}"),
        summary=escape(scene.summary),
        legend=f'<svg class="gg" width="{width:.0f}" height="{height:.0f}">{legend}</svg>',
    )
    script = _script().replace('"DATA"', f'"{_pack(to_json(scene))}"')
    return _PAGE.format(title=escape(scene.title), style=_style(), body=body, script=script)


@cache
def _script() -> str:
    folder = files("viz.page") / "static"
    parts = "\n".join((folder / name).read_text("utf-8") for name in _SCRIPTS)
    return f"""(async () => {{
"use strict";
const root = document.querySelector(".gg-page"), framed = window !== window.parent;
const packed = Uint8Array.from(atob("DATA"), (c) => c.charCodeAt(0));
const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
const data = JSON.parse(await new Response(stream).text());
{parts}
}})();"""


@cache
def _style() -> str:
    page = (files("viz.page") / "static" / "page.css").read_text("utf-8")
    dark = f"@media (prefers-color-scheme:dark){{.gg-page{{{_variables(DARK)}}}}}"
    return f"{style_sheet()}.gg-page{{{_variables(LIGHT)}}}{dark}{page}"


def _variables(p: Palette) -> str:
    return (
        f"--paper:{p.paper};--ink:{p.ink};--faint:{p.faint};--box:{p.box};--accent:{p.vanishing};"
        f"--line:{p.faint}55"
    )


def _pack(text: str) -> str:
    """A text deflated, in base64: a fifth of its size."""
    return base64.b64encode(zlib.compress(text.encode(), 9)).decode()

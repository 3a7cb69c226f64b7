"""Puts style, script and data together into one page, or one output of a notebook."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Mapping
from functools import cache
from html import escape
from importlib.resources import files
from string import Template
from typing import Any

from viz.page.payload import payload, to_json
from viz.render.legend import PANEL, legend_panels
from viz.render.theme import DARK, LIGHT, Palette, style_sheet
from viz.scene.scene import Scene

#: The parts of the script share one scope and are read in this order.
_SCRIPTS = (
    "numbers.js",
    "geometry.js",
    "drawing.js",
    "page.js",
    "step.js",
    "rules.js",
    "rewriting.js",
    "whatif.js",
    "timeline.js",
)

#: How wide a notebook is, and how high are the bars above and below the picture with the margins,
#: the bar of the steps, and that of the timeline, in pixels.
_NOTEBOOK, _BARS, _STEP_BAR, _TIMELINE = 900, 120, 150, 60

_KEYS = "Arrow keys move, Enter opens, / searches, + and − zoom, 0 shows the whole."


def interactive_page(scene: Scene, folds: Mapping[str, str] | None = None, **tools: Any) -> str:
    """A self-contained HTML page in which a scene can be explored; it loads nothing.

    Parameters
    ----------
    scene : Scene
        What is shown.
    folds : mapping of str to str, optional
        HTML to be unfolded below the picture, under its titles.
    **tools
        More data, for the parts of the script that need it: ``steps``, from
        `viz.stepping.records`; ``frames``, from `viz.history.timeline`.
    """
    return Template(_read("page.html")).substitute(
        title=escape(scene.title),
        about=escape(f"{scene.title}. {scene.summary} {_KEYS}"),
        summary=escape(scene.summary),
        # Panel by panel, so that those beside each other are as many as the window has room for.
        legend="".join(
            f'<svg class="gg" width="{PANEL}" height="{height}">'
            f'<g class="gg-legend">{panel}</g></svg>'
            for panel, height in legend_panels(scene)
        ),
        height=_height(scene, tools),
        folds="".join(
            f"<details><summary>{escape(title)}</summary>{html}</details>"
            for title, html in (folds or {}).items()
        ),
        style=_style(),
        script=_script().replace('"DATA"', f'"{_pack(to_json(payload(scene) | tools))}"'),
    )


def _height(scene: Scene, tools: Mapping[str, Any]) -> int:
    """Of a frame in a notebook, in which the whole is as large as the frame's width allows."""
    width, height = scene.sheet.layout.width, scene.sheet.layout.height
    bars = _BARS + _STEP_BAR * (tools.get("open") == "step") + _TIMELINE * ("frames" in tools)
    return round(height * min(1.0, _NOTEBOOK / width)) + bars


def _read(name: str) -> str:
    return (files("viz.page") / "static" / name).read_text("utf-8")


@cache
def _script() -> str:
    parts = "\n".join(map(_read, _SCRIPTS))
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
    dark = f"@media (prefers-color-scheme:dark){{.gg-page{{{_variables(DARK)}}}}}"
    return f"{style_sheet()}.gg-page{{{_variables(LIGHT)}}}{dark}{_read('page.css')}"


def _variables(p: Palette) -> str:
    return (
        f"--paper:{p.paper};--ink:{p.ink};--faint:{p.faint};--box:{p.box};--accent:{p.vanishing};"
        f"--line:{p.faint}55;--now:{p.exploding}"
    )


def _pack(text: str) -> str:
    """A text deflated, in base64: a fifth of its size."""
    return base64.b64encode(zlib.compress(text.encode(), 9)).decode()
